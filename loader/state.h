/* SPDX-License-Identifier: GPL-2.0-only */
/* The file that carries the regulars over a reboot, as bytes. Pure: no file, no map, no clock is touched. */
#ifndef NTPGUARD_STATE_H
#define NTPGUARD_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "ntpguard.h"

/* When something is: on the wall, in seconds since the epoch, and in the data path's periods. */
struct ng_state_time {
	uint64_t wall;
	uint16_t period;
};

/* The marks of `sets` sets and the key that they depend on, as a file's content in a fresh buffer that the
 * caller frees. NULL: out of memory. */
void *ng_state_encode(const struct ng_regular_set *table, uint32_t sets, const uint64_t secret[4],
		      struct ng_state_time now, size_t *size);

/* The reverse, into a table that is all zeros: each mark has aged by the time between the two. NULL, or
 * why the bytes are refused; table and secret are then good for nothing. */
const char *ng_state_decode(const void *data, size_t size, struct ng_regular_set *table, uint32_t sets,
			    uint64_t secret[4], struct ng_state_time now);

#endif
