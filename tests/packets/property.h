/* SPDX-License-Identifier: GPL-2.0-only */
/* Random frames: what is not UDP with the NTP port at one end passes and moves no counter, and what
 * is moves exactly one. */
#ifndef NTPGUARD_PROPERTY_H
#define NTPGUARD_PROPERTY_H

#include "run.h"

void property_run(struct run *run, uint64_t frames, uint64_t seed);

#endif
