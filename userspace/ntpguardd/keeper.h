/* SPDX-License-Identifier: GPL-2.0-only */
/* The keeper: the one part of the daemon that keeps privileges, a process of its own. It reads the kernel for
 * the serving process, which has none; opens sockets in chronyd's directory for it; and does what the clock or
 * an interface's coming asks for, such as a record of hourly totals (recorder.h). It hears its own kernel, its own
 * timer, and seven words of the serving process (enum ng_asked), none of which changes what is guarded or how. */
#ifndef NTPGUARD_KEEPER_H
#define NTPGUARD_KEEPER_H

#include <sys/types.h>

#include "config.h"
#include "snapshot.h"

#define NG_KEPT_SAMPLES (64 * NG_SAMPLES)

enum ng_asked {
	NG_ASKED_SNAPSHOT, /* without the limits */
	NG_ASKED_LIMITS, /* with them */
	NG_ASKED_CLIENTS,
	NG_ASKED_FORGET, /* the clients' counts */
	NG_ASKED_SAMPLES,
	NG_ASKED_CHRONYD, /* a fresh socket that is connected to it */
	NG_ASKED_ACCESS, /* would this address be served? */
	NG_ASKED_RELOAD, /* read the configuration again */
};

/* The serving process's end. */
struct ng_keeper {
	int socket;
	pid_t pid;
	uint32_t number; /* of the last question */
	struct ng_kept *kept; /* written by the keeper alone */
};

/* What the keeper read, in memory that both see. Good after an answer of 0. */
struct ng_kept {
	struct ng_snapshot snapshot;
	struct ng_clients_kept {
		uint64_t displaced;
		uint32_t count;
		struct ng_client list[NG_CLIENTS];
	} clients;
	struct ng_samples_kept {
		uint64_t from_ns, to_ns;
		uint32_t count;
		struct ng_sample list[NG_KEPT_SAMPLES];
	} samples;
};

/* Starts the keeper; it ends with the calling process. Both must be root still. Negative errno. */
int ng_keeper_start(struct ng_keeper *keeper, const struct ng_config *config, const char *config_path);

/* Asks, and waits at most 200 ms. 0 or what the question says, or a negative errno: -ENOENT, ntpguard is not
 * loaded (and the snapshot is empty); -ETIMEDOUT; -EPIPE, the keeper is gone. */
int ng_keeper_ask(struct ng_keeper *keeper, enum ng_asked what);

/* A socket connected to chronyd's, which the caller closes; negative errno. */
int ng_keeper_chronyd(struct ng_keeper *keeper);

/* 1: the policy in force lets this address ask the time; 0: it does not. */
int ng_keeper_access(struct ng_keeper *keeper, const struct ng_prefix *address);

#endif
