// SPDX-License-Identifier: GPL-2.0-only
/* The walk through a chrony.conf and what it includes, line by line as chronyd's fgets() cuts them. */
#include "chrony_lint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chrony_walk.h"
#include "line.h"

/* ---- telling ---- */

struct ng_lint_place ng_chrony_place(const struct ng_chrony_text *text, size_t offset)
{
	struct ng_lint_place place = text->place;

	place.column = (unsigned int)offset + 1;
	return place;
}

void ng_chrony_warn(struct ng_chrony_walk *walk, const struct ng_chrony_text *text, size_t offset, const char *message)
{
	struct ng_lint_place place = ng_chrony_place(text, offset);

	ng_lint_tell(walk->lint, NG_LINT_WARNING, &place, NULL, false, "%s", message);
}

size_t ng_chrony_trimmed(const struct ng_lint_place *place)
{
	size_t size = place->text_size;

	while (size && ng_is_space(place->text[size - 1]))
		size--;
	return size;
}

size_t ng_chrony_find_return(const char *text, size_t size)
{
	const char *at = memchr(text, '\r', size);

	return at ? (size_t)(at - text) : size;
}

static enum ng_lint_severity refusal(const struct ng_chrony_text *text)
{
	return text->sources_only ? NG_LINT_WARNING : NG_LINT_ERROR;
}

/* ---- the file as it should be ---- */

/* Writes the line in hand, or what it should read, with the line ends that it has. */
static void put_line(struct ng_chrony_walk *walk, const struct ng_chrony_text *text, const char *should)
{
	bool ends = text->next > text->at && text->next[-1] == '\n';
	bool returns = text->place.text_size && text->place.text[text->place.text_size - 1] == '\r';

	if (!text->fixed)
		return;
	if (!should) {
		fwrite(text->at, 1, (size_t)(text->next - text->at), text->fixed);
		return;
	}
	walk->lint->fixes++;
	for (; *should; should++) {
		if (*should == '\n' && returns)
			fputc('\r', text->fixed);
		fputc(*should, text->fixed);
	}
	if (ends)
		fputs(returns ? "\r\n" : "\n", text->fixed);
}

/* ---- a refused line ---- */

/* The line's parts between returns, each as it should read, into `should`; whether chronyd takes all. */
static bool split_returns(struct ng_chrony_walk *walk, const struct ng_chrony_text *text, size_t size, char *should)
{
	const char *at = text->place.text, *end = at + size;
	size_t used = 0, part;

	for (; at < end; at += part + (at + part < end)) {
		part = ng_chrony_find_return(at, (size_t)(end - at));
		walk->line.sources_only = text->sources_only;
		ng_chrony_line_read(&walk->line, at, part);
		if (ng_chrony_line_parse(&walk->line)) {
			snprintf(walk->repair.should, sizeof(walk->repair.should), "%.*s", (int)part, at);
		} else {
			ng_chrony_repair(&walk->repair, at, part, text->sources_only);
			walk->lint->no_memory |= walk->repair.no_memory;
			if (!walk->repair.is_good)
				return false;
		}
		used += (size_t)snprintf(should + used, NG_REPAIR_MAX - used, "%s%s", used ? "\n" : "",
					 walk->repair.should);
		if (used >= NG_REPAIR_MAX)
			return false;
	}
	return true;
}

/* Writes lines that end in LF, whatever ends them now. */
static void put_returns(struct ng_chrony_walk *walk, struct ng_chrony_text *text, const char *lines, size_t size)
{
	if (!text->fixed)
		return;
	for (size_t i = 0; i < size; i++)
		fputc(lines[i] == '\r' ? '\n' : lines[i], text->fixed);
	fputc('\n', text->fixed);
	walk->lint->fixes++;
}

