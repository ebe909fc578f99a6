// SPDX-License-Identifier: GPL-2.0-only
/* bpf/limit.h and bpf/regulars.h compiled for the host, over maps that are arrays: the arithmetic one by one, then sets
 * that are full, then what two CPUs do to one mark between each other's steps. */
#include "unit.h"

#define NATIVE "limit.h"
#include "native.h"

#define SECOND_NS 1000000000ull
#define TICK_NS (SECOND_NS / NG_LIMIT_HZ)
#define PERIOD_NS (1ull << NG_PERIOD_SHIFT)
#define SETS (2 * NG_LIMIT_SETS_MIN)
#define REGULAR_SETS NG_REGULAR_SETS(NG_LIMIT_SETS_MIN)

/* ---- the maps ---- */

static struct {
	struct ng_limits_state state;
	struct ng_limit_set set[SETS];
} limits;
static struct ng_regular_set regulars[REGULAR_SETS];
static struct ng_counters counters;
static struct ng_policy *policy;
static int page; /* an inner map, by its address */

static void *look_up(const void *map, const void *key)
{
	(void)key;
	if (map == &ng_limits)
		return &limits;
	if (map == &ng_regulars)
		return regulars;
	if (map == &ng_counters)
		return &counters;
	return map == &ng_pages ? (void *)&page : policy;
}

static void begin(const char *text)
{
	struct ng_draft draft;

	memset(&limits, 0, sizeof(limits));
	memset(regulars, 0, sizeof(regulars));
	memset(&counters, 0, sizeof(counters));
	unit_draft(&draft, text);
	free(policy);
	policy = ng_compile(&draft);
	assert_non_null(policy);
	ng_draft_free(&draft);
	for (size_t i = 0; i < UNIT_COUNT(ng_shared.secret); i++)
		ng_shared.secret[i] = unit_random();
	ng_replay.random = unit_random();
	ng_replay.now_ns = 1000 * PERIOD_NS + TICK_NS / 2;
}

static int end(void **state)
{
	(void)state;
	free(policy);
	policy = NULL;
	return 0;
}

static enum ng_verdict ask(uint32_t address)
{
	return ng_limit(address, 0, NG_IPV4, 0);
}

static uint32_t is_in(enum ng_verdict verdict)
{
	return verdict == NG_V_REQUEST_IN_LIMIT;
}

/* ---- arithmetic ---- */

static const uint32_t edges[] = { 0,	   1,	     2,		255,	    256,	0xffff,
				  0x10000, 0xffffff, 0x1000000, 0x3fffffff, 0x7ffffffe, 0x7fffffff };

static void masks(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(edges); i++)
		for (size_t j = 0; j < UNIT_COUNT(edges); j++) {
			assert_int_equal(ng_if_ge(edges[i], edges[j]), edges[i] >= edges[j] ? ~0u : 0);
			assert_int_equal(ng_if_equal(edges[i], edges[j]), i == j ? ~0u : 0);
			assert_int_equal(ng_if_equal(~edges[i], ~edges[j]), i == j ? ~0u : 0);
		}
	for (int i = 0; i < 1000000; i++) {
		uint32_t a = (uint32_t)unit_random() >> (1 + unit_below(31)),
			 b = (uint32_t)unit_random() >> (1 + unit_below(31));

		assert_int_equal(ng_if_ge(a, b), a >= b ? ~0u : 0);
		assert_int_equal(ng_if_equal(a, b), a == b ? ~0u : 0);
		assert_int_equal(ng_pick(~0u, a, b), a);
		assert_int_equal(ng_pick(0, a, b), b);
	}
}

/* Never ahead, and behind by less than a tick and one in 2^30. */
static void check_ticks(uint64_t now_ns)
{
	uint64_t exact = now_ns / TICK_NS, got = ng_ticks(now_ns);

	assert_true(got <= exact);
	assert_true(exact - got <= 1 + (exact >> 30));
	assert_true(ng_ticks(now_ns + TICK_NS) - got <= 2);
}

