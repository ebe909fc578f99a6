/* SPDX-License-Identifier: GPL-2.0-only */
/* Regulars: addresses that were answered in several of the last periods, hours in all. When more comes
 * than the host's limit allows, they come first; no limit on addresses helps against valid requests from
 * a million of them.
 *
 * What an attacker can gain: it takes four periods, at least 55 minutes, in which every address sends
 * within all limits and the host is calm; the places are few (eight in a set), and a regular that goes on
 * coming never loses its own. Such an address then gets its own limit and no more, and all regulars
 * together no more than the host's. A newcomer keeps its place for this period and the next, so that
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

/* Which way is the address's own (own is all ones) or else a newcomer's (room: how long the holder has
 * not come; 0: none may go). */
struct ng_regular_seat {
	__u32 way, own, room;
};

static __always_inline void ng_regular_look(struct ng_regular_seat *seat, __u64 mark, __u32 way, __u32 tag,
					    __u32 period)
{
	__u32 age = ng_regular_age(mark, period), may_go = ng_if_ge(age, 2);
	__u32 own = ng_if_equal(ng_regular_tag(mark), tag) & ~ng_if_ge(age, NG_PERIODS);
	__u32 room = age & may_go & ~ng_regular_is(ng_regular_seen(mark, period));
	__u32 goes = own | (~seat->own & ~ng_if_ge(seat->room, room));

	seat->way = ng_pick(goes, way, seat->way);
	seat->room = ng_pick(goes, room, seat->room);
	seat->own |= own;
}

static __always_inline struct ng_regular_set *ng_regulars_at(__u64 hash)
{
	__u32 zero = 0;
	struct ng_regular_set *sets = bpf_map_lookup_elem(&ng_regulars, &zero);

	return sets ? sets + ((__u32)hash & (NG_REGULAR_SETS(ng_constants.limit_sets) - 1)) : 0;
}

/* Whether the address is a regular. One that is, and if `learn` any other too, is noted as answered in this
 * period. */
NG_SUBPROGRAM int ng_regulars_meet(__u64 upper, __u64 lower, __u32 family, int learn)
{
	struct ng_endpoint from = { upper, lower, 0xff00 | family };
	__u64 hash = ng_hash(ng_shared.secret, from), old, new;
	__u32 tag = (__u32)(hash >> 40), period = (ng_now() >> NG_PERIOD_SHIFT) & 0xffff, seen, is;
	struct ng_regular_set *set = ng_regulars_at(hash);
	struct ng_regular_seat seat = { 0 };

	if (!set)
		return 0;
	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_REGULAR_WAYS; i++)
		ng_regular_look(&seat, set->mark[i], i, tag, period);
	old = set->mark[seat.way % NG_REGULAR_WAYS];
	seen = ng_regular_seen(old, period) & seat.own;
	is = ng_regular_is(seen);
	if ((is || (learn && (seat.own || seat.room))) && !(seen >> (NG_PERIODS - 1))) {
		new = (__u64)tag << 40 | (__u64)period << NG_PERIODS | seen | 1u << (NG_PERIODS - 1);
		__sync_val_compare_and_swap(&set->mark[seat.way % NG_REGULAR_WAYS], old, new);
	}
	return is & 1;
}

#endif
