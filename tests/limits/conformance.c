// SPDX-License-Identifier: GPL-2.0-only
/* One source at a steady pace: is it answered as chronyd would answer it? */
#include <math.h>
#include <stdio.h>

#include "chrony_model.h"
#include "figures.h"
#include "table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Packets of a run. No leak is rarer than 1 in 16, so at least 12,500 are answered: chance moves that by
 * 0.9 %, and 5 % are more than five times that. The model's figure is the mean of several runs. */
#define PACKETS 200000u
#define MODEL_RUNS 4u
#define TOLERANCE 5.0

/* chrony's default is among them. */
static const struct chrony_limit sets[] = {
	{ -19, 1, 1 }, { -16, 255, 2 }, { -13, 8, 3 },	{ -11, 16, 4 }, { -9, 1, 2 },  { -7, 255, 1 }, { -6, 100, 3 },
	{ -5, 1, 4 },  { -4, 8, 2 },	{ -3, 255, 4 }, { -2, 3, 1 },	{ -1, 16, 3 }, { 0, 1, 2 },    { 1, 16, 2 },
	{ 2, 255, 3 }, { 3, 8, 2 },	{ 4, 32, 4 },	{ 6, 2, 1 },	{ 9, 255, 2 }, { 12, 255, 4 },
};
static const uint32_t rates[] = { 1, 2, 5, 10, 30, 100, 300, 1000, 3000, 10000 };

static void policy_of(struct chrony_limit limit, char *text, size_t size)
{
	snprintf(text, size, "default limit\nratelimit interval %d burst %d leak %d\n", limit.interval, limit.burst,
		 limit.leak);
}

/* Answers to this many packets at this pace; 0: all at once. */
static uint64_t model_answers(struct chrony *chrony, uint32_t rate, uint64_t packets)
{
	uint64_t answers = 0;

	for (uint64_t i = 0; i < packets; i++)
		answers += chrony_answers(chrony, HOUR + (rate ? i * SECOND / rate : 0));
	return answers;
}

static double model_mean(struct chrony_limit limit, uint32_t rate, bool *inverts)
{
	uint64_t answers = 0, inverted = 0;
	struct chrony chrony;

	for (uint64_t run = 1; run <= MODEL_RUNS; run++) {
		chrony_start(&chrony, limit, false, run);
		answers += model_answers(&chrony, rate, PACKETS);
		chrony_start(&chrony, limit, true, run);
		inverted += model_answers(&chrony, rate, PACKETS);
	}
	*inverts = answers != inverted;
	return (double)answers / MODEL_RUNS;
}

static struct tally flood_one(struct world *world, struct chrony_limit limit, uint32_t rate, uint64_t packets,
			      uint64_t seed)
{
	char policy[128];

	policy_of(limit, policy, sizeof(policy));
	world_begin(world, policy, seed);
	world_flood(world, flood_from("192.0.2.10", 32, 1, rate), 1);
	world_run(world, packets);
	return world_tally(world);
}

static void at_pace(struct world *world, uint32_t rate, unsigned int *inverted)
{
	double worst = 0, sum = 0;
	size_t worst_at = 0;

	for (size_t i = 0; i < COUNT(sets); i++) {
		struct tally tally = flood_one(world, sets[i], rate, PACKETS, rate * COUNT(sets) + i);
		bool inverts;
		double want = model_mean(sets[i], rate, &inverts);
		double off = 100 * ((double)tally_passed(&tally) - want) / want;

		*inverted += inverts;
		sum += off;
		if (fabs(off) > worst)
			worst_at = i;
		worst = fmax(worst, fabs(off));
	}
	table_at_most(worst, TOLERANCE, "%",
		      "%u/s: answers beside chrony's, worst (interval %d burst %d leak %d; mean %+.2f %%)", rate,
		      sets[worst_at].interval, sets[worst_at].burst, sets[worst_at].leak, sum / COUNT(sets));
}

/* All at once nothing is regained: what is paid for is the burst, to the packet. */
static void at_once(struct world *world)
{
	uint64_t packets = 80000; /* twice the largest burst, of 2^15, and more */
	unsigned int differ = 0;

	for (size_t i = 0; i < COUNT(sets); i++) {
		struct tally tally = flood_one(world, sets[i], 0, packets, i);
		struct chrony chrony;

		chrony_start(&chrony, sets[i], false, 1);
		model_answers(&chrony, 0, packets);
		differ += tally.of[NG_V_REQUEST_IN_LIMIT] != chrony.bought;
	}
	table_at_most(differ, 0, "", "all at once: settings of %zu whose burst is not chrony's to the packet",
		      COUNT(sets));
}

void figures_conformance(struct world *world)
{
	unsigned int inverted = 0;

	table_title("1. One source, 20 settings of ratelimit: does it get chrony's answers?");
	for (size_t i = 0; i < COUNT(rates); i++)
		if (world->is_full || i % 3 == 0)
			at_pace(world, rates[i], &inverted);
	at_once(world);
	table_tell(inverted, "", "settings and paces at which chrony's inverted leak, left out here, would differ");
}
