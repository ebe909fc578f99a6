// SPDX-License-Identifier: GPL-2.0-only
/* ntpguard monitor: packets as they are dropped, decoded. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hearing.h"
#include "message.h"
#include "snapshot.h"

/* One packet, as it is told. */
struct told {
	char interface[16], address[NG_PREFIX_TEXT];
	struct ng_message message;
	bool is_message;
	const struct ng_verdict_text *verdict;
	uint64_t time_ns;
};

static void take(struct ng_hearing *hearing, const struct ng_event *event, struct told *told)
{
	enum ng_direction direction = event->direction ? NG_OUT : NG_IN;

	ng_hearing_interface(hearing, event, told->interface, sizeof(told->interface));
	told->is_message = ng_message_read(event->frame, event->size, direction, event->ntp_len, &told->message);
	snprintf(told->address, sizeof(told->address), "?");
	if (told->is_message)
		ng_prefix_format(&told->message.far, told->address);
	told->verdict = &ng_verdict_texts[event->verdict % NG_VERDICTS];
	told->time_ns = ng_hearing_time(hearing, event);
}

static const char *outcome(const struct told *told, const struct ng_event *event)
{
	if (!told->verdict->drops)
		return "pass";
	return event->passed ? "would" : "drop";
}

static void print_line(const struct told *told, const struct ng_event *event)
{
	time_t seconds = (time_t)(told->time_ns / 1000000000u);
	char when[16], text[96] = "not to be read", more[32] = "";

	strftime(when, sizeof(when), "%H:%M:%S", localtime(&seconds));
	if (told->is_message)
		ng_message_describe(&told->message, text, sizeof(text));
	if (event->weight > 1)
		snprintf(more, sizeof(more), " (1/%u)", event->weight);
	printf("%s %-5s %-4s %-15s %-5s %-11s %s%s\n", when, told->interface, event->direction ? "to" : "from",
	       told->address, outcome(told, event), told->verdict->label, text, more);
}

static json_t *line_json(const struct told *told, const struct ng_event *event)
{
	const struct ng_message *message = &told->message;
	json_t *line = json_pack("{s:f,s:s,s:s,s:s,s:s,s:i,s:s,s:s,s:b,s:I,s:I}", "time", (double)told->time_ns / 1e9,
				 "interface", told->interface, "direction", ng_direction_labels[event->direction & 1],
				 "family", ng_family_labels[event->family & 1], "address", told->address, "port",
				 (int)message->far_port, "verdict", told->verdict->drops ? "drop" : "pass", "reason",
				 told->verdict->label, "monitor", told->verdict->drops && event->passed, "weight",
				 (json_int_t)event->weight, "frame_bytes", (json_int_t)event->frame_bytes);

	json_object_update_new(line, json_pack("{s:i,s:i,s:i,s:s?,s:f}", "mode", (int)message->mode, "version",
					       (int)message->version, "length", (int)event->ntp_len, "request",
					       message->request, "amplification", message->amplification));
	return line;
}

static int print(struct ng_hearing *hearing, const struct ng_event *event)
{
	struct told told;

	take(hearing, event, &told);
	if (hearing->command->json)
		ng_print_json(line_json(&told, event));
	else
		print_line(&told, event);
	return fflush(stdout) ? NG_EXIT_NEGATIVE : NG_EXIT_OK;
}

static int begin(struct ng_hearing *hearing)
{
	ng_say(hearing->command, "listening for packets that are %s; Ctrl-C ends it",
	       hearing->command->reason ? hearing->command->reason : "dropped");
	return NG_EXIT_OK;
}

int ng_cmd_monitor(struct ng_command *command)
{
	struct ng_hearing hearing = { .begin = begin, .each = print };
	int exit;

	if (command->count)
		return ng_fail_usage(command, "monitor takes no operand");
	exit = ng_hearing_take(command, &hearing);
	if (exit)
		return exit;
	exit = ng_hearing_run(&hearing);
	if (exit == NG_EXIT_OK)
		ng_say(command, "%llu packets shown, of %llu", (unsigned long long)hearing.told,
		       (unsigned long long)hearing.stood_for);
	return exit;
}
