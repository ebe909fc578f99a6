// SPDX-License-Identifier: GPL-2.0-only
/* Limits on addresses and networks, under a clock and chance that are turned. */
#include <stdio.h>
#include <string.h>

#include "limited.h"
#include "sweeps.h"

static const int address_bits[NG_FAMILIES] = { 32, 128 };

/* The bits from..to (0 is the first on the wire) of the sender's address; to is not among them. */
static struct frame with_bits(struct frame frame, int from, int to, uint32_t value)
{
	for (int bit = to - 1; bit >= from; bit--, value >>= 1) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8), *byte = &frame.source[bit / 8];

		*byte = (uint8_t)((*byte & ~mask) | (value & 1 ? mask : 0));
	}
	return frame;
}

static struct frame with_flipped(struct frame frame, int bit)
{
	frame.source[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	return frame;
}

/* ---- one limit ---- */

/* Where packets may come faster than ticks, those of a tick are let in at once (chrony's clientlog.c). */
static void one_burst(struct run *run, enum ng_family family, int interval, uint32_t burst)
{
	struct frame client = frame_request(family, CLIENT);
	uint32_t a_tick = interval < -4 ? 1u << -(interval + 4) : 1, ticks = interval < -4 ? 1 : 1u << (interval + 4);

	limited_begin(run);
	limited_pass(run, &client, burst > a_tick ? burst : a_tick, "a burst");
	limited_refuse(run, &client, NG_V_SOURCE_RATE, "after a burst");
	run->now_ns += (ticks - 1) * TICK_NS;
	limited_refuse(run, &client, NG_V_SOURCE_RATE, "a tick too early");
	run->now_ns += TICK_NS;
	limited_pass(run, &client, a_tick, "in time");
	limited_refuse(run, &client, NG_V_SOURCE_RATE, "more than one in time");
	run->now_ns += 2 * ticks * TICK_NS;
	limited_pass(run, &client, 2 * a_tick < burst || a_tick == 1 ? 2 * a_tick : a_tick, "in time for two");
}

static void bursts(struct run *run)
{
	for (int interval = NG_INTERVAL_MIN; interval <= NG_INTERVAL_MAX; interval++) {
		uint32_t burst = interval % 2 ? 2 : 8;

		limited_policy(run, "default limit; ratelimit interval %d burst %u leak 4", interval, burst);
		for (EACH_FAMILY(family))
			one_burst(run, family, interval, burst);
	}
}

static void full_burst(struct run *run)
{
	limited_policy(run, "default limit; ratelimit interval 0 burst %d leak 4", NG_BURST_MAX);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		limited_pass(run, &client, NG_BURST_MAX, "the largest burst");
		limited_refuse(run, &client, NG_V_SOURCE_RATE, "after it");
		run->now_ns += 10000 * SECOND_NS;
		limited_pass(run, &client, NG_BURST_MAX, "no more than that is saved");
		limited_refuse(run, &client, NG_V_SOURCE_RATE, "after it");
	}
}

static uint64_t counted(const struct run *run, enum ng_family family, enum ng_verdict verdict)
{
	return run->sum.row[NG_IN][family][verdict].packets;
}

/* 1 in 2^leak, give or take five standard deviations. */
static void leaks(struct run *run)
{
	const uint64_t tries = 8192;

	for (unsigned int bits = 1; bits <= NG_LEAK_MAX; bits++) {
		struct frame client = frame_request(NG_IPV4, CLIENT);
		uint64_t want = tries >> bits, leaked;

		limited_policy(run, "default limit; ratelimit interval 12 burst 1 leak %u", bits);
		run_seed(run, bits);
		limited_pass(run, &client, 1, "a burst of one");
		for (uint64_t i = 0; i < tries; i++)
			run_before(run, &client);
		leaked = counted(run, NG_IPV4, NG_V_REQUEST_LEAKED);
		if (leaked + counted(run, NG_IPV4, NG_V_SOURCE_RATE) != tries)
			run_complain(run, "leak %u: not all were over the limit", bits);
		if ((leaked - want) * (leaked - want) > 25 * want)
			run_complain(run, "leak %u: %llu of %llu leaked, not about %llu", bits,
				     (unsigned long long)leaked, (unsigned long long)tries, (unsigned long long)want);
	}
}

/* As in chrony: what was saved until then is lost. */
static void leak_empties(struct run *run)
{
	limited_policy(run, "default limit; ratelimit interval 0 burst 8 leak 2");
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		limited_pass(run, &client, 8, "a burst");
		run->now_ns += SECOND_NS - TICK_NS;
		limited_leak(run, &client, "a tick too early");
		run->now_ns += TICK_NS;
		limited_refuse(run, &client, NG_V_SOURCE_RATE, "in time, if it had not leaked");
		run->now_ns += SECOND_NS - TICK_NS;
		limited_pass(run, &client, 1, "a second after the leak");
		limited_refuse(run, &client, NG_V_SOURCE_RATE, "and one more");
	}
}

