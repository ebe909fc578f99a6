// SPDX-License-Identifier: GPL-2.0-only
/* The limit on the whole host, whom it spares, and limits met by two CPUs at once. */
#include <bpf/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#include "limited.h"
#include "sweeps.h"

#define ROOM 8 /* packets, of the host's limit in these policies */
#define HOST_LIMIT "globallimit 8 burst 8"

/* The host's bucket is full again, and for so long that addresses are learned. */
static void calm(struct run *run)
{
	run->now_ns += (NG_CALM_TICKS + ROOM * NG_LIMIT_HZ) * TICK_NS;
}

/* Strangers take all room there is, and one more is refused. */
static void flood(struct run *run, enum ng_family family)
{
	struct frame attacker = frame_request(family, ATTACKER);

	limited_pass(run, &attacker, ROOM, "a flood");
	limited_refuse(run, &attacker, NG_V_GLOBAL_RATE, "a flood");
}

/* Asks in so many periods, the first of which has begun, and ends in the last. */
static void ask_in_periods(struct run *run, const struct frame *frame, unsigned int periods)
{
	for (unsigned int i = 0; i < periods; i++) {
		if (i)
			run->now_ns += PERIOD_NS;
		limited_pass(run, frame, 1, "in another period");
		run->now_ns += ROOM * SECOND_NS;
	}
}

static void expect_regular(struct run *run, const struct frame *frame, bool is_regular, const char *says)
{
	flood(run, frame->family);
	run_chance(run, true);
	run_frame(run, frame, is_regular ? NG_V_REQUEST_REGULAR : NG_V_GLOBAL_RATE, "%s", says);
}

/* ---- the host's limit ---- */

static void strangers(struct run *run)
{
	limited_policy(run, "default limit; " HOST_LIMIT);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		flood(run, family);
		limited_refuse(run, &client, NG_V_GLOBAL_RATE, "a client after a flood");
		run->now_ns += SECOND_NS / 8;
		limited_pass(run, &client, 1, "in time");
		limited_refuse(run, &client, NG_V_GLOBAL_RATE, "more than one in time");
		run->now_ns += 1000 * SECOND_NS;
		flood(run, family);
	}
}

/* As many as may come in a tick of 1/16 s are let in at once, whatever the burst. */
static void fast(struct run *run)
{
	const uint32_t pps = 16000;

	limited_policy(run, "default limit; globallimit %u burst 1", pps);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		limited_pass(run, &client, pps / NG_LIMIT_HZ, "in a tick");
		limited_refuse(run, &client, NG_V_GLOBAL_RATE, "after a tick's");
		run->now_ns += SECOND_NS / pps;
		limited_pass(run, &client, 1, "in time");
		limited_refuse(run, &client, NG_V_GLOBAL_RATE, "more than one in time");
	}
}

static void leaks_leave_half(struct run *run)
{
	limited_policy(run, "default limit; regulars off; ratelimit interval 12 burst 1 leak 1; " HOST_LIMIT);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		limited_pass(run, &client, 1, "within all limits");
		for (int i = 1; i <= ROOM / 2; i++)
			limited_leak(run, &client, "while the host's bucket is half full");
		run_chance(run, true);
		run_frame(run, &client, NG_V_SOURCE_RATE, "no leak below half of the host's bucket");
		run->now_ns += SECOND_NS / 8;
		limited_leak(run, &client, "half full again");
	}
}

/* Nobody is refused for what another policy allowed. */
static void smaller_limit(struct run *run)
{
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_policy(run, "default limit; globallimit 1 burst 3600");
		limited_pass(run, &client, 3600, "an hour's burst");
		run_policy(run, "default limit; globallimit 1000 burst 1000");
		limited_pass(run, &client, 1, "under a policy that has not the room for what was spent");
	}
}

/* ---- regulars ---- */

static void learning(struct run *run)
{
	limited_policy(run, "default limit; " HOST_LIMIT);
	for (EACH_FAMILY(family))
		for (unsigned int periods = 0; periods < NG_REGULAR_AFTER + 2; periods++) {
			struct frame client = frame_request(family, CLIENT);
			struct frame neighbour = frame_request(family, NEIGHBOUR);

			limited_begin(run);
			ask_in_periods(run, &client, periods);
			expect_regular(run, &client, periods >= NG_REGULAR_AFTER, "seen in some periods");
			limited_refuse(run, &neighbour, NG_V_GLOBAL_RATE, "a regular's neighbour");
		}
}