/* A line of several, by returns; or a whole file of such lines, of which some are wrong for themselves. */
static bool refuse_returns(struct ng_chrony_walk *walk, struct ng_chrony_text *text)
{
	size_t size = ng_chrony_trimmed(&text->place), at = ng_chrony_find_return(text->place.text, size);
	bool is_whole = text->place.line == 1 && text->next == text->end, is_good;
	struct ng_lint_place place = ng_chrony_place(text, at);
	char should[NG_REPAIR_MAX];

	if (at == size)
		return false;
	is_good = split_returns(walk, text, size, should);
	if (!is_good && !is_whole)
		return false;
	ng_lint_tell(walk->lint, refusal(text), &place, is_good ? should : NULL, text->fixed != NULL,
		     "lines end in CR alone here: to chronyd, whose lines end in LF, they are one line");
	put_returns(walk, text, is_good ? should : text->at, is_good ? strlen(should) : size);
	return true;
}

/* A line that ends in \ and those that it was meant to go on in, as one; where that is what chronyd
 * would take, text->next is behind them all. */
static bool refuse_continuation(struct ng_chrony_walk *walk, struct ng_chrony_text *text)
{
	char joined[NG_CHRONY_LINE];
	size_t size = ng_chrony_trimmed(&text->place), used = size ? size - 1 : 0, backslash = used;
	struct ng_lint_place place = ng_chrony_place(text, backslash);
	const char *next = text->next;
	bool more = true, good;

	if (!size || text->place.text[backslash] != '\\')
		return false;
	memcpy(joined, text->place.text, used);
	while (more && next < text->end) {
		const char *newline = memchr(next, '\n', (size_t)(text->end - next)),
			   *end = newline ? newline : text->end;

		for (; next < end && ng_is_space(*next); next++)
			;
		while (end > next && ng_is_space(end[-1]))
			end--;
		more = end > next && end[-1] == '\\';
		if (used + (size_t)(end - next) + 2 > sizeof(joined) || memchr(next, '\0', (size_t)(end - next)))
			return false;
		while (used && ng_is_space(joined[used - 1]))
			used--;
		joined[used++] = ' ';
		memcpy(joined + used, next, (size_t)(end - next));
		used += (size_t)(end - next) - more;
		next = newline ? newline + 1 : text->end;
	}
	while (used && ng_is_space(joined[used - 1]))
		used--;
	ng_chrony_repair(&walk->repair, joined, used, text->sources_only);
	walk->lint->no_memory |= walk->repair.no_memory;
	walk->line.sources_only = text->sources_only;
	ng_chrony_line_read(&walk->line, joined, used);
	good = ng_chrony_line_parse(&walk->line);
	joined[used] = '\0';
	if (!good && !walk->repair.is_good)
		return false;
	ng_lint_tell(walk->lint, refusal(text), &place, good ? joined : walk->repair.should, text->fixed != NULL,
		     "chronyd knows no continued lines: the \\ at the end is one word more");
	for (const char *at = text->next; at < next; at++)
		text->place.line += *at == '\n' || at + 1 == text->end;
	text->next = next;
	put_line(walk, text, good ? joined : walk->repair.should);
	return true;
}

/* Says what is wrong with a line that chronyd does not take, and what it should read. */
static void refuse(struct ng_chrony_walk *walk, struct ng_chrony_text *text)
{
	const struct ng_lint_place *line = &text->place;
	struct ng_repair *repair = &walk->repair;
	size_t wrong = walk->line.place[walk->line.wrong];
	struct ng_lint_place place = ng_chrony_place(text, wrong);
	const char *should;
	char why[sizeof(walk->line.why)];

	memcpy(why, walk->line.why, sizeof(why));
	if (memchr(line->text, '\0', line->text_size)) {
		ng_lint_tell(walk->lint, refusal(text), &place, NULL, false, "%s", why);
		put_line(walk, text, NULL);
		return;
	}
	if (refuse_returns(walk, text) || refuse_continuation(walk, text))
		return;
	ng_chrony_repair(repair, line->text, ng_chrony_trimmed(line), text->sources_only);
	walk->lint->no_memory |= walk->repair.no_memory;
	should = repair->is_good ? repair->should : NULL;
	for (size_t i = 0; i < repair->count; i++) {
		place = ng_chrony_place(text, repair->oddity[i].at);
		ng_lint_tell(walk->lint, refusal(text), &place, should, should && text->fixed, "%s",
			     repair->oddity[i].why);
	}
	if (!should && repair->count) {
		place = ng_chrony_place(text, repair->wrong);
		ng_lint_tell(walk->lint, refusal(text), &place, NULL, false, "%s", repair->why);
	} else if (!repair->count) {
		place = ng_chrony_place(text, wrong);
		ng_lint_tell(walk->lint, refusal(text), &place, should, should && text->fixed, "%s", why);
	}
	put_line(walk, text, should);
}