/* ---- what spends nothing ---- */

static void dropped(struct run *run)
{
	static const struct {
		struct message message;
		enum ng_verdict verdict;
	} junk[] = { { mode7(2, 3, 42, 8), NG_V_MODE7 }, { mode6(2, 2, 12), NG_V_MODE6 },
		     { ntp(4, 3, 47), NG_V_MALFORMED },	 { ntp(4, 1, 48), NG_V_PEER_DENIED },
		     { ntp(4, 5, 48), NG_V_BROADCAST },	 { ntp(4, 3, 48), NG_V_DENIED } };
	static const char *const policies[] = { "ratelimit interval 12 burst 2",
						"prefixlimit 24 48 interval 12 burst 2", "globallimit 2 burst 2" };

	for (size_t i = 0; i < SWEEP_COUNT(policies); i++)
		for (size_t j = 0; j < SWEEP_COUNT(junk); j++)
			for (EACH_FAMILY(family)) {
				struct frame client = frame_request(family, CLIENT), bad = client;
				bool denied = junk[j].verdict == NG_V_DENIED;

				bad.message = junk[j].message;
				limited_policy(run, "default limit; %s%s", policies[i], denied ? "; deny CLIENT" : "");
				for (int count = 0; count < 10; count++)
					run_frame(run, &bad, junk[j].verdict, "before the burst");
				if (denied)
					limited_policy(run, "default limit; %s", policies[i]);
				limited_pass(run, &client, 2, "what was dropped before spent nothing");
			}
}

static void allowed(struct run *run)
{
	limited_policy(
		run,
		"default limit; allow CLIENT; ratelimit interval 12 burst 2; prefixlimit 24 48 interval 12 burst 2;"
		"globallimit 2 burst 2");
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT), neighbour = frame_request(family, NEIGHBOUR);

		limited_begin(run);
		for (int i = 0; i < 100; i++)
			run_frame(run, &client, NG_V_REQUEST_ALLOWED, "allowed, packet %d", i);
		limited_pass(run, &neighbour, 2, "what is allowed spends nothing of its network's or the host's");
	}
}

static void refused(struct run *run)
{
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT), neighbour = frame_request(family, NEIGHBOUR);

		limited_policy(run,
			       "default limit; ratelimit interval 12 burst 2; prefixlimit 24 48 interval 0 burst 2");
		limited_pass(run, &neighbour, 2, "the network's burst");
		limited_refuse(run, &client, NG_V_PREFIX_RATE, "over the network's");
		run->now_ns += 2 * SECOND_NS;
		limited_pass(run, &client, 2, "what the network's limit refuses spends nothing of the address's");
		limited_policy(run,
			       "default limit; ratelimit interval 12 burst 2; prefixlimit 24 48 interval 12 burst 4");
		limited_pass(run, &client, 2, "the address's burst");
		limited_refuse(run, &client, NG_V_SOURCE_RATE, "over the address's");
		limited_pass(run, &neighbour, 2, "what the address's limit refuses spends nothing of the network's");
		limited_policy(run,
			       "default limit; regulars off; ratelimit interval 12 burst 2; globallimit 4 burst 2");
		limited_pass(run, &neighbour, 2, "the host's burst");
		limited_refuse(run, &client, NG_V_GLOBAL_RATE, "over the host's");
		run->now_ns += SECOND_NS;
		limited_pass(run, &client, 2, "what the host's limit refuses spends nothing of the address's");
	}
}

/* Symmetric packets and requests of every version share one bucket. */
static void shared(struct run *run)
{
	static const struct message messages[] = { ntp(1, 0, 48),  ntp(1, 3, 48), ntp(3, 1, 48),
						   ntp(4, 3, 228), ntp(4, 1, 68), ntp(2, 3, 48) };

	limited_policy(run, "default limit; symmetric limit; ratelimit interval 12 burst %zu leak 4",
		       SWEEP_COUNT(messages));
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		for (size_t i = 0; i < SWEEP_COUNT(messages); i++) {
			client.message = messages[i];
			client.sport = (uint16_t)(50000 + i);
			limited_pass(run, &client, 1, "another kind of request");
		}
		for (size_t i = 0; i < SWEEP_COUNT(messages); i++) {
			client.message = messages[i];
			limited_refuse(run, &client, NG_V_SOURCE_RATE, "after all kinds");
		}
	}
}

/* ---- networks ---- */

