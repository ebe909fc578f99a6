/* SPDX-License-Identifier: GPL-2.0-only */
/* One line of a chrony.conf as chronyd 4.3 reads it: what it takes, what it refuses, and where. */
#ifndef NTPGUARD_CHRONY_LINE_H
#define NTPGUARD_CHRONY_LINE_H

#include "policy.h"

/* fgets() gives chronyd up to this many bytes, the newline among them; with as many as these in it,
 * a line is refused (conf.c MAX_LINE_LENGTH). */
#define NG_CHRONY_LINE 2048

struct ng_chrony_line;

struct ng_chrony_directive {
	const char *word;
	bool (*take)(struct ng_chrony_line *line); /* its arguments */
	const char *arguments;
	unsigned int since; /* see chrony_directives.def */
};

enum ng_chrony_host { NG_HOST_NONE, NG_HOST_EVERYBODY, NG_HOST_PREFIX, NG_HOST_NAME };

struct ng_chrony_line {
	char text[NG_CHRONY_LINE + 1]; /* without comment, one space between words */
	uint16_t place[NG_CHRONY_LINE + 1]; /* of each byte of text in the line as it was */
	char word[NG_CHRONY_LINE + 1]; /* the word taken last */
	size_t size, arguments, at; /* of text; where arguments begin; what was read so far */
	bool sources_only; /* in a *.sources file; set before parsing */

	const struct ng_chrony_directive *directive; /* NULL: a blank line or an unknown word */
	size_t wrong; /* if refused: where in text, */
	char why[256]; /* and why */

	/* what the line says, for those who compare it with others */
	enum ng_chrony_host host; /* of allow, deny and their kin */
	struct ng_prefix prefix;
	bool all;
	bool bad_subnet; /* a length that -p takes and a starting chronyd does not */
	bool odd_address; /* octal, hexadecimal: taken by the resolver only */
	bool tai;
	int value; /* of an integer */
	size_t ignored; /* where text that a number ends in and chronyd ignores begins; 0: nowhere */
};

/* Takes up to the first NUL of a line without its newline, as CPS_NormalizeLine does. size is less
 * than NG_CHRONY_LINE. */
void ng_chrony_line_read(struct ng_chrony_line *line, const char *raw, size_t size);

/* Whether chronyd takes it; a blank line, too. */
bool ng_chrony_line_parse(struct ng_chrony_line *line);

/* Whether the line's directive is this one. */
bool ng_chrony_line_is(const struct ng_chrony_line *line, const char *word);

/* Takes the next word into line->word (empty at the end); where it begins in text. */
size_t ng_chrony_line_word(struct ng_chrony_line *line);

/* Refuses the line; false, for the caller to return. */
bool ng_chrony_line_fail(struct ng_chrony_line *line, size_t where, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether chronyd, now or in a later release, has a directive of that name; NULL: none. */
const struct ng_chrony_directive *ng_chrony_directive_find(const char *word);
const struct ng_chrony_directive *ng_chrony_directive_near(const char *word);

#endif
