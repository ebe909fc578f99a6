// SPDX-License-Identifier: GPL-2.0-only
/* ntpguard top: who sends most, by the samples that the programs keep. No table of senders stands in the
 * path of a packet, so no flood can push anybody out of this one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "control.h"
#include "line.h"
#include "output.h"
#include "screen.h"
#include "snapshot.h"

#define REDRAW_SECONDS 2
#define ROWS 10

/* A sender, or a prefix of senders. */
struct sender {
	struct ng_prefix prefix;
	uint64_t packets, dropped, limited; /* estimated */
	uint64_t by_verdict[NG_VERDICTS];
};

struct tally {
	struct sender *list;
	size_t count;
	uint64_t packets;
};

static bool is_limited(unsigned int verdict)
{
	return verdict == NG_V_SOURCE_RATE || verdict == NG_V_PREFIX_RATE || verdict == NG_V_GLOBAL_RATE;
}

static struct ng_prefix prefix_of(const struct ng_sample *sample, uint8_t length)
{
	enum ng_family family = sample->family ? NG_IPV6 : NG_IPV4;
	struct ng_prefix prefix = { .family = family, .length = length };

	memcpy(prefix.address, sample->address, ng_prefix_bits[family] / 8);
	for (unsigned int bit = length; bit < ng_prefix_bits[family]; bit++)
		prefix.address[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return prefix;
}

static int by_prefix(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ng_prefix));
}

static int by_packets(const void *a, const void *b)
{
	const struct sender *one = a, *other = b;

	return (one->packets < other->packets) - (one->packets > other->packets);
}

static int by_dropped(const void *a, const void *b)
{
	const struct sender *one = a, *other = b;
	int order = (one->dropped < other->dropped) - (one->dropped > other->dropped);

	return order ? order : by_packets(a, b);
}

static int by_limited(const void *a, const void *b)
{
	const struct sender *one = a, *other = b;
	int order = (one->limited < other->limited) - (one->limited > other->limited);

	return order ? order : by_packets(a, b);
}

/* What --sort and keys choose; the first is what it is without. */
static const struct order {
	const char *name;
	char key;
	int (*compare)(const void *a, const void *b);
} orders[] = {
	{ "packets", 'p', by_packets },
	{ "dropped", 'd', by_dropped },
	{ "limited", 'l', by_limited },
	{ "address", 'a', by_prefix },
};
#define ORDERS (sizeof(orders) / sizeof(orders[0]))

static const struct order *order = &orders[0];
static bool is_drawn; /* again and again, and keys are heeded */

static void add(struct sender *to, const struct sender *one)
{
	to->packets += one->packets;
	to->dropped += one->dropped;
	to->limited += one->limited;
	for (int verdict = 0; verdict < NG_VERDICTS; verdict++)
		to->by_verdict[verdict] += one->by_verdict[verdict];
}

/* Samples to senders of these prefix lengths, in order. */
static bool make_tally(const struct ng_sampled *sampled, const uint8_t lengths[NG_FAMILIES], struct tally *tally)
{
	struct sender *list = calloc(sampled->count + 1, sizeof(*list));
	size_t count = 0;

	*tally = (struct tally){ .list = list };
	for (size_t i = 0; list && i < sampled->count; i++) {
		const struct ng_sample *sample = &sampled->list[i];
		unsigned int verdict = sample->verdict % NG_VERDICTS;

		list[i].prefix = prefix_of(sample, lengths[sample->family & 1]);
		list[i].packets = list[i].by_verdict[verdict] = sample->weight;
		list[i].dropped = ng_verdict_texts[verdict].drops ? sample->weight : 0;
		list[i].limited = is_limited(verdict) ? sample->weight : 0;
		tally->packets += sample->weight;
	}
	if (!list)
		return false;
	qsort(list, sampled->count, sizeof(*list), by_prefix);
	for (size_t i = 0; i < sampled->count; i++)
		if (count && !by_prefix(&list[count - 1], &list[i]))
			add(&list[count - 1], &list[i]);
		else
			list[count++] = list[i];
	qsort(list, count, sizeof(*list), order->compare);
	tally->count = count;
	return true;
}

