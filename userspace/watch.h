/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NTPGUARD_WATCH_H
#define NTPGUARD_WATCH_H

#include "command.h"

/* counters --watch: rates, drawn every so many seconds until it is ended, or ntpguard is unloaded; the exit code. */
int ng_watch(const struct ng_command *command, unsigned int seconds);

#endif
