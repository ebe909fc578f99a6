// SPDX-License-Identifier: GPL-2.0-only
#include "hours.h"

#include <string.h>
#include <zlib.h>

#define MAGIC "ntpghour"
#define HOUR 3600
#define CLOCK_SLACK 2 /* seconds that two clocks may seem apart, read one after the other */

void ng_hours_init(struct ng_hours *hours)
{
	memset(hours, 0, sizeof(*hours));
	memcpy(hours->magic, MAGIC, sizeof(hours->magic));
	hours->size = sizeof(*hours);
}

/* ---- what was counted between two looks ---- */

#define FIELDS (sizeof(struct ng_totals) / sizeof(uint64_t))

static bool has_fallen(const struct ng_totals *before, const struct ng_totals *now)
{
	const uint64_t *was = (const uint64_t *)before, *is = (const uint64_t *)now;

	for (size_t i = 0; i < FIELDS; i++)
		if (is[i] < was[i])
			return true;
	return false;
}

/* to += now - before; before NULL: all of now. */
static void add_difference(struct ng_totals *to, const struct ng_totals *before, const struct ng_totals *now)
{
	const uint64_t *was = (const uint64_t *)before, *is = (const uint64_t *)now;
	uint64_t *sum = (uint64_t *)to;

	for (size_t i = 0; i < FIELDS; i++)
		sum[i] += is[i] - (was ? was[i] : 0);
}

static const struct ng_totals *find_base(const struct ng_hours *hours, const struct ng_hours_base *seen)
{
	for (uint32_t i = 0; i < hours->bases; i++) {
		const struct ng_hours_base *base = &hours->base[i];

		if (base->ifindex == seen->ifindex && base->netns == seen->netns && base->loaded == seen->loaded)
			return has_fallen(&base->totals, &seen->totals) ? NULL : &base->totals;
	}
	return NULL;
}

/* Counters that are not those of the last look started from 0 since. */
static void add_interfaces(struct ng_hours *hours, struct ng_hour *row, const struct ng_hours_base *seen,
			   uint32_t count)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct ng_totals *before = find_base(hours, &seen[i]);

		found += before != NULL;
		add_difference(&row->totals, before, &seen[i].totals);
	}
	if (found < count || found < hours->bases)
		row->flags |= NG_HOUR_RESET;
}

/* ---- rows ---- */

const struct ng_hour *ng_hours_at(const struct ng_hours *hours, unsigned int n)
{
	const struct ng_hour *row = &hours->row[(hours->next + 2 * NG_HOURS - 1 - n) % NG_HOURS];

	return n < NG_HOURS && row->began ? row : NULL;
}

/* The row of this hour, a fresh one if there is none. A clock that was set back begins a row that stands behind later
 * ones: what was kept is not changed. */
static struct ng_hour *row_of(struct ng_hours *hours, uint64_t wall)
{
	struct ng_hour *row = &hours->row[(hours->next + NG_HOURS - 1) % NG_HOURS];

	if (row->began && row->began / HOUR == wall / HOUR)
		return row;
	row = &hours->row[hours->next];
	memset(row, 0, sizeof(*row));
	row->began = wall;
	hours->next = (hours->next + 1) % NG_HOURS;
	return row;
}

/* Seconds since the last look, by the clock that nobody sets; after a reboot, by the other. */
static uint64_t seconds_since(const struct ng_hours_time *last, const struct ng_hours_time *now)
{
	if (last->boot_id == now->boot_id && now->boot >= last->boot)
		return now->boot - last->boot;
	return now->wall > last->wall ? now->wall - last->wall : 0;
}

static bool is_clock_set(const struct ng_hours_time *last, const struct ng_hours_time *now)
{
	int64_t drift = (int64_t)(now->wall - last->wall) - (int64_t)(now->boot - last->boot);

	return last->boot_id == now->boot_id && (drift > CLOCK_SLACK || drift < -CLOCK_SLACK);
}

void ng_hours_add(struct ng_hours *hours, const struct ng_hours_base *seen, uint32_t count, struct ng_hours_time now)
{
	struct ng_hour *row = row_of(hours, now.wall);
	uint64_t seconds = seconds_since(&hours->last, &now);

	if (!hours->last.wall || seconds > NG_HOURS_GAP) {
		row->flags |= NG_HOUR_GAP;
	} else {
		row->seconds += (uint32_t)seconds;
		row->flags |= is_clock_set(&hours->last, &now) ? NG_HOUR_CLOCK : 0;
		add_interfaces(hours, row, seen, count);
	}
	hours->bases = count < NG_INTERFACES_MAX ? count : NG_INTERFACES_MAX;
	memcpy(hours->base, seen, hours->bases * sizeof(*seen));
	hours->last = now;
}

/* ---- the file's bytes ---- */

/* Against accidents, not forgers: whoever can write the file is root. */
static uint32_t sum_of(const struct ng_hours *hours)
{
	const uint32_t zero = 0;
	const unsigned char *bytes = (const void *)hours;
	const size_t at = offsetof(struct ng_hours, sum), after = at + sizeof(hours->sum);
	uLong sum = crc32_z(0, bytes, at);

	sum = crc32_z(sum, (const void *)&zero, sizeof(zero));
	return (uint32_t)crc32_z(sum, bytes + after, sizeof(*hours) - after);
}

void ng_hours_seal(struct ng_hours *hours)
{
	hours->sum = sum_of(hours);
}

const char *ng_hours_check(const struct ng_hours *hours, size_t size)
{
	if (size < sizeof(hours->magic) + sizeof(hours->size) || memcmp(hours->magic, MAGIC, sizeof(hours->magic)))
		return "it does not hold hourly totals of ntpguard";
	if (hours->size != sizeof(*hours))
		return "another version of ntpguard wrote it";
	if (size != sizeof(*hours))
		return "it is cut off, or too long";
	if (hours->sum != sum_of(hours))
		return "its checksum is wrong";
	if (hours->next >= NG_HOURS || hours->bases > NG_INTERFACES_MAX)
		return "it has a number that cannot be";
	return NULL;
}
