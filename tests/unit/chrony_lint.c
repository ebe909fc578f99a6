// SPDX-License-Identifier: GPL-2.0-only
/* chrony lint: where a finding points, what the line should read, each odd character. Whether chronyd
 * agrees about what is refused is tests/oracle/lint.py's to say. */
#include <errno.h>

#include "chrony_lint.h"
#include "unicode.h"
#include "unit.h"

static struct ng_lint lint_of(const char *name, const char *text, size_t size)
{
	const struct ng_environment nothing = { 0 };
	struct ng_lint lint;

	assert_int_equal(ng_chrony_lint(&lint, name, text, size, &nothing), 0);
	return lint;
}

static const struct ng_lint_finding *find(const struct ng_lint *lint, enum ng_lint_severity severity, unsigned int line,
					  unsigned int column)
{
	for (size_t i = 0; i < lint->count; i++) {
		const struct ng_lint_finding *finding = &lint->list[i];

		if (finding->severity == severity && finding->place.line == line && finding->place.column == column)
			return finding;
	}
	return NULL;
}

struct row {
	const char *text;
	enum ng_lint_severity severity;
	unsigned int line, column;
	const char *should; /* NULL: none */
	const char *message; /* a part of it */
};

static const struct row rows[] = {
	/* the comment behind a directive */
	{ "server ntp.nict.jp iburst # \xe6\x9d\xb1\xe4\xba\xac\n", NG_LINT_ERROR, 1, 27,
	  "# \xe6\x9d\xb1\xe4\xba\xac\nserver ntp.nict.jp iburst", "line of its own" },
	{ "# x\n\tallow 10 # LAN  \n", NG_LINT_ERROR, 2, 11, "\t# LAN\n\tallow 10", "line of its own" },
	{ "port 123 ! x\n", NG_LINT_ERROR, 1, 10, "! x\nport 123", "line of its own" },
	{ "port 123 // x\n", NG_LINT_ERROR, 1, 10, "# x\nport 123", "line of its own" },
	{ "rtcsync#x\n", NG_LINT_ERROR, 1, 8, "#x\nrtcsync", "line of its own" },
	{ "server 192.0.2.1 iburst \xef\xbc\x83\xe6\x9d\xb1\n", NG_LINT_ERROR, 1, 25,
	  "#\xe6\x9d\xb1\nserver 192.0.2.1 iburst", "line of its own" },
	{ "port 123 # x\r\n", NG_LINT_ERROR, 1, 10, "# x\nport 123", "line of its own" },
	/* marks that are none */
	{ "\xef\xbc\x83 x\n", NG_LINT_ERROR, 1, 1, "# x", "begins no comment" },
	{ "\xef\xbc\x9b x\n", NG_LINT_ERROR, 1, 1, "# x", "begins no comment" },
	{ "// x\n", NG_LINT_ERROR, 1, 1, "# x", "begins no comment" },
	/* spaces that are none */
	{ "server\xe3\x80\x80ntp.nict.jp\xe3\x80\x80iburst\n", NG_LINT_ERROR, 1, 7, "server ntp.nict.jp iburst",
	  "U+3000" },
	{ "\xe3\x80\x80port 123\n", NG_LINT_ERROR, 1, 1, " port 123", "U+3000" },
	{ "port\xc2\xa0"
	  "123\n",
	  NG_LINT_ERROR, 1, 5, "port 123", "U+00A0" },
	{ "\xef\xbb\xbfport 123\n", NG_LINT_ERROR, 1, 1, "port 123", "byte order mark" },
	{ "\xef\xbb\xbf# x\n", NG_LINT_ERROR, 1, 1, "# x", "byte order mark" },
	{ "rtc\xe2\x80\x8bsync\n", NG_LINT_ERROR, 1, 4, "rtcsync", "U+200B" },
	{ "server 192.0.2.1\xe3\x80\x80\n", NG_LINT_WARNING, 1, 17, "server 192.0.2.1", "U+3000" },
	/* only what must go goes: a comment keeps its spaces */
	{ "port 1 # a\xe3\x80\x80"
	  "b\n",
	  NG_LINT_ERROR, 1, 8,
	  "# a\xe3\x80\x80"
	  "b\nport 1",
	  "line of its own" },
	/* line ends */
	{ "port 1\rallow 10\r", NG_LINT_ERROR, 1, 7, "port 1\nallow 10", "CR alone" },
	{ "port 1 # x\rallow 10\r", NG_LINT_ERROR, 1, 11, "# x\nport 1\nallow 10", "CR alone" },
	{ "prot 1\rallow 10\r", NG_LINT_ERROR, 1, 7, NULL, "CR alone" },
	{ "# x\rallow 10\r", NG_LINT_WARNING, 1, 4, NULL, "one comment" },
	{ "server 192.0.2.1 \\\n  iburst\n", NG_LINT_ERROR, 1, 18, "server 192.0.2.1 iburst", "continued" },
	{ "server 192.0.2.1 \\\n  iburst # x\n", NG_LINT_ERROR, 1, 18, "# x\nserver 192.0.2.1 iburst", "continued" },
	{ "driftfile /f\\\n", NG_LINT_WARNING, 1, 13, NULL, "continued" },
	/* quotes */
	{ "server \"ntp.example\" iburst\n", NG_LINT_WARNING, 1, 8, "server ntp.example iburst", "quoting" },
	{ "allow \"10.0.0.0/8\"\n", NG_LINT_ERROR, 1, 7, "allow 10.0.0.0/8", "quoting" },
	{ "server 192.0.2.1 \xe2\x80\x9ciburst\xe2\x80\x9d\n", NG_LINT_ERROR, 1, 18, "server 192.0.2.1 iburst",
	  "U+201C" },
	{ "driftfile \"/a b\"\n", NG_LINT_ERROR, 1, 15, NULL, "too much" },
	/* glued */
	{ "server ntp.example#tokyo iburst\n", NG_LINT_WARNING, 1, 19, "#tokyo\nserver ntp.example iburst",
	  "part of the word" },
	{ "driftfile //var/lib/drift #x\n", NG_LINT_ERROR, 1, 27, "#x\ndriftfile //var/lib/drift", "line of its own" },
	/* allow and deny */
	{ "allow ALL\n", NG_LINT_ERROR, 1, 7, "allow all", "small letters" },
	{ "allow 10/8 11/8\n", NG_LINT_ERROR, 1, 12, "allow 10/8\nallow 11/8", "a line" },
	{ "allow 10/8, 11/8 # x\n", NG_LINT_ERROR, 1, 13, "# x\nallow 10/8\nallow 11/8", "a line" },
	{ "allow 10/33\n", NG_LINT_FATAL, 1, 7, NULL, "does not start" },
	{ "allow 10/x\n", NG_LINT_ERROR, 1, 9, NULL, "prefix length" },
	{ "allow host.example\n", NG_LINT_WARNING, 1, 7, NULL, "asks the DNS" },
	{ "allow 1.2.3.4.5\n", NG_LINT_ERROR, 1, 7, NULL, "neither an address nor a name" },
	{ "allow 010.0.0.1\n", NG_LINT_WARNING, 1, 7, NULL, "8.0.0.1" },
	{ "allow\n", NG_LINT_WARNING, 1, 1, "allow\nratelimit", "no ratelimit" },
	{ "port 0\nallow 10\n", NG_LINT_WARNING, 2, 1, NULL, "port 0 (line 1)" },
	{ "cmdallow\n", NG_LINT_WARNING, 1, 1, NULL, "chronyc" },
	{ "deny 192.168.1.1\nallow 192.168.1.0/29\n", NG_LINT_WARNING, 2, 1, "allow 192.168.1.0/29\ndeny 192.168.1.1",
	  "192.168.1.1 is allowed, although line 1" },
	{ "allow 10.0.0.0/12\ndeny 10.0.0.0/9\n", NG_LINT_WARNING, 2, 1, "deny 10.0.0.0/9\nallow 10.0.0.0/12",
	  "/9 to /12" },
	{ "deny 192.168.1.1\nallow all 192.168.1.0/24\n", NG_LINT_WARNING, 2, 1,
	  "allow all 192.168.1.0/24\ndeny 192.168.1.1", "\"all\" makes void" },
	{ "allow 10\ndeny 10\n", NG_LINT_WARNING, 2, 1, NULL, "the later decides" },
	/* the rest */
	{ "sever x\n", NG_LINT_ERROR, 1, 1, NULL, "did you mean server?" },
	{ "restrict default\n", NG_LINT_ERROR, 1, 1, NULL, "ntpd" },
	{ "ratelimit kod 2\n", NG_LINT_ERROR, 1, 11, NULL, "since chrony 4.6" },
	{ "opencommands x\n", NG_LINT_ERROR, 1, 1, NULL, "since chrony 4.7" },
	{ "server 192.0.2.1 iburts\n", NG_LINT_ERROR, 1, 18, NULL, "did you mean" },
	{ "port 123x\n", NG_LINT_WARNING, 1, 9, NULL, "ignores the rest" },
	{ "port 123456\n", NG_LINT_WARNING, 1, 6, NULL, "number of a port" },
	{ "noclientlog\nratelimit\n", NG_LINT_FATAL, 2, 1, NULL, "noclientlog (line 1)" },
	{ "rtcfile /x\nrtcsync\n", NG_LINT_FATAL, 1, 1, NULL, "rtcsync (line 2)" },
	{ "refclock shm 0\n", NG_LINT_FATAL, 1, 10, NULL, "driver" },
	{ "refclock SHM 0:mode=1\n", NG_LINT_FATAL, 1, 16, NULL, "perm" },
	{ "include\n", NG_LINT_ERROR, 1, 8, NULL, "include FILE" },
	{ "include /no/such\n", NG_LINT_ERROR, 1, 9, NULL, "/no/such: No such file" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct ng_lint lint = lint_of("unit.conf", row->text, strlen(row->text));
		const struct ng_lint_finding *finding = find(&lint, row->severity, row->line, row->column);

		if (!finding)
			fail_msg("\"%s\": nothing at %u:%u; %zu findings, the first at %u:%u: %s", row->text, row->line,
				 row->column, lint.count, lint.count ? lint.list[0].place.line : 0,
				 lint.count ? lint.list[0].place.column : 0, lint.count ? lint.list[0].message : "");
		if (!strstr(finding->message, row->message))
			fail_msg("\"%s\": %s", row->text, finding->message);
		if (!finding->should != !row->should || (row->should && strcmp(finding->should, row->should)))
			fail_msg("\"%s\" should read \"%s\"", row->text,
				 finding->should ? finding->should : "(nothing)");
		ng_lint_free(&lint);
	}
}

