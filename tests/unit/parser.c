// SPDX-License-Identifier: GPL-2.0-only
/* The policy language: every directive, what is a comment, and what is said of what is wrong. */
#include <errno.h>

#include "unit.h"

/* One policy text, read; the host has two addresses and no file. */
struct reading {
	struct ng_draft draft;
	struct ng_findings findings;
	int error;
};

static void read_sized(struct reading *reading, const char *text, size_t size)
{
	struct ng_prefix own[] = { unit_prefix("127.0.0.1"), unit_prefix("2001:db8::1") };
	const struct ng_environment host = { .own = own, .own_count = UNIT_COUNT(own) };
	char *exact = malloc(size ? size : 1); /* of this size, so that the sanitizer sees a byte too far */

	assert_non_null(exact);
	memcpy(exact, text, size);
	ng_draft_init(&reading->draft);
	reading->error = ng_policy_parse(&reading->draft, "etc/unit.policy", exact, size, &host, &reading->findings);
	free(exact);
	assert_int_equal(reading->error, reading->findings.errors ? -EINVAL : 0);
}

static void read_text(struct reading *reading, const char *text)
{
	read_sized(reading, text, strlen(text));
}

/* ---- what is right ---- */

static const char defaults[] = "default drop\nregulars on\nreplies solicited\nanswers guard\nport 123\nsymmetric drop\n"
			       "ntpv5 deny\nfragments drop\n";

struct row {
	const char *text, *canonical; /* canonical: only what differs from the defaults */
};

static const struct row entries[] = {
	{ "", "" },
	{ "\n\n  \n\t\n", "" },
	{ "allow 192.0.2.1", "allow 192.0.2.1\n" },
	{ "allow 192.0.2.1\n", "allow 192.0.2.1\n" },
	{ "allow 10", "allow 10.0.0.0/8\n" },
	{ "allow", "allow 0.0.0.0/0\nallow ::/0\n" },
	{ "allow all", "allow all 0.0.0.0/0\nallow all ::/0\n" },
	{ "deny", "deny 0.0.0.0/0\ndeny ::/0\n" },
	{ "deny all", "deny all 0.0.0.0/0\ndeny all ::/0\n" },
	{ "deny 2001:db8::5/64", "deny 2001:db8::/64\n" },
	{ "allowself", "allow 127.0.0.1 # this host's own address\nallow 2001:db8::1 # this host's own address\n" },
	{ "control 127.0.0.1", "control 127.0.0.1\n" },
	{ "private ::1", "private ::1\n" },
	{ "server 192.0.2.3", "server 192.0.2.3\n" },
	{ "server 192.0.2.3 iburst minpoll 4", "server 192.0.2.3\n" },
	{ "server ntp.example.org iburst", "" }, /* a name is not resolved */
	{ "pool 2.debian.pool.ntp.org iburst", "" },
	{ "pool 192.0.2.3 iburst", "server 192.0.2.3\n" },
	{ "peer 192.0.2.4 key 1", "peer 192.0.2.4\n" },
	{ "peer ntp.example.org", "" },
	/* the order of directives stays, and so do doubles: the later wins */
	{ "deny 10\nallow 10\ncontrol 10\ndeny 10", "deny 10.0.0.0/8\nallow 10.0.0.0/8\ncontrol 10.0.0.0/8\n"
						    "deny 10.0.0.0/8\n" },
	/* case, as chrony's */
	{ "ALLOW 10\nDeny 11\naLLoWsELF", "allow 10.0.0.0/8\ndeny 11.0.0.0/8\n"
					  "allow 127.0.0.1 # this host's own address\n"
					  "allow 2001:db8::1 # this host's own address\n" },
	/* comments: four characters at the start of a line, # anywhere between words */
	{ "# allow 10\n! allow 10\n; allow 10\n% allow 10", "" },
	{ "  # x\n\t! x\n \t; x\n   % x", "" },
	{ "#allow 10\n!allow 10\n;allow 10\n%allow 10", "" },
	/* a comment after an entry is the entry's: `list` and `save` show it */
	{ "allow 10 # the office\nallow\t#  everybody  \r\n", "allow 10.0.0.0/8 # the office\n"
							      "allow 0.0.0.0/0 # everybody\n"
							      "allow ::/0 # everybody\n" },
	/* space is what isspace() of the C locale says */
	{ " \t\v\fallow\t \v\f10 \t\v\f", "allow 10.0.0.0/8\n" },
	/* line ends */
	{ "allow 10\r\ndeny 11\r\n# x\r\n\r\nallow\r\n",
	  "allow 10.0.0.0/8\ndeny 11.0.0.0/8\nallow 0.0.0.0/0\nallow ::/0\n" },
	{ "allow 10\rdeny 11\n", NULL }, /* a \r alone ends no line */
};