static void within_a_period(struct run *run)
{
	limited_policy(run, "default limit; " HOST_LIMIT);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		for (int i = 0; i < 100; i++) {
			limited_pass(run, &client, 1, "in one period");
			run->now_ns += 4 * SECOND_NS;
		}
		expect_regular(run, &client, false, "seen a hundred times in one period");
	}
}

/* All regulars together find a second bucket behind the strangers', and no more. */
static void second_bucket(struct run *run)
{
	limited_policy(run, "default limit; " HOST_LIMIT);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		ask_in_periods(run, &client, NG_REGULAR_AFTER);
		flood(run, family);
		for (int i = 0; i < ROOM; i++)
			run_frame(run, &client, NG_V_REQUEST_REGULAR, "regular %d behind the strangers", i);
		limited_refuse(run, &client, NG_V_GLOBAL_RATE, "a regular after two buckets");
		run->now_ns += SECOND_NS / 8;
		run_frame(run, &client, NG_V_REQUEST_REGULAR, "a regular in time");
	}
}

/* Where regulars spend half of their bucket, the other half is for those who have not asked for a while. */
static void scarce(struct run *run)
{
	limited_policy(run, "default limit; ratelimit interval 1 burst 16 leak 1; " HOST_LIMIT);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT), neighbour = frame_request(family, NEIGHBOUR);

		limited_begin(run);
		for (unsigned int i = 0; i < NG_REGULAR_AFTER; i++) {
			run->now_ns += PERIOD_NS;
			limited_pass(run, &client, 1, "in another period");
			limited_pass(run, &neighbour, 1, "in another period");
		}
		run->now_ns += ROOM * SECOND_NS;
		flood(run, family);
		for (int i = 0; i < ROOM / 2; i++)
			run_frame(run, &client, NG_V_REQUEST_REGULAR, "regular %d of the first half", i);
		limited_refuse(run, &client, NG_V_SOURCE_RATE, "in the second half, one that has just asked");
		run_frame(run, &neighbour, NG_V_REQUEST_REGULAR, "in the second half, one that has not");
		run->now_ns += SECOND_NS / 4;
		run_frame(run, &client, NG_V_REQUEST_REGULAR, "in the first half again");
		limited_refuse(run, &neighbour, NG_V_SOURCE_RATE, "in the second half, 1/4 s after it asked");
	}
}

static void own_limits(struct run *run)
{
	limited_policy(run, "default limit; ratelimit interval 10 burst 2 leak 1; " HOST_LIMIT);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT), other = frame_request(family, ATTACKER);

		limited_begin(run);
		ask_in_periods(run, &client, NG_REGULAR_AFTER);
		calm(run);
		run->now_ns += 1024 * SECOND_NS;
		for (uint32_t i = 0; i < ROOM; i++) {
			other.source[3] = (uint8_t)i;
			limited_pass(run, &other, 1, "a flood");
		}
		run_frame(run, &client, NG_V_REQUEST_REGULAR, "a regular, within its own limit");
		run_frame(run, &client, NG_V_REQUEST_REGULAR, "a regular, within its own limit");
		run_chance(run, true);
		run_frame(run, &client, NG_V_SOURCE_RATE, "a regular over its own limit, and nothing leaks");
	}
}

/* Three calm periods and a fourth: so many ticks after the host refused somebody. */
static void learning_after(struct run *run, enum ng_family family, uint64_t ticks, bool learns)
{
	struct frame client = frame_request(family, CLIENT);

	limited_begin(run);
	ask_in_periods(run, &client, NG_REGULAR_AFTER - 1);
	run->now_ns += PERIOD_NS;
	flood(run, family);
	run->now_ns += ticks * TICK_NS;
	limited_pass(run, &client, 1, "after a refusal");
	run->now_ns += ROOM * SECOND_NS;
	expect_regular(run, &client, learns, learns ? "calm since a minute" : "not calm for a minute");
}

static void learning_in_war(struct run *run)
{
	limited_policy(run, "default limit; " HOST_LIMIT);
	for (EACH_FAMILY(family)) {
		learning_after(run, family, ROOM * NG_LIMIT_HZ, false);
		learning_after(run, family, NG_CALM_TICKS, false);
		learning_after(run, family, NG_CALM_TICKS + 1, true);
	}
}

/* Others of the network, each once. */
static void spend(struct run *run, struct frame other, uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		other.source[other.family == NG_IPV4 ? 3 : 15] = (uint8_t)(first + i);
		limited_pass(run, &other, 1, "another of the network");
	}
}

