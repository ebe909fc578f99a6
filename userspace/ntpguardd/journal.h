/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon says: to systemd's journal, to syslog, or to a terminal. */
#ifndef NTPGUARD_JOURNAL_H
#define NTPGUARD_JOURNAL_H

#include <stdbool.h>
#include <syslog.h>

/* Without it lines go to standard error, with a priority in front (sd-daemon(3)) if that is the journal. With it
 * they go to syslog too. */
void ng_journal_syslog(void);

/* Lets go of standard error, if there is syslog. */
void ng_journal_detach(void);

/* A line of this priority (LOG_*). */
void ng_journal(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