static const struct row rules[] = {
	{ "default drop", "default drop\n" },
	{ "default pass", "default pass\n" },
	{ "DEFAULT PASS", "default pass\n" },
	{ "default pass\ndefault drop", "default drop\n" }, /* the later holds */
	{ "default pass # the public may ask", "default pass\n" },
	{ "default pass #", "default pass\n" },
	{ "default pass\t#for now # or longer\r\n", "default pass\n" },
	{ "# 127.0.0.1 \xe6\x9d\xb1\xe4\xba\xac\ndefault pass # \xff\xfe", "default pass\n" },
	{ "port 1", "port 1\n" },
	{ "port 65535", "port 65535\n" },
	{ "Port 0123", "port 123\n" },
	{ "symmetric limit", "symmetric limit\n" },
	{ "symmetric drop", "symmetric drop\n" },
	{ "ntpv5 allow", "ntpv5 allow\n" },
	{ "ntpv5 deny", "ntpv5 deny\n" },
	{ "fragments pass", "fragments pass\n" },
	{ "fragments Drop", "fragments drop\n" },
	{ "monitor", "\nmonitor\n" },
};

static void test_entries(void **state)
{
	struct reading reading;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(entries); i++) {
		char *text;

		read_text(&reading, entries[i].text);
		if (!entries[i].canonical) {
			assert_int_equal(reading.error, -EINVAL);
			ng_draft_free(&reading.draft);
			continue;
		}
		if (reading.findings.count)
			fail_msg("\"%s\": %s", entries[i].text, reading.findings.list[0].message);
		text = unit_canonical(&reading.draft);
		assert_memory_equal(text, defaults, strlen(defaults));
		assert_string_equal(text + strlen(defaults), entries[i].canonical);
		free(text);
		ng_draft_free(&reading.draft);
	}
}

static void test_rules(void **state)
{
	struct reading reading;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rules); i++) {
		char *text;

		read_text(&reading, rules[i].text);
		assert_int_equal(reading.findings.count, 0);
		assert_int_equal(reading.draft.entry_count, 0);
		text = unit_canonical(&reading.draft);
		if (!strstr(text, rules[i].canonical))
			fail_msg("\"%s\" became\n%s", rules[i].text, text);
		free(text);
		ng_draft_free(&reading.draft);
	}
}

static void test_lines_are_noted(void **state)
{
	struct reading reading;

	(void)state;
	read_text(&reading, "# one\n\nallow 10\r\n  default pass\ndeny 11 # five");
	assert_int_equal(reading.error, 0);
	assert_int_equal(reading.draft.entries[0].line, 3);
	assert_int_equal(reading.draft.default_line, 4);
	assert_int_equal(reading.draft.entries[1].line, 5);
	assert_int_equal(reading.draft.entries[1].file, 0);
	ng_draft_free(&reading.draft);
}

static void name_of(const char *file, const char *name)
{
	const struct ng_environment nothing = { 0 };
	struct ng_findings findings;
	struct ng_draft draft;

	ng_draft_init(&draft);
	assert_int_equal(ng_policy_parse(&draft, file, "", 0, &nothing, &findings), 0);
	assert_string_equal(draft.name, name);
	ng_draft_free(&draft);
}

