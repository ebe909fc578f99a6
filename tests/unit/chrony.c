// SPDX-License-Identifier: GPL-2.0-only
/* `import chrony FILE`, through a reader that has its files in memory. What chronyd makes of each
 * line was tried with chronyd 4.3. */
#include <errno.h>

#include "unit.h"

struct file {
	const char *path, *text;
	size_t size; /* 0: strlen(text) */
	int error;
};

struct disk {
	const struct file *files;
	size_t count;
	unsigned int reads;
};

static int read_file(void *context, const char *path, char **data, size_t *size)
{
	struct disk *disk = context;

	disk->reads++;
	for (size_t i = 0; i < disk->count; i++) {
		const struct file *file = &disk->files[i];

		if (strcmp(file->path, path))
			continue;
		if (file->error)
			return file->error;
		*size = file->size ? file->size : strlen(file->text);
		*data = malloc(*size + 1);
		assert_non_null(*data);
		memcpy(*data, file->text, *size);
		(*data)[*size] = '\0';
		return 0;
	}
	return -ENOENT;
}

struct import {
	struct ng_draft draft;
	struct ng_findings findings;
	int error;
	unsigned int reads;
};

static void parse_with(struct import *import, const char *policy, const struct file *files, size_t count)
{
	struct disk disk = { .files = files, .count = count };
	const struct ng_environment environment = { .read = read_file, .context = &disk };

	ng_draft_init(&import->draft);
	import->error =
		ng_policy_parse(&import->draft, "unit.policy", policy, strlen(policy), &environment, &import->findings);
	import->reads = disk.reads;
}

/* A policy that is nothing but the import of this chrony.conf. */
static void import_text(struct import *import, const char *text, size_t size)
{
	const struct file file = { .path = "/etc/chrony/chrony.conf", .text = text, .size = size };

	parse_with(import, "import chrony /etc/chrony/chrony.conf\n", &file, 1);
	assert_int_equal(import->error, 0);
	assert_int_equal(import->findings.errors, 0);
	assert_int_equal(import->reads, 1);
}

