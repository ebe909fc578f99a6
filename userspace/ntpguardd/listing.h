/* SPDX-License-Identifier: GPL-2.0-only */
/* The report `clients`: chronyd's rows and the guard's as one list, which clients fetch page by page. */
#ifndef NTPGUARD_LISTING_H
#define NTPGUARD_LISTING_H

#include <stddef.h>
#include <stdint.h>

struct ng_answering;
struct ng_asker;
struct ng_cmdmon_request;
struct ng_cmdmon_reply;

#define NG_LISTINGS 4 /* clients that may be reading at once */
#define NG_LISTING_ROW 60 /* bytes of a row, as on the wire */

/* One list, as it was when its reader asked for the first page. */
struct ng_listing {
	uint64_t asker; /* 0: free */
	int64_t used_ms;
	size_t count, room;
	uint8_t (*row)[NG_LISTING_ROW];
};

struct ng_listings {
	struct ng_listing list[NG_LISTINGS];
};

/* Answers CLIENT_ACCESSES_BY_INDEX3, and chrony 3's ..._INDEX2, which could not reset or ask for the busy only. */
void ng_listing_answer(struct ng_answering *answering, const struct ng_asker *asker,
		       const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply);

#endif
