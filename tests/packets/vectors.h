/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of packets and their fates. */
#ifndef NTPGUARD_VECTORS_H
#define NTPGUARD_VECTORS_H

#include "run.h"

void vectors_run(struct run *run);

#endif
