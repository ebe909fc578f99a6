/* SPDX-License-Identifier: GPL-2.0-only */
/* What is answered to chrony's clients: what the local chronyd says, and what the guard kept from it. */
#ifndef NTPGUARD_ANSWER_H
#define NTPGUARD_ANSWER_H

#include "chronyd.h"
#include "listing.h"

/* Who asks. */
struct ng_asker {
	uint64_t name; /* the same for the same socket; not 0 */
	bool may_reset; /* by the Unix socket, whose directory says who may */
};

struct ng_answering {
	struct ng_config *config;
	struct ng_keeper *keeper;
	struct ng_chronyd chronyd;
	struct ng_listings listings;
	uint64_t received; /* requests that chronyd would have counted as command packets */
	uint64_t requests[CMDMON_COMMANDS][CMDMON_STATUSES]; /* answered, by status */
	uint64_t invalid; /* answered, of commands that do not exist */
	/* what chronyd last said of itself, our own asking taken off; it may hang */
	bool has_stats;
	uint64_t stats[NG_STATS];
	uint64_t limited; /* packets that the guard dropped for a limit, as last read */
	uint64_t displaced;
};

void ng_answering_init(struct ng_answering *answering, struct ng_config *config, struct ng_keeper *keeper);

/* One datagram, and what to send back: nothing where reply->size is 0. Takes less than a second. */
void ng_answer(struct ng_answering *answering, const struct ng_asker *asker, const void *data, size_t size,
	       struct ng_cmdmon_reply *reply);

/* chronyd's answer to a command as it stands; a size or a negative errno, as ng_chronyd_ask(). */
int ng_answer_ask(struct ng_answering *answering, const uint8_t *request, size_t size, uint8_t *reply);

/* Asks chronyd something short, so that chronyd.is_up tells of now. */
void ng_answer_probe(struct ng_answering *answering);

/* A request of this command and length, all else of which is zero. */
void ng_answer_request(uint8_t *request, uint16_t command, size_t size);

/* ---- alone.c: without a chronyd ---- */

/* What a chronyd without sources would say, of the clock that the kernel has. */
void ng_alone(const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply);

#endif
