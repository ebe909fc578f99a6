/* SPDX-License-Identifier: GPL-2.0-only */
/* One NTP message of a frame, told to people. */
#ifndef NTPGUARD_MESSAGE_H
#define NTPGUARD_MESSAGE_H

#include "policy.h"

struct ng_message {
	struct ng_prefix far; /* the far end's address */
	uint16_t far_port, own_port; /* host order */
	unsigned int mode, version, length; /* bytes of UDP payload */
	bool is_response; /* of modes 6 and 7 */
	const char *request; /* what a query of mode 6 or 7 asks for; NULL: not known, or another mode */
	double amplification; /* bytes of the longest answer known for a byte of the query; 0: not known */
};

/* Takes a frame apart, from its Ethernet header on, of which `size` bytes are at hand; `length` is its message's, which
 * may be longer. False: no NTP message is in it. */
bool ng_message_read(const uint8_t *frame, size_t size, enum ng_direction direction, unsigned int length,
		     struct ng_message *message);

/* In words, such as "monlist 8 B x5500" (bytes, and how many may come back for each), or "client v4 48 B". */
void ng_message_describe(const struct ng_message *message, char *text, size_t size);

/* The mode's name, such as "client" (RFC 5905 figure 10). */
const char *ng_mode_name(unsigned int mode);

#endif
