// SPDX-License-Identifier: GPL-2.0-only
/* The lines of a chrony.conf that are the firewall's business: allow, deny, server, pool, peer and
 * port. A line that chronyd itself would refuse is a note here: the guard must not fail to load
 * because chrony's file has an error. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "line.h"

struct tally {
	unsigned int taken, skipped, wrong;
};

static int import_access(struct ng_parser *parser, enum ng_set set)
{
	size_t first = parser->words > 1 && !strcmp(parser->word[1], "all") ? 2 : 1;

	if (parser->words > first + 1)
		return -EINVAL;
	if (parser->words > first)
		return ng_line_add(parser, set, first);
	if (set == NG_SET_ALLOW)
		ng_line_note(parser, "a bare allow serves everybody, and so does the guard");
	return ng_line_add_all(parser, set);
}

static int import_source(struct ng_parser *parser, enum ng_set set)
{
	struct ng_prefix prefix;
	const char *why;

	if (parser->words < 2)
		return -EINVAL;
	return ng_prefix_parse(parser->word[1], &prefix, &why) ? 0 : ng_line_add(parser, set, 1);
}

static int import_port(struct ng_parser *parser)
{
	long port = parser->words == 2 ? strtol(parser->word[1], NULL, 10) : -1;

	if (port < 0 || port > 65535)
		return -EINVAL;
	if (port) /* 0: chronyd serves nobody */
		parser->draft->port = (uint16_t)port;
	return 0;
}

/* 0: taken; -ENOENT: not our business; -EINVAL: chronyd would refuse it. */
static int import_line(struct ng_parser *parser)
{
	const char *word = parser->word[0];

	if (!strcasecmp(word, "allow"))
		return import_access(parser, NG_SET_ALLOW);
	if (!strcasecmp(word, "deny"))
		return import_access(parser, NG_SET_DENY);
	if (!strcasecmp(word, "server") || !strcasecmp(word, "pool"))
		return import_source(parser, NG_SET_SERVER);
	if (!strcasecmp(word, "peer"))
		return import_source(parser, NG_SET_PEER);
	if (!strcasecmp(word, "port"))
		return import_port(parser);
	return -ENOENT;
}

/* Errors of the imported file become notes: line and reason stay, the import goes on. */
static void import_lines(struct ng_parser *parser, const char *data, size_t size, struct tally *tally)
{
	while (ng_line_next(parser, &data, &size)) {
		size_t found = parser->findings->count, errors = parser->findings->errors;
		int error = ng_line_cut(parser, false);

		if (!error && !parser->words)
			continue;
		if (!error)
			error = import_line(parser);
		if (!error)
			tally->taken++;
		else if (error == -ENOENT)
			tally->skipped++;
		if (!error || error == -ENOENT)
			continue;
		tally->wrong++;
		parser->findings->count = found;
		parser->findings->errors = errors;
		ng_line_note(parser, "skipped, because chronyd takes no such line: %.*s", (int)parser->text_size,
			     parser->text);
	}
}

int ng_chrony_import(struct ng_parser *parser, const char *path)
{
	const struct ng_environment *environment = parser->environment;
	struct ng_parser *inner;
	struct tally tally = { 0 };
	size_t size;
	char *data;
	int error = environment->read ? environment->read(environment->context, path, &data, &size) : -ENOENT;

	if (error == -ENOENT || error == -ENOTDIR) {
		ng_line_note(parser, "%s is not there; nothing imported", path);
		return 0;
	}
	if (error)
		return ng_line_error(parser, 2, "%s: %s", path, strerror(-error));
	inner = calloc(1, sizeof(*inner));
	if (inner) {
		inner->draft = parser->draft;
		inner->environment = environment;
		inner->findings = parser->findings;
		inner->file = path;
		import_lines(inner, data, size, &tally);
		free(inner);
		ng_line_note(parser, "imported %u lines of %s; %u others are not the firewall's business", tally.taken,
			     path, tally.skipped);
	}
	free(data);
	return inner ? 0 : ng_line_error(parser, 0, "out of memory");
}