static void test_nul(void **state)
{
	static const char text[] = "allow 10 \0 x\nport 1 \0\n\xff\xfe";
	struct ng_lint lint = lint_of("unit.conf", text, sizeof(text) - 1);

	(void)state;
	assert_non_null(strstr(find(&lint, NG_LINT_WARNING, 1, 10)->message, "NUL"));
	assert_int_equal(find(&lint, NG_LINT_WARNING, 1, 10)->place.text_size, 12);
	assert_non_null(find(&lint, NG_LINT_WARNING, 2, 8));
	assert_non_null(find(&lint, NG_LINT_ERROR, 3, 1));
	ng_lint_free(&lint);
	lint = lint_of("unit.conf", "\xff\xfe#\0\n\0", 6);
	assert_non_null(strstr(find(&lint, NG_LINT_WARNING, 1, 1)->message, "UTF-16"));
	ng_lint_free(&lint);
}

/* What chronyd takes for what it is. */
static const char *const good[] = {
	"",
	"# \xe6\x9d\xb1\xe4\xba\xac\xe3\x80\x80x\n! a\n; b\n % c\n",
	"server ntp.nict.jp iburst\r\n# \xe6\x9d\xb1\r\nallow 10\r\n",
	"SERVER 192.0.2.1 IBURST MinPoll 4 port 123\npool x.example maxsources 2",
	"driftfile //var/lib/chrony/drift\nlog tracking measurements\nmakestep 1.0 3\n",
	"allow 10.0.0.0/8\ndeny 10.1.0.0/16\nallow 10.1.1.0/24\nratelimit\nport 123\n",
	"deny 192.168.1.1\nallow 192.168.1.0/28\n", /* another level: the exception holds */
	"allow\nratelimit\ndeny 10\n",
	"noclientlog\nallow 10\n",
	"cmdallow 127.0.0.1\nbindcmdaddress /run/x\n",
	"confdir /etc/chrony/conf.d\nsourcedir /run/x\n",
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(good); i++) {
		struct ng_lint lint = lint_of("unit.conf", good[i], strlen(good[i]));

		for (size_t j = 0; j < lint.count; j++)
			/* no environment: directories hold one file that is not there */
			if (!strstr(lint.list[j].message, "No such file"))
				fail_msg("\"%s\": %s", good[i], lint.list[j].message);
		assert_null(lint.fixed);
		ng_lint_free(&lint);
	}
}

