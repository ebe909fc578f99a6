// SPDX-License-Identifier: GPL-2.0-only
/* A header and a row for each mark that is alive, in host byte order, for this host only. */
#include "state.h"

#include <stdlib.h>
#include <string.h>

struct header {
	char magic[8];
	uint32_t version; /* of this layout */
	uint32_t sets; /* of the table that the places count in */
	uint64_t saved; /* seconds since the epoch */
	uint64_t rows;
	uint64_t secret[4];
	uint64_t sum; /* of the whole file, with zero here */
};

struct row {
	uint32_t place; /* set * NG_REGULAR_WAYS + way */
	uint32_t tag;
	uint32_t seen; /* the last period is bit NG_PERIODS - 1 */
	uint32_t age; /* of the last period when this was saved */
};

#define MAGIC "ntpgstat"
#define VERSION 1u
#define PERIOD_SECONDS ((1ull << NG_PERIOD_SHIFT) / 1000000000)
#define SEEN_MASK ((1u << NG_PERIODS) - 1)

/* Against accidents, not forgers: whoever can write the file is root. */
static uint64_t sum_of(const struct header *header, const void *rows, size_t size)
{
	struct header copy = *header;
	uint64_t sum = 0xcbf29ce484222325u; /* FNV-1a */

	copy.sum = 0;
	for (size_t i = 0; i < sizeof(copy); i++)
		sum = (sum ^ ((const uint8_t *)&copy)[i]) * 0x100000001b3u;
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ ((const uint8_t *)rows)[i]) * 0x100000001b3u;
	return sum;
}

static struct row row_of(uint64_t mark, uint32_t place, uint16_t period)
{
	return (struct row){ .place = place,
			     .tag = (uint32_t)(mark >> 40),
			     .seen = (uint32_t)mark & SEEN_MASK,
			     .age = (uint16_t)(period - (uint16_t)(mark >> NG_PERIODS)) };
}

void *ng_state_encode(const struct ng_regular_set *table, uint32_t sets, const uint64_t secret[4],
		      struct ng_state_time now, size_t *size)
{
	struct header header = { .version = VERSION, .sets = sets, .saved = now.wall };
	char *data = malloc(sizeof(header) + (size_t)sets * NG_REGULAR_WAYS * sizeof(struct row));
	struct row row;

	if (!data)
		return NULL;
	memcpy(header.magic, MAGIC, sizeof(header.magic));
	memcpy(header.secret, secret, sizeof(header.secret));
	for (uint32_t place = 0; place < sets * NG_REGULAR_WAYS; place++) {
		row = row_of(table[place / NG_REGULAR_WAYS].mark[place % NG_REGULAR_WAYS], place, now.period);
		if (!row.seen || row.age >= NG_PERIODS)
			continue;
		memcpy(data + sizeof(header) + header.rows * sizeof(row), &row, sizeof(row));
		header.rows++;
	}
	*size = sizeof(header) + header.rows * sizeof(row);
	header.sum = sum_of(&header, data + sizeof(header), *size - sizeof(header));
	memcpy(data, &header, sizeof(header));
	return data;
}

static const char *check_header(const struct header *header, const char *rows, size_t size, uint32_t sets)
{
	if (memcmp(header->magic, MAGIC, sizeof(header->magic)))
		return "it is no state of ntpguard";
	if (header->version != VERSION)
		return "another version of ntpguard wrote it";
	if (header->rows > size / sizeof(struct row) || header->rows * sizeof(struct row) != size)
		return "it is cut off, or too long";
	if (header->sum != sum_of(header, rows, size))
		return "its checksum is wrong";
	if (header->sets != sets)
		return "it was saved with another --memory";
	return NULL;
}

/* A wall clock that was set back meanwhile tells nothing: then no time has passed. */
static uint64_t periods_between(uint64_t saved, uint64_t now)
{
	return now > saved ? (now - saved) / PERIOD_SECONDS : 0;
}

const char *ng_state_decode(const void *data, size_t size, struct ng_regular_set *table, uint32_t sets,
			    uint64_t secret[4], struct ng_state_time now)
{
	const char *rows = (const char *)data + sizeof(struct header), *why;
	struct header header;
	struct row row;

	if (size < sizeof(header))
		return "it is cut off";
	memcpy(&header, data, sizeof(header));
	why = check_header(&header, rows, size - sizeof(header), sets);
	for (uint64_t i = 0; !why && i < header.rows; i++) {
		uint64_t age = periods_between(header.saved, now.wall);

		memcpy(&row, rows + i * sizeof(row), sizeof(row));
		if (row.place >= sets * NG_REGULAR_WAYS || row.tag >> 24 || !row.seen || row.seen > SEEN_MASK ||
		    row.age >= NG_PERIODS)
			return "it has a row that cannot be";
		age += row.age;
		if (age < NG_PERIODS)
			table[row.place / NG_REGULAR_WAYS].mark[row.place % NG_REGULAR_WAYS] =
				(uint64_t)row.tag << 40 | (uint64_t)(uint16_t)(now.period - age) << NG_PERIODS |
				row.seen;
	}
	if (!why)
		memcpy(secret, header.secret, sizeof(header.secret));
	return why;
}
