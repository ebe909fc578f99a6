// SPDX-License-Identifier: GPL-2.0-only
/* Who becomes a regular: not those who attack, and what of those who behave well before they do? */
#include "figures.h"
#include "table.h"

#define HONEST 10000u
#define RATE 300000u /* packets a second of the attack */
#define SOURCES 1000000u
#define SPENT (30 * SECOND) /* of an attack, after which its sources have no burst left */

#define WELL 7 /* periods: 2 h */

/* Counts regulars by asking, not by reading the marks: under a limit that is just exceeded and has as much room
 * again for regulars as there are addresses to be tried. */
#define PROBE "default limit\nratelimit interval 1 burst 16 leak 2\ngloballimit 1000000 burst 100000000\nregulars on\n"

static struct flood honest_clients(uint64_t rate)
{
	struct flood flood = flood_from("0.0.0.0", 0, HONEST, rate);

	flood.first = SOURCES;
	flood.in_turn = 1;
	return flood;
}

static struct flood attackers(uint64_t count, uint64_t rate, bool in_turn)
{
	struct flood flood = flood_from("0.0.0.0", 0, count, rate);

	flood.in_turn = in_turn;
	return flood;
}

/* How many of the flood's addresses are regulars now. */
static uint64_t count_regulars(struct world *world, struct flood flood)
{
	struct tally before;

	world_policy(world, PROBE);
	world->limits->arrival = (world->now_ns << 4) + world->image->paces.host_room;
	flood.in_turn = 1;
	flood.rate = 0;
	before = world_tally(world);
	world_flood(world, flood, 1);
	world_run(world, flood.pool);
	before = tally_since(world_tally(world), before);
	world_policy(world, PUBLIC_SERVER);
	world->limits->arrival = 0;
	return before.of[NG_V_REQUEST_REGULAR];
}

/* Every address of both floods asks once in a period, for so many of them; in peace. */
static void behave_well(struct world *world, struct flood some, struct flood others, unsigned int periods)
{
	for (unsigned int i = 0; i < periods; i++) {
		uint64_t beginning = world->now_ns;

		some.rate = some.pool * SECOND / (PERIOD / 2 - MINUTE);
		world_flood(world, some, 1);
		world_run(world, some.pool);
		world_skip(world, beginning + PERIOD / 2);
		others.rate = others.pool * SECOND / (PERIOD / 2 - MINUTE);
		world_flood(world, others, 1);
		world_run(world, others.pool);
		world_skip(world, beginning + PERIOD);
	}
}

/* Share of the honest clients' questions answered in ten seconds of an attack, once its bursts are spent. */
static double under_attack(struct world *world, struct flood flood, struct flood honest)
{
	uint64_t from_ns;
	unsigned int answered = 0, count = 2000;
	struct random random = { .state = 1 };
	__u64 address[2];

	world_flood(world, flood, 3);
	world_until(world, world->now_ns + SPENT);
	from_ns = world->now_ns;
	for (unsigned int i = 0; i < count; i++) {
		flood_address(&honest, honest.first + i * (honest.pool / count), address);
		world_ask(world, address, from_ns + random_next(&random) % (10 * SECOND), i);
	}
	world_sort_questions(world);
	world_until(world, from_ns + 10 * SECOND);
	for (unsigned int i = 0; i < count; i++)
		answered += verdict_passes((enum ng_verdict)world->questions[i].verdict);
	return 100.0 * answered / count;
}

/* Hours of attack, of which a tenth of a second is run every half minute: the host's limit is exceeded in each, and
 * the calm in between is too short for anybody to be learned. */
static void long_attack(struct world *world)
{
	struct flood attack = attackers(SOURCES, RATE, false);
	uint64_t hours = world->is_full ? 24 : 4;

	world_begin(world, PUBLIC_SERVER, 7);
	behave_well(world, honest_clients(0), honest_clients(0), NG_REGULAR_AFTER + 1);
	table_between((double)count_regulars(world, honest_clients(0)), 0.99 * HONEST, HONEST, "",
		      "of 10,000 clients that came for 2 hours of peace, are regulars");
	attack.burst = RATE / 10;
	attack.pause_ns = 30 * SECOND;
	world_flood(world, attack, 2);
	world_run(world, hours * HOUR / attack.pause_ns * attack.burst);
	attack.burst = 0;
	table_at_most((double)count_regulars(world, attack), 0, "",
		      "of 1 M sources of an attack of 300,000/s and %llu hours, are regulars",
		      (unsigned long long)hours);
}

static void clever(struct world *world, uint64_t count)
{
	struct flood honest = honest_clients(0), attack = attackers(count, RATE, true);
	struct tally tally;
	double answered;

	world_begin(world, PUBLIC_SERVER, count);
	behave_well(world, honest, attackers(count, 0, true), WELL);
	table_tell((double)count_regulars(world, attack), "",
		   "%llu addresses behave well for 2 h, then send 300,000/s: are regulars", (unsigned long long)count);
	table_tell((double)count_regulars(world, honest), "",
		   "  of 10,000 clients that came in those hours, are regulars");
	tally = world_tally(world);
	answered = under_attack(world, attack, honest);
	tally = tally_since(world_tally(world), tally);
	table_tell((double)tally_passed(&tally) * SECOND / (SPENT + 10 * SECOND), "/s", "  let in, of all");
	table_tell((double)tally.of[NG_V_REQUEST_REGULAR] * SECOND / (SPENT + 10 * SECOND), "/s",
		   "  of them, as regulars");
	table_at_least(answered, 50, "%", "  clients' questions answered");
}

void figures_regulars(struct world *world)
{
	table_title("7. Who becomes a regular (public-server)");
	long_attack(world);
	clever(world, 1000);
	if (world->is_full) {
		clever(world, 100000);
		clever(world, SOURCES);
	}
}