static void assert_fixed(const char *name, const char *text, const char *want, size_t fixes)
{
	struct ng_lint lint = lint_of(name, text, strlen(text));

	assert_int_equal(lint.fixes, fixes);
	if (!want != !lint.fixed || (want && (strlen(want) != lint.fixed_size || strcmp(want, lint.fixed))))
		fail_msg("\"%s\" becomes \"%s\"", text, lint.fixed ? lint.fixed : "(nothing)");
	ng_lint_free(&lint);
}

/* Refused lines are mended, all others stay byte for byte. */
static void test_fixed(void **state)
{
	(void)state;
	assert_fixed("unit.conf", "port 1 # x\n  allow  10\t\n\n# y\n", "# x\nport 1\n  allow  10\t\n\n# y\n", 1);
	assert_fixed("unit.conf", "port 1 # x\r\nallow 10\r\n", "# x\r\nport 1\r\nallow 10\r\n", 1);
	assert_fixed("unit.conf", "port 1\nallow 10 # x", "port 1\n# x\nallow 10", 1);
	assert_fixed("unit.conf", "allow 10\rdeny 10.1\r", "allow 10\ndeny 10.1\n", 1);
	assert_fixed("unit.conf", "server x \\\n iburst\nport 1\n", "server x iburst\nport 1\n", 1);
	assert_fixed("unit.conf", "prot 1\n", NULL, 0);
	/* a warning is advice: the meaning of what chronyd takes is the user's */
	assert_fixed("unit.conf", "server x#y\nserver \"x\"\nallow\n", NULL, 0);
}

