/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples of what comes in, for whoever asks who is busiest. What they cost does not grow with the rate, what
 * they keep is bounded, and no sender weighs more in them than it sends. */
#ifndef NTPGUARD_SAMPLES_H
#define NTPGUARD_SAMPLES_H

#include "clock.h"
#include "marks.h"

/* So that a reader sees what it copied while it was written: first and last differ. */
static __always_inline void ng_sample_write(struct ng_sample *sample, __u32 number, struct ng_sample what)
{
	sample->first = number;
	NG_BARRIER();
	sample->weight = what.weight;
	sample->when_ns = what.when_ns;
	sample->address[0] = what.address[0];
	sample->address[1] = what.address[1];
	sample->ntp_len = what.ntp_len;
	sample->head = what.head;
	sample->verdict = what.verdict;
	sample->family = what.family;
	sample->interface = what.interface;
	NG_BARRIER();
	sample->last = number;
}

/* told: the length, and from bit 16 on a byte each of head, verdict and family. */
NG_SUBPROGRAM int ng_samples_take(__u64 upper, __u64 lower, __u64 told, __u64 weight)
{
	struct ng_sample what = { .weight = (__u32)weight,
				  .when_ns = ng_now(),
				  .address = { upper, lower },
				  .ntp_len = (__u16)told,
				  .head = (__u8)(told >> 16),
				  .verdict = (__u8)(told >> 24),
				  .family = (__u8)(told >> 32),
				  .interface = (__u8)ng_constants.interface };
	__u32 zero = 0, number;
	struct ng_samples *samples = bpf_map_lookup_elem(&ng_samples, &zero);

	if (!samples)
		return 0;
	number = samples->taken + 1;
	ng_sample_write(&samples->sample[samples->taken % NG_SAMPLES], number, what);
	samples->taken = number;
	return 0;
}

/* Which packet of this tick will be its sample: any of as many as came in the last one. The first would be
 * that of whoever sends by a timer. */
static __always_inline void ng_samples_tick(struct ng_counters *counters, __u64 now_ns)
{
	__u64 random = ng_constants.is_replay ? ng_random() : bpf_get_prandom_u32();
	__u64 before = counters->seen - counters->tick_seen;

	counters->sample_at = counters->seen + (random * ng_min((__u32)before, 1u << 31) >> 32);
	counters->tick_seen = counters->seen;
	counters->tick_ns = now_ns;
}

static __always_inline void ng_samples_note(struct ng_counters *counters, const struct ng_pkt *pkt, __u32 verdict)
{
	struct ng_endpoint from = ng_endpoint(pkt, 0, 0);

	ng_samples_take(from.upper, from.lower,
			(__u64)pkt->family << 32 | (__u64)verdict << 24 | (pkt->head & 0xff) << 16 |
				(pkt->ntp_len & 0xffff),
			counters->seen + 1 - counters->sampled);
	counters->sampled = counters->seen + 1;
}

/* Counts a packet that came in, and keeps it if it is the one. */
static __always_inline void ng_samples_count(struct ng_counters *counters, const struct ng_pkt *pkt, __u32 verdict)
{
	__u64 now_ns = ng_now();

	if (counters->tick_ns != now_ns)
		ng_samples_tick(counters, now_ns);
	if (counters->seen == counters->sample_at)
		ng_samples_note(counters, pkt, verdict);
	counters->seen++;
}

#endif
