// SPDX-License-Identifier: GPL-2.0-only
/* Policy text to draft. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "line.h"

struct directive {
	const char *word;
	int (*parse)(struct ng_parser *parser);
	const char *arguments, *sentence;
};

static int want_words(struct ng_parser *parser, size_t least, size_t most)
{
	if (parser->words - 1 < least)
		return ng_line_error(parser, parser->words, "%s: something is missing here", parser->word[0]);
	if (parser->words - 1 > most)
		return ng_line_error(parser, most + 1, "%s: too many words for this directive", parser->word[most + 1]);
	return 0;
}

/* One of two words: `on` is true. */
static int parse_choice(struct ng_parser *parser, const char *off, const char *on, bool *choice)
{
	int error = want_words(parser, 1, 1);

	if (error)
		return error;
	*choice = !strcasecmp(parser->word[1], on);
	if (!*choice && strcasecmp(parser->word[1], off))
		return ng_line_error(parser, 1, "%s %s: must be %s or %s", parser->word[0], parser->word[1], off, on);
	return 0;
}

static int parse_access(struct ng_parser *parser, enum ng_set set)
{
	int error = want_words(parser, 0, 1);

	if (error)
		return error;
	if (parser->words == 1 || !strcmp(parser->word[1], "all"))
		return ng_line_add_all(parser, set);
	return ng_line_add(parser, set, 1);
}

static int parse_prefix(struct ng_parser *parser, enum ng_set set)
{
	int error = want_words(parser, 1, 1);

	return error ? error : ng_line_add(parser, set, 1);
}

/* chrony's source lines, whose options are chrony's business. A name is not resolved. */
static int parse_source(struct ng_parser *parser, enum ng_set set)
{
	struct ng_prefix prefix;
	const char *why;
	int error = want_words(parser, 1, NG_WORDS_MAX - 2);

	if (error || ng_prefix_parse(parser->word[1], &prefix, &why))
		return error;
	return ng_line_add(parser, set, 1);
}

static int parse_allow(struct ng_parser *parser)
{
	return parse_access(parser, NG_SET_ALLOW);
}

static int parse_deny(struct ng_parser *parser)
{
	return parse_access(parser, NG_SET_DENY);
}

static int parse_control(struct ng_parser *parser)
{
	return parse_prefix(parser, NG_SET_CONTROL);
}

static int parse_private(struct ng_parser *parser)
{
	return parse_prefix(parser, NG_SET_PRIVATE);
}

static int parse_server(struct ng_parser *parser)
{
	return parse_source(parser, NG_SET_SERVER);
}

static int parse_peer(struct ng_parser *parser)
{
	return parse_source(parser, NG_SET_PEER);
}

static int parse_allowself(struct ng_parser *parser)
{
	const struct ng_environment *environment = parser->environment;
	int error = want_words(parser, 0, 0);

	for (size_t i = 0; i < environment->own_count && !error; i++)
		error = ng_draft_add(parser->draft, NG_SET_ALLOW, &environment->own[i], NULL, parser->line, 0,
				     "this host's own address");
	return error;
}

static int parse_default(struct ng_parser *parser)
{
	bool pass;
	int error = parse_choice(parser, "drop", "pass", &pass);

	if (error)
		return error;
	parser->draft->default_action = pass ? NG_DEFAULT_PASS : NG_DEFAULT_DROP;
	parser->draft->default_line = (int)parser->line;
	return 0;
}

static int parse_port(struct ng_parser *parser)
{
	unsigned long port;
	char *end;
	int error = want_words(parser, 1, 1);

	if (error)
		return error;
	port = strtoul(parser->word[1], &end, 10);
	if (*parser->word[1] < '0' || *parser->word[1] > '9' || *end || port < 1 || port > 65535)
		return ng_line_error(parser, 1, "port %s: must be 1 to 65535", parser->word[1]);
	parser->draft->port = (uint16_t)port;
	return 0;
}

static int parse_symmetric(struct ng_parser *parser)
{
	return parse_choice(parser, "drop", "limit", &parser->draft->symmetric_as_request);
}

static int parse_ntpv5(struct ng_parser *parser)
{
	return parse_choice(parser, "deny", "allow", &parser->draft->ntpv5);
}