/* What became of the file: its entries, a line each, and how many of its lines were noted as wrong. */
static void assert_import(const char *text, const char *entries, unsigned int wrong)
{
	struct import import;
	char *canonical, *at;
	unsigned int skipped = 0;

	import_text(&import, text, 0);
	canonical = unit_canonical(&import.draft);
	at = strstr(canonical, "fragments drop\n");
	assert_non_null(at);
	if (strcmp(at + strlen("fragments drop\n"), entries))
		fail_msg("\"%s\" became\n%s", text, at);
	for (size_t i = 0; i < import.findings.count; i++)
		skipped += !strncmp(import.findings.list[i].message, "left out", 8);
	if (skipped != wrong)
		fail_msg("\"%s\": %u lines noted as wrong, want %u", text, skipped, wrong);
	free(canonical);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

struct row {
	const char *text, *entries;
	unsigned int wrong;
};

static const struct row rows[] = {
	{ "", "", 0 },
	/* without a prefix: everybody, which is the policy's default (test_everybody) */
	{ "allow", "", 0 },
	{ "allow all", "", 0 },
	{ "deny", "", 0 },
	{ "allow 10\ndeny all\nallow 11\n", "allow 11.0.0.0/8\n", 0 },
	{ "allow 10", "allow 10.0.0.0/8\n", 0 },
	{ "allow 172.16/12\nallow 192.168\nallow 1.2.3\n",
	  "allow 172.16.0.0/12\nallow 192.168.0.0/16\nallow 1.2.3.0/24\n", 0 },
	{ "allow all 10", "allow all 10.0.0.0/8\n", 0 },
	{ "deny all 2001:db8::/32", "deny all 2001:db8::/32\n", 0 },
	{ "allow ::1\ndeny 10.0.0.1\nallow 0/0", "allow ::1\ndeny 10.0.0.1\nallow 0.0.0.0/0\n", 0 },
	{ "ALLOW 10\nDeny 11\nsErVeR 192.0.2.3", "allow 10.0.0.0/8\ndeny 11.0.0.0/8\nserver 192.0.2.3\n", 0 },
	/* sources; a name is not resolved, and its options are chrony's business */
	{ "server 192.0.2.3 iburst key 1\npeer 2001:db8::4\npool 192.0.2.5",
	  "server 192.0.2.3\npeer 2001:db8::4\nserver 192.0.2.5\n", 0 },
	{ "server ntp.nict.jp iburst\npool 2.debian.pool.ntp.org iburst", "", 0 },
	{ "server ntp.nict.jp#tokyo iburst\nserver \"ntp.nict.jp\" iburst", "", 0 },
	/* comments stand at a line's start */
	{ "# allow 10\n! allow 10\n; allow 10\n% allow 10\n  # x\n\t! x\n#allow\n", "", 0 },
	{ "allow 10\r\n# \xe6\x9d\xb1\r\n\r\nallow 11\r\n", "allow 10.0.0.0/8\nallow 11.0.0.0/8\n", 0 },
	/* what chronyd refuses: a comment after a directive is the most usual */
	{ "allow 10.0.0.0/8 # LAN\nallow 11", "allow 11.0.0.0/8\n", 1 },
	{ "allow # everybody", "", 1 },
	{ "allow all # everybody", "", 1 },
	{ "deny 10 11", "", 1 },
	{ "Allow ALL", "", 1 },
	{ "allow 10/33\nallow 10.\nallow 1.2.3.4.5\nallow fe80::1%eth0", "", 4 },
	{ "server\npeer\npool", "", 3 },
	{ "port 123 # x\nport\nport 65536\nport -1\nport 1 2", "", 5 },
	{ "port ntp", "", 1 },
	/* what is not the firewall's business is skipped without a word a line */
	{ "driftfile /var/lib/chrony/drift\nmakestep 1 3\nrtcsync\nlog tracking # x\ncmdallow 10\nnonsense", "", 0 },
	/* U+3000 is no space, to chronyd either */
	{ "server\xe3\x80\x80"
	  "192.0.2.3",
	  "", 0 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++)
		assert_import(rows[i].text, rows[i].entries, rows[i].wrong);
}

static bool has_note(const struct import *import, const char *file, unsigned int line, const char *message)
{
	for (size_t i = 0; i < import->findings.count; i++) {
		const struct ng_finding *finding = &import->findings.list[i];

		if (!finding->is_error && !strcmp(finding->file, file) && finding->line == line &&
		    !strcmp(finding->message, message))
			return true;
	}
	return false;
}

static void test_summary(void **state)
{
	struct import import;

	(void)state;
	import_text(&import, "# a\nallow 10\n\nserver ntp.nict.jp iburst\nrtcsync\ndriftfile x\nallow y z\n", 0);
	assert_true(has_note(&import, "unit.policy", 1,
			     "imported 1 lines of /etc/chrony/chrony.conf; 3 are not the firewall's business"));
	assert_true(has_note(&import, "/etc/chrony/chrony.conf", 7,
			     "left out, because chronyd takes no such line: allow y z"));
	assert_int_equal(import.findings.count, 2);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

static void test_bare_allow_is_said(void **state)
{
	struct import import;

	(void)state;
	import_text(&import, "\nallow\n", 0);
	assert_true(has_note(&import, "/etc/chrony/chrony.conf", 2,
			     "chronyd may be asked by everybody (allow without a prefix): default limit"));
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
	import_text(&import, "deny\nallow 10\n", 0);
	assert_int_equal(import.findings.count, 1);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

static void test_where_it_came_from(void **state)
{
	const struct file file = { .path = "chrony.conf", .text = "# one\nallow 10\n" };
	struct import import;

	(void)state;
	parse_with(&import, "deny 12\nimport chrony chrony.conf\nallow 11\n", &file, 1);
	assert_int_equal(import.draft.entry_count, 3);
	assert_string_equal(ng_draft_text(&import.draft, import.draft.entries[0].file), "");
	assert_string_equal(ng_draft_text(&import.draft, import.draft.entries[1].file), "chrony.conf");
	assert_string_equal(ng_draft_text(&import.draft, import.draft.entries[2].file), "");
	assert_int_equal(import.draft.entries[0].line, 1);
	assert_int_equal(import.draft.entries[1].line, 2);
	assert_int_equal(import.draft.entries[2].line, 3);
	assert_string_equal(import.draft.name, "unit");
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

static void test_port(void **state)
{
	struct import import;

	(void)state;
	import_text(&import, "port 11123\n", 0);
	assert_int_equal(import.draft.port, 11123);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
	/* chronyd then serves nobody: the port to guard stays */
	import_text(&import, "port 0\n", 0);
	assert_int_equal(import.draft.port, 123);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

static void test_missing(void **state)
{
	const struct file nowhere = { .path = "/etc/passwd/chrony.conf", .error = -ENOTDIR };
	struct import import;

	(void)state;
	parse_with(&import, "allow 10\nimport chrony /no/such.conf\nallow 11\n", NULL, 0);
	assert_int_equal(import.error, 0);
	assert_int_equal(import.draft.entry_count, 2);
	assert_int_equal(import.findings.count, 1);
	assert_true(has_note(&import, "unit.policy", 2, "/no/such.conf is not there; nothing imported"));
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
	parse_with(&import, "import chrony /etc/passwd/chrony.conf\n", &nowhere, 1);
	assert_int_equal(import.error, 0);
	assert_true(has_note(&import, "unit.policy", 1, "/etc/passwd/chrony.conf is not there; nothing imported"));
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

/* A parser without a reader has no files. */
static void test_no_reader(void **state)
{
	static const char policy[] = "import chrony chrony.conf\n";
	const struct ng_environment nothing = { 0 };
	struct import import;

	(void)state;
	ng_draft_init(&import.draft);
	assert_int_equal(
		ng_policy_parse(&import.draft, "unit.policy", policy, strlen(policy), &nothing, &import.findings), 0);
	assert_true(has_note(&import, "unit.policy", 1, "chrony.conf is not there; nothing imported"));
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

/* There, but not to be read: silently importing nothing would cut off whom chrony.conf allows. */
static void test_unreadable(void **state)
{
	const struct file files[] = { { .path = "secret.conf", .error = -EACCES },
				      { .path = "directory", .error = -EISDIR } };
	struct import import;

	(void)state;
	parse_with(&import, "import chrony secret.conf\n  import  CHRONY directory\n", files, UNIT_COUNT(files));
	assert_int_equal(import.error, -EINVAL);
	assert_int_equal(import.findings.errors, 2);
	assert_string_equal(import.findings.list[0].message, "secret.conf: Permission denied");
	assert_int_equal(import.findings.list[0].column, 15);
	assert_string_equal(import.findings.list[1].message, "directory: Is a directory");
	assert_int_equal(import.findings.list[1].line, 2);
	assert_int_equal(import.findings.list[1].column, 18);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

/* Lines that no parser should trip over: too long, of NULs, of many words. */
static void test_hostile_lines(void **state)
{
	static const char nul[] = "allow 10\nallow\0 11\n\0\nallow 12\n";
	struct import import;
	char text[8192];

	(void)state;
	import_text(&import, nul, sizeof(nul) - 1);
	assert_int_equal(import.draft.entry_count, 2);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
	memset(text, 'x', sizeof(text));
	strcpy(text + 4000, "\nallow 10\n");
	import_text(&import, text, 0);
	assert_int_equal(import.draft.entry_count, 1);
	assert_int_equal(import.findings.list[0].line, 1);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
	strcpy(text, "server 192.0.2.3");
	for (int i = 0; i < 40; i++)
		strcat(text, " x");
	strcat(text, "\nallow 10\n");
	import_text(&import, text, 0);
	assert_int_equal(import.draft.entries[import.draft.entry_count - 1].line, 2);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

/* A note carries what the file says to the terminal: no carriage return, no escape may get there. */
static void test_notes_are_printable(void **state)
{
	struct import import;

	(void)state;
	import_text(&import, "allow foo bar\r\nallow \033[2J x\r\n", 0);
	for (size_t i = 0; i < import.findings.count; i++)
		for (const char *at = import.findings.list[i].message; *at; at++)
			if ((unsigned char)*at < ' ')
				fail_msg("note %zu holds byte %d", i, *at);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

/* Notes fill the list of findings; an error after them must still be told. */
static void test_notes_hide_no_error(void **state)
{
	struct file file = { .path = "chrony.conf" };
	struct import import;
	char text[2000] = "";
	bool told = false;

	(void)state;
	for (int i = 0; i < 30; i++)
		strcat(text, "allow 10 # office\n");
	file.text = text;
	parse_with(&import, "import chrony chrony.conf\nalow 11\n", &file, 1);
	assert_int_equal(import.error, -EINVAL);
	assert_int_equal(import.findings.errors, 1);
	for (size_t i = 0; i < import.findings.count; i++)
		told |= import.findings.list[i].is_error;
	if (!told)
		fail_msg("one error, and %zu findings that do not tell it", import.findings.count);
	ng_draft_free(&import.draft);
	ng_findings_free(&import.findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_bare_allow_is_said),
		cmocka_unit_test(test_where_it_came_from),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_no_reader),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_hostile_lines),
		cmocka_unit_test(test_notes_are_printable),
		cmocka_unit_test(test_notes_hide_no_error),
	};

	return cmocka_run_group_tests_name("chrony", tests, NULL, NULL);
}
