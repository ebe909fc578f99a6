/* SPDX-License-Identifier: GPL-2.0-only */
/* What monitor and capture have in common: whom they hear, for how long, and how that ends. */
#ifndef NTPGUARD_HEARING_H
#define NTPGUARD_HEARING_H

#include "command.h"

struct ng_hearing {
	const struct ng_command *command;
	struct ng_loader *loader;
	struct ng_listen what;
	uint64_t most; /* events; 0: until somebody ends it */
	uint64_t told, stood_for; /* events, and the packets that they stand for */
	int64_t wall_ns; /* to add to an event's time, for nanoseconds since the epoch */
	/* Once it listens, and for each event; they tell their own faults, and return the exit code to end with, or 0.
	 */
	int (*begin)(struct ng_hearing *hearing);
	int (*each)(struct ng_hearing *hearing, const struct ng_event *event);
	int exit;
};

/* Takes --reason, --from and -n; the exit code, 0 where they are right. */
int ng_hearing_take(const struct ng_command *command, struct ng_hearing *hearing);

/* Listens until enough was heard, SIGINT or SIGTERM comes, or ntpguard is unloaded; the exit code. */
int ng_hearing_run(struct ng_hearing *hearing);

/* The name of the event's interface; the buffer has IFNAMSIZ bytes or more. */
void ng_hearing_interface(struct ng_hearing *hearing, const struct ng_event *event, char *name, size_t size);

/* Nanoseconds since the epoch. */
uint64_t ng_hearing_time(const struct ng_hearing *hearing, const struct ng_event *event);

#endif
