// SPDX-License-Identifier: GPL-2.0-only
/* Sends NTP client requests in other people's names, and counts what is answered to whom.
 *
 * `generate` is run with live frames (BPF_F_TEST_XDP_LIVE_FRAMES): it is given one frame over and over,
 * writes a sender into it and redirects it, millions of times a second. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "flood.h"
#include "ntp_wire.h"

const volatile struct plan plan;
volatile struct tally tally SEC(".data.tally");

/* One that is late by more than this does not try to catch up: a burst would be another flood. */
#define CATCH_UP_NS 2000000

struct frame {
	struct ethhdr ethernet;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

/* A bijection of 32 bits that scatters a counter (lowbias32 of C. Wellons). */
static __always_inline __u32 scatter(__u32 x)
{
	x = (x ^ x >> 16) * 0x7feb352d;
	x = (x ^ x >> 15) * 0x846ca68b;
	return x ^ x >> 16;
}

static __always_inline int is_due(volatile __u64 *due, __u64 gap_ns)
{
	__u64 now = tally.now;

	if (now < *due)
		return 0;
	*due = (*due + CATCH_UP_NS < now ? now : *due) + gap_ns;
	return 1;
}

static __always_inline void write_sender(struct frame *frame, __u32 address)
{
	__be32 source = bpf_htonl(address);
	__u32 sum = plan.header_sum + (source & 0xffff) + (source >> 16);

	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	frame->ip.saddr = source;
	frame->ip.check = (__u16)~sum;
}

/* Regulars come in turn, each as often as the other; strangers at random. */
static __always_inline __u32 regular(void)
{
	return plan.regulars.first | (tally.regulars++ & (plan.regulars.count - 1) & plan.regulars.more);
}

static __always_inline __u32 stranger(void)
{
	__u32 which = scatter((__u32)tally.strangers++) & (plan.strangers.count - 1);

	return plan.strangers.first | (scatter(~which) & plan.strangers.more);
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	struct frame *frame = (void *)(long)ctx->data;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	/* reading the clock takes as long as the rest: at full speed, now and then will do */
	if (plan.strangers.gap_ns || tally.turns++ % 64 == 0)
		tally.now = bpf_ktime_get_ns();
	if (plan.regulars.count && is_due(&tally.regulars_due, plan.regulars.gap_ns))
		write_sender(frame, regular());
	else if (plan.strangers.count &&
		 (!plan.strangers.gap_ns || is_due(&tally.strangers_due, plan.strangers.gap_ns)))
		write_sender(frame, stranger());
	else
		return XDP_DROP;
	return (int)bpf_redirect(plan.ifindex, 0);
}

/* Answers end here, so that nobody has to route them. */
SEC("xdp")
int count(struct xdp_md *ctx)
{
	const struct frame *frame = (void *)(long)ctx->data;

	if ((void *)(frame + 1) > (void *)(long)ctx->data_end || frame->ethernet.h_proto != bpf_htons(ETH_P_IP) ||
	    frame->ip.protocol != IPPROTO_UDP || frame->udp.source != bpf_htons(NTP_PORT))
		return XDP_PASS;
	if ((bpf_ntohl(frame->ip.daddr) & ~plan.regulars.more) == plan.regulars.first)
		tally.to_regulars++;
	else
		tally.to_strangers++;
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
