/* SPDX-License-Identifier: GPL-2.0-only */
/* What the program that makes regulars is told, and tells. */
#ifndef FLOOD_BATCH_H
#define FLOOD_BATCH_H

#include <linux/types.h>

struct batch {
	__u32 next; /* address, host order */
	__u32 periods_ago; /* when it comes */
	__u32 regulars; /* those that were regulars when they came */
};

#endif
