// SPDX-License-Identifier: GPL-2.0-only
/* The compiler: an image is read as bpf/ntpguard.h describes it, by a walker of this test's own, and
 * must class every address as plain longest-prefix search over the directives does. */
#include <arpa/inet.h>
#include <errno.h>

#include "ntp_wire.h"
#include "unit.h"

typedef unsigned __int128 address;

/* ---- the walker ---- */

struct image {
	const struct ng_policy *policy;
	const char *bytes;
};

/* `count` elements of `size` bytes at `at` must lie inside the image. */
static const void *column(struct image image, uint32_t at, uint64_t count, uint32_t size)
{
	assert_int_equal(at % size, 0);
	assert_true(at + count * size <= image.policy->size);
	return image.bytes + at;
}

static uint64_t start_of(struct image image, uint32_t start, uint32_t size, uint64_t range)
{
	const char *at = (const char *)column(image, start, range + 1, size) + range * size;

	return size == sizeof(uint64_t) ? *(const uint64_t *)(const void *)at : *(const uint32_t *)(const void *)at;
}

/* The last range of the bucket that starts at or below the key. */
static uint64_t range_in(struct image image, struct ng_bucket bucket, uint32_t start, uint32_t size, uint64_t key)
{
	uint64_t low = bucket.first, high = (uint64_t)bucket.first + bucket.more;

	assert_true(start_of(image, start, size, low) <= key);
	while (low < high) {
		uint64_t middle = (low + high + 1) / 2;

		if (start_of(image, start, size, middle) <= key)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static uint64_t range_of(struct image image, const struct ng_table *table, uint32_t size, uint64_t key)
{
	const struct ng_bucket *index = column(image, table->index, (uint64_t)table->last + 1, sizeof(*index));
	uint64_t bucket = 0, range;

	if (key >= table->base) {
		uint64_t above = (key - table->base) >> table->shift;

		bucket = above < table->last ? above + 1 : table->last;
	}
	range = range_in(image, index[bucket], table->start, size, key);
	assert_true(range < table->count);
	return range;
}

static uint32_t class_ipv4(struct image image, uint32_t key)
{
	const struct ng_table *table = &image.policy->table[NG_IPV4];
	uint64_t range = range_of(image, table, sizeof(uint32_t), key);

	return ((const uint8_t *)column(image, table->value, table->count, sizeof(uint8_t)))[range];
}

static uint32_t class_ipv6(struct image image, uint64_t upper, uint64_t lower)
{
	const struct ng_table *table = &image.policy->table[NG_IPV6];
	uint64_t range = range_of(image, table, sizeof(uint64_t), upper);
	uint32_t value = ((const uint32_t *)column(image, table->value, table->count, sizeof(uint32_t)))[range];
	const struct ng_bucket *run;

	if (!(value & NG_CLASS_BELOW))
		return value;
	/* such a range is one upper half, no more */
	assert_true(start_of(image, table->start, sizeof(uint64_t), range) == upper);
	run = (const struct ng_bucket *)column(image, image.policy->runs, (value >> 8) + 1u, sizeof(*run)) +
	      (value >> 8);
	range = range_in(image, *run, image.policy->low_start, sizeof(uint64_t), lower);
	return ((const uint8_t *)column(image, image.policy->low_value, range + 1, sizeof(uint8_t)))[range];
}

static uint32_t class_of(struct image image, enum ng_family family, address key)
{
	if (!image.policy->lists[family])
		return 0;
	if (family == NG_IPV4)
		return class_ipv4(image, (uint32_t)key);
	return class_ipv6(image, (uint64_t)(key >> 64), (uint64_t)key);
}

/* ---- the reference ---- */

static address key_of(const uint8_t *bytes, enum ng_family family)
{
	address key = 0;

	for (int i = 0; i < (family == NG_IPV4 ? 4 : 16); i++)
		key = key << 8 | bytes[i];
	return key;
}

static bool covers(const struct ng_entry *entry, enum ng_family family, address key)
{
	unsigned int host = ng_prefix_bits[family] - entry->length;

	if (entry->family != family)
		return false;
	return host == 128 || (key ^ key_of(entry->address, family)) >> host == 0;
}

/* Of allow and deny the deepest of chrony's levels of four bits, within a level the later; of the others
 * every prefix counts. */
static uint32_t reference(const struct ng_draft *draft, enum ng_family family, address key)
{
	static const uint32_t bits[NG_SETS] = { NG_CLASS_ALLOW,	  NG_CLASS_DENY,   NG_CLASS_CONTROL,
						NG_CLASS_PRIVATE, NG_CLASS_SERVER, NG_CLASS_PEER };
	uint32_t access = 0, others = 0;
	int deepest = -1;

	for (size_t i = 0; i < draft->entry_count; i++) {
		const struct ng_entry *entry = &draft->entries[i];

		if (!covers(entry, family, key))
			continue;
		if (entry->set != NG_SET_ALLOW && entry->set != NG_SET_DENY) {
			others |= bits[entry->set];
		} else if ((entry->length + 3) / 4 >= deepest) {
			deepest = (entry->length + 3) / 4;
			access = bits[entry->set];
		}
	}
	return access | others;
}

/* ---- comparing ---- */

struct comparison {
	const struct ng_draft *draft;
	struct image image;
	uint64_t look_ups;
};

static void fail_at(const struct comparison *comparison, enum ng_family family, address key, uint32_t got,
		    uint32_t want)
{
	struct ng_prefix prefix = { .family = (uint8_t)family, .length = ng_prefix_bits[family] };
	char text[NG_PREFIX_TEXT], *policy = unit_canonical(comparison->draft);

	for (int i = 0; i < prefix.length / 8; i++)
		prefix.address[i] = (uint8_t)(key >> (prefix.length - 8 - 8 * i));
	if (comparison->draft->entry_count < 100)
		print_error("%s", policy);
	free(policy);
	fail_msg("%s: class %#x, want %#x", ng_prefix_format(&prefix, text), got, want);
}

static void look_up(struct comparison *comparison, enum ng_family family, address key)
{
	uint32_t got, want;

	if (family == NG_IPV4)
		key &= UINT32_MAX;
	got = class_of(comparison->image, family, key);
	want = reference(comparison->draft, family, key);
	comparison->look_ups++;
	if (got != want)
		fail_at(comparison, family, key, got, want);
}

static address random_key(enum ng_family family)
{
	address key = (address)unit_random() << 64 | unit_random();

	return family == NG_IPV4 ? key & UINT32_MAX : key;
}

/* Both sides of every edge of the prefix, its middle, and the upper half's own edges. */
static void look_around(struct comparison *comparison, const struct ng_entry *entry)
{
	enum ng_family family = entry->family;
	unsigned int host = ng_prefix_bits[family] - entry->length;
	address first = key_of(entry->address, family), mask = host == 128 ? ~(address)0 : ((address)1 << host) - 1;

	look_up(comparison, family, first);
	look_up(comparison, family, first - 1);
	look_up(comparison, family, first | mask);
	look_up(comparison, family, (first | mask) + 1);
	look_up(comparison, family, first | (random_key(family) & mask));
	if (family == NG_IPV4)
		return;
	look_up(comparison, family, first | UINT64_MAX);
	look_up(comparison, family, (first | UINT64_MAX) + 1);
	look_up(comparison, family, first >> 64 << 64);
	look_up(comparison, family, (first >> 64 << 64) - 1);
	look_up(comparison, family, first ^ (address)1 << unit_below(128));
}

/* What the header promises of a table, besides what looking up shows. */
static void check_table(struct image image, enum ng_family family)
{
	const struct ng_table *table = &image.policy->table[family];
	const struct ng_bucket *index = column(image, table->index, (uint64_t)table->last + 1, sizeof(*index));
	uint32_t size = family == NG_IPV4 ? sizeof(uint32_t) : sizeof(uint64_t);

	assert_true(table->count >= 1);
	assert_true(table->shift < 64);
	assert_true(start_of(image, table->start, size, 0) == 0);
	for (uint64_t range = 1; range < table->count; range++)
		assert_true(start_of(image, table->start, size, range - 1) <
			    start_of(image, table->start, size, range));
	for (uint32_t bucket = 0; bucket <= table->last; bucket++) {
		address lowest = bucket ? table->base + ((address)(bucket - 1) << table->shift) : 0;
		uint64_t first = index[bucket].first;

		assert_true(first + index[bucket].more < table->count);
		assert_true(!bucket || first >= index[bucket - 1].first);
		if (lowest > UINT64_MAX) /* the last bucket, past the end of the space */
			continue;
		assert_true(start_of(image, table->start, size, first) <= lowest);
		assert_true(first + 1 == table->count || start_of(image, table->start, size, first + 1) > lowest);
	}
}

/* Compiles the draft, looks up the edges of everything and `more` random addresses; how many. */
static uint64_t compare(const struct ng_draft *draft, unsigned int more)
{
	struct ng_policy *policy = ng_compile(draft);
	struct comparison comparison = { .draft = draft, .image = { .policy = policy, .bytes = (const char *)policy } };

	assert_non_null(policy);
	for (int family = 0; family < NG_FAMILIES; family++) {
		check_table(comparison.image, family);
		look_up(&comparison, family, 0);
		look_up(&comparison, family, 1);
		look_up(&comparison, family, ~(address)0);
		look_up(&comparison, family, ~(address)0 - 1);
		for (unsigned int i = 0; i < more; i++)
			look_up(&comparison, family, random_key(family));
	}
	for (size_t i = 0; i < draft->entry_count; i++)
		look_around(&comparison, &draft->entries[i]);
	free(policy);
	return comparison.look_ups;
}

/* ---- lists ---- */

static void add_key(struct ng_draft *draft, enum ng_family family, address key, unsigned int length)
{
	struct ng_prefix prefix = { .family = (uint8_t)family, .length = (uint8_t)length };
	unsigned int bits = ng_prefix_bits[family];
	/* more often allow and deny: they are the ones that take from each other */
	enum ng_set set = unit_below(3) ? unit_below(2) : unit_below(NG_SETS);

	if (length < bits)
		key = length ? key >> (bits - length) << (bits - length) : 0;
	for (unsigned int i = 0; i < bits / 8; i++)
		prefix.address[i] = (uint8_t)(key >> (bits - 8 - 8 * i));
	assert_int_equal(ng_draft_add(draft, set, &prefix, NULL, 1, 0, NULL), 0);
}

static void add_uniform(struct ng_draft *draft, enum ng_family family)
{
	add_key(draft, family, random_key(family), unit_below(ng_prefix_bits[family] + 1u));
}

/* Inside one small part of the space, so that ranges crowd. */
static void add_clustered(struct ng_draft *draft, enum ng_family family)
{
	unsigned int bits = ng_prefix_bits[family], outer = bits / 2;
	address base = (address)0xc0000200u << (bits - 32);

	add_key(draft, family, base | (random_key(family) & 0xff) << unit_below(bits - outer),
		outer + unit_below(bits - outer + 1));
}

/* A bit or more longer than some prefix before it, with the same bits. */
static void add_nested(struct ng_draft *draft, enum ng_family family)
{
	const struct ng_entry *outer =
		draft->entry_count ? &draft->entries[unit_below((uint32_t)draft->entry_count)] : NULL;
	unsigned int bits, host;
	address mask;

	if (!outer) {
		add_uniform(draft, family);
		return;
	}
	family = outer->family;
	bits = ng_prefix_bits[family];
	host = bits - outer->length;
	mask = host == 128 ? ~(address)0 : ((address)1 << host) - 1;
	add_key(draft, family, key_of(outer->address, family) | (random_key(family) & mask),
		outer->length + unit_below(host < 4 ? host + 1 : 4));
}

/* The same prefix again, in whatever list: the later wins. */
static void add_equal(struct ng_draft *draft, enum ng_family family)
{
	const struct ng_entry *entry;

	if (!draft->entry_count) {
		add_uniform(draft, family);
		return;
	}
	entry = &draft->entries[unit_below((uint32_t)draft->entry_count)];
	add_key(draft, entry->family, key_of(entry->address, entry->family), entry->length);
}

/* The neighbour above some prefix, of the same length. */
static void add_adjacent(struct ng_draft *draft, enum ng_family family)
{
	const struct ng_entry *entry;
	unsigned int host;

	if (!draft->entry_count) {
		add_uniform(draft, family);
		return;
	}
	entry = &draft->entries[unit_below((uint32_t)draft->entry_count)];
	host = ng_prefix_bits[entry->family] - entry->length;
	add_key(draft, entry->family, key_of(entry->address, entry->family) + (host == 128 ? 0 : (address)1 << host),
		entry->length);
}

/* Addresses of a few neighbouring /64s, and prefixes near that border. */
static void add_low(struct ng_draft *draft, enum ng_family family)
{
	static const uint64_t uppers[] = {
		0, 1, 0x20010db800000000, 0x20010db800000001, 0x20010db800000002, UINT64_MAX - 1, UINT64_MAX
	};
	uint64_t lower = unit_below(2) ? unit_below(64) : unit_below(2) ? ~(uint64_t)unit_below(64) : unit_random();

	(void)family;
	add_key(draft, NG_IPV6, (address)uppers[unit_below(UNIT_COUNT(uppers))] << 64 | lower,
		unit_below(3) ? 128 : 60 + unit_below(69));
}

/* Prefixes that hold the first or the last address of the space. */
static void add_extreme(struct ng_draft *draft, enum ng_family family)
{
	add_key(draft, family, unit_below(2) ? ~(address)0 : 0, unit_below(ng_prefix_bits[family] + 1u));
}

typedef void (*maker)(struct ng_draft *draft, enum ng_family family);
static const maker makers[] = { add_uniform, add_clustered, add_nested, add_equal, add_adjacent, add_low, add_extreme };

static uint64_t compare_random_list(unsigned int size)
{
	/* mostly of one kind, so that each kind meets itself, with some of all others */
	maker usual = makers[unit_below(UNIT_COUNT(makers))];
	enum ng_family family = unit_below(2);
	struct ng_draft draft;
	uint64_t look_ups;

	ng_draft_init(&draft);
	for (unsigned int i = 0; i < size; i++) {
		maker make = unit_below(4) ? usual : makers[unit_below(UNIT_COUNT(makers))];

		make(&draft, unit_below(8) ? family : unit_below(2));
	}
	look_ups = compare(&draft, 20);
	ng_draft_free(&draft);
	return look_ups;
}

/* ---- tests ---- */

static void test_random_lists(void **state)
{
	static const unsigned int sizes[] = { 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 40, 80, 200 };
	uint64_t look_ups = 0;
	unsigned int lists = 0;

	(void)state;
	for (; look_ups < 300000; lists++)
		look_ups += compare_random_list(sizes[unit_below(UNIT_COUNT(sizes))]);
	print_message("# compile: %llu look-ups in %u lists agree with the reference\n", (unsigned long long)look_ups,
		      lists);
}

static void test_large_lists(void **state)
{
	uint64_t look_ups = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		look_ups += compare_random_list(2000);
	print_message("# compile: %llu look-ups in lists of 2,000 agree\n", (unsigned long long)look_ups);
}

/* Lists as text, which the random ones may not come to. */
static void test_written_lists(void **state)
{
	static const char *const lists[] = {
		"",
		"allow\n",
		"deny\n",
		"allow 0/0\n",
		"allow ::/0\n",
		"deny ::/0\nallow 0/0\n",
		"allow\ndeny\n",
		"deny\nallow\n",
		"allow 0/0\ndeny 128.0.0.0/1\nallow 255.255.255.255\n",
		"allow ::/0\ndeny 8000::/1\nallow ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n",
		"allow 255.255.255.255\n",
		"allow 0.0.0.0\n",
		"allow ::\n",
		"allow ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n",
		"allow ffff:ffff:ffff:ffff::/64\ndeny ffff:ffff:ffff:ffff:8000::/65\n",
		"control 10\nprivate 10\nserver 10\npeer 10\nallow 10\n",
		"control 10\nallow 10.1\ndeny 10.1.2\nprivate 10.1.2.3\n",
		/* the same class on both sides of a border is no border */
		"allow 10.0.0.0/9\nallow 10.128.0.0/9\nallow 11\n",
		"allow 2001:db8:0:1::/64\nallow 2001:db8:0:2::1\nallow 2001:db8:0:2::/64\n",
		/* a cut half, then a range that starts at the next half, of the class that reached it or another */
		"allow 2001:db8::/32\ndeny 2001:db8:0:1::5\ndeny 2001:db8:0:2::/64\n",
		"allow 2001:db8::/32\ndeny 2001:db8:0:1::5\ndeny 2001:db8:0:2::7\n",
		"deny 2001:db8:0:1:ffff:ffff:ffff:ffff\nallow 2001:db8:0:2::\n",
		"allow 2001:db8:0:1:8000::/65\nallow 2001:db8:0:2::/65\n",
	};
	struct ng_draft draft;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(lists); i++) {
		unit_draft(&draft, lists[i]);
		compare(&draft, 200);
		ng_draft_free(&draft);
	}
}

/* A prefix of every length around one address, alternately allowed and denied, in either order. */
static void nest_all(enum ng_family family, address key, bool longest_first)
{
	unsigned int bits = ng_prefix_bits[family];
	struct ng_draft draft;

	ng_draft_init(&draft);
	for (unsigned int i = 0; i <= bits; i++)
		add_key(&draft, family, key, longest_first ? bits - i : i);
	compare(&draft, 200);
	ng_draft_free(&draft);
}

static void test_deepest_nest(void **state)
{
	const address keys[] = { 0, ~(address)0, (address)0x20010db8 << 96 | 0xc0000201, random_key(NG_IPV6) };

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(keys); i++)
		for (int family = 0; family < NG_FAMILIES; family++) {
			nest_all(family, family == NG_IPV4 ? keys[i] & UINT32_MAX : keys[i], false);
			nest_all(family, family == NG_IPV4 ? keys[i] & UINT32_MAX : keys[i], true);
		}
}

