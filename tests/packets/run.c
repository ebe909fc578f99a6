// SPDX-License-Identifier: GPL-2.0-only
#include "run.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "policy.h"

/* Failed frames that a group names; a broken rule would otherwise print hundreds of thousands. */
#define NAMED_MAX 20

static const struct {
	const char *label;
	bool drops;
} verdicts[NG_VERDICTS_MAX] = {
#define IS_PASS false
#define IS_DROP true
#define NG_VERDICT(number, id, direction, action, label, sentence) [number] = { label, IS_##action },
#include "verdicts.def"
#undef NG_VERDICT
};

/* ---- a bpffs of its own ---- */

static char mounted[sizeof(((struct run *)0)->directory)];

static void unmount(void)
{
	if (!mounted[0])
		return;
	umount2(mounted, MNT_DETACH);
	rmdir(mounted);
	mounted[0] = '\0';
}

static void on_signal(int number)
{
	unmount();
	_exit(128 + number);
}

/* In a mount namespace of its own the mount ends with the process, however that ends. */
static bool make_directory(struct run *run)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

	if (!unshare(CLONE_NEWNS))
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	snprintf(run->directory, sizeof(run->directory), "/tmp/ntpguard-packets-XXXXXX");
	if (!mkdtemp(run->directory)) {
		run->directory[0] = '\0';
		return false;
	}
	memcpy(mounted, run->directory, sizeof(mounted));
	atexit(unmount);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], on_signal);
	return true;
}

bool run_open(struct run *run, struct ng_fault *fault)
{
	memset(run, 0, sizeof(*run));
	run->program[NG_IN] = run->program[NG_OUT] = -1;
	if (!make_directory(run)) {
		ng_fault(fault, NG_EXIT_KERNEL, errno, "making a directory in /tmp: %s", strerror(errno));
		return false;
	}
	if (ng_loader_open(&run->loader, run->directory, NG_CREATE, fault))
		return false;
	run->program[NG_IN] = ng_program_open(run->loader, NG_IN, RUN_INTERFACE, fault);
	if (run->program[NG_IN] < 0)
		return false;
	run->program[NG_OUT] = ng_program_open(run->loader, NG_OUT, RUN_INTERFACE, fault);
	if (run->program[NG_OUT] < 0)
		return false;
	run_interface(run, run->program[NG_IN], run->program[NG_OUT], RUN_INTERFACE);
	return true;
}

void run_close(struct run *run)
{
	for (int direction = 0; direction < NG_DIRECTIONS; direction++)
		if (run->program[direction] >= 0)
			close(run->program[direction]);
	ng_replay_close(run->replayer);
	ng_loader_close(run->loader);
	free(run->policy);
	unmount();
	memset(run, 0, sizeof(*run));
	run->program[NG_IN] = run->program[NG_OUT] = -1;
}

struct ng_counters run_counters(struct run *run)
{
	struct ng_counters counters;

	if (run->replays ? ng_replay_counters(run->replayer, &counters)
			 : ng_counters_read(run->loader, run->interface, &counters))
		run_give_up(run, "the counters cannot be read");
	return counters;
}

bool run_same_rows(const struct ng_counters *a, const struct ng_counters *b)
{
	return !memcmp(a->row, b->row, sizeof(a->row));
}

void run_interface(struct run *run, int in, int out, unsigned int interface)
{
	run->program[NG_IN] = in;
	run->program[NG_OUT] = out;
	run->interface = interface;
	run->monitor = ng_interface_monitors(run->loader, interface);
	run->sum = run_counters(run);
}

/* ---- policies ---- */

/* The replayer is loaded with its first policy. */
static int put_in_force(struct run *run, const struct ng_policy *image, struct ng_fault *fault)
{
	uint64_t generation;

	if (!run->replays)
		return ng_swap_publish(run->loader, image, &generation, fault);
	if (run->replayer)
		return ng_replay_publish(run->replayer, image, fault);
	return ng_replay_open(&run->replayer, image, fault);
}

static void publish(struct run *run, const char *text, const char *policy)
{
	static struct ng_findings findings;
	struct ng_environment nothing = { 0 };
	struct ng_draft draft;
	struct ng_policy *image = NULL;
	struct ng_fault fault = { .message = "it cannot be compiled" };

	ng_draft_init(&draft);
	if (ng_policy_parse(&draft, "packets.policy", policy, strlen(policy), &nothing, &findings)) {
		ng_findings_print(&findings, stdout);
		run_give_up(run, "the policy \"%.200s\" has errors", text);
	}
	image = ng_compile(&draft);
	if (!image || put_in_force(run, image, &fault))
		run_give_up(run, "the policy \"%.200s\": %s", text, fault.message);
	run->monitor = draft.monitor;
	free(image);
	ng_draft_free(&draft);
}

