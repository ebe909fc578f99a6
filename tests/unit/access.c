// SPDX-License-Identifier: GPL-2.0-only
/* bpf/access.h itself, compiled for the host over maps of the test's own: pages of a megabyte, some
 * of them missing. compile.c's walker shows that images are right; this shows that the data path
 * reads them right, also where a column goes on in the next page. */
#include <arpa/inet.h>

#include "unit.h"

/* In place of bpf/maps.h: an inner map is its page, and looking anything up in it gives it. */
#define NTPGUARD_MAPS_H
static void *ng_pages[NG_SLOTS * NG_PAGES];

static void *bpf_map_lookup_elem(void *map, const void *key)
{
	return map == (void *)&ng_pages ? ng_pages[*(const __u32 *)key] : map;
}

/* Offsets in it are 32 bits wide by design, which gcc cannot know. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include "access.h"
#pragma GCC diagnostic pop

static void unpublish(void)
{
	for (size_t i = 0; i < UNIT_COUNT(ng_pages); i++) {
		free(ng_pages[i]);
		ng_pages[i] = NULL;
	}
}

/* Cut into pages, the last one padded, as the loader does it. */
static void publish(const struct ng_policy *image, uint32_t slot)
{
	for (uint32_t at = 0; at < image->size; at += NG_PAGE_SIZE) {
		uint32_t size = image->size - at < NG_PAGE_SIZE ? image->size - at : NG_PAGE_SIZE;
		char *page = calloc(1, NG_PAGE_SIZE);

		assert_non_null(page);
		memcpy(page, (const char *)image + at, size);
		ng_pages[slot * NG_PAGES + at / NG_PAGE_SIZE] = page;
	}
}

static void publish_draft(const struct ng_draft *draft, uint32_t slot)
{
	struct ng_policy *image = ng_compile(draft);

	assert_non_null(image);
	publish(image, slot);
	free(image);
}

static struct ng_rules rules_for(const struct ng_prefix *address, uint32_t slot)
{
	uint32_t aligned[4];

	memcpy(aligned, address->address, sizeof(aligned));
	return ng_rules_for(aligned, address->family, slot);
}

static uint32_t class_at(const char *text, uint32_t slot)
{
	struct ng_prefix address = unit_prefix(text);

	return rules_for(&address, slot).class;
}

/* An offset is a page and a place in it, from the first byte to the last. */
static void test_pages(void **state)
{
	static char pages[3][NG_PAGE_SIZE];
	struct ng_place in = { .policy = (const void *)pages[0], .slot = 1 };

	(void)state;
	ng_pages[NG_PAGES + 1] = pages[1];
	ng_pages[NG_PAGES + NG_PAGES - 1] = pages[2];
	assert_ptr_equal(ng_at(in, 0, 8), pages[0]);
	assert_ptr_equal(ng_at(in, NG_PAGE_SIZE - 8, 8), pages[0] + NG_PAGE_SIZE - 8);
	assert_ptr_equal(ng_at(in, NG_PAGE_SIZE - 1, 1), pages[0] + NG_PAGE_SIZE - 1);
	assert_ptr_equal(ng_at(in, NG_PAGE_SIZE, 8), pages[1]);
	assert_ptr_equal(ng_at(in, 2 * NG_PAGE_SIZE - 4, 4), pages[1] + NG_PAGE_SIZE - 4);
	assert_null(ng_at(in, 2 * NG_PAGE_SIZE, 8));
	assert_ptr_equal(ng_at(in, NG_PAGES * NG_PAGE_SIZE - 8, 8), pages[2] + NG_PAGE_SIZE - 8);
	/* offsets that no image has stay inside a page all the same */
	assert_ptr_equal(ng_at(in, NG_PAGE_SIZE + 3, 8), pages[1]);
	ng_pages[NG_PAGES + 1] = ng_pages[NG_PAGES + NG_PAGES - 1] = NULL;
}

static void test_no_policy(void **state)
{
	(void)state;
	assert_int_equal(class_at("192.0.2.1", 0), NG_CLASS_FAULT);
	assert_int_equal(class_at("2001:db8::1", 1), NG_CLASS_FAULT);
}

