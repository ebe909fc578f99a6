/* SPDX-License-Identifier: GPL-2.0-only */
/* Outstanding queries: noted as they leave, looked up as their replies arrive.
 *
 * Only what this host itself sends gets in, so no stranger can fill the table, and a forged reply costs
 * one cache line to refuse. A query stays outstanding for 16 s, answered or not (chrony and ntpd take
 * the first answer and check it again themselves). Of one endpoint's queries the last three are kept,
 * which is more than any client takes answers to. A set of five that are all alive gives up its oldest:
 * that is `query_displaced`, and a reply to it, should it still come, is unsolicited. */
#ifndef NTPGUARD_REPLIES_H
#define NTPGUARD_REPLIES_H

#include "clock.h"
#include "judge.h"
#include "marks.h"

static __always_inline int ng_query_is_alive(__u64 mark, struct ng_claim claim)
{
	__u32 life = ng_mark_note(mark) >> NG_QUERY_LIFE_SHIFT;

	return mark && ng_mark_age(mark, claim) <= NG_OUTSTANDING << life;
}

/* What this one query says of the reply: NG_ASKED_* bits. `proof` is what tells that the replier saw
 * the query. */
static __always_inline __u32 ng_query_match(const struct ng_query_set *set, __u32 way, struct ng_claim claim,
					    __u32 mode, __u64 proof)
{
	__u64 mark = set->mark[way];
	__u32 note = ng_mark_note(mark), asked = note % 8;

	if (!ng_mark_is(mark, claim) || !ng_query_is_alive(mark, claim))
		return 0;
	if (note & NG_QUERY_OPEN)
		return NG_ASKED_SEEN | NG_ASKED_SO;
	if (ng_is_control(asked) || ng_is_control(mode)) {
		if (asked == mode && proof == set->transmit[way])
			return NG_ASKED_SEEN | NG_ASKED_SO;
	} else if (proof == set->transmit[way] || (proof && proof == set->receive[way])) {
		return NG_ASKED_SEEN | NG_ASKED_SO;
	}
	return NG_ASKED_SEEN | (asked == NTP_MODE_ACTIVE ? NG_ASKED_PEER : 0);
}

static __always_inline struct ng_query_set *ng_queries_at(struct ng_claim claim)
{
	__u32 zero = 0;
	struct ng_query_set *sets = bpf_map_lookup_elem(&ng_queries, &zero);

	return sets ? sets + claim.set % NG_MARK_SETS : 0;
}

/* Whether this host asked for the packet: NG_ASKED_*. It comes from this endpoint, starts with the four
 * bytes of head, and its origin timestamp is as on the wire. */
NG_SUBPROGRAM __u32 ng_queries_match(__u64 upper, __u64 lower, __u32 ports, __u32 head, __u64 origin)
{
	struct ng_claim claim = ng_claim((struct ng_endpoint){ upper, lower, ports });
	const struct ng_query_set *set = ng_queries_at(claim);
	__u32 mode = NTP_MODE(head), asked = 0;
	__u64 proof = ng_is_control(mode) ? head >> 16 : origin;

	NG_NO_UNROLL
	for (__u32 way = 0; set && way < NG_QUERY_WAYS; way++) {
		asked |= ng_query_match(set, way, claim, mode, proof);
		NG_OPAQUE(asked);
	}
	return asked;
}

/* One query more of an endpoint that has so many alive takes the place of the oldest of them. */
#define NG_QUERY_OWN 3

/* Where the next query goes, and whose place it takes. */
struct ng_seat {
	__u32 way;
	__u32 age; /* of the one that has to go; NG_TICKS: none has */
	__u32 own_way, own_age, own; /* the endpoint's oldest, and how many it has */
	__u32 open; /* not 0: own_way opens the endpoint for anything */
};

