// SPDX-License-Identifier: GPL-2.0-only
#include "ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 address;

struct span {
	address first, last;
	uint32_t order; /* of its directive, from 1 on */
	uint8_t length, set, flags;
};

/* The prefixes that contain the place the sweep has come to, the longest last. Those that end at the
 * same address share one: they end together. */
struct nest {
	address last;
	uint32_t class;
	uint32_t order; /* of the allow or deny directive that holds here; 0: none */
	uint32_t erased; /* order of the last `allow all` or `deny all` around */
	uint8_t level; /* that the holding directive is of */
};

static address key_of(const struct ng_entry *entry)
{
	address key = 0;

	for (int i = 0; i < ng_prefix_bits[entry->family] / 8; i++)
		key = key << 8 | entry->address[i];
	return key;
}

static struct span span_of(const struct ng_entry *entry, size_t order)
{
	unsigned int bits = ng_prefix_bits[entry->family], host = bits - entry->length;
	address first = key_of(entry), mask = host == 128 ? ~(address)0 : ((address)1 << host) - 1;

	return (struct span){ .first = first,
			      .last = first | mask,
			      .order = (uint32_t)order + 1,
			      .length = entry->length,
			      .set = entry->set,
			      .flags = entry->flags };
}

static int compare(const void *left, const void *right)
{
	const struct span *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Whether an allow or deny directive inside the nest's prefix has a say there. chrony keeps a tree of
 * four bits a level (addrfilt.c): the deepest level decides, within a level the later directive, and
 * `all` takes out what was said before deeper inside. */
static bool prevails(const struct nest *nest, const struct span *span)
{
	uint8_t level = ng_prefix_level(span->length);

	if (span->order < nest->erased)
		return false;
	return level > nest->level || (level == nest->level && span->order > nest->order);
}

static void enter(struct nest *nest, const struct span *span)
{
	static const uint32_t bit[NG_SETS] = {
		[NG_SET_ALLOW] = NG_CLASS_ALLOW,     [NG_SET_DENY] = NG_CLASS_DENY,
		[NG_SET_CONTROL] = NG_CLASS_CONTROL, [NG_SET_PRIVATE] = NG_CLASS_PRIVATE,
		[NG_SET_SERVER] = NG_CLASS_SERVER,   [NG_SET_PEER] = NG_CLASS_PEER,
	};

	if (span->set != NG_SET_ALLOW && span->set != NG_SET_DENY) {
		nest->class |= bit[span->set];
		return;
	}
	if (prevails(nest, span)) {
		nest->class = (nest->class & ~(uint32_t)(NG_CLASS_ALLOW | NG_CLASS_DENY)) | bit[span->set];
		nest->level = ng_prefix_level(span->length);
		nest->order = span->order;
	}
	if (span->flags & NG_ENTRY_ALL && span->order > nest->erased)
		nest->erased = span->order;
}

/* Starts come in ascending order; a second one at the same place replaces the first. */
static void start_range(struct ng_ranges *ranges, address first, uint32_t class)
{
	struct ng_range_start start = { .upper = (uint64_t)(first >> 64), .lower = (uint64_t)first, .class = class };
	struct ng_range_start *last = ranges->count ? &ranges->list[ranges->count - 1] : NULL;

	if (last && last->upper == start.upper && last->lower == start.lower)
		ranges->count--;
	last = ranges->count ? &ranges->list[ranges->count - 1] : NULL;
	if (!last || last->class != class)
		ranges->list[ranges->count++] = start;
}

static void sweep(const struct span *spans, size_t count, address end, struct ng_ranges *ranges)
{
	struct nest nests[130] = { { .last = end } }; /* one for each prefix length, and the outside */
	unsigned int depth = 0;

	start_range(ranges, 0, 0);
	for (size_t i = 0; i <= count; i++) {
		while (depth && (i == count || nests[depth].last < spans[i].first)) {
			address next = nests[depth--].last + 1;

			if (next && next <= end)
				start_range(ranges, next, nests[depth].class);
		}
		if (i == count)
			break;
		if (!depth || nests[depth].last != spans[i].last) {
			nests[depth + 1] = nests[depth];
			nests[++depth].last = spans[i].last;
		}
		enter(&nests[depth], &spans[i]);
		start_range(ranges, spans[i].first, nests[depth].class);
	}
}

int ng_ranges_make(const struct ng_draft *draft, enum ng_family family, struct ng_ranges *ranges)
{
	struct span *spans = malloc((draft->entry_count + 1) * sizeof(*spans));
	size_t count = 0;

	ranges->count = 0;
	ranges->list = malloc((2 * draft->entry_count + 2) * sizeof(*ranges->list));
	if (!spans || !ranges->list) {
		free(spans);
		free(ranges->list);
		return -ENOMEM;
	}
	for (size_t i = 0; i < draft->entry_count; i++)
		if (draft->entries[i].family == family)
			spans[count++] = span_of(&draft->entries[i], i);
	qsort(spans, count, sizeof(*spans), compare);
	sweep(spans, count, family == NG_IPV4 ? (address)UINT32_MAX : ~(address)0, ranges);
	free(spans);
	return 0;
}
