// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"

#include <string.h>

#define ACTION_PASS false
#define ACTION_DROP true
#define DIRECTION_IN .in = true
#define DIRECTION_OUT .out = true
#define DIRECTION_ANY .in = true, .out = true

const struct ng_verdict_text ng_verdict_texts[NG_VERDICTS] = {
#define NG_VERDICT(number, id, direction, action, name, text)                                                          \
	[number] = { .label = name, .sentence = text, .drops = ACTION_##action, DIRECTION_##direction },
#include "verdicts.def"
#undef NG_VERDICT
};

const char *const ng_direction_labels[NG_DIRECTIONS] = { [NG_IN] = "in", [NG_OUT] = "out" };
const char *const ng_family_labels[NG_FAMILIES] = { [NG_IPV4] = "ipv4", [NG_IPV6] = "ipv6" };

/* What is no query to the NTP port, or cannot be told to be one. */
#define NOT_QUERIES                                                                                                    \
	(1u << NG_V_INTERNAL | 1u << NG_V_FRAGMENT | 1u << NG_V_REPLY_LISTED | 1u << NG_V_REPLY_SOLICITED |            \
	 1u << NG_V_UNSOLICITED | 1u << NG_V_BAD_ORIGIN | 1u << NG_V_BROADCAST)

static bool is_query(unsigned int verdict)
{
	return !(NOT_QUERIES >> verdict & 1);
}

static bool is_request(unsigned int verdict)
{
	return verdict == NG_V_DENIED || (verdict >= NG_V_REQUEST_ALLOWED && verdict <= NG_V_NOT_ALLOWED) ||
	       (verdict >= NG_V_SOURCE_RATE && verdict <= NG_V_REQUEST_REGULAR);
}

static bool is_answer(unsigned int verdict)
{
	return verdict == NG_V_ANSWER_SENT || verdict == NG_V_ANSWER_MODE6 || verdict == NG_V_ANSWER_MODE7 ||
	       verdict == NG_V_ANSWER_AMPLIFIED;
}

uint64_t ng_counters_payload(const struct ng_counters *counters, enum ng_direction direction)
{
	uint64_t bytes = 0;

	for (unsigned int family = 0; family < NG_FAMILIES; family++)
		for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++)
			if (direction == NG_IN ? is_query(verdict) : is_answer(verdict))
				bytes += counters->row[direction][family][verdict].ntp_bytes;
	return bytes;
}

void ng_snapshot_add(struct ng_snapshot *snapshot, const struct ng_counters *counters)
{
	for (unsigned int direction = 0; direction < NG_DIRECTIONS; direction++)
		for (unsigned int family = 0; family < NG_FAMILIES; family++)
			for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++) {
				const struct ng_count *count = &counters->row[direction][family][verdict];

				if (ng_verdict_texts[verdict].drops)
					snapshot->dropped += count->packets;
				else
					snapshot->passed += count->packets;
				snapshot->would_drop += count->would_drop;
				if (direction == NG_IN && is_request(verdict))
					snapshot->requests += count->packets + count->would_drop;
				if (direction == NG_IN && verdict == NG_V_SOURCE_RATE)
					snapshot->limited += count->packets + count->would_drop;
			}
	snapshot->bytes_in += ng_counters_payload(counters, NG_IN);
	snapshot->bytes_out += ng_counters_payload(counters, NG_OUT);
	for (int rung = 0; rung < NG_RUNGS_MAX; rung++)
		snapshot->displaced[rung] += counters->displaced[rung];
}

_Static_assert(sizeof(struct ng_counters) % sizeof(uint64_t) == 0, "counters are 64 bits wide, all of them");

static void subtract(struct ng_counters *counters, const struct ng_counters *before)
{
	uint64_t *now = (uint64_t *)counters;
	const uint64_t *then = (const uint64_t *)before;

	for (size_t i = 0; i < sizeof(*counters) / sizeof(*now); i++)
		now[i] -= then[i] <= now[i] ? then[i] : 0;
}

