/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NTPGUARD_MOMENT_H
#define NTPGUARD_MOMENT_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of a clock that no one sets. */
static inline int64_t ng_moment_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

#endif