/* While the network's bucket, or the host's, is less than half full. */
static void learning_under_load(struct run *run)
{
	static const char *const limits[] = { "prefixlimit 24 48 interval 0 burst 8", HOST_LIMIT };

	for (size_t i = 0; i < SWEEP_COUNT(limits); i++)
		for (EACH_FAMILY(family))
			for (uint32_t spent = ROOM / 2; spent <= ROOM / 2 + 1; spent++) {
				struct frame client = frame_request(family, CLIENT);

				limited_policy(run, "default limit; globallimit 100 burst 100; %s", limits[i]);
				for (uint32_t period = 0; period < NG_REGULAR_AFTER; period++) {
					spend(run, frame_request(family, NEIGHBOUR), 100 + period * ROOM, spent);
					limited_pass(run, &client, 1, "under load");
					run->now_ns += PERIOD_NS;
				}
				run_policy(run, "default limit; " HOST_LIMIT);
				expect_regular(run, &client, spent <= ROOM / 2, "seen under load");
			}
}

/* Who always asks as fast as its limit lets it is seen in the first period, when its bucket was full. */
static void learning_the_heavy(struct run *run)
{
	limited_policy(run, "default limit; ratelimit interval 8 burst 4; " HOST_LIMIT);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		limited_pass(run, &client, 3, "a burst");
		for (uint64_t passed = 0; passed < 2 * NG_REGULAR_AFTER * PERIOD_NS; passed += 256 * SECOND_NS) {
			limited_pass(run, &client, 1, "as fast as it may");
			run->now_ns += 256 * SECOND_NS;
		}
		run_policy(run, "default limit; " HOST_LIMIT);
		expect_regular(run, &client, false, "always near its limit");
		run_policy(run, "default limit; ratelimit interval 8 burst 4; " HOST_LIMIT);
	}
}

/* A regular that stays away is one as long as it was seen in enough of the periods that are remembered. */
static void ageing(struct run *run)
{
	const unsigned int away = NG_PERIODS - NG_REGULAR_AFTER;

	limited_policy(run, "default limit; " HOST_LIMIT);
	for (EACH_FAMILY(family))
		for (unsigned int more = 0; more < 2; more++) {
			struct frame client = frame_request(family, CLIENT);

			limited_begin(run);
			ask_in_periods(run, &client, NG_REGULAR_AFTER);
			run->now_ns += (away + more) * PERIOD_NS;
			expect_regular(run, &client, !more, more ? "away too long" : "away for hours");
		}
}

/* Under an attack that lasts, a regular stays one: each answer in it counts. */
static void siege(struct run *run)
{
	limited_policy(run, "default limit; " HOST_LIMIT);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT), attacker = frame_request(family, ATTACKER);

		limited_begin(run);
		ask_in_periods(run, &client, NG_REGULAR_AFTER);
		for (unsigned int period = 0; period < 2 * NG_PERIODS; period++) {
			run->now_ns += PERIOD_NS;
			limited_pass(run, &attacker, ROOM, "the siege");
			run_frame(run, &client, NG_V_REQUEST_REGULAR, "in period %u of a siege", period);
		}
	}
}

/* So it does under one that comes in bursts, a second in each minute, and leaves room in between. */
static void pulses(struct run *run)
{
	limited_policy(run, "default limit; " HOST_LIMIT);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		ask_in_periods(run, &client, 2 * NG_REGULAR_AFTER);
		calm(run);
		for (unsigned int minute = 0; minute < 8 * 60; minute++) {
			flood(run, family);
			run->now_ns += 30 * SECOND_NS;
			limited_pass(run, &client, 1, "a regular, in the middle of a minute");
			run->now_ns += 29 * SECOND_NS;
		}
		expect_regular(run, &client, true, "answered in each minute of eight hours");
	}
}

/* ---- two CPUs ---- */

#define MET 1000000 /* packets of each: in one run, because each run of several waits for RCU */

struct sender {
	int program;
	unsigned int cpu;
	struct packet packet;
	bool done;
	int error;
};