/* Thousands of hosts in one /64: one run, however long. */
static void test_crowded_half(void **state)
{
	struct ng_draft draft;

	(void)state;
	ng_draft_init(&draft);
	for (unsigned int i = 0; i < 3000; i++)
		add_key(&draft, NG_IPV6, (address)0x20010db800000001 << 64 | unit_below(20000) * (uint64_t)0x1000193,
			128);
	compare(&draft, 50);
	ng_draft_free(&draft);
}

static uint32_t class_in(const char *policy, const char *text)
{
	struct ng_prefix prefix = unit_prefix(text);
	struct ng_policy *compiled;
	struct ng_draft draft;
	uint32_t class;

	unit_draft(&draft, policy);
	compiled = ng_compile(&draft);
	assert_non_null(compiled);
	class = class_of((struct image){ .policy = compiled, .bytes = (const char *)compiled }, prefix.family,
			 key_of(prefix.address, prefix.family));
	free(compiled);
	ng_draft_free(&draft);
	return class;
}

static void test_later_of_equals(void **state)
{
	(void)state;
	assert_int_equal(class_in("allow 10\ndeny 10\n", "10.1.2.3"), NG_CLASS_DENY);
	assert_int_equal(class_in("deny 10\nallow 10\n", "10.1.2.3"), NG_CLASS_ALLOW);
	assert_int_equal(class_in("deny 10\nallow 10\ndeny 10\n", "10.1.2.3"), NG_CLASS_DENY);
	assert_int_equal(class_in("allow ::1\ndeny ::1\n", "::1"), NG_CLASS_DENY);
	assert_int_equal(class_in("deny ::1\nallow ::1\n", "::1"), NG_CLASS_ALLOW);
	/* the longer wins whenever it was written */
	assert_int_equal(class_in("deny 10.1.2.3\nallow 10\n", "10.1.2.3"), NG_CLASS_DENY);
	assert_int_equal(class_in("allow 10\ndeny 10.1.2.3\n", "10.1.2.3"), NG_CLASS_DENY);
	/* the other lists are no part of that question */
	assert_int_equal(class_in("control 10\nallow 10\ndeny 10.1\n", "10.1.2.3"), NG_CLASS_CONTROL | NG_CLASS_DENY);
}

