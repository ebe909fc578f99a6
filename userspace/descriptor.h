/* SPDX-License-Identifier: GPL-2.0-only */
/* A message over a Unix socket, and a file descriptor with it (unix(7), SCM_RIGHTS). */
#ifndef NTPGUARD_DESCRIPTOR_H
#define NTPGUARD_DESCRIPTOR_H

#include <stddef.h>
#include <sys/types.h>

/* Never waits, and raises no signal: who does not read loses what was sent. A negative descriptor is none; it stays the
 * caller's. */
void ng_descriptor_send(int socket, const void *message, size_t size, int descriptor);

/* As recvmsg() with these flags. `descriptor` is -1 where none came, else the caller's to close, whatever else came. */
ssize_t ng_descriptor_receive(int socket, void *message, size_t size, int flags, int *descriptor);

#endif
