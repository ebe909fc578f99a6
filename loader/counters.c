// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pins.h"

int ng_counters_read(struct ng_loader *loader, unsigned int index, struct ng_counters *sum)
{
	int cpus = libbpf_num_possible_cpus();
	struct ng_counters *each = cpus > 0 ? calloc((size_t)cpus, sizeof(*each)) : NULL;
	uint64_t *total = (uint64_t *)sum;

	if (!each)
		return -ENOMEM;
	if (bpf_map_lookup_elem(loader->counters, &index, each)) {
		free(each);
		return -errno;
	}
	memset(sum, 0, sizeof(*sum));
	for (int cpu = 0; cpu < cpus; cpu++)
		for (size_t i = 0; i < sizeof(*sum) / sizeof(*total); i++)
			total[i] += ((const uint64_t *)&each[cpu])[i];
	free(each);
	return 0;
}

int ng_counters_clear(struct ng_loader *loader, unsigned int index)
{
	int cpus = libbpf_num_possible_cpus(), error;
	struct ng_counters *each = cpus > 0 ? calloc((size_t)cpus, sizeof(*each)) : NULL;

	if (!each)
		return -ENOMEM;
	error = bpf_map_update_elem(loader->counters, &index, each, BPF_ANY) ? -errno : 0;
	free(each);
	return error;
}
