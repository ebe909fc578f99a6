// SPDX-License-Identifier: GPL-2.0-only
/* chrony lint and chrony import: for people who write a chrony.conf. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chrony_lint.h"
#include "command.h"

#define FIX_ROUNDS 8 /* one repair may lay bare the next: first CR line ends, then a comment */

/* ---- findings ---- */

static const char *const severities[] = { "error", "fatal", "warning" };

/* The line's end is no part of what is shown. */
static size_t shown_size(const struct ng_lint_place *place)
{
	size_t size = place->text_size;

	while (size && place->text[size - 1] == '\r')
		size--;
	return size;
}

static void print_should(const char *should)
{
	puts("should read:");
	for (int lines = 0; should; lines++) {
		size_t size = strcspn(should, "\n");

		if (lines == 8) {
			puts("  ...");
			return;
		}
		fputs("  ", stdout);
		ng_text_show(should, size, stdout);
		putchar('\n');
		should = should[size] ? should + size + 1 : NULL;
	}
}

/* What several findings of a line agree upon is said after the last. */
static bool is_said_later(const struct ng_lint *lint, size_t i)
{
	const struct ng_lint_finding *finding = &lint->list[i], *next = finding + 1;

	return i + 1 < lint->count && next->should && next->place.file_number == finding->place.file_number &&
	       next->place.line == finding->place.line && !strcmp(next->should, finding->should);
}

static void print_finding(const struct ng_lint *lint, size_t i, const char *label)
{
	const struct ng_lint_finding *finding = &lint->list[i];
	const struct ng_lint_place *place = &finding->place;
	size_t size = shown_size(place);

	ng_text_show(place->file, strlen(place->file), stdout);
	printf(":%u:%u: %s: ", place->line, place->column, label);
	ng_text_show(finding->message, strlen(finding->message), stdout);
	fputs("\n  ", stdout);
	ng_text_show(place->text, size, stdout);
	fputs("\n  ", stdout);
	ng_text_caret(place->text, size, place->column, stdout);
	if (finding->should && !is_said_later(lint, i))
		print_should(finding->should);
}

static json_t *json_finding(const struct ng_lint_finding *finding)
{
	const struct ng_lint_place *place = &finding->place;
	json_t *should = finding->should ? ng_text_json(finding->should, strlen(finding->should)) : json_null();

	return json_pack("{s:o,s:i,s:i,s:s,s:o,s:o,s:o}", "file", ng_text_json(place->file, strlen(place->file)),
			 "line", (int)place->line, "column", (int)place->column, "severity",
			 severities[finding->severity], "message",
			 ng_text_json(finding->message, strlen(finding->message)), "text",
			 ng_text_json(place->text, shown_size(place)), "should", should);
}

