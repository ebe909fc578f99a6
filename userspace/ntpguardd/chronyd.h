/* SPDX-License-Identifier: GPL-2.0-only */
/* The local chronyd, as its client. */
#ifndef NTPGUARD_CHRONYD_H
#define NTPGUARD_CHRONYD_H

#include "cmdmon.h"
#include "keeper.h"

struct ng_chronyd {
	int socket; /* -1: none */
	bool has_all; /* a Unix socket, where chronyd answers all that is asked */
	bool is_up; /* it answered last time */
	uint32_t sequence;
	uint64_t asked; /* requests that it has counted as command packets since the socket was opened */
	int64_t hung_until; /* ms; before that it is not waited for again */
};

void ng_chronyd_init(struct ng_chronyd *chronyd);

/* Sends the request under a sequence number of our own, and waits at most 300 ms for its reply, which is of
 * the right version, command and sequence, and not longer than the request. Its size, or a negative errno:
 * -ENOENT, there is no chronyd; -ETIMEDOUT, it does not answer, or did not within the last second. */
int ng_chronyd_ask(struct ng_chronyd *chronyd, struct ng_keeper *keeper, uint16_t port, const uint8_t *request,
		   size_t size, uint8_t reply[CMDMON_REPLY_MAX]);

/* Closes the socket, because the configuration has changed. */
void ng_chronyd_forget(struct ng_chronyd *chronyd);

#endif
