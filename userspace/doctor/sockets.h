/* SPDX-License-Identifier: GPL-2.0-only */
/* UDP sockets of this network namespace that take packets from anybody. */
#ifndef NTPGUARD_SOCKETS_H
#define NTPGUARD_SOCKETS_H

#include "doctor.h"

#define NG_SOCKETS_MAX 256

struct ng_socket {
	char address[48], process[32]; /* process: its name; empty: not known, for want of permission */
	uint32_t ipv4; /* network order; 0: any address, or an IPv6 one */
	uint16_t port;
	bool is_ipv6, is_loopback, is_any;
	unsigned long inode;
};

/* Those that are bound and not connected; how many, at most room. */
size_t ng_sockets_read(const struct ng_doctor *doctor, struct ng_socket *sockets, size_t room);

#endif
