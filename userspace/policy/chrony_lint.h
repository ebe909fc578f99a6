/* SPDX-License-Identifier: GPL-2.0-only */
/* What a chrony.conf says that its author did not mean. Pure, as all of the policy code is: files are
 * read through the environment only, and no name is resolved. The chronyd meant is 4.3's. */
#ifndef NTPGUARD_CHRONY_LINT_H
#define NTPGUARD_CHRONY_LINT_H

#include "policy.h"

#define NG_LINT_MAX 1000 /* findings that are kept; more are only counted */

enum ng_lint_severity {
	NG_LINT_ERROR, /* chronyd refuses the file, and so does chronyd -p */
	NG_LINT_FATAL, /* chronyd -p takes the file, and chronyd stops when it starts with it */
	NG_LINT_WARNING, /* taken, and not what it seems */
	NG_LINT_SEVERITIES
};

struct ng_lint_place {
	const char *file;
	unsigned int file_number; /* in the order of reading */
	unsigned int line, column; /* from 1 on; column in bytes, as in struct ng_finding */
	const char *text; /* the line's bytes, without its end */
	size_t text_size;
};

struct ng_lint_finding {
	enum ng_lint_severity severity;
	struct ng_lint_place place;
	char *message; /* as it comes: what it quotes of the file may be no text */
	char *should; /* the line as it should read, of one line or more without the last's end; NULL: unknown */
	bool is_fixed; /* in struct ng_lint's fixed */
};

struct ng_lint {
	struct ng_lint_finding *list;
	size_t count, room;
	size_t counts[NG_LINT_SEVERITIES]; /* of all findings, also those that are not in the list */
	size_t fixes; /* lines of the file itself that differ in fixed */
	char *fixed; /* the file with all lines that chronyd does not take as they should read; NULL: no difference */
	size_t fixed_size;
	char **files; /* names */
	size_t file_count;
	bool no_memory; /* something is missing for want of memory */
};

/* Reads the file's text and what it includes. A file that is called *.sources is read as chronyd reads
 * those of a sourcedir. 0, or -ENOMEM; the caller frees lint in any case. */
int ng_chrony_lint(struct ng_lint *lint, const char *file, const char *data, size_t size,
		   const struct ng_environment *environment);
void ng_lint_free(struct ng_lint *lint);

/* Whether chronyd -p refuses it; whether chronyd would start with it (names apart: see messages). */
bool ng_lint_is_refused(const struct ng_lint *lint);
bool ng_lint_is_good(const struct ng_lint *lint);

/* ---- for those who find (chrony_finding.c) ---- */

/* Adds a finding, unless it is there; `should` is copied and may be NULL. */
void ng_lint_tell(struct ng_lint *lint, enum ng_lint_severity severity, const struct ng_lint_place *place,
		  const char *should, bool is_fixed, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* A name that lives as long as lint does; its number. */
unsigned int ng_lint_file(struct ng_lint *lint, const char *name);

/* By file, line and column. */
void ng_lint_sort(struct ng_lint *lint);

#endif
