/* SPDX-License-Identifier: GPL-2.0-only */
/* What must be done when time passes or interfaces come and go. Part of the keeper. */
#ifndef NTPGUARD_FOLLOW_H
#define NTPGUARD_FOLLOW_H

#include "config.h"

struct ng_follower;

/* NULL: errno. */
struct ng_follower *ng_follower_new(void);

/* Readable when an interface has changed. */
int ng_follower_socket(const struct ng_follower *follower);

/* Has done, in a process aside, what is due: entries that expired, a policy that was not confirmed in time,
 * interfaces that came back or were renamed, interfaces that the configuration names. Never waits. When the
 * next entry expires (seconds since the epoch; 0: none does). */
uint64_t ng_follow(struct ng_follower *follower, const struct ng_config *config);

#endif
