// SPDX-License-Identifier: GPL-2.0-only
#include "line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool ng_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool ng_line_next(struct ng_parser *parser, const char **data, size_t *size)
{
	const char *end;

	if (!*size)
		return false;
	end = memchr(*data, '\n', *size);
	parser->text = *data;
	parser->text_size = end ? (size_t)(end - *data) : *size;
	parser->line++;
	*size -= parser->text_size + (end ? 1 : 0);
	*data += parser->text_size + (end ? 1 : 0);
	return true;
}

/* The text of a comment, without its mark and the space around. */
static const char *comment_text(char *at, char *end)
{
	do
		at++;
	while (ng_is_space(*at));
	while (end > at && ng_is_space(end[-1]))
		*--end = '\0';
	return at;
}

int ng_line_cut(struct ng_parser *parser, bool trailing_comments)
{
	char *at = parser->copy, *end;

	parser->words = 0;
	parser->comment = NULL;
	if (parser->text_size > NG_LINE_MAX)
		return ng_line_error(parser, 0, "the line is longer than %d bytes", NG_LINE_MAX);
	if (memchr(parser->text, '\0', parser->text_size))
		return ng_line_error(parser, 0, "the line contains a NUL byte");
	memcpy(parser->copy, parser->text, parser->text_size);
	end = at + parser->text_size;
	*end = '\0';
	for (;;) {
		while (at < end && ng_is_space(*at))
			*at++ = '\0';
		if (trailing_comments && parser->words && *at == '#')
			parser->comment = comment_text(at, end);
		if (at == end || parser->comment || (!parser->words && strchr("!;#%", *at)))
			return 0;
		if (parser->words == NG_WORDS_MAX)
			return ng_line_error(parser, parser->words - 1, "more than %d words in a line", NG_WORDS_MAX);
		parser->word[parser->words++] = at;
		while (at < end && !ng_is_space(*at))
			at++;
	}
}

/* A place for a finding. An error takes the last note's where there is none left: what the user must
 * mend comes before what they may like to know. */
static struct ng_finding *new_finding(struct ng_parser *parser, bool is_error)
{
	struct ng_findings *findings = parser->findings;
	struct ng_finding *finding;
	size_t note = findings->count;

	while (is_error && findings->count == NG_FINDINGS_MAX && note > 0 && findings->list[note - 1].is_error)
		note--;
	if (is_error && findings->count == NG_FINDINGS_MAX && note > 0) {
		memmove(&findings->list[note - 1], &findings->list[note], (findings->count - note) * sizeof(*finding));
		findings->count--;
	}
	if (findings->count == NG_FINDINGS_MAX)
		return NULL;
	finding = &findings->list[findings->count++];
	memset(finding, 0, sizeof(*finding));
	finding->is_error = is_error;
	finding->line = parser->line;
	snprintf(finding->file, sizeof(finding->file), "%s", parser->file);
	return finding;
}

/* What a file says must not speak to the terminal; a carriage return at a line's end is nothing. */
static void make_printable(char *text)
{
	size_t end = strlen(text);

	while (end && text[end - 1] == '\r')
		text[--end] = '\0';
	for (; *text; text++)
		if ((unsigned char)*text == 0x7f || ((unsigned char)*text < ' ' && *text != '\t'))
			*text = '?';
}

static unsigned int column_of(const struct ng_parser *parser, size_t word)
{
	const char *last;

	if (!parser->words)
		return 1;
	if (word < parser->words)
		return (unsigned int)(parser->word[word] - parser->copy) + 1;
	last = parser->word[parser->words - 1];
	return (unsigned int)(last - parser->copy + (long)strlen(last)) + 1;
}

int ng_line_error(struct ng_parser *parser, size_t word, const char *format, ...)
{
	struct ng_finding *finding = new_finding(parser, true);
	size_t size = parser->text_size < sizeof(finding->text) - 1 ? parser->text_size : sizeof(finding->text) - 1;
	va_list args;

	parser->findings->errors++;
	if (!finding)
		return -EINVAL;
	finding->column = column_of(parser, word);
	memcpy(finding->text, parser->text, size);
	va_start(args, format);
	vsnprintf(finding->message, sizeof(finding->message), format, args);
	va_end(args);
	make_printable(finding->text);
	make_printable(finding->message);
	return -EINVAL;
}

int ng_line_no_memory(struct ng_parser *parser)
{
	ng_line_error(parser, 0, "out of memory");
	return -ENOMEM;
}

