// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../flood/object.h"
#include "policy.h"

#define BEGINNING (100 * PERIOD) /* long enough after the clock's zero for nothing to be special */
#define AT_ONCE 1000000000u /* packets of a test run */

extern const struct {
	const char *name, *data, *end;
} ng_builtin_policies[];

void world_fail(const char *what, int error)
{
	fprintf(stderr, "limits: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(1);
}

/* ---- policies ---- */

/* A public server's chrony.conf, whatever the policy imports it by. */
static int read_chrony_conf(void *context, const char *path, char **data, size_t *size)
{
	(void)context;
	(void)path;
	*data = strdup("server 198.51.100.123 iburst\nallow\n");
	*size = *data ? strlen(*data) : 0;
	return *data ? 0 : -ENOMEM;
}

static const char *public_server(size_t *size)
{
	for (int i = 0; ng_builtin_policies[i].name; i++) {
		if (strcmp(ng_builtin_policies[i].name, "public-server"))
			continue;
		*size = (size_t)(ng_builtin_policies[i].end - ng_builtin_policies[i].data);
		return ng_builtin_policies[i].data;
	}
	world_fail("public-server.policy is not built in", ENOENT);
}

static struct ng_policy *compile(const char *policy)
{
	static struct ng_findings findings;
	struct ng_prefix own[NG_FAMILIES] = { { .family = NG_IPV4, .length = 32 },
					      { .family = NG_IPV6, .length = 128 } };
	struct ng_environment host = { .own = own, .own_count = NG_FAMILIES, .read = read_chrony_conf };
	size_t size = policy ? strlen(policy) : 0;
	struct ng_policy *image;
	struct ng_draft draft;

	cast_address(HOST, NG_IPV4, own[NG_IPV4].address);
	cast_address(HOST, NG_IPV6, own[NG_IPV6].address);
	if (!policy)
		policy = public_server(&size);
	ng_draft_init(&draft);
	if (ng_policy_parse(&draft, "limits.policy", policy, size, &host, &findings)) {
		ng_findings_print(&findings, stderr);
		world_fail("the policy has errors", EINVAL);
	}
	ng_findings_free(&findings);
	image = ng_compile(&draft);
	if (!image)
		world_fail("compiling the policy", errno);
	ng_draft_free(&draft);
	return image;
}

void world_policy(struct world *world, const char *policy)
{
	struct ng_policy *image = compile(policy);
	struct ng_fault fault;

	if (ng_replay_publish(world->replayer, image, &fault))
		world_fail(fault.message, EIO);
	free(world->image);
	world->image = image;
}

/* ---- opening ---- */

static void *map_value(int map, size_t *size)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info);
	void *value;

	if (bpf_obj_get_info_by_fd(map, &info, &length))
		world_fail("a map's size", errno);
	value = mmap(NULL, info.value_size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (value == MAP_FAILED)
		world_fail("mapping a map", errno);
	if (size)
		*size = info.value_size;
	return value;
}

static struct flood_question *map_questions(int map)
{
	void *questions = mmap(NULL, FLOOD_QUESTIONS_MAX * sizeof(struct flood_question), PROT_READ | PROT_WRITE,
			       MAP_SHARED, map, 0);

	if (questions == MAP_FAILED)
		world_fail("mapping the questions", errno);
	return questions;
}

static struct bpf_map *driver_map(const struct world *world, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(world->driver, name);

	if (!map)
		world_fail(name, ENOENT);
	return map;
}

static void open_driver(struct world *world)
{
	int injected = ng_replay_map(world->replayer, NG_MAP_REPLAY);
	int program = ng_replay_program(world->replayer, NG_IN), error;
	__u32 zero = 0;

	world->driver = object_open("driver");
	error = bpf_map__reuse_fd(driver_map(world, NG_MAP_REPLAY), injected);
	if (!error)
		error = bpf_object__load(world->driver);
	if (!error && bpf_map_update_elem(bpf_map__fd(driver_map(world, FLOOD_PROGRAMS)), &zero, &program, BPF_ANY))
		error = errno;
	if (error)
		world_fail("loading the flood", error);
	world->injected = map_value(injected, NULL);
	world->flood = map_value(bpf_map__fd(driver_map(world, FLOOD_MAP)), NULL);
	world->limits = map_value(ng_replay_map(world->replayer, NG_MAP_LIMITS), NULL);
	world->questions = map_questions(bpf_map__fd(driver_map(world, FLOOD_QUESTIONS)));
}

