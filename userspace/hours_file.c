// SPDX-License-Identifier: GPL-2.0-only
/* Hourly totals: the file, and readings of the kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "hours.h"
#include "paths.h"
#include "snapshot.h"

const char *ng_hours_path(void)
{
	const char *path = getenv("NTPGUARD_HOURS");

	return path && *path ? path : NG_HOURS_FILE;
}

const char *ng_hours_read(struct ng_hours *hours, const char *path, int *error)
{
	const char *why;
	char *data = NULL;
	size_t size = 0;

	ng_hours_init(hours);
	*error = ng_file_read(NULL, path, &data, &size);
	if (*error)
		return strerror(-*error);
	why = ng_hours_check((const void *)data, size);
	if (!why)
		memcpy(hours, data, sizeof(*hours));
	*error = why ? -EINVAL : 0;
	free(data);
	return why;
}

static void add_count(struct ng_totals *totals, unsigned int direction, unsigned int verdict,
		      const struct ng_count *count)
{
	totals->packets[direction] += count->packets + count->would_drop;
	totals->would_drop += count->would_drop;
	if (ng_verdict_texts[verdict].drops)
		totals->dropped[verdict] += count->packets;
}

void ng_totals_add(struct ng_totals *totals, const struct ng_counters *counters)
{
	for (unsigned int direction = 0; direction < NG_DIRECTIONS; direction++) {
		for (unsigned int family = 0; family < NG_FAMILIES; family++)
			for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++)
				add_count(totals, direction, verdict, &counters->row[direction][family][verdict]);
		totals->payload[direction] += ng_counters_payload(counters, (enum ng_direction)direction);
	}
}

static struct ng_hours_base base_of(const struct ng_seen *seen)
{
	struct ng_hours_base base = { .loaded = seen->row.loaded,
				      .ifindex = seen->row.ifindex,
				      .netns = seen->row.netns };

	ng_totals_add(&base.totals, &seen->counters);
	return base;
}

/* 0: unknown, which is one boot like another. */
static uint64_t boot_id(void)
{
	char *text = NULL;
	size_t size;
	uint64_t id = 0;

	if (ng_file_read(NULL, "/proc/sys/kernel/random/boot_id", &text, &size))
		return 0;
	for (const char *at = text; *at; at++)
		id = id * 31 + (unsigned char)*at;
	free(text);
	return id;
}

void ng_hours_look(struct ng_hours *hours, const struct ng_snapshot *snapshot)
{
	struct ng_hours_time now = { .wall = (uint64_t)time(NULL), .boot = ng_boot_seconds(), .boot_id = boot_id() };
	struct ng_hours_base seen[NG_INTERFACES_MAX];

	for (uint32_t i = 0; i < snapshot->count; i++)
		seen[i] = base_of(&snapshot->interfaces[i]);
	ng_hours_add(hours, seen, snapshot->count, now);
}