static void one_mask(struct run *run, enum ng_family family, int length)
{
	struct frame client = frame_request(family, CLIENT), outside = with_flipped(client, length - 1);

	limited_pass(run, &client, 1, "a network's only packet");
	limited_refuse(run, &client, NG_V_PREFIX_RATE, "its second");
	for (int bit = length; bit < address_bits[family]; bit += bit < length + 2 ? 1 : 7) {
		struct frame inside = with_flipped(client, bit);

		limited_refuse(run, &inside, NG_V_PREFIX_RATE, "another address of the network");
	}
	limited_pass(run, &outside, 1, "the network beside it");
}

static void masks(struct run *run)
{
	for (int length = 1; length <= address_bits[NG_IPV6]; length++) {
		int ipv4 = (length - 1) % address_bits[NG_IPV4] + 1;
		bool by_a_byte = (length + 1) % 8 <= 2; /* a policy takes longer than what is tried of it */

		if (length > address_bits[NG_IPV4] && !by_a_byte)
			continue;
		limited_policy(run, "default limit; prefixlimit %d %d interval 12 burst 1 leak 4", ipv4, length);
		one_mask(run, NG_IPV4, ipv4);
		one_mask(run, NG_IPV6, length);
	}
}

static const struct rung {
	int lengths[NG_FAMILIES];
	uint32_t burst;
} ladder[] = { { { 28, 64 }, 2 }, { { 24, 56 }, 4 }, { { 16, 48 }, 8 }, { { 8, 32 }, 16 } };
#define RUNGS SWEEP_COUNT(ladder)

/* Senders that have this rung's network in common and no narrower one; as many as fill it, and one more. */
static void one_rung(struct run *run, enum ng_family family, size_t rung)
{
	int length = ladder[rung].lengths[family],
	    narrower = rung ? ladder[rung - 1].lengths[family] : address_bits[family];
	struct frame client = frame_request(family, CLIENT), sender;

	limited_begin(run);
	for (uint32_t i = 0; i < ladder[rung].burst; i++) {
		sender = with_bits(client, length, narrower, i);
		limited_pass(run, &sender, 1, "on a rung");
	}
	sender = with_bits(client, length, narrower, ladder[rung].burst);
	limited_refuse(run, &sender, NG_V_PREFIX_RATE, "over a rung");
	limited_leak(run, &sender, "over a rung");
	sender = with_flipped(sender, length - 1);
	limited_pass(run, &sender, 1, "beside a rung");
}

static void rungs(struct run *run)
{
	for (int reversed = 0; reversed < 2; reversed++) {
		char text[400] = "default limit; ratelimit interval 12 burst 1 leak 4";

		for (size_t i = 0; i < RUNGS; i++) {
			const struct rung *rung = &ladder[reversed ? RUNGS - 1 - i : i];
			size_t length = strlen(text);

			snprintf(text + length, sizeof(text) - length,
				 "; prefixlimit %d %d interval 12 burst %u leak 4", rung->lengths[NG_IPV4],
				 rung->lengths[NG_IPV6], rung->burst);
		}
		run_policy(run, text);
		for (size_t rung = 0; rung < RUNGS; rung++)
			for (EACH_FAMILY(family))
				one_rung(run, family, rung);
	}
}

/* What leaks in a victim's name takes no more than half of what the victim's neighbours have. */
static void neighbours(struct run *run)
{
	limited_policy(
		run,
		"default limit; ratelimit interval 12 burst 1 leak 2; prefixlimit 24 48 interval 12 burst 8 leak 2");
	for (EACH_FAMILY(family)) {
		struct frame victim = frame_request(family, VICTIM), neighbour = victim;

		limited_begin(run);
		limited_pass(run, &victim, 1, "a burst of one");
		for (int i = 0; i < 20; i++)
			limited_leak(run, &victim, "in a victim's name");
		for (uint32_t i = 0; i < 4; i++) {
			neighbour = with_bits(victim, address_bits[family] - 4, address_bits[family], 8 + i);
			limited_pass(run, &neighbour, 1, "a victim's neighbour");
		}
		neighbour = with_bits(victim, address_bits[family] - 4, address_bits[family], 3);
		limited_refuse(run, &neighbour, NG_V_PREFIX_RATE, "after the victim's neighbours");
	}
}

/* ---- another policy ---- */

static void change(struct run *run, const char *policy)
{
	uint64_t now_ns = run->now_ns;

	run_policy(run, policy);
	run->now_ns = now_ns;
}

