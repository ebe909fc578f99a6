// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "control.h"
#include "snapshot.h"
#include "warnings.h"

static json_t *interfaces_json(const struct ng_snapshot *snapshot)
{
	json_t *list = json_array();

	for (size_t i = 0; i < snapshot->count; i++) {
		const struct ng_seen *seen = &snapshot->interfaces[i];

		json_array_append_new(list,
				      json_pack("{s:s,s:i,s:s,s:b,s:b,s:b,s:i}", "name", seen->row.name, "ifindex",
						(int)seen->row.ifindex, "mode", ng_link_mode(&seen->link), "dispatcher",
						seen->link.dispatcher, "egress", seen->link.egress, "monitor",
						seen->monitor, "program_id", (int)seen->link.program_id));
	}
	return list;
}

static void print_json(const struct ng_snapshot *snapshot)
{
	const struct ng_policy *policy = &snapshot->policy;

	ng_print_json(json_pack(
		"{s:{s:s,s:s,s:I,s:s},s:o,s:{s:i,s:i,s:i},s:{s:I,s:I,s:f},s:{s:b},s:o}", "policy", "name", policy->name,
		"file", policy->file, "generation", (json_int_t)policy->generation, "hash", policy->hash, "interfaces",
		interfaces_json(snapshot), "access", "allow", (int)ng_snapshot_entries(snapshot, NG_SET_ALLOW), "deny",
		(int)ng_snapshot_entries(snapshot, NG_SET_DENY), "control",
		(int)ng_snapshot_entries(snapshot, NG_SET_CONTROL), "amplification", "bytes_in",
		(json_int_t)snapshot->bytes_in, "bytes_out", (json_int_t)snapshot->bytes_out, "factor",
		ng_snapshot_factor(snapshot), "daemon", "running", ng_control_is_running(), "limits",
		ng_limits_json(snapshot)));
}

static void print_interfaces(const struct ng_snapshot *snapshot)
{
	static const char *const headings[] = { "INTERFACE", "MODE", "DISPATCHER", "EGRESS", "MONITOR", ">PROGRAM" };
	struct ng_table_text *table = ng_table_new(headings, 6);

	for (size_t i = 0; i < snapshot->count; i++) {
		const struct ng_seen *seen = &snapshot->interfaces[i];
		char id[16];

		snprintf(id, sizeof(id), "%u", seen->link.program_id);
		ng_table_row(table, (const char *const[]){ seen->row.name, ng_link_mode(&seen->link),
							   seen->link.dispatcher ? "yes" : "no",
							   seen->link.egress ? "yes" : "no",
							   seen->monitor ? "yes" : "no", id });
	}
	ng_table_print(table);
}

static void print_warning(void *unused, const char *sentence)
{
	(void)unused;
	printf("warning    %s\n", sentence);
}

static void print_text(const struct ng_snapshot *snapshot)
{
	const struct ng_policy *policy = snapshot->policy.generation ? &snapshot->policy : NULL;
	char when[32] = "";
	time_t published = policy ? (time_t)policy->published : 0;

	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", localtime(&published));
	print_interfaces(snapshot);
	if (policy)
		printf("\npolicy     %s (%s), generation %llu, in force since %s\n", policy->name, policy->file,
		       (unsigned long long)policy->generation, when);
	printf("lists      allow %u, deny %u, control %u, private %u\n", ng_snapshot_entries(snapshot, NG_SET_ALLOW),
	       ng_snapshot_entries(snapshot, NG_SET_DENY), ng_snapshot_entries(snapshot, NG_SET_CONTROL),
	       ng_snapshot_entries(snapshot, NG_SET_PRIVATE));
	printf("packets    %llu passed, %llu dropped, %llu would have been dropped\n",
	       (unsigned long long)snapshot->passed, (unsigned long long)snapshot->dropped,
	       (unsigned long long)snapshot->would_drop);
	printf("answers    %llu bytes for %llu bytes of queries: amplification factor %.2f\n",
	       (unsigned long long)snapshot->bytes_out, (unsigned long long)snapshot->bytes_in,
	       ng_snapshot_factor(snapshot));
	if (policy)
		ng_limits_print(snapshot);
	ng_warnings(snapshot, print_warning, NULL);
}

static void print(const struct ng_command *command, const struct ng_snapshot *snapshot)
{
	if (command->json)
		print_json(snapshot);
	else
		print_text(snapshot);
}

int ng_cmd_status(struct ng_command *command)
{
	if (command->count)
		return ng_fail_usage(command, "status takes no operand");
	return ng_report(command, print);
}
