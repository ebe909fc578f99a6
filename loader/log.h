/* SPDX-License-Identifier: GPL-2.0-only */
/* What libbpf and libxdp print: kept quiet, but the kernel's own words are remembered. */
#ifndef NTPGUARD_LOG_H
#define NTPGUARD_LOG_H

#include <stdbool.h>

/* Takes over both libraries' printing; call before using either. */
void ng_log_init(void);

void ng_log_forget(void);

/* The last error text that the kernel itself sent since ng_log_forget(), or "". */
const char *ng_log_kernel_words(void);

/* Whether, since then, the verifier refused a program and said why. */
bool ng_log_verifier_refused(void);

#endif
