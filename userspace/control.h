/* SPDX-License-Identifier: GPL-2.0-only */
/* ntpguardd's control socket, by which who may not read the kernel gets the same reading of it: members of
 * group ntpguard. It takes no orders. */
#ifndef NTPGUARD_CONTROL_H
#define NTPGUARD_CONTROL_H

#include <stdbool.h>

#include "snapshot.h"

/* A question is one packet of a SOCK_SEQPACKET socket, and so is the reply, which brings a descriptor of
 * `size` bytes in memory: a struct ng_snapshot, or a struct ng_control_samples. */
enum ng_control { NG_CONTROL_SNAPSHOT, NG_CONTROL_SAMPLES };

#define NG_CONTROL_MAGIC 0x6e746763u /* "ntgc" */

struct ng_control_question {
	uint32_t magic;
	uint32_t what; /* enum ng_control */
};

struct ng_control_reply {
	uint32_t magic;
	uint32_t abi; /* NG_ABI, and with it the layout of what comes */
	uint32_t snapshot_size; /* sizeof(struct ng_snapshot), for builds of one ABI that differ in it */
	int32_t result; /* 0, or a negative errno: -ENOENT, ntpguard is not loaded */
	uint64_t size;
	char version[32];
};

struct ng_control_samples {
	uint64_t from_ns, to_ns;
	struct ng_sample list[];
};

/* Whether a daemon listens there. */
bool ng_control_is_running(void);

/* As ng_snapshot_read() and ng_snapshot_limits(). */
int ng_control_snapshot(struct ng_snapshot *snapshot, struct ng_fault *fault);

/* As ng_samples_read(), of the last NG_TOP_SECONDS; the caller frees the list. */
int ng_control_samples(struct ng_sampled *sampled, struct ng_fault *fault);

#endif
