// SPDX-License-Identifier: GPL-2.0-only
/* Draft to image: the ranges of both families, the index over them, and what user space reads back. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ranges.h"

/* Buckets of an index: twice the ranges, which leaves most buckets with one range, but no more than
 * what stays in a second-level cache. */
#define BUCKETS_MAX 65536u

/* The image grows from its start; columns are named by their offset. */
struct builder {
	char *image;
	size_t size, room;
	int error;
};

/* Room for `size` bytes, zeroed, aligned to 8; the offset. */
static uint32_t reserve(struct builder *builder, size_t size)
{
	size_t at = (builder->size + 7) & ~(size_t)7, end = at + size;
	char *grown;

	if (end > (size_t)NG_PAGES * NG_PAGE_SIZE)
		builder->error = E2BIG;
	if (builder->error)
		return 0;
	if (end > builder->room) {
		size_t room = end + end / 2 + 4096;

		grown = realloc(builder->image, room);
		if (!grown) {
			builder->error = ENOMEM;
			return 0;
		}
		memset(grown + builder->size, 0, room - builder->size);
		builder->image = grown;
		builder->room = room;
	}
	builder->size = end;
	return (uint32_t)at;
}

static struct ng_policy *image_of(const struct builder *builder)
{
	return (struct ng_policy *)(void *)builder->image;
}

static void *column(const struct builder *builder, uint32_t at)
{
	return builder->image + at;
}

/* One family's ranges by their search keys. */
struct keyed {
	uint64_t *key;
	uint32_t *value;
	size_t count;
};

/* base, shift and last such that about two buckets fall to a range. */
static void choose_index(const struct keyed *ranges, struct ng_table *table)
{
	uint64_t span;
	uint32_t buckets = 1;

	table->base = ranges->count > 1 ? ranges->key[1] : 0;
	span = ranges->key[ranges->count - 1] - (ranges->count > 1 ? table->base : 0);
	while (buckets < 2 * ranges->count && buckets < BUCKETS_MAX)
		buckets *= 2;
	table->shift = 0;
	while (span >> table->shift >= buckets)
		table->shift++;
	table->last = (uint32_t)(span >> table->shift) + 2;
	table->count = (uint32_t)ranges->count;
}

static void fill_index(const struct keyed *ranges, const struct ng_table *table, struct ng_bucket *index)
{
	size_t next = 1; /* the first range not yet passed */

	for (uint32_t bucket = 1; bucket <= table->last; bucket++) {
		uint64_t first = (uint64_t)(bucket - 1) << table->shift;
		size_t more;

		while (next < ranges->count && ranges->key[next] - table->base <= first && bucket < table->last)
			next++;
		if (bucket == table->last)
			next = ranges->count;
		more = next;
		while (more < ranges->count && (ranges->key[more] - table->base) >> table->shift == bucket - 1)
			more++;
		index[bucket] = (struct ng_bucket){ .first = (uint32_t)next - 1, .more = (uint32_t)(more - next) };
		next = more;
	}
}

static void add_table(struct builder *builder, enum ng_family family, const struct keyed *ranges)
{
	size_t start_size = family == NG_IPV4 ? sizeof(uint32_t) : sizeof(uint64_t);
	size_t value_size = family == NG_IPV4 ? sizeof(uint8_t) : sizeof(uint32_t);
	struct ng_table table;

	choose_index(ranges, &table);
	table.index = reserve(builder, (table.last + 1) * sizeof(struct ng_bucket));
	table.start = reserve(builder, ranges->count * start_size);
	table.value = reserve(builder, ranges->count * value_size);
	if (builder->error)
		return;
	fill_index(ranges, &table, column(builder, table.index));
	for (size_t i = 0; i < ranges->count; i++) {
		if (family == NG_IPV4) {
			((uint32_t *)column(builder, table.start))[i] = (uint32_t)ranges->key[i];
			((uint8_t *)column(builder, table.value))[i] = (uint8_t)ranges->value[i];
		} else {
			((uint64_t *)column(builder, table.start))[i] = ranges->key[i];
			((uint32_t *)column(builder, table.value))[i] = ranges->value[i];
		}
	}
	image_of(builder)->table[family] = table;
	image_of(builder)->lists[family] = ranges->count > 1 || ranges->value[0];
}

static int keyed_make(struct keyed *keyed, size_t room)
{
	keyed->count = 0;
	keyed->key = malloc(room * sizeof(*keyed->key));
	keyed->value = malloc(room * sizeof(*keyed->value));
	return keyed->key && keyed->value ? 0 : -ENOMEM;
}

static void keyed_free(struct keyed *keyed)
{
	free(keyed->key);
	free(keyed->value);
}

