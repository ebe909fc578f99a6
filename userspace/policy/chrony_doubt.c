// SPDX-License-Identifier: GPL-2.0-only
/* What to say of a line that chronyd takes: that chronyd does not start with it, or that it is not what
 * it seems. */
#include <string.h>

#include "chrony_walk.h"

static void doubt_number(struct ng_chrony_walk *walk, const struct ng_chrony_text *text)
{
	const struct ng_chrony_line *line = &walk->line;
	bool is_port = !strcmp(line->directive->arguments, "PORT");

	if (line->ignored)
		ng_chrony_warn(walk, text, line->place[line->ignored],
			       "chronyd reads the number up to here, and ignores the rest");
	if (is_port && (line->value > 65535 || line->value < -1))
		ng_chrony_warn(walk, text, line->place[line->arguments],
			       "this is not the number of a port; later releases refuse it");
}

/* refclock.c: the driver's name, whose case matters, and what stands behind the colons of its parameter. */
static void doubt_refclock(struct ng_chrony_walk *walk, const struct ng_chrony_text *text)
{
	static const struct {
		const char *name, *options;
	} drivers[] = {
		{ "SHM", "perm" }, { "SOCK", "" }, { "PPS", "clear" }, { "PHC", "nocrossts extpps pin channel clear" }
	};
	struct ng_chrony_line *line = &walk->line;
	size_t i, where;
	struct ng_lint_place place;
	char *option;

	line->at = line->arguments;
	where = ng_chrony_line_word(line);
	place = ng_chrony_place(text, line->place[where]);
	for (i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (!strcmp(drivers[i].name, line->word))
			break;
	if (i == sizeof(drivers) / sizeof(drivers[0])) {
		ng_lint_tell(walk->lint, NG_LINT_FATAL, &place, NULL, false,
			     "chronyd 4.3 does not start with a refclock driver that is not SHM, SOCK, PPS or PHC, in "
			     "capitals");
		return;
	}
	where = ng_chrony_line_word(line);
	for (option = strchr(line->word, ':'); option && option[1]; option = strchr(option + 1, ':')) {
		size_t size = strcspn(option + 1, ":="), known = 0;

		for (const char *at = drivers[i].options; *at; at += strspn(at, " ")) {
			known |= strcspn(at, " ") == size && !strncmp(at, option + 1, size);
			at += strcspn(at, " ");
		}
		place = ng_chrony_place(text, line->place[where + (size_t)(option + 1 - line->word)]);
		if (!known)
			ng_lint_tell(walk->lint, NG_LINT_FATAL, &place, NULL, false,
				     "chronyd does not start with this option of %s: it knows %s", drivers[i].name,
				     *drivers[i].options ? drivers[i].options : "none");
	}
}

static void doubt_access(struct ng_chrony_walk *walk, const struct ng_chrony_text *text)
{
	const struct ng_chrony_line *line = &walk->line;
	size_t where = line->place[line->arguments];
	struct ng_lint_place place = ng_chrony_place(text, where);
	char prefix[NG_PREFIX_TEXT];

	if (line->host == NG_HOST_NAME)
		ng_chrony_warn(walk, text, where,
			       "chronyd asks the DNS for this name when it starts, takes one address of it, and does "
			       "not start "
			       "without an "
			       "answer");
	else if (line->bad_subnet)
		ng_lint_tell(walk->lint, NG_LINT_FATAL, &place, NULL, false,
			     "chronyd -p takes this prefix length, but chronyd does not start with it: an IPv4 address "
			     "has 32 "
			     "bits, an IPv6 address 128");
	else if (line->odd_address)
		ng_lint_tell(walk->lint, NG_LINT_WARNING, &place, NULL, false, "chronyd takes this for the address %s",
			     ng_prefix_format(&line->prefix, prefix));
}

static void doubt_words(struct ng_chrony_walk *walk, const struct ng_chrony_text *text)
{
	struct ng_repair *repair = &walk->repair;
	size_t size = ng_chrony_trimmed(&text->place), at = ng_chrony_find_return(text->place.text, size);

	if (memchr(text->place.text, '\0', size))
		return;
	if (at < size)
		ng_chrony_warn(walk, text, at, "a CR in the midst of a line is a space, to chronyd, and ends no line");
	if (size && text->place.text[size - 1] == '\\' && walk->line.size)
		ng_chrony_warn(walk, text, size - 1,
			       "chronyd knows no continued lines: the \\ is part of the last word");
	ng_chrony_doubt(repair, text->place.text, size, text->sources_only);
	walk->lint->no_memory |= walk->repair.no_memory;
	for (size_t i = 0; i < repair->count; i++) {
		struct ng_lint_place place = ng_chrony_place(text, repair->oddity[i].at);

		ng_lint_tell(walk->lint, NG_LINT_WARNING, &place, repair->is_good ? repair->should : NULL, false, "%s",
			     repair->oddity[i].why);
	}
}

void ng_chrony_walk_doubt(struct ng_chrony_walk *walk, struct ng_chrony_text *text)
{
	if (ng_chrony_line_is(&walk->line, "refclock"))
		doubt_refclock(walk, text);
	doubt_number(walk, text);
	doubt_access(walk, text);
	doubt_words(walk, text);
}
