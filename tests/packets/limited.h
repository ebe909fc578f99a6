/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests under limits, under a clock and chance that are turned (see run_replay()). */
#ifndef NTPGUARD_LIMITED_H
#define NTPGUARD_LIMITED_H

#include "run.h"

#define SECOND_NS 1000000000ull
#define TICK_NS (SECOND_NS / NG_LIMIT_HZ)
#define PERIOD_NS (1ull << NG_PERIOD_SHIFT)

/* After so long no limit of the tests' policies and no regular is remembered. */
#define FORGOTTEN_NS ((NG_PERIODS + 16) * PERIOD_NS)

/* Turns the clock to the middle of a tick, early in a period, after all is forgotten. */
void limited_begin(struct run *run);

/* Puts the policy in force, and begins. */
void limited_policy(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The frame so many times, each within the limits. */
void limited_pass(struct run *run, const struct frame *frame, uint32_t count, const char *says);

/* The frame, which is refused however often it comes, unless it leaks. */
void limited_refuse(struct run *run, const struct frame *frame, enum ng_verdict verdict, const char *says);

/* The frame, over a limit, and leaking. */
void limited_leak(struct run *run, const struct frame *frame, const char *says);

#endif
