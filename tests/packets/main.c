// SPDX-License-Identifier: GPL-2.0-only
/* packets [--property [FRAMES]] [--seed N]: the packet table, or random frames. Attaches to nothing and
 * sends nothing; needs root for the BPF system call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "property.h"
#include "sweeps.h"
#include "vectors.h"

struct options {
	bool property;
	uint64_t frames, seed;
};

static uint64_t seed_of_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool is_number(const char *text)
{
	return text && *text && strspn(text, "0123456789") == strlen(text);
}

static bool parse(char **argv, struct options *options)
{
	for (argv++; *argv; argv++) {
		if (!strcmp(*argv, "--property")) {
			options->property = true;
			if (is_number(argv[1]))
				options->frames = strtoull(*++argv, NULL, 10);
		} else if (!strcmp(*argv, "--seed") && is_number(argv[1])) {
			options->seed = strtoull(*++argv, NULL, 10);
		} else {
			return false;
		}
	}
	return true;
}

static void run_table(struct run *run)
{
	static const struct group table[] = { { "the table", vectors_run } };
	static const struct group limited[] = { { "the table, limited", vectors_run_limited } };
	static const struct group crowded[] = { { "the table, crowded", vectors_run_crowded } };

	run_groups(run, table, SWEEP_COUNT(table));
	run_groups(run, message_sweeps, message_sweep_count);
	run_groups(run, frame_sweeps, frame_sweep_count);
	run_groups(run, access_sweeps, access_sweep_count);
	run_groups(run, state_sweeps, state_sweep_count);
	run_replay(run, true);
	run_groups(run, limited, SWEEP_COUNT(limited));
	run_groups(run, host_sweeps, host_sweep_count);
	run_groups(run, limit_sweeps, limit_sweep_count);
	run_replay(run, false);
	run_groups(run, crowded, SWEEP_COUNT(crowded));
}

/* Where BPF may not be used, that is no failure of the program under test. */
static int cannot_run(struct run *run, const struct ng_fault *fault)
{
	bool skipped = fault->exit == NG_EXIT_PERMISSION;

	printf("%s  %s\n", skipped ? "skipped" : "FAILED", fault->message);
	run->failed = !skipped;
	return run_finish(run, skipped);
}

int main(int argc, char **argv)
{
	struct options options = { .frames = 1000000, .seed = seed_of_now() };
	struct ng_fault fault;
	struct run run;
	int status;

	if (argc < 1 || !parse(argv, &options)) {
		fprintf(stderr, "usage: packets [--property [FRAMES]] [--seed N]\n");
		return 2;
	}
	if (!run_open(&run, &fault)) {
		status = cannot_run(&run, &fault);
	} else {
		if (options.property)
			property_run(&run, options.frames, options.seed);
		else
			run_table(&run);
		status = run_finish(&run, 0);
	}
	run_close(&run);
	return status;
}