bool world_open(struct world *world, struct ng_fault *fault)
{
	memset(world, 0, sizeof(*world));
	world->image = compile(PUBLIC_SERVER);
	if (ng_replay_open(&world->replayer, world->image, fault))
		return false;
	open_driver(world);
	return true;
}

void world_close(struct world *world)
{
	bpf_object__close(world->driver);
	ng_replay_close(world->replayer);
	free(world->image);
}

/* ---- beginning ---- */

static void forget(struct world *world, const char *name)
{
	size_t size;
	void *value = map_value(ng_replay_map(world->replayer, name), &size);

	memset(value, 0, size);
	munmap(value, size);
}

static void forget_counters(struct world *world)
{
	int cpus = libbpf_num_possible_cpus();
	struct ng_counters *each = cpus > 0 ? calloc((size_t)cpus, sizeof(*each)) : NULL;
	__u32 zero = 0;

	if (!each || bpf_map_update_elem(ng_replay_map(world->replayer, NG_MAP_COUNTERS), &zero, each, BPF_ANY))
		world_fail("clearing the counters", errno);
	free(each);
}

void world_begin(struct world *world, const char *policy, uint64_t seed)
{
	world_policy(world, policy);
	forget(world, NG_MAP_LIMITS);
	forget(world, NG_MAP_REGULARS);
	forget(world, NG_MAP_CLIENTS);
	forget_counters(world);
	world->now_ns = BEGINNING;
	world_calm(world, NG_IPV4);
	world->injected->now_ns = BEGINNING;
	world->injected->random = seed;
}

/* ---- time goes on ---- */

static uint64_t jiffy_ns(void)
{
	struct timespec tick;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick))
		world_fail("the clock's resolution", errno);
	return (uint64_t)tick.tv_nsec;
}

void world_flood(struct world *world, struct flood flood, uint64_t seed)
{
	struct frame frame = frame_request(flood.is_ipv6 ? NG_IPV6 : NG_IPV4, CLIENT);

	frame_build(&frame, &world->frame);
	flood.seed = seed;
	flood.start_ns = world->now_ns;
	flood.jiffy_ns = (__u32)jiffy_ns();
	*world->flood = flood;
}

void world_calm(struct world *world, enum ng_family family)
{
	world_flood(world, (struct flood){ .is_ipv6 = family == NG_IPV6 }, 0);
}

void world_ask(struct world *world, const __u64 address[2], uint64_t then_ns, uint32_t who)
{
	struct flood_question *question = &world->questions[world->flood->questions];

	if (world->flood->questions == FLOOD_QUESTIONS_MAX)
		world_fail("too many questions", E2BIG);
	*question = (struct flood_question){ .when_ns = then_ns, .address = { address[0], address[1] }, .who = who };
	world->flood->questions++;
}

static int by_time(const void *a, const void *b)
{
	const struct flood_question *one = a, *other = b;

	return (one->when_ns > other->when_ns) - (one->when_ns < other->when_ns);
}

void world_sort_questions(struct world *world)
{
	qsort(world->questions, world->flood->questions, sizeof(*world->questions), by_time);
}

void world_forget_questions(struct world *world)
{
	world->flood->questions = world->flood->asked = 0;
}