static const char *commonest(const struct sender *sender)
{
	int most = 0;

	for (int verdict = 1; verdict < NG_VERDICTS; verdict++)
		if (sender->by_verdict[verdict] > sender->by_verdict[most])
			most = verdict;
	return ng_verdict_texts[most].label;
}

static double seconds_of(const struct ng_sampled *sampled)
{
	double seconds = (double)(sampled->to_ns - sampled->from_ns) / 1e9;

	return seconds > 0.001 ? seconds : 0.001;
}

static json_t *senders_json(const struct tally *tally, size_t rows, double seconds, const char *key)
{
	json_t *list = json_array();
	char text[NG_PREFIX_TEXT];

	for (size_t i = 0; i < tally->count && i < rows; i++) {
		const struct sender *sender = &tally->list[i];

		json_array_append_new(
			list, json_pack("{s:s,s:I,s:f,s:I,s:I,s:s,s:b}", key, ng_prefix_format(&sender->prefix, text),
					"packets", (json_int_t)sender->packets, "pps",
					(double)sender->packets / seconds, "dropped", (json_int_t)sender->dropped,
					"limited", (json_int_t)sender->limited, "reason", commonest(sender), "regular",
					sender->by_verdict[NG_V_REQUEST_REGULAR] > 0));
	}
	return list;
}

static void print_senders(const struct tally *tally, size_t rows, double seconds, const char *heading)
{
	const char *const headings[] = { heading, ">PACKETS/S", ">SHARE", ">DROPPED", ">LIMITED", "MOSTLY" };
	struct ng_table_text *table = ng_table_new(headings, 6);
	char text[NG_PREFIX_TEXT], pps[24], share[16], dropped[16], limited[16];

	for (size_t i = 0; i < tally->count && i < rows; i++) {
		const struct sender *sender = &tally->list[i];
		double packets = (double)sender->packets;

		snprintf(pps, sizeof(pps), "%.*f", packets / seconds < 10, packets / seconds);
		snprintf(share, sizeof(share), "%.0f %%", 100 * packets / (double)tally->packets);
		snprintf(dropped, sizeof(dropped), "%.0f %%", 100 * (double)sender->dropped / packets);
		snprintf(limited, sizeof(limited), "%.0f %%", 100 * (double)sender->limited / packets);
		ng_table_row(table, (const char *const[]){ ng_prefix_format(&sender->prefix, text), pps, share, dropped,
							   limited, commonest(sender) });
	}
	ng_table_print(table);
}

/* Lines of a drawing that are no senders: what is said above, headings, and what is between. */
#define OTHER_LINES 9

/* As many as fit where it is drawn on a terminal. 0: -n is none from 1 to 1000. */
static size_t rows_of(const struct ng_command *command)
{
	size_t room = is_drawn ? ng_output_rows() : 0;
	unsigned long rows;
	char *end;

	if (!command->rows)
		return room > OTHER_LINES + 2 && room < 2 * ROWS + OTHER_LINES ? (room - OTHER_LINES) / 2 : ROWS;
	rows = strtoul(command->rows, &end, 10);
	return *command->rows < '0' || *command->rows > '9' || *end || rows > 1000 ? 0 : rows;
}

static void print_tallies(const struct ng_command *command, const struct ng_sampled *sampled,
			  const struct tally *senders, const struct tally *networks)
{
	double seconds = seconds_of(sampled);
	size_t rows = rows_of(command);

	if (command->json) {
		ng_print_json(json_pack("{s:f,s:I,s:I,s:o,s:o}", "seconds", seconds, "samples",
					(json_int_t)sampled->count, "packets", (json_int_t)senders->packets,
					"addresses", senders_json(senders, rows, seconds, "address"), "prefixes",
					senders_json(networks, rows, seconds, "prefix")));
		return;
	}
	printf("%.0f packets/s of NTP came in over the last %.1f s (%zu samples)\n", (double)senders->packets / seconds,
	       seconds, sampled->count);
	puts("In a flood these are most likely its victims: attackers write the addresses of\n"
	     "others into their packets. To deny them stops nobody, and cuts them off.");
	if (is_drawn)
		printf("by %s; keys: p packets, d dropped, l limited, a address, q ends\n", order->name);
	puts("");
	print_senders(senders, rows, seconds, "ADDRESS");
	puts("");
	print_senders(networks, rows, seconds, "NETWORK");
}

