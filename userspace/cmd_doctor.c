// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "doctor/doctor.h"
#include "output.h"

static const char *const labels[NG_DOCTOR_STATES] = { [NG_DOCTOR_OK] = "ok",
						      [NG_DOCTOR_SKIPPED] = "skipped",
						      [NG_DOCTOR_NOTE] = "note",
						      [NG_DOCTOR_WARNING] = "warning",
						      [NG_DOCTOR_PROBLEM] = "problem" };

#define INDENT 22 /* of what was found: "warning  chrony.conf  " */
#define NARROWEST 50

/* ---- for people ---- */

static size_t columns(void)
{
	struct winsize window;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) || window.ws_col < NARROWEST)
		return isatty(STDOUT_FILENO) ? NARROWEST : SIZE_MAX;
	return window.ws_col;
}

static void print_folded(const char *text, size_t width)
{
	for (;;) {
		size_t size = ng_output_fitting(text, width - INDENT);

		ng_text_show(text, size, stdout);
		putchar('\n');
		text += size + (text[size] == ' ');
		if (!*text)
			return;
		printf("%*s", INDENT, "");
	}
}

static void print_line(const struct ng_diagnosis *line, size_t width)
{
	char text[sizeof(line->interface) + sizeof(line->found) + 2];

	snprintf(text, sizeof(text), "%s%s%s", line->interface, *line->interface ? ": " : "", line->found);
	printf("%-8s %-12s ", labels[line->state], line->check);
	print_folded(text, width);
	if (!*line->fix)
		return;
	printf("%*s", INDENT - 2, "");
	fputs("$ ", stdout);
	ng_text_show(line->fix, strlen(line->fix), stdout);
	putchar('\n');
}

static size_t count_of(const struct ng_doctor *doctor, enum ng_doctor_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < doctor->count; i++)
		count += doctor->list[i].state == state;
	return count;
}

static void print_counts(const struct ng_doctor *doctor)
{
	size_t notes = count_of(doctor, NG_DOCTOR_NOTE), warnings = count_of(doctor, NG_DOCTOR_WARNING);
	size_t problems = count_of(doctor, NG_DOCTOR_PROBLEM);

	printf("%zu ok, %zu skipped, %zu note%s, %zu warning%s, %zu problem%s\n", count_of(doctor, NG_DOCTOR_OK),
	       count_of(doctor, NG_DOCTOR_SKIPPED), notes, notes == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s",
	       problems, problems == 1 ? "" : "s");
}

/* The worst last, where the prompt will be. */
static void print_text(const struct ng_command *command, const struct ng_doctor *doctor)
{
	size_t width = columns();

	for (int state = command->quiet ? NG_DOCTOR_WARNING : NG_DOCTOR_OK; state < NG_DOCTOR_STATES; state++)
		for (size_t i = 0; i < doctor->count; i++)
			if ((int)doctor->list[i].state == state)
				print_line(&doctor->list[i], width);
	if (!command->quiet)
		print_counts(doctor);
}

/* ---- for programs ---- */

static json_t *json_or_null(const char *text)
{
	return *text ? ng_text_json(text, strlen(text)) : json_null();
}

static void print_json(const struct ng_doctor *doctor)
{
	json_t *list = json_array();

	for (size_t i = 0; i < doctor->count; i++) {
		const struct ng_diagnosis *line = &doctor->list[i];

		json_array_append_new(list, json_pack("{s:s,s:o,s:s,s:o,s:o}", "check", line->check, "interface",
						      json_or_null(line->interface), "state", labels[line->state],
						      "found", ng_text_json(line->found, strlen(line->found)), "fix",
						      json_or_null(line->fix)));
	}
	ng_print_json(json_pack("{s:o,s:i,s:i}", "checks", list, "warnings", (int)count_of(doctor, NG_DOCTOR_WARNING),
				"problems", (int)count_of(doctor, NG_DOCTOR_PROBLEM)));
}

/* ---- the verb ---- */

/* The interfaces that were named, or those that matter. */
static int take_interfaces(const struct ng_command *command, const struct ng_doctor *doctor, char (*names)[IFNAMSIZ],
			   size_t *count)
{
	struct ng_fault fault;

	*count = 0;
	if (command->count > NG_INTERFACES_MAX)
		return ng_fail_usage(command, "doctor: %d interfaces at once, at most", NG_INTERFACES_MAX);
	if (!command->count)
		*count = ng_doctor_interfaces(doctor, names, NG_INTERFACES_MAX);
	for (int i = 0; i < command->count; i++) {
		unsigned int index = if_nametoindex(command->operands[i]); /* also by another name of its */

		if (!index || !if_indextoname(index, names[*count])) {
			ng_fault(&fault, NG_EXIT_INTERFACE, ENODEV, "no interface is called %s", command->operands[i]);
			ng_fault_hint(&fault, "list them with: ip -brief link");
			return ng_fail(command, &fault);
		}
		(*count)++;
	}
	return NG_EXIT_OK;
}

static void read_guard(const struct ng_command *command, struct ng_doctor *doctor, struct ng_snapshot *snapshot,
		       struct ng_fault *fault)
{
	if (!ng_report_read(command, snapshot, fault))
		doctor->guard = snapshot;
	else if (fault->exit != NG_EXIT_NOT_LOADED)
		doctor->guard_unknown = fault->message;
}

int ng_cmd_doctor(struct ng_command *command)
{
	struct ng_doctor doctor = { .root = "", .bpffs = command->bpffs };
	static char names[NG_INTERFACES_MAX][IFNAMSIZ];
	static struct ng_snapshot snapshot;
	struct ng_fault fault;
	size_t count;
	int exit;

	read_guard(command, &doctor, &snapshot, &fault);
	exit = take_interfaces(command, &doctor, names, &count);
	if (exit)
		return exit;
	ng_doctor_run(&doctor, names, count);
	if (command->json)
		print_json(&doctor);
	else
		print_text(command, &doctor);
	exit = count_of(&doctor, NG_DOCTOR_PROBLEM) ? NG_EXIT_NEGATIVE : NG_EXIT_OK;
	free(doctor.list);
	return exit;
}
