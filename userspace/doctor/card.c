// SPDX-License-Identifier: GPL-2.0-only
#include "card.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "loader.h"
#include "netlink.h"

/* ---- what rtnetlink tells ---- */

static int take_xdp(const struct nlattr *attribute, void *context)
{
	struct ng_card *card = context;

	if (mnl_attr_get_type(attribute) == IFLA_XDP_PROG_ID && !mnl_attr_validate(attribute, MNL_TYPE_U32))
		card->xdp_program = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

static int take_attribute(const struct nlattr *attribute, void *context)
{
	struct ng_card *card = context;

	if (mnl_attr_get_type(attribute) == IFLA_MTU && !mnl_attr_validate(attribute, MNL_TYPE_U32))
		card->mtu = mnl_attr_get_u32(attribute);
	if (mnl_attr_get_type(attribute) == IFLA_PARENT_DEV_BUS_NAME)
		card->is_physical = true;
	if (mnl_attr_get_type(attribute) == IFLA_XDP)
		mnl_attr_parse_nested(attribute, take_xdp, card);
	return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *message, void *context)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	struct ng_card *card = context;

	card->is_up = info->ifi_flags & IFF_UP;
	card->is_ethernet = info->ifi_type == ARPHRD_ETHER || info->ifi_type == ARPHRD_LOOPBACK;
	return mnl_attr_parse(message, sizeof(*info), take_attribute, card);
}

static int read_link(struct ng_card *card)
{
	char buffer[NG_NETLINK_BUFFER];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(request, sizeof(*info));

	request->nlmsg_type = RTM_GETLINK;
	info->ifi_index = (int)card->ifindex;
	return ng_netlink_once(NETLINK_ROUTE, request, take_link, card);
}

/* ---- what the netdev family tells, from Linux 6.3 on ---- */

enum { NETDEV_DEV_GET = 1, NETDEV_IFINDEX = 1, NETDEV_XDP_FEATURES = 3 }; /* of linux/netdev.h */

static int take_family(const struct nlattr *attribute, void *context)
{
	if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID && !mnl_attr_validate(attribute, MNL_TYPE_U16))
		*(uint16_t *)context = mnl_attr_get_u16(attribute);
	return MNL_CB_OK;
}

static int take_control(const struct nlmsghdr *message, void *context)
{
	return mnl_attr_parse(message, sizeof(struct genlmsghdr), take_family, context);
}

static int take_features(const struct nlattr *attribute, void *context)
{
	struct ng_card *card = context;

	if (mnl_attr_get_type(attribute) != NETDEV_XDP_FEATURES || mnl_attr_validate(attribute, MNL_TYPE_U64))
		return MNL_CB_OK;
	card->xdp_features = mnl_attr_get_u64(attribute);
	card->has_features = true;
	return MNL_CB_OK;
}

static int take_device(const struct nlmsghdr *message, void *context)
{
	return mnl_attr_parse(message, sizeof(struct genlmsghdr), take_features, context);
}

static struct nlmsghdr *put_generic(void *buffer, uint16_t family, uint8_t command)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *generic = mnl_nlmsg_put_extra_header(request, sizeof(*generic));

	request->nlmsg_type = family;
	generic->cmd = command;
	generic->version = 1;
	return request;
}

static void read_features(struct ng_card *card)
{
	char buffer[NG_NETLINK_BUFFER];
	struct nlmsghdr *request = put_generic(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	uint16_t family = 0;

	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, "netdev");
	if (ng_netlink_once(NETLINK_GENERIC, request, take_control, &family) || !family)
		return;
	request = put_generic(buffer, family, NETDEV_DEV_GET);
	mnl_attr_put_u32(request, NETDEV_IFINDEX, card->ifindex);
	ng_netlink_once(NETLINK_GENERIC, request, take_device, card);
}

/* ---- what ethtool tells ---- */

static bool ethtool(int file, struct ng_card *card, void *value)
{
	struct ifreq request = { .ifr_data = value };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", card->name);
	return !ioctl(file, SIOCETHTOOL, &request);
}

static void read_ethtool(struct ng_card *card)
{
	struct ethtool_drvinfo driver = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };
	int file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (file < 0)
		return;
	if (ethtool(file, card, &driver))
		snprintf(card->driver, sizeof(card->driver), "%.*s", (int)sizeof(driver.driver) - 1, driver.driver);
	card->has_channels = ethtool(file, card, &channels);
	card->channels = (struct ng_channels){ channels.rx_count, channels.tx_count, channels.combined_count };
	card->most = (struct ng_channels){ channels.max_rx, channels.max_tx, channels.max_combined };
	card->has_flags = ethtool(file, card, &flags);
	card->lro = card->has_flags && flags.data & ETH_FLAG_LRO;
	card->strips_vlan = card->has_flags && flags.data & ETH_FLAG_RXVLAN;
	close(file);
}

int ng_card_read(const char *name, struct ng_card *card)
{
	int error;

	memset(card, 0, sizeof(*card));
	snprintf(card->name, sizeof(card->name), "%s", name);
	card->ifindex = if_nametoindex(name);
	if (!card->ifindex)
		return -ENODEV;
	error = read_link(card);
	if (error)
		return error;
	read_features(card);
	read_ethtool(card);
	card->others = ng_link_others(card->ifindex);
	card->cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	return 0;
}
