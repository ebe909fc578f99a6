// SPDX-License-Identifier: GPL-2.0-only
/* The ring of hourly totals: what is counted goes to its hour, once, whatever clocks, counters and files do. */
#include "hours.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define NOON 1800000000ull /* on the hour */

static struct ng_hours hours;
static struct ng_hours_time now;
static struct ng_hours_base wan;

/* One interface, of which 100 packets have come in, and a first look. */
static int begin(void **state)
{
	(void)state;
	ng_hours_init(&hours);
	now = (struct ng_hours_time){ .wall = NOON, .boot = 5000, .boot_id = 7 };
	wan = (struct ng_hours_base){ .loaded = NOON - 1000, .ifindex = 2 };
	wan.totals.packets[NG_IN] = 100;
	ng_hours_add(&hours, &wan, 1, now);
	return 0;
}

static void pass(uint64_t seconds)
{
	now.wall += seconds;
	now.boot += seconds;
}

/* So many packets more, and a look. */
static void count(uint64_t packets)
{
	wan.totals.packets[NG_IN] += packets;
	ng_hours_add(&hours, &wan, 1, now);
}

static void expect_row(unsigned int n, uint64_t packets, uint32_t seconds, uint32_t flags)
{
	const struct ng_hour *row = ng_hours_at(&hours, n);

	assert_non_null(row);
	assert_int_equal(row->totals.packets[NG_IN], packets);
	assert_int_equal(row->seconds, seconds);
	assert_int_equal(row->flags, flags);
}

static uint64_t sum(void)
{
	uint64_t packets = 0;

	for (unsigned int n = 0; n < NG_HOURS && ng_hours_at(&hours, n); n++)
		packets += ng_hours_at(&hours, n)->totals.packets[NG_IN];
	return packets;
}

static void first_look_counts_nothing(void **state)
{
	(void)state;
	expect_row(0, 0, 0, NG_HOUR_GAP);
	assert_null(ng_hours_at(&hours, 1));
}

static void each_hour_has_its_own(void **state)
{
	(void)state;
	pass(10);
	count(5);
	expect_row(0, 5, 10, NG_HOUR_GAP);
	for (int i = 1; i < 400; i++) {
		pass(10);
		count(1);
	}
	expect_row(0, 41, 410, 0); /* 4000 s after the hour began, the look at 3600 included */
	expect_row(1, 363, 3590, NG_HOUR_GAP);
	assert_int_equal(sum(), 404);
}

static void ring_goes_round(void **state)
{
	(void)state;
	for (int i = 0; i < 6 * (NG_HOURS + 10); i++) {
		pass(600);
		count(1);
	}
	assert_null(ng_hours_at(&hours, NG_HOURS));
	assert_int_equal(sum(), 6 * (NG_HOURS - 1) + 1);
	for (unsigned int n = 1; n < NG_HOURS; n++) {
		expect_row(n, 6, 3600, 0);
		assert_int_equal(ng_hours_at(&hours, n - 1)->began - ng_hours_at(&hours, n)->began, 3600);
	}
}

static void short_absence_is_counted_long_is_not(void **state)
{
	(void)state;
	pass(NG_HOURS_GAP);
	count(3);
	expect_row(0, 3, NG_HOURS_GAP, NG_HOUR_GAP);
	pass(3600 - NG_HOURS_GAP);
	count(1000);
	expect_row(0, 0, 0, NG_HOUR_GAP);
	pass(10);
	count(2);
	expect_row(0, 2, 10, NG_HOUR_GAP);
	assert_int_equal(sum(), 5);
}

static void counters_that_begin_anew(void **state)
{
	(void)state;
	pass(3600);
	count(0); /* a gap: begins the hour */
	pass(10);
	wan.totals.packets[NG_IN] = 4; /* fell, by whatever */
	count(0);
	expect_row(0, 4, 10, NG_HOUR_GAP | NG_HOUR_RESET);
	pass(10);
	wan.loaded = now.wall; /* another load, that has counted more already */
	count(50);
	expect_row(0, 58, 20, NG_HOUR_GAP | NG_HOUR_RESET);
	pass(10);
	ng_hours_add(&hours, &wan, 0, now); /* unloaded */
	expect_row(0, 58, 30, NG_HOUR_GAP | NG_HOUR_RESET);
	pass(10);
	count(1);
	expect_row(0, 113, 40, NG_HOUR_GAP | NG_HOUR_RESET);
}

