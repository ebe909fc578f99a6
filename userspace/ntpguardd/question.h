/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the serving process and its keeper: datagrams over a pair of sockets. */
#ifndef NTPGUARD_QUESTION_H
#define NTPGUARD_QUESTION_H

#include "keeper.h"

struct ng_question {
	uint32_t number;
	uint32_t what; /* enum ng_asked */
	struct ng_prefix address; /* of NG_ASKED_ACCESS */
};

/* Beside it, for NG_ASKED_CHRONYD, the socket. */
struct ng_reply {
	uint32_t number; /* the question's */
	int32_t result;
};

/* The keeper's process: never returns. */
void ng_keeper_run(int socket, struct ng_kept *kept, const struct ng_config *config, const char *config_path)
	__attribute__((noreturn));

/* Sends a reply, with the descriptor unless it is negative. */
void ng_reply_send(int socket, const struct ng_reply *reply, int descriptor);

#endif
