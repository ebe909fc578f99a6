// SPDX-License-Identifier: GPL-2.0-only
/* Reading an image as the data path does (bpf/access.h), over memory in one piece. */
#include "policy.h"

static uint64_t key_at(const struct ng_policy *image, uint32_t start, size_t size, uint32_t number)
{
	const char *column = (const char *)image + start;

	return size == sizeof(uint32_t) ? ((const uint32_t *)(const void *)column)[number]
					: ((const uint64_t *)(const void *)column)[number];
}

static uint32_t bisect(const struct ng_policy *image, uint32_t buckets, uint32_t bucket, uint32_t start, size_t size,
		       uint64_t key)
{
	const struct ng_bucket *at = (const void *)((const char *)image + buckets);
	uint32_t low = at[bucket].first, high = low + at[bucket].more;

	while (low < high) {
		uint32_t middle = high - (high - low) / 2;

		if (key_at(image, start, size, middle) <= key)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static uint32_t find(const struct ng_policy *image, const struct ng_table *table, size_t size, uint64_t key)
{
	uint64_t bucket = key < table->base ? 0 : ((key - table->base) >> table->shift) + 1;

	return bisect(image, table->index, (uint32_t)(bucket > table->last ? table->last : bucket), table->start, size,
		      key);
}

static uint64_t word(const uint8_t *bytes, unsigned int count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 8 | *bytes++;
	return value;
}

uint32_t ng_image_class(const struct ng_policy *image, const struct ng_prefix *address)
{
	const struct ng_table *table = &image->table[address->family];
	const char *base = (const char *)image;
	uint32_t value, range;

	if (!image->lists[address->family])
		return 0;
	if (address->family == NG_IPV4)
		return ((const uint8_t *)base)[table->value + find(image, table, 4, word(address->address, 4))];
	range = find(image, table, 8, word(address->address, 8));
	value = ((const uint32_t *)(const void *)(base + table->value))[range];
	if (!(value & NG_CLASS_BELOW))
		return value;
	range = bisect(image, image->runs, value >> 8, image->low_start, 8, word(address->address + 8, 8));
	return ((const uint8_t *)base)[image->low_value + range];
}