static void test_rules(void **state)
{
	struct ng_prefix address = unit_prefix("198.51.100.1");
	struct ng_draft draft;

	(void)state;
	unit_draft(&draft, "default pass\nsymmetric limit\nallow 192.0.2.0/24\ndeny 2001:db8::5\n");
	publish_draft(&draft, 1);
	assert_int_equal(rules_for(&address, 1).class, 0);
	assert_int_equal(rules_for(&address, 1).default_action, NG_DEFAULT_PASS);
	assert_int_equal(rules_for(&address, 1).symmetric_as_request, 1);
	assert_int_equal(class_at("192.0.2.255", 1), NG_CLASS_ALLOW);
	assert_int_equal(class_at("192.0.3.0", 1), 0);
	assert_int_equal(class_at("2001:db8::5", 1), NG_CLASS_DENY);
	assert_int_equal(class_at("2001:db8::6", 1), 0);
	assert_int_equal(class_at("192.0.2.255", 0), NG_CLASS_FAULT); /* the other slot is empty */
	unpublish();
	ng_draft_free(&draft);
}

/* A family without entries is not searched at all. */
static void test_unlisted_family(void **state)
{
	struct ng_draft draft;

	(void)state;
	unit_draft(&draft, "allow 10\n");
	publish_draft(&draft, 0);
	((struct ng_policy *)ng_pages[0])->table[NG_IPV6].index = UINT32_MAX & ~7u;
	assert_int_equal(class_at("2001:db8::1", 0), 0);
	assert_int_equal(class_at("10.0.0.1", 0), NG_CLASS_ALLOW);
	unpublish();
	ng_draft_free(&draft);
}

static struct ng_prefix random_address(const struct ng_draft *draft)
{
	const struct ng_entry *near = &draft->entries[unit_below((uint32_t)draft->entry_count)];
	struct ng_prefix address = { .family = near->family, .length = ng_prefix_bits[near->family] };
	unsigned int bytes = address.length / 8u;

	memcpy(address.address, near->address, bytes);
	/* from the prefix's last bits on, most often */
	for (unsigned int byte = unit_below(4) ? near->length / 8u : unit_below(bytes); byte < bytes; byte++)
		address.address[byte] = (uint8_t)unit_random();
	return address;
}

static void add_random(struct ng_draft *draft)
{
	struct ng_prefix prefix = { .family = (uint8_t)unit_below(2), .address = { 0x20, 1, 0xd, 0xb8 } };
	unsigned int bits = ng_prefix_bits[prefix.family];
	char text[NG_PREFIX_TEXT];

	prefix.length = (uint8_t)(bits - unit_below(bits / 2 + 1));
	for (unsigned int byte = prefix.family == NG_IPV4 ? 2 : 6; byte < bits / 8; byte++)
		prefix.address[byte] = (uint8_t)(unit_below(3) ? unit_below(2) : unit_random());
	prefix = unit_prefix(ng_prefix_format(&prefix, text)); /* clears the host bits */
	assert_int_equal(ng_draft_add(draft, unit_below(2) ? NG_SET_ALLOW : NG_SET_DENY, &prefix, NULL, 1, 0, NULL), 0);
}

/* Against ng_draft_access(), which `ntpguard test` answers by. */
static void test_random_lists(void **state)
{
	(void)state;
	for (unsigned int list = 0; list < 100; list++) {
		struct ng_draft draft;

		ng_draft_init(&draft);
		for (unsigned int i = 0; i <= list; i++)
			add_random(&draft);
		publish_draft(&draft, list % NG_SLOTS);
		for (unsigned int i = 0; i < 1000; i++) {
			struct ng_prefix address = random_address(&draft);
			const struct ng_entry *entry = ng_draft_access(&draft, &address);
			uint32_t want = !entry ? 0 : entry->set == NG_SET_ALLOW ? NG_CLASS_ALLOW : NG_CLASS_DENY;

			assert_int_equal(rules_for(&address, list % NG_SLOTS).class, want);
		}
		unpublish();
		ng_draft_free(&draft);
	}
}