/* ---- a line that is taken ---- */

/* What to say of a line that chronyd takes, and where it leads. */
static void accept(struct ng_chrony_walk *walk, struct ng_chrony_text *text)
{
	struct ng_chrony_line *line = &walk->line;
	size_t where = line->place[line->arguments];
	char arguments[NG_CHRONY_LINE + 1];

	ng_chrony_walk_doubt(walk, text);
	if (ng_chrony_facts_add(&walk->facts, line, &text->place))
		walk->lint->no_memory = true;
	if (line->directive->arguments[0] == '\0' && line->size > strlen(line->directive->word))
		ng_chrony_warn(walk, text, where, "chronyd ignores what stands here");
	if (ng_chrony_line_is(line, "include") || ng_chrony_line_is(line, "confdir") ||
	    ng_chrony_line_is(line, "sourcedir")) {
		strcpy(arguments, line->text + line->arguments);
		ng_chrony_walk_files(walk, text, where, arguments);
	}
	put_line(walk, text, NULL);
}

/* ---- files ---- */

/* A comment, or nothing; but is it meant to be? */
static void blank(struct ng_chrony_walk *walk, const struct ng_chrony_text *text)
{
	size_t size = ng_chrony_trimmed(&text->place), at = ng_chrony_find_return(text->place.text, size);

	if (at < size && !memchr(text->place.text, '\0', size))
		ng_chrony_warn(
			walk, text, at,
			"lines end in CR alone here: to chronyd, whose lines end in LF, all of this is one comment");
	put_line(walk, text, NULL);
}

/* The next line as fgets() with chronyd's buffer gives it; false at the end. */
static bool next_line(struct ng_chrony_text *text)
{
	size_t left = (size_t)(text->end - text->next), size = left < NG_CHRONY_LINE ? left : NG_CHRONY_LINE;
	const char *newline = memchr(text->next, '\n', size);

	text->at = text->next;
	text->next += newline ? (size_t)(newline + 1 - text->at) : size;
	text->place.line++;
	text->place.text = text->at;
	text->place.text_size = (size_t)(text->next - text->at) - (newline != NULL);
	text->place.column = 1;
	return left != 0;
}

/* In a *.sources file chronyd reads no further than a line without an end (conf.c load_source_file). */
static bool is_unended(struct ng_chrony_walk *walk, struct ng_chrony_text *text)
{
	struct ng_lint_place place = ng_chrony_place(text, ng_chrony_trimmed(&text->place));
	char *line;

	if (!text->sources_only || (text->next[-1] == '\n' && !memchr(text->at, '\0', text->place.text_size)))
		return false;
	if (memchr(text->at, '\0', text->place.text_size) || text->place.text_size == NG_CHRONY_LINE) {
		ng_chrony_warn(walk, text, 0,
			       "chronyd reads no further in this file: a line with a NUL byte, or of 2048 bytes");
		text->place.line--;
		put_line(walk, text, NULL);
		if (text->fixed)
			fwrite(text->next, 1, (size_t)(text->end - text->next), text->fixed);
		return true;
	}
	ng_chrony_line_read(&walk->line, text->at, text->place.text_size);
	if (!walk->line.size)
		return false;
	line = strndup(text->at, text->place.text_size);
	ng_lint_tell(walk->lint, NG_LINT_WARNING, &place, line, text->fixed != NULL,
		     "chronyd ignores the last line of a .sources file, unless a newline ends it");
	free(line);
	if (text->fixed) {
		fwrite(text->at, 1, text->place.text_size, text->fixed);
		fputc('\n', text->fixed);
		walk->lint->fixes++;
	}
	return true;
}

