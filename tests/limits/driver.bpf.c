// SPDX-License-Identifier: GPL-2.0-only
/* Makes a flood inside one test run: each repetition turns the injected clock to when its packet comes,
 * writes the packet's address into the frame, and goes over to the program under test. Clients' questions
 * take their turn among the flood's packets, because to start a test run takes the kernel longer than
 * thousands of packets. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_helpers.h>

#include "flood.h"
#include "ntpguard.h"

volatile struct flood flood SEC(FLOOD_MAP) = { 0 };
volatile struct ng_replay ng_replay SEC(NG_MAP_REPLAY) = { 0 }; /* the program's own map takes its place */

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} flood_programs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FLOOD_QUESTIONS_MAX);
	__type(key, __u32);
	__type(value, struct flood_question);
} flood_questions SEC(".maps");

/* In whole jiffies, as the kernel's own. It never goes back, whichever CPU is ahead. */
static __always_inline void turn_clock(__u64 now)
{
	__u64 then = ng_replay.now_ns;

	now -= now % flood.jiffy_ns;
	if (now > then)
		__sync_val_compare_and_swap(&ng_replay.now_ns, then, now);
}

static __always_inline void note_verdict(void)
{
	__u32 last = flood.asked - 1;
	struct flood_question *question = bpf_map_lookup_elem(&flood_questions, &last);

	if (question)
		question->verdict = ng_replay.verdict;
	flood.awaits_verdict = 0;
}

/* The question that comes before the flood's next packet, if there is one. */
static __always_inline struct flood_question *next_question(void)
{
	__u32 next = flood.asked;
	struct flood_question *question = bpf_map_lookup_elem(&flood_questions, &next);

	if (!question || (flood.rate && question->when_ns > flood_time(&flood, flood.sent)))
		return 0;
	flood.asked = next + 1;
	flood.awaits_verdict = 1;
	return question;
}

/* When the next packet comes, and the address that it bears. */
static __always_inline __u64 next_packet(__u64 address[2])
{
	struct flood_question *question = flood.asked < flood.questions ? next_question() : 0;
	__u64 packet;

	if (question) {
		address[0] = question->address[0];
		address[1] = question->address[1];
		return question->when_ns;
	}
	packet = __sync_fetch_and_add(&flood.sent, 1);
	flood_address(&flood, flood_number(&flood, packet), address);
	return flood_time(&flood, packet);
}

SEC("xdp.frags")
int flood_packet(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u64 address[2];

	if (flood.awaits_verdict)
		note_verdict();
	turn_clock(next_packet(address));
	data += ETH_HLEN;
	if (data + sizeof(struct ipv6hdr) > end)
		return XDP_ABORTED;
	if (flood.is_ipv6)
		__builtin_memcpy(data + __builtin_offsetof(struct ipv6hdr, saddr), address, 16);
	else
		__builtin_memcpy(data + __builtin_offsetof(struct iphdr, saddr), address, 4);
	bpf_tail_call(ctx, &flood_programs, 0);
	return XDP_ABORTED;
}

char _license[] SEC("license") = "GPL";
