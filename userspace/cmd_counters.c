// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "metrics.h"
#include "snapshot.h"
#include "watch.h"

/* Whether a row of the counters exists at all: not every verdict has both directions. */
static bool is_row(unsigned int direction, unsigned int verdict)
{
	return direction == NG_IN ? ng_verdict_texts[verdict].in : ng_verdict_texts[verdict].out;
}

typedef void (*row_function)(void *to, unsigned int direction, unsigned int family, unsigned int verdict,
			     const struct ng_count *count);

static void each_row(const struct ng_counters *counters, row_function function, void *to)
{
	for (unsigned int direction = 0; direction < NG_DIRECTIONS; direction++)
		for (unsigned int family = 0; family < NG_FAMILIES; family++)
			for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++)
				if (is_row(direction, verdict))
					function(to, direction, family, verdict,
						 &counters->row[direction][family][verdict]);
}

static void row_json(void *list, unsigned int direction, unsigned int family, unsigned int verdict,
		     const struct ng_count *count)
{
	const struct ng_verdict_text *text = &ng_verdict_texts[verdict];

	json_array_append_new(list,
			      json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I}", "direction", ng_direction_labels[direction],
					"family", ng_family_labels[family], "verdict", text->drops ? "drop" : "pass",
					"reason", text->label, "packets", (json_int_t)count->packets, "bytes",
					(json_int_t)count->bytes, "would_drop", (json_int_t)count->would_drop));
}

json_t *ng_counters_json(const struct ng_counters *counters)
{
	json_t *rows = json_array();

	each_row(counters, row_json, rows);
	return rows;
}

static void print_json(const struct ng_snapshot *snapshot)
{
	json_t *interfaces = json_array();

	for (size_t i = 0; i < snapshot->count; i++) {
		const struct ng_seen *seen = &snapshot->interfaces[i];

		json_array_append_new(interfaces,
				      json_pack("{s:s,s:b,s:o}", "name", seen->row.name, "monitor", seen->monitor,
						"counters", ng_counters_json(&seen->counters)));
	}
	ng_print_json(json_pack("{s:o,s:o}", "interfaces", interfaces, "limits", ng_limits_json(snapshot)));
}

struct text_rows {
	struct ng_table_text *table;
	const char *interface;
	bool all;
	size_t printed;
};

static void row_text(void *to, unsigned int direction, unsigned int family, unsigned int verdict,
		     const struct ng_count *count)
{
	const struct ng_verdict_text *text = &ng_verdict_texts[verdict];
	struct text_rows *rows = to;
	char packets[24], bytes[24], would_drop[24];

	if (!rows->all && !count->packets && !count->would_drop)
		return;
	snprintf(packets, sizeof(packets), "%llu", (unsigned long long)count->packets);
	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)count->bytes);
	snprintf(would_drop, sizeof(would_drop), "%llu", (unsigned long long)count->would_drop);
	ng_table_row(rows->table,
		     (const char *const[]){ rows->interface, ng_direction_labels[direction], ng_family_labels[family],
					    text->drops ? "drop" : "pass", text->label, packets, bytes, would_drop });
	rows->printed++;
}

/* Only what has happened, unless -v. */
static void print_text(const struct ng_snapshot *snapshot, bool all)
{
	static const char *const headings[] = { "INTERFACE", "DIRECTION", "FAMILY", "VERDICT",
						"REASON",    ">PACKETS",  ">BYTES", ">WOULD DROP" };
	struct text_rows rows = { .table = ng_table_new(headings, 8), .all = all };

	for (size_t i = 0; i < snapshot->count; i++) {
		rows.interface = snapshot->interfaces[i].row.name;
		each_row(&snapshot->interfaces[i].counters, row_text, &rows);
	}
	ng_table_print(rows.table);
	if (!rows.printed)
		puts("no NTP packet was seen yet");
	if (snapshot->policy.default_action == NG_DEFAULT_LIMIT) {
		puts("");
		ng_limits_print(snapshot);
	}
}

static void print(const struct ng_command *command, const struct ng_snapshot *snapshot)
{
	if (command->prometheus)
		ng_metrics_print(stdout, &(struct ng_metrics){ .snapshot = snapshot }, false);
	else if (command->json)
		print_json(snapshot);
	else
		print_text(snapshot, command->verbose);
}

/* --watch [SECONDS] */
static int watch(struct ng_command *command)
{
	char *rest = "";
	unsigned long seconds = command->count ? strtoul(command->operands[0], &rest, 10) : 1;

	if (command->count > 1)
		return ng_fail_usage(command, "counters --watch takes one number of seconds, not %d", command->count);
	if (command->count &&
	    (command->operands[0][0] < '0' || command->operands[0][0] > '9' || *rest || !seconds || seconds > 3600))
		return ng_fail_usage(command, "counters --watch %s: must be seconds, from 1 to 3600",
				     command->operands[0]);
	if (command->prometheus)
		return ng_fail_usage(command, "counters: --watch or --prometheus, not both");
	return ng_watch(command, (unsigned int)seconds);
}

int ng_cmd_counters(struct ng_command *command)
{
	if (command->watch)
		return watch(command);
	if (command->count)
		return ng_fail_usage(command, "counters takes no operand");
	if (command->json && command->prometheus)
		return ng_fail_usage(command, "counters: --json or --prometheus, not both");
	return ng_report(command, print);
}
