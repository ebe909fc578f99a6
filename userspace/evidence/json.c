// SPDX-License-Identifier: GPL-2.0-only
/* The report for machines: the same in every language. Times are seconds since the epoch, and UTC. */
#include <time.h>

#include "command.h"
#include "evidence.h"
#include "version.h"

static json_t *time_json(uint64_t when)
{
	time_t seconds = (time_t)when;
	struct tm utc;
	char text[32];

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
	return json_string(text);
}

static json_t *interfaces_json(const struct ng_snapshot *snapshot)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < snapshot->count; i++) {
		const struct ng_seen *seen = &snapshot->interfaces[i];

		json_array_append_new(list,
				      json_pack("{s:s,s:o,s:I,s:s,s:b,s:b,s:b,s:b,s:s,s:b,s:o}", "name", seen->row.name,
						"loaded", time_json(seen->row.loaded), "loaded_seconds",
						(json_int_t)seen->row.loaded, "mode", ng_link_mode(&seen->link),
						"attached", seen->link.attached, "egress", seen->link.egress, "monitor",
						seen->monitor, "acts", ng_evidence_acts(seen), "version",
						seen->row.version, "current_build", ng_interface_is_current(&seen->row),
						"counters", ng_counters_json(&seen->counters)));
	}
	return list;
}

static json_t *policy_json(const struct ng_evidence *evidence)
{
	const struct ng_policy *policy = &evidence->snapshot.policy;
	json_t *lists = json_object();

	for (enum ng_set set = 0; set < NG_SETS; set++)
		json_object_set_new(lists, ng_set_labels[set],
				    json_integer(ng_snapshot_entries(&evidence->snapshot, set)));
	return json_pack("{s:s,s:s,s:I,s:s,s:o,s:s,s:o}", "name", policy->name, "file", policy->file, "generation",
			 (json_int_t)policy->generation, "hash", policy->hash, "published",
			 time_json(policy->published), "default", ng_default_labels[evidence->default_action], "lists",
			 lists);
}

static json_t *dropped_json(const struct ng_totals *totals)
{
	json_t *dropped = json_object();

	for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++)
		if (ng_verdict_texts[verdict].drops)
			json_object_set_new(dropped, ng_verdict_texts[verdict].label,
					    json_integer((json_int_t)totals->dropped[verdict]));
	return dropped;
}

static json_t *totals_json(const struct ng_totals *totals)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:o}", "packets_in", (json_int_t)totals->packets[NG_IN], "packets_out",
			 (json_int_t)totals->packets[NG_OUT], "query_bytes", (json_int_t)totals->payload[NG_IN],
			 "answer_bytes", (json_int_t)totals->payload[NG_OUT], "would_drop",
			 (json_int_t)totals->would_drop, "dropped", dropped_json(totals));
}

static json_t *self_test_json(const struct ng_probed *probed)
{
	json_t *list = json_array();
	char text[NG_PREFIX_TEXT];

	for (int number = 0; number < NG_PROBES; number++)
		for (int family = 0; family < NG_FAMILIES; family++) {
			const struct ng_probe_text *probe = &ng_probe_texts[number];
			enum ng_verdict verdict = probed->verdict[number][family];
			bool is_ntp = verdict < NG_VERDICTS;

			json_array_append_new(
				list,
				json_pack("{s:s,s:s,s:s,s:s,s:b,s:i,s:s,s:s}", "packet", probe->label, "direction",
					  ng_direction_labels[probe->direction], "family", ng_family_labels[family],
					  "stranger", ng_prefix_format(&probed->stranger[family], text),
					  "stranger_listed", probed->is_listed[family], "bytes", (int)probe->length,
					  "verdict", is_ntp && ng_verdict_texts[verdict].drops ? "drop" : "pass",
					  "reason", is_ntp ? ng_verdict_texts[verdict].label : "not_ntp"));
		}
	return list;
}

static json_t *hour_json(const struct ng_hour *hour)
{
	json_t *row = json_pack("{s:o,s:i,s:b,s:b,s:b}", "began", time_json(hour->began), "seconds", (int)hour->seconds,
				"counters_began_anew", (int)(hour->flags & NG_HOUR_RESET), "clock_was_set",
				(int)(hour->flags & NG_HOUR_CLOCK), "gap_before", (int)(hour->flags & NG_HOUR_GAP));
	json_t *totals = totals_json(&hour->totals);

	json_object_update(row, totals);
	json_decref(totals);
	return row;
}

/* The oldest first. */
static json_t *hours_json(const struct ng_hours *hours)
{
	json_t *list = json_array();
	const struct ng_hour *row;

	for (unsigned int n = NG_HOURS; n--;) {
		row = ng_hours_at(hours, n);
		if (row)
			json_array_append_new(list, hour_json(row));
	}
	return list;
}

static json_t *time_state_json(const struct ng_timekeeper *keeper)
{
	return json_pack("{s:s,s:b,s:o}", "said_by", keeper->is_chronyd ? "chronyd" : "kernel", "synchronised",
			 keeper->is_synchronised, "stratum",
			 keeper->is_chronyd ? json_integer(keeper->stratum) : json_null());
}

json_t *ng_evidence_json(const struct ng_evidence *evidence)
{
	const struct ng_snapshot *snapshot = &evidence->snapshot;
	const struct utsname *system = &evidence->system;

	return json_pack("{s:o,s:I,s:{s:s,s:s,s:s,s:s},s:s,s:s,s:o,s:{s:b},s:o,s:o,s:o,s:o,s:{s:I,s:I,s:f,s:b,s:i},s:o,"
			 "s:o,s:s?}",
			 "made", time_json(evidence->made), "made_seconds", (json_int_t)evidence->made, "host", "name",
			 system->nodename, "system", system->sysname, "kernel", system->release, "machine",
			 system->machine, "ntpguard", NG_VERSION, "chronyd", evidence->chronyd, "time",
			 time_state_json(&evidence->time), "daemon", "running", evidence->has_daemon, "loaded",
			 time_json(evidence->loaded), "interfaces", interfaces_json(snapshot), "policy",
			 policy_json(evidence), "totals", totals_json(&evidence->totals), "amplification", "bytes_in",
			 (json_int_t)snapshot->bytes_in, "bytes_out", (json_int_t)snapshot->bytes_out, "factor",
			 ng_snapshot_factor(snapshot), "impossible", ng_evidence_cannot_amplify(evidence), "exceptions",
			 (int)ng_evidence_exceptions(evidence), "self_test", self_test_json(&evidence->probed), "hours",
			 hours_json(&evidence->hours), "hours_missing_because", evidence->no_hours);
}
