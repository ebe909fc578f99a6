// SPDX-License-Identifier: GPL-2.0-only
#include "cmdmon.h"

#include <endian.h>
#include <string.h>

const struct ng_cmdmon_command ng_cmdmon_commands[CMDMON_COMMANDS] = {
#define NG_CMDMON(code, name, shortest, answer) [code] = { .label = name, .length = shortest },
#include "cmdmon.def"
#undef NG_CMDMON
};

/* Every request has room for the answer that says no. */
#define NG_CMDMON(code, name, shortest, answer)                                                                        \
	_Static_assert((shortest) >= CMDMON_REPLY_HEAD && (shortest) <= CMDMON_REQUEST_MAX, name);
#include "cmdmon.def"
#undef NG_CMDMON

const char *const ng_cmdmon_statuses[CMDMON_STATUSES] = {
	"success",	  "failed",	  "unauth",	   "invalid",	   "nosuchsource", "invalidts",
	"notenabled",	  "badsubnet",	  "accessallowed", "accessdenied", "nohostaccess", "alreadyknown",
	"toomanysources", "nortc",	  "badrtcfile",	   "inactive",	   "badsample",	   "invalidaf",
	"badpktversion",  "badpktlength", "unused20",	   "invalidname",
};

void ng_put16(uint8_t *to, uint16_t value)
{
	value = htobe16(value);
	memcpy(to, &value, sizeof(value));
}

void ng_put32(uint8_t *to, uint32_t value)
{
	value = htobe32(value);
	memcpy(to, &value, sizeof(value));
}

void ng_put64(uint8_t *to, uint64_t value)
{
	value = htobe64(value);
	memcpy(to, &value, sizeof(value));
}

uint16_t ng_get16(const uint8_t *from)
{
	uint16_t value;

	memcpy(&value, from, sizeof(value));
	return be16toh(value);
}

uint32_t ng_get32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return be32toh(value);
}

uint64_t ng_get64(const uint8_t *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return be64toh(value);
}

#define FLOAT_EXPONENT_BITS 7
#define FLOAT_COEFFICIENT_BITS 25

/* The value is coefficient * 2^(exponent - 25): the largest coefficient that fits is the most exact. */
uint32_t ng_cmdmon_float(double value)
{
	const double most = (1 << (FLOAT_COEFFICIENT_BITS - 1)) - 1;
	const int least = -(1 << (FLOAT_EXPONENT_BITS - 1)), top = -least - 1;
	double coefficient = value < 0 ? -value : value;
	int exponent = FLOAT_COEFFICIENT_BITS;
	int32_t whole;

	if (!(coefficient > 0)) /* nor NaN */
		return 0;
	for (; coefficient > most && exponent < top; exponent++)
		coefficient /= 2;
	for (; coefficient <= most / 2 && exponent > least; exponent--)
		coefficient *= 2;
	if (coefficient > most)
		coefficient = most;
	whole = (int32_t)(coefficient + 0.5);
	if (whole > (int32_t)most)
		whole = (int32_t)most;
	if (value < 0)
		whole = -whole;
	return (uint32_t)exponent << FLOAT_COEFFICIENT_BITS | ((uint32_t)whole & ((1u << FLOAT_COEFFICIENT_BITS) - 1));
}

static void begin(struct ng_cmdmon_reply *reply, const uint8_t *request, size_t size)
{
	reply->room = size;
	memset(reply->bytes, 0, sizeof(reply->bytes));
	reply->bytes[0] = CMDMON_VERSION;
	reply->bytes[1] = CMDMON_REPLY;
	memcpy(reply->bytes + CMDMON_COMMAND, request + CMDMON_COMMAND, 2);
	memcpy(reply->bytes + CMDMON_REPLY_SEQUENCE, request + CMDMON_REQUEST_SEQUENCE, 4);
	ng_cmdmon_status(reply, CMDMON_SUCCESS);
}

bool ng_cmdmon_start(struct ng_cmdmon_reply *reply, uint16_t code, size_t size)
{
	if (size > reply->room) {
		ng_cmdmon_status(reply, CMDMON_BADPKTLENGTH);
		return false;
	}
	reply->size = size;
	memset(reply->bytes + CMDMON_REPLY_HEAD, 0, sizeof(reply->bytes) - CMDMON_REPLY_HEAD);
	ng_put16(reply->bytes + CMDMON_REPLY_CODE, code);
	ng_put16(reply->bytes + CMDMON_STATUS, CMDMON_SUCCESS);
	return true;
}

/* A request is at least as long as a reply's head. */
void ng_cmdmon_status(struct ng_cmdmon_reply *reply, uint16_t status)
{
	reply->size = CMDMON_REPLY_HEAD;
	ng_put16(reply->bytes + CMDMON_REPLY_CODE, CMDMON_RPY_NULL);
	ng_put16(reply->bytes + CMDMON_STATUS, status);
}

