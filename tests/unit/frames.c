// SPDX-License-Identifier: GPL-2.0-only
/* bpf/parse.h compiled for the host: hand-made frames, each cut at every byte, in memory of exactly
 * their size, so that the sanitizer sees a read too far; then spoilt frames, against a second parser. */
#include <arpa/inet.h>

#include "ntp_wire.h"
#include "unit.h"

#include "parse.h"

struct frame {
	uint8_t bytes[20000];
	size_t size;
};

/* ---- making frames ---- */

static void put(struct frame *frame, const void *bytes, size_t size)
{
	memcpy(frame->bytes + frame->size, bytes, size);
	frame->size += size;
}

static void put16(struct frame *frame, unsigned int value)
{
	const uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(frame, bytes, sizeof(bytes));
}

static void put_ethernet(struct frame *frame, unsigned int type)
{
	frame->size = 0;
	put(frame, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
	put16(frame, type);
}

/* After an ethertype of 0x8100 or 0x88a8. */
static void put_tag(struct frame *frame, unsigned int type)
{
	put16(frame, 0x0064);
	put16(frame, type);
}

struct ipv4 {
	unsigned int version, words, total, offset, protocol; /* total: beside the header's own length */
};

static void put_ipv4(struct frame *frame, const struct ipv4 *ip)
{
	static const uint8_t options[44] = { 1, 1, 1, 1 };

	put16(frame, (ip->version << 4 | ip->words) << 8);
	put16(frame, ip->total);
	put16(frame, 0x1234);
	put16(frame, ip->offset);
	put16(frame, 64u << 8 | ip->protocol);
	put16(frame, 0);
	put(frame, "\xc0\x00\x02\x07\xc6\x33\x64\x01", 8);
	put(frame, options, ip->words > 5 ? ip->words * 4 - 20 : 0);
}

static void put_ipv6(struct frame *frame, unsigned int version, unsigned int payload, unsigned int next)
{
	put16(frame, version << 12);
	put16(frame, 0);
	put16(frame, payload);
	put16(frame, next << 8 | 64);
	put(frame, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
	put(frame, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
}

static void put_udp(struct frame *frame, unsigned int length)
{
	put16(frame, 50123);
	put16(frame, 123);
	put16(frame, length);
	put16(frame, 0);
}

static void put_ntp(struct frame *frame, size_t size)
{
	memset(frame->bytes + frame->size, 0, size);
	if (size > 0)
		frame->bytes[frame->size] = 0x23;
	if (size > 1)
		frame->bytes[frame->size + 1] = 0x9d;
	frame->size += size;
}

static void make_ipv4(struct frame *frame)
{
	put_ethernet(frame, 0x0800);
	put_ipv4(frame, &(struct ipv4){ .version = 4, .words = 5, .total = 76, .protocol = 17 });
	put_udp(frame, 56);
	put_ntp(frame, 48);
}

static void make_ipv4_options(struct frame *frame)
{
	put_ethernet(frame, 0x0800);
	put_ipv4(frame, &(struct ipv4){ .version = 4, .words = 15, .total = 116, .protocol = 17, .offset = 0x4000 });
	put_udp(frame, 56);
	put_ntp(frame, 48);
}

static void make_ipv4_vlan(struct frame *frame)
{
	put_ethernet(frame, 0x8100);
	put_tag(frame, 0x0800);
	put_ipv4(frame, &(struct ipv4){ .version = 4, .words = 6, .total = 80, .protocol = 17 });
	put_udp(frame, 56);
	put_ntp(frame, 48);
}

static void make_ipv6_qinq(struct frame *frame)
{
	put_ethernet(frame, 0x88a8);
	put_tag(frame, 0x8100);
	put_tag(frame, 0x86dd);
	put_ipv6(frame, 6, 76, 17);
	put_udp(frame, 76);
	put_ntp(frame, 68);
}

/* A short frame as Ethernet pads it: what follows the datagram is not in it. */
static void make_padded(struct frame *frame)
{
	put_ethernet(frame, 0x0800);
	put_ipv4(frame, &(struct ipv4){ .version = 4, .words = 5, .total = 29, .protocol = 17 });
	put_udp(frame, 9);
	put_ntp(frame, 1);
	put(frame, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 17);
}

/* The IP header says less than the UDP header. */
static void make_ip_shorter(struct frame *frame)
{
	put_ethernet(frame, 0x0800);
	put_ipv4(frame, &(struct ipv4){ .version = 4, .words = 5, .total = 40, .protocol = 17 });
	put_udp(frame, 56);
	put_ntp(frame, 48);
}

/* Both headers say more than the frame holds. */
static void make_frame_shorter(struct frame *frame)
{
	put_ethernet(frame, 0x86dd);
	put_ipv6(frame, 6, 1000, 17);
	put_udp(frame, 1000);
	put_ntp(frame, 48);
}

static void make_empty(struct frame *frame)
{
	put_ethernet(frame, 0x0800);
	put_ipv4(frame, &(struct ipv4){ .version = 4, .words = 5, .total = 28, .protocol = 17 });
	put_udp(frame, 8);
}

static void make_ipv4_fragment(struct frame *frame)
{
	put_ethernet(frame, 0x0800);
	put_ipv4(frame, &(struct ipv4){ .version = 4, .words = 5, .total = 76, .protocol = 17, .offset = 0x2000 });
	put_udp(frame, 600);
	put_ntp(frame, 48);
}

/* `count` headers of `kind`, each of `units` more than its least size, then UDP. */
static void make_chain(struct frame *frame, unsigned int kind, unsigned int count, unsigned int units)
{
	unsigned int size = kind == 51 ? (units + 2) * 4 : kind == 44 ? 8 : (units + 1) * 8;
	uint8_t header[2048] = { 0 };

	put_ethernet(frame, 0x86dd);
	put_ipv6(frame, 6, count * size + 56, count ? kind : 17);
	for (unsigned int i = 1; i <= count; i++) {
		header[0] = (uint8_t)(i == count ? 17 : kind);
		header[1] = (uint8_t)units;
		put(frame, header, size);
	}
	put_udp(frame, 56);
	put_ntp(frame, 48);
}

static void make_hop_by_hop(struct frame *frame)
{
	make_chain(frame, 0, 1, 0);
}

static void make_routing(struct frame *frame)
{
	make_chain(frame, 43, 2, 3);
}

static void make_destination(struct frame *frame)
{
	make_chain(frame, 60, 8, 0);
}

static void make_authentication(struct frame *frame)
{
	make_chain(frame, 51, 1, 4);
}

/* A fragment header that has no fragment: offset 0, no more. Its second byte is reserved. */
static void make_atomic_fragment(struct frame *frame)
{
	make_chain(frame, 44, 1, 255);
}

static void make_ipv6_fragment(struct frame *frame)
{
	make_chain(frame, 44, 1, 0);
	frame->bytes[14 + 40 + 3] = 0x01;
}

/* Eight headers of the greatest size: 16 KiB, the most that a walk can come to. */
static void make_longest_chain(struct frame *frame)
{
	make_chain(frame, 60, 8, 255);
}

static void make_mixed_chain(struct frame *frame)
{
	static const uint8_t headers[] = { 60, 0, 0, 0, 0,   0,	  0, 0, /* hop-by-hop */
					   51, 0, 0, 0, 0,   0,	  0, 0, /* destination */
					   44, 1, 0, 0, 0,   0,	  0, 0, 0, 0, 0, 0, /* AH, 12 bytes */
					   17, 9, 0, 0, 'i', 'd', 0, 0 }; /* fragment */

	put_ethernet(frame, 0x86dd);
	put_ipv6(frame, 6, sizeof(headers) + 56, 0);
	put(frame, headers, sizeof(headers));
	put_udp(frame, 56);
	put_ntp(frame, 48);
}

typedef void (*maker)(struct frame *frame);

struct good {
	const char *what;
	maker make;
	size_t headers; /* bytes up to the end of the UDP header */
	uint32_t ntp_len;
	enum ng_family family;
	int first_fragment;
};

static const struct good goods[] = {
	{ "IPv4", make_ipv4, 42, 48, NG_IPV4, 0 },
	{ "IPv4 with all options", make_ipv4_options, 82, 48, NG_IPV4, 0 },
	{ "IPv4 in a VLAN", make_ipv4_vlan, 50, 48, NG_IPV4, 0 },
	{ "IPv6 in two VLANs", make_ipv6_qinq, 70, 68, NG_IPV6, 0 },
	{ "padding", make_padded, 42, 1, NG_IPV4, 0 },
	{ "IP shorter than UDP", make_ip_shorter, 42, 12, NG_IPV4, 0 },
	{ "frame shorter than IP and UDP", make_frame_shorter, 62, 48, NG_IPV6, 0 },
	{ "empty datagram", make_empty, 42, 0, NG_IPV4, 0 },
	{ "IPv4 first fragment", make_ipv4_fragment, 42, 48, NG_IPV4, 1 },
	{ "hop-by-hop", make_hop_by_hop, 70, 48, NG_IPV6, 0 },
	{ "routing headers", make_routing, 126, 48, NG_IPV6, 0 },
	{ "eight destination headers", make_destination, 126, 48, NG_IPV6, 0 },
	{ "authentication header", make_authentication, 86, 48, NG_IPV6, 0 },
	{ "atomic fragment", make_atomic_fragment, 70, 48, NG_IPV6, 0 },
	{ "IPv6 first fragment", make_ipv6_fragment, 70, 48, NG_IPV6, 1 },
	{ "mixed chain", make_mixed_chain, 98, 48, NG_IPV6, 0 },
	{ "longest chain", make_longest_chain, 62 + 8 * 2048, 48, NG_IPV6, 0 },
};

/* ---- parsing them in memory of their own size ---- */

struct parsed {
	uint8_t *memory, *start;
	enum ng_parsed result;
	struct ng_pkt pkt;
};

/* As in the kernel, the IP header is aligned, two bytes after a multiple of four. */
static void parse(struct parsed *parsed, const uint8_t *bytes, size_t size)
{
	parsed->memory = malloc(size + 2);
	assert_non_null(parsed->memory);
	parsed->start = parsed->memory + 2;
	if (size)
		memcpy(parsed->start, bytes, size);
	memset(&parsed->pkt, 0xa5, sizeof(parsed->pkt)); /* what is not set shows */
	parsed->result = ng_parse(parsed->start, parsed->start + size, NG_IN, &parsed->pkt);
}

static uint32_t head_of(const uint8_t *ntp, uint32_t length)
{
	uint32_t bytes = length >= 4 ? 4 : length >= 2 ? 2 : length, head = 0;

	for (uint32_t i = 0; i < bytes; i++)
		head |= (uint32_t)ntp[i] << 8 * i;
	return head;
}

static void check_cut(const struct good *good, const struct frame *frame, size_t size)
{
	uint32_t left = (uint32_t)(size < good->headers ? 0 : size - good->headers);
	uint32_t length = good->ntp_len < left ? good->ntp_len : left;
	const char *source =
		good->family == NG_IPV4 ? "\xc0\x00\x02\x07" : "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07";
	struct parsed parsed;

	parse(&parsed, frame->bytes, size);
	if (parsed.result != (size < good->headers ? NG_NOT_OURS : NG_UDP))
		fail_msg("%s, %zu bytes: got %d", good->what, size, parsed.result);
	if (parsed.result == NG_UDP) {
		assert_int_equal(parsed.pkt.ntp_len, length);
		assert_int_equal(parsed.pkt.head, head_of(frame->bytes + good->headers, length));
		assert_int_equal(parsed.pkt.sport, htons(50123));
		assert_int_equal(parsed.pkt.dport, htons(123));
		assert_int_equal(parsed.pkt.family, good->family);
		assert_int_equal(parsed.pkt.first_fragment, good->first_fragment);
		assert_memory_equal(parsed.pkt.remote, source, good->family == NG_IPV4 ? 4 : 16);
	}
	free(parsed.memory);
}

static void test_every_cut(void **state)
{
	struct frame *frame = malloc(sizeof(*frame));

	(void)state;
	assert_non_null(frame);
	for (size_t i = 0; i < UNIT_COUNT(goods); i++) {
		goods[i].make(frame);
		for (size_t size = 0; size <= frame->size; size++)
			check_cut(&goods[i], frame, size);
	}
	free(frame);
}

/* ---- what is not ours, one change away from what is ---- */

struct change {
	const char *what;
	maker make;
	size_t at;
	uint8_t value;
	enum ng_parsed result;
};

static const struct change changes[] = {
	{ "ARP", make_ipv4, 13, 0x06, NG_NOT_OURS },
	{ "IPv6 in an IPv4 frame", make_ipv4, 14, 0x65, NG_NOT_OURS },
	{ "IPv4 in an IPv6 frame", make_hop_by_hop, 14, 0x45, NG_NOT_OURS },
	{ "IPv4 header of 16 bytes", make_ipv4, 14, 0x44, NG_NOT_OURS },
	{ "IPv4 header of 0 bytes", make_ipv4, 14, 0x40, NG_NOT_OURS },
	{ "TCP", make_ipv4, 23, 6, NG_NOT_OURS },
	{ "ICMP", make_ipv4, 23, 1, NG_NOT_OURS },
	{ "IPv4 later fragment", make_ipv4, 21, 1, NG_NOT_OURS },
	{ "IPv4 last fragment", make_ipv4, 20, 0x1f, NG_NOT_OURS },
	{ "IPv4 middle fragment", make_ipv4_fragment, 21, 1, NG_NOT_OURS },
	{ "IPv4 don't fragment", make_ipv4, 20, 0x40, NG_UDP },
	{ "IPv4 evil bit", make_ipv4, 20, 0x80, NG_UDP },
	{ "IPv4 total shorter than its header", make_ipv4, 17, 19, NG_NOT_OURS },
	{ "IPv4 total of the header alone", make_ipv4, 17, 20, NG_NOT_OURS },
	{ "IPv4 total one short of UDP's header", make_ipv4, 17, 27, NG_NOT_OURS },
	{ "IPv4 total of UDP's header", make_ipv4, 17, 28, NG_UDP },
	{ "UDP length 0", make_ipv4, 39, 0, NG_NOT_OURS },
	{ "UDP length 7", make_ipv4, 39, 7, NG_NOT_OURS },
	{ "UDP length 8", make_ipv4, 39, 8, NG_UDP },
	{ "a third tag", make_ipv6_qinq, 21, 0x00, NG_NOT_OURS },
	{ "a tag with nothing ours in it", make_ipv4_vlan, 17, 0x06, NG_NOT_OURS },
	{ "IPv6 version 5", make_ipv6_qinq, 22, 0x50, NG_NOT_OURS },
	{ "IPv6 payload 7", make_ipv6_qinq, 27, 7, NG_NOT_OURS },
	{ "IPv6 payload 8", make_ipv6_qinq, 27, 8, NG_UDP },
	{ "IPv6 no next header", make_hop_by_hop, 54, 59, NG_NOT_OURS },
	{ "IPv6 TCP after hop-by-hop", make_hop_by_hop, 54, 6, NG_NOT_OURS },
	{ "IPv6 ESP", make_hop_by_hop, 20, 50, NG_NOT_OURS },
	{ "IPv6 mobility header", make_hop_by_hop, 20, 135, NG_NOT_OURS },
	{ "IPv6 header beyond the payload", make_hop_by_hop, 55, 8, NG_NOT_OURS },
	{ "IPv6 header up to the payload's end", make_hop_by_hop, 55, 7, NG_NOT_OURS },
	{ "IPv6 later fragment", make_atomic_fragment, 57, 0x08, NG_NOT_OURS },
	{ "IPv6 last fragment", make_atomic_fragment, 56, 0x80, NG_NOT_OURS },
	{ "IPv6 middle fragment", make_ipv6_fragment, 56, 0x10, NG_NOT_OURS },
	{ "IPv6 fragment's reserved bits", make_atomic_fragment, 57, 0x06, NG_UDP },
};

static void test_changes(void **state)
{
	struct frame *frame = malloc(sizeof(*frame));
	struct parsed parsed;

	(void)state;
	assert_non_null(frame);
	for (size_t i = 0; i < UNIT_COUNT(changes); i++) {
		changes[i].make(frame);
		parse(&parsed, frame->bytes, frame->size);
		assert_int_equal(parsed.result, NG_UDP);
		free(parsed.memory);
		frame->bytes[changes[i].at] = changes[i].value;
		parse(&parsed, frame->bytes, frame->size);
		if (parsed.result != changes[i].result)
			fail_msg("%s: got %d", changes[i].what, parsed.result);
		free(parsed.memory);
	}
	free(frame);
}

static void expect_chain(unsigned int kind, unsigned int count, unsigned int units, enum ng_parsed result)
{
	struct frame *frame = malloc(sizeof(*frame));
	struct parsed parsed;

	assert_non_null(frame);
	make_chain(frame, kind, count, units);
	parse(&parsed, frame->bytes, frame->size);
	if (parsed.result != result)
		fail_msg("%u headers of kind %u: got %d", count, kind, parsed.result);
	free(parsed.memory);
	free(frame);
}

/* Eight headers are walked, nine are not ours to walk. */
static void test_chain_length(void **state)
{
	static const unsigned int kinds[] = { 0, 43, 44, 51, 60 };

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
		for (unsigned int count = 0; count <= 8; count++)
			expect_chain(kinds[i], count, 1, NG_UDP);
		expect_chain(kinds[i], 9, 1, NG_NOT_OURS);
	}
}

/* ---- a second parser: offsets into bytes, no pointer and no cleverness ---- */

struct view {
	const uint8_t *bytes;
	size_t size;
};

struct opinion {
	bool is_udp;
	size_t source, udp;
	uint32_t ntp_len;
	uint8_t family, first_fragment;
};

static unsigned int at16(struct view view, size_t at)
{
	return view.bytes[at] * 256u + view.bytes[at + 1];
}

static void opine_udp(struct view view, size_t at, size_t left, struct opinion *opinion)
{
	size_t length;

	if (at + 8 > view.size)
		return;
	length = at16(view, at + 4);
	if (left < length)
		length = left;
	if (length < 8)
		return;
	opinion->is_udp = true;
	opinion->udp = at;
	opinion->ntp_len = (uint32_t)(at + length > view.size ? view.size - at - 8 : length - 8);
}

static void opine_ipv4(struct view view, size_t at, struct opinion *opinion)
{
	size_t header, total;

	if (at + 20 > view.size || view.bytes[at] / 16 != 4 || view.bytes[at + 9] != 17)
		return;
	header = view.bytes[at] % 16 * 4u;
	total = at16(view, at + 2);
	if (header < 20 || total < header || at16(view, at + 6) % 0x2000)
		return;
	opinion->family = NG_IPV4;
	opinion->source = at + 12;
	opinion->first_fragment = at16(view, at + 6) / 0x2000 % 2;
	opine_udp(view, at + header, total - header, opinion);
}

static size_t extension_size(unsigned int kind, unsigned int length)
{
	switch (kind) {
	case 0:
	case 43:
	case 60: return (length + 1) * 8;
	case 44: return 8;
	case 51: return (length + 2) * 4;
	default: return 0;
	}
}

static void opine_ipv6(struct view view, size_t at, struct opinion *opinion)
{
	size_t left, end = at + 40;
	unsigned int next, fragment = 0;

	if (end > view.size || view.bytes[at] / 16 != 6)
		return;
	left = at16(view, at + 4);
	next = view.bytes[at + 6];
	for (int headers = 0; next != 17; headers++) {
		size_t size;

		if (headers == 8 || end + 8 > view.size)
			return;
		size = extension_size(next, view.bytes[end + 1]);
		if (!size || size > left)
			return;
		if (next == 44)
			fragment |= at16(view, end + 2);
		next = view.bytes[end];
		end += size;
		left -= size;
	}
	if (fragment / 8)
		return;
	opinion->family = NG_IPV6;
	opinion->source = at + 8;
	opinion->first_fragment = fragment % 2;
	opine_udp(view, end, left, opinion);
}

static void opine(struct view view, struct opinion *opinion)
{
	size_t at = 12;

	memset(opinion, 0, sizeof(*opinion));
	for (int tags = 0; at + 2 <= view.size; at += 4, tags++) {
		unsigned int type = at16(view, at);

		if (type == 0x0800)
			opine_ipv4(view, at + 2, opinion);
		if (type == 0x86dd)
			opine_ipv6(view, at + 2, opinion);
		if (tags == 2 || (type != 0x8100 && type != 0x88a8))
			return;
	}
}

static void compare(const struct frame *frame, size_t size)
{
	struct opinion opinion;
	struct parsed parsed;

	parse(&parsed, frame->bytes, size);
	opine((struct view){ .bytes = frame->bytes, .size = size }, &opinion);
	assert_int_equal(parsed.result == NG_UDP, opinion.is_udp);
	if (opinion.is_udp) {
		assert_ptr_equal(parsed.pkt.remote, parsed.start + opinion.source);
		assert_int_equal(parsed.pkt.family, opinion.family);
		assert_int_equal(parsed.pkt.first_fragment, opinion.first_fragment);
		assert_int_equal(parsed.pkt.ntp_len, opinion.ntp_len);
		assert_memory_equal(&parsed.pkt.sport, frame->bytes + opinion.udp, 4);
		assert_int_equal(parsed.pkt.head, head_of(frame->bytes + opinion.udp + 8, opinion.ntp_len));
	}
	free(parsed.memory);
}

/* Values that mean something somewhere in a header. */
static uint8_t telling_byte(void)
{
	static const uint8_t bytes[] = { 0,  1,	 4,    5,    6,	   7,	 8,    17,   43,  44,
					 51, 60, 0x45, 0x60, 0x81, 0x86, 0xa8, 0xdd, 0xff };

	return unit_below(2) ? bytes[unit_below(sizeof(bytes))] : (uint8_t)unit_random();
}

static void test_spoilt(void **state)
{
	struct frame *frame = malloc(sizeof(*frame)), *original = malloc(sizeof(*frame));
	unsigned int count = 0;

	(void)state;
	assert_true(frame && original);
	for (size_t i = 0; i + 1 < UNIT_COUNT(goods); i++) { /* all but the longest */
		goods[i].make(original);
		for (int turn = 0; turn < 15000; turn++, count++) {
			frame->size = original->size;
			memcpy(frame->bytes, original->bytes, original->size);
			for (unsigned int changed = unit_below(4); changed; changed--)
				frame->bytes[12 + unit_below((uint32_t)goods[i].headers - 12)] = telling_byte();
			compare(frame, unit_below(4) ? frame->size : unit_below((uint32_t)frame->size + 1));
		}
	}
	print_message("# frames: %u spoilt frames agree with the second parser\n", count);
	free(original);
	free(frame);
}

/* Random bytes after an ethertype of ours. */
static void test_random(void **state)
{
	static const unsigned int types[] = { 0x0800, 0x86dd, 0x8100, 0x88a8 };
	struct frame *frame = malloc(sizeof(*frame));

	(void)state;
	assert_non_null(frame);
	for (int turn = 0; turn < 100000; turn++) {
		uint32_t size = 14 + unit_below(120);

		put_ethernet(frame, types[unit_below(4)]);
		while (frame->size < size)
			frame->bytes[frame->size++] = telling_byte();
		frame->bytes[14] = (uint8_t)(unit_below(2) ? 0x45 : 0x60);
		compare(frame, size);
	}
	free(frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut), cmocka_unit_test(test_changes), cmocka_unit_test(test_chain_length),
		cmocka_unit_test(test_spoilt),	  cmocka_unit_test(test_random),
	};

	unit_seed("frames");
	return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
