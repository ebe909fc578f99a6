/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon says: to systemd's journal, to syslog, or to a terminal. */
#ifndef NTPGUARD_JOURNAL_H
#define NTPGUARD_JOURNAL_H

#include <stdbool.h>
#include <syslog.h>

/* Where lines go from now on. Without it: standard error, with a priority in front (sd-daemon(3)) if that is
 * the journal. */
void ng_journal_syslog(void);

/* A line of this priority (LOG_*). */
void ng_journal(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
