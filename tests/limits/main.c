// SPDX-License-Identifier: GPL-2.0-only
/* limits [--full] [PART...]: the limiter's figures, by simulation. Attaches to nothing and sends nothing; needs root
 * for the BPF system call. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "table.h"

static const struct part {
	const char *name;
	void (*measure)(struct world *world);
} parts[] = {
	{ "conformance", figures_conformance }, { "clients", figures_clients },	  { "victim", figures_victim },
	{ "networks", figures_networks },	{ "parallel", figures_parallel }, { "regulars", figures_regulars },
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* Chance that is left over is kept for each CPU: on one, each run is like the one before. */
static void stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned int)sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static bool is_wanted(const struct part *part, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, part->name))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	bool is_full = argc > 1 && !strcmp(argv[1], "--full");
	struct ng_fault fault;
	static struct world world;

	stay_here();
	if (!world_open(&world, &fault)) {
		printf("%s\n", fault.message);
		if (fault.exit == NG_EXIT_PERMISSION)
			return table_finish(1);
		world_fail("loading", EIO);
	}
	world.is_full = is_full;
	for (size_t i = 0; i < PARTS; i++)
		if (is_wanted(&parts[i], argv + 1 + is_full))
			parts[i].measure(&world);
	world_close(&world);
	return table_finish(0);
}