static void policies(struct run *run)
{
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT), neighbour = frame_request(family, NEIGHBOUR);

		limited_policy(
			run,
			"default limit; ratelimit interval 8 burst 4 leak 4; prefixlimit 24 48 interval 8 burst 6");
		limited_pass(run, &client, 4, "under the first policy");
		change(run, "default limit; ratelimit interval 8 burst 4 leak 4; prefixlimit 24 48 interval 8 burst 6; "
			    "deny PEER");
		limited_refuse(run, &client, NG_V_SOURCE_RATE, "under another policy of the same limits");
		limited_pass(run, &neighbour, 2, "under another policy of the same limits");
		limited_refuse(run, &neighbour, NG_V_PREFIX_RATE, "under another policy of the same limits");
		change(run, "default limit; ratelimit interval 9 burst 8 leak 4");
		limited_pass(run, &client, 6, "what was spent counts, where there is more room");
		limited_refuse(run, &client, NG_V_SOURCE_RATE, "what was spent counts");
		change(run, "default limit; ratelimit interval 0 burst 2 leak 4");
		limited_pass(run, &client, 2, "where there is not the room for what was spent");
		limited_refuse(run, &client, NG_V_SOURCE_RATE, "and no more");
		change(run, "default limit; ratelimit interval -12 burst 2 leak 4; prefixlimit 16 32 interval -19");
		limited_pass(run, &client, 200, "where time has another unit");
	}
}

/* ---- the clock ---- */

/* Ticks, and units of the finest limit, are kept in 32 bits. */
static void one_edge(struct run *run, enum ng_family family, int interval, uint32_t burst, uint64_t edge_ns)
{
	struct frame client = frame_request(family, CLIENT), neighbour = frame_request(family, NEIGHBOUR);
	uint32_t at_once = interval < -4 ? 1u << -(interval + 4) : burst,
		 ticks = interval < -4 ? 1 : 1u << (interval + 4);

	run->now_ns = edge_ns - TICK_NS / 2;
	limited_pass(run, &client, at_once, "before the edge");
	limited_pass(run, &neighbour, 1, "before the edge");
	limited_refuse(run, &client, NG_V_SOURCE_RATE, "before the edge");
	run->now_ns = edge_ns + ticks * TICK_NS - TICK_NS / 2;
	limited_pass(run, &client, interval < -4 ? at_once : 1, "after the edge");
	limited_refuse(run, &client, NG_V_SOURCE_RATE, "after the edge");
	run->now_ns += at_once * ticks * TICK_NS;
	limited_pass(run, &neighbour, at_once, "long after the edge");
}

static void edges(struct run *run)
{
	const uint64_t ticks = 1ull << 32, finest = ticks >> -(NG_INTERVAL_MIN + 4);

	for (EACH_FAMILY(family)) {
		limited_policy(run, "default limit; ratelimit interval %d leak 4", NG_INTERVAL_MIN);
		one_edge(run, family, NG_INTERVAL_MIN, 0, (run->now_ns / TICK_NS / finest + 1) * finest * TICK_NS);
	}
	for (EACH_FAMILY(family)) {
		limited_policy(run, "default limit; ratelimit interval 8 burst 8 leak 4");
		one_edge(run, family, 8, 8, (uint64_t)(family + 1) * ticks * TICK_NS);
	}
}

/* A mark that nobody took for as long as 32 bits of units last looks like a new one. No longer than what it
 * spent would have mattered then. */
static void stale(struct run *run)
{
	const uint64_t wrap_ns = (1ull << 32 >> -(NG_INTERVAL_MIN + 4)) * TICK_NS;

	limited_policy(run, "default limit; ratelimit interval %d leak 4", NG_INTERVAL_MIN);
	for (EACH_FAMILY(family)) {
		struct frame client = frame_request(family, CLIENT);

		limited_begin(run);
		limited_pass(run, &client, 1u << -(NG_INTERVAL_MIN + 4), "a burst");
		run->now_ns += wrap_ns + TICK_NS;
		limited_pass(run, &client, 1, "a tick after as long as a mark can tell");
	}
}

const struct group limit_sweeps[] = {
	{ "a burst of every interval, and what comes after", bursts },
	{ "the largest burst", full_burst },
	{ "1 in 2^leak leaks", leaks },
	{ "a leak empties the bucket", leak_empties },
	{ "what is dropped before limits spends nothing", dropped },
	{ "what is allowed spends nothing", allowed },
	{ "what a limit refuses spends nothing of others", refused },
	{ "all kinds of requests spend from one bucket", shared },
	{ "networks of every length", masks },
	{ "a ladder of four rungs", rungs },
	{ "leaks in a victim's name leave room for neighbours", neighbours },
	{ "limits outlive a policy", policies },
	{ "old marks of the finest limit", stale },
	{ "the clock's edges", edges },
};
const size_t limit_sweep_count = SWEEP_COUNT(limit_sweeps);
