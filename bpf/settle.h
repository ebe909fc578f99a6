/* SPDX-License-Identifier: GPL-2.0-only */
/* The one gate: every verdict is counted here and turned into an action here. No other file names
 * an XDP or TC action. */
#ifndef NTPGUARD_SETTLE_H
#define NTPGUARD_SETTLE_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <xdp/xdp_helpers.h>

#include "maps.h"
#include "samples.h"

/* libxdp's run configuration: early among other programs, and what we pass goes on to them. */
#define NG_RUN_CONFIG(program)                                                                                         \
	struct {                                                                                                       \
		__uint(priority, 10);                                                                                  \
		__uint(XDP_PASS, 1);                                                                                   \
	} XDP_RUN_CONFIG(program)

enum ng_action { NG_ACTION_PASS, NG_ACTION_DROP };

/* Bit v: verdict v drops. */
#define NG_BIT_PASS(number) 0u
#define NG_BIT_DROP(number) (1u << (number))
enum {
	NG_DROPS = 0
#define NG_VERDICT(number, id, direction, action, label, sentence) | NG_BIT_##action(number)
#include "verdicts.def"
#undef NG_VERDICT
};

static __always_inline enum ng_action ng_settle(const struct ng_pkt *pkt, enum ng_verdict verdict, __u64 frame_bytes,
						struct ng_root root, enum ng_direction direction)
{
	__u32 interface = ng_constants.interface % NG_INTERFACES_MAX;
	int drops = NG_DROPS >> (verdict % NG_VERDICTS_MAX) & 1;
	int stops = drops && !(root.monitor >> interface & 1);
	struct ng_counters *counters = bpf_map_lookup_elem(&ng_counters, &interface);
	struct ng_count *row;

	if (ng_constants.is_replay)
		ng_replay.verdict = verdict;
	if (counters) {
		row = &counters->row[direction][pkt->family & 1][verdict % NG_VERDICTS_MAX];
		row->bytes += frame_bytes;
		if (direction == NG_IN || !stops)
			row->ntp_bytes += pkt->ntp_len;
		if (drops && !stops)
			row->would_drop++;
		else
			row->packets++;
		if (direction == NG_IN)
			ng_samples_count(counters, pkt, verdict);
	}
	return stops ? NG_ACTION_DROP : NG_ACTION_PASS;
}

static __always_inline int ng_xdp_action(enum ng_action action)
{
	return action == NG_ACTION_DROP ? XDP_DROP : XDP_PASS;
}

/* What we pass goes on to the filters after us. */
static __always_inline int ng_tc_action(enum ng_action action)
{
	return action == NG_ACTION_DROP ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

#endif
