/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NTPGUARD_PRIVILEGES_H
#define NTPGUARD_PRIVILEGES_H

#include <sys/types.h>

/* The numbers of these names; told to the journal where there is none. Negative errno. */
int ng_privileges_find(const char *user, const char *group, uid_t *uid, gid_t *gid);

/* For the serving process: this user and group and no other, no capability and no way back to any, and only the
 * system calls that serving takes. Negative errno: some of it failed, and the process should end. */
int ng_privileges_drop(uid_t uid, gid_t gid);

/* For the keeper: of root's capabilities those that loading a program, taking an interface's and entering
 * chronyd's directory take. Negative errno. */
int ng_privileges_keep(void);

#endif
