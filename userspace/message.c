// SPDX-License-Identifier: GPL-2.0-only
#include "message.h"

#include <stdio.h>
#include <string.h>

#include "ntp_wire.h"

/* The data path's own parser. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include "parse.h"
#pragma GCC diagnostic pop

static const struct {
	unsigned int mode, code;
	const char *name;
	unsigned int bytes;
} requests[] = {
#define NG_REQUEST(mode, code, name, bytes) { mode, code, name, bytes },
#include "requests.def"
#undef NG_REQUEST
};

const char *ng_mode_name(unsigned int mode)
{
	static const char *const names[] = { "reserved", "symmetric active", "symmetric passive", "client",
					     "server",	 "broadcast",	     "control",		  "private" };

	return names[mode % 8];
}

static void name_request(struct ng_message *message, const uint8_t *ntp)
{
	bool is_private = message->mode == NTP_MODE_PRIVATE;
	unsigned int code = is_private ? ntp[3] : ntp[1] & 31;

	message->is_response = is_private ? ntp[0] >> 7 : ntp[1] >> 7;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (requests[i].mode != message->mode || requests[i].code != code)
			continue;
		message->request = requests[i].name;
		if (!message->is_response && message->length)
			message->amplification = (double)requests[i].bytes / message->length;
	}
}

bool ng_message_read(const uint8_t *frame, size_t size, enum ng_direction direction, unsigned int length,
		     struct ng_message *message)
{
	_Alignas(8) uint8_t room[2 + NG_EVENT_FRAME]; /* with IP headers at multiples of four, as the kernel has them */
	const uint8_t *start = room + 2, *end;
	struct ng_pkt pkt;
	bool leaves = direction == NG_OUT;

	memset(message, 0, sizeof(*message));
	if (size > NG_EVENT_FRAME)
		size = NG_EVENT_FRAME;
	memcpy(room + 2, frame, size);
	end = start + size;
	if (ng_parse(start, end, direction, &pkt) == NG_NOT_OURS)
		return false;
	message->far.family = (uint8_t)pkt.family;
	message->far.length = ng_prefix_bits[pkt.family];
	memcpy(message->far.address, pkt.remote, message->far.length / 8);
	message->far_port = ng_from_be16(leaves ? pkt.dport : pkt.sport);
	message->own_port = ng_from_be16(leaves ? pkt.sport : pkt.dport);
	message->length = length;
	message->mode = NTP_MODE(pkt.head);
	message->version = NTP_VERSION(pkt.head);
	if (message->mode >= NTP_MODE_CONTROL && end - pkt.ntp >= 4)
		name_request(message, pkt.ntp);
	return true;
}

void ng_message_describe(const struct ng_message *message, char *text, size_t size)
{
	bool is_control = message->mode >= NTP_MODE_CONTROL;
	int used;

	if (is_control && message->request && !message->is_response)
		used = snprintf(text, size, "%s %u B", message->request, message->length);
	else if (is_control)
		used = snprintf(text, size, "mode %u %s %u B", message->mode,
				message->is_response ? "response" : "query", message->length);
	else
		used = snprintf(text, size, "%s v%u %u B", ng_mode_name(message->mode), message->version,
				message->length);
	if (message->amplification >= 2 && used > 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, " x%.0f", message->amplification);
}
