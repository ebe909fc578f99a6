// SPDX-License-Identifier: GPL-2.0-only
#include "limited.h"

#include <stdarg.h>
#include <stdio.h>

void limited_begin(struct run *run)
{
	run->now_ns = (run->now_ns + FORGOTTEN_NS) / PERIOD_NS * PERIOD_NS;
	run->now_ns = (run->now_ns / TICK_NS + 1) * TICK_NS + TICK_NS / 2;
}

void limited_policy(struct run *run, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	run_policy(run, text);
	limited_begin(run);
}

void limited_pass(struct run *run, const struct frame *frame, uint32_t count, const char *says)
{
	for (uint32_t i = 0; i < count; i++)
		run_frame(run, frame, NG_V_REQUEST_IN_LIMIT, "%s, packet %u of %u", says, i + 1, count);
}

void limited_refuse(struct run *run, const struct frame *frame, enum ng_verdict verdict, const char *says)
{
	for (int i = 0; i < 3; i++) {
		run_chance(run, false);
		run_frame(run, frame, verdict, "%s", says);
	}
}

void limited_leak(struct run *run, const struct frame *frame, const char *says)
{
	run_chance(run, true);
	run_frame(run, frame, NG_V_REQUEST_LEAKED, "%s", says);
}
