/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits on requests from everybody: on an address, on the networks around it, on this host.
 *
 * Whoever floods an NTP server writes the victim's address as the sender's. So a limit must hold the
 * heavy without being a weapon against anybody: some of what is over it is answered all the same, by
 * chance (chrony's leak, clientlog.c), so nobody can be silenced by packets in their name; what is dropped
 * spends nothing; and no flood of made-up senders makes a stranger look heavy.
 *
 * A bucket is one number: when it will be full again (GCRA, the leaky bucket of ITU-T I.371 appendix A). A
 * fresh one is full, so forgetting costs nobody anything. Buckets live in sets of eight, one cache line,
 * found by a keyed hash and told apart by 32 more bits of it. A newcomer takes a free place or that of
 * the bucket nearest to full.
 *
 * Error: an address is refused for another's packets only where both fall into one set and one tag, with a
 * probability of 2^-32 for a pair. An address over its limit is forgotten only while eight others in its
 * set are nearer to theirs: it is held if it sends faster than one 131,072th of all that is let in, which
 * is never more than the host's limit. A packet that is refused writes nothing but, once in a tick, that
 * it was.
 *
 * Why not others, measured with a limit of 10/s under 1 M packets/s from 1 M and from 10 M made-up
 * senders (ns a packet with random senders; honest clients refused): LRU hash 655 to 1,002, evicts who is
 * held; one row of cells, 1 MB, 30, 0 and 70 %; minimum of four rows, 49, 0 and 87 %; three of sixteen
 * cells of a line 31, 0 and 85 %; these sets 37, 0 and 0. Any sketch needs more cells than senders arrive
 * while a bucket fills, or it refuses everybody. */
#ifndef NTPGUARD_LIMIT_H
#define NTPGUARD_LIMIT_H

#include "access.h"
#include "clock.h"
#include "marks.h"
#include "regulars.h"

/* Where an address's or a prefix's bucket is, or is to be. */
struct ng_spot {
	__u64 old; /* the mark there */
	__u32 set, way;
	__u32 tag;
	__u32 now; /* in units */
	__u32 charge; /* units that are missing in the bucket */
	__u32 displaces; /* not 0: units that are missing in another's bucket, which gives up its place */
};

/* The host's bucket. */
struct ng_host {
	__u64 old, now, charge;
	__u32 tick;
};

/* What is known of a packet's buckets. It lies in a map rather than on the stack, because of a map the
 * verifier remembers nothing, and so all ways through the loops below are one to it. */
struct ng_scratch {
	struct ng_spot spots[NG_PACES];
	__u32 verdict;
	__u32 scarce; /* all ones: regulars alone are too many, else 0 */
	__u32 over; /* bit i: limit number i is exceeded */
	__u32 crowded; /* not 0: a bucket is less than half full, or another's gave up its place */
};

_Static_assert(sizeof(struct ng_scratch) <= NG_SCRATCH * sizeof(__u64), "the scratch fits its place");

/* A request on its way through the limits. */
struct ng_asking {
	struct ng_limits_state *state;
	const struct ng_policy *policy;
	struct ng_counters *counters;
	struct ng_endpoint from;
	__u64 now_ns;
	struct ng_host host;
	struct ng_scratch *scratch;
};

/* Ticks of 1/16 s: nanoseconds / 62,500,000, without a division. */
static __always_inline __u64 ng_ticks(__u64 now_ns)
{
	return (now_ns >> 21) * 144115188 >> 32;
}

/* So many random bits, at most 20. What is left of one draw serves the next question. */
static __always_inline __u32 ng_random_bits(struct ng_counters *counters, __u32 count)
{
	__u64 chance = counters->chance, bits = chance >> 6;
	__u32 left = chance % 64;

	count &= 31;
	if (left < count) {
		left = 32;
		bits = ng_constants.is_replay ? ng_random() : bpf_get_prandom_u32();
	}
	counters->chance = bits >> count << 6 | (left - count);
	return (__u32)bits & ((1u << count) - 1);
}

/* ---- one bucket ---- */

static __always_inline struct ng_limit_set *ng_limits_at(struct ng_limits_state *state, __u32 set)
{
	return &state->set[set & (ng_constants.limit_sets * 2 - 1)];
}

/* Units that are missing in a bucket that will be full then: more than all where several CPUs took the last
 * at once, which is not forgotten but bounded. One that is full, and any nonsense, is 0. */
static __always_inline __u32 ng_charge(__u32 arrival, __u32 now, __u32 most)
{
	__s32 missing = (__s32)(arrival - now), below = missing;

	NG_OPAQUE(below);
	below >>= 31;
	NG_OPAQUE(below);
	missing &= ~below;
	missing &= ng_if_ge(most, (__u32)missing / 32);
	return ng_pick(ng_if_ge(most, (__u32)missing), (__u32)missing, most);
}

static __always_inline void ng_spot_look(struct ng_spot *spot, __u32 *own, __u64 mark, __u32 way, __u32 most)
{
	__u32 charge = ng_charge((__u32)(mark >> 32), spot->now, most);
	__u32 is_own = ng_if_equal((__u32)mark, spot->tag);
	__u32 goes = is_own | (~*own & ng_if_ge(spot->charge, charge));

	spot->charge = ng_pick(goes, charge, spot->charge);
	spot->way = ng_pick(goes, way, spot->way);
	*own |= is_own;
}

/* Each limit's marks have sets of their own, because their units differ. */
static __always_inline __u32 ng_set_of(const struct ng_pace *pace, __u32 hash)
{
	__u32 is_address = ng_if_equal(pace->rung, 0), sets = ng_constants.limit_sets, rung = NG_RUNG_SETS(sets);

	return ng_pick(is_address, hash & (sets - 1), sets + (pace->rung - 1) * rung + (hash & (rung - 1)));
}

static __always_inline void ng_spot_find(struct ng_asking *asking, const struct ng_pace *pace, struct ng_spot *spot)
{
	__u32 family = asking->from.ports & 1, own = 0;
	struct ng_endpoint prefix = { asking->from.upper & pace->mask[family][0],
				      asking->from.lower & pace->mask[family][1],
				      (__u32)pace->finer << 16 | (__u32)pace->lengths[family] << 8 | family };
	__u64 hash = ng_hash(ng_shared.secret, prefix);
	const struct ng_limit_set *set;

	spot->tag = (__u32)(hash >> 32);
	spot->charge = 1u << 30;
	spot->set = ng_set_of(pace, (__u32)hash);
	spot->now = (__u32)(ng_ticks(asking->now_ns) << (pace->finer & 31));
	set = ng_limits_at(asking->state, spot->set);
	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_LIMIT_WAYS; i++)
		ng_spot_look(spot, &own, set->mark[i], i, pace->most);
	spot->old = set->mark[spot->way % NG_LIMIT_WAYS];
	spot->displaces = spot->charge & ~own;
	spot->charge =
		ng_charge((__u32)(spot->old >> 32), spot->now, pace->most) & ng_if_equal((__u32)spot->old, spot->tag);
}