/* ---- a policy of many pages, whose every answer is known by arithmetic ---- */

#define MANY 100000u

/* IPv4: of every 32 addresses the lower 16. IPv6: of every two /64s the lower one; and, in every
 * fourth of the others, the odd hosts from 1 to 7. */
static void fill_many(struct ng_draft *draft)
{
	struct ng_prefix four = { .family = NG_IPV4, .length = 28 }, six = { .family = NG_IPV6 };

	ng_draft_init(draft);
	for (uint32_t i = 0; i < MANY; i++) {
		*(uint32_t *)(void *)four.address = htonl(i * 32);
		assert_int_equal(ng_draft_add(draft, NG_SET_ALLOW, &four, NULL, 1, 0, NULL), 0);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		memset(six.address, 0, sizeof(six.address));
		*(uint32_t *)(void *)(six.address + 4) = htonl(i);
		six.length = i % 2 ? 128 : 64;
		if (i % 2 && i % 8 != 1)
			continue;
		for (uint8_t host = i % 2; host < (i % 2 ? 8 : 1); host = (uint8_t)(host + 2)) {
			six.address[15] = host;
			assert_int_equal(ng_draft_add(draft, NG_SET_DENY, &six, NULL, 1, 0, NULL), 0);
		}
	}
}

static uint32_t class_of_many(const struct ng_prefix *address)
{
	uint32_t high = ntohl(*(const uint32_t *)(const void *)(address->address + 4)), low = address->address[15];

	if (address->family == NG_IPV4) {
		uint32_t key = ntohl(*(const uint32_t *)(const void *)address->address);

		return key < MANY * 32 && key % 32 < 16 ? NG_CLASS_ALLOW : 0;
	}
	if (high >= MANY || (high % 2 && (high % 8 != 1 || low > 7 || low % 2 == 0)))
		return 0;
	return NG_CLASS_DENY;
}

static struct ng_prefix some_of_many(uint32_t i)
{
	struct ng_prefix address = { .family = i & 1 };

	address.length = ng_prefix_bits[address.family];
	*(uint32_t *)(void *)(address.address + (i & 1 ? 4 : 0)) =
		htonl(unit_below(i & 1 ? MANY + 100 : MANY * 32 + 100));
	if (i & 1)
		address.address[15] = (uint8_t)unit_below(10);
	return address;
}

static void test_many_pages(void **state)
{
	struct ng_draft draft;

	(void)state;
	fill_many(&draft);
	publish_draft(&draft, 1);
	assert_non_null(ng_pages[NG_PAGES + 3]);
	for (uint32_t i = 0; i < 100000; i++) {
		struct ng_prefix address = some_of_many(i);

		assert_int_equal(rules_for(&address, 1).class, class_of_many(&address));
	}
	unpublish();
	ng_draft_free(&draft);
}

/* Whatever page is missing, the answer is right or a fault, and never a guess. */
static void test_missing_page(void **state)
{
	struct ng_draft draft;

	(void)state;
	fill_many(&draft);
	for (uint32_t page = 1; page < 12; page++) {
		uint32_t faults = 0;

		publish_draft(&draft, 0);
		free(ng_pages[page]);
		ng_pages[page] = NULL;
		for (uint32_t i = 0; i < 4000; i++) {
			struct ng_prefix address = some_of_many(i);
			uint32_t class = rules_for(&address, 0).class;

			faults += class == NG_CLASS_FAULT;
			assert_true(class == NG_CLASS_FAULT || class == class_of_many(&address));
		}
		assert_true(page > 3 || faults);
		unpublish();
	}
	ng_draft_free(&draft);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),	     cmocka_unit_test(test_no_policy),
		cmocka_unit_test(test_rules),	     cmocka_unit_test(test_unlisted_family),
		cmocka_unit_test(test_random_lists), cmocka_unit_test(test_many_pages),
		cmocka_unit_test(test_missing_page),
	};

	unit_seed("access");
	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
