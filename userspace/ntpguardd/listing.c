// SPDX-License-Identifier: GPL-2.0-only
#include "listing.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "journal.h"
#include "moment.h"

#define CLIENTS 68
#define REQUEST_LENGTH 520
#define OLD_LENGTH 424
#define OLD_ROW 48
#define PAGE 8 /* MAX_CLIENT_ACCESSES */
#define BUDGET_MS 500 /* for reading chronyd's whole list */
#define ROWS_MAX 262144

/* Offsets in a request, a reply, a row (RPY_ClientAccesses_Client). */
enum { FIRST_INDEX = 20, N_CLIENTS = 24, MIN_HITS = 28, RESET = 32 };
enum { REPLY_N_INDICES = 28, REPLY_NEXT_INDEX = 32, REPLY_N_CLIENTS = 36, REPLY_ROWS = 40 };
enum {
	ROW_NTP_HITS = 20,
	ROW_NKE_HITS = 24,
	ROW_CMD_HITS = 28,
	ROW_NTP_DROPS = 32,
	ROW_CMD_DROPS = 40,
	ROW_NTP_INTERVAL = 44,
	ROW_NKE_INTERVAL = 45,
	ROW_CMD_INTERVAL = 46,
	ROW_NTP_TIMEOUT_INTERVAL = 47,
	ROW_LAST_NTP = 48,
	ROW_LAST_NKE = 52,
	ROW_LAST_CMD = 56,
};
#define NO_INTERVAL 127 /* chronyc prints a dash */
#define NEVER UINT32_MAX

_Static_assert(REPLY_ROWS + PAGE * NG_LISTING_ROW == REQUEST_LENGTH, "a full page fits its request");
_Static_assert(REPLY_ROWS + PAGE * OLD_ROW == OLD_LENGTH, "and so does an old one");

static uint8_t *add_row(struct ng_listing *listing)
{
	size_t room = listing->room ? 2 * listing->room : 64;
	uint8_t(*row)[NG_LISTING_ROW];

	if (listing->count == ROWS_MAX)
		return NULL;
	if (listing->count == listing->room) {
		row = reallocarray(listing->row, room, sizeof(*row));
		if (!row)
			return NULL;
		listing->row = row;
		listing->room = room;
	}
	return listing->row[listing->count++];
}

/* ---- chronyd's rows ---- */

/* Takes a page's rows; the index that the next one starts at, or 0 at the end. */
static uint32_t take_page(struct ng_listing *listing, const uint8_t *reply, uint32_t from)
{
	uint32_t rows = ng_get32(reply + REPLY_N_CLIENTS), next = ng_get32(reply + REPLY_NEXT_INDEX);

	for (uint32_t i = 0; i < rows && i < PAGE; i++) {
		uint8_t *row = add_row(listing);

		if (!row)
			return 0;
		memcpy(row, reply + REPLY_ROWS + i * NG_LISTING_ROW, NG_LISTING_ROW);
	}
	return next > from && next < ng_get32(reply + REPLY_N_INDICES) ? next : 0;
}

/* Status of chronyd's answer; CMDMON_FAILED where it hangs; CMDMON_SUCCESS, and no rows, without a chronyd or
 * by UDP, where it does not tell. */
static uint16_t take_chronyd(struct ng_answering *answering, struct ng_listing *listing, uint32_t reset)
{
	uint8_t request[REQUEST_LENGTH], reply[CMDMON_REPLY_MAX];
	int64_t until = ng_moment_ms() + BUDGET_MS;
	uint32_t index = 0;
	uint16_t status;
	int size;

	ng_answer_request(request, CLIENTS, sizeof(request));
	ng_put32(request + N_CLIENTS, PAGE);
	ng_put32(request + RESET, reset);
	do {
		ng_put32(request + FIRST_INDEX, index);
		size = ng_answer_ask(answering, request, sizeof(request), reply);
		if (size < 0)
			return size == -ENOENT ? CMDMON_SUCCESS : CMDMON_FAILED;
		status = ng_get16(reply + CMDMON_STATUS);
		if (status || size < REQUEST_LENGTH)
			return status == CMDMON_UNAUTH ? CMDMON_SUCCESS : status;
		index = take_page(listing, reply, index);
	} while (index && ng_moment_ms() < until);
	if (index)
		ng_journal(LOG_WARNING, "clients: chronyd's list is too long to be read in time; %zu rows are shown",
			   listing->count);
	return CMDMON_SUCCESS;
}

/* ---- the guard's ---- */

