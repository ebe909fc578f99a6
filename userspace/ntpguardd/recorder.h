/* SPDX-License-Identifier: GPL-2.0-only */
/* The keeper's record of hourly totals (hours.h), which outlives the daemon in a file. */
#ifndef NTPGUARD_RECORDER_H
#define NTPGUARD_RECORDER_H

#include "config.h"

struct ng_recorder;

/* Goes on with what the file at this path holds; empty: nothing is recorded. A file that is damaged is told of, and
 * kept aside as PATH.bad. NULL: out of memory. */
struct ng_recorder *ng_recorder_new(const char *path);

/* Takes a look at the counters every 10 s, and writes the file every 60; call it about every second. It is the disk
 * that may take long, so another process writes. */
void ng_record(struct ng_recorder *recorder, const struct ng_config *config);

#endif