static void keyed_add(struct keyed *keyed, uint64_t key, uint32_t value)
{
	if (keyed->count && keyed->value[keyed->count - 1] == value && !(value & NG_CLASS_BELOW))
		return;
	keyed->key[keyed->count] = key;
	keyed->value[keyed->count++] = value;
}

static void add_ipv4(struct builder *builder, const struct ng_ranges *ranges)
{
	struct keyed keyed;

	if (keyed_make(&keyed, ranges->count))
		builder->error = ENOMEM;
	for (size_t i = 0; i < ranges->count && !builder->error; i++)
		keyed_add(&keyed, ranges->list[i].lower, ranges->list[i].class);
	if (!builder->error)
		add_table(builder, NG_IPV4, &keyed);
	keyed_free(&keyed);
}

/* IPv6 in the making: the table over upper halves, and runs over the lower halves of those upper
 * halves that some prefix beyond /64 cuts. */
struct halves {
	struct keyed upper, lower;
	struct ng_bucket *runs;
	size_t run_count;
};

/* The ranges from `at` on that start within one upper half; the class before them is `class`. */
static size_t add_upper_half(struct halves *halves, const struct ng_ranges *ranges, size_t at, uint32_t class)
{
	uint64_t upper = ranges->list[at].upper;
	size_t end = at, first = halves->lower.count;

	while (end < ranges->count && ranges->list[end].upper == upper)
		end++;
	if (end == at + 1 && !ranges->list[at].lower) {
		keyed_add(&halves->upper, upper, ranges->list[at].class);
		return end;
	}
	keyed_add(&halves->upper, upper, NG_CLASS_BELOW | (uint32_t)halves->run_count << 8);
	if (ranges->list[at].lower) {
		halves->lower.key[halves->lower.count] = 0;
		halves->lower.value[halves->lower.count++] = class;
	}
	for (size_t i = at; i < end; i++) {
		halves->lower.key[halves->lower.count] = ranges->list[i].lower;
		halves->lower.value[halves->lower.count++] = ranges->list[i].class;
	}
	halves->runs[halves->run_count++] =
		(struct ng_bucket){ .first = (uint32_t)first, .more = (uint32_t)(halves->lower.count - first - 1) };
	if (upper != UINT64_MAX)
		keyed_add(&halves->upper, upper + 1, ranges->list[end - 1].class);
	return end;
}

static void add_lower_halves(struct builder *builder, const struct halves *halves)
{
	const struct keyed *lower = &halves->lower;
	uint32_t runs = reserve(builder, halves->run_count * sizeof(*halves->runs));
	uint32_t start = reserve(builder, lower->count * sizeof(uint64_t));
	uint32_t value = reserve(builder, lower->count);

	if (builder->error)
		return;
	if (halves->run_count)
		memcpy(column(builder, runs), halves->runs, halves->run_count * sizeof(*halves->runs));
	for (size_t i = 0; i < lower->count; i++) {
		((uint64_t *)column(builder, start))[i] = lower->key[i];
		((uint8_t *)column(builder, value))[i] = (uint8_t)lower->value[i];
	}
	image_of(builder)->runs = runs;
	image_of(builder)->low_start = start;
	image_of(builder)->low_value = value;
}

static void add_ipv6(struct builder *builder, const struct ng_ranges *ranges)
{
	struct halves halves = { .runs = malloc((ranges->count + 1) * sizeof(*halves.runs)) };
	uint32_t class = 0;

	if (keyed_make(&halves.upper, 2 * ranges->count) || keyed_make(&halves.lower, 2 * ranges->count) ||
	    !halves.runs)
		builder->error = ENOMEM;
	for (size_t at = 0; at < ranges->count && !builder->error;) {
		uint64_t upper = ranges->list[at].upper;

		/* what followed the last cut half may start a half of its own */
		if (halves.upper.count && halves.upper.key[halves.upper.count - 1] == upper)
			halves.upper.count--;
		at = add_upper_half(&halves, ranges, at, class);
		class = ranges->list[at - 1].class;
	}
	if (!builder->error)
		add_table(builder, NG_IPV6, &halves.upper);
	if (!builder->error)
		add_lower_halves(builder, &halves);
	keyed_free(&halves.upper);
	keyed_free(&halves.lower);
	free(halves.runs);
}

static void add_family(struct builder *builder, const struct ng_draft *draft, enum ng_family family)
{
	struct ng_ranges ranges;

	if (ng_ranges_make(draft, family, &ranges)) {
		builder->error = ENOMEM;
		return;
	}
	if (family == NG_IPV4)
		add_ipv4(builder, &ranges);
	else
		add_ipv6(builder, &ranges);
	free(ranges.list);
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u; /* FNV-1a */
	return hash;
}