static void test_families_apart(void **state)
{
	(void)state;
	assert_int_equal(class_in("allow 0/0\n", "::ffff:10.0.0.1"), 0);
	assert_int_equal(class_in("allow ::ffff:0:0/96\n", "10.0.0.1"), 0);
	assert_int_equal(class_in("allow ::ffff:0:0/96\n", "::ffff:10.0.0.1"), NG_CLASS_ALLOW);
	assert_int_equal(class_in("allow\n", "10.0.0.1"), NG_CLASS_ALLOW);
	assert_int_equal(class_in("allow\n", "2001:db8::1"), NG_CLASS_ALLOW);
}

static struct ng_root root_of(const char *policy)
{
	struct ng_policy *compiled;
	struct ng_draft draft;
	struct ng_root root;

	unit_draft(&draft, policy);
	compiled = ng_compile(&draft);
	assert_non_null(compiled);
	root = compiled->root;
	free(compiled);
	ng_draft_free(&draft);
	return root;
}

static void test_root(void **state)
{
	(void)state;
	assert_int_equal(root_of("").flags, 0);
	assert_int_equal(root_of("").port, htons(NTP_PORT));
	assert_int_equal(root_of("").monitor, 0);
	assert_int_equal(root_of("port 11123").port, htons(11123));
	assert_int_equal(root_of("monitor").monitor, ~0u);
	assert_int_equal(root_of("control 10").flags, NG_ROOT_CONTROL);
	assert_int_equal(root_of("private ::1").flags, NG_ROOT_PRIVATE);
	assert_int_equal(root_of("ntpv5 allow").flags, NG_ROOT_NTPV5);
	assert_int_equal(root_of("fragments pass").flags, NG_ROOT_FRAGMENTS);
	assert_int_equal(root_of("allow\ndeny 10\nserver 10.1.1.1\npeer ::1").flags, 0);
}

