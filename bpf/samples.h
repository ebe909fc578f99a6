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

/* Counts a packet that came in; the first one of a tick is a sample. */
static __always_inline void ng_samples_count(struct ng_counters *counters, const struct ng_pkt *pkt, __u32 verdict)
{
	__u64 now_ns = ng_now(), weight = counters->unsampled + 1;
	struct ng_endpoint from;

	counters->unsampled = weight;
	if (counters->sampled_ns == now_ns)
		return;
	counters->sampled_ns = now_ns;
	counters->unsampled = 0;
	from = ng_endpoint(pkt, 0, 0);
	ng_samples_take(from.upper, from.lower,
			(__u64)pkt->family << 32 | (__u64)verdict << 24 | (pkt->head & 0xff) << 16 |
				(pkt->ntp_len & 0xffff),
			weight);
}

#endif
