// SPDX-License-Identifier: GPL-2.0-only
/* Prefixes: from text, to text, containment and order. */
#include <errno.h>

#include "unit.h"

struct good {
	const char *text, *canonical;
	enum ng_family family;
	uint8_t length;
};

static const struct good goods[] = {
	{ "192.0.2.7", "192.0.2.7", NG_IPV4, 32 },
	{ "192.0.2.7/32", "192.0.2.7", NG_IPV4, 32 },
	{ "192.0.2.0/24", "192.0.2.0/24", NG_IPV4, 24 },
	{ "192.0.2.77/24", "192.0.2.0/24", NG_IPV4, 24 },
	{ "255.255.255.255/31", "255.255.255.254/31", NG_IPV4, 31 },
	{ "255.255.255.255/1", "128.0.0.0/1", NG_IPV4, 1 },
	{ "203.0.113.5/0", "0.0.0.0/0", NG_IPV4, 0 },
	{ "192.0.2.0/024", "192.0.2.0/24", NG_IPV4, 24 },
	/* chrony's short forms */
	{ "0", "0.0.0.0/8", NG_IPV4, 8 },
	{ "10", "10.0.0.0/8", NG_IPV4, 8 },
	{ "255", "255.0.0.0/8", NG_IPV4, 8 },
	{ "192.168", "192.168.0.0/16", NG_IPV4, 16 },
	{ "1.2.3", "1.2.3.0/24", NG_IPV4, 24 },
	{ "172.16/12", "172.16.0.0/12", NG_IPV4, 12 },
	{ "172.31/12", "172.16.0.0/12", NG_IPV4, 12 },
	{ "10/32", "10.0.0.0", NG_IPV4, 32 },
	{ "0/0", "0.0.0.0/0", NG_IPV4, 0 },
	{ "1.2.3/0", "0.0.0.0/0", NG_IPV4, 0 },
	{ "::", "::", NG_IPV6, 128 },
	{ "::/0", "::/0", NG_IPV6, 0 },
	{ "2001:db8::1", "2001:db8::1", NG_IPV6, 128 },
	{ "2001:DB8::1/128", "2001:db8::1", NG_IPV6, 128 },
	{ "2001:db8:0:0:0:0:0:1", "2001:db8::1", NG_IPV6, 128 },
	{ "2001:db8:ffff::/32", "2001:db8::/32", NG_IPV6, 32 },
	{ "2001:db8::ffff/127", "2001:db8::fffe/127", NG_IPV6, 127 },
	{ "2001:db8:0:7f:8000::/65", "2001:db8:0:7f:8000::/65", NG_IPV6, 65 },
	{ "ffff::/1", "8000::/1", NG_IPV6, 1 },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NG_IPV6, 128 },
	/* v4-mapped is IPv6, as in chrony: it matches no IPv4 packet */
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1", NG_IPV6, 128 },
	{ "::ffff:192.0.2.1/120", "::ffff:192.0.2.0/120", NG_IPV6, 120 },
	{ "0000:0000:0000:0000:0000:ffff:255.255.255.255", "::ffff:255.255.255.255", NG_IPV6, 128 },
};

static const char *const bads[] = {
	"",
	" ",
	"/",
	"/24",
	"//",
	".",
	".10",
	"10.",
	"192.168.",
	"1.2.3.",
	"10..1",
	"1.2.3.4.",
	"1.2.3.4.5",
	"256",
	"1.256",
	"1.2.256",
	"1.2.3.256",
	"4294967306", /* 10 in 32 bits */
	"18446744073709551626", /* 10 in 64 bits */
	"-1",
	"+1",
	"0x0a",
	"10.0x1",
	"1e1",
	"1.2.3.4/",
	"1.2.3.4/33",
	"10/33",
	"1.2.3.4/128",
	"1.2.3.4/256", /* 0 in a byte */
	"1.2.3.4/-1",
	"1.2.3.4/+8",
	"1.2.3.4/0x8",
	"1.2.3.4/8a",
	"1.2.3.4/8/8",
	"1.2.3.4/18446744073709551624", /* 8 in 64 bits */
	"1.2.3.4/255.255.255.0",
	" 1.2.3.4",
	"1.2.3.4 ",
	"1.2. 3.4",
	"1.2.3.4 /8",
	"1.2.3.4/ 8",
	"1.2.3.4/8 ",
	"1.2.3.4:123",
	"1.2.3.4-1.2.3.9",
	"*",
	"1.2.3.*",
	":",
	":::",
	"1::2::3",
	"2001:db8",
	"1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7:8:9",
	"12345::",
	"::g",
	"::/129",
	"::/",
	"::1/-1",
	"::1/1280",
	":: /0",
	"::ffff:1.2.3.256",
	"[::1]",
	"fe80::1%eth0",
	"fe80::1%2/64",
	"all",
	"localhost",
	"ntp.example.org",
	"10.example.org",
	"\xef\xbc\x91\xef\xbc\x90", /* 10 in full-width digits */
	"1.2.3.4\xe3\x80\x80", /* an ideographic space */
};

static void test_good(void **state)
{
	char text[NG_PREFIX_TEXT];
	struct ng_prefix prefix;
	const char *why;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(goods); i++) {
		if (ng_prefix_parse(goods[i].text, &prefix, &why))
			fail_msg("%s is refused: %s", goods[i].text, why);
		if (strcmp(ng_prefix_format(&prefix, text), goods[i].canonical))
			fail_msg("%s: got %s, want %s", goods[i].text, text, goods[i].canonical);
		assert_int_equal(prefix.family, goods[i].family);
		assert_int_equal(prefix.length, goods[i].length);
	}
}