static bool is_too_long(struct ng_chrony_walk *walk, struct ng_chrony_text *text)
{
	size_t size = (size_t)(text->next - text->at);
	const char *newline;

	if (size < NG_CHRONY_LINE || memchr(text->at, '\0', size))
		return false;
	ng_lint_tell(walk->lint, NG_LINT_ERROR, &text->place, NULL, false,
		     "the line is too long: chronyd takes %d bytes, its end among them", NG_CHRONY_LINE - 1);
	if (text->next[-1] != '\n') {
		newline = memchr(text->next, '\n', (size_t)(text->end - text->next));
		text->next = newline ? newline + 1 : text->end;
	}
	put_line(walk, text, NULL);
	return true;
}

void ng_chrony_walk_text(struct ng_chrony_walk *walk, struct ng_chrony_text *text)
{
	while (next_line(text)) {
		if (is_unended(walk, text))
			return;
		if (is_too_long(walk, text))
			continue;
		walk->line.sources_only = text->sources_only;
		ng_chrony_line_read(&walk->line, text->at, text->place.text_size);
		if (strnlen(text->at, text->place.text_size) < text->place.text_size)
			ng_chrony_warn(walk, text, strnlen(text->at, text->place.text_size),
				       "a NUL byte: chronyd reads no further in this line");
		if (!ng_chrony_line_parse(&walk->line))
			refuse(walk, text);
		else if (walk->line.size)
			accept(walk, text);
		else
			blank(walk, text);
	}
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t size = strlen(name), end = strlen(suffix);

	return size >= end && !strcmp(name + size - end, suffix);
}

/* ---- the whole ---- */

static void look_for_utf16(struct ng_chrony_walk *walk, struct ng_chrony_text *text, size_t size)
{
	if (size < 2 || (memcmp(text->next, "\xff\xfe", 2) && memcmp(text->next, "\xfe\xff", 2)))
		return;
	text->place.line = text->place.column = 1;
	ng_lint_tell(walk->lint, NG_LINT_WARNING, &text->place, NULL, false,
		     "this file is UTF-16, which chronyd does not read: save it as UTF-8, without a byte order mark");
	text->place.line = 0;
}

/* One round; the fixed file, or none where nothing differs. */
static void lint_once(struct ng_chrony_walk *walk, struct ng_chrony_text *text, size_t size)
{
	struct ng_lint *lint = walk->lint;

	ng_chrony_facts_init(&walk->facts);
	walk->depth = 1;
	text->fixed = open_memstream(&lint->fixed, &lint->fixed_size);
	lint->no_memory |= !text->fixed;
	look_for_utf16(walk, text, size);
	ng_chrony_walk_text(walk, text);
	ng_chrony_facts_judge(&walk->facts, lint);
	ng_chrony_facts_free(&walk->facts);
	if (text->fixed && fclose(text->fixed))
		lint->no_memory = true;
	if (!lint->fixes) {
		free(lint->fixed);
		lint->fixed = NULL;
	}
	ng_lint_sort(lint);
}

int ng_chrony_lint(struct ng_lint *lint, const char *file, const char *data, size_t size,
		   const struct ng_environment *environment)
{
	struct ng_chrony_walk *walk = calloc(1, sizeof(*walk));
	struct ng_chrony_text text = { .next = data, .end = data + size, .sources_only = ends_in(file, ".sources") };

	memset(lint, 0, sizeof(*lint));
	if (!walk)
		return -ENOMEM;
	walk->lint = lint;
	walk->environment = environment;
	text.place.file_number = ng_lint_file(lint, file);
	text.place.file = lint->file_count ? lint->files[0] : file;
	lint_once(walk, &text, size);
	free(walk);
	return lint->no_memory ? -ENOMEM : 0;
}
