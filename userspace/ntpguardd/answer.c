// SPDX-License-Identifier: GPL-2.0-only
#include "answer.h"

#include <errno.h>
#include <string.h>

#define N_SOURCES 14
#define N_SOURCES_LENGTH 32
#define SERVER_STATS 54
#define NTP_DATA 57

typedef void (*answer_function)(struct ng_answering *answering, const struct ng_asker *asker,
				const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply);

void ng_answering_init(struct ng_answering *answering, struct ng_config *config, struct ng_keeper *keeper)
{
	memset(answering, 0, sizeof(*answering));
	answering->config = config;
	answering->keeper = keeper;
	ng_chronyd_init(&answering->chronyd);
}

int ng_answer_ask(struct ng_answering *answering, const uint8_t *request, size_t size, uint8_t *reply)
{
	return ng_chronyd_ask(&answering->chronyd, answering->keeper, answering->config->chronydport, request, size,
			      reply);
}

void ng_answer_request(uint8_t *request, uint16_t command, size_t size)
{
	memset(request, 0, size);
	request[0] = CMDMON_VERSION;
	request[1] = CMDMON_REQUEST;
	ng_put16(request + CMDMON_COMMAND, command);
}

void ng_answer_probe(struct ng_answering *answering)
{
	uint8_t request[N_SOURCES_LENGTH], from[CMDMON_REPLY_MAX];

	ng_answer_request(request, N_SOURCES, sizeof(request));
	ng_answer_ask(answering, request, sizeof(request), from);
}

static uint16_t status_of(const uint8_t *reply)
{
	return ng_get16(reply + CMDMON_STATUS);
}

/* ---- what is chronyd's alone ---- */

static void pass_on(const struct ng_cmdmon_request *request, const uint8_t *from, size_t size,
		    struct ng_cmdmon_reply *reply)
{
	reply->size = size;
	memcpy(reply->bytes, from, size);
	memcpy(reply->bytes + CMDMON_REPLY_SEQUENCE, request->bytes + CMDMON_REQUEST_SEQUENCE, 4);
}

static void answer_relay(struct ng_answering *answering, const struct ng_asker *asker,
			 const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply)
{
	uint8_t from[CMDMON_REPLY_MAX];
	int size = ng_answer_ask(answering, request->bytes, request->size, from);

	(void)asker;
	if (size >= 0)
		pass_on(request, from, (size_t)size, reply);
	else if (size == -ENOENT)
		ng_alone(request, reply);
	else
		ng_cmdmon_status(reply, CMDMON_FAILED);
}

static void answer_ntpdata(struct ng_answering *answering, const struct ng_asker *asker,
			   const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply)
{
	uint8_t from[CMDMON_REPLY_MAX], longer[CMDMON_NTP_DATA_LENGTH];
	int size;

	(void)asker;
	ng_answer_request(longer, NTP_DATA, sizeof(longer));
	memcpy(longer + CMDMON_REQUEST_HEAD, request->bytes + CMDMON_REQUEST_HEAD, CMDMON_ADDRESS);
	size = ng_answer_ask(answering, longer, sizeof(longer), from);
	if (size == -ENOENT)
		ng_alone(request, reply);
	else if (size < 0)
		ng_cmdmon_status(reply, CMDMON_FAILED);
	else if (status_of(from) || !ng_ntpdata_convert(from, (size_t)size, answering->config->ntpdata, reply))
		ng_cmdmon_status(reply, status_of(from) ? status_of(from) : CMDMON_FAILED);
}

/* ---- what both have a part in ---- */

/* Only what was dropped for a limit, and really dropped: of nothing else would chronyd have counted a packet. */
static uint64_t limited_of(const struct ng_snapshot *snapshot)
{
	static const enum ng_verdict limits[] = { NG_V_SOURCE_RATE, NG_V_PREFIX_RATE, NG_V_GLOBAL_RATE };
	uint64_t packets = 0;

	for (uint32_t i = 0; i < snapshot->count; i++)
		for (int family = 0; family < NG_FAMILIES; family++)
			for (size_t j = 0; j < sizeof(limits) / sizeof(limits[0]); j++)
				packets += snapshot->interfaces[i].counters.row[NG_IN][family][limits[j]].packets;
	return packets;
}

/* What cannot be read now is as it was. */
static void read_guard(struct ng_answering *answering)
{
	int error = ng_keeper_ask(answering->keeper, NG_ASKED_SNAPSHOT);

	if (!error)
		answering->limited = limited_of(&answering->keeper->kept->snapshot);
	if (!error)
		error = ng_keeper_ask(answering->keeper, NG_ASKED_CLIENTS);
	if (!error)
		answering->displaced = answering->keeper->kept->clients.displaced;
	if (error == -ENOENT)
		answering->limited = answering->displaced = 0;
}

