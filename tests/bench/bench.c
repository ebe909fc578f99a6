// SPDX-License-Identifier: GPL-2.0-only
/* Nanoseconds per packet of the real programs, by class, over a bare `return XDP_DROP` (or, on the way
 * out, TC_ACT_OK) of the same run. Samples are interleaved (bare, class, class, ..., bare, class, ...),
 * timed by the thread's CPU time, and their medians compared: on a shared machine nothing else holds
 * still. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "loader.h"
#include "policy.h"

#define ROUNDS 41
#define SAMPLE_NS 2000000.0

struct job {
	const char *name;
	const char *frame; /* hex, from the Ethernet header on; spaces are ignored */
	const char *before; /* a frame that leaves once before it, so that it is a reply */
	const char *policy; /* NULL: the one that lists two addresses */
	enum ng_direction direction;
	int program;
	unsigned char data[256];
	uint32_t size, repeat;
	double ns[ROUNDS];
};

#define ETHERNET "020000000001 020000000002 "
#define IPV4_UDP ETHERNET "0800 4500 "
#define FROM_LISTED "c0000207 c6336401 "
#define FROM_STRANGER "cb007109 c6336401 "
#define TO_SERVER "c6336401 cb007109 "
#define ZEROS_20 "00000000000000000000 00000000000000000000"
#define QUERY IPV4_UDP "004c 0001 4000 4011 0000 " TO_SERVER "c350007b 0038 0000 23000620 " ZEROS_20 ZEROS_16 STAMP
#define REPLY(stamp)                                                                                                   \
	IPV4_UDP "004c 0001 4000 4011 0000 " FROM_STRANGER "007bc350 0038 0000 24010620 " ZEROS_20 stamp ZEROS_16
#define ZEROS_16 "0000000000000000 0000000000000000"
#define STAMP "a1a2a3a4a5a6a7a8"
#define ZEROS_40 "00000000000000000000 00000000000000000000 00000000000000000000 00000000000000000000"

#define REQUEST IPV4_UDP "004c 0001 4000 4011 0000 " FROM_STRANGER "c350007b 0038 0000 23000620 00000000 " ZEROS_40
#define LIMITS "default limit\nratelimit interval 1 burst 16 leak 2\nprefixlimit 24 56 interval -8 burst 255\n"
/* More than a sample takes, every 1/16 s. */
#define IN_LIMIT "default limit\nratelimit interval -19\nprefixlimit 24 56 interval -19\ngloballimit 1000000000\n"

