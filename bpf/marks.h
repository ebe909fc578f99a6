/* SPDX-License-Identifier: GPL-2.0-only */
/* Marks: what was sent or let in, told by a keyed hash of the endpoints, in sets of fixed size. */
#ifndef NTPGUARD_MARKS_H
#define NTPGUARD_MARKS_H

#include "clock.h"
#include "parse.h"

/* Choices without a branch, of which the verifier would walk every combination: masks of all ones or none.
 * Below 2^31. */
static __always_inline __u32 ng_if_ge(__u32 a, __u32 b)
{
	__s32 below = (__s32)(b - a - 1);

	NG_OPAQUE(below);
	below >>= 31;
	NG_OPAQUE(below);
	return (__u32)below;
}

static __always_inline __u32 ng_if_equal(__u32 a, __u32 b)
{
	__u32 differ = a ^ b;

	differ |= -differ;
	NG_OPAQUE(differ);
	differ = (differ >> 31) - 1;
	NG_OPAQUE(differ);
	return differ;
}

static __always_inline __u32 ng_pick(__u32 mask, __u32 a, __u32 b)
{
	return (a & mask) | (b & ~mask);
}

/* One mark's place among those of its set. */
struct ng_claim {
	__u32 tag; /* the hash's upper half */
	__u32 set; /* which set */
	__u32 now; /* in ticks */
};

/* The far end of a packet, and our port that it speaks to. */
struct ng_endpoint {
	__u64 upper, lower; /* its address as it stands in the frame; IPv4 in the first four bytes */
	__u32 ports; /* its port in the upper half, ours in the lower, as they stand in the frame */
};

static __always_inline struct ng_endpoint ng_endpoint(const struct ng_pkt *pkt, __be16 remote, __be16 local)
{
	const __u32 *address = pkt->remote;
	struct ng_endpoint endpoint = { .upper = address[0], .ports = (__u32)remote << 16 | local };

	if (pkt->family == NG_IPV6) {
		endpoint.upper |= (__u64)address[1] << 32;
		endpoint.lower = (__u64)address[3] << 32 | address[2];
	}
	return endpoint;
}

static __always_inline __u64 ng_mix(__u64 words, __u64 key)
{
	return (__u64)((__u32)words + (__u32)key) * (__u32)((words >> 32) + (key >> 32));
}

/* A hash of an endpoint. Sums of products under a key that nobody outside knows (NH, of RFC 4418) collide
 * for a given pair with a probability of 2^-32 whoever chose the pair; the last steps spread the sum over
 * all bits. Five times cheaper than SipHash, which is made for an attacker who sees hashes; this one
 * never leaves the kernel. */
static __always_inline __u64 ng_hash(const volatile __u64 *secret, struct ng_endpoint endpoint)
{
	__u64 sum = ng_mix(endpoint.upper, secret[0]) + ng_mix(endpoint.lower, secret[1]) +
		    ng_mix(endpoint.ports, secret[2]);

	sum ^= sum >> 32;
	sum *= secret[3] | 1;
	return sum ^ sum >> 29;
}

static __always_inline struct ng_claim ng_claim(struct ng_endpoint endpoint)
{
	__u64 hash = ng_hash(ng_shared.secret, endpoint), now_ns = ng_now();

	return (struct ng_claim){ .tag = (__u32)(hash >> 32),
				  .set = (__u32)hash % NG_MARK_SETS,
				  .now = (__u32)(now_ns >> NG_TICK_SHIFT) % NG_TICKS };
}

static __always_inline __u64 ng_mark(struct ng_claim claim, __u32 note)
{
	return (__u64)claim.tag << 32 | (__u64)claim.now << NG_MARK_NOTE_BITS | note;
}

static __always_inline __u32 ng_mark_note(__u64 mark)
{
	return (__u32)mark % NG_MARK_NOTES;
}

/* In ticks. A mark that another CPU makes may be a tick younger than now: that is no age of 39 hours. */
static __always_inline __u32 ng_mark_age(__u64 mark, struct ng_claim claim)
{
	__u32 age = (claim.now - ((__u32)mark >> NG_MARK_NOTE_BITS)) % NG_TICKS;

	return age & ~ng_if_ge(age, NG_TICKS - 64);
}

static __always_inline int ng_mark_is(__u64 mark, struct ng_claim claim)
{
	return (__u32)(mark >> 32) == claim.tag;
}

#endif