bool ng_cmdmon_parse(const void *data, size_t size, struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply)
{
	const uint8_t *bytes = data;

	reply->size = reply->room = 0;
	if (size < CMDMON_REPLY_HEAD || size > CMDMON_REQUEST_MAX)
		return false;
	if (bytes[1] != CMDMON_REQUEST || bytes[2] || bytes[3])
		return false;
	if (bytes[0] < CMDMON_COMPATIBLE)
		return false;
	begin(reply, bytes, size);
	request->command = ng_get16(bytes + CMDMON_COMMAND);
	request->size = size;
	memcpy(request->bytes, bytes, size);
	if (bytes[0] != CMDMON_VERSION)
		ng_cmdmon_status(reply, CMDMON_BADPKTVERSION);
	else if (request->command >= CMDMON_COMMANDS)
		ng_cmdmon_status(reply, CMDMON_INVALID);
	else if (size < ng_cmdmon_commands[request->command].length)
		ng_cmdmon_status(reply, CMDMON_BADPKTLENGTH);
	else
		return true;
	return false;
}

/* ---- serverstats ---- */

#define NONE NG_STATS

/* The forms, oldest first: which stat each of their fields is. */
static const struct {
	uint16_t code;
	uint16_t length;
	uint8_t width; /* bytes of a field */
	uint8_t fields;
	uint8_t stat[NG_STATS];
} forms[NG_SERVERSTATS_FORMS] = {
	{ CMDMON_RPY_SERVER_STATS, 48, 4, 5, { 0, 2, 3, 5, 6 } },
	{ CMDMON_RPY_SERVER_STATS2, 60, 4, 8, { 0, 1, 2, 3, 4, 5, 6, 7 } },
	{ CMDMON_RPY_SERVER_STATS3, 72, 4, 11, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 } },
	{ CMDMON_RPY_SERVER_STATS4, 196, 8, 17, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
};
#define RESERVED_FROM (CMDMON_REPLY_HEAD + NG_STATS * 8) /* of the last form: all ones */

bool ng_serverstats_read(const uint8_t *reply, size_t size, uint64_t stats[NG_STATS])
{
	memset(stats, 0, NG_STATS * sizeof(*stats));
	for (int form = 0; form < NG_SERVERSTATS_FORMS; form++) {
		if (ng_get16(reply + CMDMON_REPLY_CODE) != forms[form].code || size < forms[form].length)
			continue;
		for (int i = 0; i < forms[form].fields; i++) {
			const uint8_t *field = reply + CMDMON_REPLY_HEAD + i * forms[form].width;

			stats[forms[form].stat[i]] = forms[form].width == 8 ? ng_get64(field) : ng_get32(field);
		}
		return true;
	}
	return false;
}

/* Fields of four bytes wrap, as chronyd's own counters did then. */
void ng_serverstats_write(struct ng_cmdmon_reply *reply, unsigned int newest, const uint64_t stats[NG_STATS])
{
	int form = (int)newest - 1;

	while (form > 0 && forms[form].length > reply->room)
		form--;
	if (!ng_cmdmon_start(reply, forms[form].code, forms[form].length))
		return;
	for (int i = 0; i < forms[form].fields; i++) {
		uint8_t *field = reply->bytes + CMDMON_REPLY_HEAD + i * forms[form].width;

		if (forms[form].width == 8)
			ng_put64(field, stats[forms[form].stat[i]]);
		else
			ng_put32(field, (uint32_t)stats[forms[form].stat[i]]);
	}
	if (form == NG_SERVERSTATS_FORMS - 1)
		memset(reply->bytes + RESERVED_FROM, 0xff, forms[form].length - RESERVED_FROM);
}

/* ---- ntpdata ---- */

#define NTP_DATA_COMMON 140 /* bytes that both forms have in common */
#define NTP_DATA_LENGTH 152
#define NTP_DATA2_LENGTH 172
#define NTP_DATA2_COUNTERS 16 /* what the second form adds */

bool ng_ntpdata_convert(const uint8_t *from, size_t size, unsigned int newest, struct ng_cmdmon_reply *reply)
{
	uint16_t code = ng_get16(from + CMDMON_REPLY_CODE);
	bool is_second = code == CMDMON_RPY_NTP_DATA2 && size >= NTP_DATA2_LENGTH;
	bool wants_second = newest > 1 && reply->room >= NTP_DATA2_LENGTH;

	if (!is_second && (code != CMDMON_RPY_NTP_DATA || size < NTP_DATA_LENGTH))
		return false;
	if (!ng_cmdmon_start(reply, wants_second ? CMDMON_RPY_NTP_DATA2 : CMDMON_RPY_NTP_DATA,
			     wants_second ? NTP_DATA2_LENGTH : NTP_DATA_LENGTH))
		return true;
	memcpy(reply->bytes + CMDMON_REPLY_HEAD, from + CMDMON_REPLY_HEAD, NTP_DATA_COMMON - CMDMON_REPLY_HEAD);
	if (wants_second && is_second)
		memcpy(reply->bytes + NTP_DATA_COMMON, from + NTP_DATA_COMMON, NTP_DATA2_COUNTERS);
	return true;
}
