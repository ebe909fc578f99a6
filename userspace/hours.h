/* SPDX-License-Identifier: GPL-2.0-only */
/* A week of hourly totals, as ntpguardd keeps them in a file and evidence shows them. The ring is the file: a struct of
 * one size, in host byte order, for this host only. hours.c is pure but for ng_hours_read() and ng_hours_look(). */
#ifndef NTPGUARD_HOURS_H
#define NTPGUARD_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ntpguard.h"

#define NG_HOURS 168
#define NG_HOURS_GAP 600 /* seconds without a look, after which nobody knows any more to which hour packets belong */

/* What was counted. No field ever falls while the counters that it is made of go on. */
struct ng_totals {
	uint64_t packets[NG_DIRECTIONS]; /* judged, whatever became of them */
	uint64_t payload[NG_DIRECTIONS]; /* bytes of UDP payload: of queries that came in, of answers that left */
	uint64_t would_drop; /* passed in monitor mode only; of all reasons */
	uint64_t dropped[NG_VERDICTS_MAX]; /* packets, by reason */
};

/* What the row of an hour is to be read with. */
#define NG_HOUR_RESET 0x01 /* counters began anew in it: a guard was unloaded, or loaded */
#define NG_HOUR_CLOCK 0x02 /* the wall clock was set in it */
#define NG_HOUR_GAP 0x04 /* before it nobody looked for a while */

struct ng_hour {
	uint64_t began; /* seconds since the epoch: the first look in it */
	uint32_t seconds; /* that were watched; more than 3600 only where the clock was set */
	uint32_t flags; /* NG_HOUR_* */
	struct ng_totals totals;
};

/* When a look is taken. The clock of the wall may be set; that of the boot only goes on, until the next boot. */
struct ng_hours_time {
	uint64_t wall; /* seconds since the epoch */
	uint64_t boot; /* seconds since boot */
	uint64_t boot_id; /* which boot */
};

/* One interface at a look: its counters are the same ones as before if all but the totals is the same. */
struct ng_hours_base {
	uint64_t loaded; /* seconds since the epoch */
	uint32_t ifindex, netns;
	struct ng_totals totals;
};

struct ng_hours {
	char magic[8];
	uint32_t size; /* of this struct; with it the layout changes */
	uint32_t sum; /* CRC-32 of the whole, with zero here */
	uint32_t next; /* the row that comes after the newest */
	uint32_t bases;
	struct ng_hours_time last; /* look; wall 0: none yet */
	struct ng_hours_base base[NG_INTERFACES_MAX];
	struct ng_hour row[NG_HOURS]; /* began 0: none yet */
};

struct ng_snapshot;

/* Adds an interface's counters. */
void ng_totals_add(struct ng_totals *totals, const struct ng_counters *counters);

void ng_hours_init(struct ng_hours *hours);

/* Adds what came since the last look to the present hour. After a gap, and at the first look, nothing is added. */
void ng_hours_add(struct ng_hours *hours, const struct ng_hours_base *seen, uint32_t count, struct ng_hours_time now);

/* The same with a reading of the kernel, now. */
void ng_hours_look(struct ng_hours *hours, const struct ng_snapshot *snapshot);

/* The n-th row, the newest is 0. NULL: there are not so many. */
const struct ng_hour *ng_hours_at(const struct ng_hours *hours, unsigned int n);

/* Makes it fit to be written; and tells what is wrong with bytes that were read, or NULL. */
void ng_hours_seal(struct ng_hours *hours);
const char *ng_hours_check(const struct ng_hours *hours, size_t size);

/* Where the file is: NTPGUARD_HOURS, or the default. */
const char *ng_hours_path(void);

/* Reads the file. NULL, or why it cannot be had, in words; hours are then empty. -ENOENT in *error: it is not there. */
const char *ng_hours_read(struct ng_hours *hours, const char *path, int *error);

#endif
