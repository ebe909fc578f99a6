// SPDX-License-Identifier: GPL-2.0-only
/* Repairs are tried, not reasoned about: a line is rewritten in one way after the other, and the first
 * that chronyd's own grammar takes is the one. So no repair can be a line that chronyd refuses. */
#include "chrony_repair.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "line.h"
#include "unicode.h"

/* How far a rewriting goes. */
enum {
	COMMENT_AT_WORD = 1 << 0, /* a word that starts with a comment mark starts a comment */
	COMMENT_ANYWHERE = 1 << 1, /* so does # inside a word */
	QUOTES = 1 << 2, /* quotation marks around words go */
	COMMENT_GLUED = 1 << 3, /* # inside a word makes a comment of the rest of that word */
};

/* A line being rewritten: the directive, which byte of the line each of its bytes was, a comment. */
struct draft {
	char text[NG_CHRONY_LINE + 1];
	uint16_t from[NG_CHRONY_LINE + 1];
	size_t size;
	char comment[NG_CHRONY_LINE + 1]; /* with its mark */
};

static void start(struct ng_repair *repair)
{
	repair->count = repair->wrong = 0;
	repair->should[0] = repair->why[0] = '\0';
	repair->is_good = false;
}

static void odd(struct ng_repair *repair, size_t at, const char *before, const char *what, const char *after)
{
	struct ng_oddity *oddity = &repair->oddity[repair->count];

	if (repair->count == NG_ODDITIES_MAX)
		return;
	snprintf(oddity->why, sizeof(oddity->why), "%s%s%s", before, what, after);
	for (size_t i = 0; i < repair->count; i++)
		if (!strcmp(repair->oddity[i].why, oddity->why))
			return; /* the first of its kind is enough */
	oddity->at = at;
	repair->count++;
}

/* A comment mark, or what people take for one; its size in bytes. The full-width forms and // begin
 * no comment, to chronyd. */
static size_t mark_size(const char *at, const char *end, bool *is_real)
{
	static const char *const false_marks[] = { "\xef\xbc\x83", "\xef\xbc\x81", "\xef\xbc\x9b", "\xef\xbc\x85",
						   "//" };

	*is_real = at < end && strchr("!;#%", *at) && *at;
	if (*is_real)
		return 1;
	for (size_t i = 0; i < sizeof(false_marks) / sizeof(false_marks[0]); i++)
		if ((size_t)(end - at) >= strlen(false_marks[i]) && !memcmp(at, false_marks[i], strlen(false_marks[i])))
			return strlen(false_marks[i]);
	return 0;
}

static bool is_hash(const char *at, size_t size)
{
	return *at == '#' || (size == 3 && !memcmp(at, "\xef\xbc\x83", 3));
}

static void put_comment(struct draft *draft, const char *mark, size_t mark_size_, bool is_real, const char *end)
{
	size_t size = (size_t)(end - mark) - mark_size_;

	draft->comment[0] = is_real ? *mark : '#';
	memcpy(draft->comment + 1, mark + mark_size_, size);
	for (size++; size && ng_is_space(draft->comment[size - 1]); size--)
		;
	draft->comment[size] = '\0';
}

static void put(struct draft *draft, char byte, size_t from)
{
	draft->from[draft->size] = (uint16_t)from;
	draft->text[draft->size++] = byte;
}

static bool ends_word(const char *at, const char *end)
{
	return at == end || ng_is_space(*at) || ng_unicode_space(at, end);
}

static size_t word_size(const char *at, const char *end)
{
	const char *start = at;

	while (!ends_word(at, end))
		at++;
	return (size_t)(at - start);
}

/* A quotation mark at the beginning or the end of a word; its size. */
static size_t quote_size(const char *at, const char *end, bool at_start)
{
	uint32_t character;
	size_t size = ng_unicode_take(at, end, &character);

	if (!size || ng_unicode_space(at, end) || !ng_unicode_name(character))
		return 0;
	return at_start || ends_word(at + size, end) ? size : 0;
}