static struct job jobs[] = {
	{ .name = "bare XDP_DROP" },
	{ .name = "bare XDP_PASS" },
	{ .name = "TCP, IPv4",
	  .frame = IPV4_UDP "0034 0001 4000 4006 0000 " FROM_STRANGER
			    "01bbc350 00000001 00000002 8010 0200 0000 0000 0101080a 00000001 00000002" },
	{ .name = "other UDP, IPv4",
	  .frame = IPV4_UDP "0030 0001 4000 4011 0000 " FROM_STRANGER "0035c350 001c 0000 "
			    "00000000 00000000 00000000 00000000 00000000" },
	{ .name = "monlist, IPv4",
	  .frame =
		  IPV4_UDP "004c 0001 4000 4011 0000 " FROM_STRANGER "c350007b 0038 0000 1700032a 00000000 " ZEROS_40 },
	{ .name = "READVAR, IPv4",
	  .frame = IPV4_UDP "0028 0001 4000 4011 0000 " FROM_STRANGER "c350007b 0014 0000 16020001 00000000 00000000" },
	{ .name = "malformed, IPv4",
	  .frame = IPV4_UDP "0028 0001 4000 4011 0000 " FROM_STRANGER "c350007b 0014 0000 23020001 00000000 00000000" },
	{ .name = "allowed request, IPv4",
	  .frame = IPV4_UDP "004c 0001 4000 4011 0000 " FROM_LISTED "c350007b 0038 0000 23000620 00000000 " ZEROS_40 },
	{ .name = "unlisted request, IPv4", .frame = REQUEST },
	{ .name = "request in its limit", .frame = REQUEST, .policy = IN_LIMIT },
	{ .name = "request over its limit", .frame = REQUEST, .policy = LIMITS "globallimit 1000000000\n" },
	{ .name = "stranger, host's limit", .frame = REQUEST, .policy = LIMITS "globallimit 1 burst 1\n" },
	{ .name = "TCP, IPv6",
	  .frame =
		  ETHERNET "86dd 60000000 0020 06 40 20010db8000000000000000000000009 20010db8000000000000000000000001 "
			   "01bbc350 00000001 00000002 8010 0200 0000 0000 0101080a 00000001 00000002" },
	{ .name = "monlist, IPv6",
	  .frame =
		  ETHERNET "86dd 60000000 0038 11 40 20010db8000000000000000000000009 20010db8000000000000000000000001 "
			   "c350007b 0038 0000 1700032a 00000000 " ZEROS_40 },
	{ .name = "allowed request, IPv6",
	  .frame =
		  ETHERNET "86dd 60000000 0038 11 40 20010db8000000000000000000000007 20010db8000000000000000000000001 "
			   "c350007b 0038 0000 23000620 00000000 " ZEROS_40 },
	{ .name = "solicited reply, IPv4", .frame = REPLY(STAMP), .before = QUERY },
	{ .name = "bad origin, IPv4", .frame = REPLY("a1a2a3a4a5a6a7a9"), .before = QUERY },
	{ .name = "unsolicited reply, IPv4",
	  .frame = IPV4_UDP
	  "004c 0001 4000 4011 0000 cb007110 c6336401 007bc350 0038 0000 24010620 00000000 " ZEROS_40 },
	{ .name = "bare TC_ACT_OK", .direction = NG_OUT },
	{ .name = "TCP leaving, IPv4",
	  .frame = IPV4_UDP "0034 0001 4000 4006 0000 " FROM_STRANGER
			    "01bbc350 00000001 00000002 8010 0200 0000 0000 0101080a 00000001 00000002",
	  .direction = NG_OUT },
	{ .name = "outgoing query, IPv4", .frame = QUERY, .direction = NG_OUT },
	{ .name = "answer, IPv4",
	  .frame = IPV4_UDP "004c 0001 4000 4011 0000 " TO_SERVER "007bc350 0038 0000 24010620 00000000 " ZEROS_40,
	  .direction = NG_OUT },
	{ .name = "monlist answer, IPv4",
	  .frame = IPV4_UDP "004c 0001 4000 4011 0000 " TO_SERVER "007bc350 0038 0000 d700032a 00060048 " ZEROS_40,
	  .direction = NG_OUT },
};
#define JOBS (sizeof(jobs) / sizeof(jobs[0]))

static const char policy_text[] = "default drop\nallow 192.0.2.7\nallow 127.0.0.1\nallow ::1\nallow 2001:db8::7\n";

static void fail(const char *what, int error)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(error));
	exit(1);
}

static uint32_t parse_hex(const char *text, unsigned char *data)
{
	uint32_t digits = 0;

	for (; *text; text++) {
		int value = *text >= 'a' ? *text - 'a' + 10 : *text - '0';

		if (*text == ' ')
			continue;
		data[digits / 2] = (unsigned char)(digits % 2 ? data[digits / 2] | value : value << 4);
		digits++;
	}
	return digits / 2;
}

/* The bare one that a job is measured against. */
static const struct job *bare_of(const struct job *job)
{
	const struct job *bare = jobs;

	while (bare->frame || bare->direction != job->direction)
		bare++;
	return bare;
}

static int bare_program(enum bpf_prog_type type, int action)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = action },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int program = bpf_prog_load(type, "bare", "GPL", code, 2, NULL);

	if (program < 0)
		fail("loading a bare program", errno);
	return program;
}

