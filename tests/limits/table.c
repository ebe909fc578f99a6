// SPDX-License-Identifier: GPL-2.0-only
#include "table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static unsigned int passed, failed;

void table_title(const char *title)
{
	printf("\n%s\n", title);
}

static void print_row(const char *mark, double figure, const char *unit, const char *bound, const char *format,
		      va_list args)
{
	char what[160];

	vsnprintf(what, sizeof(what), format, args);
	printf("  %-6s %-84s %12.7g %-4s %s\n", mark, what, figure, unit, bound);
	fflush(stdout);
}

void table_tell(double figure, const char *unit, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_row("", figure, unit, "", format, args);
	va_end(args);
}

static void judge(double figure, double least, double most, const char *unit, const char *format, va_list args)
{
	char bound[64];
	int holds = figure >= least && figure <= most;

	if (isinf(least))
		snprintf(bound, sizeof(bound), "at most %.7g", most);
	else if (isinf(most))
		snprintf(bound, sizeof(bound), "at least %.7g", least);
	else
		snprintf(bound, sizeof(bound), "%.7g to %.7g", least, most);
	if (holds)
		passed++;
	else
		failed++;
	print_row(holds ? "ok" : "not ok", figure, unit, bound, format, args);
}

void table_between(double figure, double least, double most, const char *unit, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	judge(figure, least, most, unit, format, args);
	va_end(args);
}

void table_at_most(double figure, double most, const char *unit, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	judge(figure, -INFINITY, most, unit, format, args);
	va_end(args);
}

void table_at_least(double figure, double least, const char *unit, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	judge(figure, least, INFINITY, unit, format, args);
	va_end(args);
}

int table_finish(unsigned int skipped)
{
	printf("limits: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed != 0;
}
