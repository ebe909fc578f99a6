// SPDX-License-Identifier: GPL-2.0-only
#include "journal.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool to_syslog;
static int null = -1; /* opened while files may be */

void ng_journal_syslog(void)
{
	openlog("ntpguardd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	to_syslog = true;
}

void ng_journal_detach(void)
{
	if (null >= 0)
		dup2(null, STDERR_FILENO);
}

void ng_journal(int priority, const char *format, ...)
{
	static const char name[] = "ntpguardd: ";
	bool is_journal = getenv("JOURNAL_STREAM");
	char line[1024], prefix[8] = "";
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (to_syslog)
		syslog(priority, "%s", line);
	if (is_journal)
		snprintf(prefix, sizeof(prefix), "<%d>", priority);
	dprintf(STDERR_FILENO, "%s%s%s\n", prefix, is_journal ? "" : name, line);
}