/* In a *.sources file chronyd skips in silence what it would refuse elsewhere. */
static void test_sources(void **state)
{
	struct ng_lint lint = lint_of("x.sources", "server a # x\nallow 10\npool b", 28);

	(void)state;
	assert_true(ng_lint_is_good(&lint));
	assert_non_null(find(&lint, NG_LINT_WARNING, 1, 10));
	assert_non_null(strstr(find(&lint, NG_LINT_WARNING, 2, 1)->message, "server, pool and peer"));
	assert_non_null(strstr(find(&lint, NG_LINT_WARNING, 3, 7)->message, "newline"));
	assert_string_equal(lint.fixed, "# x\nserver a\nallow 10\npool b\n");
	ng_lint_free(&lint);
}

/* ---- files that include files ---- */

static int read_file(void *context, const char *path, char **data, size_t *size)
{
	static const char *const files[][2] = { { "a", "port 1\nport 2 # x\n" },
						{ "self", "include self\ninclude self\n" },
						{ "d/*.conf", "allow ALL\n" },
						{ "d/*.sources", "sever x\n" } };

	(void)context;
	if (!strcmp(path, "secret"))
		return -EACCES;
	if (!strcmp(path, "directory"))
		return -EISDIR;
	for (size_t i = 0; i < UNIT_COUNT(files); i++) {
		if (strcmp(files[i][0], path))
			continue;
		*data = strdup(files[i][1]);
		*size = strlen(files[i][1]);
		return 0;
	}
	return -ENOENT;
}

static struct ng_lint lint_with_files(const char *text)
{
	const struct ng_environment environment = { .read = read_file };
	struct ng_lint lint;

	assert_int_equal(ng_chrony_lint(&lint, "unit.conf", text, strlen(text), &environment), 0);
	return lint;
}

