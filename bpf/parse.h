/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes to struct ng_pkt. Bounds are checked here and nowhere else; nothing is judged here. */
#ifndef NTPGUARD_PARSE_H
#define NTPGUARD_PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "ntpguard.h"

/* linux/stddef.h has one that only suggests it */
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

#define NG_VLAN_TAGS 2
#define NG_EXTENSION_HEADERS 8
#define NG_EXTENSION_BYTES 0x4000 /* of all headers together, each of which has at most 2048 */
#define NG_EXTENSION_MASK 0x7ffc /* all-ones but for the unit, 4 */

#define NG_IPV4_MORE_FRAGMENTS 0x2000
#define NG_IPV4_OFFSET 0x1fff
#define NG_IPV6_MORE_FRAGMENTS 0x0001
#define NG_IPV6_OFFSET 0xfff8

/* A UDP datagram, or the first fragment of one. */
struct ng_pkt {
	const void *remote; /* the far end's address in the frame, 4 or 16 bytes, bounds checked: the sender's of
			     * what comes in, the receiver's of what leaves */
	__be16 sport;
	__be16 dport;
	const __u8 *ntp; /* where the message starts: how much of it can be read there is for the reader to check */
	__u32 head; /* the message's bytes 0 (low) to 3; of one shorter than that, bytes 0 and 1; the rest is 0 */
	__u32 ntp_len; /* bytes of UDP payload: never more than UDP, IP and the frame all hold */
	__u32 cut; /* bytes of it that the frame's first buffer does not hold, and ntp_len not count */
	__u32 family; /* enum ng_family */
	__u32 first_fragment;
};

enum ng_parsed {
	NG_NOT_OURS, /* not UDP, a later fragment, or not to be parsed: no business of ours */
	NG_UDP,
};

struct ng_vlan {
	__be16 tci;
	__be16 type;
};

/* An IPv6 extension header's first bytes (RFC 8200 section 4, RFC 4302 for AH). */
struct ng_extension {
	__u8 next;
	__u8 length;
	__be16 fragment; /* of a fragment header: offset and M flag */
	__be32 more;
};

#ifdef __clang__
#define NG_UNROLL _Pragma("clang loop unroll(full)")
#define NG_NO_UNROLL _Pragma("clang loop unroll(disable)")
#else
#define NG_UNROLL
#define NG_NO_UNROLL
#endif

/* A function that the verifier walks once, by itself, and that costs a call: for what is off the path of
 * an attack. */
#define NG_SUBPROGRAM __attribute__((noinline))

/* Keeps the compiler, not the verifier, from knowing a value. */
#define NG_OPAQUE(value) __asm__ volatile("" : "+r"(value))

/* What was stored before is loaded again. */
#define NG_BARRIER() __asm__ volatile("" ::: "memory")

static __always_inline __u16 ng_from_be16(__be16 value)
{
	return __builtin_bswap16(value);
}

