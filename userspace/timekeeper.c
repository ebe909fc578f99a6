// SPDX-License-Identifier: GPL-2.0-only
#include "timekeeper.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 1000
#define LOCAL_REFERENCE "7F7F0101"

/* Columns of chronyc's report (chrony 4.3, client.c: process_cmd_tracking()). */
enum { REFERENCE, SOURCE, STRATUM, REFERENCE_TIME, CORRECTION, LEAP = 13, COLUMNS };

bool ng_timekeeper_parse(const char *line, struct ng_timekeeper *keeper)
{
	char copy[256], *rest = copy, *column[COLUMNS];

	snprintf(copy, sizeof(copy), "%s", line);
	copy[strcspn(copy, "\n")] = '\0';
	for (int i = 0; i < COLUMNS; i++) {
		column[i] = strsep(&rest, ",");
		if (!column[i])
			return false;
	}
	*keeper = (struct ng_timekeeper){ .is_chronyd = true,
					  .is_own = !strcmp(column[REFERENCE], LOCAL_REFERENCE),
					  .stratum = (unsigned int)strtoul(column[STRATUM], NULL, 10),
					  .off_seconds = fabs(strtod(column[CORRECTION], NULL)) };
	keeper->is_synchronised = !keeper->is_own && strcmp(column[LEAP], "Not synchronised") != 0;
	snprintf(keeper->source, sizeof(keeper->source), "%.63s", column[SOURCE]);
	return true;
}

void ng_timekeeper_ask(struct ng_timekeeper_asked *asked)
{
	static char *const arguments[] = { "chronyc", "-n", "-c", "tracking", NULL };
	posix_spawn_file_actions_t actions;
	int ends[2];

	*asked = (struct ng_timekeeper_asked){ .output = -1 };
	if (pipe2(ends, O_CLOEXEC))
		return;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&asked->pid, arguments[0], &actions, NULL, arguments, environ))
		asked->pid = 0;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	asked->output = ends[0];
}

/* The whole report, which is one short line. */
static bool read_report(int output, char *line, size_t size)
{
	struct pollfd readable = { .fd = output, .events = POLLIN };
	ssize_t got = poll(&readable, 1, PATIENCE_MS) > 0 ? read(output, line, size - 1) : 0;

	line[got > 0 ? got : 0] = '\0';
	return got > 0;
}

static void ask_kernel(struct ng_timekeeper *keeper)
{
	struct timex clock = { .modes = 0 };
	int state = adjtimex(&clock);

	*keeper = (struct ng_timekeeper){ .is_synchronised = state >= 0 && state != TIME_ERROR,
					  .off_seconds = (double)clock.maxerror / 1e6 };
}

void ng_timekeeper_hear(struct ng_timekeeper_asked *asked, struct ng_timekeeper *keeper)
{
	char line[256];
	bool heard = asked->pid && read_report(asked->output, line, sizeof(line)) && ng_timekeeper_parse(line, keeper);

	if (asked->output >= 0)
		close(asked->output);
	if (asked->pid) {
		kill(asked->pid, SIGKILL); /* no other has its number before it was waited for */
		waitpid(asked->pid, NULL, 0);
	}
	if (!heard)
		ask_kernel(keeper);
}

static void describe_chronyd(const struct ng_timekeeper *keeper, const char *off, char *text, size_t size)
{
	if (keeper->is_own)
		snprintf(text, size,
			 "not synchronised: chronyd has only this host's own clock (local, stratum %u); "
			 "see chronyc -n sources",
			 keeper->stratum);
	else if (!keeper->is_synchronised)
		snprintf(text, size, "not synchronised: chronyd has no source that it can use; see chronyc -n sources");
	else
		snprintf(text, size, "synchronised to %s (stratum %u), %s off (chronyd)", keeper->source,
			 keeper->stratum, off);
}

const char *ng_timekeeper_sentence(const struct ng_timekeeper *keeper, char *text, size_t size)
{
	char off[32];

	if (keeper->off_seconds < 1)
		snprintf(off, sizeof(off), "%.3f ms", 1000 * keeper->off_seconds);
	else
		snprintf(off, sizeof(off), "%.1f s", keeper->off_seconds);
	if (keeper->is_chronyd)
		describe_chronyd(keeper, off, text, size);
	else if (keeper->is_synchronised)
		snprintf(text, size, "synchronised to within %s, says the kernel; no chronyd answers", off);
	else
		snprintf(text, size, "not synchronised, says the kernel, and no chronyd answers: start a time daemon");
	return text;
}