static json_t *json_findings(const struct ng_lint *lint, bool fixed_only)
{
	json_t *list = json_array();

	for (size_t i = 0; i < lint->count; i++)
		if (!fixed_only || lint->list[i].is_fixed)
			json_array_append_new(list, json_finding(&lint->list[i]));
	return list;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void say_verdict(const struct ng_command *command, const struct ng_lint *lint)
{
	size_t errors = lint->counts[NG_LINT_ERROR] + lint->counts[NG_LINT_FATAL];
	size_t warnings = lint->counts[NG_LINT_WARNING];
	char text[64] = "";

	if (warnings)
		snprintf(text, sizeof(text), "%s%zu warning%s", errors ? ", " : "; ", warnings, plural(warnings));
	if (ng_lint_is_good(lint))
		ng_say(command, "chronyd takes this file%s", text);
	else if (ng_lint_is_refused(lint))
		ng_say(command, "chronyd will refuse this file: %zu error%s%s", errors, plural(errors), text);
	else
		ng_say(command, "chronyd will not start with this file, though chronyd -p takes it: %zu error%s%s",
		       errors, plural(errors), text);
}

static bool is_mendable(const struct ng_lint_finding *finding)
{
	const char *dot = strrchr(finding->place.file, '.');
	bool is_skipped = dot && !strcmp(dot, ".sources"); /* whose warnings are of lines that chronyd leaves out */

	return finding->should && finding->place.file_number && (finding->severity == NG_LINT_ERROR || is_skipped);
}

/* How to have them fixed: the file, and each that it includes. */
static void say_remedies(const struct ng_command *command, const struct ng_lint *lint, const char *file)
{
	unsigned int last = 0;

	if (lint->fixes && strcmp(file, "-"))
		ng_say(command, "%zu line%s can be mended: ntpguard chrony lint --fix %s", lint->fixes,
		       plural(lint->fixes), file);
	for (size_t i = 0; i < lint->count; i++) {
		const struct ng_lint_place *place = &lint->list[i].place;

		if (is_mendable(&lint->list[i]) && place->file_number != last)
			ng_say(command, "lines of %s can be mended: ntpguard chrony lint --fix %s", place->file,
			       place->file);
		last = is_mendable(&lint->list[i]) ? place->file_number : last;
	}
}

static int report(const struct ng_command *command, const char *file, const struct ng_lint *lint, json_t *more)
{
	json_t *object;

	if (command->json) {
		object = json_pack("{s:o,s:b,s:b,s:o}", "file", ng_text_json(file, strlen(file)), "refused",
				   ng_lint_is_refused(lint), "fatal_at_start", lint->counts[NG_LINT_FATAL] != 0,
				   "findings", json_findings(lint, false));
		json_object_update(object, more);
		json_decref(more);
		ng_print_json(object);
	} else {
		for (size_t i = 0; i < lint->count; i++)
			print_finding(lint, i, lint->list[i].severity == NG_LINT_WARNING ? "warning" : "error");
	}
	fflush(stdout);
	say_remedies(command, lint, file);
	say_verdict(command, lint);
	return ng_lint_is_good(lint) ? NG_EXIT_OK : NG_EXIT_NEGATIVE;
}

/* ---- files ---- */

/* A file that is called - is one; standard input is what the operand - means. */
static int read_named(void *context, const char *path, char **data, size_t *size)
{
	return ng_file_read(context, strcmp(path, "-") ? path : "./-", data, size);
}

static const struct ng_environment environment = { .read = read_named, .expand = ng_file_expand };

const char *ng_chrony_file(void)
{
	return access("/etc/chrony/chrony.conf", F_OK) && !access("/etc/chrony.conf", F_OK) ? "/etc/chrony.conf"
											    : "/etc/chrony/chrony.conf";
}

static int file_fault(const struct ng_command *command, const char *file, int error, const char *unchanged)
{
	struct ng_fault fault = { 0 };

	ng_fault(&fault, error == -EACCES || error == -EPERM ? NG_EXIT_PERMISSION : NG_EXIT_NEGATIVE, -error, "%s: %s",
		 file, strerror(-error));
	if (unchanged)
		ng_fault_unchanged(&fault, "%s", unchanged);
	if (error == -ENOENT)
		ng_fault_hint(&fault, "give the path of a chrony.conf");
	return ng_fail(command, &fault);
}

/* ---- lint --fix ---- */

struct fix {
	char *data; /* the file as it will be */
	size_t size, lines; /* that differ, over all rounds */
	json_t *changes;
};

static void say_fixed(const struct ng_command *command, struct fix *fix, const struct ng_lint *lint)
{
	if (command->json) {
		json_t *list = json_findings(lint, true);

		json_array_extend(fix->changes, list);
		json_decref(list);
		return;
	}
	for (size_t i = 0; i < lint->count; i++)
		if (lint->list[i].is_fixed)
			print_finding(lint, i, "fixed");
}

/* Mends until nothing is left to mend; lint is then of the last state. */
static int mend(const struct ng_command *command, const char *file, struct fix *fix, struct ng_lint *lint)
{
	int error = ng_chrony_lint(lint, file, fix->data, fix->size, &environment);

	for (int round = 0; !error && lint->fixes && round < FIX_ROUNDS; round++) {
		say_fixed(command, fix, lint);
		fix->lines += lint->fixes;
		free(fix->data);
		fix->data = lint->fixed;
		fix->size = lint->fixed_size;
		lint->fixed = NULL;
		ng_lint_free(lint);
		error = ng_chrony_lint(lint, file, fix->data, fix->size, &environment);
	}
	return error;
}

/* The backup first; whatever fails, the file is as it was. */
static int put_in_place(const char *path, const char *old, size_t old_size, const struct fix *fix, char *backup)
{
	int error = ng_file_backup(path, old, old_size, backup);

	if (error)
		return error;
	error = ng_file_replace(path, fix->data, fix->size, 0644);
	if (error)
		unlink(backup);
	return error;
}

static int run_fix(const struct ng_command *command, const char *file, char *data, size_t size)
{
	struct fix fix = { .data = malloc(size + 1), .size = size, .changes = json_array() };
	char path[PATH_MAX], backup[PATH_MAX] = "";
	struct ng_lint lint = { 0 };
	int error = fix.data && realpath(file, path) ? 0 : -errno, exit;

	if (fix.data)
		memcpy(fix.data, data, size + 1);
	if (!error)
		error = mend(command, file, &fix, &lint);
	if (!error && fix.lines)
		error = put_in_place(path, data, size, &fix, backup);
	if (error) {
		json_decref(fix.changes);
		fflush(stdout);
		exit = file_fault(command, file, error, "nothing was changed");
	} else {
		if (fix.lines)
			ng_say(command, "%s: %zu line%s mended; the old file is %s", file, fix.lines, plural(fix.lines),
			       backup);
		else
			ng_say(command, "%s: nothing to mend; the file is untouched", file);
		exit = report(
			command, file, &lint,
			json_pack("{s:i,s:s,s:o}", "fixed", (int)fix.lines, "backup", backup, "changes", fix.changes));
	}
	ng_lint_free(&lint);
	free(fix.data);
	return exit;
}

/* ---- the verb ---- */

static int run_lint(const struct ng_command *command, const char *file)
{
	struct ng_lint lint;
	size_t size;
	char *data;
	int error, exit;

	if (command->fix && !strcmp(file, "-"))
		return ng_fail_usage(command, "chrony lint --fix: standard input cannot be fixed; give a file");
	error = ng_file_read(NULL, file, &data, &size);
	if (error)
		return file_fault(command, file, error, NULL);
	if (command->fix) {
		exit = run_fix(command, file, data, size);
	} else {
		error = ng_chrony_lint(&lint, file, data, size, &environment);
		exit = error ? file_fault(command, file, error, NULL) : report(command, file, &lint, json_object());
		ng_lint_free(&lint);
	}
	free(data);
	return exit;
}

static void say_skipped(const char *lines)
{
	fputs("skipped, because they are not the firewall's business:\n", stderr);
	for (size_t size; *lines; lines += size + 1) {
		size = strcspn(lines, "\n");
		ng_text_show(lines, size, stderr);
		fputc('\n', stderr);
	}
}

/* Here `-` is standard input, and for what the file includes it would be, too; nobody writes that. */
static int run_import(const struct ng_command *command, const char *file)
{
	static const struct ng_environment input = { .read = ng_file_read, .expand = ng_file_expand };
	struct ng_findings *findings = calloc(1, sizeof(*findings));
	struct ng_draft draft;
	int error = findings ? 0 : -ENOMEM;

	if (!error && strcmp(file, "-") && access(file, R_OK))
		error = -errno;
	ng_draft_init(&draft);
	if (!error) {
		error = ng_chrony_draft(&draft, file, strcmp(file, "-") ? &environment : &input, findings);
		if (error || !command->quiet)
			ng_findings_print(findings, stderr);
		if (!error && !command->quiet && findings->skipped_count)
			say_skipped(findings->skipped);
	}
	if (!error)
		ng_draft_print(&draft, stdout);
	ng_draft_free(&draft);
	if (findings)
		ng_findings_free(findings);
	free(findings);
	return error ? file_fault(command, file, error, NULL) : NG_EXIT_OK;
}

int ng_cmd_chrony(struct ng_command *command)
{
	const char *what = command->count ? command->operands[0] : "";
	const char *file = command->count > 1 ? command->operands[1] : ng_chrony_file();

	if (command->count > 2)
		return ng_fail_usage(command, "chrony %s: one file, please", what);
	if (!strcmp(what, "lint"))
		return run_lint(command, file);
	if (strcmp(what, "import"))
		return ng_fail_usage(command, "chrony: lint or import");
	if (command->fix)
		return ng_fail_usage(command, "chrony import does not take --fix");
	return run_import(command, file);
}
