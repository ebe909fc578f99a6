// SPDX-License-Identifier: GPL-2.0-only
#include "recorder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "hours.h"
#include "journal.h"
#include "snapshot.h"

#define LOOK_SECONDS 10
#define WRITE_SECONDS 60

struct ng_recorder {
	char path[PATH_MAX]; /* empty: nothing is recorded */
	uint64_t look_at, write_at; /* seconds since boot */
	pid_t writer; /* 0: none is at work */
	int told; /* the last error */
	struct ng_hours hours;
	struct ng_snapshot snapshot;
};

static void put_aside(const char *path, const char *why)
{
	char aside[PATH_MAX + 4];

	snprintf(aside, sizeof(aside), "%s.bad", path);
	if (rename(path, aside))
		ng_journal(LOG_ERR, "%s: %s; hourly totals begin anew", path, why);
	else
		ng_journal(LOG_ERR, "%s: %s; hourly totals begin anew, and it is kept as %s", path, why, aside);
}

struct ng_recorder *ng_recorder_new(const char *path)
{
	struct ng_recorder *recorder = calloc(1, sizeof(*recorder));
	const char *why;
	int error;

	if (!recorder)
		return NULL;
	snprintf(recorder->path, sizeof(recorder->path), "%s", path);
	if (!*path)
		return recorder;
	why = ng_hours_read(&recorder->hours, path, &error);
	if (error == -EINVAL)
		put_aside(path, why);
	else if (error && error != -ENOENT)
		ng_journal(LOG_ERR, "%s: %s; hourly totals begin anew", path, why);
	return recorder;
}

/* Nothing being loaded is a look, too: all that is loaded later has started from 0. */
static int look(struct ng_recorder *recorder, const char *bpffs)
{
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int error = ng_loader_open(&loader, bpffs, NG_WATCH, &fault);

	if (!error)
		error = ng_snapshot_read(loader, &recorder->snapshot, &fault);
	ng_loader_close(loader);
	if (error == -ENOENT)
		memset(&recorder->snapshot, 0, sizeof(recorder->snapshot));
	else if (error)
		return error;
	ng_hours_look(&recorder->hours, &recorder->snapshot);
	return 0;
}

/* The exit status of the writer is the error. */
static void write_aside(struct ng_recorder *recorder)
{
	ng_hours_seal(&recorder->hours);
	recorder->writer = fork();
	if (recorder->writer > 0)
		return;
	if (recorder->writer < 0) {
		recorder->writer = 0;
		return;
	}
	ng_file_make_directory(recorder->path);
	_exit(-ng_file_replace(recorder->path, (const char *)&recorder->hours, sizeof(recorder->hours), 0600));
}

/* Whether a writer is still at work; what one that has ended says is told once. */
static bool is_writing(struct ng_recorder *recorder)
{
	int status, error;

	if (!recorder->writer || waitpid(recorder->writer, &status, WNOHANG) != recorder->writer)
		return recorder->writer;
	recorder->writer = 0;
	error = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	if (error && error != recorder->told)
		ng_journal(LOG_ERR, "%s: hourly totals are not written: %s", recorder->path, strerror(error));
	recorder->told = error;
	return false;
}

void ng_record(struct ng_recorder *recorder, const struct ng_config *config)
{
	uint64_t now = ng_boot_seconds();
	bool is_busy = is_writing(recorder);

	if (!*recorder->path || now < recorder->look_at)
		return;
	recorder->look_at = now + LOOK_SECONDS;
	if (look(recorder, config->bpffs) || now < recorder->write_at || is_busy)
		return;
	recorder->write_at = now + WRITE_SECONDS;
	write_aside(recorder);
}