void run_policy(struct run *run, const char *text)
{
	char *policy;

	if (run->policy && !strcmp(run->policy, text))
		return;
	policy = cast_policy(text);
	free(run->policy);
	run->policy = strdup(text);
	if (!policy || !run->policy)
		run_give_up(run, "out of memory");
	publish(run, text, policy);
	free(policy);
	run->sum = run_counters(run);
}

void run_monitor(struct run *run, bool monitor)
{
	if (ng_program_monitor(run->loader, run->interface, monitor))
		run_give_up(run, "the monitor bit cannot be set");
	run->monitor = monitor;
}

/* ---- the clock and the dice ---- */

void run_replay(struct run *run, bool replays)
{
	static cpu_set_t all;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((unsigned int)sched_getcpu(), &one);
	if (replays && !run->replays)
		sched_getaffinity(0, sizeof(all), &all);
	sched_setaffinity(0, sizeof(one), replays ? &one : &all);
	run->replays = replays;
	free(run->policy);
	run->policy = NULL;
}

void run_seed(struct run *run, uint64_t random)
{
	if (ng_replay_seed(run->replayer, random))
		run_give_up(run, "chance cannot be set");
	run->sum = run_counters(run);
}

/* The state whose next number has 32 zeros or 32 ones on top: a packet leaks if its bits are all zero. The
 * generator is Knuth's MMIX; Newton's iteration inverts its odd factor, doubling the right bits each time. */
void run_chance(struct run *run, bool leaks)
{
	const uint64_t factor = 6364136223846793005u, more = 1442695040888963407u;
	uint64_t inverse = factor;

	for (int bits = 3; bits < 64; bits *= 2)
		inverse *= 2 - factor * inverse;
	run_seed(run, ((leaks ? 0 : ~0ull) - more) * inverse);
}

/* ---- saying what went wrong ---- */

bool run_drops(enum ng_verdict verdict)
{
	return verdict != NG_V_NOT_OURS && verdicts[verdict].drops;
}

void run_print_hex(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}

/* Each row that moved, and by how much. */
static void print_moved(const struct ng_counters *before, const struct ng_counters *after)
{
	const struct ng_count *from = &before->row[0][0][0], *to = &after->row[0][0][0];
	bool moved = false;

	for (unsigned int i = 0; i < NG_DIRECTIONS * NG_FAMILIES * NG_VERDICTS_MAX; i++) {
		unsigned int number = i % NG_VERDICTS_MAX;

		if (!memcmp(&from[i], &to[i], sizeof(*from)))
			continue;
		printf(" %s/%s/", i / NG_VERDICTS_MAX / NG_FAMILIES == NG_IN ? "in" : "out",
		       i / NG_VERDICTS_MAX % NG_FAMILIES == NG_IPV4 ? "ipv4" : "ipv6");
		printf("%s", verdicts[number].label ? verdicts[number].label : "?");
		printf(" packets %+lld would_drop %+lld bytes %+lld ntp_bytes %+lld",
		       (long long)(to[i].packets - from[i].packets), (long long)(to[i].would_drop - from[i].would_drop),
		       (long long)(to[i].bytes - from[i].bytes), (long long)(to[i].ntp_bytes - from[i].ntp_bytes));
		moved = true;
	}
	if (!moved)
		printf(" no counter moved");
}

static void print_policy(const char *policy)
{
	if (!policy) {
		printf("none");
		return;
	}
	for (size_t i = 0; i < 120 && policy[i]; i++)
		putchar(policy[i] == '\n' ? ';' : policy[i]);
	printf("%s", strlen(policy) > 120 ? "..." : "");
}

static const char *action_name(int action)
{
	return action == ACTION_DROP ? "drop" : action == ACTION_PASS ? "pass" : "neither pass nor drop";
}

/* True if this failure is to be named. */
static bool count_failure(struct run *run)
{
	run->failed++;
	if (++run->group_failed == NAMED_MAX + 1)
		printf("FAILED  %s: more of this group, not shown\n", run->group);
	return run->group_failed <= NAMED_MAX;
}