/* Spends what a packet costs. One that leaks leaves the bucket empty whose limit it exceeds, as in chrony, and
 * takes nothing more from wider ones that it exceeds too. Where another CPU was here in between, its packet
 * counts and so does this one; only who took another's place at the same moment goes uncharged. */
static __always_inline void ng_spot_spend(struct ng_asking *asking, const struct ng_pace *pace, __u32 which)
{
	const struct ng_spot *spot = &asking->scratch->spots[which];
	__u64 *mark = &ng_limits_at(asking->state, spot->set)->mark[spot->way % NG_LIMIT_WAYS];
	__u32 over = asking->scratch->over, first = over & -over, is_over = ng_if_equal(over >> which & 1, 1);
	__u32 emptied = ng_pick(ng_if_ge(spot->charge, pace->room), spot->charge, pace->room);
	__u32 charge = ng_pick(is_over, ng_pick(ng_if_equal(first, 1u << which), emptied, spot->charge),
			       spot->charge + ng_pick(asking->scratch->scarce, pace->scarce_cost, pace->cost));
	__u64 new = (__u64)(spot->now + charge) << 32 | spot->tag;

	if (__sync_val_compare_and_swap(mark, spot->old, new) != spot->old && (__u32)*mark == spot->tag)
		__sync_fetch_and_add(mark, (__u64)pace->cost << 32);
	if (spot->displaces)
		asking->counters->displaced[pace->rung % NG_RUNGS_MAX]++;
}