static void ticks(void **state)
{
	(void)state;
	for (int bit = 0; bit < 57; bit++)
		for (int more = -1; more <= 1; more++)
			check_ticks((1ull << bit) + (uint64_t)more * (bit > 0));
	for (int i = 0; i < 1000000; i++)
		check_ticks(unit_random() >> (7 + unit_below(40)));
	for (uint64_t now_ns = 0, before = 0; now_ns < 100 * SECOND_NS; now_ns += 1000003) {
		uint64_t now = ng_ticks(now_ns);

		assert_true(now == before || now == before + 1);
		before = now;
	}
}

/* Beyond what 64 bits of the product hold only the upper half is lost, of which nobody reads anything. */
static void ticks_wrap(void **state)
{
	const uint64_t eras[] = { 1ull << 57, 268435456 * SECOND_NS, 1ull << 60, 1800000000 * SECOND_NS };

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(eras); i++)
		for (uint64_t tick = 0; tick < 100; tick++) {
			uint32_t step = (uint32_t)ng_ticks(eras[i] + (tick + 1) * TICK_NS) -
					(uint32_t)ng_ticks(eras[i] + tick * TICK_NS);

			assert_true(step <= 2);
		}
}

static void charges(void **state)
{
	(void)state;
	for (int i = 0; i < 1000000; i++) {
		uint32_t room = 1 + (uint32_t)(unit_random() >> 40), now = (uint32_t)unit_random();
		uint32_t missing = unit_below(room + 1);

		assert_int_equal(ng_charge(now + missing, now, room), missing);
		assert_int_equal(ng_charge(now - missing, now, room), 0);
		assert_int_equal(ng_charge(now - (uint32_t)(unit_random() >> 33), now, room), 0);
	}
	assert_int_equal(ng_charge(5, 0xfffffffb, 10), 10); /* over the edge */
	assert_int_equal(ng_charge(0, 0x7fffffff, 255), 0);
	assert_int_equal(ng_charge(0x7fffffff, 0, 255), 0); /* nonsense */
}

/* A request in N calls of so many bits gets each number alike. */
static void chance(void **state)
{
	(void)state;
	begin("default limit");
	for (uint32_t bits = 0; bits <= 20; bits++) {
		const uint64_t tries = 1u << 18, want = tries >> (bits < 8 ? bits : 8);
		uint64_t zeros = 0;

		for (uint64_t i = 0; i < tries; i++) {
			uint32_t number = ng_random_bits(&counters, bits);

			assert_true(number < 1u << bits);
			zeros += !(number & 0xff);
		}
		assert_true((zeros - want) * (zeros - want) <= 36 * want);
	}
}

/* ---- where marks are ---- */

/* Those of one limit lie apart from all others', and inside the map. */
static void places(void **state)
{
	static uint32_t of[SETS];

	(void)state;
	memset(of, 0, sizeof(of));
	for (uint32_t rung = 0; rung <= NG_PREFIX_LIMITS; rung++)
		for (int i = 0; i < 100000; i++) {
			struct ng_pace pace = { .rung = rung };
			uint32_t set = ng_set_of(&pace, (uint32_t)unit_random());

			assert_true(set < SETS);
			assert_true(!of[set] || of[set] == rung + 1);
			of[set] = rung + 1;
		}
	for (uint32_t set = 0; set < SETS; set++)
		assert_int_equal(of[set], set < NG_LIMIT_SETS_MIN
						  ? 1
						  : 2 + (set - NG_LIMIT_SETS_MIN) / NG_RUNG_SETS(NG_LIMIT_SETS_MIN));
}

/* Under any secret, addresses in a row, with any step, spread over all sets, and no set gets twice its share. */
static void spread(void **state)
{
	static const uint32_t steps[] = { 1, 2, 256, 0x01000000, 0x00010000, 0x10001, 4096 };

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(steps); i++)
		for (int secret = 0; secret < 50; secret++) {
			const uint32_t share = 256;
			uint32_t in[NG_LIMIT_SETS_MIN] = { 0 }, most = 0;

			begin("default limit");
			for (uint32_t a = 0; a < share * NG_LIMIT_SETS_MIN; a++) {
				struct ng_endpoint from = { .upper = a * steps[i] + (a * (uint64_t)steps[i] >> 32) };

				in[ng_hash(ng_shared.secret, from) % NG_LIMIT_SETS_MIN]++;
			}
			for (size_t set = 0; set < NG_LIMIT_SETS_MIN; set++)
				most = in[set] > most ? in[set] : most;
			assert_true(most <= 2 * share);
		}
}

