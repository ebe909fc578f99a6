// SPDX-License-Identifier: GPL-2.0-only
/* Policy text to draft. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "line.h"
#include "unicode.h"

struct directive {
	const char *word;
	int (*parse)(struct ng_parser *parser);
	const char *arguments, *sentence;
};

static int want_words(struct ng_parser *parser, size_t least, size_t most)
{
	if (parser->words - 1 < least)
		return ng_line_error(parser, parser->words, "%s: something is missing here", parser->word[0]);
	if (parser->words - 1 > most && most + 1 < NG_WORDS_MAX)
		return ng_line_error(parser, most + 1, "%s: too many words for this directive", parser->word[most + 1]);
	return 0;
}

/* The number of the word in a list that ends with NULL. */
static int parse_choice(struct ng_parser *parser, const char *const *legal, unsigned int *choice)
{
	char list[80] = "";
	int error = want_words(parser, 1, 1);

	if (error)
		return error;
	for (*choice = 0; legal[*choice]; ++*choice) {
		if (!strcasecmp(parser->word[1], legal[*choice]))
			return 0;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			 !*choice	      ? ""
			 : legal[*choice + 1] ? ", "
					      : " or ",
			 legal[*choice]);
	}
	return ng_line_error(parser, 1, "%s %s: must be %s", parser->word[0], parser->word[1], list);
}

static int parse_switch(struct ng_parser *parser, const char *off, const char *on, bool *is_on)
{
	unsigned int choice;
	int error = parse_choice(parser, (const char *const[]){ off, on, NULL }, &choice);

	if (!error)
		*is_on = choice;
	return error;
}

/* [all] [PREFIX] */
static int parse_access(struct ng_parser *parser, enum ng_set set)
{
	bool all = parser->words > 1 && !strcmp(parser->word[1], "all");
	int error = want_words(parser, 0, all ? 2 : 1);

	if (error)
		return error;
	if (parser->words == 1u + all)
		return ng_line_add_all(parser, set, all ? NG_ENTRY_ALL : 0);
	return ng_line_add(parser, set, 1u + all, all ? NG_ENTRY_ALL : 0);
}

static int parse_prefix(struct ng_parser *parser, enum ng_set set)
{
	int error = want_words(parser, 1, 1);

	return error ? error : ng_line_add(parser, set, 1, 0);
}

/* chrony's source lines, whose options are chrony's business. A name is not resolved. */
static int parse_source(struct ng_parser *parser, enum ng_set set)
{
	struct ng_prefix prefix;
	const char *why;
	int error = want_words(parser, 1, NG_WORDS_MAX - 1);

	if (error || ng_prefix_parse(parser->word[1], &prefix, &why))
		return error;
	return ng_line_add(parser, set, 1, 0);
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
	return error == -ENOMEM ? ng_line_no_memory(parser) : error;
}

static int parse_default(struct ng_parser *parser)
{
	/* in the order of enum ng_default */
	unsigned int choice;
	int error = parse_choice(parser, (const char *const[]){ "drop", "pass", "limit", NULL }, &choice);

	if (error)
		return error;
	parser->draft->default_action = choice;
	parser->draft->default_line = (int)parser->line;
	return 0;
}

int ng_limit_options(struct ng_parser *parser, size_t word, struct ng_limit *limit)
{
	long interval = 3, burst = 8, leak = 2; /* chrony's defaults; conf.c */
	int error = 0;

	for (; word < parser->words && !error; word += 2) {
		const char *option = parser->word[word];

		if (!strcasecmp(option, "interval"))
			error = ng_line_number(parser, word + 1, option, NG_INTERVAL_MIN, NG_INTERVAL_MAX, &interval);
		else if (!strcasecmp(option, "burst"))
			error = ng_line_number(parser, word + 1, option, 1, NG_BURST_MAX, &burst);
		else if (!strcasecmp(option, "leak"))
			error = ng_line_number(parser, word + 1, option, 1, NG_LEAK_MAX, &leak);
		else
			error = ng_line_error(parser, word, "%s: must be interval, burst or leak", option);
	}
	limit->interval = (int8_t)interval;
	limit->burst = (uint8_t)burst;
	limit->leak = (uint8_t)leak;
	return error;
}