static void test_includes(void **state)
{
	struct ng_lint lint = lint_with_files("include a\ninclude a\nconfdir d\nsourcedir d\ninclude directory\n");

	(void)state;
	assert_int_equal(lint.counts[NG_LINT_ERROR], 2); /* a's once, though it is read twice */
	assert_int_equal(lint.counts[NG_LINT_WARNING], 1);
	assert_string_equal(lint.list[0].place.file, "a");
	assert_int_equal(lint.list[0].place.line, 2);
	assert_string_equal(lint.list[0].should, "# x\nport 2");
	assert_false(lint.list[0].is_fixed); /* another file's */
	assert_null(lint.fixed);
	assert_string_equal(lint.list[1].place.file, "d/*.conf");
	assert_string_equal(lint.list[2].place.file, "d/*.sources");
	ng_lint_free(&lint);
	lint = lint_with_files("include secret\n");
	assert_non_null(strstr(find(&lint, NG_LINT_ERROR, 1, 9)->message, "Permission denied"));
	ng_lint_free(&lint);
}

static void test_includes_itself(void **state)
{
	struct ng_lint lint = lint_with_files("include self\n");

	(void)state;
	assert_int_equal(lint.counts[NG_LINT_ERROR], 1);
	assert_non_null(strstr(lint.list[0].message, "deep"));
	ng_lint_free(&lint);
}

/* ---- limits ---- */

static void assert_refused(size_t spaces, const char *end, bool refused)
{
	char text[4096] = "port 123";
	struct ng_lint lint;

	memset(text + 8, ' ', spaces);
	strcpy(text + 8 + spaces, end);
	lint = lint_of("unit.conf", text, strlen(text));
	assert_int_equal(ng_lint_is_refused(&lint), refused);
	ng_lint_free(&lint);
}

/* A line has up to 2047 bytes, its newline among them. */
static void test_longest_line(void **state)
{
	(void)state;
	assert_refused(2038, "\n", false);
	assert_refused(2039, "\n", true);
	assert_refused(2039, "", false);
	assert_refused(2040, "", true);
	assert_refused(3000, "\nport 1\n", true);
}

static void test_many_findings(void **state)
{
	size_t lines = 3000, size = lines * 4;
	char *text = malloc(size + 1);
	struct ng_lint lint;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < lines; i++)
		memcpy(text + 4 * i, "x y\n", 4);
	lint = lint_of("unit.conf", text, size);
	assert_int_equal(lint.count, NG_LINT_MAX);
	assert_int_equal(lint.counts[NG_LINT_ERROR], lines);
	ng_lint_free(&lint);
	free(text);
}

/* ---- characters ---- */

static void test_unicode(void **state)
{
	static const char *const wrong[] = { "\x80", "\xc0\x80",	 "\xc3",    "\xe0\x80\x80", "\xed\xa0\x80",
					     "\xff", "\xf4\x90\x80\x80", "\xe3\x80" };
	static const char clock[] = "\xf0\x9f\x95\x90", space[] = "\xe3\x80\x80";
	uint32_t character;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(wrong); i++)
		assert_int_equal(ng_unicode_take(wrong[i], wrong[i] + strlen(wrong[i]), &character), 0);
	assert_int_equal(ng_unicode_take(clock, clock + 4, &character), 4);
	assert_int_equal(character, 0x1f550);
	assert_int_equal(ng_unicode_take(clock, clock + 3, &character), 0);
	assert_int_equal(ng_unicode_space(space, space + 3), 3);
	assert_int_equal(ng_unicode_space(space, space + 2), 0);
	assert_int_equal(ng_unicode_width(0x6771), 2);
	assert_int_equal(ng_unicode_width('a'), 1);
	assert_int_equal(ng_unicode_width(0xfeff), 0);
	assert_true(ng_unicode_is_hidden(0x1b));
	assert_true(ng_unicode_is_hidden(0x202e));
	assert_false(ng_unicode_is_hidden(0x6771));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_includes_itself),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_many_findings),
		cmocka_unit_test(test_unicode),
	};

	return cmocka_run_group_tests_name("chrony_lint", tests, NULL, NULL);
}