/* The address's set in a table of so many. */
static uint32_t set_of(uint32_t address, uint32_t ports, uint32_t sets)
{
	struct ng_endpoint from = { .upper = address, .ports = ports };

	return (uint32_t)ng_hash(ng_shared.secret, from) % sets;
}

#define OF_LIMITS (32u << 8 | NG_IPV4), NG_LIMIT_SETS_MIN
#define OF_REGULARS (0xff00u | NG_IPV4), REGULAR_SETS

/* So many addresses that share the first one's set. */
static void share_set(uint32_t *address, size_t count, uint32_t ports, uint32_t sets)
{
	uint32_t next = address[0] = (uint32_t)unit_random();

	for (size_t i = 1; i < count; i++) {
		do
			next++;
		while (set_of(next, ports, sets) != set_of(address[0], ports, sets));
		address[i] = next;
	}
}

/* ---- sets that are full ---- */

#define WAYS NG_LIMIT_WAYS

/* A newcomer takes the place of the bucket nearest to full. */
static void displaced(void **state)
{
	(void)state;
	for (size_t lightest = 0; lightest < WAYS; lightest++) {
		uint32_t address[WAYS + 1];

		begin("default limit\nratelimit interval 12 burst 4 leak 4");
		share_set(address, WAYS + 1, OF_LIMITS);
		for (size_t i = 0; i < WAYS; i++)
			for (size_t packet = 0; packet < (i == lightest ? 3u : 4u); packet++)
				assert_int_equal(ask(address[i]), NG_V_REQUEST_IN_LIMIT);
		assert_int_equal(counters.displaced[0], 0);
		for (size_t i = 0; i < WAYS; i++)
			if (i != lightest)
				assert_false(is_in(ask(address[i])));
		assert_int_equal(ask(address[WAYS]), NG_V_REQUEST_IN_LIMIT);
		assert_int_equal(counters.displaced[0], 1);
		for (size_t i = 0; i < WAYS; i++)
			if (i != lightest)
				assert_false(is_in(ask(address[i])));
	}
}

/* A bucket that is full again gives up its place, and nobody is displaced. */
static void full_again(void **state)
{
	uint32_t address[2 * WAYS];

	(void)state;
	begin("default limit\nratelimit interval 0 burst 4 leak 4");
	share_set(address, 2 * WAYS, OF_LIMITS);
	for (size_t i = 0; i < WAYS; i++)
		assert_int_equal(ask(address[i]), NG_V_REQUEST_IN_LIMIT);
	ng_replay.now_ns += SECOND_NS + TICK_NS;
	for (size_t i = WAYS; i < 2 * WAYS; i++)
		assert_int_equal(ask(address[i]), NG_V_REQUEST_IN_LIMIT);
	assert_int_equal(counters.displaced[0], 0);
}

/* One who asks without pause, among ten times as many others as there are places, each of whom comes once: it gets its
 * limit and what leaks, and none of them is refused. */
static void heavy(void **state)
{
	const uint32_t others = 10 * NG_LIMIT_SETS_MIN * WAYS;
	uint32_t one, passed = 0, leaked = 0, asked = 0;

	(void)state;
	begin("default limit\nratelimit interval 0 burst 8 leak 4");
	one = (uint32_t)unit_random();
	for (uint32_t i = 1; i <= others; i++) {
		assert_int_equal(ask(one + i), NG_V_REQUEST_IN_LIMIT);
		for (int times = 0; times < 4; times++, asked++) {
			enum ng_verdict verdict = ask(one);

			passed += is_in(verdict);
			leaked += verdict == NG_V_REQUEST_LEAKED;
		}
		ng_replay.now_ns += SECOND_NS / 100;
	}
	assert_true(passed >= 8);
	assert_true(passed <= 8 + others / 100 + 1);
	assert_true(leaked <= asked / 16 + asked / 64);
}

/* The error bound: who sends more than its share of what all places together let in is held, though all others fill
 * their buckets too; who sends less is let in, because it is forgotten. */