/* ALL where all is meant: behind allow, deny and their kin. */
static bool is_shouted_all(const struct draft *draft, const char *at, const char *end)
{
	static const char *const words[] = { "allow", "deny", "cmdallow", "cmddeny" };
	char copy[16];
	size_t size = 0;

	if (end - at < 3 || strncasecmp(at, "all", 3) || !strncmp(at, "all", 3) || !ends_word(at + 3, end))
		return false;
	for (size_t i = 0; i < draft->size && size < sizeof(copy) - 1; i++)
		if (!ng_is_space(draft->text[i]))
			copy[size++] = draft->text[i];
	copy[size] = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(copy, words[i]))
			return true;
	return false;
}

/* What stands where a comment mark could. */
struct mark {
	size_t size;
	bool is_real, begins; /* a comment, under this rewriting */
};

static struct mark find_mark(const char *at, const char *end, bool at_start, bool is_first, unsigned int how)
{
	struct mark mark = { .size = mark_size(at, end, &mark.is_real) };

	if (!mark.size)
		return mark;
	if (*at == '/' && !is_first && !ends_word(at + mark.size, end))
		return mark; /* a path */
	mark.begins =
		is_first || (at_start && how & COMMENT_AT_WORD) || (how & COMMENT_ANYWHERE && is_hash(at, mark.size));
	return mark;
}

static void tell_mark(struct ng_repair *repair, const char *at, size_t where, const struct mark *mark, bool is_first)
{
	char copy[8];

	snprintf(copy, sizeof(copy), "%.*s", (int)mark->size, at);
	if (!is_first)
		odd(repair, where, "a comment must have a line of its own: to chronyd, ", copy,
		    " and what follows belong to the directive");
	else if (!mark->is_real)
		odd(repair, where, "", copy, " begins no comment, to chronyd; # does");
}

/* Writes the line anew. */
static void rewrite(struct ng_repair *repair, struct draft *draft, const char *raw, size_t size, unsigned int how)
{
	const char *end = raw + size;
	bool at_start = true, is_first = true;
	size_t step;

	repair->count = 0;
	draft->size = 0;
	draft->comment[0] = '\0';
	for (const char *at = raw; at < end; at += step) {
		size_t where = (size_t)(at - raw);
		struct mark mark = find_mark(at, end, at_start, is_first, how);
		uint32_t character = 0;

		if (mark.begins) {
			tell_mark(repair, at, where, &mark, is_first);
			put_comment(draft, at, mark.size, mark.is_real, end);
			break;
		}
		step = how & COMMENT_GLUED && !at_start && mark.size && is_hash(at, mark.size) ? word_size(at, end) : 0;
		if (step) {
			odd(repair, where, "# begins no comment: ", "it and what follows",
			    " are part of the word, to chronyd");
			put_comment(draft, at, mark.size, mark.is_real, at + step);
			continue;
		}
		step = ng_unicode_space(at, end);
		if (step) {
			ng_unicode_take(at, end, &character);
			odd(repair, where, "", ng_unicode_name(character),
			    ng_unicode_width(character) ? " is part of the word, to chronyd, and no space"
							: " is part of the word, to chronyd");
			if (ng_unicode_width(character))
				put(draft, ' ', where);
			at_start |= ng_unicode_width(character) != 0;
			continue;
		}
		step = how & QUOTES ? quote_size(at, end, at_start) : 0;
		if (step) {
			ng_unicode_take(at, end, &character);
			odd(repair, where, "chronyd knows no quoting: ", ng_unicode_name(character),
			    " is part of the word");
			at_start = is_first = false;
			continue;
		}
		step = 1;
		if (at_start && is_shouted_all(draft, at, end)) {
			odd(repair, where, "the word is all, in small letters; ", "chronyd asks the DNS",
			    " for a host of that name");
			for (step = 0; step < 3; step++)
				put(draft, "all"[step], where + step);
			continue;
		}
		put(draft, *at, where);
		at_start = ng_is_space(*at);
		is_first &= at_start;
	}
	while (draft->size && ng_is_space(draft->text[draft->size - 1]))
		draft->size--;
	draft->text[draft->size] = '\0';
}

static bool takes(struct ng_chrony_line *line, const char *text, size_t size, bool sources_only)
{
	line->sources_only = sources_only;
	ng_chrony_line_read(line, text, size);
	return size < NG_CHRONY_LINE - 1 && ng_chrony_line_parse(line);
}