/* Packets of the flood and questions together. The last question's verdict is still to be noted. */
static void run(struct world *world, uint64_t packets)
{
	int program = bpf_program__fd(bpf_object__next_program(world->driver, NULL));

	while (packets) {
		uint32_t repeat = packets < AT_ONCE ? (uint32_t)packets : AT_ONCE;
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = world->frame.bytes,
			    .data_size_in = (__u32)world->frame.size, .repeat = (int)repeat);

		if (bpf_prog_test_run_opts(program, &opts))
			world_fail("running the flood", errno);
		if (opts.retval != XDP_PASS && opts.retval != XDP_DROP)
			world_fail("the flood does not reach the program", EIO);
		packets -= repeat;
	}
	if (world->flood->awaits_verdict)
		world->questions[world->flood->asked - 1].verdict = world->injected->verdict;
	world->flood->awaits_verdict = 0;
}

void world_run(struct world *world, uint64_t packets)
{
	run(world, packets);
	world->now_ns = flood_time(world->flood, world->flood->sent);
}

/* Packets of the flood that come before then and did not come yet. */
static uint64_t flood_before(const struct world *world, uint64_t then_ns)
{
	uint64_t start = world->flood->start_ns, sent = world->flood->sent, due;

	if (!world->flood->rate || then_ns <= start)
		return 0;
	due = (uint64_t)(((unsigned __int128)(then_ns - start) * world->flood->rate + SECOND - 1) / SECOND);
	return due > sent ? due - sent : 0;
}

void world_until(struct world *world, uint64_t then_ns)
{
	uint32_t questions = world->flood->asked;

	while (questions < world->flood->questions && world->questions[questions].when_ns < then_ns)
		questions++;
	run(world, flood_before(world, then_ns) + questions - world->flood->asked);
	world->now_ns = then_ns;
}

void world_skip(struct world *world, uint64_t then_ns)
{
	world->flood->start_ns += then_ns - world->now_ns;
	world->now_ns = then_ns;
}

/* ---- what became of it ---- */

bool verdict_passes(enum ng_verdict verdict)
{
	return verdict == NG_V_REQUEST_IN_LIMIT || verdict == NG_V_REQUEST_LEAKED || verdict == NG_V_REQUEST_REGULAR;
}

struct tally world_tally(struct world *world)
{
	struct ng_counters counters;
	struct tally tally;
	int error = ng_replay_counters(world->replayer, &counters);

	if (error)
		world_fail("reading the counters", error);
	for (int i = 0; i < NG_VERDICTS_MAX; i++)
		tally.of[i] = counters.row[NG_IN][NG_IPV4][i].packets + counters.row[NG_IN][NG_IPV6][i].packets;
	return tally;
}

struct tally tally_since(struct tally now, struct tally before)
{
	for (int i = 0; i < NG_VERDICTS_MAX; i++)
		now.of[i] -= before.of[i];
	return now;
}

uint64_t world_clients_dropped(struct world *world)
{
	size_t size;
	const struct ng_client_table *table = map_value(ng_replay_map(world->replayer, NG_MAP_CLIENTS), &size);
	uint64_t dropped = 0;

	for (uint32_t set = 0; set < NG_CLIENT_SETS; set++)
		for (int way = 0; way < NG_CLIENT_WAYS; way++)
			dropped += table->set[set].way[way].dropped;
	munmap((void *)table, size);
	return dropped;
}

uint64_t tally_passed(const struct tally *tally)
{
	uint64_t passed = 0;

	for (int i = 0; i < NG_VERDICTS; i++)
		passed += verdict_passes((enum ng_verdict)i) ? tally->of[i] : 0;
	return passed;
}

/* ---- addresses ---- */

struct address address_of(const char *text)
{
	struct address address = { .family = strchr(text, ':') ? NG_IPV6 : NG_IPV4 };

	if (inet_pton(address.family == NG_IPV6 ? AF_INET6 : AF_INET, text, address.words) != 1)
		world_fail(text, EINVAL);
	return address;
}

struct flood flood_from(const char *text, unsigned int length, uint64_t pool, uint64_t rate)
{
	struct address base = address_of(text);
	struct flood flood = { .pool = pool, .rate = rate, .is_ipv6 = base.family == NG_IPV6 };

	memcpy(flood.base, base.words, sizeof(flood.base));
	for (unsigned int bit = length; bit < ng_prefix_bits[base.family]; bit++)
		((uint8_t *)flood.spread)[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return flood;
}