static void share(void **state)
{
	const uint32_t places = NG_LIMIT_SETS_MIN * WAYS, packets = 64 * places;
	uint32_t refused[2] = { 0 }, asked[2] = { 0 };

	(void)state;
	for (int is_light = 0; is_light < 2; is_light++) {
		uint32_t every = is_light ? places * 64 : places / 8, one;

		begin("default limit\nratelimit interval 12 burst 1 leak 4");
		one = (uint32_t)unit_random();
		for (uint32_t i = 1; i <= packets * (is_light ? 16 : 1); i++) {
			ask(one + i);
			if (i % every)
				continue;
			asked[is_light]++;
			refused[is_light] += ask(one) == NG_V_SOURCE_RATE;
			ng_replay.now_ns += TICK_NS; /* later ones are further from full */
		}
	}
	assert_true(refused[0] * 2 > asked[0]);
	assert_true(refused[1] * 2 < asked[1]);
}

/* ---- regulars ---- */

static uint64_t regular_mark(uint64_t tag, uint64_t period, uint64_t seen)
{
	return tag << 40 | (period & 0xffff) << NG_PERIODS | seen;
}

static void ages(void **state)
{
	(void)state;
	for (uint32_t now = 0xffe0; now < 0x10040; now++)
		for (uint32_t age = 0; age < 0x10000; age += age < 50 ? 1 : 977) {
			uint64_t mark = regular_mark(0xabcdef, now - age, 0x800001);

			assert_int_equal(ng_regular_tag(mark), 0xabcdef);
			assert_int_equal(ng_regular_age(mark, now & 0xffff), age < NG_PERIODS ? age : NG_PERIODS);
			assert_int_equal(ng_regular_seen(mark, now & 0xffff), age < NG_PERIODS ? 0x800001 >> age : 0);
			assert_int_equal(ng_regular_age(regular_mark(0xabcdef, now - age, 0), now & 0xffff),
					 NG_PERIODS);
		}
	for (uint32_t seen = 0; seen < 1u << NG_PERIODS; seen++)
		assert_int_equal(ng_regular_is(seen), __builtin_popcount(seen) >= NG_REGULAR_AFTER ? ~0u : 0);
}

static int meet(uint32_t address, int learn)
{
	return ng_regulars_meet(address, 0, NG_IPV4, learn);
}

/* A regular, from so many periods on. */
static void make_regular(const uint32_t *address, size_t count, uint32_t periods)
{
	for (uint32_t i = 0; i < periods; i++) {
		ng_replay.now_ns += PERIOD_NS;
		for (size_t each = 0; each < count; each++)
			meet(address[each], 1);
	}
}

static void becomes_regular(void **state)
{
	(void)state;
	for (uint64_t start = 0xfff0; start < 0x10010; start++) { /* periods, of which 16 bits are kept */
		uint32_t one;

		begin("default limit");
		ng_replay.now_ns = start * PERIOD_NS;
		one = (uint32_t)unit_random();
		for (int period = 1; period <= 2 * NG_PERIODS; period++) {
			for (int times = 0; times < 3; times++)
				meet(one, 1);
			assert_int_equal(meet(one, 0), period >= NG_REGULAR_AFTER);
			assert_int_equal(meet(one + 1, 0), 0);
			ng_replay.now_ns += PERIOD_NS;
		}
		ng_replay.now_ns += (NG_PERIODS - NG_REGULAR_AFTER - 1) * PERIOD_NS;
		assert_int_equal(ng_regular_is(1), 0);
		assert_int_equal(meet(one, 0), 1);
		ng_replay.now_ns += (NG_PERIODS + 1) * PERIOD_NS;
		assert_int_equal(meet(one, 0), 0);
	}
}

/* A stranger is not noted, unless it is to be learned; a regular always is. */
static void notes(void **state)
{
	uint32_t one;

	(void)state;
	begin("default limit");
	one = (uint32_t)unit_random();
	for (int period = 0; period < 2 * NG_REGULAR_AFTER; period++) {
		ng_replay.now_ns += PERIOD_NS;
		assert_int_equal(meet(one, 0), 0);
	}
	make_regular(&one, 1, NG_REGULAR_AFTER);
	for (int period = 0; period < 4 * NG_PERIODS; period++) {
		ng_replay.now_ns += PERIOD_NS;
		assert_int_equal(meet(one, 0), 1);
	}
}

