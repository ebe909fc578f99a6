// SPDX-License-Identifier: GPL-2.0-only
/* Two CPUs at once: do they let in together what one would? */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "figures.h"
#include "table.h"

#define CPUS 2
#define MANY (NG_LIMIT_SETS * NG_LIMIT_WAYS / 4)

struct worker {
	struct world *world;
	unsigned int cpu;
	uint64_t packets;
	pthread_barrier_t *start;
};

static void *work(void *context)
{
	struct worker *worker = context;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(worker->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	pthread_barrier_wait(worker->start);
	world_run(worker->world, worker->packets);
	return NULL;
}

/* So many packets, an equal part on each CPU; on one alone if there is to be one. */
static struct tally run_on(struct world *world, unsigned int cpus, uint64_t packets)
{
	struct worker workers[CPUS];
	pthread_t threads[CPUS];
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, cpus);
	for (unsigned int i = 0; i < cpus; i++) {
		workers[i] = (struct worker){ .world = world, .cpu = i, .packets = packets / cpus, .start = &start };
		if (pthread_create(&threads[i], NULL, work, &workers[i]))
			world_fail("a thread", EAGAIN);
	}
	for (unsigned int i = 0; i < cpus; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
	return world_tally(world);
}

/* One source and a clock that stands still: what is let in within the limit is the burst. Its end, and each
 * packet that leaks, is a moment at which two CPUs can disagree. */
static void one_source(struct world *world)
{
	uint64_t packets = world->is_full ? 20000000 : 4000000, most = 0;
	unsigned int rounds = world->is_full ? 10 : 3;
	struct tally tally = { 0 };

	for (unsigned int round = 0; round < rounds; round++) {
		world_begin(world, "default limit\nratelimit interval 12 burst 255 leak 4\n", round + 1);
		world_flood(world, flood_from("192.0.2.10", 32, 1, 0), 1);
		tally = run_on(world, CPUS, packets / rounds);
		if (tally.of[NG_V_REQUEST_IN_LIMIT] > most)
			most = tally.of[NG_V_REQUEST_IN_LIMIT];
	}
	table_between((double)world_clients_dropped(world), (double)tally.of[NG_V_SOURCE_RATE],
		      (double)tally.of[NG_V_SOURCE_RATE], "",
		      "one source: packets that the list of clients has, of %llu dropped",
		      (unsigned long long)tally.of[NG_V_SOURCE_RATE]);
	table_between((double)most, 255, 255 + CPUS - 1, "",
		      "one source, the clock standing still: in its limit of 255 (most of %u rounds)", rounds);
	table_between(100.0 * (double)tally.of[NG_V_REQUEST_LEAKED] * rounds / (double)packets, 6, 6.5, "%",
		      "one source: leaked, where 1 in 16 does");
}

/* The tallies of one CPU and of two, of the same packets. */
static void run_both(struct world *world, const char *policy, struct flood flood, uint64_t packets,
		     struct tally tally[CPUS])
{
	for (unsigned int cpus = 1; cpus <= CPUS; cpus++) {
		world_begin(world, policy, cpus);
		world_flood(world, flood, 1);
		tally[cpus - 1] = run_on(world, cpus, packets);
	}
}

/* Sixteen times a second a packet's worth is regained, and both CPUs are there at once to have it. */
static void regained(struct world *world, uint64_t packets)
{
	struct tally tally[CPUS];
	double one, two;

	run_both(world, "default limit\nratelimit interval -4 burst 32 leak 4\n",
		 flood_from("192.0.2.10", 32, 1, 1000000), packets, tally);
	one = (double)tally[0].of[NG_V_REQUEST_IN_LIMIT];
	two = (double)tally[1].of[NG_V_REQUEST_IN_LIMIT];
	table_between(two, 0.98 * one, 1.02 * one, "", "one source, 1 M packets/s: in its limit (one CPU: %.0f)", one);
}

/* A quarter as many sources as there are places for, each many times, and the clock standing still. */
static void many_sources(struct world *world, uint64_t packets)
{
	struct tally tally[CPUS];
	double one, two;

	run_both(world, "default limit\nratelimit interval 12 burst 4 leak 4\n", flood_from("0.0.0.0", 0, MANY, 0),
		 packets, tally);
	one = (double)tally[0].of[NG_V_REQUEST_IN_LIMIT];
	two = (double)tally[1].of[NG_V_REQUEST_IN_LIMIT];
	table_between(two, 0.999 * one, 1.001 * one, "",
		      "%u sources, the clock standing still: in their limits (one CPU: %.0f)", MANY, one);
}

static void whole_host(struct world *world, uint64_t packets)
{
	struct flood flood = flood_from("0.0.0.0", 0, 1000000, 2000000);
	struct tally tally[CPUS];
	double one, two;

	run_both(world, PUBLIC_SERVER, flood, packets, tally);
	one = (double)tally_passed(&tally[0]);
	two = (double)tally_passed(&tally[1]);
	table_between(two, 0.999 * one, 1.001 * one, "",
		      "a million sources, 2 M packets/s, public-server: let in (one CPU: %.0f)", one);
}

void figures_parallel(struct world *world)
{
	uint64_t packets = world->is_full ? 32000000 : 4000000;

	table_title("5. Two CPUs at once");
	if (sysconf(_SC_NPROCESSORS_ONLN) < CPUS)
		return;
	one_source(world);
	regained(world, packets);
	many_sources(world, packets);
	whole_host(world, packets);
}