/* By the lengths of the policy's first prefixlimit; without one, /24 and /56. */
static void network_lengths(const struct ng_policy *policy, uint8_t lengths[NG_FAMILIES])
{
	const struct ng_limit *rung = &policy->limits.prefix[0];

	lengths[NG_IPV4] = rung->burst ? rung->lengths[NG_IPV4] : 24;
	lengths[NG_IPV6] = rung->burst ? rung->lengths[NG_IPV6] : 56;
}

static int show(const struct ng_command *command, const struct ng_policy *policy, const struct ng_sampled *sampled,
		struct ng_fault *fault)
{
	struct tally senders = { 0 }, networks = { 0 };
	uint8_t lengths[NG_FAMILIES];
	int error = 0;

	network_lengths(policy, lengths);
	if (make_tally(sampled, ng_prefix_bits, &senders) && make_tally(sampled, lengths, &networks))
		print_tallies(command, sampled, &senders, &networks);
	else
		error = ng_fault(fault, NG_EXIT_KERNEL, ENOMEM, "out of memory");
	free(senders.list);
	free(networks.list);
	return error;
}

/* By ntpguardd, where this user may not read the kernel. */
static int read_by_daemon(struct ng_sampled *sampled, struct ng_policy *policy, struct ng_fault *fault)
{
	static struct ng_snapshot snapshot;
	int error = ng_control_snapshot(&snapshot, fault);

	*policy = snapshot.policy;
	return error ? error : ng_control_samples(sampled, fault);
}

/* The pins are opened for each look, so that no command waits for this one. */
static int read_samples(const struct ng_command *command, struct ng_sampled *sampled, struct ng_policy *policy,
			struct ng_fault *fault)
{
	struct ng_loader *loader = NULL;
	int error = ng_loader_open(&loader, command->bpffs, NG_READ, fault);

	if (error)
		return fault->exit == NG_EXIT_PERMISSION ? read_by_daemon(sampled, policy, fault) : error;
	ng_swap_head(loader, policy);
	error = ng_samples_read(loader, NG_TOP_SECONDS, sampled);
	if (error)
		ng_fault(fault, NG_EXIT_KERNEL, -error, "reading the samples: %s", strerror(-error));
	ng_loader_close(loader);
	return error;
}

static int look(const struct ng_command *command)
{
	struct ng_sampled sampled;
	struct ng_policy policy;
	struct ng_fault fault;
	int error = read_samples(command, &sampled, &policy, &fault);

	if (!error) {
		error = show(command, &policy, &sampled, &fault);
		free(sampled.list);
	}
	return error ? ng_fail(command, &fault) : NG_EXIT_OK;
}

/* Its number of rows and its order. */
static int take_options(struct ng_command *command)
{
	const char *nearest;

	if (!rows_of(command))
		return ng_fail_usage(command, "-n %s: must be 1 to 1000", command->rows);
	for (size_t i = 0; command->sort && i < ORDERS; i++)
		if (!strcmp(orders[i].name, command->sort))
			order = &orders[i];
	if (!command->sort || !strcmp(order->name, command->sort))
		return 0;
	nearest = ng_word_nearest(command->sort, orders, ORDERS, sizeof(orders[0]));
	return ng_fail_usage(command, "--sort %s: must be packets, dropped, limited or address%s%s%s", command->sort,
			     nearest ? "; is " : "", nearest ? nearest : "", nearest ? " meant?" : "");
}

static void take_key(int key)
{
	for (size_t i = 0; i < ORDERS; i++)
		if (orders[i].key == key)
			order = &orders[i];
}

int ng_cmd_top(struct ng_command *command)
{
	int exit, key = 0;

	if (command->count)
		return ng_fail_usage(command, "top takes no operand");
	exit = take_options(command);
	if (exit)
		return exit;
	if (command->once || command->json || !isatty(STDOUT_FILENO))
		return look(command);
	is_drawn = true;
	ng_screen_begin();
	do {
		ng_screen_draw();
		exit = look(command);
		take_key(key = exit ? -1 : ng_screen_wait(1000 * REDRAW_SECONDS));
	} while (key >= 0);
	ng_screen_end();
	return exit;
}
