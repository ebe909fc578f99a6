/* SPDX-License-Identifier: GPL-2.0-only */
/* A frame as a row says it, and the frame's bytes. Written from the RFCs, not from bpf/parse.h,
 * which it tests: only the family and the verdicts are shared. */
#ifndef NTPGUARD_BUILD_H
#define NTPGUARD_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "cast.h"

#define PORT_NTP 123
#define PORT_EPHEMERAL 40000

/* Ethertypes and IP protocol numbers that rows and sweeps speak of. */
enum {
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
	TYPE_VLAN = 0x8100, /* 802.1Q */
	TYPE_SERVICE_VLAN = 0x88a8, /* 802.1ad, the outer tag of QinQ */
	TYPE_OLD_QINQ = 0x9100, /* never a standard: not ours */
};
enum {
	HOP_BY_HOP = 0,
	TCP = 6,
	UDP = 17,
	ROUTING = 43,
	FRAGMENT_HEADER = 44,
	ESP = 50,
	AUTHENTICATION = 51,
	NO_NEXT_HEADER = 59,
	DESTINATION = 60,
	MOBILITY = 135
};

/* The UDP payload. */
struct message {
	uint8_t head[12]; /* the first bytes; zeros follow */
	uint16_t length;
	uint16_t flip_at; /* this byte is changed by `flip` at the end */
	uint8_t flip;
	const char *hex; /* instead of head and length: bytes, 44x00 (44 zeros), 'text' */
};

#define ntp(version, mode, size)                                                                                       \
	{                                                                                                              \
		.head = { (uint8_t)((version) << 3 | (mode)) }, .length = (uint16_t)(size)                             \
	}
#define mode6(version, opcode, size)                                                                                   \
	{                                                                                                              \
		.head = { (uint8_t)((version) << 3 | 6), (uint8_t)(opcode) }, .length = (uint16_t)(size)               \
	}
#define mode7(version, implementation, code, size)                                                                     \
	{                                                                                                              \
		.head = { (uint8_t)((version) << 3 | 7), 0, (implementation), (uint8_t)(code) },                       \
		.length = (uint16_t)(size)                                                                             \
	}
#define hex(text)                                                                                                      \
	{                                                                                                              \
		.hex = (text)                                                                                          \
	}

#define FRAME_TAGS 4
#define FRAME_CHAIN 10

/* Everything that is zero is as it usually is. */
struct frame {
	uint8_t source[16], destination[16];
	enum ng_family family;
	enum ng_direction direction;
	uint16_t sport, dport;
	struct message message;
	uint16_t tags[FRAME_TAGS]; /* ethertypes of VLAN tags, the outermost first; 0 ends */
	uint16_t ethertype; /* other than the family's */
	uint8_t protocol; /* other than UDP; the bytes stay UDP's */
	uint8_t options; /* IPv4: words of options, up to 10 */
	uint16_t fragment; /* IPv4: flags and offset, as on the wire */
	uint16_t fragment6; /* IPv6: the same of each fragment header in the chain */
	uint8_t chain[FRAME_CHAIN], chain_length; /* IPv6: extension headers, the first first */
	uint8_t units; /* IPv6: the length byte of each extension header that has one */
	int32_t ip_more, udp_more; /* by how much the length fields lie */
	uint16_t padded_to; /* zeros after the IP packet, up to this size of the frame */
	uint16_t cut; /* bytes missing at the end of the frame */
};

#define PACKET_MAX 9216

/* All offsets are from the start of the frame, and may lie beyond its end if it was cut. */
struct packet {
	uint8_t bytes[PACKET_MAX];
	size_t size;
	size_t ip_at, udp_at, ntp_at;
	enum ng_family family;
	enum ng_direction direction;
	uint32_t ntp_length; /* UDP's length less its header, bounded by the IP packet and the frame */
};

/* A client request of 48 bytes to HOST; the start of most frames. */
struct frame frame_request(enum ng_family family, enum person from);

/* Checksums stay 0: nothing on this path reads them, and so rows a bit apart are frames a bit apart. */
void frame_build(const struct frame *frame, struct packet *packet);

void put_be16(uint8_t *at, size_t value);
uint16_t get_be16(const uint8_t *at);

#endif
