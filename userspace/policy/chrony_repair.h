/* SPDX-License-Identifier: GPL-2.0-only */
/* A line that chronyd refuses as it was probably meant: what is odd in it, and how it should read. */
#ifndef NTPGUARD_CHRONY_REPAIR_H
#define NTPGUARD_CHRONY_REPAIR_H

#include "chrony_line.h"

#define NG_ODDITIES_MAX 8
#define NG_REPAIR_MAX (4 * NG_CHRONY_LINE)

struct ng_oddity {
	size_t at; /* a byte of the line */
	char why[256];
};

struct ng_repair {
	struct ng_oddity oddity[NG_ODDITIES_MAX];
	size_t count;
	char should[NG_REPAIR_MAX]; /* its lines, without the last's end */
	bool is_good; /* chronyd takes `should`, and it differs from the line */
	size_t wrong; /* otherwise what remains wrong with it: a byte of the line, */
	char why[256]; /* and why; empty: nothing new */
	bool no_memory; /* to try anything */
};

/* What would make chronyd take a line that it refuses. The line has no NUL and no end, and is shorter
 * than NG_CHRONY_LINE. */
void ng_chrony_repair(struct ng_repair *repair, const char *raw, size_t size, bool sources_only);

/* What is odd in a line that chronyd takes, and how it would read without. */
void ng_chrony_doubt(struct ng_repair *repair, const char *raw, size_t size, bool sources_only);

#endif