void ng_line_note(struct ng_parser *parser, const char *format, ...)
{
	struct ng_finding *finding = new_finding(parser, false);
	va_list args;

	if (!finding)
		return;
	va_start(args, format);
	vsnprintf(finding->message, sizeof(finding->message), format, args);
	va_end(args);
	make_printable(finding->message);
}

int ng_line_number(struct ng_parser *parser, size_t word, const char *name, long least, long most, long *number)
{
	const char *text = word < parser->words ? parser->word[word] : "";
	char *end;

	errno = 0;
	*number = strtol(text, &end, 10);
	if (!*text || *end || errno || *number < least || *number > most)
		return ng_line_error(parser, word, "%s %s: must be %ld to %ld", name, text, least, most);
	return 0;
}

static int add(struct ng_parser *parser, enum ng_set set, const struct ng_prefix *prefix, uint8_t flags)
{
	/* what the policy's own file says carries no file name of its own */
	const char *file = strcmp(parser->file, parser->draft->file) ? parser->file : NULL;

	if (ng_draft_add_flags(parser->draft, set, prefix, file, parser->line, parser->comment, flags))
		return ng_line_no_memory(parser);
	return 0;
}

int ng_line_add(struct ng_parser *parser, enum ng_set set, size_t word, uint8_t flags)
{
	struct ng_prefix prefix;
	const char *why;

	if (ng_prefix_parse(parser->word[word], &prefix, &why))
		return ng_line_error(parser, word, "%s: %s", parser->word[word], why);
	return add(parser, set, &prefix, flags);
}

int ng_line_add_all(struct ng_parser *parser, enum ng_set set, uint8_t flags)
{
	static const struct ng_prefix everything[] = { { .family = NG_IPV4 }, { .family = NG_IPV6 } };
	int error = add(parser, set, &everything[0], flags);

	return error ? error : add(parser, set, &everything[1], flags);
}

void ng_line_skip(struct ng_parser *parser)
{
	struct ng_findings *findings = parser->findings;
	size_t room = strlen(parser->file) + parser->text_size + 16;
	char *grown = realloc(findings->skipped, findings->skipped_size + room);

	findings->skipped_count++;
	if (!grown)
		return;
	findings->skipped = grown;
	findings->skipped_size += (size_t)snprintf(grown + findings->skipped_size, room, "%s:%u: %.*s\n", parser->file,
						   parser->line, (int)parser->text_size, parser->text);
}

void ng_findings_free(struct ng_findings *findings)
{
	free(findings->skipped);
	findings->skipped = NULL;
	findings->skipped_size = findings->skipped_count = findings->count = findings->errors = 0;
}

typedef void (*file_function)(struct ng_parser *parser, const char *data, size_t size, void *context);

static int read_file(struct ng_parser *from, size_t word, const char *path, file_function each, void *context)
{
	const struct ng_environment *environment = from->environment;
	struct ng_parser *parser;
	size_t size;
	char *data;
	int error = environment->read ? environment->read(environment->context, path, &data, &size) : -ENOENT;

	if (error == -ENOENT || error == -ENOTDIR)
		return -ENOENT;
	if (error == -ENOMEM)
		return ng_line_no_memory(from);
	if (error)
		return ng_line_error(from, word, "%s: %s", path, strerror(-error));
	parser = calloc(1, sizeof(*parser));
	from->findings->files++;
	if (parser) {
		parser->draft = from->draft;
		parser->environment = environment;
		parser->findings = from->findings;
		parser->file = path;
		parser->depth = from->depth + 1;
		each(parser, data, size, context);
	}
	free(parser);
	free(data);
	return parser ? 0 : ng_line_no_memory(from);
}

int ng_line_files(struct ng_parser *from, size_t word, const char *pattern, file_function each, void *context)
{
	const struct ng_environment *environment = from->environment;
	char **paths = NULL;
	int count, error = 0;

	if (from->findings->files > NG_INCLUDE_FILES)
		return ng_line_error(from, word, "%s: more than %d files in all; does a file include itself?", pattern,
				     NG_INCLUDE_FILES);
	if (from->depth >= NG_INCLUDE_DEPTH)
		return ng_line_error(from, word, "%s: more than %d files deep; does a file include itself?", pattern,
				     NG_INCLUDE_DEPTH);
	if (!environment->expand)
		return read_file(from, word, pattern, each, context);
	count = environment->expand(environment->context, pattern, &paths);
	if (count < 0)
		return ng_line_error(from, word, "%s: %s", pattern, strerror(-count));
	for (int i = 0; i < count; i++) {
		if (!error)
			error = read_file(from, word, paths[i], each, context);
		free(paths[i]);
	}
	free(paths);
	return error;
}