static bool read_client(const uint8_t *row, struct ng_client *client)
{
	uint16_t family = ng_get16(row + CMDMON_FAMILY);

	memset(client, 0, sizeof(*client));
	client->family = family == CMDMON_INET6 ? NG_IPV6 : NG_IPV4;
	memcpy(client->address, row, client->family == NG_IPV6 ? 16 : 4);
	return family == CMDMON_INET4 || family == CMDMON_INET6;
}

/* Packets a second that the guard dropped, on an average. */
static double dropped_rate(const struct ng_client *client)
{
	uint32_t span = client->first_seconds - client->last_seconds;

	return client->dropped < 2 ? 0 : (client->dropped - 1) / (double)(span ? span : 1);
}

static uint8_t interval_of(double rate)
{
	double interval = rate > 0 ? round(-log2(rate)) : NO_INTERVAL;

	return (uint8_t)(int8_t)(interval > NO_INTERVAL	   ? NO_INTERVAL
				 : interval < -NO_INTERVAL ? -NO_INTERVAL
							   : interval);
}

/* chronyd's Int is of what reached it: of what was left when the guard had limited it, and that is what IntL
 * means. Int is of all that was sent. */
static void merge_intervals(uint8_t *row, const struct ng_client *client)
{
	int8_t passed = (int8_t)row[ROW_NTP_INTERVAL];
	double rate = dropped_rate(client) + (passed == NO_INTERVAL ? 0 : exp2(-passed));

	if (row[ROW_NTP_TIMEOUT_INTERVAL] == NO_INTERVAL)
		row[ROW_NTP_TIMEOUT_INTERVAL] = (uint8_t)passed;
	row[ROW_NTP_INTERVAL] = interval_of(rate);
}

static void merge(uint8_t *row, const struct ng_client *client)
{
	if (client->last_seconds < ng_get32(row + ROW_LAST_NTP))
		ng_put32(row + ROW_LAST_NTP, client->last_seconds);
	ng_put32(row + ROW_NTP_HITS, ng_get32(row + ROW_NTP_HITS) + client->dropped);
	ng_put32(row + ROW_NTP_DROPS, ng_get32(row + ROW_NTP_DROPS) + client->dropped);
	merge_intervals(row, client);
}

/* Of one that chronyd has never heard. */
static void start_row(uint8_t *row, const struct ng_client *client)
{
	static const uint8_t intervals[] = { ROW_NTP_INTERVAL, ROW_NKE_INTERVAL, ROW_CMD_INTERVAL,
					     ROW_NTP_TIMEOUT_INTERVAL };

	memset(row, 0, NG_LISTING_ROW);
	memcpy(row, client->address, client->family == NG_IPV6 ? 16 : 4);
	ng_put16(row + CMDMON_FAMILY, client->family == NG_IPV6 ? CMDMON_INET6 : CMDMON_INET4);
	for (size_t i = 0; i < sizeof(intervals); i++)
		row[intervals[i]] = NO_INTERVAL;
	ng_put32(row + ROW_LAST_NTP, NEVER);
	ng_put32(row + ROW_LAST_NKE, NEVER);
	ng_put32(row + ROW_LAST_CMD, NEVER);
}

/* A client of the list is taken out of it by its count of 0. */
static void take_guard(struct ng_listing *listing, struct ng_client *clients, size_t count)
{
	struct ng_client asked, *found;

	for (size_t i = 0; i < listing->count; i++) {
		if (!read_client(listing->row[i], &asked))
			continue;
		found = bsearch(&asked, clients, count, sizeof(*clients), ng_client_compare);
		if (found && found->dropped)
			merge(listing->row[i], found);
		if (found)
			found->dropped = 0;
	}
	for (size_t i = 0; i < count; i++) {
		uint8_t *row = clients[i].dropped ? add_row(listing) : NULL;

		if (!row)
			continue;
		start_row(row, &clients[i]);
		merge(row, &clients[i]);
	}
}

static void add_guard(struct ng_answering *answering, struct ng_listing *listing, bool reset)
{
	const struct ng_clients_kept *kept = &answering->keeper->kept->clients;
	struct ng_client *clients;

	if (ng_keeper_ask(answering->keeper, NG_ASKED_CLIENTS) || !kept->count)
		return;
	clients = calloc(kept->count, sizeof(*clients));
	if (!clients)
		return;
	memcpy(clients, kept->list, kept->count * sizeof(*clients));
	take_guard(listing, clients, kept->count);
	free(clients);
	if (reset)
		ng_keeper_ask(answering->keeper, NG_ASKED_FORGET);
}