static void second_interface_comes(void **state)
{
	struct ng_hours_base both[2];

	(void)state;
	pass(10);
	wan.totals.packets[NG_IN] += 1;
	both[0] = (struct ng_hours_base){ .loaded = now.wall, .ifindex = 3 };
	both[0].totals.packets[NG_IN] = 20;
	both[1] = wan;
	ng_hours_add(&hours, both, 2, now);
	expect_row(0, 21, 10, NG_HOUR_GAP | NG_HOUR_RESET);
}

static void clock_is_set_back_and_forth(void **state)
{
	(void)state;
	pass(10);
	now.wall -= 7200;
	count(1);
	expect_row(0, 1, 10, NG_HOUR_CLOCK);
	expect_row(1, 0, 0, NG_HOUR_GAP);
	pass(10);
	now.wall += 86400 * 365;
	count(2);
	expect_row(0, 2, 10, NG_HOUR_CLOCK);
	pass(10);
	count(4);
	expect_row(0, 6, 20, NG_HOUR_CLOCK);
	assert_int_equal(sum(), 7);
}

static void reboot_is_no_clock_set(void **state)
{
	(void)state;
	now = (struct ng_hours_time){ .wall = NOON + 60, .boot = 9000, .boot_id = 8 };
	wan.loaded = NOON + 50;
	wan.totals.packets[NG_IN] = 9;
	count(0);
	expect_row(0, 9, 60, NG_HOUR_GAP | NG_HOUR_RESET);
	now = (struct ng_hours_time){ .wall = NOON + 30, .boot = 10, .boot_id = 9 }; /* a dead clock battery */
	count(1);
	expect_row(0, 10, 60, NG_HOUR_GAP | NG_HOUR_RESET);
}

static void file_comes_back(void **state)
{
	static struct ng_hours again;

	(void)state;
	pass(10);
	count(5);
	ng_hours_seal(&hours);
	memcpy(&again, &hours, sizeof(again));
	assert_null(ng_hours_check(&again, sizeof(again)));
	memcpy(&hours, &again, sizeof(hours));
	pass(10);
	count(5);
	expect_row(0, 10, 20, NG_HOUR_GAP);
}

static void damage_is_refused(void **state)
{
	uint8_t *bytes = (uint8_t *)&hours;

	(void)state;
	ng_hours_seal(&hours);
	for (size_t at = 0; at < sizeof(hours); at += at < 80 ? 1 : 97) {
		bytes[at] ^= 0x10;
		assert_non_null(ng_hours_check(&hours, sizeof(hours)));
		bytes[at] ^= 0x10;
	}
	assert_null(ng_hours_check(&hours, sizeof(hours)));
	for (size_t size = 0; size < sizeof(hours); size += 1 + size / 3)
		assert_non_null(ng_hours_check(&hours, size));
	assert_non_null(ng_hours_check(&hours, sizeof(hours) + 1));
	hours.next = NG_HOURS; /* sealed, and wrong all the same */
	ng_hours_seal(&hours);
	assert_string_equal(ng_hours_check(&hours, sizeof(hours)), "it has a number that cannot be");
	hours.next = 0;
	hours.bases = NG_INTERFACES_MAX + 1;
	ng_hours_seal(&hours);
	assert_string_equal(ng_hours_check(&hours, sizeof(hours)), "it has a number that cannot be");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(first_look_counts_nothing, begin),
		cmocka_unit_test_setup(each_hour_has_its_own, begin),
		cmocka_unit_test_setup(ring_goes_round, begin),
		cmocka_unit_test_setup(short_absence_is_counted_long_is_not, begin),
		cmocka_unit_test_setup(counters_that_begin_anew, begin),
		cmocka_unit_test_setup(second_interface_comes, begin),
		cmocka_unit_test_setup(clock_is_set_back_and_forth, begin),
		cmocka_unit_test_setup(reboot_is_no_clock_set, begin),
		cmocka_unit_test_setup(file_comes_back, begin),
		cmocka_unit_test_setup(damage_is_refused, begin),
	};

	return cmocka_run_group_tests_name("hours", tests, NULL, NULL);
}
