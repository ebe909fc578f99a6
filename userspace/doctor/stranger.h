/* SPDX-License-Identifier: GPL-2.0-only */
/* A stranger to this host, who asks it as scanners do, from a network namespace that ends with the process. */
#ifndef NTPGUARD_STRANGER_H
#define NTPGUARD_STRANGER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NG_TARGETS_MAX 16

/* What is asked: the time, READVAR and MON_GETLIST_1. */
enum ng_question { NG_ASK_TIME, NG_ASK_CONTROL, NG_ASK_PRIVATE, NG_QUESTIONS };

struct ng_asked {
	unsigned int targets; /* addresses of this host that were asked */
	struct {
		uint32_t asked, answered; /* bytes of UDP payload, at the address that amplifies most; 0: silence */
		char address[INET6_ADDRSTRLEN]; /* that one */
	} answer[NG_QUESTIONS];
};

/* The way between the stranger and the host: an IPv4 network of four addresses, and one of IPv6. */
struct ng_way {
	struct in_addr host, stranger; /* both of one /30 */
	struct in6_addr host6, stranger6; /* both of one /126 */
};

/* Makes the way from this process's network namespace, which it then leaves for a fresh one. The kernel takes it away
 * when the process ends, however it does. Negative errno. */
int ng_way_make(const struct ng_way *way);

/* Takes it away now. */
void ng_way_remove(void);

/* Asks every target and fills `asked`; takes a second and a half where nobody answers. */
void ng_stranger_ask(const struct sockaddr_storage *targets, unsigned int count, struct ng_asked *asked);

#endif