static void never_displaced(void **state)
{
	uint32_t address[4 * NG_REGULAR_WAYS];

	(void)state;
	begin("default limit");
	share_set(address, UNIT_COUNT(address), OF_REGULARS);
	make_regular(address, NG_REGULAR_WAYS, NG_REGULAR_AFTER);
	for (uint32_t period = 0; period < NG_PERIODS - NG_REGULAR_AFTER; period++) {
		ng_replay.now_ns += PERIOD_NS;
		for (size_t i = NG_REGULAR_WAYS; i < UNIT_COUNT(address); i++)
			assert_int_equal(meet(address[i], 1), 0);
	}
	for (size_t i = 0; i < NG_REGULAR_WAYS; i++)
		assert_int_equal(meet(address[i], 0), 1);
}

/* A newcomer keeps its place for this period and the next. */
static void keeps_its_place(void **state)
{
	(void)state;
	for (uint32_t later = 0; later <= 3; later++) {
		uint32_t address[2 * NG_REGULAR_WAYS];

		begin("default limit");
		share_set(address, UNIT_COUNT(address), OF_REGULARS);
		make_regular(address, NG_REGULAR_WAYS, 1);
		ng_replay.now_ns += later * PERIOD_NS;
		for (size_t i = NG_REGULAR_WAYS; i < 2 * NG_REGULAR_WAYS; i++)
			meet(address[i], 1);
		make_regular(address + NG_REGULAR_WAYS, NG_REGULAR_WAYS, NG_REGULAR_AFTER - 1);
		for (size_t i = NG_REGULAR_WAYS; i < 2 * NG_REGULAR_WAYS; i++)
			assert_int_equal(meet(address[i], 0), later >= 2);
	}
}

/* Of those who may go it is who has not come for longest. */
static void who_goes(void **state)
{
	uint32_t address[NG_REGULAR_WAYS + 1];

	(void)state;
	begin("default limit");
	share_set(address, UNIT_COUNT(address), OF_REGULARS);
	for (size_t i = 0; i < NG_REGULAR_WAYS; i++)
		make_regular(&address[(i + 3) % NG_REGULAR_WAYS], 1, 1);
	ng_replay.now_ns += 2 * PERIOD_NS;
	meet(address[NG_REGULAR_WAYS], 1);
	for (int periods = 1; periods < NG_REGULAR_AFTER; periods++) {
		ng_replay.now_ns += PERIOD_NS;
		for (size_t i = 0; i < NG_REGULAR_WAYS; i++)
			meet(address[(i + 4) % NG_REGULAR_WAYS], 1); /* who went comes last */
	}
	for (size_t i = 0; i < NG_REGULAR_WAYS; i++)
		assert_int_equal(meet(address[i], 0), i != 3);
}

/* ---- the host's, under clocks of all eras ---- */

/* A capture's clock counts from 1970. */
static void eras(void **state)
{
	(void)state;
	for (uint64_t year = 0; year < 100; year++) {
		begin("default limit\ngloballimit 10 burst 10");
		ng_replay.now_ns = year * 31556952 * SECOND_NS;
		if (!is_in(ask(1)))
			fail_msg("%llu years after 1970 the first request is refused", (unsigned long long)year);
	}
}

/* ---- two CPUs ---- */

static struct ng_asking asking_from(uint32_t address, struct ng_scratch *scratch)
{
	struct ng_asking asking = { .state = &limits.state,
				    .policy = policy,
				    .counters = &counters,
				    .from = { .upper = address, .ports = NG_IPV4 },
				    .now_ns = ng_now(),
				    .scratch = scratch };

	memset(scratch, 0, sizeof(*scratch));
	ng_host_find(&asking);
	return asking;
}

/* Both find the bucket before either spends; `skew`: the second one's clock is a tick ahead. */
static void both_ask(uint32_t one, uint32_t other, int skew)
{
	struct ng_scratch scratch[2];
	struct ng_asking first = asking_from(one, &scratch[0]), second;

	ng_limits_find(&first);
	ng_replay.now_ns += skew ? TICK_NS : 0;
	second = asking_from(other, &scratch[1]);
	ng_limits_find(&second);
	ng_limits_spend(&second);
	ng_limits_spend(&first);
}

