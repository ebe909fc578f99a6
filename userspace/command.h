/* SPDX-License-Identifier: GPL-2.0-only */
/* What every verb of the ntpguard command shares: its options, its voice, its access to policies. */
#ifndef NTPGUARD_COMMAND_H
#define NTPGUARD_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "loader.h"
#include "policy.h"

struct ng_verb;

#define NG_LOCALS_MAX 64

/* The command line, taken apart. */
struct ng_command {
	const struct ng_verb *verb;
	char **operands; /* what is no option; count of them */
	int count;
	bool json, quiet, verbose, help, no_color, all, monitor, fix, diff, dry_run, save, no_egress, once, prometheus,
		watch;
	const char *bpffs, *policy, *mode, *length, *comment, *confirm, *duration, *state, *memory, *rows;
	const char *sort, *reason, *from, *write, *output, *lang;
	const char *local[NG_LOCALS_MAX]; /* --local, each time it was given */
	int locals;
	uint64_t lifetime; /* --for in seconds; 0: for good */
};

/* ---- options.c ---- */

enum {
#define NG_FLAG(name, letter, field, bit) NG_NUMBER_##bit,
#define NG_VALUE NG_FLAG
#include "options.def"
	NG_OPTIONS
#undef NG_FLAG
};

/* Bits for the options that a verb takes. */
enum {
#define NG_FLAG(name, letter, field, bit) NG_OPTION_##bit = 1ULL << NG_NUMBER_##bit,
#include "options.def"
#undef NG_FLAG
#undef NG_VALUE
	NG_OPTION_EVERY = NG_OPTION_POLICY - 1, /* what every verb takes */
};

struct ng_option {
	const char *name;
	char letter; /* 0: has none */
	bool has_value;
	size_t offset; /* of its field in struct ng_command */
};

extern const struct ng_option ng_options[NG_OPTIONS];

/* Takes a command line apart, but for the verb, which is the operand before the first if there is one; `given` gets the
 * NG_OPTION_* that were given. -1: the fault has been told. */
int ng_options_take(struct ng_command *command, int argc, char **argv, uint64_t *given);

/* ---- verbs.c ---- */

/* The verb table is the help: usage, `help` and completions are made from it. */
struct ng_verb {
	const char *name;
	int (*run)(struct ng_command *command); /* the exit code */
	uint64_t options; /* NG_OPTION_* */
	const char *arguments;
	const char *sentence;
	const char *more; /* what `help VERB` adds; may be NULL */
};

extern const struct ng_verb ng_verbs[];
extern const size_t ng_verb_count;

/* NULL: there is none of that name. */
const struct ng_verb *ng_verb_find(const char *name);

int ng_cmd_overview(struct ng_command *command);
int ng_cmd_help(struct ng_command *command);
int ng_cmd_version(struct ng_command *command);
int ng_cmd_completion(struct ng_command *command);
int ng_cmd_load(struct ng_command *command);
int ng_cmd_unload(struct ng_command *command);
int ng_cmd_status(struct ng_command *command);
int ng_cmd_check(struct ng_command *command);
int ng_cmd_apply(struct ng_command *command);
int ng_cmd_confirm(struct ng_command *command);
int ng_cmd_rollback(struct ng_command *command);
int ng_cmd_save(struct ng_command *command);
int ng_cmd_save_state(struct ng_command *command);
int ng_cmd_counters(struct ng_command *command);
int ng_cmd_list(struct ng_command *command);
int ng_cmd_top(struct ng_command *command);
int ng_cmd_evidence(struct ng_command *command);
int ng_cmd_monitor(struct ng_command *command);
int ng_cmd_capture(struct ng_command *command);
int ng_cmd_test(struct ng_command *command);
int ng_cmd_replay(struct ng_command *command);
int ng_cmd_chrony(struct ng_command *command);
int ng_cmd_doctor(struct ng_command *command);

/* ---- say.c ---- */