static void test_names(void **state)
{
	char path[600];

	(void)state;
	name_of("vps.policy", "vps");
	name_of("/etc/ntpguard/ntpguard.policy", "ntpguard");
	name_of("a.policy/b", "b");
	name_of("-", "-");
	name_of("/", "");
	/* whatever does not fit is cut, and terminated */
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	name_of(path, path + sizeof(path) - NG_NAME_MAX);
}

/* ---- what is wrong ---- */

struct wrong {
	const char *text;
	unsigned int line, column;
	const char *message;
};

static const char address_must[] =
	": an address or prefix must stand here, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32";

static const struct wrong wrongs[] = {
	{ "alow 10", 1, 1, "alow: no such directive; did you mean allow?" },
	{ "allwo 10", 1, 1, "allwo: no such directive; did you mean allow?" },
	{ "ALLOWS 10", 1, 1, "ALLOWS: no such directive; did you mean allow?" },
	{ "dney 10", 1, 1, "dney: no such directive; did you mean deny?" },
	{ "  sever 10.0.0.1", 1, 3, "sever: no such directive; did you mean server?" },
	{ "polo x", 1, 1, "polo: no such directive; did you mean pool?" },
	{ "per 10.0.0.1", 1, 1, "per: no such directive; did you mean peer?" },
	{ "symetric drop", 1, 1, "symetric: no such directive; did you mean symmetric?" },
	{ "fragment drop", 1, 1, "fragment: no such directive; did you mean fragments?" },
	{ "monitr", 1, 1, "monitr: no such directive; did you mean monitor?" },
	{ "ntpv4 allow", 1, 1, "ntpv4: no such directive; did you mean ntpv5?" },
	{ "makestep 1 3", 1, 1, "makestep: no such directive" },
	{ "x", 1, 1, "x: no such directive" },
	{ "allow: 10", 1, 1, "allow:: no such directive; did you mean allow?" },
	{ "allow,10", 1, 1, "allow,10: no such directive" },
	/* too few and too many words */
	{ "default", 1, 8, "default: something is missing here" },
	{ "default ", 1, 8, "default: something is missing here" },
	{ "default # pass", 1, 8, "default: something is missing here" },
	{ "port\n", 1, 5, "port: something is missing here" },
	{ "control", 1, 8, "control: something is missing here" },
	{ "private", 1, 8, "private: something is missing here" },
	{ "server", 1, 7, "server: something is missing here" },
	{ "peer", 1, 5, "peer: something is missing here" },
	{ "import", 1, 7, "import: something is missing here" },
	{ "import chrony", 1, 14, "import: something is missing here" },
	{ "symmetric", 1, 10, "symmetric: something is missing here" },
	{ "allow 10 11", 1, 10, "11: too many words for this directive" },
	{ "allow 10 ! office", 1, 10, "!: too many words for this directive" },
	{ "allowself 10", 1, 11, "10: too many words for this directive" },
	{ "monitor on", 1, 9, "on: too many words for this directive" },
	{ "port 123 124", 1, 10, "124: too many words for this directive" },
	{ "default drop pass", 1, 14, "pass: too many words for this directive" },
	{ "import chrony a b", 1, 17, "b: too many words for this directive" },
	/* values */
	{ "default maybe", 1, 9, "default maybe: must be drop, pass or limit" },
	{ "symmetric allow", 1, 11, "symmetric allow: must be drop or limit" },
	{ "ntpv5 yes", 1, 7, "ntpv5 yes: must be deny or allow" },
	{ "fragments 1", 1, 11, "fragments 1: must be drop or pass" },
	{ "port 0", 1, 6, "port 0: must be 1 to 65535" },
	{ "port 65536", 1, 6, "port 65536: must be 1 to 65535" },
	{ "port 18446744073709551739", 1, 6, "port 18446744073709551739: must be 1 to 65535" },
	{ "port -1", 1, 6, "port -1: must be 1 to 65535" },
	{ "port ntp", 1, 6, "port ntp: must be 1 to 65535" },
	{ "port 123x", 1, 6, "port 123x: must be 1 to 65535" },
	{ "import ntpd /etc/ntp.conf", 1, 8, "import ntpd: only chrony configurations can be imported" },
	{ "allow 10/33", 1, 7, "10/33: the prefix length must be 0 to 32" },
	{ "allow ::/129", 1, 7, "::/129: the prefix length must be 0 to 128" },
	/* chrony's `all` heeds case, and ours with it */
	{ "allow ALL", 1, 7,
	  "ALL: an address or prefix must stand here, such as 192.0.2.7, 192.0.2.0/24 or "
	  "2001:db8::/32" },
	/* where it stands */
	{ "allow 10\n\n\tdeny\tfoo", 3, 7, NULL },
	{ "allow 10\r\ndeny foo\r\n", 2, 6, NULL },
	{ "server 10.0.0.1\n  allow   10.", 2, 11, NULL },
	/* what looks like space and is none: U+3000, a byte order mark */
	{ "allow\xe3\x80\x80"
	  "10",
	  1, 1, NULL },
	{ "\xef\xbb\xbf"
	  "allow 10",
	  1, 1, NULL },
};

