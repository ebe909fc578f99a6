/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of packets and their fates. */
#ifndef NTPGUARD_VECTORS_H
#define NTPGUARD_VECTORS_H

#include "run.h"

void vectors_run(struct run *run);

/* The rows with limits, which are replayed, because it matters when they come. */
void vectors_run_limited(struct run *run);

/* The rows that fill a table first: last of all, because what they leave behind lasts for 16 s. */
void vectors_run_crowded(struct run *run);

#endif
