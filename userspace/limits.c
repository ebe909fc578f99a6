// SPDX-License-Identifier: GPL-2.0-only
/* What the limits have to do, as text and as JSON, for status and counters. */
#include <stdio.h>

#include "command.h"
#include "snapshot.h"

static bool has_limits(const struct ng_snapshot *snapshot)
{
	return snapshot->policy.default_action == NG_DEFAULT_LIMIT;
}

static json_t *table_json(const struct ng_snapshot *snapshot, int i)
{
	const struct ng_pace *pace = &snapshot->policy.paces.pace[i];

	return json_pack("{s:i,s:i,s:I,s:I,s:I}", "ipv4_length", (int)pace->lengths[NG_IPV4], "ipv6_length",
			 (int)pace->lengths[NG_IPV6], "capacity", (json_int_t)snapshot->limits.table[i].capacity,
			 "live", (json_int_t)snapshot->limits.table[i].live, "displaced",
			 (json_int_t)snapshot->displaced[pace->rung % NG_RUNGS_MAX]);
}

static json_t *host_json(const struct ng_snapshot *snapshot)
{
	const struct ng_limits_seen *seen = &snapshot->limits;

	return json_pack("{s:I,s:f,s:b,s:o}", "limit_pps", (json_int_t)snapshot->policy.limits.global_pps, "spent",
			 seen->host_spent, "saturated", ng_snapshot_is_saturated(snapshot), "refused_seconds_ago",
			 seen->refused ? json_integer(seen->refused_seconds) : json_null());
}

json_t *ng_limits_json(const struct ng_snapshot *snapshot)
{
	const struct ng_limits_seen *seen = &snapshot->limits;
	json_t *tables = json_array();

	for (int i = 0; i < NG_PACES && seen->table[i].capacity; i++)
		json_array_append_new(tables, table_json(snapshot, i));
	return json_pack("{s:I,s:b,s:o,s:o,s:{s:I,s:I,s:I,s:b},s:f}", "memory_bytes", (json_int_t)seen->memory,
			 "enforced", has_limits(snapshot), "tables", tables, "host", host_json(snapshot), "regulars",
			 "capacity", (json_int_t)seen->places, "known", (json_int_t)seen->regulars, "candidates",
			 (json_int_t)seen->candidates, "learning",
			 snapshot->policy.regulars && !ng_snapshot_is_saturated(snapshot), "limited_share",
			 ng_snapshot_limited_share(snapshot));
}

static void print_table(const struct ng_snapshot *snapshot, int i)
{
	const struct ng_pace *pace = &snapshot->policy.paces.pace[i];

	if (pace->rung)
		printf(", %u of %u /%u and /%u", snapshot->limits.table[i].live, snapshot->limits.table[i].capacity,
		       pace->lengths[NG_IPV4], pace->lengths[NG_IPV6]);
	else
		printf(", %u of %u addresses", snapshot->limits.table[i].live, snapshot->limits.table[i].capacity);
	if (snapshot->displaced[pace->rung % NG_RUNGS_MAX])
		printf(" (%llu displaced)", (unsigned long long)snapshot->displaced[pace->rung % NG_RUNGS_MAX]);
}

static void print_host(const struct ng_snapshot *snapshot)
{
	const struct ng_limits_seen *seen = &snapshot->limits;

	printf("host       %u packets/s, burst %.0f %% spent", snapshot->policy.limits.global_pps,
	       100 * seen->host_spent);
	if (seen->refused)
		printf(", strangers refused %u s ago", seen->refused_seconds);
	puts("");
}

static void print_regulars(const struct ng_snapshot *snapshot)
{
	const struct ng_limits_seen *seen = &snapshot->limits;

	printf("regulars   %u of %u, %u candidates%s\n", seen->regulars, seen->places, seen->candidates,
	       ng_snapshot_is_saturated(snapshot) ? "; nobody is learned before a calm minute" : "");
}

void ng_limits_print(const struct ng_snapshot *snapshot)
{
	printf("limits     %llu KiB", (unsigned long long)snapshot->limits.memory >> 10);
	if (!has_limits(snapshot)) {
		puts(", idle: this policy limits nobody");
		return;
	}
	for (int i = 0; i < NG_PACES && snapshot->limits.table[i].capacity; i++)
		print_table(snapshot, i);
	puts("");
	if (snapshot->policy.limits.global_pps)
		print_host(snapshot);
	if (snapshot->policy.regulars)
		print_regulars(snapshot);
}