static void test_errors(void **state)
{
	struct reading reading;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(wrongs); i++) {
		const struct ng_finding *finding;

		read_text(&reading, wrongs[i].text);
		finding = &reading.findings.list[0];
		if (reading.findings.errors != 1 || reading.findings.count != 1)
			fail_msg("\"%s\": %zu errors, want one", wrongs[i].text, reading.findings.errors);
		if (wrongs[i].message && strcmp(finding->message, wrongs[i].message))
			fail_msg("\"%s\": got \"%s\", want \"%s\"", wrongs[i].text, finding->message,
				 wrongs[i].message);
		if (finding->line != wrongs[i].line || finding->column != wrongs[i].column)
			fail_msg("\"%s\": got %u:%u, want %u:%u", wrongs[i].text, finding->line, finding->column,
				 wrongs[i].line, wrongs[i].column);
		assert_true(finding->is_error);
		assert_string_equal(finding->file, "etc/unit.policy");
		ng_draft_free(&reading.draft);
	}
}

/* A name where an address must stand is an error in every list, and is never resolved. */
static void test_names_for_addresses(void **state)
{
	static const char *const words[] = { "allow", "deny", "control", "private" };
	struct reading reading;
	char text[64], message[160];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(words); i++) {
		snprintf(text, sizeof(text), "%s localhost", words[i]);
		snprintf(message, sizeof(message), "localhost%s", address_must);
		read_text(&reading, text);
		assert_int_equal(reading.findings.errors, 1);
		assert_string_equal(reading.findings.list[0].message, message);
		assert_int_equal(reading.findings.list[0].column, strlen(words[i]) + 2);
		ng_draft_free(&reading.draft);
	}
}

/* Errors are collected, the first twenty with their text, all of them counted. */
static void test_many_errors(void **state)
{
	struct reading reading;
	char text[400] = "";

	(void)state;
	for (int i = 0; i < 25; i++)
		strcat(text, i % 2 ? "allow 10\n" : "x 1\nport 0\n");
	read_text(&reading, text);
	assert_int_equal(reading.findings.errors, 26);
	assert_int_equal(reading.findings.count, NG_FINDINGS_MAX);
	for (unsigned int i = 0; i < NG_FINDINGS_MAX; i++) {
		assert_int_equal(reading.findings.list[i].line, i / 2 * 3 + i % 2 + 1);
		assert_string_equal(reading.findings.list[i].message,
				    i % 2 ? "port 0: must be 1 to 65535" : "x: no such directive");
	}
	ng_draft_free(&reading.draft);
}

/* Findings are started anew: a second policy does not inherit the first one's. */
static void test_findings_start_anew(void **state)
{
	struct reading reading;

	(void)state;
	read_text(&reading, "x\nx\nx\n");
	assert_int_equal(reading.findings.errors, 3);
	ng_draft_free(&reading.draft);
	read_text(&reading, "allow 10");
	assert_int_equal(reading.findings.errors + reading.findings.count, 0);
	ng_draft_free(&reading.draft);
}