/* Nanoseconds of CPU time for one packet. */
static double sample(const struct job *job, uint32_t repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = job->data, .data_size_in = job->size, .repeat = (int)repeat);
	struct timespec before, after;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	if (bpf_prog_test_run_opts(job->program, &run))
		fail(job->name, errno);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	return ((double)(after.tv_sec - before.tv_sec) * 1e9 + (double)(after.tv_nsec - before.tv_nsec)) / repeat;
}

static int compare(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static double median(const double *values)
{
	double sorted[ROUNDS];

	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(*sorted), compare);
	return sorted[ROUNDS / 2];
}

/* Median over the rounds of this job's time over (ratio) or beyond (difference) the bare program's. */
static double against_bare(const struct job *job, int ratio)
{
	const struct job *bare = bare_of(job);
	double values[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		values[i] = ratio ? job->ns[i] / bare->ns[i] : job->ns[i] - bare->ns[i];
	return median(values);
}

static void put_policy(struct ng_loader *loader, const char *text)
{
	static const char *present;
	struct ng_environment none = { 0 };
	struct ng_findings findings;
	struct ng_policy *image;
	struct ng_draft draft;
	struct ng_fault fault;
	uint64_t generation;

	if (present == text)
		return;
	present = text;
	ng_draft_init(&draft);
	if (ng_policy_parse(&draft, "bench.policy", text, strlen(text), &none, &findings))
		fail("policy", EINVAL);
	image = ng_compile(&draft);
	if (!image || ng_swap_publish(loader, image, &generation, &fault))
		fail("publishing", EIO);
	free(image);
	ng_draft_free(&draft);
}

static void run_once(int program, const char *frame)
{
	unsigned char data[256];
	uint32_t size = parse_hex(frame, data);

	ng_program_run(program, NG_OUT, data, size);
}

/* A query is outstanding for 16 s, and a run takes longer. */
static void measure(struct ng_loader *loader, const int program[NG_DIRECTIONS])
{
	for (size_t i = 0; i < JOBS; i++) {
		jobs[i].program = program[jobs[i].direction];
		jobs[i].size = parse_hex(jobs[i].frame ? jobs[i].frame : jobs[2].frame, jobs[i].data);
		if (!jobs[i].frame)
			jobs[i].program = jobs[i].direction == NG_OUT
						  ? bare_program(BPF_PROG_TYPE_SCHED_CLS, TC_ACT_OK)
						  : bare_program(BPF_PROG_TYPE_XDP, i ? XDP_PASS : XDP_DROP);
	}
	for (size_t i = 0; i < JOBS; i++)
		jobs[i].repeat = (uint32_t)(SAMPLE_NS / sample(&jobs[i], 20000)) + 1;
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < JOBS; i++) {
			put_policy(loader, jobs[i].policy ? jobs[i].policy : policy_text);
			if (jobs[i].before)
				run_once(program[NG_OUT], jobs[i].before);
			jobs[i].ns[round] = sample(&jobs[i], jobs[i].repeat);
		}
}

int main(void)
{
	char directory[] = "/tmp/ntpguard-bench-XXXXXX";
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int program[NG_DIRECTIONS] = { -1, -1 };

	if (!mkdtemp(directory))
		fail(directory, errno);
	if (!ng_loader_open(&loader, directory, NG_CREATE, &fault)) {
		put_policy(loader, policy_text);
		program[NG_IN] = ng_program_open(loader, NG_IN, NG_INTERFACES_MAX - 1, &fault);
		if (program[NG_IN] >= 0)
			program[NG_OUT] = ng_program_open(loader, NG_OUT, NG_INTERFACES_MAX - 1, &fault);
	}
	if (program[NG_OUT] >= 0)
		measure(loader, program);
	else
		fprintf(stderr, "bench: %s\n", fault.message);
	ng_loader_close(loader);
	umount(directory);
	rmdir(directory);
	for (size_t i = 0; program[NG_OUT] >= 0 && i < JOBS; i++)
		printf("%-24s %6.1f ns   %5.2f x   %+6.1f ns\n", jobs[i].name, median(jobs[i].ns),
		       against_bare(&jobs[i], 1), against_bare(&jobs[i], 0));
	return program[NG_OUT] < 0;
}
