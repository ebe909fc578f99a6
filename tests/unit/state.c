// SPDX-License-Identifier: GPL-2.0-only
/* The state file: what is saved comes back, as much older as it is; what is not whole is refused. */
#include "state.h"

#include <string.h>

#include "unit.h"

#define SETS 8u
#define PERIOD_SECONDS ((1ull << NG_PERIOD_SHIFT) / 1000000000)

static const uint64_t key[4] = { 1, 0x8000000000000000u, 3, 4 };
static const struct ng_state_time saved = { .wall = 1800000000, .period = 3 };

/* Seen in these periods, the last of which was so long before it is saved. */
static uint64_t mark(uint64_t tag, uint16_t age, uint64_t seen)
{
	return tag << 40 | (uint64_t)(uint16_t)(saved.period - age) << NG_PERIODS | seen;
}

static void fill(struct ng_regular_set *table)
{
	memset(table, 0, SETS * sizeof(*table));
	table[0].mark[0] = mark(0xabcdef, 0, 0x800000);
	table[3].mark[5] = mark(0, 20, 0xffffff); /* of a period before the counter began anew */
	table[SETS - 1].mark[NG_REGULAR_WAYS - 1] = mark(0xffffff, NG_PERIODS - 1, 0x800001);
	table[2].mark[1] = mark(5, NG_PERIODS, 0xf00000); /* too old */
}

static void *save(size_t *size)
{
	struct ng_regular_set table[SETS];
	void *file;

	fill(table);
	file = ng_state_encode(table, SETS, key, saved, size);
	assert_non_null(file);
	return file;
}

static const char *read_back(const void *file, size_t size, struct ng_regular_set *table, struct ng_state_time now)
{
	uint64_t secret[4] = { 0 };
	const char *why;

	memset(table, 0, SETS * sizeof(*table));
	why = ng_state_decode(file, size, table, SETS, secret, now);
	if (!why)
		assert_memory_equal(secret, key, sizeof(key));
	return why;
}

static void comes_back(void **state)
{
	struct ng_regular_set table[SETS], want[SETS];
	size_t size;
	void *file = save(&size);

	(void)state;
	fill(want);
	want[2].mark[1] = 0;
	assert_null(read_back(file, size, table, saved));
	assert_memory_equal(table, want, sizeof(want));
	free(file);
}

/* By the wall's clock, whatever the data path's counts. */
static void grows_older(void **state)
{
	struct ng_regular_set table[SETS];
	size_t size;
	void *file = save(&size);

	(void)state;
	for (uint64_t periods = 0; periods <= NG_PERIODS; periods++) {
		struct ng_state_time now = { .wall = saved.wall + periods * PERIOD_SECONDS + 1, .period = 0xfff0 };
		uint64_t period = (uint16_t)(now.period - periods);

		assert_null(read_back(file, size, table, now));
		assert_int_equal(table[0].mark[0],
				 periods < NG_PERIODS ? 0xabcdefull << 40 | period << NG_PERIODS | 0x800000 : 0);
		assert_int_equal(table[3].mark[5] != 0, periods + 20 < NG_PERIODS);
		assert_int_equal(table[SETS - 1].mark[NG_REGULAR_WAYS - 1] != 0, periods < 1);
	}
	free(file);
}

/* A clock that was set back: then no time has passed. */
static void set_back(void **state)
{
	struct ng_regular_set table[SETS], now[SETS];
	size_t size;
	void *file = save(&size);

	(void)state;
	assert_null(read_back(file, size, now, saved));
	assert_null(read_back(file, size, table, (struct ng_state_time){ .wall = 0, .period = saved.period }));
	assert_memory_equal(table, now, sizeof(now));
	free(file);
}

static void not_whole(void **state)
{
	struct ng_regular_set table[SETS];
	size_t size;
	char *file = save(&size);
	char *longer = calloc(1, size + 16);

	(void)state;
	for (size_t less = 1; less <= size; less++)
		assert_non_null(read_back(file, size - less, table, saved));
	memcpy(longer, file, size);
	assert_non_null(read_back(longer, size + 16, table, saved));
	for (size_t bit = 0; bit < 8 * size; bit++) {
		longer[bit / 8] ^= (char)(1 << bit % 8);
		assert_non_null(read_back(longer, size, table, saved));
		longer[bit / 8] ^= (char)(1 << bit % 8);
	}
	free(longer);
	free(file);
}

static void of_another_size(void **state)
{
	struct ng_regular_set table[2 * SETS];
	uint64_t secret[4];
	size_t size;
	void *file = save(&size);

	(void)state;
	assert_non_null(ng_state_decode(file, size, table, SETS / 2, secret, saved));
	assert_non_null(ng_state_decode(file, size, table, SETS * 2, secret, saved));
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back), cmocka_unit_test(grows_older),	 cmocka_unit_test(set_back),
		cmocka_unit_test(not_whole),  cmocka_unit_test(of_another_size),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
