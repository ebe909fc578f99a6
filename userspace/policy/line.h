/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside the parser: one line, cut into words, and what it may change. */
#ifndef NTPGUARD_LINE_H
#define NTPGUARD_LINE_H

#include "policy.h"

#define NG_WORDS_MAX 32
#define NG_LINE_MAX 2047 /* chrony's; a longer line is an error */

struct ng_parser {
	struct ng_draft *draft;
	const struct ng_environment *environment;
	struct ng_findings *findings;
	const char *file;
	unsigned int line, depth; /* of includes */
	const char *text; /* the line, unterminated */
	size_t text_size;
	char copy[NG_LINE_MAX + 1]; /* the words, terminated in place */
	char *word[NG_WORDS_MAX];
	size_t words; /* 0: nothing but space and comment */
	const char *comment; /* a trailing comment's text; NULL: none */
};

/* Cuts the parser's text into words. trailing_comments: a word that starts with # ends the line, as
 * in a policy; without, only chrony's four comment characters at the line's start do (cmdparse.c
 * CPS_NormalizeLine). -EINVAL: too long or too many words, already told. */
int ng_line_cut(struct ng_parser *parser, bool trailing_comments);

/* Moves on to the next line of data; false at its end. Lines end in \n; a \r before it is space. */
bool ng_line_next(struct ng_parser *parser, const char **data, size_t *size);

/* A number in the word, all of it, from least to most; else an error that says so. */
int ng_line_number(struct ng_parser *parser, size_t word, const char *name, long least, long most, long *number);

/* A finding at this word of the line (0 is the first; past the last: at its end). Errors return
 * -EINVAL, for the caller to return. */
int ng_line_error(struct ng_parser *parser, size_t word, const char *format, ...) __attribute__((format(printf, 3, 4)));
int ng_line_no_memory(struct ng_parser *parser); /* -ENOMEM, and an error of the whole line */
void ng_line_note(struct ng_parser *parser, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds this word as a prefix to a set of the draft, with NG_ENTRY_* flags. */
int ng_line_add(struct ng_parser *parser, enum ng_set set, size_t word, uint8_t flags);

/* Adds 0.0.0.0/0 and ::/0. */
int ng_line_add_all(struct ng_parser *parser, enum ng_set set, uint8_t flags);

/* Takes note of an imported line that is not the firewall's business. */
void ng_line_skip(struct ng_parser *parser);

/* Calls `each` for every file that the pattern stands for, with a parser of its own at its start.
 * `from` tells of errors at its word number `word`; -ENOENT where a file that is named is missing. */
int ng_line_files(struct ng_parser *from, size_t word, const char *pattern,
		  void (*each)(struct ng_parser *parser, const char *data, size_t size, void *context), void *context);

/* Letters to add, take away or change to get from one word to the other, without regard to case;
 * words over 31 letters are like nothing. */
size_t ng_word_distance(const char *a, const char *b);

/* Which word of a table is probably meant: at most two letters off, and not all of its own; NULL: none. Rows of
 * `stride` bytes begin with a pointer to their word. */
const char *ng_word_nearest(const char *word, const void *table, size_t rows, size_t stride);

/* isspace() of the C locale, for bytes. */
bool ng_is_space(char c);

/* [interval N] [burst N] [leak N] from this word on. */
int ng_limit_options(struct ng_parser *parser, size_t word, struct ng_limit *limit);

/* Replays a chrony.conf's lines that are the firewall's business (chrony_conf.c). A missing file is
 * a note, not an error. */
int ng_chrony_import(struct ng_parser *parser, const char *path);

#endif