/* The comment, with the directive's indent, above the directive. */
static void put_lines(struct ng_repair *repair, const struct draft *draft)
{
	size_t indent = 0;

	while (indent < draft->size && ng_is_space(draft->text[indent]))
		indent++;
	snprintf(repair->should, sizeof(repair->should), "%.*s%s%s%s", (int)(*draft->comment ? indent : 0), draft->text,
		 draft->comment, *draft->comment && draft->size ? "\n" : "", draft->text);
}

/* `allow A B` and `allow A, B`: a line for each. */
static bool split_list(struct ng_repair *repair, struct draft *draft, struct ng_chrony_line *line)
{
	char one[NG_CHRONY_LINE + 8], *rest, *word;
	size_t used = 0, words = 0;
	int written;

	if (!line->directive || strcmp(line->directive->arguments, "[all] [ADDRESS[/LENGTH]]"))
		return false;
	snprintf(repair->should, sizeof(repair->should), "%s%s", draft->comment, *draft->comment ? "\n" : "");
	used = strlen(repair->should);
	for (word = strtok_r(draft->text, " \t\v\f\r", &rest); word; word = strtok_r(NULL, " \t\v\f\r,", &rest)) {
		if (!words++)
			continue;
		snprintf(one, sizeof(one), "%s %s", line->directive->word, word);
		written = snprintf(repair->should + used, sizeof(repair->should) - used, "%s%s", words > 2 ? "\n" : "",
				   one);
		used += (size_t)written;
		if (used >= sizeof(repair->should) || !strcmp(word, "all") || !takes(line, one, strlen(one), false) ||
		    line->host != NG_HOST_PREFIX)
			return false;
	}
	return words > 2;
}

void ng_chrony_repair(struct ng_repair *repair, const char *raw, size_t size, bool sources_only)
{
	static const unsigned int ways[] = { 0,
					     COMMENT_AT_WORD,
					     QUOTES,
					     COMMENT_AT_WORD | QUOTES,
					     COMMENT_ANYWHERE | COMMENT_AT_WORD,
					     COMMENT_ANYWHERE | COMMENT_AT_WORD | QUOTES,
					     COMMENT_AT_WORD }; /* the likeliest stays if none will do */
	struct draft *draft = malloc(sizeof(*draft));
	struct ng_chrony_line *line = malloc(sizeof(*line));

	start(repair);
	for (size_t i = 0; draft && line && i < sizeof(ways) / sizeof(ways[0]) && !repair->is_good; i++) {
		rewrite(repair, draft, raw, size, ways[i]);
		repair->is_good = takes(line, draft->text, draft->size, sources_only);
		put_lines(repair, draft);
	}
	if (draft && line && !repair->is_good) {
		repair->wrong = draft->size && line->wrong < line->size ? draft->from[line->place[line->wrong]] : size;
		snprintf(repair->why, sizeof(repair->why), "%s", line->why);
		repair->is_good = !sources_only && split_list(repair, draft, line);
		if (repair->is_good)
			odd(repair, repair->wrong, "one address or prefix a line", "", "");
	}
	if (repair->is_good && strlen(repair->should) == size && !memcmp(repair->should, raw, size))
		repair->is_good = false;
	repair->no_memory = !draft || !line;
	free(draft);
	free(line);
}

void ng_chrony_doubt(struct ng_repair *repair, const char *raw, size_t size, bool sources_only)
{
	struct draft *draft = malloc(sizeof(*draft));
	struct ng_chrony_line *line = malloc(sizeof(*line));
	unsigned int how = COMMENT_AT_WORD | QUOTES;

	start(repair);
	if (draft && line) {
		takes(line, raw, size, sources_only);
		if (line->directive && !strncmp(line->directive->arguments, "HOST", 4))
			how |= COMMENT_GLUED; /* no name of a host has a # */
		rewrite(repair, draft, raw, size, how);
		put_lines(repair, draft);
		repair->is_good = repair->count && takes(line, draft->text, draft->size, sources_only);
	}
	repair->no_memory = !draft || !line;
	free(draft);
	free(line);
}