/* A family without an entry is told so, which spares the data path the look-up. */
static void test_lists(void **state)
{
	static const struct {
		const char *policy;
		uint32_t four, six;
	} rows[] = {
		{ "", 0, 0 },	      { "allow 10", 1, 0 },  { "allow ::1", 0, 1 },  { "allow", 1, 1 },
		{ "deny 0/0", 1, 0 }, { "deny ::/0", 0, 1 }, { "control 10", 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		struct ng_policy *compiled;
		struct ng_draft draft;

		unit_draft(&draft, rows[i].policy);
		compiled = ng_compile(&draft);
		assert_non_null(compiled);
		assert_int_equal(compiled->lists[NG_IPV4], rows[i].four);
		assert_int_equal(compiled->lists[NG_IPV6], rows[i].six);
		free(compiled);
		ng_draft_free(&draft);
	}
}

static void hash_of(const char *policy, char *hash)
{
	struct ng_policy *compiled;
	struct ng_draft draft;

	unit_draft(&draft, policy);
	compiled = ng_compile(&draft);
	assert_non_null(compiled);
	assert_int_equal(strlen(compiled->hash), NG_HASH_MAX - 1);
	memcpy(hash, compiled->hash, NG_HASH_MAX);
	free(compiled);
	ng_draft_free(&draft);
}

/* Every rule and entry, and the order of entries, has a part in the hash; how it is written has not. */
static void test_hash(void **state)
{
	static const char *const different[] = { "",
						 "default pass",
						 "port 124",
						 "symmetric limit",
						 "ntpv5 allow",
						 "fragments pass",
						 "monitor",
						 "allow 10",
						 "deny 10",
						 "control 10",
						 "allow 10\ndeny 10",
						 "deny 10\nallow 10",
						 "allow 10.0.0.0/9",
						 "allow ::10",
						 "allow 0.0.0.16" };
	char hash[UNIT_COUNT(different)][NG_HASH_MAX], again[NG_HASH_MAX];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(different); i++) {
		hash_of(different[i], hash[i]);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(hash[i], hash[j]))
				fail_msg("\"%s\" and \"%s\" share a hash", different[i], different[j]);
	}
	hash_of("# the same\n  ALLOW 10.9.8.7/8 # really\ndefault drop\n", again);
	assert_string_equal(again, hash[7]);
}

/* What does not fit a slot is refused, not cut. */
static void test_too_big(void **state)
{
	struct ng_draft draft;

	(void)state;
	ng_draft_init(&draft);
	draft.text_size = (size_t)NG_PAGES * NG_PAGE_SIZE;
	draft.text = calloc(draft.text_size, 1);
	assert_non_null(draft.text);
	errno = 0;
	assert_null(ng_compile(&draft));
	assert_int_equal(errno, E2BIG);
	ng_draft_free(&draft);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written_lists),  cmocka_unit_test(test_deepest_nest),
		cmocka_unit_test(test_crowded_half),   cmocka_unit_test(test_random_lists),
		cmocka_unit_test(test_large_lists),    cmocka_unit_test(test_later_of_equals),
		cmocka_unit_test(test_families_apart), cmocka_unit_test(test_root),
		cmocka_unit_test(test_lists),	       cmocka_unit_test(test_hash),
		cmocka_unit_test(test_too_big),
	};

	unit_seed("compile");
	return cmocka_run_group_tests_name("compile", tests, NULL, NULL);
}
