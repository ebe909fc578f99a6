// SPDX-License-Identifier: GPL-2.0-only
/* Everything around the message: tags, options, extension headers, fragments, truncation, lengths
 * that lie. The message itself is one of two: monlist, or a request of 48 bytes that may be asked. */
#include <string.h>

#include "random.h"
#include "sweeps.h"

#define MONLIST ((struct message)mode7(2, 3, 42, 8))

/* ---- Ethernet ---- */

static bool is_tag(uint16_t type)
{
	return type == TYPE_VLAN || type == TYPE_SERVICE_VLAN;
}

/* All stacks of up to three tags of each kind, and of what only looks like one. */
static void tags(struct run *run)
{
	static const uint16_t types[] = { 0, TYPE_VLAN, TYPE_SERVICE_VLAN, TYPE_OLD_QINQ };

	run_policy(run, "default drop");
	for (EACH_FAMILY(family))
		for (unsigned int stack = 0; stack < 64; stack++) {
			struct frame frame = frame_request(family, ATTACKER);
			bool ours = true;
			int count = 0;

			frame.message = MONLIST;
			for (unsigned int digits = stack; digits; digits >>= 2) {
				uint16_t type = types[digits & 3];

				if (!type)
					continue;
				ours = ours && is_tag(type) && count < 2;
				frame.tags[count++] = type;
			}
			run_frame(run, &frame, ours ? NG_V_MODE7 : NG_V_NOT_OURS, "tags %04x %04x %04x, %s",
				  frame.tags[0], frame.tags[1], frame.tags[2], family_name(family));
		}
}

/* All ethertypes around the same bytes, bare and in a VLAN. A tag's bytes are an address here. */
static void ethertypes(struct run *run)
{
	run_policy(run, "default drop");
	for (EACH_FAMILY(family))
		for (uint32_t type = 1; type <= UINT16_MAX; type++)
			for (int tagged = 0; tagged < 2; tagged++) {
				struct frame frame = frame_request(family, ATTACKER);
				bool ours = type == (family == NG_IPV4 ? TYPE_IPV4 : TYPE_IPV6);

				frame.message = MONLIST;
				frame.ethertype = (uint16_t)type;
				frame.tags[0] = tagged ? TYPE_VLAN : 0;
				run_frame(run, &frame, ours ? NG_V_MODE7 : NG_V_NOT_OURS, "ethertype %04x, %s%s", type,
					  family_name(family), tagged ? ", in a VLAN" : "");
			}
}

/* ---- IP ---- */

/* What the first nibbles say: the version, and IPv4's length of its own header. */
static void first_bytes(struct run *run)
{
	struct packet packet;

	run_policy(run, "default drop");
	for (EACH_FAMILY(family))
		for (unsigned int byte = 0; byte < 256; byte++) {
			struct frame frame = frame_request(family, ATTACKER);
			bool ours = family == NG_IPV4 ? byte >> 4 == 4 && (byte & 15) >= 5 : byte >> 4 == 6;

			frame.message = MONLIST;
			if (family == NG_IPV4 && ours)
				frame.options = (uint8_t)((byte & 15) - 5);
			frame_build(&frame, &packet);
			packet.bytes[packet.ip_at] = (uint8_t)byte;
			run_packet(run, &packet, ours ? NG_V_MODE7 : NG_V_NOT_OURS, "first byte of IP %02x, %s", byte,
				   family_name(family));
		}
}

static void protocols(struct run *run)
{
	run_policy(run, "default drop");
	for (EACH_FAMILY(family))
		for (unsigned int protocol = 0; protocol < 256; protocol++) {
			struct frame frame = frame_request(family, ATTACKER);
			struct packet packet;

			frame.message = MONLIST;
			frame_build(&frame, &packet);
			packet.bytes[packet.ip_at + (family == NG_IPV4 ? 9 : 6)] = (uint8_t)protocol;
			run_packet(run, &packet, protocol == UDP ? NG_V_MODE7 : NG_V_NOT_OURS, "protocol %u, %s",
				   protocol, family_name(family));
		}
}

/* ---- IPv6's extension headers ---- */

static const uint8_t kinds[] = { HOP_BY_HOP, ROUTING, DESTINATION, FRAGMENT_HEADER, AUTHENTICATION };

static void run_chain(struct run *run, const uint8_t *chain, uint8_t length, uint8_t units)
{
	struct frame frame = frame_request(NG_IPV6, ATTACKER);

	frame.message = MONLIST;
	memcpy(frame.chain, chain, length);
	frame.chain_length = length;
	frame.units = units;
	run_frame(run, &frame, length <= 8 ? NG_V_MODE7 : NG_V_NOT_OURS, "%d headers, %d %d %d..., length byte %d",
		  length, chain[0], chain[1], chain[2], units);
}

