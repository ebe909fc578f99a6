// SPDX-License-Identifier: GPL-2.0-only
#include "evidence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "control.h"
#include "tool.h"

bool ng_evidence_acts(const struct ng_seen *seen)
{
	return seen->link.attached && !seen->monitor;
}

/* What the probes on their way out, and the two attacks on their way in, must have become. */
static bool are_probes_dropped(const struct ng_probed *probed)
{
	static const enum ng_probe attacks[] = { NG_PROBE_MONLIST, NG_PROBE_READVAR, NG_PROBE_ANSWER_MODE7,
						 NG_PROBE_ANSWER_LARGE };

	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++)
		for (int family = 0; family < NG_FAMILIES; family++) {
			enum ng_verdict verdict = probed->verdict[attacks[i]][family];

			if (verdict >= NG_VERDICTS || !ng_verdict_texts[verdict].drops)
				return false;
		}
	return true;
}

bool ng_evidence_cannot_amplify(const struct ng_evidence *evidence)
{
	const struct ng_snapshot *snapshot = &evidence->snapshot;

	for (uint32_t i = 0; i < snapshot->count; i++)
		if (!ng_evidence_acts(&snapshot->interfaces[i]) || !snapshot->interfaces[i].link.egress)
			return false;
	return snapshot->count && are_probes_dropped(&evidence->probed);
}

unsigned int ng_evidence_exceptions(const struct ng_evidence *evidence)
{
	return ng_snapshot_entries(&evidence->snapshot, NG_SET_CONTROL) +
	       ng_snapshot_entries(&evidence->snapshot, NG_SET_PRIVATE);
}

uint64_t ng_totals_dropped(const struct ng_totals *totals, enum ng_direction direction)
{
	uint64_t packets = 0;

	for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++)
		if (direction == NG_IN ? ng_verdict_texts[verdict].in : ng_verdict_texts[verdict].out)
			packets += totals->dropped[verdict];
	return packets;
}

/* ---- chrony ---- */

/* Of "chronyd (chrony) version 4.3 (+CMDMON ...)". */
static void read_chronyd(struct ng_evidence *evidence)
{
	static const char *const tool[] = { "chronyd", "--version", NULL };
	static const char before[] = " version ";
	const char *at;
	char *text;
	size_t size;

	if (ng_tool_read(tool, &text, &size))
		return;
	at = strstr(text, before);
	if (at) {
		at += sizeof(before) - 1;
		snprintf(evidence->chronyd, sizeof(evidence->chronyd), "%.*s", (int)strcspn(at, " \n"), at);
	}
	free(text);
}

static void read_time(struct ng_evidence *evidence)
{
	struct ng_timekeeper_asked asked;

	ng_timekeeper_ask(&asked);
	read_chronyd(evidence);
	ng_timekeeper_hear(&asked, &evidence->time);
}

/* ---- the guard ---- */

static int read_policy(struct ng_evidence *evidence, struct ng_draft *draft, struct ng_fault *fault)
{
	FILE *to = open_memstream(&evidence->policy, &evidence->policy_size);
	struct ng_policy *image;
	int error;

	if (!to)
		return ng_fault(fault, NG_EXIT_KERNEL, errno, "out of memory");
	ng_draft_print(draft, to);
	error = fclose(to);
	evidence->default_action = draft->default_action;
	image = error ? NULL : ng_compile(draft);
	if (!image)
		return ng_fault(fault, NG_EXIT_KERNEL, ENOMEM, "compiling the policy in force: %s", strerror(ENOMEM));
	error = ng_probe_all(&evidence->probed, image, fault);
	free(image);
	return error;
}

static int read_guard(struct ng_evidence *evidence, const char *bpffs, struct ng_fault *fault)
{
	struct ng_loader *loader = NULL;
	struct ng_draft draft = { 0 };
	int error = ng_loader_open(&loader, bpffs, NG_READ, fault);

	if (!error)
		error = ng_snapshot_read(loader, &evidence->snapshot, fault);
	if (!error)
		error = ng_live_draft(loader, &draft, fault);
	ng_loader_close(loader);
	if (!error)
		error = read_policy(evidence, &draft, fault);
	ng_draft_free(&draft);
	return error;
}

static void sum_up(struct ng_evidence *evidence)
{
	const struct ng_snapshot *snapshot = &evidence->snapshot;

	for (uint32_t i = 0; i < snapshot->count; i++) {
		uint64_t loaded = snapshot->interfaces[i].row.loaded;

		ng_totals_add(&evidence->totals, &snapshot->interfaces[i].counters);
		if (!evidence->loaded || loaded < evidence->loaded)
			evidence->loaded = loaded;
	}
}

/* What came since ntpguardd wrote its file belongs to the present hour, unless it ended long ago. */
static void read_hours(struct ng_evidence *evidence)
{
	int error;

	evidence->no_hours = ng_hours_read(&evidence->hours, ng_hours_path(), &error);
	evidence->hours_missing = error == -ENOENT;
	if (!evidence->no_hours && evidence->has_daemon)
		ng_hours_look(&evidence->hours, &evidence->snapshot);
}

int ng_evidence_gather(struct ng_evidence *evidence, const char *bpffs, struct ng_fault *fault)
{
	int error = read_guard(evidence, bpffs, fault);

	if (error)
		return error;
	evidence->made = (uint64_t)time(NULL);
	uname(&evidence->system);
	evidence->has_daemon = ng_control_is_running();
	sum_up(evidence);
	read_hours(evidence);
	read_time(evidence);
	return 0;
}

void ng_evidence_free(struct ng_evidence *evidence)
{
	free(evidence->policy);
	evidence->policy = NULL;
}
