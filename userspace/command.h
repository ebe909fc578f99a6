/* SPDX-License-Identifier: GPL-2.0-only */
/* What every verb of the ntpguard command shares: its options, its voice, its access to policies. */
#ifndef NTPGUARD_COMMAND_H
#define NTPGUARD_COMMAND_H

#include <jansson.h>
#include <stdbool.h>

#include "loader.h"
#include "policy.h"

struct ng_verb;

/* The command line, taken apart. */
struct ng_command {
	const struct ng_verb *verb;
	char **operands; /* what is no option; count of them */
	int count;
	bool json, quiet, verbose, all, monitor, fix;
	const char *bpffs, *policy, *mode, *length, *comment;
};

/* Bits for the options that a verb takes besides those that every verb takes. */
enum {
	NG_OPTION_POLICY = 1 << 0,
	NG_OPTION_MODE = 1 << 1,
	NG_OPTION_MONITOR = 1 << 2,
	NG_OPTION_ALL = 1 << 3,
	NG_OPTION_LENGTH = 1 << 4,
	NG_OPTION_COMMENT = 1 << 5,
	NG_OPTION_FIX = 1 << 6,
};

/* The verb table is the help: usage and `help` are printed from it. */
struct ng_verb {
	const char *name;
	int (*run)(struct ng_command *command); /* the exit code */
	unsigned int options; /* NG_OPTION_* */
	const char *arguments;
	const char *sentence;
	const char *more; /* what `help VERB` adds; may be NULL */
};

int ng_cmd_load(struct ng_command *command);
int ng_cmd_unload(struct ng_command *command);
int ng_cmd_status(struct ng_command *command);
int ng_cmd_check(struct ng_command *command);
int ng_cmd_counters(struct ng_command *command);
int ng_cmd_list(struct ng_command *command);
int ng_cmd_test(struct ng_command *command);
int ng_cmd_chrony(struct ng_command *command);

/* ---- say.c ---- */

/* Talk, on standard error; nothing with -q. */
void ng_say(const struct ng_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A fault on standard error, and with --json on standard output too; returns its exit code. */
int ng_fail(const struct ng_command *command, const struct ng_fault *fault);
int ng_fail_usage(const struct ng_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the object, "schema" first, and frees it. */
void ng_print_json(json_t *object);

/* ---- source.c: policies as files and as built into the command ---- */

/* Reads the named policy (NULL: /etc/ntpguard/ntpguard.policy, or the built-in vps) into a draft. Its
 * errors are printed; the fault says the rest. The caller frees the draft if this returns 0. */
int ng_source_read(const struct ng_command *command, const char *name, struct ng_draft *draft, struct ng_fault *fault);

/* A whole file, or standard input for "-", into a fresh terminated buffer. Negative errno. */
int ng_file_read(void *unused, const char *path, char **data, size_t *size);

/* ---- table.c ---- */

struct ng_table_text;

/* Columns by their headings; a heading that starts with '>' is right-aligned. NULL: out of memory. */
struct ng_table_text *ng_table_new(const char *const *headings, size_t columns);
void ng_table_row(struct ng_table_text *table, const char *const *cells);
/* Prints it on standard output and frees it. */
void ng_table_print(struct ng_table_text *table);

/* ---- live.c: the policy in force ---- */

/* Puts the draft in force; says which generation. */
int ng_live_publish(struct ng_loader *loader, const struct ng_draft *draft, uint64_t *generation,
		    struct ng_fault *fault);

/* The draft of the policy in force; the caller frees it. */
int ng_live_draft(struct ng_loader *loader, struct ng_draft *draft, struct ng_fault *fault);

#endif
