/* SPDX-License-Identifier: GPL-2.0-only */
/* The runner: one loaded instance of each of the real programs, fed by BPF_PROG_TEST_RUN, and its counters;
 * and another pair, whose clock and chance the tests turn. A frame is right only if the action is right, its verdict's
 * row of the counters grew by exactly this frame, and nothing else moved. */
#ifndef NTPGUARD_RUN_H
#define NTPGUARD_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "build.h"
#include "loader.h"

/* Not a verdict: passes, and no counter moves. */
#define NG_V_NOT_OURS NG_UNDECIDED

#define RUN_INTERFACE (NG_INTERFACES_MAX - 1) /* its monitor bit is the root's last */
#define RUN_FRAME_MIN 14 /* the kernel refuses to test-run less than an Ethernet header */

enum { ACTION_DROP, ACTION_PASS }; /* what ng_program_run() returns */

struct run {
	struct ng_loader *loader;
	int program[NG_DIRECTIONS]; /* -1: none */
	unsigned int interface; /* whose number the programs have */
	char directory[32]; /* where bpffs is mounted; empty: nowhere */
	char *policy; /* in force, as it was given; NULL: none yet */
	struct ng_replayer *replayer; /* NULL: not loaded yet */
	bool replays; /* frames go to the replayer */
	uint64_t now_ns; /* its clock */
	bool monitor; /* drops pass and are counted as would_drop */
	struct ng_counters sum; /* after the last frame */
	const char *group;
	uint64_t frames, group_failed; /* of this group */
	uint64_t passed, failed;
};

struct group {
	const char *name;
	void (*go)(struct run *run);
};

/* Opens pins of its own in a fresh directory. False: why stands in the fault. */
bool run_open(struct run *run, struct ng_fault *fault);
void run_close(struct run *run);

void run_groups(struct run *run, const struct group *groups, size_t count);

/* Puts this policy (see cast_policy()) in force, unless it is. */
void run_policy(struct run *run, const char *text);

/* Monitor mode of this interface alone, until the next policy. */
void run_monitor(struct run *run, bool monitor);

/* Goes over to other instances of the programs, which have counters and a monitor bit of their own. */
void run_interface(struct run *run, int in, int out, unsigned int interface);

/* Goes over to the programs under a clock that stands still unless run->now_ns is turned (on one CPU, because
 * what is left of chance is each CPU's own), or back. The next frame needs a policy. */
void run_replay(struct run *run, bool replays);

/* Replayed: whether the next frame over a limit leaks, and those after it, for 32 bits of chance. */
void run_chance(struct run *run, bool leaks);

/* The same from any state of the generator. */
void run_seed(struct run *run, uint64_t random);

/* Runs the frame, whatever becomes of it, so that what comes after it finds what it left behind. */
void run_before(struct run *run, const struct frame *frame);

/* Runs the frame and checks all that can be seen of it. `format` says what the frame is. */
void run_packet(struct run *run, const struct packet *packet, enum ng_verdict want, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void run_frame(struct run *run, const struct frame *frame, enum ng_verdict want, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Counts a failure that is no frame's. */
void run_complain(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct ng_counters run_counters(struct run *run);

/* Whether no row of the counters differs. */
bool run_same_rows(const struct ng_counters *a, const struct ng_counters *b);
bool run_drops(enum ng_verdict verdict);
void run_print_hex(const uint8_t *bytes, size_t size);

/* Prints and ends the program as failed: there is no sense in going on. */
void run_give_up(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

/* The last line: what passed, failed and was skipped. The exit status. */
int run_finish(const struct run *run, unsigned int skipped);

#endif
