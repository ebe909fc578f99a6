/* SPDX-License-Identifier: GPL-2.0-only */
/* A network interface and its driver, as the kernel describes them. */
#ifndef NTPGUARD_CARD_H
#define NTPGUARD_CARD_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* Bits of xdp_features, from linux/netdev.h, which Linux 6.1 had not yet. */
#define NG_XDP_BASIC (1u << 0)
#define NG_XDP_RX_SG (1u << 5) /* frames of several buffers */

struct ng_channels {
	uint32_t rx, tx, combined;
};

/* A plain value; what the kernel does not tell is zero or false. */
struct ng_card {
	char name[IFNAMSIZ], driver[32];
	uint32_t ifindex, mtu;
	bool is_up, is_ethernet, is_physical; /* physical: it has a bus */
	bool has_features, has_channels, has_flags; /* whether the kernel tells these */
	uint64_t xdp_features;
	struct ng_channels channels, most; /* now, and what the driver can */
	bool lro, strips_vlan;
	uint32_t xdp_program; /* id; 0: none */
	unsigned int others; /* filters and programs of tc that are not ours */
	uint32_t cpus; /* of the host */
};

/* -ENODEV, or another negative errno. */
int ng_card_read(const char *name, struct ng_card *card);

/* What is known of a driver. */
struct ng_driver {
	const char *name;
	uint32_t mtu; /* the largest for XDP where it takes no frames of several buffers; 0: not known */
	bool is_native; /* it can run XDP, whatever an old kernel tells */
	bool halves_queues; /* XDP wants as many send queues again: no more than half may be in use */
	bool refuses_lro;
};

/* NULL: nothing is known of it. */
const struct ng_driver *ng_driver_find(const char *name);

/* Whether its driver runs XDP programs: 1 yes, 0 no, -1 not known. */
int ng_card_runs_xdp(const struct ng_card *card);

/* The largest MTU with which it takes the guard's program natively; 0: no limit, or none that is known. */
uint32_t ng_card_mtu_limit(const struct ng_card *card);

#endif
