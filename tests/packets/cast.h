/* SPDX-License-Identifier: GPL-2.0-only */
/* Who takes part: the people of the packet table, their addresses, and policies that speak of them. */
#ifndef NTPGUARD_CAST_H
#define NTPGUARD_CAST_H

#include <stdint.h>

#include "ntpguard.h"

enum person {
	HOST, /* ours: the one that ntpguard guards */
	SERVER, /* whom HOST asks for the time */
	CLIENT,
	NEIGHBOUR, /* whose address is one bit from CLIENT's */
	PEER,
	VICTIM, /* who is said to send what ATTACKER sends */
	ATTACKER,
	CLIENTS, /* no person but the network of CLIENT and NEIGHBOUR, for policies */
	CAST
};

/* In network order; IPv4 takes the first four bytes. */
void cast_address(enum person person, enum ng_family family, uint8_t address[16]);

/* Policy text from text whose directives are parted by `;` and may name people: a directive that
 * ends in a name becomes two, one for each family. `replies any`, unless it speaks of replies. The caller frees it.
 * NULL: out of memory. */
char *cast_policy(const char *text);

#endif
