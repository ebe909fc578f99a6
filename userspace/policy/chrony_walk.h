/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk through a chrony.conf: what lint keeps in hand from line to line and from file to file. */
#ifndef NTPGUARD_CHRONY_WALK_H
#define NTPGUARD_CHRONY_WALK_H

#include "chrony_facts.h"
#include "chrony_line.h"
#include "chrony_lint.h"
#include "chrony_repair.h"

struct ng_chrony_walk {
	struct ng_lint *lint;
	const struct ng_environment *environment;
	struct ng_chrony_facts facts;
	struct ng_chrony_line line; /* in hand; used by one level at a time */
	struct ng_repair repair;
	FILE *fixed; /* the file itself, anew; NULL in all other files */
	unsigned int depth, files;
	bool too_deep; /* told once; whoever goes deeper would go for ever */
};

/* A file being read. */
struct ng_chrony_text {
	struct ng_lint_place place; /* of the line in hand */
	const char *at, *end; /* what is left of it */
	const char *next; /* behind the line in hand */
	bool sources_only; /* whose bad lines chronyd skips without a word */
	FILE *fixed;
};

/* This byte of the line in hand, as a place. */
struct ng_lint_place ng_chrony_place(const struct ng_chrony_text *text, size_t offset);

/* A warning that points there. */
void ng_chrony_warn(struct ng_chrony_walk *walk, const struct ng_chrony_text *text, size_t offset, const char *message);

/* The size of the line in hand without the returns and spaces at its end. */
size_t ng_chrony_trimmed(const struct ng_lint_place *place);

/* Where the first return stands in the text; its size: nowhere. */
size_t ng_chrony_find_return(const char *text, size_t size);

/* Tells what is doubtful about the line in hand, which chronyd takes (chrony_doubt.c). */
void ng_chrony_walk_doubt(struct ng_chrony_walk *walk, struct ng_chrony_text *text);

/* Reads the lines of a text (chrony_lint.c). */
void ng_chrony_walk_text(struct ng_chrony_walk *walk, struct ng_chrony_text *text);

/* Reads what the arguments of the include, confdir or sourcedir line in hand name; `where` is the
 * byte at which these begin (chrony_include.c). */
void ng_chrony_walk_files(struct ng_chrony_walk *walk, struct ng_chrony_text *text, size_t where,
			  const char *arguments);

#endif
