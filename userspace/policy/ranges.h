/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside the compiler: prefix lists as disjoint ranges. */
#ifndef NTPGUARD_RANGES_H
#define NTPGUARD_RANGES_H

#include "policy.h"

/* From `upper`:`lower` (IPv4: lower, 32 bits) up to the next range's start, the class holds. */
struct ng_range_start {
	uint64_t upper, lower;
	uint32_t class;
};

struct ng_ranges {
	struct ng_range_start *list; /* sorted; the first starts at 0; neighbours differ in class */
	size_t count;
};

/* The ranges of one family, with the class of every address by longest prefix; of equal prefixes in
 * the allow and deny lists the later directive holds. The caller frees list. -ENOMEM. */
int ng_ranges_make(const struct ng_draft *draft, enum ng_family family, struct ng_ranges *ranges);

#endif
