// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as ntpguardd.conf: no crash, and what is taken is within its bounds. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "journal.h"

/* What reads files is not tried here. */
int ng_file_read(void *unused, const char *path, char **data, size_t *size);
int ng_file_read(void *unused, const char *path, char **data, size_t *size)
{
	(void)unused;
	(void)path;
	(void)data;
	(void)size;
	return -1;
}

void ng_journal(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ng_findings findings;
	struct ng_config config;

	ng_config_init(&config);
	if (!ng_config_parse(&config, "ntpguardd.conf", (const char *)data, size, &findings) &&
	    (config.wanted_count > NG_WANTED_MAX || config.serverstats < 1 || config.serverstats > 4 ||
	     config.ntpdata < 1 || config.ntpdata > 2 || (*config.control && *config.control != '/') ||
	     (config.chronydport && config.chronydport == config.cmdport)))
		abort();
	ng_findings_free(&findings);
	return 0;
}