/* ---- the host's ---- */

/* More than races between CPUs explain was spent under another policy, or another clock, and is forgiven. */
static __always_inline void ng_host_find(struct ng_asking *asking)
{
	__u64 room = asking->policy->paces.host_room, missing;
	struct ng_host *host = &asking->host;

	host->old = asking->state->arrival;
	host->now = asking->now_ns << 4;
	host->tick = (__u32)ng_ticks(asking->now_ns);
	missing = host->old - host->now;
	host->charge = (__s64)missing <= 0 || missing / 8 > room ? 0 : missing < 2 * room ? missing : 2 * room;
}

static __always_inline void ng_host_spend(struct ng_asking *asking)
{
	__u64 cost = asking->policy->paces.host_cost, *arrival = &asking->state->arrival;
	__u64 new = asking->host.now + asking->host.charge + cost;

	if (cost && __sync_val_compare_and_swap(arrival, asking->host.old, new) != asking->host.old)
		__sync_fetch_and_add(arrival, cost);
}

static __always_inline int ng_host_is_half_spent(const struct ng_asking *asking)
{
	return asking->host.charge * 2 > asking->policy->paces.host_room;
}

static __always_inline int ng_is_regular(const struct ng_asking *asking, int learn)
{
	return ng_regulars_meet(asking->from.upper, asking->from.lower, asking->from.ports, learn);
}

/* It comes first, because it costs least to ask. Regulars find a second bucket behind the strangers'; where
 * they spend it themselves, because an attacker made many, its second half is for who asks seldom: whose own
 * bucket is full, and displaces nobody's. */
static __always_inline enum ng_verdict ng_host_judge(struct ng_asking *asking)
{
	const struct ng_paces *paces = &asking->policy->paces;
	__u64 charge = asking->host.charge + paces->host_cost;

	asking->scratch->scarce = charge > paces->host_room + paces->host_room / 2 ? ~0u : 0;
	if (charge <= paces->host_room)
		return NG_V_REQUEST_IN_LIMIT;
	if (asking->state->refused != asking->host.tick)
		asking->state->refused = asking->host.tick;
	if (asking->policy->regulars && charge <= 2 * paces->host_room && ng_is_regular(asking, 0))
		return NG_V_REQUEST_REGULAR;
	return NG_V_GLOBAL_RATE;
}

/* ---- all of them ---- */

/* From the narrowest limit to the widest. A request that is over one finds only half of the room of wider
 * ones: what leaks in a victim's name must not silence the victim's neighbours. */
static __always_inline void ng_limits_find(struct ng_asking *asking)
{
	asking->scratch->over = asking->scratch->crowded = 0;
	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_PACES; i++) {
		const struct ng_pace *pace = &asking->policy->paces.pace[i];
		struct ng_spot *spot = &asking->scratch->spots[i];
		__u32 rests = asking->scratch->scarce & ng_if_equal(pace->rung, 0), room, cost;

		if (!pace->cost)
			break;
		ng_spot_find(asking, pace, spot);
		cost = ng_pick(rests, pace->room + spot->displaces, pace->cost);
		room = pace->room >> (1 & ~ng_if_equal(asking->scratch->over, 0));
		asking->scratch->over |= (~ng_if_ge(room, spot->charge + cost) & 1) << i;
		asking->scratch->crowded |= ~ng_if_ge(pace->room / 2, spot->charge) | spot->displaces;
	}
}

