// SPDX-License-Identifier: GPL-2.0-only
/* ntpguard replay: the packets of a capture, judged by the real programs at the capture's own times. */
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "snapshot.h"

#define NOT_OURS NG_UNDECIDED
#define PROGRESS 16384 /* packets between two reports; a power of two */

struct replay {
	const struct ng_command *command;
	struct ng_replayer *replayer;
	struct ng_prefix local[NG_LOCALS_MAX];
	uint64_t packets, now_ns;
	uint64_t count[NG_DIRECTIONS][NG_VERDICTS_MAX];
};

static int take_locals(const struct ng_command *command, struct replay *replay)
{
	const char *why;

	if (command->locals > NG_LOCALS_MAX)
		return ng_fail_usage(command, "--local: at most %d addresses", NG_LOCALS_MAX);
	for (int i = 0; i < command->locals; i++) {
		if (ng_prefix_parse(command->local[i], &replay->local[i], &why))
			return ng_fail_usage(command, "--local %s: %s", command->local[i], why);
		if (replay->local[i].length != ng_prefix_bits[replay->local[i].family])
			return ng_fail_usage(command, "--local %s: one address, not a prefix", command->local[i]);
	}
	return 0;
}

/* The frame's IP source address; false where it has none. */
static bool source_of(const struct ng_captured *packet, struct ng_prefix *source)
{
	size_t at = 12;
	uint16_t type;

	memset(source, 0, sizeof(*source));
	for (int tags = 0; tags < 3; tags++, at += 4) { /* a type, or a tag and what is behind it */
		type = (uint16_t)(packet->frame[at] << 8 | packet->frame[at + 1]);
		if (type != ETH_P_8021Q && type != ETH_P_8021AD)
			break;
	}
	at += 2;
	if (type != ETH_P_IP && type != ETH_P_IPV6)
		return false;
	source->family = type == ETH_P_IP ? NG_IPV4 : NG_IPV6;
	source->length = ng_prefix_bits[source->family];
	memcpy(source->address, packet->frame + at + (type == ETH_P_IP ? 12 : 8), source->length / 8);
	return true;
}

static enum ng_direction direction_of(const struct replay *replay, const struct ng_captured *packet)
{
	struct ng_prefix source;

	if (!replay->command->locals)
		return packet->leaves ? NG_OUT : NG_IN;
	if (!source_of(packet, &source))
		return NG_IN;
	for (int i = 0; i < replay->command->locals; i++)
		if (!ng_prefix_compare(&replay->local[i], &source))
			return NG_OUT;
	return NG_IN;
}

static void print_packet(const struct replay *replay, const struct ng_captured *packet, enum ng_direction direction,
			 unsigned int verdict)
{
	bool drops = verdict != NOT_OURS && ng_verdict_texts[verdict].drops;

	printf("{\"packet\":%llu,\"time\":%llu.%09llu,\"direction\":\"%s\",\"verdict\":\"%s\",\"reason\":\"%s\"}\n",
	       (unsigned long long)replay->packets, (unsigned long long)(packet->time_ns / 1000000000u),
	       (unsigned long long)(packet->time_ns % 1000000000u), ng_direction_labels[direction],
	       drops ? "drop" : "pass", verdict == NOT_OURS ? "not_ntp" : ng_verdict_texts[verdict].label);
}

/* Captures have packets out of order; the programs' clock never goes back. */
static int judge(struct replay *replay, const struct ng_captured *packet, struct ng_fault *fault)
{
	enum ng_direction direction = direction_of(replay, packet);
	int verdict;

	if (packet->time_ns > replay->now_ns)
		replay->now_ns = packet->time_ns;
	verdict = ng_replay_run(replay->replayer, direction, packet->frame, packet->size, replay->now_ns);
	replay->packets++;
	if (verdict < 0)
		return ng_fault(fault, NG_EXIT_KERNEL, -verdict, "packet %llu: %s", (unsigned long long)replay->packets,
				strerror(-verdict));
	replay->count[direction][verdict % NG_VERDICTS_MAX]++;
	if (replay->command->json)
		print_packet(replay, packet, direction, (unsigned int)verdict);
	else if (!(replay->packets % PROGRESS))
		ng_progress(replay->command, "%llu packets", (unsigned long long)replay->packets);
	return 0;
}

