// SPDX-License-Identifier: GPL-2.0-only
/* The lines of a chrony.conf that are the firewall's business, with its include, confdir and
 * sourcedir. A line that chronyd itself would refuse is a note here: the guard must not fail to load
 * because chrony's file has an error. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "line.h"

struct import {
	size_t first; /* the draft's entries from here on came from this import */
	unsigned int taken, wrong;
	bool sources_only; /* in a *.sources file, which has no other lines */
};

static void import_lines(struct ng_parser *parser, const char *data, size_t size, void *context);

/* `allow all` and `deny all` without a prefix make void what the file said before. */
static void forget_access(struct ng_parser *parser, const struct import *import)
{
	struct ng_draft *draft = parser->draft;
	size_t kept = import->first;

	for (size_t i = import->first; i < draft->entry_count; i++)
		if (draft->entries[i].set != NG_SET_ALLOW && draft->entries[i].set != NG_SET_DENY)
			draft->entries[kept++] = draft->entries[i];
	draft->entry_count = kept;
}

/* Without a prefix chronyd speaks of everybody, which is the policy's default. */
static int import_everybody(struct ng_parser *parser, enum ng_set set, bool all, const struct import *import)
{
	if (all)
		forget_access(parser, import);
	parser->draft->default_action = set == NG_SET_ALLOW ? NG_DEFAULT_LIMIT : NG_DEFAULT_DROP;
	parser->draft->default_line = 0;
	if (set == NG_SET_ALLOW)
		ng_line_note(parser, "chronyd may be asked by everybody (allow without a prefix): default limit");
	return 0;
}

static int import_access(struct ng_parser *parser, enum ng_set set, const struct import *import)
{
	bool all = parser->words > 1 && !strcmp(parser->word[1], "all");

	if (parser->words > 2u + all)
		return -EINVAL;
	if (parser->words == 1u + all)
		return import_everybody(parser, set, all, import);
	return ng_line_add(parser, set, 1u + all, all ? NG_ENTRY_ALL : 0);
}

static int import_source(struct ng_parser *parser, enum ng_set set)
{
	struct ng_prefix prefix;
	const char *why;

	if (parser->words < 2)
		return -EINVAL;
	/* a name, which chronyd will resolve and we must not */
	return ng_prefix_parse(parser->word[1], &prefix, &why) ? -ENOENT : ng_line_add(parser, set, 1, 0);
}

static int import_port(struct ng_parser *parser)
{
	long port;
	int error = ng_line_number(parser, 1, "port", 0, 65535, &port);

	if (error || parser->words != 2)
		return -EINVAL;
	if (port) /* 0: chronyd serves nobody */
		parser->draft->port = (uint16_t)port;
	return 0;
}

static int import_ratelimit(struct ng_parser *parser)
{
	struct ng_limit limit = { 0 };
	int error = ng_limit_options(parser, 1, &limit);

	if (!error)
		parser->draft->limits.source = limit;
	return error;
}

static int import_pattern(struct ng_parser *parser, const char *pattern, struct import *import)
{
	int error = ng_line_files(parser, 1, pattern, import_lines, import);

	return error == -ENOENT ? -EINVAL : error;
}

/* The *.conf or *.sources files of the directories named: sorted by file name, and of one name only
 * that of the first directory is read (conf.c search_dirs). Several directories are read one after
 * the other here, which differs where lines of one kind stand in more than one. */
static int import_directories(struct ng_parser *parser, const char *suffix, struct import *import)
{
	bool outer = import->sources_only;
	char pattern[NG_LINE_MAX + 16];
	int error = parser->words < 2 ? -EINVAL : 0;

	import->sources_only = !strcmp(suffix, ".sources");
	for (size_t i = 1; i < parser->words && !error; i++) {
		snprintf(pattern, sizeof(pattern), "%s/*%s", parser->word[i], suffix);
		error = import_pattern(parser, pattern, import);
	}
	import->sources_only = outer;
	return error;
}

static bool is(const struct ng_parser *parser, const char *word)
{
	return !strcasecmp(parser->word[0], word);
}

/* 0: taken; -ENOENT: not our business; -EINVAL: chronyd would refuse it. */
static int import_line(struct ng_parser *parser, struct import *import)
{
	if (is(parser, "server") || is(parser, "pool"))
		return import_source(parser, NG_SET_SERVER);
	if (is(parser, "peer"))
		return import_source(parser, NG_SET_PEER);
	if (import->sources_only)
		return -EINVAL;
	if (is(parser, "allow"))
		return import_access(parser, NG_SET_ALLOW, import);
	if (is(parser, "deny"))
		return import_access(parser, NG_SET_DENY, import);
	if (is(parser, "port"))
		return import_port(parser);
	if (is(parser, "ratelimit"))
		return import_ratelimit(parser);
	if (is(parser, "include"))
		return parser->words == 2 ? import_pattern(parser, parser->word[1], import) : -EINVAL;
	if (is(parser, "confdir"))
		return import_directories(parser, ".conf", import);
	if (is(parser, "sourcedir"))
		return import_directories(parser, ".sources", import);
	return -ENOENT;
}

/* Errors of the imported file become notes: where and what stay, and the import goes on. */
static void import_lines(struct ng_parser *parser, const char *data, size_t size, void *context)
{
	struct import *import = context;

	while (ng_line_next(parser, &data, &size)) {
		size_t found = parser->findings->count, errors = parser->findings->errors;
		int error = ng_line_cut(parser, false);

		if (!error && !parser->words)
			continue;
		if (!error)
			error = import_line(parser, import);
		if (!error) {
			import->taken++;
		} else if (error == -ENOENT) {
			ng_line_skip(parser);
		} else if (error == -ENOMEM) {
			return; /* which is told, and no fault of the file's */
		} else {
			import->wrong++;
			parser->findings->count = found;
			parser->findings->errors = errors;
			ng_line_note(parser, "left out, because chronyd takes no such line: %.*s",
				     (int)parser->text_size, parser->text);
		}
	}
}

int ng_chrony_import(struct ng_parser *parser, const char *path)
{
	struct import import = { .first = parser->draft->entry_count };
	size_t skipped = parser->findings->skipped_count;
	int error = ng_line_files(parser, 2, path, import_lines, &import);

	if (error == -ENOENT) {
		ng_line_note(parser, "%s is not there; nothing imported", path);
		return 0;
	}
	if (!error)
		ng_line_note(parser, "imported %u lines of %s; %zu are not the firewall's business", import.taken, path,
			     parser->findings->skipped_count - skipped);
	return error;
}

int ng_chrony_draft(struct ng_draft *draft, const char *path, const struct ng_environment *environment,
		    struct ng_findings *findings)
{
	struct ng_parser *parser = calloc(1, sizeof(*parser));

	memset(findings, 0, sizeof(*findings));
	if (!parser)
		return -ENOMEM;
	snprintf(draft->file, sizeof(draft->file), "%s", path);
	parser->draft = draft;
	parser->environment = environment;
	parser->findings = findings;
	parser->file = path;
	ng_chrony_import(parser, path);
	free(parser);
	return findings->errors ? -EINVAL : 0;
}