static void test_bad(void **state)
{
	struct ng_prefix prefix;
	const char *why;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(bads); i++) {
		why = NULL;
		if (ng_prefix_parse(bads[i], &prefix, &why) != -EINVAL)
			fail_msg("\"%s\" is taken as a prefix of length %u", bads[i], prefix.length);
		assert_non_null(why);
	}
}

/* Any length of input is refused and nothing is overrun. */
static void test_overlong(void **state)
{
	static const char fill[] = { '0', '1', ':', '.', 'a', 'f', '/', ' ', '\xff' };
	struct ng_prefix prefix;
	const char *why;

	(void)state;
	for (size_t length = 46; length < 600; length++) {
		char *text = malloc(length + 1);

		assert_non_null(text);
		for (size_t i = 0; i < sizeof(fill); i++) {
			memset(text, fill[i], length);
			text[length] = '\0';
			assert_int_equal(ng_prefix_parse(text, &prefix, &why), -EINVAL);
			memcpy(text, "192.0.2.7/", 10);
			if (fill[i] != '0')
				assert_int_equal(ng_prefix_parse(text, &prefix, &why), -EINVAL);
		}
		free(text);
	}
}

static void test_why(void **state)
{
	struct ng_prefix prefix;
	const char *why;

	(void)state;
	ng_prefix_parse("1.2.3.4/33", &prefix, &why);
	assert_string_equal(why, "the prefix length must be 0 to 32");
	ng_prefix_parse("2001:db8::/129", &prefix, &why);
	assert_string_equal(why, "the prefix length must be 0 to 128");
	ng_prefix_parse("ntp.example.org", &prefix, &why);
	assert_non_null(strstr(why, "an address or prefix must stand here"));
}

static struct ng_prefix random_prefix(void)
{
	struct ng_prefix prefix = { .family = unit_random() & 1 ? NG_IPV6 : NG_IPV4 };
	unsigned int bits = ng_prefix_bits[prefix.family];

	prefix.length = (uint8_t)unit_below(bits + 1);
	for (unsigned int bit = 0; bit < prefix.length; bit++)
		if (unit_random() & 1)
			prefix.address[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	return prefix;
}

static void test_round_trip(void **state)
{
	char text[NG_PREFIX_TEXT];

	(void)state;
	for (int i = 0; i < 50000; i++) {
		struct ng_prefix prefix = random_prefix(), again;

		again = unit_prefix(ng_prefix_format(&prefix, text));
		if (ng_prefix_compare(&prefix, &again) || prefix.family != again.family)
			fail_msg("%s is read back as another prefix", text);
	}
}

static int bit_of(const struct ng_prefix *prefix, unsigned int bit)
{
	return prefix->address[bit / 8] >> (7 - bit % 8) & 1;
}

static bool contains_bit_by_bit(const struct ng_prefix *outer, const struct ng_prefix *inner)
{
	if (outer->family != inner->family || outer->length > inner->length)
		return false;
	for (unsigned int bit = 0; bit < outer->length; bit++)
		if (bit_of(outer, bit) != bit_of(inner, bit))
			return false;
	return true;
}

static void test_contains(void **state)
{
	char text[2][NG_PREFIX_TEXT];

	(void)state;
	for (int i = 0; i < 50000; i++) {
		struct ng_prefix outer = random_prefix(), inner = outer;

		/* mostly near each other: the outer one's own bits, one of them turned, and then others */
		inner.length = (uint8_t)unit_below(ng_prefix_bits[outer.family] + 1u);
		inner.address[unit_below(16)] ^= (uint8_t)unit_random();
		if (unit_random() % 8 == 0)
			inner.family ^= 1;
		if (ng_prefix_contains(&outer, &inner) != contains_bit_by_bit(&outer, &inner))
			fail_msg("%s contains %s: got %d", ng_prefix_format(&outer, text[0]),
				 ng_prefix_format(&inner, text[1]), ng_prefix_contains(&outer, &inner));
	}
}

/* Ascending; an outer prefix before what it contains. */
static void test_order(void **state)
{
	static const char *const sorted[] = { "0/0",	       "0.0.0.0",	"10/7",	     "10", "10.0.0.0",
					      "10.0.0.1",      "255.0.0.0/8",	"::/0",	     "::", "::1",
					      "2001:db8::/32", "2001:db8::/64", "2001:db8::" };

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(sorted); i++)
		for (size_t j = 0; j < UNIT_COUNT(sorted); j++) {
			struct ng_prefix a = unit_prefix(sorted[i]), b = unit_prefix(sorted[j]);
			int order = ng_prefix_compare(&a, &b);

			if ((order > 0) - (order < 0) != (i > j) - (i < j))
				fail_msg("%s against %s: %d", sorted[i], sorted[j], order);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),  cmocka_unit_test(test_bad),	 cmocka_unit_test(test_overlong),
		cmocka_unit_test(test_why),   cmocka_unit_test(test_round_trip), cmocka_unit_test(test_contains),
		cmocka_unit_test(test_order),
	};

	unit_seed("prefix");
	return cmocka_run_group_tests_name("prefix", tests, NULL, NULL);
}
