/* SPDX-License-Identifier: GPL-2.0-only */
/* sd_notify(3)'s datagram, without libsystemd. */
#ifndef NTPGUARD_NOTIFY_H
#define NTPGUARD_NOTIFY_H

#include <stdint.h>

/* Opens the service manager's socket, while that is allowed. Nothing where there is none. */
void ng_notify_open(void);

/* Tells it, for example "READY=1". */
void ng_notify(const char *state);

/* How often (ms) to say WATCHDOG=1; 0: never. */
int64_t ng_notify_watchdog_ms(void);

#endif
