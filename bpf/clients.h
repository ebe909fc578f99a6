/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose packets were dropped for a limit, and how many: what chronyd's list of clients would say, had they
 * reached it. Fixed memory. Exact while there are fewer such clients than places. Beyond that a newcomer takes
 * a place with a probability of one in as many packets as its owner was dropped, and one (randomized admission,
 * Ben Basat et al. 2017): an address forged for a single packet costs a client that comes again and again
 * nothing to speak of, and no count is ever more than was dropped. A table that makes room for everybody, as
 * chronyd's does, holds nobody but the forged ones. */
#ifndef NTPGUARD_CLIENTS_H
#define NTPGUARD_CLIENTS_H

#include "marks.h"

static __always_inline __u32 ng_client_time(void)
{
	return (__u32)(ng_now() >> NG_CLIENT_SHIFT);
}

/* Takes the entry from its owner, or from nobody, and begins anew; 0: another CPU was first. */
static __always_inline int ng_client_claim(struct ng_client_entry *entry, __u64 owner, __u64 tag,
					   struct ng_endpoint from)
{
	if (__sync_val_compare_and_swap(&entry->tag, owner, NG_CLIENT_BUSY) != owner)
		return 0;
	entry->address[0] = from.upper;
	entry->address[1] = from.lower;
	entry->family = from.ports;
	entry->dropped = 1;
	entry->first = entry->last = ng_client_time();
	NG_BARRIER();
	__sync_lock_test_and_set(&entry->tag, tag);
	return 1;
}

static __always_inline int ng_client_count(struct ng_client_set *set, __u64 tag)
{
	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_CLIENT_WAYS; i++) {
		struct ng_client_entry *entry = &set->way[i];

		if (entry->tag != tag)
			continue;
		__sync_fetch_and_add(&entry->dropped, 1);
		entry->last = ng_client_time();
		return 1;
	}
	return 0;
}

static __always_inline int ng_client_settle(struct ng_client_set *set, __u64 tag, struct ng_endpoint from)
{
	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_CLIENT_WAYS; i++)
		if (!set->way[i].tag && ng_client_claim(&set->way[i], 0, tag, from))
			return 1;
	return 0;
}

/* Whom a newcomer may displace: the one that was dropped least. One that has not come for an hour counts as
 * never dropped. */
static __always_inline __u32 ng_client_least(const struct ng_client_set *set, __u32 *dropped)
{
	__u32 least = 0, now = ng_client_time();

	*dropped = ~0u;
	NG_NO_UNROLL
	for (__u32 i = 0; i < NG_CLIENT_WAYS; i++) {
		const struct ng_client_entry *entry = &set->way[i];
		__u32 weight = now - entry->last > NG_CLIENT_STALE ? 0 : entry->dropped;

		if (weight >= *dropped)
			continue;
		*dropped = weight;
		least = i;
	}
	return least;
}

static __always_inline void ng_client_displace(struct ng_client_table *table, struct ng_client_set *set, __u64 tag,
					       struct ng_endpoint from)
{
	__u32 dropped, least = ng_client_least(set, &dropped) % NG_CLIENT_WAYS;
	__u64 random = ng_constants.is_replay ? ng_random() : bpf_get_prandom_u32(), owner;

	if (random * ((__u64)dropped + 1) >> 32)
		return;
	owner = set->way[least].tag;
	if (owner != NG_CLIENT_BUSY && ng_client_claim(&set->way[least], owner, tag, from))
		__sync_fetch_and_add(&table->displaced, 1);
}

/* Counts a packet of this address that was dropped for a limit. */
NG_SUBPROGRAM int ng_clients_note(__u64 upper, __u64 lower, __u32 family)
{
	struct ng_endpoint from = { upper, lower, family & 1 };
	__u64 hash = ng_hash(ng_shared.secret, from), tag = hash | 1;
	__u32 zero = 0;
	struct ng_client_table *table = bpf_map_lookup_elem(&ng_clients, &zero);
	struct ng_client_set *set;

	if (!table)
		return 0;
	set = &table->set[(hash >> 1) % NG_CLIENT_SETS];
	if (!ng_client_count(set, tag) && !ng_client_settle(set, tag, from))
		ng_client_displace(table, set, tag, from);
	return 0;
}

#endif
