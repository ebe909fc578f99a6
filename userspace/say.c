// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

void ng_say(const struct ng_command *command, const char *format, ...)
{
	va_list args;

	if (command->quiet)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void ng_progress(const struct ng_command *command, const char *format, ...)
{
	va_list args;

	if (command->quiet || command->json || !isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	if (format) {
		va_start(args, format);
		vfprintf(stderr, format, args);
		va_end(args);
	}
	fflush(stderr);
}

void ng_write_json(FILE *to, json_t *object)
{
	json_t *whole = json_pack("{s:i}", "schema", 1);

	json_object_update(whole, object);
	json_dumpf(whole, to, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(13));
	putc('\n', to);
	json_decref(whole);
	json_decref(object);
}

void ng_print_json(json_t *object)
{
	ng_write_json(stdout, object);
}

int ng_fail(const struct ng_command *command, const struct ng_fault *fault)
{
	fprintf(stderr, "ntpguard: %s\n", fault->message);
	if (fault->unchanged[0])
		fprintf(stderr, "  %s\n", fault->unchanged);
	if (fault->hint[0])
		fprintf(stderr, "  hint: %s\n", fault->hint);
	if (command->json)
		ng_print_json(json_pack("{s:{s:s,s:s,s:s}}", "error", "code", ng_exit_label(fault->exit), "message",
					fault->message, "hint", fault->hint));
	return fault->exit;
}

int ng_fail_usage(const struct ng_command *command, const char *format, ...)
{
	struct ng_fault fault = { .exit = NG_EXIT_USAGE };
	const char *verb;
	va_list args;

	va_start(args, format);
	vsnprintf(fault.message, sizeof(fault.message), format, args);
	va_end(args);
	verb = command->verb ? command->verb->name : "";
	ng_fault_hint(&fault, "ntpguard help%s%s", *verb ? " " : "", verb);
	return ng_fail(command, &fault);
}
