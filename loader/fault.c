// SPDX-License-Identifier: GPL-2.0-only
#include "fault.h"

#include <stdarg.h>
#include <stdio.h>

const char *ng_exit_label(enum ng_exit exit)
{
	static const char *const labels[] = {
#define NG_EXIT_CODE(number, id, label, sentence) [number] = label,
#include "exits.def"
#undef NG_EXIT_CODE
	};

	return labels[exit];
}

int ng_fault(struct ng_fault *fault, enum ng_exit exit, int error, const char *format, ...)
{
	va_list args;

	fault->exit = exit;
	fault->unchanged[0] = fault->hint[0] = '\0';
	va_start(args, format);
	vsnprintf(fault->message, sizeof(fault->message), format, args);
	va_end(args);
	return -error;
}

void ng_fault_unchanged(struct ng_fault *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault->unchanged, sizeof(fault->unchanged), format, args);
	va_end(args);
}

void ng_fault_hint(struct ng_fault *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault->hint, sizeof(fault->hint), format, args);
	va_end(args);
}
