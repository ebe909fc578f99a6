/* SPDX-License-Identifier: GPL-2.0-only */
/* One question to the kernel over netlink, and its answer. */
#ifndef NTPGUARD_NETLINK_H
#define NTPGUARD_NETLINK_H

#include <libmnl/libmnl.h>

#define NG_NETLINK_BUFFER 32768 /* what one datagram of the kernel's may hold */

/* Opens a socket of this bus (NETLINK_ROUTE or another), which belongs to the network namespace of this moment. NULL,
 * and errno. */
struct mnl_socket *ng_netlink_open(int bus);

/* Sends the request, which stands in a buffer of NG_NETLINK_BUFFER bytes that is written over, and gives each message
 * of the answer to `each` (NULL: none is awaited but the acknowledgement). Negative errno. */
int ng_netlink_ask(struct mnl_socket *socket, struct nlmsghdr *request, mnl_cb_t each, void *context);

/* The same with a socket of its own. */
int ng_netlink_once(int bus, struct nlmsghdr *request, mnl_cb_t each, void *context);

#endif