/* Talk, on standard error; nothing with -q. */
void ng_say(const struct ng_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How far a long task has come, on a terminal only, each call over the last; NULL ends it. */
void ng_progress(const struct ng_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A fault on standard error, and with --json on standard output too; returns its exit code. */
int ng_fail(const struct ng_command *command, const struct ng_fault *fault);
int ng_fail_usage(const struct ng_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes the object, "schema" first, and frees it. */
void ng_write_json(FILE *to, json_t *object);
void ng_print_json(json_t *object); /* on standard output */

/* ---- text.c: text that others wrote ---- */

/* Prints it as it may be shown: what a terminal would obey or hide is written out. */
void ng_text_show(const char *text, size_t size, FILE *to);

/* Prints a line with a caret that stands under the column (in bytes, from 1 on) of the text as it was shown. */
void ng_text_caret(const char *text, size_t size, unsigned int column, FILE *to);

/* The same text with U+FFFD for what is not UTF-8, which JSON cannot carry. */
json_t *ng_text_json(const char *text, size_t size);

/* ---- cmd_chrony.c ---- */

/* Where chrony.conf stands on this host, or would. */
const char *ng_chrony_file(void);

/* ---- source.c: policies as files and as built into the command ---- */

/* Reads the named policy (NULL: /etc/ntpguard/ntpguard.policy, or the built-in vps) into a draft. Its
 * errors are printed; the fault says the rest. The caller frees the draft if this returns 0. */
int ng_source_read(const struct ng_command *command, const char *name, struct ng_draft *draft, struct ng_fault *fault);

/* The same, with these as the host's own addresses for `allowself`. */
int ng_source_read_for(const struct ng_command *command, const char *name, const struct ng_prefix *own,
		       size_t own_count, struct ng_draft *draft, struct ng_fault *fault);

/* A whole file, or standard input for "-", into a fresh terminated buffer. Negative errno. */
int ng_file_read(void *unused, const char *path, char **data, size_t *size);

/* The paths that a shell pattern stands for, as struct ng_environment wants them. */
int ng_file_expand(void *unused, const char *pattern, char ***paths);

/* ---- replacement.c: whole files in place of others ---- */

/* Makes the directory that the file is to be in, as a package would, if it is only the last one that is missing. */
void ng_file_make_directory(const char *path);

/* Puts the data in the file's place, so that no crash leaves half of it; mode and owner stay, a new
 * file gets `mode`. The path must not be a symbolic link. Negative errno: the file is as it was. */
int ng_file_replace(const char *path, const char *data, size_t size, mode_t mode);

/* Writes the data beside the file as PATH.bak, or PATH.bak.N, whichever is free, with the file's mode
 * and owner; `backup` (of PATH_MAX bytes) gets the name. Negative errno: nothing was written. */
int ng_file_backup(const char *path, const char *data, size_t size, char *backup);

/* ---- cmd_state.c ---- */

/* Gives pins that were just made the state that was saved before: --state FILE, or the default file if it is
 * there. What cannot be taken is an error of --state, else only said. */
int ng_state_restore(const struct ng_command *command, struct ng_loader *loader, struct ng_fault *fault);

/* ---- diff.c ---- */

/* Prints the lines that only one of the two policies has, as - and + lines; whether there are any. */
bool ng_print_diff(const struct ng_draft *before, const struct ng_draft *after);

/* ---- policy_file.c ---- */

/* Adds or removes the set's lines for these prefixes in NG_POLICY_FILE, keeping all other lines as
 * they are; the file is made of the built-in vps where it is missing. */
int ng_policy_file_edit(enum ng_set set, const struct ng_prefix *prefixes, size_t count, bool add, const char *comment,
			struct ng_fault *fault);

/* The names of the policies in the command by number, from 0 on; NULL: there are no more. Any number up to the first
 * NULL may be asked for. */
const char *ng_builtin_policy_name(size_t number);

/* The text of a built-in policy; NULL: none of that name. */
const char *ng_builtin_policy(const char *name, size_t *size);

/* ---- table.c ---- */

struct ng_table_text;

/* Columns by their headings; a heading that starts with '>' is right-aligned. NULL: out of memory. */
struct ng_table_text *ng_table_new(const char *const *headings, size_t columns);
void ng_table_row(struct ng_table_text *table, const char *const *cells);
/* Prints it on standard output and frees it. */
void ng_table_print(struct ng_table_text *table);

/* ---- capture.c: pcap and pcapng files ---- */

struct ng_capture;

#define NG_CAPTURE_FRAME 2048 /* bytes of a packet that are judged; NTP and its headers need 1,300 */

/* One packet of a capture, as an Ethernet frame. */
struct ng_captured {
	uint64_t time_ns; /* since the epoch */
	bool leaves; /* the capture says so (Linux cooked) */
	size_t size;
	uint8_t frame[NG_CAPTURE_FRAME];
};

int ng_capture_open(struct ng_capture **capture, const char *path, struct ng_fault *fault);

/* The next packet; 1, 0 at the end, or a negative errno with a fault. What the capture cut off is zeros. */
int ng_capture_next(struct ng_capture *capture, struct ng_captured *packet, struct ng_fault *fault);
void ng_capture_close(struct ng_capture *capture); /* NULL is allowed */

/* ---- report.c ---- */

struct ng_counters;
struct ng_snapshot;

/* An array of the rows of an interface's counters, zeros too. */
json_t *ng_counters_json(const struct ng_counters *counters);

/* What the limits have to do: lines of status, and the object "limits". */
void ng_limits_print(const struct ng_snapshot *snapshot);
json_t *ng_limits_json(const struct ng_snapshot *snapshot);

/* Reads the kernel once, limits and all; by ntpguardd, where this user may not. */
int ng_report_read(const struct ng_command *command, struct ng_snapshot *snapshot, struct ng_fault *fault);

/* Does that and has it printed; the exit code. */
int ng_report(const struct ng_command *command,
	      void (*print)(const struct ng_command *command, const struct ng_snapshot *snapshot));

/* ---- live.c: the policy in force ---- */

/* Opens the pins for a change, after undoing what was not confirmed in time and dropping entries that
 * have expired. */
int ng_live_open(struct ng_command *command, enum ng_access access, struct ng_loader **loader, struct ng_fault *fault);

/* -EBUSY while a policy or interface awaits confirmation, which another change would muddle. */
int ng_live_settled(struct ng_loader *loader, struct ng_fault *fault);

/* The same for a command that only reads: opens and closes the pins itself, prints its own fault, and
 * returns the exit code. */
int ng_live_read(const struct ng_command *command, struct ng_draft *draft);

/* Seconds since boot, suspended time included. */
uint64_t ng_boot_seconds(void);

/* Leaves a process behind, free of this terminal and of this command, that opens the pins for a
 * change after so many seconds. Call it with no loader open. */
void ng_live_later(struct ng_command *command, uint64_t seconds);

/* A duration such as 90, 45s, 10m, 2h or 7d in seconds; 0 is none. -EINVAL. */
int ng_duration_parse(const char *text, uint64_t *seconds);

/* Puts the draft in force; says which generation. */
int ng_live_publish(struct ng_loader *loader, const struct ng_draft *draft, uint64_t *generation,
		    struct ng_fault *fault);

/* The draft of the policy in force; the caller frees it. */
int ng_live_draft(struct ng_loader *loader, struct ng_draft *draft, struct ng_fault *fault);

#endif
