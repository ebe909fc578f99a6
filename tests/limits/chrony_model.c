// SPDX-License-Identifier: GPL-2.0-only
#include "chrony_model.h"

#define HZ_BITS 4 /* stamps count sixteenths of a second */
#define STAMP_NS (1000000000u >> HZ_BITS)
#define SCALE 4 /* rates count in quarters of a power of two */
#define SLOWEST 14 /* log2 of seconds */
#define UNKNOWN (-128)

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Tokens are 16 bits wide: a capacity beyond that is counted in coarser units, by the smallest shift that will
 * do. An interval below a stamp gives 2^-shift tokens a stamp, and a burst of at least as many. */
static void set_bucket(struct chrony *chrony)
{
	int stamps = chrony->limit.interval + HZ_BITS; /* log2 of stamps per packet */
	uint32_t burst = (uint32_t)chrony->limit.burst;

	chrony->shift = stamps;
	if (stamps < 0) {
		if (burst < 1u << -stamps)
			burst = 1u << -stamps;
	} else {
		for (chrony->shift = 0; chrony->shift < stamps; chrony->shift++)
			if (burst << (stamps - chrony->shift) < 65536)
				break;
	}
	chrony->price = 1u << (stamps - chrony->shift);
	chrony->capacity = (uint16_t)(chrony->price * burst);
	chrony->tokens = chrony->capacity;
}

void chrony_start(struct chrony *chrony, struct chrony_limit limit, bool inverts, uint64_t seed)
{
	*chrony = (struct chrony){ .limit = limit,
				   .inverts = inverts,
				   .rate = UNKNOWN,
				   .timeout_rate = UNKNOWN,
				   .random = { .state = seed } };
	chrony->offset_ns = random_below(&chrony->random, STAMP_NS);
	set_bucket(chrony);
}

static void earn(struct chrony *chrony, uint32_t now, uint32_t before)
{
	uint32_t passed = now - before, earned;

	if (chrony->shift >= 0)
		earned = (now >> chrony->shift) - (before >> chrony->shift);
	else
		earned = passed > chrony->capacity ? chrony->capacity : passed << -chrony->shift;
	chrony->tokens = smaller(chrony->tokens + earned, chrony->capacity);
}

/* The interval's log2, rounded to halves of a power, in quarters; stamps of 1/16 s are -4. */
static int scaled_log2(uint32_t passed)
{
	int power = -HZ_BITS;

	if (!passed)
		return SCALE * (-HZ_BITS - 1);
	for (passed += passed / 2; passed > 1 && power < SLOWEST; passed /= 2)
		power++;
	return SCALE * power;
}

/* Up by a quarter at a time; down by half the way, at most to two and a half powers above. */
static void follow(int *rate, int target)
{
	if (*rate == UNKNOWN)
		*rate = target;
	else if (*rate < target)
		++*rate;
	else if (*rate > target)
		*rate = *rate > target + SCALE * 5 / 2 ? target + SCALE * 5 / 2 : (*rate + target - 1) / 2;
}

static void note(struct chrony *chrony, uint32_t now)
{
	uint32_t before = chrony->last;

	chrony->last = now;
	if (!before || (int32_t)(now - before) < 0)
		return;
	earn(chrony, now, before);
	follow(chrony->dropped ? &chrony->timeout_rate : &chrony->rate, -scaled_log2(now - before));
}

/* True once in 2^leak. */
static bool leaks(struct chrony *chrony)
{
	int leak = chrony->limit.leak;
	bool does;

	if (chrony->bits_left < leak) {
		chrony->bits = (uint32_t)(random_next(&chrony->random) >> 32);
		chrony->bits_left = 32;
	}
	does = !(chrony->bits & ((1u << leak) - 1));
	chrony->bits >>= leak;
	chrony->bits_left -= leak;
	return does;
}

bool chrony_answers(struct chrony *chrony, uint64_t now_ns)
{
	bool answers;

	note(chrony, (uint32_t)((now_ns + chrony->offset_ns) / STAMP_NS));
	chrony->dropped = false;
	if (chrony->tokens >= chrony->price) {
		chrony->tokens -= chrony->price;
		chrony->bought++;
		return true;
	}
	answers = leaks(chrony);
	if (chrony->inverts && chrony->timeout_rate != UNKNOWN && chrony->timeout_rate > chrony->rate + SCALE)
		answers = !answers;
	if (answers)
		chrony->tokens = 0;
	chrony->dropped = !answers;
	return answers;
}