/* Of what the policy means: its rules, and its entries in their order. */
static void put_hash(struct ng_policy *image, const struct ng_draft *draft)
{
	uint32_t rules[] = { image->default_action, image->symmetric_as_request, image->root.flags, image->root.port,
			     image->root.monitor };
	uint64_t hash = hash_bytes(0xcbf29ce484222325u, rules, sizeof(rules));

	hash = hash_bytes(hash, &image->limits, sizeof(image->limits));
	hash = hash_bytes(hash, &image->regulars, sizeof(image->regulars));
	hash = hash_bytes(hash, &image->replies, 2); /* answers_off behind it */
	for (size_t i = 0; i < draft->entry_count; i++) {
		struct ng_prefix prefix = ng_prefix_of(&draft->entries[i]);

		hash = hash_bytes(hash, &prefix, sizeof(prefix));
		hash = hash_bytes(hash, &draft->entries[i].set, 1);
		hash = hash_bytes(hash, &draft->entries[i].flags, 1);
	}
	snprintf(image->hash, sizeof(image->hash), "%016llx", (unsigned long long)hash);
}

static uint8_t root_flags(const struct ng_draft *draft)
{
	uint8_t flags = 0;

	if (draft->ntpv5)
		flags |= NG_ROOT_NTPV5;
	if (draft->pass_fragments)
		flags |= NG_ROOT_FRAGMENTS;
	if (draft->replies == NG_REPLIES_LISTED)
		flags |= NG_ROOT_REPLIES_LISTED;
	if (draft->replies == NG_REPLIES_ANY)
		flags |= NG_ROOT_REPLIES_ANY;
	if (draft->answers_off)
		flags |= NG_ROOT_ANSWERS_OFF;
	for (size_t i = 0; i < draft->entry_count; i++) {
		if (draft->entries[i].set == NG_SET_CONTROL)
			flags |= NG_ROOT_CONTROL;
		if (draft->entries[i].set == NG_SET_PRIVATE)
			flags |= NG_ROOT_PRIVATE;
	}
	return flags;
}

static void add_entries(struct builder *builder, const struct ng_draft *draft)
{
	uint32_t entries = reserve(builder, draft->entry_count * sizeof(*draft->entries));
	uint32_t text = reserve(builder, draft->text_size);
	struct ng_policy *image = image_of(builder);

	if (builder->error)
		return;
	if (draft->entry_count)
		memcpy(column(builder, entries), draft->entries, draft->entry_count * sizeof(*draft->entries));
	if (draft->text_size)
		memcpy(column(builder, text), draft->text, draft->text_size);
	image->entries = entries;
	image->entry_count = (uint32_t)draft->entry_count;
	for (size_t i = 0; i < draft->entry_count; i++)
		image->set_count[draft->entries[i].set][draft->entries[i].family]++;
	image->text = text;
	image->text_size = (uint32_t)draft->text_size;
}

static void put_rules(struct ng_policy *image, const struct ng_draft *draft)
{
	image->default_action = draft->default_action;
	image->default_line = (uint32_t)draft->default_line;
	image->symmetric_as_request = draft->symmetric_as_request;
	image->root.port = htons(draft->port);
	image->root.flags = root_flags(draft);
	image->root.monitor = draft->monitor ? ~0u : 0;
	image->limits = draft->limits;
	ng_paces_make(&draft->limits, &image->paces);
	image->regulars = draft->regulars;
	image->replies = (uint8_t)draft->replies;
	image->answers_off = draft->answers_off;
	image->confirm_by = draft->confirm_by;
	image->confirm = draft->confirm_by ? NG_CONFIRM_POLICY : 0;
	for (size_t i = 0; i < draft->entry_count; i++) {
		uint64_t expires = draft->entries[i].expires;

		if (expires && (!image->next_expiry || expires < image->next_expiry))
			image->next_expiry = expires;
	}
	memcpy(image->name, draft->name, sizeof(image->name));
	memcpy(image->file, draft->file, sizeof(image->file));
}

struct ng_policy *ng_compile(const struct ng_draft *draft)
{
	struct builder builder = { 0 };

	reserve(&builder, sizeof(struct ng_policy));
	if (!builder.error)
		put_rules(image_of(&builder), draft);
	for (int family = 0; family < NG_FAMILIES && !builder.error; family++)
		add_family(&builder, draft, family);
	add_entries(&builder, draft);
	if (builder.error) {
		free(builder.image);
		errno = builder.error;
		return NULL;
	}
	put_hash(image_of(&builder), draft);
	image_of(&builder)->size = (uint32_t)builder.size;
	return image_of(&builder);
}