static void *send_all(void *context)
{
	struct sender *sender = context;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = sender->packet.bytes,
		    .data_size_in = (uint32_t)sender->packet.size, .repeat = MET);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sender->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	sender->error = bpf_prog_test_run_opts(sender->program, &run);
	__atomic_store_n(&sender->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static uint64_t all_in(const struct ng_counters *counters)
{
	uint64_t packets = 0;

	for (EACH_FAMILY(family))
		for (int verdict = 0; verdict < NG_VERDICTS_MAX; verdict++)
			packets += counters->row[NG_IN][family][verdict].packets;
	return packets;
}

/* Turns the clock by a tick now and then until both are done. */
static void turn_clock(struct run *run, const struct sender senders[2])
{
	const struct timespec pause = { .tv_nsec = 20000 };
	int map = ng_replay_map(run->replayer, NG_MAP_REPLAY);
	volatile struct ng_replay *clock = mmap(NULL, sizeof(*clock), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	if (clock == MAP_FAILED)
		run_give_up(run, "the clock cannot be mapped");
	while (!__atomic_load_n(&senders[0].done, __ATOMIC_ACQUIRE) ||
	       !__atomic_load_n(&senders[1].done, __ATOMIC_ACQUIRE)) {
		clock->now_ns = run->now_ns += TICK_NS;
		nanosleep(&pause, NULL);
	}
	munmap((void *)clock, sizeof(*clock));
}

static void send_both(struct run *run, struct sender senders[2])
{
	pthread_t threads[2];

	for (unsigned int i = 0; i < 2; i++) {
		senders[i].cpu = i;
		senders[i].program = ng_replay_program(run->replayer, NG_IN);
		if (pthread_create(&threads[i], NULL, send_all, &senders[i]))
			run_give_up(run, "no thread can be had");
	}
	turn_clock(run, senders);
	for (int i = 0; i < 2; i++)
		if (pthread_join(threads[i], NULL) || senders[i].error)
			run_give_up(run, "the packets of CPU %d cannot be run", i);
}

/* One frame each on CPU 0 and CPU 1; how many were within the limits. */
static uint64_t meet(struct run *run, const struct frame *one, const struct frame *other)
{
	const uint64_t want = 2 * MET + 1;
	struct sender senders[2] = { 0 };

	frame_build(one, &senders[0].packet);
	frame_build(other, &senders[1].packet);
	run_seed(run, 1);
	run_before(run, one); /* which sets the clock */
	send_both(run, senders);
	run->sum = run_counters(run);
	if (all_in(&run->sum) != want)
		run_complain(run, "%llu packets are counted, and %llu came", (unsigned long long)all_in(&run->sum),
			     (unsigned long long)want);
	run->frames += want;
	return run->sum.row[NG_IN][one->family][NG_V_REQUEST_IN_LIMIT].packets;
}

/* Two packets at one moment may find the same room, and no more than these. */
static void two_cpus(struct run *run)
{
	static const struct {
		const char *limit;
		enum person other;
		uint64_t room, seconds; /* packets, and a packet in so many seconds */
	} limits[] = {
		{ "ratelimit interval 12 burst 8 leak 4", CLIENT, 8, 4096 },
		{ "ratelimit interval 12 burst 1 leak 1", CLIENT, 1, 4096 },
		{ "prefixlimit 24 48 interval 12 burst 255 leak 1", NEIGHBOUR, 255, 4096 },
		{ "globallimit 1 burst 1000; regulars off", NEIGHBOUR, 1000, 1 },
	};

	for (size_t i = 0; i < SWEEP_COUNT(limits); i++)
		for (EACH_FAMILY(family)) {
			struct frame client = frame_request(family, CLIENT);
			struct frame other = frame_request(family, limits[i].other);
			uint64_t passed, room, start;

			limited_policy(run, "default limit; %s", limits[i].limit);
			start = run->now_ns;
			passed = meet(run, &client, &other);
			room = limits[i].room + (run->now_ns - start) / limits[i].seconds / SECOND_NS;
			if (passed < limits[i].room || passed > room + 2)
				run_complain(run, "%s, %s: %llu passed, where %llu may", limits[i].limit,
					     family_name(family), (unsigned long long)passed, (unsigned long long)room);
		}
}

const struct group host_sweeps[] = {
	{ "the host's limit", strangers },
	{ "the host's limit, by the tick", fast },
	{ "leaks leave half of the host's room", leaks_leave_half },
	{ "the host's limit made smaller", smaller_limit },
	{ "regulars were answered in several periods", learning },
	{ "not often in one", within_a_period },
	{ "regulars have a second bucket", second_bucket },
	{ "regulars where they are too many", scarce },
	{ "regulars within their own limits", own_limits },
	{ "nobody is learned soon after a refusal", learning_in_war },
	{ "nobody is learned under load", learning_under_load },
	{ "nobody is learned near its own limit", learning_the_heavy },
	{ "regulars that stay away", ageing },
	{ "regulars in a siege", siege },
	{ "regulars under bursts", pulses },
	{ "two CPUs meet at a limit", two_cpus },
};
const size_t host_sweep_count = SWEEP_COUNT(host_sweeps);