/* Each kind alone and repeated, each pair, then random chains; of several sizes each. */
static void chains(struct run *run)
{
	struct random random = { .state = 1 };
	uint8_t chain[FRAME_CHAIN];

	run_policy(run, "default drop");
	for (size_t i = 0; i < SWEEP_COUNT(kinds); i++) {
		memset(chain, kinds[i], sizeof(chain));
		for (uint8_t length = 1; length <= FRAME_CHAIN; length++)
			for (uint8_t units = 0; units < 4; units++)
				run_chain(run, chain, length, units);
		for (size_t j = 0; j < SWEEP_COUNT(kinds); j++) {
			chain[1] = kinds[j];
			run_chain(run, chain, 2, 0);
		}
	}
	for (int turn = 0; turn < 5000; turn++) {
		for (size_t i = 0; i < FRAME_CHAIN; i++)
			chain[i] = kinds[random_below(&random, SWEEP_COUNT(kinds))];
		run_chain(run, chain, (uint8_t)(1 + random_below(&random, FRAME_CHAIN)),
			  (uint8_t)random_below(&random, 8));
	}
}

/* One header of each size that a length byte can say. */
static void long_headers(struct run *run)
{
	run_policy(run, "default drop");
	for (size_t i = 0; i < SWEEP_COUNT(kinds); i++)
		for (unsigned int units = 0; units < 256; units++) {
			const uint8_t chain[3] = { kinds[i] };

			run_chain(run, chain, 1, (uint8_t)units);
		}
}

/* Chains that end in anything but UDP: what follows is not looked into. */
static void other_ends(struct run *run)
{
	run_policy(run, "default drop");
	for (size_t i = 0; i < SWEEP_COUNT(kinds); i++)
		for (unsigned int last = 0; last < 256; last++) {
			struct frame frame = frame_request(NG_IPV6, ATTACKER);
			struct packet packet;

			frame.message = MONLIST;
			frame.chain[0] = kinds[i];
			frame.chain_length = 1;
			frame_build(&frame, &packet);
			packet.bytes[packet.ip_at + 40] = (uint8_t)last;
			run_packet(run, &packet, last == UDP ? NG_V_MODE7 : NG_V_NOT_OURS, "header %d, then %u",
				   kinds[i], last);
		}
}

/* ---- fragments ---- */

/* Every value of IPv4's flags and offset: don't-fragment and the reserved flag mean nothing here. */
static void fragments_ipv4(struct run *run)
{
	struct frame frame = frame_request(NG_IPV4, CLIENT);

	run_policy(run, "default pass");
	for (uint32_t field = 0; field <= UINT16_MAX; field++) {
		enum ng_verdict want = field & 0x2000 ? NG_V_FRAGMENT : NG_V_REQUEST_DEFAULT;

		frame.fragment = (uint16_t)field;
		run_frame(run, &frame, field & 0x1fff ? NG_V_NOT_OURS : want, "flags and offset %04x", field);
	}
}

/* The same of IPv6: the offset comes first, then two reserved bits, then "more fragments". */
static void fragments_ipv6(struct run *run)
{
	struct frame frame = frame_request(NG_IPV6, CLIENT);

	run_policy(run, "default pass");
	frame.chain[0] = FRAGMENT_HEADER;
	frame.chain_length = 1;
	for (uint32_t field = 0; field <= UINT16_MAX; field++) {
		enum ng_verdict want = field & 1 ? NG_V_FRAGMENT : NG_V_REQUEST_DEFAULT;

		frame.fragment6 = (uint16_t)field;
		run_frame(run, &frame, field & 0xfff8 ? NG_V_NOT_OURS : want, "offset and flags %04x", field);
	}
}

/* ---- what is missing at the end ---- */

static enum ng_verdict cut_verdict(const struct packet *packet, const struct message *message)
{
	if (packet->size < packet->udp_at + 8)
		return NG_V_NOT_OURS;
	if ((message->head[0] & 7) == 7)
		return packet->ntp_length ? NG_V_MODE7 : NG_V_MALFORMED;
	return by_length(packet->ntp_length, NG_V_REQUEST_DEFAULT);
}

static void cut_everywhere(struct run *run, struct frame frame, const char *says)
{
	struct packet packet;

	frame_build(&frame, &packet);
	for (size_t size = packet.size; size-- > RUN_FRAME_MIN;) {
		frame.cut++;
		frame_build(&frame, &packet);
		run_packet(run, &packet, cut_verdict(&packet, &frame.message), "%s, cut to %zu bytes, %s", says, size,
			   family_name(frame.family));
	}
}

static void truncated(struct run *run)
{
	run_policy(run, "default pass");
	for (EACH_FAMILY(family)) {
		struct frame frame = frame_request(family, CLIENT);

		cut_everywhere(run, frame, "a request");
		frame.message = MONLIST;
		cut_everywhere(run, frame, "monlist");
		frame.tags[0] = TYPE_SERVICE_VLAN;
		frame.tags[1] = TYPE_VLAN;
		cut_everywhere(run, frame, "monlist in QinQ");
		frame.options = 10;
		memcpy(frame.chain, kinds, sizeof(kinds));
		frame.chain_length = sizeof(kinds);
		cut_everywhere(run, frame, "monlist in QinQ, with options or extension headers");
		frame.message = (struct message)ntp(4, 3, 228);
		frame.units = 3;
		cut_everywhere(run, frame, "NTS in QinQ, with options or extension headers");
	}
}

