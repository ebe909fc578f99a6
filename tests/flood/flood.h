/* SPDX-License-Identifier: GPL-2.0-only */
/* What the flood's programs and the command that runs them share. Addresses are in host order. */
#ifndef FLOOD_H
#define FLOOD_H

#include <linux/types.h>

/* A kind of senders: how many packets a second in whose names. */
struct senders {
	__u32 first; /* address */
	__u32 more; /* mask of those bits of the address that differ */
	__u32 count; /* how many of these addresses send; a power of two; 0: nobody does */
	__u32 pad;
	__u64 gap_ns; /* between two of their packets; 0: none */
};

struct plan {
	__u32 ifindex; /* where the packets leave */
	__u32 header_sum; /* of the IPv4 header's words, without the sender's address and the checksum */
	struct senders strangers, regulars;
};

/* Each side's own cache line. */
struct tally {
	__u64 strangers, regulars; /* packets sent */
	__u64 now, strangers_due, regulars_due; /* nanoseconds */
	__u64 turns; /* of the generator */
	__u64 pad[2];
	__u64 to_strangers, to_regulars; /* answers that came back */
	__u64 pad2[6];
};

#endif
