/* SPDX-License-Identifier: GPL-2.0-only */
/* Other programs, run briefly, without a shell and with an environment of ours, and heard. */
#ifndef NTPGUARD_TOOL_H
#define NTPGUARD_TOOL_H

#include <stddef.h>

/* What a tool prints, in a fresh terminated buffer that the caller frees. -ENOENT: it is not installed; -ETIMEDOUT;
 * -EPROTO: it failed; or another negative errno. */
int ng_tool_read(const char *const *arguments, char **text, size_t *size);

#endif