static __always_inline void ng_seat_look(struct ng_seat *seat, __u64 mark, __u32 way, struct ng_claim claim)
{
	__u32 note = ng_mark_note(mark), life = NG_OUTSTANDING << (note >> NG_QUERY_LIFE_SHIFT);
	__u32 alive = ng_if_ge(life, ng_mark_age(mark, claim)) & ~ng_if_equal(note, 0);
	__u32 age = ng_pick(alive, ng_mark_age(mark, claim), NG_TICKS);
	__u32 own = alive & ng_if_equal((__u32)(mark >> 32), claim.tag);
	__u32 open = own & ~ng_if_equal(note & NG_QUERY_OPEN, 0);
	__u32 goes = ng_if_ge(age, seat->age), own_goes = open | (own & ~seat->open & ng_if_ge(age, seat->own_age));

	seat->age = ng_pick(goes, age, seat->age);
	seat->way = ng_pick(goes, way, seat->way);
	seat->own_age = ng_pick(own_goes, age, seat->own_age);
	seat->own_way = ng_pick(own_goes, way, seat->own_way);
	seat->own += own & 1;
	seat->open |= open;
}

static __always_inline struct ng_seat ng_seat_find(const struct ng_query_set *set, struct ng_claim claim)
{
	struct ng_seat seat = { 0 };

	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_QUERY_WAYS; i++)
		ng_seat_look(&seat, set->mark[i], i, claim);
	if (seat.open || seat.own >= NG_QUERY_OWN) {
		seat.way = seat.own_way;
		seat.age = NG_TICKS;
	}
	return seat;
}

/* A symmetric peer polls when it likes: it is remembered for at least two of our own polls, whose
 * interval is byte 2 of the message (log2 of seconds). head 0 is no query. */
static __always_inline __u32 ng_query_note(__u32 head)
{
	__u32 mode = NTP_MODE(head), poll = head >> 16 & 0xff, life = 0;

	if (!head)
		return NG_QUERY_OPEN;
	if (mode == NTP_MODE_RESERVED) /* an NTPv1 client */
		mode = NTP_MODE_CLIENT;
	if (mode == NTP_MODE_ACTIVE)
		life = poll > 127 || poll < 4 ? 1 : ng_min(poll - 2, NG_QUERY_LIFE_MAX);
	return life << NG_QUERY_LIFE_SHIFT | mode;
}

/* In bounds, in a way that the verifiers of all kernels see. */
static __always_inline __u64 ng_way(__u64 way)
{
	NG_OPAQUE(way);
	way &= 7;
	return way < NG_QUERY_WAYS ? way : 0;
}

/* A flow that is open is marked again once a second, not with every packet. */
#define NG_REFRESH_TICKS 60

/* Notes what leaves for this endpoint. head: its first four bytes, if it is NTP and to be answered as
 * NTP; else 0, and whatever comes back is welcome. True if another endpoint's outstanding query had to be
 * forgotten. Two CPUs that want one way: the second takes the next one. The mark comes first, because no
 * reply can be here before its query has left. */
NG_SUBPROGRAM int ng_queries_note(__u64 upper, __u64 lower, __u64 ports_head, __u64 transmit, __u64 receive)
{
	struct ng_claim claim = ng_claim((struct ng_endpoint){ upper, lower, (__u32)(ports_head >> 32) });
	struct ng_query_set *set = ng_queries_at(claim);
	__u32 note = ng_query_note((__u32)ports_head);
	struct ng_seat seat;
	__u64 old, way;

	if (!set)
		return 1;
	seat = ng_seat_find(set, claim);
	if (seat.open && seat.own_age < NG_REFRESH_TICKS)
		return 0;
	note = seat.open ? NG_QUERY_OPEN : note;
	way = ng_way(seat.way);
	old = set->mark[way];
	if (__sync_val_compare_and_swap(&set->mark[way], old, ng_mark(claim, note)) != old) {
		way = ng_way(seat.way + 1);
		set->mark[way] = ng_mark(claim, note);
	}
	set->transmit[way] = transmit;
	set->receive[way] = receive;
	return seat.age < NG_TICKS;
}

#endif
