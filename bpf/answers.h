/* SPDX-License-Identifier: GPL-2.0-only */
/* What a query entitles to: an answer no longer than itself.
 *
 * Any query may be answered with the 48 bytes of NTP's header, and is not remembered: a flood of
 * spoofed requests of that size writes nothing here. Each longer one that was let in entitles to one
 * answer of up to its length, within 16 s; the answer spends it. */
#ifndef NTPGUARD_ANSWERS_H
#define NTPGUARD_ANSWERS_H

#include "marks.h"

static __always_inline int ng_length_is_alive(__u64 mark, struct ng_claim claim)
{
	return mark && ng_mark_age(mark, claim) <= NG_OUTSTANDING;
}

static __always_inline struct ng_length_set *ng_lengths_at(struct ng_claim claim)
{
	__u32 zero = 0;
	struct ng_length_set *sets = bpf_map_lookup_elem(&ng_lengths, &zero);

	return sets ? sets + claim.set % NG_MARK_SETS : 0;
}

/* Remembers a query of so many bytes from there, in place of a dead one or else the oldest of its set. */
NG_SUBPROGRAM int ng_lengths_note(__u64 upper, __u64 lower, __u32 ports, __u32 ntp_len)
{
	struct ng_claim claim = ng_claim((struct ng_endpoint){ upper, lower, ports });
	struct ng_length_set *set = ng_lengths_at(claim);
	__u32 best = 0, way = 0;

	NG_NO_UNROLL
	for (__u32 i = 0; set && i < NG_LENGTH_WAYS; i++) {
		__u64 mark = set->mark[i];
		__u32 seat = ng_length_is_alive(mark, claim) ? ng_mark_age(mark, claim) : NG_TICKS;

		NG_OPAQUE(seat);
		way = seat >= best ? i : way;
		best = seat >= best ? seat : best;
		NG_OPAQUE(way);
		NG_OPAQUE(best);
	}
	if (set)
		set->mark[way % NG_LENGTH_WAYS] = ng_mark(claim, ntp_len / NTP_LENGTH_UNIT % NG_MARK_NOTES);
	return 0;
}

/* Spends a query from there that entitles to an answer of this length; whether there was one. Of two
 * CPUs one gets it. */
NG_SUBPROGRAM int ng_lengths_spend(__u64 upper, __u64 lower, __u32 ports, __u32 ntp_len)
{
	struct ng_claim claim = ng_claim((struct ng_endpoint){ upper, lower, ports });
	struct ng_length_set *set = ng_lengths_at(claim);
	__u32 units = (ntp_len + NTP_LENGTH_UNIT - 1) / NTP_LENGTH_UNIT;

	NG_NO_UNROLL
	for (__u32 i = 0; set && i < NG_LENGTH_WAYS; i++) {
		__u64 mark = set->mark[i];

		if (ng_mark_is(mark, claim) && ng_length_is_alive(mark, claim) && ng_mark_note(mark) >= units &&
		    __sync_val_compare_and_swap(&set->mark[i], mark, 0) == mark)
			return 1;
	}
	return 0;
}

#endif
