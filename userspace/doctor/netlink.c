// SPDX-License-Identifier: GPL-2.0-only
#include "netlink.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

struct mnl_socket *ng_netlink_open(int bus)
{
	struct mnl_socket *opened = mnl_socket_open2(bus, SOCK_CLOEXEC);
	struct timeval patience = { .tv_sec = 5 };

	if (!opened)
		return NULL;
	if (!mnl_socket_bind(opened, 0, MNL_SOCKET_AUTOPID) &&
	    !setsockopt(mnl_socket_get_fd(opened), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return opened;
	mnl_socket_close(opened);
	return NULL;
}

int ng_netlink_ask(struct mnl_socket *asked, struct nlmsghdr *request, mnl_cb_t each, void *context)
{
	void *buffer = request;
	ssize_t size;
	int more;

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (mnl_socket_sendto(asked, request, request->nlmsg_len) < 0)
		return -errno;
	do {
		size = mnl_socket_recvfrom(asked, buffer, NG_NETLINK_BUFFER);
		more = size < 0 ? MNL_CB_ERROR : mnl_cb_run(buffer, (size_t)size, 0, 0, each, context);
	} while (more > MNL_CB_STOP);
	return more == MNL_CB_ERROR ? -errno : 0;
}

int ng_netlink_once(int bus, struct nlmsghdr *request, mnl_cb_t each, void *context)
{
	struct mnl_socket *opened = ng_netlink_open(bus);
	int error = opened ? ng_netlink_ask(opened, request, each, context) : -errno;

	if (opened)
		mnl_socket_close(opened);
	return error;
}