static void test_nul(void **state)
{
	static const char inside[] = "allow 10\nallow\0 11\nallow 12\n", comment[] = "# a\0b\n", first[] = "\0";
	struct reading reading;

	(void)state;
	read_sized(&reading, inside, sizeof(inside) - 1);
	assert_int_equal(reading.findings.errors, 1);
	assert_int_equal(reading.findings.list[0].line, 2);
	assert_string_equal(reading.findings.list[0].message, "the line contains a NUL byte");
	assert_int_equal(reading.draft.entry_count, 2);
	ng_draft_free(&reading.draft);
	read_sized(&reading, comment, sizeof(comment) - 1);
	assert_int_equal(reading.findings.errors, 1);
	ng_draft_free(&reading.draft);
	read_sized(&reading, first, 1);
	assert_int_equal(reading.findings.errors, 1);
	ng_draft_free(&reading.draft);
}

/* "allow 10" and spaces up to the length. */
static void read_padded(struct reading *reading, size_t length, const char *end)
{
	char text[4096];

	memset(text, ' ', sizeof(text));
	memcpy(text, "allow 10", 8);
	strcpy(text + length, end);
	read_text(reading, text);
}

static void test_long_lines(void **state)
{
	struct reading reading;

	(void)state;
	read_padded(&reading, 2047, "\nallow 11");
	assert_int_equal(reading.error, 0);
	assert_int_equal(reading.draft.entry_count, 2);
	ng_draft_free(&reading.draft);
	read_padded(&reading, 2048, "\nallow 11");
	assert_int_equal(reading.findings.errors, 1);
	assert_string_equal(reading.findings.list[0].message, "the line is longer than 2047 bytes");
	assert_int_equal(reading.draft.entry_count, 1);
	ng_draft_free(&reading.draft);
	read_padded(&reading, 2047, "");
	assert_int_equal(reading.error, 0);
	ng_draft_free(&reading.draft);
	read_padded(&reading, 2048, "");
	assert_int_equal(reading.error, -EINVAL);
	ng_draft_free(&reading.draft);
}

static void read_words(struct reading *reading, unsigned int words, const char *end)
{
	char text[256] = "server ntp.example.org";

	for (unsigned int i = 2; i < words; i++)
		strcat(text, " x");
	strcat(text, end);
	read_text(reading, text);
}

static void test_32_words(void **state)
{
	struct reading reading;

	(void)state;
	read_words(&reading, 32, "");
	if (reading.error)
		fail_msg("32 words: %s", reading.findings.list[0].message);
	ng_draft_free(&reading.draft);
}

static void test_many_words(void **state)
{
	struct reading reading;

	(void)state;
	read_words(&reading, 31, " # 32 33 34");
	assert_int_equal(reading.error, 0);
	ng_draft_free(&reading.draft);
	read_words(&reading, 33, "\nallow 10");
	assert_int_equal(reading.findings.errors, 1);
	assert_string_equal(reading.findings.list[0].message, "more than 32 words in a line");
	assert_int_equal(reading.draft.entry_count, 1);
	ng_draft_free(&reading.draft);
}

/* ---- how it is said ---- */

static void assert_printed(const char *policy, const char *want)
{
	struct reading reading;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	read_text(&reading, policy);
	assert_non_null(to);
	ng_findings_print(&reading.findings, to);
	assert_int_equal(fclose(to), 0);
	assert_string_equal(text, want);
	free(text);
	ng_draft_free(&reading.draft);
}

static void test_carets(void **state)
{
	(void)state;
	assert_printed("allow 10\n", "");
	assert_printed("\nalow 10 # x\n", "etc/unit.policy:2:1: alow: no such directive; did you mean allow?\n"
					  "  alow 10 # x\n"
					  "  ^\n");
	assert_printed("port 0", "etc/unit.policy:1:6: port 0: must be 1 to 65535\n"
				 "  port 0\n"
				 "       ^\n");
	/* a caret past the end, and under tabs */
	assert_printed("\tport", "etc/unit.policy:1:6: port: something is missing here\n"
				 "  \tport\n"
				 "  \t    ^\n");
	assert_printed("port\t\t0\n", "etc/unit.policy:1:7: port 0: must be 1 to 65535\n"
				      "  port\t\t0\n"
				      "      \t\t^\n");
}

