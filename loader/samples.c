// SPDX-License-Identifier: GPL-2.0-only
/* Reading the CPUs' rings of samples (bpf/samples.h). */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pins.h"

static int by_time(const void *a, const void *b)
{
	const struct ng_sample *one = a, *other = b;

	return (one->when_ns > other->when_ns) - (one->when_ns < other->when_ns);
}

/* One CPU's, if whole: not half of one and half of the one that took its place. */
static size_t take_ring(const struct ng_samples *ring, struct ng_sample *list)
{
	uint32_t kept = ring->taken < NG_SAMPLES ? ring->taken : NG_SAMPLES;
	size_t count = 0;

	for (uint32_t number = ring->taken - kept + 1; number != ring->taken + 1; number++) {
		const struct ng_sample *sample = &ring->sample[(number - 1) % NG_SAMPLES];

		if (sample->first == number && sample->last == number)
			list[count++] = *sample;
	}
	return count;
}

/* The first moment that all rings still reach back to. */
static uint64_t reach(const struct ng_samples *rings, int cpus, uint64_t from)
{
	for (int cpu = 0; cpu < cpus; cpu++) {
		const struct ng_samples *ring = &rings[cpu];
		uint64_t oldest = ring->sample[ring->taken % NG_SAMPLES].when_ns;

		if (ring->taken >= NG_SAMPLES && oldest > from)
			from = oldest;
	}
	return from;
}

static size_t take_rings(const struct ng_samples *rings, int cpus, struct ng_sampled *sampled)
{
	size_t count = 0, kept = 0;

	sampled->from_ns = reach(rings, cpus, sampled->from_ns);
	for (int cpu = 0; cpu < cpus; cpu++)
		count += take_ring(&rings[cpu], sampled->list + count);
	for (size_t i = 0; i < count; i++)
		if (sampled->list[i].when_ns >= sampled->from_ns)
			sampled->list[kept++] = sampled->list[i];
	return kept;
}

int ng_samples_read(struct ng_loader *loader, uint64_t seconds, struct ng_sampled *sampled)
{
	int map = ng_pins_table(loader, "samples"), cpus = libbpf_num_possible_cpus(), error = 0;
	struct ng_samples *rings = cpus > 0 ? calloc((size_t)cpus, sizeof(*rings)) : NULL;
	__u32 zero = 0;

	memset(sampled, 0, sizeof(*sampled));
	sampled->list = cpus > 0 ? calloc((size_t)cpus * NG_SAMPLES, sizeof(*sampled->list)) : NULL;
	if (map < 0 || !rings || !sampled->list)
		error = map < 0 ? map : -ENOMEM;
	else if (bpf_map_lookup_elem(map, &zero, rings))
		error = -errno;
	if (!error)
		error = ng_ticks_now(&sampled->to_ns);
	if (!error) {
		sampled->from_ns = sampled->to_ns - seconds * 1000000000;
		sampled->count = take_rings(rings, cpus, sampled);
		qsort(sampled->list, sampled->count, sizeof(*sampled->list), by_time);
	}
	if (map >= 0)
		close(map);
	free(rings);
	if (error)
		free(sampled->list);
	return error;
}