/* Two that find the last room at the same moment leave none. */
static void last_room(void **state)
{
	static const char *const texts[] = { "ratelimit interval 12 burst 8 leak 4",
					     "ratelimit interval 12 burst 1 leak 4",
					     "prefixlimit 24 48 interval 12 burst 8 leak 4",
					     "globallimit 1 burst 8\nregulars off" };

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
		char text[100];
		uint32_t one, in = 0;

		snprintf(text, sizeof(text), "default limit\n%s", texts[i]);
		begin(text);
		one = (uint32_t)unit_random();
		for (int count = 0; count < (i == 1 ? 0 : 7); count++)
			assert_int_equal(ask(one), NG_V_REQUEST_IN_LIMIT);
		both_ask(one, one, 0);
		for (int count = 0; count < 100; count++)
			in += is_in(ask(one));
		if (in)
			fail_msg("%s: %u more are let in after two at once took the last room", texts[i], in);
	}
}

/* Leaks at the same moment, in a tick of its own. */
static void leaks_meet(void **state)
{
	struct ng_scratch scratch[2];
	struct ng_asking one, other;
	uint32_t in = 0;

	(void)state;
	begin("default limit\nratelimit interval 12 burst 8 leak 4");
	for (int count = 0; count < 8; count++)
		assert_int_equal(ask(7), NG_V_REQUEST_IN_LIMIT);
	ng_replay.now_ns += TICK_NS;
	one = asking_from(7, &scratch[0]);
	other = asking_from(7, &scratch[1]);
	ng_limits_find(&one);
	ng_limits_find(&other);
	assert_true(scratch[0].over && scratch[1].over);
	ng_limits_spend(&one);
	ng_limits_spend(&other);
	for (int count = 0; count < 100; count++)
		in += is_in(ask(7));
	if (in)
		fail_msg("%u more are let in after two leaked at once", in);
}

/* A CPU whose clock is a tick behind meets what another has just spent. */
static void clock_behind(void **state)
{
	(void)state;
	begin("default limit\nratelimit interval 12 burst 8 leak 4");
	ng_replay.now_ns += TICK_NS;
	for (int count = 0; count < 8; count++)
		assert_int_equal(ask(7), NG_V_REQUEST_IN_LIMIT);
	ng_replay.now_ns -= TICK_NS;
	for (int count = 0; count < 8; count++)
		if (is_in(ask(7)))
			fail_msg("a tick behind, what was spent is forgotten");
}

/* Two newcomers that find the same place: one of them goes uncharged, and nothing else is lost. */
static void same_place(void **state)
{
	uint32_t address[2], in = 0;

	(void)state;
	begin("default limit\nratelimit interval 12 burst 1 leak 4");
	share_set(address, 2, OF_LIMITS);
	both_ask(address[0], address[1], 0);
	in = is_in(ask(address[0])) + is_in(ask(address[1]));
	assert_int_equal(in, 1);
	both_ask(address[0], address[0], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks),
		cmocka_unit_test(ticks),
		cmocka_unit_test(ticks_wrap),
		cmocka_unit_test(charges),
		cmocka_unit_test_teardown(chance, end),
		cmocka_unit_test(places),
		cmocka_unit_test_teardown(spread, end),
		cmocka_unit_test_teardown(displaced, end),
		cmocka_unit_test_teardown(full_again, end),
		cmocka_unit_test_teardown(heavy, end),
		cmocka_unit_test_teardown(share, end),
		cmocka_unit_test(ages),
		cmocka_unit_test_teardown(becomes_regular, end),
		cmocka_unit_test_teardown(notes, end),
		cmocka_unit_test_teardown(never_displaced, end),
		cmocka_unit_test_teardown(keeps_its_place, end),
		cmocka_unit_test_teardown(who_goes, end),
		cmocka_unit_test_teardown(eras, end),
		cmocka_unit_test_teardown(last_room, end),
		cmocka_unit_test_teardown(leaks_meet, end),
		cmocka_unit_test_teardown(clock_behind, end),
		cmocka_unit_test_teardown(same_place, end),
	};

	unit_seed("limit");
	return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
