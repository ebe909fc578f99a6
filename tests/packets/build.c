// SPDX-License-Identifier: GPL-2.0-only
#include "build.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ETHERNET_SIZE 14
#define TAG_SIZE 4
#define IPV4_SIZE 20
#define IPV6_SIZE 40
#define UDP_SIZE 8

struct frame frame_request(enum ng_family family, enum person from)
{
	struct frame frame = { .family = family, .sport = PORT_EPHEMERAL, .dport = PORT_NTP, .message = ntp(4, 3, 48) };

	cast_address(from, family, frame.source);
	cast_address(HOST, family, frame.destination);
	return frame;
}

void put_be16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

uint16_t get_be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void append(struct packet *packet, const void *bytes, size_t size)
{
	if (packet->size + size > PACKET_MAX)
		abort(); /* a row of more than the builder's room is a mistake in the row */
	if (bytes)
		memcpy(packet->bytes + packet->size, bytes, size);
	else
		memset(packet->bytes + packet->size, 0, size);
	packet->size += size;
}

static uint8_t hex_byte(const char *text)
{
	const char digits[3] = { text[0], text[1], '\0' };

	if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
		abort();
	return (uint8_t)strtoul(digits, NULL, 16);
}

/* One run, "44x00"; how many characters it took, 0 if there is none. */
static size_t append_run(struct packet *packet, const char *text)
{
	char *end;
	unsigned long count = strtoul(text, &end, 10);
	uint8_t byte;

	if (!isdigit((unsigned char)*text) || *end != 'x')
		return 0;
	byte = hex_byte(end + 1);
	while (count--)
		append(packet, &byte, 1);
	return (size_t)(end + 3 - text);
}

static void append_hex(struct packet *packet, const char *text)
{
	while (*text) {
		size_t taken = append_run(packet, text);

		if (taken) {
			text += taken;
		} else if (*text == '\'') {
			taken = strcspn(text + 1, "'");
			append(packet, text + 1, taken);
			text += taken + 2;
		} else if (*text == ' ') {
			text++;
		} else {
			uint8_t byte = hex_byte(text);

			append(packet, &byte, 1);
			text += 2;
		}
	}
}

static void append_message(struct packet *packet, const struct message *message)
{
	size_t start = packet->size, head = message->length;

	if (head > sizeof(message->head))
		head = sizeof(message->head);
	if (message->hex) {
		append_hex(packet, message->hex);
	} else {
		append(packet, message->head, head);
		append(packet, NULL, message->length - head);
	}
	if (message->flip)
		packet->bytes[start + message->flip_at] ^= message->flip;
}

static void append_ethernet(struct packet *packet, const struct frame *frame)
{
	static const uint8_t addresses[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	uint8_t type[2];

	append(packet, addresses, sizeof(addresses));
	for (int i = 0; i < FRAME_TAGS && frame->tags[i]; i++) {
		const uint8_t tci[2] = { 0, (uint8_t)(100 + i) };

		put_be16(type, frame->tags[i]);
		append(packet, type, sizeof(type));
		append(packet, tci, sizeof(tci));
	}
	put_be16(type, frame->ethertype ? frame->ethertype : frame->family == NG_IPV4 ? TYPE_IPV4 : TYPE_IPV6);
	append(packet, type, sizeof(type));
	packet->ip_at = packet->size;
}

static void append_ipv4(struct packet *packet, const struct frame *frame)
{
	uint8_t ip[IPV4_SIZE] = { (uint8_t)(0x45 + frame->options) };

	ip[5] = 1; /* identification */
	put_be16(ip + 6, frame->fragment);
	ip[8] = 64;
	ip[9] = frame->protocol ? frame->protocol : UDP;
	memcpy(ip + 12, frame->source, 4);
	memcpy(ip + 16, frame->destination, 4);
	append(packet, ip, sizeof(ip));
	for (int i = 0; i < frame->options; i++)
		append(packet, "\1\1\1\1", 4); /* no-operation */
}

static size_t extension_size(const struct frame *frame, uint8_t kind)
{
	if (kind == FRAGMENT_HEADER)
		return 8;
	if (kind == AUTHENTICATION)
		return 4u * (frame->units + 2u); /* RFC 4302: in words, less two */
	return 8u * (frame->units + 1u);
}

static void append_chain(struct packet *packet, const struct frame *frame, uint8_t last)
{
	for (int i = 0; i < frame->chain_length; i++) {
		size_t start = packet->size;
		uint8_t *at = packet->bytes + start;

		append(packet, NULL, extension_size(frame, frame->chain[i]));
		at[0] = i + 1 < frame->chain_length ? frame->chain[i + 1] : last;
		if (frame->chain[i] == FRAGMENT_HEADER)
			put_be16(at + 2, frame->fragment6);
		else
			at[1] = frame->units;
	}
}

static void append_ipv6(struct packet *packet, const struct frame *frame)
{
	uint8_t ip[IPV6_SIZE] = { 0x60 }, last = frame->protocol ? frame->protocol : UDP;

	ip[6] = frame->chain_length ? frame->chain[0] : last;
	ip[7] = 64;
	memcpy(ip + 8, frame->source, 16);
	memcpy(ip + 24, frame->destination, 16);
	append(packet, ip, sizeof(ip));
	append_chain(packet, frame, last);
}

static size_t plus(size_t truth, int32_t more)
{
	return (size_t)((int32_t)truth + more) & 0xffff;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Writes both length fields, and from them and the frame's end tells how long the message is. */
static void settle_lengths(struct packet *packet, const struct frame *frame, size_t end)
{
	size_t ip_start = packet->ip_at + (frame->family == NG_IPV4 ? 0 : IPV6_SIZE);
	size_t udp = plus(end - packet->udp_at, frame->udp_more), ip = plus(end - ip_start, frame->ip_more);
	size_t headers = packet->udp_at - ip_start, left = ip > headers ? ip - headers : 0;

	put_be16(packet->bytes + packet->udp_at + 4, udp);
	put_be16(packet->bytes + packet->ip_at + (frame->family == NG_IPV4 ? 2 : 4), ip);
	left = lesser(left, udp);
	left = lesser(left, packet->size > packet->udp_at ? packet->size - packet->udp_at : 0);
	packet->ntp_length = (uint32_t)(left > UDP_SIZE ? left - UDP_SIZE : 0);
}

void frame_build(const struct frame *frame, struct packet *packet)
{
	uint8_t udp[UDP_SIZE] = { 0 };
	size_t end;

	packet->size = 0;
	packet->family = frame->family;
	packet->direction = frame->direction;
	append_ethernet(packet, frame);
	if (frame->family == NG_IPV4)
		append_ipv4(packet, frame);
	else
		append_ipv6(packet, frame);
	packet->udp_at = packet->size;
	put_be16(udp, frame->sport);
	put_be16(udp + 2, frame->dport);
	append(packet, udp, sizeof(udp));
	packet->ntp_at = packet->size;
	append_message(packet, &frame->message);
	end = packet->size;
	if (frame->padded_to > end)
		append(packet, NULL, frame->padded_to - end);
	packet->size -= frame->cut;
	settle_lengths(packet, frame, end);
}
