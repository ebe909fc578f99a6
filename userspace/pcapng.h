/* SPDX-License-Identifier: GPL-2.0-only */
/* Captures as pcapng (draft-ietf-opsawg-pcapng), because libpcap writes no comments. */
#ifndef NTPGUARD_PCAPNG_H
#define NTPGUARD_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct ng_pcapng_packet {
	unsigned int interface; /* by the order in which they were added */
	uint64_t time_ns; /* since the epoch */
	bool leaves;
	uint32_t size, whole; /* bytes that are here, and that the frame had */
	const uint8_t *frame;
	const char *comment;
};

/* Each writes one whole block, in host order, and flushes it. Negative errno: it may be there in part. */
int ng_pcapng_begin(FILE *to, const char *application);
int ng_pcapng_interface(FILE *to, const char *name, uint32_t snap_bytes); /* Ethernet, nanoseconds */
int ng_pcapng_packet(FILE *to, const struct ng_pcapng_packet *packet);

#endif
