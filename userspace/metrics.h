/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted, as Prometheus reads it: the text format 0.0.4, or OpenMetrics 1.0. Never a client's address:
 * series must not be as many as an attacker likes. */
#ifndef NTPGUARD_METRICS_H
#define NTPGUARD_METRICS_H

#include <stdio.h>

#include "snapshot.h"

/* Requests of chrony's clients that the daemon answered. */
struct ng_cmdmon_count {
	const char *command, *status;
	uint64_t requests;
};

struct ng_metrics {
	const struct ng_snapshot *snapshot; /* all zero: ntpguard is not loaded */
	bool has_daemon; /* what follows is known */
	bool chronyd_up;
	const struct ng_cmdmon_count *cmdmon;
	size_t cmdmon_count;
	bool config_ok; /* as it was last read */
	uint64_t config_time; /* when; seconds since the epoch */
};

/* All series, zeros too. Of a daemon: its own process as well. */
void ng_metrics_print(FILE *to, const struct ng_metrics *metrics, bool openmetrics);

#endif