static void print_rows(const struct replay *replay)
{
	static const char *const headings[] = { "DIRECTION", "VERDICT", "REASON", ">PACKETS" };
	struct ng_table_text *table = ng_table_new(headings, 4);
	char packets[24];

	for (unsigned int direction = 0; direction < NG_DIRECTIONS; direction++)
		for (unsigned int verdict = 0; verdict < NG_VERDICTS_MAX; verdict++) {
			const struct ng_verdict_text *text = verdict == NOT_OURS ? NULL : &ng_verdict_texts[verdict];

			if (!replay->count[direction][verdict])
				continue;
			snprintf(packets, sizeof(packets), "%llu",
				 (unsigned long long)replay->count[direction][verdict]);
			ng_table_row(table, (const char *const[]){ ng_direction_labels[direction],
								   text && text->drops ? "drop" : "pass",
								   text ? text->label : "not_ntp", packets });
		}
	ng_table_print(table);
}

static int print_summary(struct replay *replay, struct ng_fault *fault)
{
	struct ng_snapshot snapshot = { 0 };
	struct ng_counters counters;
	int error = ng_replay_counters(replay->replayer, &counters);

	if (error)
		return ng_fault(fault, NG_EXIT_KERNEL, -error, "reading the counters: %s", strerror(-error));
	ng_snapshot_add(&snapshot, &counters);
	print_rows(replay);
	printf("%llu packets; %llu bytes of answers for %llu bytes of queries: amplification factor %.2f\n",
	       (unsigned long long)replay->packets, (unsigned long long)snapshot.bytes_out,
	       (unsigned long long)snapshot.bytes_in, ng_snapshot_factor(&snapshot));
	return 0;
}

static int replay_all(struct replay *replay, struct ng_capture *capture, struct ng_fault *fault)
{
	static struct ng_captured packet;
	int error = 0, more;

	while ((more = ng_capture_next(capture, &packet, fault)) > 0 && !error)
		error = judge(replay, &packet, fault);
	ng_progress(replay->command, NULL);
	if (!error)
		error = more;
	return error || replay->command->json ? error : print_summary(replay, fault);
}

static int open_replayer(struct replay *replay, struct ng_fault *fault)
{
	const struct ng_command *command = replay->command;
	struct ng_policy *image = NULL;
	struct ng_draft draft;
	int error = command->locals ? ng_source_read_for(command, command->policy, replay->local,
							 (size_t)command->locals, &draft, fault)
				    : ng_source_read(command, command->policy, &draft, fault);

	if (error)
		return error;
	image = ng_compile(&draft);
	error = image ? ng_replay_open(&replay->replayer, image, fault)
		      : ng_fault(fault, NG_EXIT_FULL, errno, "the policy does not fit: %s", strerror(errno));
	free(image);
	ng_draft_free(&draft);
	return error;
}

int ng_cmd_replay(struct ng_command *command)
{
	static struct replay replay;
	struct ng_capture *capture = NULL;
	struct ng_fault fault;
	int error;

	replay.command = command;
	if (command->count != 1)
		return ng_fail_usage(command, "replay: one capture, please");
	if (take_locals(command, &replay))
		return NG_EXIT_USAGE;
	error = ng_capture_open(&capture, command->operands[0], &fault);
	if (!error)
		error = open_replayer(&replay, &fault);
	if (!error)
		error = replay_all(&replay, capture, &fault);
	ng_replay_close(replay.replayer);
	ng_capture_close(capture);
	return error ? ng_fail(command, &fault) : NG_EXIT_OK;
}
