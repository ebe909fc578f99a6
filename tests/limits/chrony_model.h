/* SPDX-License-Identifier: GPL-2.0-only */
/* What chronyd's `ratelimit` answers, packet by packet: a model of clientlog.c (chrony 4.3), written from its
 * behaviour and sharing nothing with ntpguard. */
#ifndef NTPGUARD_CHRONY_MODEL_H
#define NTPGUARD_CHRONY_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "random.h"

/* The directive's words. */
struct chrony_limit {
	int interval, burst, leak;
};

/* One client's record, and chronyd's own state. */
struct chrony {
	struct chrony_limit limit;
	bool inverts;
	int shift; /* stamps are shifted right by it; left, where it is negative */
	uint32_t price, capacity, tokens; /* of at most 16 bits */
	uint64_t offset_ns; /* of the stamps, drawn at start */
	uint32_t last; /* stamp of the last request; 0: none yet */
	int rate, timeout_rate; /* quarters of a power of two, after an answer and after a drop */
	bool dropped; /* the last request */
	uint32_t bits;
	int bits_left;
	struct random random;
	uint64_t bought; /* answers paid with tokens */
};

/* A fresh record. inverts: with chrony's rule for clients that ask faster while they are not answered: it then
 * drops what it would let leak, and answers the rest. */
void chrony_start(struct chrony *chrony, struct chrony_limit limit, bool inverts, uint64_t seed);

/* Whether a request that comes at this time, never before the last, is answered. */
bool chrony_answers(struct chrony *chrony, uint64_t now_ns);

#endif
