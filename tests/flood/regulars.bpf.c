// SPDX-License-Identifier: GPL-2.0-only
/* Makes regulars of addresses without waiting for hours: the real code notes them, under a clock that is
 * put back, in the maps of a guard that is loaded. */
#include <linux/bpf.h>

#include "batch.h"
#include "regulars.h"

struct batch batch SEC(".data.batch");

/* One address a run. */
SEC("xdp")
int meet(struct xdp_md *ctx)
{
	__be32 address = __builtin_bswap32(batch.next++);

	(void)ctx;
	ng_replay.now_ns = bpf_jiffies64() * ng_constants.jiffy_ns - ((__u64)batch.periods_ago << NG_PERIOD_SHIFT);
	batch.regulars += (__u32)ng_regulars_meet(address, 0, NG_IPV4, 1);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