static const struct ng_seen *find_same(const struct ng_snapshot *snapshot, const struct ng_interface *row)
{
	for (size_t i = 0; i < snapshot->count; i++)
		if (snapshot->interfaces[i].row.ifindex == row->ifindex &&
		    snapshot->interfaces[i].row.netns == row->netns)
			return &snapshot->interfaces[i];
	return NULL;
}

void ng_snapshot_since(const struct ng_snapshot *before, const struct ng_snapshot *now, struct ng_snapshot *since)
{
	*since = *now;
	since->passed = since->dropped = since->would_drop = 0;
	since->bytes_in = since->bytes_out = since->requests = since->limited = 0;
	memset(since->displaced, 0, sizeof(since->displaced));
	for (size_t i = 0; i < since->count; i++) {
		struct ng_seen *seen = &since->interfaces[i];
		const struct ng_seen *then = find_same(before, &seen->row);

		if (then)
			subtract(&seen->counters, &then->counters);
		ng_snapshot_add(since, &seen->counters);
	}
}

static int unreadable(struct ng_fault *fault, int error)
{
	return ng_fault(fault, NG_EXIT_KERNEL, -error, "reading the counters: %s", strerror(-error));
}

int ng_snapshot_read(struct ng_loader *loader, struct ng_snapshot *snapshot, struct ng_fault *fault)
{
	int error = 0;

	memset(snapshot, 0, sizeof(*snapshot));
	ng_swap_head(loader, &snapshot->policy);
	snapshot->policy_refused = ng_policy_refused(loader);
	for (unsigned int i = 0; i < NG_INTERFACES_MAX && !error; i++) {
		struct ng_seen *seen = &snapshot->interfaces[snapshot->count];

		if (!ng_interface_at(loader, i, &seen->row))
			continue;
		snapshot->count++;
		ng_link_read(&seen->row, &seen->link);
		seen->monitor = ng_interface_monitors(loader, i);
		error = ng_counters_read(loader, i, &seen->counters);
		ng_snapshot_add(snapshot, &seen->counters);
	}
	return error ? unreadable(fault, error) : 0;
}

int ng_snapshot_limits(struct ng_loader *loader, struct ng_snapshot *snapshot, struct ng_fault *fault)
{
	int error = ng_limits_read(loader, &snapshot->policy.paces, &snapshot->limits);

	return error ? unreadable(fault, error) : 0;
}

unsigned int ng_snapshot_entries(const struct ng_snapshot *snapshot, enum ng_set set)
{
	return snapshot->policy.set_count[set][NG_IPV4] + snapshot->policy.set_count[set][NG_IPV6];
}

double ng_snapshot_factor(const struct ng_snapshot *snapshot)
{
	return snapshot->bytes_in ? (double)snapshot->bytes_out / (double)snapshot->bytes_in : 0;
}

double ng_snapshot_limited_share(const struct ng_snapshot *snapshot)
{
	return snapshot->requests ? (double)snapshot->limited / (double)snapshot->requests : 0;
}

bool ng_snapshot_is_saturated(const struct ng_snapshot *snapshot)
{
	return snapshot->limits.refused && snapshot->limits.refused_seconds < NG_CALM_TICKS / NG_LIMIT_HZ;
}

const char *ng_link_mode(const struct ng_link *link)
{
	return !link->attached		      ? "gone"
	       : link->mode == NG_MODE_NATIVE ? "native"
	       : link->mode == NG_MODE_AUTO   ? "elsewhere"
					      : "generic";
}

uint64_t ng_snapshot_packets(const struct ng_snapshot *snapshot, unsigned int verdict, bool would)
{
	uint64_t packets = 0;

	for (size_t i = 0; i < snapshot->count; i++)
		for (unsigned int direction = 0; direction < NG_DIRECTIONS; direction++)
			for (unsigned int family = 0; family < NG_FAMILIES; family++) {
				const struct ng_count *count =
					&snapshot->interfaces[i].counters.row[direction][family][verdict];

				packets += would ? count->would_drop : count->packets;
			}
	return packets;
}
