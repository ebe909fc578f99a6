/* SPDX-License-Identifier: GPL-2.0-only */
/* ntpguardd.conf: chrony's grammar, one setting a line. */
#ifndef NTPGUARD_CONFIG_H
#define NTPGUARD_CONFIG_H

#include <limits.h>

#include "loader.h"
#include "policy.h"

#define NG_WANTED_MAX NG_INTERFACES_MAX

/* An interface that is to be guarded whenever it is there. */
struct ng_wanted {
	char name[16];
	enum ng_mode mode;
	bool monitor;
};

struct ng_config {
	char user[33], group[33];
	char bpffs[PATH_MAX];
	char hours[PATH_MAX]; /* of hourly totals; empty: none are kept */
	char cmdsocket[108], control[108], chronyd[108]; /* paths of Unix sockets; empty: none */
	uint16_t cmdport, metricsport, chronydport; /* host order; 0: none */
	uint16_t serverstats, ntpdata; /* the newest form of these replies, from 1 on */
	struct ng_wanted wanted[NG_WANTED_MAX];
	size_t wanted_count;
};

/* What holds where no file says otherwise. */
void ng_config_init(struct ng_config *config);

/* Reads the text of a file over what the config says. 0, or -EINVAL when findings->errors is not 0; the config
 * is then good for nothing. The caller frees the findings. */
int ng_config_parse(struct ng_config *config, const char *file, const char *data, size_t size,
		    struct ng_findings *findings);

/* Reads the file; `required`: its not being there is an error, and so is one socket in two places. Errors are told to
 * the journal. */
int ng_config_read(struct ng_config *config, const char *path, bool required);

/* Where chronyd's replies are heard: beside its own socket, where nobody but it and root may enter. False: nowhere. */
bool ng_config_reply_path(const struct ng_config *config, char *path, size_t size);

#endif
