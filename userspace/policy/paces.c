// SPDX-License-Identifier: GPL-2.0-only
/* Limits in chrony's words to what the data path computes with. */
#include <stdlib.h>
#include <string.h>

#include "policy.h"

#define NG_HOST_ROOM_MAX (1ull << 58) /* 208 days: what the data path reckons with in 64 bits */

/* At least what a packet costs anyway, and at most the whole burst. */
static uint32_t scarce_cost(const struct ng_pace *pace)
{
	uint32_t cost = (uint32_t)NG_SCARCE_TICKS << pace->finer;

	cost = cost < pace->cost ? pace->cost : cost;
	return cost < pace->room ? cost : pace->room;
}

/* chrony counts in ticks of 1/16 s; where packets may come faster it lets in at once what comes in a tick,
 * whatever the burst (clientlog.c, set_bucket_params). On networks it is what comes in two, because packets that are
 * over a narrower limit find only half of a wider one's room. */
static struct ng_pace pace_of(const struct ng_limit *limit, const uint8_t *lengths, uint32_t rung)
{
	int in_ticks = limit->interval + 4; /* log2 of ticks between packets */
	uint32_t burst = limit->burst, at_once = 1; /* packets */
	struct ng_pace pace = { .leak = limit->leak, .rung = rung };

	pace.finer = (uint8_t)(in_ticks < 0 ? -in_ticks : 0);
	pace.cost = in_ticks < 0 ? 1 : 1u << in_ticks;
	if (pace.finer)
		at_once = 1u << pace.finer << (rung ? 1 : 0);
	if (burst < at_once)
		burst = at_once;
	pace.room = pace.cost * burst;
	pace.most = pace.room < 1u << 30 ? 2 * pace.room : INT32_MAX;
	pace.scarce_cost = rung ? pace.cost : scarce_cost(&pace);
	for (int family = 0; family < NG_FAMILIES; family++) {
		pace.lengths[family] = lengths[family];
		for (unsigned int bit = 0; bit < lengths[family]; bit++)
			((uint8_t *)pace.mask[family])[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	return pace;
}

/* A second of 16 * 10^9 units. What comes in 1/16 s is let in at once, because the kernel's clock may
 * stand still for 10 ms. */
static void host_pace(const struct ng_limits *limits, struct ng_paces *paces)
{
	uint64_t burst = limits->global_burst;

	if (!limits->global_pps)
		return;
	if (burst < limits->global_pps / NG_LIMIT_HZ)
		burst = limits->global_pps / NG_LIMIT_HZ;
	paces->host_cost = 16000000000u / limits->global_pps;
	if (burst > NG_HOST_ROOM_MAX / paces->host_cost)
		burst = NG_HOST_ROOM_MAX / paces->host_cost;
	paces->host_room = paces->host_cost * burst;
}

/* The narrowest first, whatever the order in the policy. */
static int by_width(const void *a, const void *b)
{
	const struct ng_pace *one = a, *other = b;

	if (!one->rung || !other->rung)
		return one->rung ? 1 : -1;
	return other->lengths[NG_IPV4] + other->lengths[NG_IPV6] - one->lengths[NG_IPV4] - one->lengths[NG_IPV6];
}

void ng_paces_make(const struct ng_limits *limits, struct ng_paces *paces)
{
	int count = 0;

	memset(paces, 0, sizeof(*paces));
	host_pace(limits, paces);
	if (limits->source.burst)
		paces->pace[count++] = pace_of(&limits->source, ng_prefix_bits, 0);
	for (uint32_t i = 0; i < NG_PREFIX_LIMITS; i++)
		if (limits->prefix[i].burst)
			paces->pace[count++] = pace_of(&limits->prefix[i], limits->prefix[i].lengths, i + 1);
	qsort(paces->pace, (size_t)count, sizeof(paces->pace[0]), by_width);
}