/* The carriage return of a file from Windows is no part of the line: a terminal would overwrite. */
static void test_carets_crlf(void **state)
{
	(void)state;
	assert_printed("port 0\r\n", "etc/unit.policy:1:6: port 0: must be 1 to 65535\n"
				     "  port 0\n"
				     "       ^\n");
}

static void test_more_errors(void **state)
{
	struct reading reading;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	assert_non_null(to);
	read_text(&reading, "x\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\n");
	ng_findings_print(&reading.findings, to);
	assert_int_equal(fclose(to), 0);
	assert_non_null(
		strstr(text, "etc/unit.policy:20:1: x: no such directive\n  x\n  ^\nand more: 21 errors in all\n"));
	assert_null(strstr(text, ":21:"));
	free(text);
	ng_draft_free(&reading.draft);
}

/* A long line is shown cut; the caret goes no further than what is shown. */
static void test_caret_of_long_line(void **state)
{
	struct reading reading;
	char text[1200], *printed = NULL;
	size_t size;
	FILE *to = open_memstream(&printed, &size);

	(void)state;
	assert_non_null(to);
	memset(text, ' ', sizeof(text));
	memcpy(text, "port", 4);
	strcpy(text + 1000, "0");
	read_text(&reading, text);
	assert_int_equal(reading.findings.list[0].column, 1001);
	ng_findings_print(&reading.findings, to);
	assert_int_equal(fclose(to), 0);
	assert_true(size < 700);
	free(printed);
	ng_draft_free(&reading.draft);
}

/* ---- anything at all ---- */

static const char *const pieces[] = { "allow",	"deny",	  "default", "pass",	"drop",	   "port", "10", "1.2.3.4/7",
				      "::1",	"::/0",	  "server",  "peer",	"control", "#",	   "!",	 "\n",
				      "\r\n",	" ",	  "\t",	     "\0",	"\xff",	   "all",  "/",	 "monitor",
				      "import", "chrony", "x",	     "private", "ntpv5",   ".",	   "123" };

static void assert_reads_back(const struct ng_draft *draft)
{
	char *text = unit_canonical(draft), *second;
	struct ng_draft again;

	unit_draft(&again, text);
	second = unit_canonical(&again);
	assert_string_equal(second, text);
	ng_draft_free(&again);
	free(second);
	free(text);
}

/* Random texts of words: no sanitizer report, errors counted, and a good policy reads back. */
static void test_random_texts(void **state)
{
	unsigned int good = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct reading reading;
		char text[512];
		size_t size = 0;

		for (unsigned int words = unit_below(24); words; words--) {
			const char *piece = pieces[unit_below(UNIT_COUNT(pieces))];
			size_t length = *piece ? strlen(piece) : 1;

			memcpy(text + size, piece, length);
			size += length;
			if (unit_below(3))
				text[size++] = ' ';
		}
		read_sized(&reading, text, size);
		assert_true(reading.findings.count <= NG_FINDINGS_MAX);
		good += !reading.error;
		if (!reading.error)
			assert_reads_back(&reading.draft);
		ng_draft_free(&reading.draft);
	}
	assert_true(good > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_lines_are_noted),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_names_for_addresses),
		cmocka_unit_test(test_many_errors),
		cmocka_unit_test(test_findings_start_anew),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_32_words),
		cmocka_unit_test(test_many_words),
		cmocka_unit_test(test_carets),
		cmocka_unit_test(test_carets_crlf),
		cmocka_unit_test(test_more_errors),
		cmocka_unit_test(test_caret_of_long_line),
		cmocka_unit_test(test_random_texts),
	};

	unit_seed("parser");
	return cmocka_run_group_tests_name("parser", tests, NULL, NULL);
}