void run_complain(struct run *run, const char *format, ...)
{
	va_list args;

	if (!count_failure(run))
		return;
	printf("FAILED  %s: ", run->group);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void run_give_up(struct run *run, const char *format, ...)
{
	va_list args;

	printf("FAILED  %s: ", run->group ? run->group : "opening");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	run->failed++;
	exit(run_finish(run, 0));
}

int run_finish(const struct run *run, unsigned int skipped)
{
	printf("packets: %llu passed, %llu failed, %u skipped\n", (unsigned long long)run->passed,
	       (unsigned long long)run->failed, skipped);
	return run->failed != 0;
}

/* ---- one frame ---- */

struct seen {
	int action; /* or a negative errno */
	struct ng_counters counters;
};

static struct seen expect(const struct run *run, const struct packet *packet, enum ng_verdict want)
{
	struct seen seen = { .action = ACTION_PASS, .counters = run->sum };
	struct ng_count *row = &seen.counters.row[packet->direction][packet->family][want];
	bool stops = run_drops(want) && !run->monitor;

	if (want == NG_V_NOT_OURS)
		return seen;
	row->bytes += packet->size;
	if (packet->direction == NG_IN || !stops)
		row->ntp_bytes += packet->ntp_length;
	if (run_drops(want) && run->monitor)
		row->would_drop++;
	else
		row->packets++;
	if (stops)
		seen.action = ACTION_DROP;
	return seen;
}

static void print_failure(const struct run *run, const struct packet *packet, const struct seen *want,
			  const struct seen *got, const char *says)
{
	printf("FAILED  %s: %s | policy: ", run->group, says);
	print_policy(run->policy);
	printf(" | expected %s,", action_name(want->action));
	print_moved(&run->sum, &want->counters);
	printf(" | got %s,", got->action < 0 ? strerror(-got->action) : action_name(got->action));
	print_moved(&run->sum, &got->counters);
	printf(" | ");
	run_print_hex(packet->bytes, packet->size);
	putchar('\n');
}

/* ACTION_*, or a negative errno. */
static int judge(const struct run *run, const struct packet *packet)
{
	int verdict;

	if (!run->replays)
		return ng_program_run(run->program[packet->direction], packet->direction, packet->bytes, packet->size);
	verdict = ng_replay_run(run->replayer, packet->direction, packet->bytes, packet->size, run->now_ns);
	if (verdict < 0)
		return verdict;
	return run_drops((enum ng_verdict)verdict) && !run->monitor ? ACTION_DROP : ACTION_PASS;
}

static void check(struct run *run, const struct packet *packet, enum ng_verdict verdict, const char *says)
{
	struct seen want = expect(run, packet, verdict), got;

	run->frames++;
	got.action = judge(run, packet);
	got.counters = run_counters(run);
	if (got.action == want.action && run_same_rows(&got.counters, &want.counters))
		run->passed++;
	else if (count_failure(run))
		print_failure(run, packet, &want, &got, says);
	run->sum = got.counters;
}

void run_packet(struct run *run, const struct packet *packet, enum ng_verdict want, const char *format, ...)
{
	char says[200];
	va_list args;

	va_start(args, format);
	vsnprintf(says, sizeof(says), format, args);
	va_end(args);
	check(run, packet, want, says);
}

void run_frame(struct run *run, const struct frame *frame, enum ng_verdict want, const char *format, ...)
{
	struct packet packet;
	char says[200];
	va_list args;

	va_start(args, format);
	vsnprintf(says, sizeof(says), format, args);
	va_end(args);
	frame_build(frame, &packet);
	check(run, &packet, want, says);
}

void run_before(struct run *run, const struct frame *frame)
{
	struct packet packet;

	frame_build(frame, &packet);
	if (judge(run, &packet) < 0)
		run_complain(run, "the packet before cannot be run");
	run->sum = run_counters(run);
}

/* ---- groups ---- */

void run_groups(struct run *run, const struct group *groups, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		run->group = groups[i].name;
		run->frames = run->group_failed = 0;
		groups[i].go(run);
		printf("%s  %s: %llu frames", run->group_failed ? "not ok" : "ok", run->group,
		       (unsigned long long)run->frames);
		if (run->group_failed)
			printf(", %llu failed", (unsigned long long)run->group_failed);
		putchar('\n');
		fflush(stdout);
	}
}