static __always_inline void ng_limits_spend(struct ng_asking *asking)
{
	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_PACES; i++) {
		const struct ng_pace *pace = &asking->policy->paces.pace[i];

		if (!pace->cost)
			break;
		ng_spot_spend(asking, pace, i);
	}
	ng_host_spend(asking);
}

/* A request over some limit. Each of them lets it past by chance, if the host's bucket is at least half
 * full. */
static __always_inline enum ng_verdict ng_limits_leak(struct ng_asking *asking)
{
	__u32 leak[2] = { 0 }, by_address, by_prefix;

	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_PACES; i++) {
		const struct ng_pace *pace = &asking->policy->paces.pace[i];
		__u32 bits = pace->leak & -(asking->scratch->over >> i & 1), is_address = ng_if_equal(pace->rung, 0);

		leak[0] += bits & is_address;
		leak[1] += bits & ~is_address;
	}
	if (ng_host_is_half_spent(asking))
		return leak[0] ? NG_V_SOURCE_RATE : NG_V_PREFIX_RATE;
	by_address = ng_random_bits(asking->counters, leak[0]);
	by_prefix = ng_random_bits(asking->counters, leak[1]);
	return by_address ? NG_V_SOURCE_RATE : by_prefix ? NG_V_PREFIX_RATE : NG_V_REQUEST_LEAKED;
}

static __always_inline enum ng_verdict ng_limits_judge(struct ng_asking *asking)
{
	asking->scratch->verdict = ng_host_judge(asking);
	NG_BARRIER();
	if (asking->scratch->verdict == NG_V_GLOBAL_RATE)
		return NG_V_GLOBAL_RATE;
	ng_limits_find(asking);
	if (asking->scratch->over)
		asking->scratch->verdict = ng_limits_leak(asking);
	NG_BARRIER();
	if (asking->scratch->verdict != NG_V_SOURCE_RATE && asking->scratch->verdict != NG_V_PREFIX_RATE)
		ng_limits_spend(asking);
	return asking->scratch->verdict;
}

/* Nobody is learned while any limit is near, nor for a while after the host's was exceeded. (Who is a regular
 * stays one by what is answered then too.) */
static __always_inline int ng_limits_are_calm(const struct ng_asking *asking)
{
	return !asking->scratch->crowded && !ng_host_is_half_spent(asking) &&
	       asking->host.tick - asking->state->refused > NG_CALM_TICKS;
}

/* Judges a request that no list decides, from this address as it stands in the frame (IPv4 in the first
 * four bytes of upper), and spends what it costs. */
NG_SUBPROGRAM __u32 ng_limit(__u64 upper, __u64 lower, __u32 family, __u32 slot)
{
	__u32 zero = 0, interface = ng_constants.interface % NG_INTERFACES_MAX;
	struct ng_asking asking = { .policy = ng_page(slot % NG_SLOTS, 0),
				    .from = { upper, lower, family & 1 },
				    .now_ns = ng_now() };
	enum ng_verdict verdict;

	asking.state = bpf_map_lookup_elem(&ng_limits, &zero);
	asking.counters = bpf_map_lookup_elem(&ng_counters, &interface);
	if (!asking.policy || !asking.state || !asking.counters)
		return NG_V_INTERNAL;
	asking.scratch = (void *)asking.counters->scratch;
	ng_host_find(&asking);
	verdict = ng_limits_judge(&asking);
	if (verdict == NG_V_REQUEST_IN_LIMIT && asking.policy->regulars)
		ng_is_regular(&asking, ng_limits_are_calm(&asking));
	return verdict;
}

#endif