static int parse_ratelimit(struct ng_parser *parser)
{
	parser->draft->limit_line = parser->depth ? parser->draft->limit_line : (int)parser->line;
	return ng_limit_options(parser, 1, &parser->draft->limits.source);
}

/* A rung of the same lengths is replaced. */
static int add_rung(struct ng_parser *parser, const struct ng_limit *rung)
{
	struct ng_limit *rungs = parser->draft->limits.prefix;

	for (int i = 0; i < NG_PREFIX_LIMITS; i++) {
		if (rungs[i].burst && memcmp(rungs[i].lengths, rung->lengths, sizeof(rung->lengths)))
			continue;
		rungs[i] = *rung;
		return 0;
	}
	return ng_line_error(parser, 0, "prefixlimit: no more than %d different ones", NG_PREFIX_LIMITS);
}

static int parse_prefixlimit(struct ng_parser *parser)
{
	struct ng_limit rung = { 0 };
	long length;
	int error = want_words(parser, 2, 8);

	parser->draft->limit_line = parser->depth ? parser->draft->limit_line : (int)parser->line;
	for (unsigned int family = 0; family < NG_FAMILIES && !error; family++) {
		error = ng_line_number(parser, family + 1,
				       family == NG_IPV4 ? "IPv4 prefix length" : "IPv6 prefix length", 1,
				       ng_prefix_bits[family], &length);
		rung.lengths[family] = (uint8_t)length;
	}
	if (!error)
		error = ng_limit_options(parser, 3, &rung);
	return error ? error : add_rung(parser, &rung);
}

static int parse_globallimit(struct ng_parser *parser)
{
	long pps, burst;
	int error = want_words(parser, 1, 3);

	parser->draft->limit_line = parser->depth ? parser->draft->limit_line : (int)parser->line;
	if (!error)
		error = ng_line_number(parser, 1, "globallimit", 1, NG_GLOBAL_MAX, &pps);
	if (error)
		return error;
	burst = pps / 10 ? pps / 10 : 1; /* a tenth of a second */
	if (parser->words > 2 && strcasecmp(parser->word[2], "burst"))
		return ng_line_error(parser, 2, "%s: must be burst", parser->word[2]);
	if (parser->words > 2)
		error = ng_line_number(parser, 3, "burst", 1, NG_GLOBAL_MAX, &burst);
	parser->draft->limits.global_pps = (uint32_t)pps;
	parser->draft->limits.global_burst = (uint32_t)burst;
	return error;
}

static int parse_regulars(struct ng_parser *parser)
{
	return parse_switch(parser, "off", "on", &parser->draft->regulars);
}

static int parse_replies(struct ng_parser *parser)
{
	/* in the order of enum ng_replies */
	unsigned int choice;
	int error = parse_choice(parser, (const char *const[]){ "solicited", "listed", "any", NULL }, &choice);

	if (!error)
		parser->draft->replies = choice;
	return error;
}

static int parse_answers(struct ng_parser *parser)
{
	return parse_switch(parser, "guard", "off", &parser->draft->answers_off);
}

static int parse_port(struct ng_parser *parser)
{
	long port;
	int error = want_words(parser, 1, 1);

	if (!error)
		error = ng_line_number(parser, 1, "port", 1, 65535, &port);
	if (!error)
		parser->draft->port = (uint16_t)port;
	return error;
}

static int parse_symmetric(struct ng_parser *parser)
{
	return parse_switch(parser, "drop", "limit", &parser->draft->symmetric_as_request);
}

static int parse_ntpv5(struct ng_parser *parser)
{
	return parse_switch(parser, "deny", "allow", &parser->draft->ntpv5);
}

static int parse_fragments(struct ng_parser *parser)
{
	return parse_switch(parser, "drop", "pass", &parser->draft->pass_fragments);
}

