/* SPDX-License-Identifier: GPL-2.0-only */
/* What is wrong with the guard, each with what to do about it. */
#ifndef NTPGUARD_WARNINGS_H
#define NTPGUARD_WARNINGS_H

#include "snapshot.h"

/* Calls tell() once for each thing that is wrong, with one sentence, which is valid during the call only. What is wrong
 * with the limits is seen only where those were read (ng_snapshot_limits()). */
void ng_warnings(const struct ng_snapshot *snapshot, void (*tell)(void *to, const char *sentence), void *to);

#endif
