/* SPDX-License-Identifier: GPL-2.0-only */
/* One reading of the kernel, which everything that reports is made of. */
#ifndef NTPGUARD_SNAPSHOT_H
#define NTPGUARD_SNAPSHOT_H

#include "loader.h"

#define NG_TOP_SECONDS 10 /* that samples are looked back at */

/* An interface as it was seen. */
struct ng_seen {
	struct ng_interface row;
	struct ng_link link;
	bool monitor;
	struct ng_counters counters;
};

/* No pointers: it can be sent as it is. */
struct ng_snapshot {
	struct ng_policy policy; /* its head, without columns; generation 0: none is in force */
	uint64_t policy_refused; /* when a policy was last refused, in seconds since the epoch; 0: not since it was put
				    in force */
	uint32_t count; /* of interfaces */
	uint64_t passed, dropped, would_drop; /* packets, all interfaces */
	uint64_t bytes_in; /* UDP payload of queries that came to the NTP port, dropped ones included */
	uint64_t bytes_out; /* UDP payload of answers that left */
	uint64_t requests, limited; /* client requests; those over their address's limit */
	uint64_t displaced[NG_RUNGS_MAX]; /* buckets that gave up their place, by rung */
	struct ng_limits_seen limits; /* all zero: not asked for */
	struct ng_seen interfaces[NG_INTERFACES_MAX];
};

/* Reads all but the limits, whose reading takes as long as they are large; and those. */
int ng_snapshot_read(struct ng_loader *loader, struct ng_snapshot *snapshot, struct ng_fault *fault);
int ng_snapshot_limits(struct ng_loader *loader, struct ng_snapshot *snapshot, struct ng_fault *fault);

/* The policy's entries in this set, of both families. */
unsigned int ng_snapshot_entries(const struct ng_snapshot *snapshot, enum ng_set set);

/* Adds an interface's counters to the sums. */
void ng_snapshot_add(struct ng_snapshot *snapshot, const struct ng_counters *counters);

/* What came between two readings: counters and their sums become the differences, all else is as it is now. A
 * counter that is less than before began anew, and is taken whole. */
void ng_snapshot_since(const struct ng_snapshot *before, const struct ng_snapshot *now, struct ng_snapshot *since);

/* Packets of this verdict, of both directions and on all interfaces; would: that monitor mode let pass. */
uint64_t ng_snapshot_packets(const struct ng_snapshot *snapshot, unsigned int verdict, bool would);

/* An interface's part of bytes_in (NG_IN) or of bytes_out (NG_OUT). */
uint64_t ng_counters_payload(const struct ng_counters *counters, enum ng_direction direction);

/* bytes_out / bytes_in; 0 where nothing came in. */
double ng_snapshot_factor(const struct ng_snapshot *snapshot);

/* Of all client requests, those over their address's limit: 0 to 1. */
double ng_snapshot_limited_share(const struct ng_snapshot *snapshot);

/* Strangers are being refused by the host's limit, or were within the last minute. */
bool ng_snapshot_is_saturated(const struct ng_snapshot *snapshot);

/* native, generic, gone, or elsewhere (in another network namespace). */
const char *ng_link_mode(const struct ng_link *link);

/* A row of verdicts.def. */
struct ng_verdict_text {
	const char *label, *sentence;
	bool drops;
	bool in, out; /* the directions it can have */
};
extern const struct ng_verdict_text ng_verdict_texts[NG_VERDICTS];
extern const char *const ng_direction_labels[NG_DIRECTIONS], *const ng_family_labels[NG_FAMILIES];

#endif