/* ---- lists and pages ---- */

/* This reader's; or a new one, in place of whose reader has been silent longest. */
static struct ng_listing *find_listing(struct ng_listings *listings, uint64_t asker)
{
	struct ng_listing *oldest = &listings->list[0];

	for (int i = 0; i < NG_LISTINGS; i++) {
		if (listings->list[i].asker == asker)
			return &listings->list[i];
		if (listings->list[i].used_ms < oldest->used_ms)
			oldest = &listings->list[i];
	}
	oldest->asker = 0;
	return oldest;
}

/* As chronyd: one of the hits is as many, or none is asked for (clientlog.c). */
static bool is_wanted(const uint8_t *row, uint32_t min_hits)
{
	return ng_get32(row + ROW_NTP_HITS) >= min_hits || ng_get32(row + ROW_NKE_HITS) >= min_hits ||
	       ng_get32(row + ROW_CMD_HITS) >= min_hits;
}

/* Chrony 3 knew no NTS-KE, and other places. */
static void put_old_row(uint8_t *to, const uint8_t *row)
{
	static const struct {
		uint8_t to, from, size;
	} fields[] = {
		{ 0, 0, CMDMON_ADDRESS + 4 },
		{ 24, ROW_CMD_HITS, 4 },
		{ 28, ROW_NTP_DROPS, 4 },
		{ 32, ROW_CMD_DROPS, 4 },
		{ 36, ROW_NTP_INTERVAL, 1 },
		{ 37, ROW_CMD_INTERVAL, 1 },
		{ 38, ROW_NTP_TIMEOUT_INTERVAL, 1 },
		{ 40, ROW_LAST_NTP, 4 },
		{ 44, ROW_LAST_CMD, 4 },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		memcpy(to + fields[i].to, row + fields[i].from, fields[i].size);
}

/* Every page but the last is full: by that chronyc knows the last. */
static void write_page(const struct ng_listing *listing, const struct ng_cmdmon_request *request,
		       struct ng_cmdmon_reply *reply)
{
	uint32_t index = ng_get32(request->bytes + FIRST_INDEX), wanted = ng_get32(request->bytes + N_CLIENTS);
	bool is_old = request->command != CLIENTS;
	uint32_t rows = 0, min_hits = is_old ? 0 : ng_get32(request->bytes + MIN_HITS);

	if (!ng_cmdmon_start(reply, is_old ? CMDMON_RPY_CLIENTS2 : CMDMON_RPY_CLIENTS,
			     is_old ? OLD_LENGTH : REQUEST_LENGTH))
		return;
	for (; rows < (wanted < PAGE ? wanted : PAGE) && index < listing->count; index++) {
		const uint8_t *row = listing->row[index];

		if (!is_wanted(row, min_hits))
			continue;
		if (is_old)
			put_old_row(reply->bytes + REPLY_ROWS + rows * OLD_ROW, row);
		else
			memcpy(reply->bytes + REPLY_ROWS + rows * NG_LISTING_ROW, row, NG_LISTING_ROW);
		rows++;
	}
	ng_put32(reply->bytes + REPLY_N_INDICES, (uint32_t)listing->count);
	ng_put32(reply->bytes + REPLY_NEXT_INDEX, index);
	ng_put32(reply->bytes + REPLY_N_CLIENTS, rows);
}

static uint16_t read_all(struct ng_answering *answering, struct ng_listing *listing, uint32_t reset)
{
	uint16_t status;

	listing->count = 0;
	status = take_chronyd(answering, listing, reset);
	if (status && status != CMDMON_INACTIVE)
		return status;
	add_guard(answering, listing, reset);
	return listing->count ? CMDMON_SUCCESS : status;
}

void ng_listing_answer(struct ng_answering *answering, const struct ng_asker *asker,
		       const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply)
{
	struct ng_listing *listing = find_listing(&answering->listings, asker->name);
	uint32_t reset = request->command == CLIENTS ? ng_get32(request->bytes + RESET) : 0;
	uint16_t status;

	if (reset && !asker->may_reset) {
		ng_cmdmon_status(reply, CMDMON_UNAUTH);
		return;
	}
	if (!ng_get32(request->bytes + FIRST_INDEX) || listing->asker != asker->name) {
		status = read_all(answering, listing, reset);
		if (status) {
			ng_cmdmon_status(reply, status);
			return;
		}
	}
	listing->asker = asker->name;
	listing->used_ms = ng_moment_ms();
	write_page(listing, request, reply);
}
