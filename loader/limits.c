// SPDX-License-Identifier: GPL-2.0-only
/* How full the limits' tables are, and how near the host's limit is. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pins.h"

#define TICK_NS (1000000000u / NG_LIMIT_HZ)
#define SEEN_MASK ((1u << NG_PERIODS) - 1)

/* Buckets that are not full. */
static uint32_t live_buckets(const struct ng_limit_set *sets, uint32_t count, const struct ng_pace *pace,
			     uint64_t now_ns)
{
	uint32_t now = (uint32_t)(now_ns / TICK_NS << pace->finer), live = 0;

	for (uint32_t i = 0; i < count; i++)
		for (int way = 0; way < NG_LIMIT_WAYS; way++) {
			uint32_t missing = (uint32_t)(sets[i].mark[way] >> 32) - now;

			live += missing && missing <= pace->room;
		}
	return live;
}

static void look_at_buckets(const struct ng_limits_state *state, uint32_t sets, const struct ng_paces *paces,
			    uint64_t now_ns, struct ng_limits_seen *seen)
{
	for (int i = 0; i < NG_PACES && paces->pace[i].cost; i++) {
		const struct ng_pace *pace = &paces->pace[i];
		uint32_t count = pace->rung ? NG_RUNG_SETS(sets) : sets;
		const struct ng_limit_set *first = state->set + (pace->rung ? sets + (pace->rung - 1) * count : 0);

		seen->table[i].capacity = count * NG_LIMIT_WAYS;
		seen->table[i].live = live_buckets(first, count, pace, now_ns);
	}
}

static void look_at_host(const struct ng_limits_state *state, const struct ng_paces *paces, uint64_t now_ns,
			 struct ng_limits_seen *seen)
{
	uint64_t missing = state->arrival - (now_ns << 4);
	uint32_t since = (uint32_t)(now_ns / TICK_NS) - state->refused;

	seen->refused = state->refused;
	seen->refused_seconds = since / NG_LIMIT_HZ;
	if (paces->host_room && (int64_t)missing > 0)
		seen->host_spent = (double)missing / (double)paces->host_room;
}

static void look_at_regulars(const struct ng_regular_set *sets, uint32_t count, uint64_t now_ns,
			     struct ng_limits_seen *seen)
{
	uint16_t period = (uint16_t)(now_ns >> NG_PERIOD_SHIFT);

	seen->places = count * NG_REGULAR_WAYS;
	for (uint32_t place = 0; place < seen->places; place++) {
		uint64_t mark = sets[place / NG_REGULAR_WAYS].mark[place % NG_REGULAR_WAYS];
		uint16_t age = (uint16_t)(period - (uint16_t)(mark >> NG_PERIODS));
		int times = age < NG_PERIODS ? __builtin_popcount(((uint32_t)mark & SEEN_MASK) >> age) : 0;

		seen->regulars += times >= NG_REGULAR_AFTER;
		seen->candidates += times && times < NG_REGULAR_AFTER;
	}
}

/* NULL: errno. */
static const void *map_pin(const struct ng_loader *loader, const char *pin, size_t size)
{
	int map = ng_pins_map(loader, pin);
	void *mapped = map < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_SHARED, map, 0);

	if (map >= 0)
		close(map);
	else
		errno = -map;
	return mapped == MAP_FAILED ? NULL : mapped;
}

int ng_limits_read(struct ng_loader *loader, const struct ng_paces *paces, struct ng_limits_seen *seen)
{
	size_t sets = loader->limit_sets, regulars = NG_REGULAR_SETS(sets) * sizeof(struct ng_regular_set);
	size_t buckets = sizeof(struct ng_limits_state) + 2 * sets * sizeof(struct ng_limit_set);
	const struct ng_limits_state *state = map_pin(loader, "limits", buckets);
	const struct ng_regular_set *table = map_pin(loader, "regulars", regulars);
	int error = state && table ? 0 : -errno;
	uint64_t now_ns;

	memset(seen, 0, sizeof(*seen));
	seen->memory = ng_loader_memory(loader);
	if (!error)
		error = ng_ticks_now(&now_ns);
	if (!error) {
		look_at_buckets(state, (uint32_t)sets, paces, now_ns, seen);
		look_at_host(state, paces, now_ns, seen);
		look_at_regulars(table, NG_REGULAR_SETS((uint32_t)sets), now_ns, seen);
	}
	if (state)
		munmap((void *)state, buckets);
	if (table)
		munmap((void *)table, regulars);
	return error;
}
