// SPDX-License-Identifier: GPL-2.0-only
/* bpf/clients.h compiled for the host, over a map that is a struct: exact while there is room, true and steadfast
 * when there is not. */
#include "unit.h"

#define NATIVE "clients.h"
#include "native.h"

#define SECOND_NS 1000000000ull

static struct ng_client_table limited;

static void *look_up(const void *map, const void *key)
{
	(void)map;
	(void)key;
	return &limited;
}

static int begin(void **state)
{
	(void)state;
	memset(&limited, 0, sizeof(limited));
	for (int i = 0; i < 4; i++)
		ng_shared.secret[i] = unit_random();
	ng_replay.random = unit_random();
	ng_replay.now_ns = 1000 * SECOND_NS;
	return 0;
}

static void drop(uint64_t upper, uint64_t lower, uint32_t family, unsigned int times)
{
	while (times--)
		ng_clients_note(upper, lower, family);
}

/* What the table says of an address, of all its entries. */
static uint64_t dropped(uint64_t upper, uint64_t lower, uint32_t family)
{
	const struct ng_client_entry *entry = limited.set[0].way;
	uint64_t sum = 0;

	for (size_t i = 0; i < NG_CLIENT_SETS * NG_CLIENT_WAYS; i++, entry++)
		if (entry->tag && entry->address[0] == upper && entry->address[1] == lower && entry->family == family)
			sum += entry->dropped;
	return sum;
}

static uint64_t everything(void)
{
	const struct ng_client_entry *entry = limited.set[0].way;
	uint64_t sum = 0;

	for (size_t i = 0; i < NG_CLIENT_SETS * NG_CLIENT_WAYS; i++, entry++)
		sum += entry->dropped;
	return sum;
}

static void each_is_exact(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 3; round++)
		for (uint32_t client = 0; client < 500; client++)
			drop(client, 7, client & 1, client + 1);
	for (uint32_t client = 0; client < 500; client++)
		assert_int_equal(dropped(client, 7, client & 1), 3 * (client + 1));
	assert_int_equal(limited.displaced, 0);
	/* the same bits of the other family are another client */
	assert_int_equal(dropped(2, 7, 1), 0);
}

static void times_are_kept(void **state)
{
	const struct ng_client_entry *entry = limited.set[0].way;

	(void)state;
	drop(1, 0, 0, 1);
	ng_replay.now_ns += 100 * SECOND_NS;
	drop(1, 0, 0, 1);
	while (!entry->tag)
		entry++;
	assert_int_equal(entry->dropped, 2);
	assert_in_range(entry->last - entry->first, (100 * SECOND_NS) >> NG_CLIENT_SHIFT,
			((100 * SECOND_NS) >> NG_CLIENT_SHIFT) + 1);
	assert_int_equal(entry->tag & 1, 1);
}

/* Two million forged addresses, one packet each, a hundred of them for each packet of twenty real clients. */
static void forged_addresses_displace_nobody(void **state)
{
	uint64_t sent[20] = { 0 };
	unsigned int kept = 0;

	(void)state;
	for (uint32_t client = 0; client < 20; client++)
		drop(client, 1, 0, 1000);
	for (unsigned int packet = 0; packet < 2000000; packet++) {
		drop(unit_random(), 2, 0, 1);
		if (packet % 100)
			continue;
		drop(packet / 100 % 20, 1, 0, 1);
		sent[packet / 100 % 20]++;
	}
	for (uint32_t client = 0; client < 20; client++)
		kept += dropped(client, 1, 0) == 1000 + sent[client];
	assert_int_equal(kept, 20);
	assert_true(limited.displaced > 10000);
}

/* Every entry tells of packets that were dropped, of no more than its own. */
static void nothing_is_made_up(void **state)
{
	static uint64_t sent[30000];
	uint64_t sum = 0;

	(void)state;
	memset(sent, 0, sizeof(sent));
	for (unsigned int packet = 0; packet < 1000000; packet++) {
		uint32_t client = unit_below(unit_below(30000) + 1); /* some often, most seldom */

		drop(client, 3, 1, 1);
		sent[client]++;
	}
	for (uint32_t set = 0; set < NG_CLIENT_SETS; set++)
		for (int way = 0; way < NG_CLIENT_WAYS; way++) {
			const struct ng_client_entry *entry = &limited.set[set].way[way];

			assert_true(!entry->tag || entry->dropped <= sent[entry->address[0]]);
		}
	for (uint32_t client = 0; client < 30000; client++)
		sum += sent[client];
	assert_true(everything() < sum && everything() > sum / 4);
}

/* After an hour of silence a client makes room for anybody. */
static void the_silent_make_room(void **state)
{
	unsigned int found = 0;

	(void)state;
	for (uint32_t client = 0; client < 30000; client++)
		drop(client, 4, 0, 50);
	ng_replay.now_ns += 3700 * SECOND_NS;
	for (uint32_t client = 100000; client < 101000; client++)
		drop(client, 4, 0, 1);
	for (uint32_t client = 100000; client < 101000; client++)
		found += dropped(client, 4, 0) == 1;
	assert_true(found > 990); /* five of them may meet in one set */
}

/* While another CPU gives an entry another owner, it is nobody's. */
static void busy_entries_are_left_alone(void **state)
{
	struct ng_client_table busy;

	(void)state;
	for (uint32_t set = 0; set < NG_CLIENT_SETS; set++)
		for (int way = 0; way < NG_CLIENT_WAYS; way++)
			limited.set[set].way[way] = (struct ng_client_entry){ .tag = NG_CLIENT_BUSY };
	busy = limited;
	for (uint32_t client = 0; client < 1000; client++)
		drop(client, 5, 0, 3);
	assert_memory_equal(&busy, &limited, sizeof(limited));
}

#define test(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(each_is_exact),	  test(times_are_kept),	      test(forged_addresses_displace_nobody),
		test(nothing_is_made_up), test(the_silent_make_room), test(busy_entries_are_left_alone),
	};

	unit_seed("clients");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
