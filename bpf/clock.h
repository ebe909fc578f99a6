/* SPDX-License-Identifier: GPL-2.0-only */
/* Time and chance. Time as cheap as it comes: the kernel's tick counter, a load, where asking for nanoseconds is a call
 * of 20 to 35 ns. It goes on at the same pace whatever is done to the wall clock, and its resolution
 * (1 to 10 ms) is finer than anything here is timed by. */
#ifndef NTPGUARD_CLOCK_H
#define NTPGUARD_CLOCK_H

#include "maps.h"

/* Nanoseconds since some fixed moment. */
static __always_inline __u64 ng_now(void)
{
	if (ng_constants.is_replay)
		return ng_replay.now_ns;
	return bpf_jiffies64() * ng_constants.jiffy_ns;
}

/* A replay's chance, which comes out the same each time (Knuth's MMIX generator). */
static __always_inline __u32 ng_random(void)
{
	ng_replay.random = ng_replay.random * 6364136223846793005u + 1442695040888963407u;
	return (__u32)(ng_replay.random >> 32);
}

#endif
