/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling whoever listens: packets themselves, with their verdicts, at a bounded rate. Where nobody listens, the
 * programs load one word of a cache line that they have, and call nothing here. */
#ifndef NTPGUARD_EVENTS_H
#define NTPGUARD_EVENTS_H

#include "marks.h"

/* What is told of a packet beside its bytes, in one value, because a global function has but five. */
static __always_inline __u64 ng_told(const struct ng_pkt *pkt, __u32 verdict, __u32 passed)
{
	return (__u64)verdict << 32 | (__u64)pkt->family << 40 | (__u64)passed << 41 | (pkt->ntp_len & 0xffff);
}

static __always_inline int ng_ear_wants(const struct ng_ear *ear, __u64 upper, __u64 lower, __u64 told, __u64 now_ns)
{
	return ear->until_ns > now_ns && ear->verdicts >> (told >> 32 & 31) & 1 &&
	       ear->families >> (told >> 40 & 1) & 1 && (upper & ear->mask[0]) == ear->address[0] &&
	       (lower & ear->mask[1]) == ear->address[1];
}

/* The ear's room for one more event of this tick; NULL: none, and the next one stands for this packet too. */
static __always_inline struct ng_event *ng_event_begin(const struct ng_ear *ear, __u32 number, struct ng_heard *heard,
						       __u64 told, enum ng_direction direction)
{
	__u32 key = number, mine = number % NG_EARS;
	void *ring = heard->told < NG_EVENTS_A_TICK ? bpf_map_lookup_elem(&ng_rings, &key) : 0;
	struct ng_event *event = 0;

	if (heard->ear[mine].serial != ear->serial) {
		heard->ear[mine].serial = ear->serial;
		heard->ear[mine].waiting = 0;
	}
	if (ring)
		event = bpf_ringbuf_reserve(ring, sizeof(*event), 0);
	if (!event) {
		heard->ear[mine].waiting++;
		return 0;
	}
	heard->told++;
	event->when_ns = heard->tick_ns;
	event->weight = heard->ear[mine].waiting + 1;
	heard->ear[mine].waiting = 0;
	event->ntp_len = (__u16)told;
	event->verdict = (__u8)(told >> 32);
	event->direction = (__u8)direction;
	event->family = told >> 40 & 1;
	event->interface = (__u8)ng_constants.interface;
	event->passed = told >> 41 & 1;
	return event;
}

/* Whether any lease has not run out; without a branch, of which there would be sixteen ways. */
static __always_inline int ng_ears_are_live(const struct ng_ears *ears, __u64 now_ns)
{
	__u64 live = 0;

	NG_UNROLL
	for (__u32 i = 0; i < NG_EARS; i++)
		live |= now_ns - ears->ear[i].until_ns;
	NG_OPAQUE(live);
	return live >> 63;
}

/* Copies so many bytes of the packet from its start on; how many it could. */
typedef __u32 ng_copy(void *ctx, void *to, __u32 size);

/* The verifier of Linux 6.1 learns nothing of a length that is not zero, but of the last byte's index it learns that it
 * is in the frame, if the test and what follows are of one register. */
static __always_inline __u16 ng_event_fill(void *ctx, struct ng_event *event, __u32 held, ng_copy *copy)
{
	__u32 last = held - 1;

	NG_OPAQUE(last);
	if (last >= NG_EVENT_FRAME)
		return 0;
	NG_OPAQUE(last);
	return (__u16)copy(ctx, event->frame, last + 1);
}

/* What is done once a tick and CPU: the clock is asked, and who was killed is forgotten. */
static __always_inline void ng_heard_tick(struct ng_heard *heard, const struct ng_ears *ears, __u64 tick)
{
	heard->tick = tick;
	heard->tick_ns = bpf_ktime_get_coarse_ns();
	heard->told = 0;
	if (!ng_ears_are_live(ears, heard->tick_ns))
		ng_shared.ears = 0; /* who begins to listen now says so again within a second */
}

/* Tells every ear that wants it. sizes: the frame's bytes (high), and how many of them can be copied (low). */
static __always_inline int ng_tell(void *ctx, __u64 told, __u64 sizes, struct ng_endpoint far,
				   enum ng_direction direction, ng_copy *copy)
{
	__u32 zero = 0, held = ng_min((__u32)sizes, NG_EVENT_FRAME), open = ng_shared.ears;
	struct ng_ears *ears = bpf_map_lookup_elem(&ng_ears, &zero);
	struct ng_heard *heard = bpf_map_lookup_elem(&ng_heard, &zero);
	__u64 tick = ng_now();
	struct ng_event *event;

	if (!ears || !heard)
		return 0;
	if (heard->tick != tick)
		ng_heard_tick(heard, ears, tick);
	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_EARS; i++) {
		if (!(open >> i & 1) || !ng_ear_wants(&ears->ear[i], far.upper, far.lower, told, heard->tick_ns))
			continue;
		event = ng_event_begin(&ears->ear[i], i, heard, told, direction);
		if (!event)
			continue;
		event->frame_bytes = (__u32)(sizes >> 32);
		event->size = ng_event_fill(ctx, event, held, copy);
		bpf_ringbuf_submit(event, 0);
	}
	return 0;
}

#endif