/* ---- lengths that lie ---- */

static const int claims[] = { 0,  1,  7,   8,	9,   10,  19,	20,   21,   27,	  28,	29,    30,    47,
			      48, 51, 52,  55,	56,  57,  59,	60,   64,   75,	  76,	77,    80,    88,
			      96, 99, 100, 104, 112, 148, 1000, 1148, 1149, 1152, 1500, 32768, 65534, 65535 };

static uint16_t at_most(uint32_t a, uint32_t b)
{
	return (uint16_t)(a < b ? a : b);
}

/* The manual's sentence as arithmetic: UDP's length, bounded by IP's and by the frame. `headers`:
 * what of IP's length is not UDP. */
static enum ng_verdict claimed(const struct packet *packet, uint32_t headers, uint32_t ip, uint32_t udp,
			       uint32_t *length)
{
	uint32_t left = ip >= headers ? ip - headers : 0, frame = (uint32_t)(packet->size - packet->udp_at);

	*length = at_most(at_most(udp, left), frame);
	if (frame < 8 || *length < 8)
		return NG_V_NOT_OURS;
	*length -= 8;
	return by_length(*length, NG_V_REQUEST_DEFAULT);
}

static void run_claims(struct run *run, struct packet *packet, uint32_t headers)
{
	bool is_ipv4 = packet->family == NG_IPV4;

	for (size_t i = 0; i < SWEEP_COUNT(claims); i++)
		for (size_t j = 0; j < SWEEP_COUNT(claims); j++) {
			uint32_t ip = (uint32_t)claims[i], udp = (uint32_t)claims[j];
			enum ng_verdict want = claimed(packet, headers, ip, udp, &packet->ntp_length);

			put_be16(packet->bytes + packet->ip_at + (is_ipv4 ? 2 : 4), ip);
			put_be16(packet->bytes + packet->udp_at + 4, udp);
			run_packet(run, packet, want, "IP says %u bytes, UDP says %u, %u are there, %s", ip, udp,
				   (unsigned int)(packet->size - packet->udp_at), family_name(packet->family));
		}
}

/* Frames that end before, with and after the message, with and without more headers. */
static void lying_lengths(struct run *run)
{
	static const struct {
		uint16_t padded_to, cut;
	} ends[] = {
		{ 0, 0 }, { 0, 1 }, { 0, 4 }, { 0, 47 }, { 0, 48 }, { 0, 49 }, { 115, 0 }, { 200, 0 }, { 1300, 0 }
	};

	run_policy(run, "default pass");
	for (EACH_FAMILY(family))
		for (size_t i = 0; i < SWEEP_COUNT(ends); i++)
			for (uint8_t more = 0; more < 2; more++) {
				struct frame frame = frame_request(family, CLIENT);
				struct packet packet;

				frame.padded_to = ends[i].padded_to;
				frame.cut = ends[i].cut;
				frame.options = 2 * more;
				frame.chain[0] = HOP_BY_HOP;
				frame.chain_length = more;
				frame_build(&frame, &packet);
				run_claims(run, &packet, (family == NG_IPV4 ? 20u : 0u) + 8u * more);
			}
}

/* ---- frames larger than a page, which reach the program in several buffers ---- */

static void jumbo_frames(struct run *run)
{
	run_policy(run, "default drop");
	for (EACH_FAMILY(family))
		for (uint16_t length = 1400; length < 9000; length = (uint16_t)(length + 400)) {
			struct frame frame = frame_request(family, ATTACKER);

			frame.message = (struct message)ntp(4, 3, length);
			run_frame(run, &frame, NG_V_MALFORMED, "a request of %u bytes, %s", length,
				  family_name(family));
			frame.message = (struct message)mode7(2, 3, 42, length);
			run_frame(run, &frame, NG_V_MODE7, "monlist of %u bytes, %s", length, family_name(family));
			frame.dport = 53;
			run_frame(run, &frame, NG_V_NOT_OURS, "DNS of %u bytes, %s", length, family_name(family));
		}
}

const struct group frame_sweeps[] = {
	{ "every stack of up to three tags", tags },
	{ "every ethertype", ethertypes },
	{ "every IP version and IPv4 header length", first_bytes },
	{ "every protocol number", protocols },
	{ "chains of one to ten extension headers", chains },
	{ "every size of an extension header", long_headers },
	{ "everything that an extension header can be followed by", other_ends },
	{ "every IPv4 fragment field", fragments_ipv4 },
	{ "every IPv6 fragment field", fragments_ipv6 },
	{ "frames cut at every byte", truncated },
	{ "lengths that lie", lying_lengths },
	{ "jumbo frames", jumbo_frames },
};
const size_t frame_sweep_count = SWEEP_COUNT(frame_sweeps);