static __always_inline __u32 ng_min(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

/* Where the next header starts, and how many bytes the IP header says remain from there on. */
struct ng_cursor {
	const void *at;
	__u32 left;
};

/* Lengths that the kernel refuses (under the UDP header's own) are not ours to judge; lengths beyond
 * the IP packet or the frame are cut to it. */
static __always_inline enum ng_parsed ng_parse_udp(struct ng_cursor cursor, const void *end, struct ng_pkt *pkt)
{
	const struct udphdr *udp = cursor.at;
	const __u8 *ntp = (const void *)(udp + 1);
	__u32 length;

	if ((const void *)ntp > end)
		return NG_NOT_OURS;
	length = ng_min(ng_from_be16(udp->len), cursor.left);
	if (length < sizeof(*udp))
		return NG_NOT_OURS;
	pkt->sport = udp->source;
	pkt->dport = udp->dest;
	length -= (__u32)sizeof(*udp);
	pkt->ntp_len = ng_min(length, (__u32)((const __u8 *)end - ntp));
	pkt->cut = length - pkt->ntp_len;
	pkt->ntp = ntp;
	pkt->head = 0;
	if ((const void *)(ntp + 4) <= end && pkt->ntp_len >= 4)
		pkt->head = *(const __u32 *)(const void *)ntp;
	else if ((const void *)(ntp + 2) <= end && pkt->ntp_len >= 2)
		pkt->head = *(const __u16 *)(const void *)ntp;
	else if ((const void *)(ntp + 1) <= end && pkt->ntp_len == 1)
		pkt->head = *ntp;
	return NG_UDP;
}

static __always_inline enum ng_parsed ng_parse_ipv4(struct ng_cursor *cursor, const void *end,
						    enum ng_direction direction, struct ng_pkt *pkt)
{
	const struct iphdr *ip = cursor->at;
	__u32 header, total;

	if ((const void *)(ip + 1) > end || ip->protocol != IPPROTO_UDP)
		return NG_NOT_OURS;
	if (ip->frag_off & __builtin_bswap16(NG_IPV4_OFFSET))
		return NG_NOT_OURS;
	header = ip->ihl * 4u;
	total = ng_from_be16(ip->tot_len);
	if (ip->version != 4 || header < sizeof(*ip) || total < header)
		return NG_NOT_OURS;
	pkt->first_fragment = !!(ip->frag_off & __builtin_bswap16(NG_IPV4_MORE_FRAGMENTS));
	pkt->family = NG_IPV4;
	pkt->remote = direction == NG_IN ? &ip->saddr : &ip->daddr;
	cursor->at = (const __u8 *)cursor->at + header;
	cursor->left = total - header;
	return NG_UDP;
}

static __always_inline int ng_is_extension(__u8 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS ||
	       next == IPPROTO_FRAGMENT || next == IPPROTO_AH;
}

/* In bytes; a fragment header's second byte is reserved, and its size fixed. */
static __always_inline __u32 ng_extension_size(const struct ng_extension *ext, __u8 kind)
{
	__u32 is_ah = kind == IPPROTO_AH, length = kind == IPPROTO_FRAGMENT ? 0 : ext->length;

	return (length + 1 + is_ah) << (3 - is_ah);
}

/* All-ones, and more than any chain of headers that is walked can reach. */
#define NG_OFFSET_MASK 0x7fff

/* Walks up to NG_EXTENSION_HEADERS headers; `next` is the first one's kind. The mask
 * changes no value that passed the test before it: it gives every turn the same bounds, without
 * which the verifier walks all that follows once for each chain of headers. */
static __always_inline enum ng_parsed ng_parse_extensions(struct ng_cursor *cursor, const void *data, const void *end,
							  __u8 next, struct ng_pkt *pkt)
{
	__u32 offset = 0, fragment = 0;
	__u64 before = (__u64)((const __u8 *)cursor->at - (const __u8 *)data);
	const __u8 *start;

	NG_OPAQUE(before);
	start = (const __u8 *)data + (before & NG_OFFSET_MASK);

	NG_NO_UNROLL
	for (int i = 0; i < NG_EXTENSION_HEADERS && next != IPPROTO_UDP; i++) {
		const struct ng_extension *ext = (const void *)(start + offset);

		if ((const void *)(ext + 1) > end || !ng_is_extension(next))
			return NG_NOT_OURS;
		if (next == IPPROTO_FRAGMENT)
			fragment |= ext->fragment;
		offset += ng_extension_size(ext, next);
		if (offset > cursor->left || offset > NG_EXTENSION_BYTES)
			return NG_NOT_OURS;
		NG_OPAQUE(offset);
		offset &= NG_EXTENSION_MASK;
		next = ext->next;
	}
	if (next != IPPROTO_UDP || fragment & __builtin_bswap16(NG_IPV6_OFFSET))
		return NG_NOT_OURS;
	pkt->first_fragment = !!(fragment & __builtin_bswap16(NG_IPV6_MORE_FRAGMENTS));
	cursor->at = start + offset;
	cursor->left -= offset;
	return NG_UDP;
}

static __always_inline enum ng_parsed ng_parse_ipv6(struct ng_cursor *cursor, const void *data, const void *end,
						    enum ng_direction direction, struct ng_pkt *pkt)
{
	const struct ipv6hdr *ip = cursor->at;

	if ((const void *)(ip + 1) > end || ip->version != 6)
		return NG_NOT_OURS;
	pkt->first_fragment = 0;
	pkt->family = NG_IPV6;
	pkt->remote = direction == NG_IN ? &ip->saddr : &ip->daddr;
	cursor->at = ip + 1;
	cursor->left = ng_from_be16(ip->payload_len);
	return ip->nexthdr == IPPROTO_UDP ? NG_UDP : ng_parse_extensions(cursor, data, end, ip->nexthdr, pkt);
}

/* From the Ethernet header to the IP header; its ethertype, or 0. */
static __always_inline __be16 ng_parse_ethernet(struct ng_cursor *cursor, const void *end)
{
	const struct ethhdr *eth = cursor->at;
	const struct ng_vlan *tag = (const void *)(eth + 1);
	__be16 type;

	if ((const void *)tag > end)
		return 0;
	type = eth->h_proto;
	NG_UNROLL
	for (int i = 0; i < NG_VLAN_TAGS; i++, tag++) {
		if (type != __builtin_bswap16(ETH_P_8021Q) && type != __builtin_bswap16(ETH_P_8021AD))
			break;
		if ((const void *)(tag + 1) > end)
			return 0;
		type = tag->type;
	}
	cursor->at = tag;
	return type;
}

/* Two tests of bounds, which the compiler would make one test of a variable, which the verifier would
 * not understand. */
static __always_inline int ng_has_remote(const struct ng_pkt *pkt, const void *end)
{
	const __u8 *remote = pkt->remote;

	if (pkt->family == NG_IPV4)
		return (const void *)(remote + 4) <= end;
	__asm__ volatile("");
	return (const void *)(remote + 16) <= end;
}

/* The same packet, told without the way it was parsed: every path through the headers ends in one and
 * the same state here, so that the verifier walks what follows once, not once for each of them. Never
 * NG_NOT_OURS of what was not before. */
static __always_inline enum ng_parsed ng_forget_path(const void *data, const void *end, struct ng_pkt *pkt)
{
	__u64 remote = (__u64)((const __u8 *)pkt->remote - (const __u8 *)data);
	__u64 ntp = (__u64)(pkt->ntp - (const __u8 *)data);

	NG_OPAQUE(remote);
	NG_OPAQUE(ntp);
	NG_OPAQUE(pkt->family);
	NG_OPAQUE(pkt->first_fragment);
	NG_OPAQUE(pkt->head);
	NG_OPAQUE(pkt->ntp_len);
	NG_OPAQUE(pkt->cut);
	pkt->remote = (const __u8 *)data + (remote & NG_OFFSET_MASK);
	pkt->ntp = (const __u8 *)data + (ntp & NG_OFFSET_MASK);
	return ng_has_remote(pkt, end) ? NG_UDP : NG_NOT_OURS;
}

/* data .. end is the frame from its Ethernet header on. NG_UDP: every field of pkt is set. */
static __always_inline enum ng_parsed ng_parse(const void *data, const void *end, enum ng_direction direction,
					       struct ng_pkt *pkt)
{
	struct ng_cursor cursor = { .at = data };
	__be16 type = ng_parse_ethernet(&cursor, end);
	enum ng_parsed parsed = NG_NOT_OURS;

	if (type == __builtin_bswap16(ETH_P_IP))
		parsed = ng_parse_ipv4(&cursor, end, direction, pkt);
	else if (type == __builtin_bswap16(ETH_P_IPV6))
		parsed = ng_parse_ipv6(&cursor, data, end, direction, pkt);
	return parsed == NG_UDP ? ng_parse_udp(cursor, end, pkt) : NG_NOT_OURS;
}

#endif
