// SPDX-License-Identifier: GPL-2.0-only
/* ntpguard save-state, and what load reads of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "paths.h"

static const char *default_file(void)
{
	const char *file = getenv("NTPGUARD_STATE");

	return file && *file ? file : NG_STATE_FILE;
}

static int write_state(const char *path, const void *data, size_t size, struct ng_fault *fault)
{
	int error;

	ng_file_make_directory(path);
	chmod(path, 0600); /* the key is in it; a file that is replaced keeps its mode */
	error = ng_file_replace(path, data, size, 0600);
	if (!error)
		return 0;
	ng_fault(fault, error == -EACCES || error == -EPERM ? NG_EXIT_PERMISSION : NG_EXIT_NEGATIVE, -error, "%s: %s",
		 path, strerror(-error));
	ng_fault_unchanged(fault, "the state was not saved; the file is as it was");
	return error;
}

int ng_cmd_save_state(struct ng_command *command)
{
	const char *path = command->count ? command->operands[0] : default_file();
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	void *data = NULL;
	size_t size;
	int exit = NG_EXIT_OK;

	if (command->count > 1)
		return ng_fail_usage(command, "save-state: one file, please");
	if (ng_loader_open(&loader, command->bpffs, NG_READ, &fault) || ng_state_save(loader, &data, &size, &fault) ||
	    write_state(path, data, size, &fault))
		exit = ng_fail(command, &fault);
	else
		ng_say(command, "%s: saved", path);
	free(data);
	ng_loader_close(loader);
	return exit;
}

/* Whoever can write it decides who is regular. */
static bool is_foreign(const char *path)
{
	struct stat file;

	return stat(path, &file) || (file.st_uid && file.st_uid != geteuid()) || file.st_mode & (S_IWGRP | S_IWOTH);
}

int ng_state_restore(const struct ng_command *command, struct ng_loader *loader, struct ng_fault *fault)
{
	const char *path = command->state ? command->state : default_file(), *why;
	char *data = NULL;
	size_t size;
	int error = ng_file_read(NULL, path, &data, &size);

	if (error == -ENOENT && !command->state)
		return 0;
	why = error ? strerror(-error) : is_foreign(path) ? "others may write it" : ng_state_load(loader, data, size);
	free(data);
	if (!why) {
		ng_say(command, "regulars taken from %s", path);
		return 0;
	}
	if (!command->state) {
		ng_say(command, "warning: %s: %s; regulars are learned anew", path, why);
		return 0;
	}
	ng_fault(fault, NG_EXIT_NEGATIVE, error ? -error : EINVAL, "--state %s: %s", path, why);
	ng_fault_unchanged(fault, "nothing was loaded");
	ng_fault_hint(fault, "without --state, regulars are learned anew, in an hour or more");
	return -EINVAL;
}
