// SPDX-License-Identifier: GPL-2.0-only
/* Well-behaved clients among a flood from made-up addresses: how many of their packets are dropped, by which
 * limit? */
#include "figures.h"
#include "table.h"

#define CLIENTS 10000u
#define REGULARS (CLIENTS / 2) /* of them, where the policy knows regulars */
#define POLL (64 * SECOND) /* each sends one packet in it */
#define BURSTING 100u /* each so many-th sends a burst (iburst) instead */
#define BURST 8
#define BURST_GAP (2 * SECOND)
#define FLOOD_RATE 1000000u
#define POOL 1000000u
#define LARGE_POOL 10000000u

/* The flood, whose numbers from pool on are the clients', and what became of the clients' packets that came after
 * the warm-up: of strangers, and of regulars. */
struct crowd {
	struct flood flood;
	struct tally got[2];
};

static bool is_regular(uint32_t client)
{
	return client % 2 == 0;
}

static void ask(struct world *world, const struct crowd *crowd, uint32_t client, uint64_t when_ns)
{
	__u64 address[2];

	flood_address(&crowd->flood, crowd->flood.pool + client, address);
	world_ask(world, address, when_ns, client);
}

/* Hours of peace, in which every second client is seen often enough. */
static void learn(struct world *world, const struct crowd *crowd, uint64_t seed)
{
	uint64_t beginning = world->now_ns, gap_ns = PERIOD / CLIENTS;
	struct random random = { .state = seed };

	for (uint64_t period = 0; period < NG_REGULAR_AFTER + 1; period++)
		for (uint32_t client = 0; client < CLIENTS; client++)
			if (is_regular(client))
				ask(world, crowd, client,
				    beginning + period * PERIOD + client * gap_ns + random_next(&random) % gap_ns);
	world_until(world, beginning + (NG_REGULAR_AFTER + 1) * PERIOD);
}

static void plan(struct world *world, const struct crowd *crowd, uint64_t until_ns, uint64_t seed)
{
	struct random random = { .state = seed };

	for (uint32_t client = 0; client < CLIENTS; client++)
		for (uint64_t at = world->now_ns + random_next(&random) % POLL; at < until_ns; at += POLL)
			for (uint64_t i = 0; i < (client % BURSTING ? 1 : BURST); i++)
				ask(world, crowd, client, at + i * BURST_GAP);
	world_sort_questions(world);
}

/* Flood and clients together; what is asked before the end of the warm-up does not count. */
static void go(struct world *world, struct crowd *crowd, uint64_t warm_ns, uint64_t length_ns)
{
	uint64_t from_ns = world->now_ns + warm_ns, until_ns = from_ns + length_ns;

	world_flood(world, crowd->flood, crowd->flood.pool);
	plan(world, crowd, until_ns, crowd->flood.pool + 1);
	world_until(world, until_ns);
	for (uint32_t i = 0; i < world->flood->asked; i++) {
		const struct flood_question *question = &world->questions[i];

		if (question->when_ns >= from_ns)
			crowd->got[is_regular(question->who)].of[question->verdict]++;
	}
}

static uint64_t sum(const struct tally *tally)
{
	uint64_t all = 0;

	for (int i = 0; i < NG_VERDICTS_MAX; i++)
		all += tally->of[i];
	return all;
}

static double percent(uint64_t part, uint64_t all)
{
	return all ? 100.0 * (double)part / (double)all : 0;
}

static void print(const struct world *world, const struct crowd *crowd, const char *name)
{
	const struct tally *strangers = &crowd->got[0], *regulars = &crowd->got[1];
	uint64_t all = sum(strangers) + sum(regulars), pool = crowd->flood.pool / 1000000;
	uint64_t by_address = strangers->of[NG_V_SOURCE_RATE] + regulars->of[NG_V_SOURCE_RATE];
	uint64_t by_prefix = strangers->of[NG_V_PREFIX_RATE] + regulars->of[NG_V_PREFIX_RATE];
	uint64_t by_host = strangers->of[NG_V_GLOBAL_RATE] + regulars->of[NG_V_GLOBAL_RATE];

	if (crowd->flood.pool == POOL)
		table_at_most(percent(by_address, all), 0.1, "%",
			      "%s, %llu M sources: dropped by ratelimit, of %llu packets", name,
			      (unsigned long long)pool, (unsigned long long)all);
	else
		table_tell(percent(by_address, all), "%", "%s, %llu M sources: dropped by ratelimit, of %llu packets",
			   name, (unsigned long long)pool, (unsigned long long)all);
	if (world->image->limits.prefix[0].burst)
		table_at_most(percent(by_prefix, all), 0.1, "%", "%s, %llu M sources: dropped by prefixlimit", name,
			      (unsigned long long)pool);
	if (!world->image->limits.global_pps)
		return;
	table_tell(percent(by_host, all), "%", "%s, %llu M sources: dropped by globallimit", name,
		   (unsigned long long)pool);
	table_tell(percent(tally_passed(strangers), sum(strangers)), "%", "%s, %llu M sources: strangers answered",
		   name, (unsigned long long)pool);
	table_at_least(percent(tally_passed(regulars), sum(regulars)), 99, "%", "%s, %llu M sources: regulars answered",
		       name, (unsigned long long)pool);
}

static void measure(struct world *world, const struct named_policy *policy, uint64_t pool)
{
	struct crowd crowd = { .flood = flood_from("0.0.0.0", 0, pool, FLOOD_RATE) };

	world_begin(world, policy->text, pool);
	if (world->image->regulars)
		learn(world, &crowd, pool + 2);
	go(world, &crowd, (world->is_full ? 40 : 4) * SECOND, (world->is_full ? 64 : 12) * SECOND);
	print(world, &crowd, policy->name);
}

void figures_clients(struct world *world)
{
	table_title("2. 10,000 clients, a packet in 64 s each (1 % of them 8 in a burst), 1 M packets/s from random "
		    "addresses");
	for (int i = 0; i < 2; i++) {
		measure(world, &named_policies[i], POOL);
		if (world->is_full)
			measure(world, &named_policies[i], LARGE_POOL);
	}
}