static int parse_monitor(struct ng_parser *parser)
{
	parser->draft->monitor = true;
	return want_words(parser, 0, 0);
}

static void parse_lines(struct ng_parser *parser, const char *data, size_t size, void *unused);

static int parse_include(struct ng_parser *parser)
{
	int error = want_words(parser, 1, 1);

	if (!error)
		error = ng_line_files(parser, 1, parser->word[1], parse_lines, NULL);
	return error == -ENOENT ? ng_line_error(parser, 1, "%s: there is no such file", parser->word[1]) : error;
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

size_t ng_word_distance(const char *a, const char *b)
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

const char *ng_word_nearest(const char *word, const void *table, size_t rows, size_t stride)
{
	const char *nearest = NULL;
	size_t least_distance = 3;

	for (size_t i = 0; i < rows; i++) {
		const char *own = *(const char *const *)((const char *)table + i * stride);
		size_t distance = ng_word_distance(word, own);

		if (distance < least_distance && distance < strlen(own)) {
			least_distance = distance;
			nearest = own;
		}
	}
	return nearest;
}

static int unknown(struct ng_parser *parser)
{
	const char *close = ng_word_nearest(parser->word[0], directives, DIRECTIVES, sizeof(directives[0]));

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

static void parse_lines(struct ng_parser *parser, const char *data, size_t size, void *unused)
{
	(void)unused;
	while (ng_line_next(parser, &data, &size))
		parse_line(parser);
}

/* `default limit` without any limit would pass everything, which is not what the words say. */
static void settle_limits(struct ng_parser *parser)
{
	struct ng_limits *limits = &parser->draft->limits;

	if (parser->draft->default_action != NG_DEFAULT_LIMIT) {
		parser->line = (unsigned int)parser->draft->limit_line;
		if (parser->line)
			ng_line_note(parser, "limits hold under default limit only; this policy has default %s",
				     ng_default_labels[parser->draft->default_action]);
		return;
	}
	if (limits->source.burst || limits->prefix[0].burst || limits->global_pps)
		return;
	limits->source = (struct ng_limit){ .interval = 1, .burst = 16, .leak = 2 };
	parser->line = (unsigned int)parser->draft->default_line;
	ng_line_note(parser, "no limit is given: ratelimit interval 1 burst 16 leak 2");
}

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* So many bytes at most; what is not UTF-8, which JSON and Prometheus know only, is replaced. */
static void put_text(char *to, size_t room, const char *from, size_t length)
{
	const char *end = from + length;
	uint32_t character;
	size_t size, done = 0;

	for (; from < end; from += size ? size : 1) {
		size_t put;

		size = ng_unicode_take(from, end, &character);
		put = size ? size : strlen(REPLACEMENT);
		if (done + put >= room)
			break;
		memcpy(to + done, size ? from : REPLACEMENT, put);
		done += put;
	}
	to[done] = '\0';
}

static void put_name(struct ng_draft *draft, const char *file)
{
	const char *base = strrchr(file, '/'), *dot;

	base = base ? base + 1 : file;
	dot = strstr(base, ".policy");
	put_text(draft->file, sizeof(draft->file), file, strlen(file));
	put_text(draft->name, sizeof(draft->name), base, dot ? (size_t)(dot - base) : strlen(base));
}

int ng_policy_parse(struct ng_draft *draft, const char *file, const char *data, size_t size,
		    const struct ng_environment *environment, struct ng_findings *findings)
{
	struct ng_parser *parser = calloc(1, sizeof(*parser));

	memset(findings, 0, sizeof(*findings));
	if (!parser)
		return -ENOMEM;
	put_name(draft, file);
	parser->draft = draft;
	parser->environment = environment;
	parser->findings = findings;
	parser->file = file;
	parse_lines(parser, data, size, NULL);
	if (!findings->errors)
		settle_limits(parser);
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

		if (!finding->line) {
			fprintf(to, "%s: %s\n", finding->file, finding->message);
			continue;
		}
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