/* chronyd counts our asking among its command packets; so it is taken off, and what we were asked put in its
 * place. A chronyd that hangs has last said what it says still. */
static int read_chronyd(struct ng_answering *answering)
{
	uint8_t request[CMDMON_SERVER_STATS_LENGTH], from[CMDMON_REPLY_MAX];
	uint64_t *commands = &answering->stats[NG_STAT_CMD_HITS], own;
	int size;

	ng_answer_request(request, SERVER_STATS, sizeof(request));
	size = ng_answer_ask(answering, request, sizeof(request), from);
	if (size == -ETIMEDOUT)
		return answering->has_stats ? 0 : size;
	answering->has_stats = false;
	memset(answering->stats, 0, sizeof(answering->stats));
	if (size < 0 || status_of(from) || !ng_serverstats_read(from, (size_t)size, answering->stats))
		return 0;
	own = answering->chronyd.asked;
	*commands = *commands > own ? *commands - own : 0;
	answering->has_stats = true;
	return 0;
}

static void answer_serverstats(struct ng_answering *answering, const struct ng_asker *asker,
			       const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply)
{
	uint64_t stats[NG_STATS];

	(void)asker;
	(void)request;
	read_guard(answering);
	if (read_chronyd(answering)) {
		ng_cmdmon_status(reply, CMDMON_FAILED);
		return;
	}
	memcpy(stats, answering->stats, sizeof(stats));
	stats[NG_STAT_NTP_HITS] += answering->limited;
	stats[NG_STAT_NTP_DROPS] += answering->limited;
	stats[NG_STAT_CMD_HITS] += answering->received;
	stats[NG_STAT_LOG_DROPS] += answering->displaced;
	ng_serverstats_write(reply, answering->config->serverstats, stats);
}

static bool read_address(const uint8_t *from, struct ng_prefix *address)
{
	uint16_t family = ng_get16(from + CMDMON_FAMILY);

	*address = (struct ng_prefix){ .family = family == CMDMON_INET6 ? NG_IPV6 : NG_IPV4 };
	address->length = ng_prefix_bits[address->family];
	memcpy(address->address, from, address->length / 8);
	return family == CMDMON_INET4 || family == CMDMON_INET6;
}

/* Served is who both would serve. */
static void answer_accheck(struct ng_answering *answering, const struct ng_asker *asker,
			   const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply)
{
	uint8_t from[CMDMON_REPLY_MAX];
	struct ng_prefix address;
	int size = ng_answer_ask(answering, request->bytes, request->size, from), passes;

	(void)asker;
	if (!read_address(request->bytes + CMDMON_REQUEST_HEAD, &address)) {
		ng_cmdmon_status(reply, CMDMON_ACCESSDENIED);
		return;
	}
	passes = ng_keeper_access(answering->keeper, &address);
	if (!passes)
		ng_cmdmon_status(reply, CMDMON_ACCESSDENIED);
	else if (size >= 0)
		pass_on(request, from, (size_t)size, reply);
	else if (size == -ENOENT && passes > 0)
		ng_cmdmon_status(reply, CMDMON_ACCESSALLOWED);
	else
		ng_cmdmon_status(reply, CMDMON_FAILED);
}

static void answer_clients(struct ng_answering *answering, const struct ng_asker *asker,
			   const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply)
{
	ng_listing_answer(answering, asker, request, reply);
}

/* ---- what is not answered ---- */

static void answer_refuse(struct ng_answering *answering, const struct ng_asker *asker,
			  const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply)
{
	(void)answering;
	(void)asker;
	(void)request;
	ng_cmdmon_status(reply, CMDMON_UNAUTH);
}

static void answer_obsolete(struct ng_answering *answering, const struct ng_asker *asker,
			    const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply)
{
	(void)answering;
	(void)asker;
	(void)request;
	ng_cmdmon_status(reply, CMDMON_INVALID);
}

static const answer_function answers[CMDMON_COMMANDS] = {
#define NG_CMDMON(code, label, length, answer) [code] = answer_##answer,
#include "cmdmon.def"
#undef NG_CMDMON
};

static void count(struct ng_answering *answering, uint16_t command, const struct ng_cmdmon_reply *reply)
{
	uint16_t status = status_of(reply->bytes);

	if (command < CMDMON_COMMANDS && status < CMDMON_STATUSES)
		answering->requests[command][status]++;
	else
		answering->invalid++;
}

void ng_answer(struct ng_answering *answering, const struct ng_asker *asker, const void *data, size_t size,
	       struct ng_cmdmon_reply *reply)
{
	struct ng_cmdmon_request request;
	bool is_request = ng_cmdmon_parse(data, size, &request, reply);

	if (!reply->size)
		return;
	answering->received++;
	if (is_request)
		answers[request.command](answering, asker, &request, reply);
	count(answering, request.command, reply);
}
