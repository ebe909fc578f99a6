// SPDX-License-Identifier: GPL-2.0-only
/* ntpguard evidence: a directory of files with their checksums, or nothing. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "evidence.h"

#define SUMS "SHA256SUMS"
#define SUMS_SIZE 512 /* bytes at most */

/* The directory being made. */
struct folder {
	char path[PATH_MAX];
	int descriptor;
	const char *file; /* that is being written: what an error is about */
	json_t *json; /* the report */
};

/* The files, in the order in which they are written; the sums come last, so a directory without them is not whole. */
enum { TEXT, JSON, POLICY_TEXT, FILES };
static const char *const names[FILES] = { "evidence.txt", "evidence.json", "policy.txt" };

static int create(struct folder *folder, const char *name)
{
	folder->file = name;
	return openat(folder->descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static void write_content(FILE *to, int file, const struct folder *folder, const struct ng_evidence *evidence,
			  enum ng_language language)
{
	switch (file) {
	case TEXT: ng_evidence_print(evidence, language, to); break;
	case JSON: ng_write_json(to, json_incref(folder->json)); break;
	default: fwrite(evidence->policy, 1, evidence->policy_size, to);
	}
}

static int write_file(struct folder *folder, int file, const struct ng_evidence *evidence, enum ng_language language)
{
	int descriptor = create(folder, names[file]), error = 0;
	FILE *to = descriptor < 0 ? NULL : fdopen(descriptor, "w");

	if (!to)
		return -errno;
	write_content(to, file, folder, evidence, language);
	if (fflush(to) || ferror(to) || fsync(descriptor))
		error = errno ? -errno : -EIO;
	if (fclose(to) && !error)
		error = -errno;
	return error;
}

/* In the child: the sums of the files, by their names alone, so that sha256sum -c finds them anywhere. */
static void sum_up(const struct folder *folder, int to)
{
	if (!fchdir(folder->descriptor) && dup2(to, STDOUT_FILENO) >= 0)
		execlp("sha256sum", "sha256sum", "--", names[TEXT], names[JSON], names[POLICY_TEXT], (char *)NULL);
	_exit(127);
}

static int write_sums_to(struct folder *folder, int to)
{
	int status = 0;
	pid_t child = fork();

	if (!child)
		sum_up(folder, to);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		folder->file = "sha256sum";
		return -ENOENT;
	}
	if (status)
		return -EIO;
	return fsync(to) ? -errno : 0;
}

static int write_sums(struct folder *folder)
{
	int to = create(folder, SUMS), error;

	if (to < 0)
		return -errno;
	/* sha256sum would not say why it cannot write */
	if (fallocate(to, FALLOC_FL_KEEP_SIZE, 0, SUMS_SIZE) && errno == ENOSPC)
		error = -ENOSPC;
	else
		error = write_sums_to(folder, to);
	close(to);
	return error;
}

static void take_away(const struct folder *folder)
{
	for (int file = 0; file < FILES; file++)
		unlinkat(folder->descriptor, names[file], 0);
	unlinkat(folder->descriptor, SUMS, 0);
	rmdir(folder->path);
}

static int make_folder(struct folder *folder)
{
	folder->descriptor = -1;
	folder->file = NULL;
	if (mkdir(folder->path, 0700))
		return -errno;
	folder->descriptor = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return folder->descriptor < 0 ? -errno : 0;
}

static int explain(const struct folder *folder, int error, struct ng_fault *fault)
{
	ng_fault(fault,
		 error == -EEXIST		       ? NG_EXIT_CONFLICT
		 : error == -EACCES || error == -EPERM ? NG_EXIT_PERMISSION
						       : NG_EXIT_NEGATIVE,
		 -error, "%.400s%s%s: %s", folder->path, folder->file ? ": " : "", folder->file ? folder->file : "",
		 strerror(-error));
	if (error == -EEXIST)
		ng_fault_unchanged(fault, "nothing was written, and what is there stays as it is");
	else
		ng_fault_unchanged(fault, "no report was written, and nothing of one is left");
	ng_fault_hint(fault, error == -ENOENT && folder->file ? "install the package coreutils"
							      : "name another directory, a new one: -o DIR");
	return error;
}

static int write_folder(struct folder *folder, const struct ng_evidence *evidence, enum ng_language language,
			struct ng_fault *fault)
{
	int error = make_folder(folder);

	for (int file = 0; file < FILES && !error; file++)
		error = write_file(folder, file, evidence, language);
	if (!error)
		error = write_sums(folder);
	if (error && folder->descriptor >= 0)
		take_away(folder);
	if (folder->descriptor >= 0)
		close(folder->descriptor);
	return error ? explain(folder, error, fault) : 0;
}

/* -1: the fault has been told. */
static int take_language(const struct ng_command *command, enum ng_language *language)
{
	*language = NG_ENGLISH;
	if (!command->lang || !strcmp(command->lang, "en"))
		return 0;
	*language = NG_JAPANESE;
	if (!strcmp(command->lang, "ja"))
		return 0;
	ng_fail_usage(command, "--lang %s: must be en or ja", command->lang);
	return -1;
}

static int take_path(const struct ng_command *command, const struct ng_evidence *evidence, char path[PATH_MAX])
{
	time_t made = (time_t)evidence->made;
	struct tm utc;
	char when[32];
	int length;

	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", gmtime_r(&made, &utc));
	if (command->output)
		length = snprintf(path, PATH_MAX, "%s", command->output);
	else
		length = snprintf(path, PATH_MAX, "ntpguard-evidence-%s-%s", evidence->system.nodename, when);
	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static void say_done(const struct ng_command *command, const struct folder *folder)
{
	if (!command->json)
		printf("%s\n", folder->path);
	ng_say(command, "%s, %s, %s and %s are in it; read policy.txt before you send it: it has your lists",
	       names[TEXT], names[JSON], names[POLICY_TEXT], SUMS);
}

/* Any bytes may name an interface, but not in JSON. */
static int no_json(struct ng_fault *fault)
{
	ng_fault(fault, NG_EXIT_NEGATIVE, EILSEQ,
		 "evidence.json: a name of the host, an interface or the policy is not UTF-8");
	ng_fault_unchanged(fault, "no report was written");
	ng_fault_hint(fault, "ntpguard status shows the names");
	return -EILSEQ;
}

static int report(const struct ng_command *command, const struct ng_evidence *evidence, enum ng_language language,
		  struct ng_fault *fault)
{
	static struct folder folder;
	int error = 0;

	folder.json = ng_evidence_json(evidence);
	if (!folder.json)
		return no_json(fault);
	if (!command->json || command->output) {
		error = take_path(command, evidence, folder.path);
		error = error ? explain(&folder, error, fault) : write_folder(&folder, evidence, language, fault);
		if (!error)
			say_done(command, &folder);
	}
	if (!error && command->json)
		ng_print_json(json_incref(folder.json));
	json_decref(folder.json);
	return error;
}

int ng_cmd_evidence(struct ng_command *command)
{
	static struct ng_evidence evidence;
	enum ng_language language;
	struct ng_fault fault;
	int error;

	if (command->count)
		return ng_fail_usage(command, "evidence takes no operand; -o DIR says where it goes");
	if (command->output && !*command->output)
		return ng_fail_usage(command, "-o needs the name of a directory");
	if (take_language(command, &language))
		return NG_EXIT_USAGE;
	error = ng_evidence_gather(&evidence, command->bpffs, &fault);
	if (!error)
		error = report(command, &evidence, language, &fault);
	ng_evidence_free(&evidence);
	return error ? ng_fail(command, &fault) : NG_EXIT_OK;
}
