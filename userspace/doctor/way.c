// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netlink.h"
#include "stranger.h"

static struct mnl_socket *host; /* of the namespace that the process came from */
static uint32_t host_index;

static struct nlmsghdr *put(void *buffer, uint16_t type, uint16_t flags, const void *head, size_t size)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

	request->nlmsg_type = type;
	request->nlmsg_flags = flags;
	memcpy(mnl_nlmsg_put_extra_header(request, size), head, size);
	return request;
}

/* One end here in the host's namespace, the other in that of `inside`. */
static int make_pair(const char *name, int inside)
{
	static const struct ifinfomsg none;
	char buffer[NG_NETLINK_BUFFER];
	struct nlmsghdr *request = put(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &none, sizeof(none));
	struct nlattr *info, *data, *peer;

	mnl_attr_put_strz(request, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(request, IFLA_LINKINFO);
	mnl_attr_put_strz(request, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(request, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(request, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(request, sizeof(none));
	mnl_attr_put_strz(request, IFLA_IFNAME, "host");
	mnl_attr_put_u32(request, IFLA_NET_NS_FD, (uint32_t)inside);
	mnl_attr_nest_end(request, peer);
	mnl_attr_nest_end(request, data);
	mnl_attr_nest_end(request, info);
	return ng_netlink_ask(host, request, NULL, NULL);
}

static int take_info(const struct nlmsghdr *message, void *context)
{
	*(struct ifinfomsg *)context = *(const struct ifinfomsg *)mnl_nlmsg_get_payload(message);
	return MNL_CB_OK;
}

static int look(struct mnl_socket *at, const char *name, struct ifinfomsg *found)
{
	static const struct ifinfomsg none;
	char buffer[NG_NETLINK_BUFFER];
	struct nlmsghdr *request = put(buffer, RTM_GETLINK, 0, &none, sizeof(none));

	*found = none;
	mnl_attr_put_strz(request, IFLA_IFNAME, name);
	return ng_netlink_ask(at, request, take_info, found);
}

/* The kernel lets packets through a moment after a link is up, and would keep or lose the first questions. */
static void await_running(struct mnl_socket *at, const char *name)
{
	struct ifinfomsg info;

	for (int tries = 0; tries < 200; tries++) {
		if (look(at, name, &info) || info.ifi_flags & IFF_RUNNING)
			return;
		usleep(10000);
	}
}

/* Without IPv6 addresses that it makes itself, and so without a word to others; then up. */
static int set_up(struct mnl_socket *at, uint32_t index)
{
	struct ifinfomsg info = { .ifi_index = (int)index };
	char buffer[NG_NETLINK_BUFFER];
	struct nlmsghdr *request = put(buffer, RTM_NEWLINK, 0, &info, sizeof(info));
	struct nlattr *families = mnl_attr_nest_start(request, IFLA_AF_SPEC);
	struct nlattr *family = mnl_attr_nest_start(request, AF_INET6);

	mnl_attr_put_u8(request, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(request, family);
	mnl_attr_nest_end(request, families);
	ng_netlink_ask(at, request, NULL, NULL); /* where there is no IPv6 this fails, and is not needed */
	info.ifi_flags = IFF_UP;
	info.ifi_change = IFF_UP;
	return ng_netlink_ask(at, put(buffer, RTM_NEWLINK, 0, &info, sizeof(info)), NULL, NULL);
}

static int add_address(struct mnl_socket *at, uint32_t index, uint8_t family, const void *address, size_t size,
		       uint8_t length)
{
	struct ifaddrmsg info = {
		.ifa_family = family, .ifa_prefixlen = length, .ifa_flags = IFA_F_NODAD, .ifa_index = index
	};
	char buffer[NG_NETLINK_BUFFER];
	struct nlmsghdr *request = put(buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));

	mnl_attr_put(request, IFA_LOCAL, size, address);
	mnl_attr_put(request, IFA_ADDRESS, size, address);
	return ng_netlink_ask(at, request, NULL, NULL);
}

static int add_default(struct mnl_socket *at, uint8_t family, const void *gateway, size_t size)
{
	struct rtmsg info = { .rtm_family = family,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = RTPROT_STATIC,
			      .rtm_scope = RT_SCOPE_UNIVERSE,
			      .rtm_type = RTN_UNICAST };
	char buffer[NG_NETLINK_BUFFER];
	struct nlmsghdr *request = put(buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));

	mnl_attr_put(request, RTA_GATEWAY, size, gateway);
	return ng_netlink_ask(at, request, NULL, NULL);
}

/* IPv6 where the kernel has it: it is not the way's fault if not. */
static int furnish(struct mnl_socket *inside, const struct ng_way *way)
{
	uint32_t index = if_nametoindex("host"); /* of this process's new namespace */
	int error = add_address(host, host_index, AF_INET, &way->host, sizeof(way->host), 30);

	error = error ? error : set_up(host, host_index);
	error = error ? error : add_address(inside, index, AF_INET, &way->stranger, sizeof(way->stranger), 30);
	error = error ? error : set_up(inside, index);
	error = error ? error : add_default(inside, AF_INET, &way->host, sizeof(way->host));
	if (error)
		return error;
	if (!add_address(host, host_index, AF_INET6, &way->host6, sizeof(way->host6), 126) &&
	    !add_address(inside, index, AF_INET6, &way->stranger6, sizeof(way->stranger6), 126))
		add_default(inside, AF_INET6, &way->host6, sizeof(way->host6));
	return 0;
}

int ng_way_make(const struct ng_way *way)
{
	struct mnl_socket *inside = NULL;
	struct ifinfomsg info = { 0 };
	char name[IFNAMSIZ];
	int here, error;

	snprintf(name, sizeof(name), "ngask%u", (unsigned int)getpid());
	host = ng_netlink_open(NETLINK_ROUTE);
	if (!host || unshare(CLONE_NEWNET))
		return -errno;
	here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	inside = ng_netlink_open(NETLINK_ROUTE);
	error = here < 0 || !inside ? -errno : make_pair(name, here);
	error = error ? error : look(host, name, &info);
	host_index = (uint32_t)info.ifi_index;
	error = error ? error : furnish(inside, way);
	if (!error) {
		await_running(host, name);
		await_running(inside, "host");
	}
	if (here >= 0)
		close(here);
	if (inside)
		mnl_socket_close(inside);
	return error;
}

void ng_way_remove(void)
{
	struct ifinfomsg info = { .ifi_index = (int)host_index };
	char buffer[NG_NETLINK_BUFFER];

	if (host && host_index)
		ng_netlink_ask(host, put(buffer, RTM_DELLINK, 0, &info, sizeof(info)), NULL, NULL);
}
