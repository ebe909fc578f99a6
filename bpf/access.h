/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy in force: slot to page to class of an address.
 *
 * The access list is a table of disjoint ranges under an index by leading bits. Measured against
 * the alternatives (nanoseconds a look-up, random listed addresses, 10 k and 1 M prefixes): kernel
 * LPM trie 238-464 and 2,186; poptrie 39-68 and 570; hash per length 387 and 1,910; ranges 13-27
 * and 302, in the least memory, and longest-prefix questions are settled once, at compile time. A
 * bucket of the index tells a whole stretch of addresses with one load where nothing is listed. */
#ifndef NTPGUARD_ACCESS_H
#define NTPGUARD_ACCESS_H

#include "judge.h"
#include "maps.h"

/* A policy in the kernel: its slot, and its first page, in which small policies lie whole. */
struct ng_place {
	const struct ng_policy *policy;
	__u32 slot;
};

static __always_inline const void *ng_page(__u32 slot, __u32 number)
{
	__u32 zero = 0, place = slot * NG_PAGES + number % NG_PAGES;
	void *inner = bpf_map_lookup_elem(&ng_pages, &place);

	return inner ? bpf_map_lookup_elem(inner, &zero) : 0;
}

/* `size` (a power of two) bytes at `at` in the policy's address space; NULL where the page is
 * missing. The mask keeps every offset inside its page. */
static __always_inline const void *ng_at(struct ng_place in, __u32 at, __u32 size)
{
	const char *page = (const char *)in.policy;

	if (at >= NG_PAGE_SIZE)
		page = ng_page(in.slot, at / NG_PAGE_SIZE);
	return page ? page + (at & (NG_PAGE_SIZE - size)) : 0;
}

/* The number of the last range of the bucket that starts at or below the key; NG_NO_RANGE where a
 * page is missing. `ranges` shrinks by the same steps whatever the keys are, which keeps the
 * verifier's states few. */
#define NG_BISECT_STEPS 26
#define NG_NO_RANGE (~0u)

static __always_inline __u32 ng_bisect(struct ng_place in, const struct ng_bucket *bucket, __u32 start, __u32 size,
				       __u64 key)
{
	__u32 low = bucket->first, ranges = bucket->more + 1;

	NG_NO_UNROLL
	for (int i = 0; i < NG_BISECT_STEPS && ranges > 1; i++) {
		__u32 half = ranges / 2;
		const void *at = ng_at(in, start + (low + half) * size, size);

		if (!at)
			return NG_NO_RANGE;
		if ((size == 8 ? *(const __u64 *)at : *(const __u32 *)at) <= key)
			low += half;
		ranges -= half;
	}
	return low;
}

static __always_inline __u32 ng_range(struct ng_place in, const struct ng_table *table, __u32 size, __u64 key)
{
	__u64 number = key < table->base ? 0 : ((key - table->base) >> (table->shift & 63)) + 1;
	const struct ng_bucket *bucket;

	if (number > table->last)
		number = table->last;
	bucket = ng_at(in, table->index + (__u32)number * sizeof(*bucket), sizeof(*bucket));
	return bucket ? ng_bisect(in, bucket, table->start, size, key) : NG_NO_RANGE;
}

static __always_inline __u32 ng_class_ipv4(struct ng_place in, const void *source)
{
	const struct ng_table *table = &in.policy->table[NG_IPV4];
	__u32 range = ng_range(in, table, sizeof(__u32), __builtin_bswap32(*(const __be32 *)source));
	const __u8 *value = range == NG_NO_RANGE ? 0 : ng_at(in, table->value + range, sizeof(*value));

	return value ? *value : NG_CLASS_FAULT;
}

/* Prefixes beyond /64 are few: the range of such an upper half points to a run over the lower. */
static __always_inline __u32 ng_class_below(struct ng_place in, __u32 run, __u64 lower)
{
	const struct ng_bucket *bucket = ng_at(in, in.policy->runs + run * sizeof(*bucket), sizeof(*bucket));
	__u32 range = bucket ? ng_bisect(in, bucket, in.policy->low_start, sizeof(lower), lower) : NG_NO_RANGE;
	const __u8 *value = range == NG_NO_RANGE ? 0 : ng_at(in, in.policy->low_value + range, sizeof(*value));

	return value ? *value : NG_CLASS_FAULT;
}

static __always_inline __u64 ng_from_be64(const __be32 *word)
{
	return (__u64)__builtin_bswap32(word[0]) << 32 | __builtin_bswap32(word[1]);
}

static __always_inline __u32 ng_class_ipv6(struct ng_place in, const __be32 *source)
{
	const struct ng_table *table = &in.policy->table[NG_IPV6];
	__u32 range = ng_range(in, table, sizeof(__u64), ng_from_be64(source));
	const __u32 *value =
		range == NG_NO_RANGE ? 0 : ng_at(in, table->value + range * sizeof(*value), sizeof(*value));

	if (!value)
		return NG_CLASS_FAULT;
	return *value & NG_CLASS_BELOW ? ng_class_below(in, *value >> 8, ng_from_be64(source + 2)) : *value;
}

/* What the policy of this slot says of the address. */
static __always_inline struct ng_rules ng_rules_for(const void *address, __u32 family, __u32 slot)
{
	struct ng_place in = { .policy = ng_page(slot % NG_SLOTS, 0), .slot = slot % NG_SLOTS };
	struct ng_rules rules = { .class = NG_CLASS_FAULT };

	if (!in.policy)
		return rules;
	rules.default_action = in.policy->default_action;
	rules.symmetric_as_request = in.policy->symmetric_as_request;
	if (!in.policy->lists[family & 1])
		rules.class = 0;
	else if (family == NG_IPV4)
		rules.class = ng_class_ipv4(in, address);
	else
		rules.class = ng_class_ipv6(in, address);
	return rules;
}

/* NG_CLASS_* of an address, which stands in network order in upper and lower (IPv4: in the first four
 * bytes of upper). */
NG_SUBPROGRAM __u32 ng_class_of(__u64 upper, __u64 lower, __u32 family, __u32 slot)
{
	__u64 address[] = { upper, lower };

	return ng_rules_for(address, family & 1, slot).class;
}

#endif