static int parse_fragments(struct ng_parser *parser)
{
	return parse_choice(parser, "drop", "pass", &parser->draft->pass_fragments);
}

static int parse_monitor(struct ng_parser *parser)
{
	parser->draft->monitor = true;
	return want_words(parser, 0, 0);
}

static int parse_import(struct ng_parser *parser)
{
	int error = want_words(parser, 2, 2);

	if (error)
		return error;
	if (strcasecmp(parser->word[1], "chrony"))
		return ng_line_error(parser, 1, "import %s: only chrony configurations can be imported",
				     parser->word[1]);
	return ng_chrony_import(parser, parser->word[2]);
}

static const struct directive directives[] = {
#define NG_DIRECTIVE(word, parser, arguments, sentence) { word, parse_##parser, arguments, sentence },
#include "directives.def"
#undef NG_DIRECTIVE
};
#define DIRECTIVES (sizeof(directives) / sizeof(directives[0]))

static size_t least(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* Letters to add, take away or change to get from one word to the other; words over 31 letters are
 * like nothing. */
static size_t distance(const char *a, const char *b)
{
	size_t row[32], width = strlen(b);

	if (strlen(a) >= 32 || width >= 32)
		return 32;
	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t change = diagonal + (strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);

			diagonal = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1, change);
		}
	}
	return row[width];
}

static int unknown(struct ng_parser *parser)
{
	const char *close = NULL;
	size_t nearest = 3;

	for (size_t i = 0; i < DIRECTIVES; i++) {
		size_t d = distance(parser->word[0], directives[i].word);

		if (d < nearest && d < strlen(directives[i].word)) {
			nearest = d;
			close = directives[i].word;
		}
	}
	if (close)
		return ng_line_error(parser, 0, "%s: no such directive; did you mean %s?", parser->word[0], close);
	return ng_line_error(parser, 0, "%s: no such directive", parser->word[0]);
}

static int parse_line(struct ng_parser *parser)
{
	int error = ng_line_cut(parser, true);

	if (error || !parser->words)
		return error;
	for (size_t i = 0; i < DIRECTIVES; i++)
		if (!strcasecmp(parser->word[0], directives[i].word))
			return directives[i].parse(parser);
	return unknown(parser);
}

static void put_name(struct ng_draft *draft, const char *file)
{
	const char *base = strrchr(file, '/'), *dot;

	base = base ? base + 1 : file;
	dot = strstr(base, ".policy");
	snprintf(draft->file, sizeof(draft->file), "%s", file);
	snprintf(draft->name, sizeof(draft->name), "%.*s", dot ? (int)(dot - base) : 63, base);
}

int ng_policy_parse(struct ng_draft *draft, const char *file, const char *data, size_t size,
		    const struct ng_environment *environment, struct ng_findings *findings)
{
	struct ng_parser *parser = calloc(1, sizeof(*parser));

	findings->count = findings->errors = 0;
	if (!parser)
		return -ENOMEM;
	put_name(draft, file);
	parser->draft = draft;
	parser->environment = environment;
	parser->findings = findings;
	parser->file = file;
	while (ng_line_next(parser, &data, &size))
		parse_line(parser);
	free(parser);
	return findings->errors ? -EINVAL : 0;
}

/* The caret stands under the column; tabs before it stay tabs. */
static void print_caret(const struct ng_finding *finding, FILE *to)
{
	fprintf(to, "  %s\n  ", finding->text);
	for (unsigned int i = 1; i < finding->column && finding->text[i - 1]; i++)
		fputc(finding->text[i - 1] == '\t' ? '\t' : ' ', to);
	fputs("^\n", to);
}

void ng_findings_print(const struct ng_findings *findings, FILE *to)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct ng_finding *finding = &findings->list[i];

		if (!finding->is_error) {
			fprintf(to, "%s:%u: %s\n", finding->file, finding->line, finding->message);
			continue;
		}
		fprintf(to, "%s:%u:%u: %s\n", finding->file, finding->line, finding->column, finding->message);
		print_caret(finding, to);
	}
	if (findings->errors > NG_FINDINGS_MAX)
		fprintf(to, "and more: %zu errors in all\n", findings->errors);
}
