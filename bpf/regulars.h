/* SPDX-License-Identifier: GPL-2.0-only */
/* Regulars: addresses that were answered in several of the last periods, hours in all. When more comes
 * than the host's limit allows, they come first; no limit on addresses helps against valid requests from
 * a million of them.
 *
 * What an attacker can gain: it takes four periods, at least 55 minutes, in which every address sends
 * within all limits and the host is calm; the places are few (eight in a set), and a regular that goes on
 * coming never loses its own. Such an address then gets its own limit and no more, and all regulars
 * together no more than the host's. Where they are so many that they spend it, half of it is for a packet
 * in 16 s each: a hundred thousand of an attacker's, or a million, leave the other regulars three in four
 * of their answers (make bench-limits). A newcomer keeps its place for this period and the next, so that
 * neither a flood of senders that come once nor a busy day leaves nobody the time to come again. */
#ifndef NTPGUARD_REGULARS_H
#define NTPGUARD_REGULARS_H

#include "marks.h"

static __always_inline __u32 ng_regular_tag(__u64 mark)
{
	return (__u32)(mark >> 40);
}

/* Periods since it was answered last; NG_PERIODS: too long ago to tell, or never. */
static __always_inline __u32 ng_regular_age(__u64 mark, __u32 period)
{
	__u32 age = (period - (__u32)(mark >> NG_PERIODS)) & 0xffff;

	return ng_pick(ng_if_ge(age, NG_PERIODS) | ng_if_equal((__u32)mark & 0xffffff, 0), NG_PERIODS, age);
}

/* In which of the last periods it was answered, a bit each, seen from this one. */
static __always_inline __u32 ng_regular_seen(__u64 mark, __u32 period)
{
	return ((__u32)mark & 0xffffff) >> ng_regular_age(mark, period);
}

/* All ones if at least NG_REGULAR_AFTER bits are set, else none. */
static __always_inline __u32 ng_regular_is(__u32 seen)
{
	for (int i = 1; i < NG_REGULAR_AFTER; i++)
		seen &= seen - 1;
	return ~ng_if_equal(seen, 0);
}

/* The way of the address's own mark; NG_REGULAR_WAYS: it has none. */
static __always_inline __u32 ng_regular_find(const struct ng_regular_set *set, __u32 tag)
{
	__u32 way = NG_REGULAR_WAYS;

	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_REGULAR_WAYS; i++)
		if (ng_regular_tag(set->mark[i]) == tag)
			way = i;
	return way;
}

/* The way whose holder has not come for longest, in this period and the one before, and is no regular;
 * NG_REGULAR_WAYS: there is none. */
static __always_inline __u32 ng_regular_seat(const struct ng_regular_set *set, __u32 period)
{
	__u32 way = NG_REGULAR_WAYS, longest = 1;

	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_REGULAR_WAYS; i++) {
		__u32 age = ng_regular_age(set->mark[i], period);
		__u32 idle = age & ~ng_regular_is(ng_regular_seen(set->mark[i], period));
		__u32 goes = ~ng_if_ge(longest, idle);

		way = ng_pick(goes, i, way);
		longest = ng_pick(goes, idle, longest);
	}
	return way;
}

static __always_inline struct ng_regular_set *ng_regulars_at(__u64 hash)
{
	__u32 zero = 0;
	struct ng_regular_set *sets = bpf_map_lookup_elem(&ng_regulars, &zero);

	return sets ? sets + ((__u32)hash & (NG_REGULAR_SETS(ng_constants.limit_sets) - 1)) : 0;
}

/* Notes in the mark that the address, seen in these periods, is answered in this one. */
static __always_inline void ng_regular_note(struct ng_regular_set *set, __u32 way, __u64 old, __u64 tag, __u64 period,
					    __u32 seen)
{
	__u64 new = tag << 40 | period << NG_PERIODS | seen | 1u << (NG_PERIODS - 1);

	__sync_val_compare_and_swap(&set->mark[way % NG_REGULAR_WAYS], old, new);
}

/* Whether the address is a regular. One that is, and if `learn` any other too, is noted as answered in this
 * period. */
NG_SUBPROGRAM int ng_regulars_meet(__u64 upper, __u64 lower, __u32 family, int learn)
{
	struct ng_endpoint from = { upper, lower, 0xff00 | family };
	__u64 hash = ng_hash(ng_shared.secret, from), old;
	__u32 tag = (__u32)(hash >> 40), period = (ng_now() >> NG_PERIOD_SHIFT) & 0xffff, seen, is, way;
	struct ng_regular_set *set = ng_regulars_at(hash);

	if (!set)
		return 0;
	way = ng_regular_find(set, tag);
	if (way == NG_REGULAR_WAYS && learn)
		way = ng_regular_seat(set, period);
	if (way == NG_REGULAR_WAYS)
		return 0;
	old = set->mark[way % NG_REGULAR_WAYS];
	seen = ng_regular_seen(old, period) & ng_if_equal(ng_regular_tag(old), tag);
	is = ng_regular_is(seen) & 1;
	if ((is || learn) && !(seen >> (NG_PERIODS - 1)))
		ng_regular_note(set, way, old, tag, period, seen);
	return (int)is;
}

#endif
