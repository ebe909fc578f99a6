// SPDX-License-Identifier: GPL-2.0-only
#include "chrony_line.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "chrony_shape.h"
#include "line.h"

static const struct ng_chrony_directive directives[] = {
#define NG_CHRONY(word, shape, arguments, since) { word, ng_chrony_take_##shape, arguments, since },
#define NG_CHRONY_OPTION(set, word, kind, since)
#include "chrony_directives.def"
#undef NG_CHRONY_OPTION
#undef NG_CHRONY
};
#define DIRECTIVES (sizeof(directives) / sizeof(directives[0]))

const struct ng_chrony_directive *ng_chrony_directive_find(const char *word)
{
	for (size_t i = 0; i < DIRECTIVES; i++)
		if (!strcasecmp(directives[i].word, word))
			return &directives[i];
	return NULL;
}

const struct ng_chrony_directive *ng_chrony_directive_near(const char *word)
{
	const struct ng_chrony_directive *near = NULL;
	size_t nearest = 3, length = strlen(word);

	for (size_t i = 0; i < DIRECTIVES; i++) {
		size_t own = strlen(directives[i].word), distance = nearest;

		if (own < length + nearest && length < own + nearest) /* else too far at a glance */
			distance = ng_word_distance(word, directives[i].word);
		if (distance < nearest && distance < own) {
			nearest = distance;
			near = &directives[i];
		}
	}
	return near;
}

void ng_chrony_line_read(struct ng_chrony_line *line, const char *raw, size_t size)
{
	bool space = true;

	line->size = line->arguments = line->at = 0;
	line->directive = NULL;
	for (size_t i = 0; i < size && raw[i]; i++) {
		bool is_space = ng_is_space(raw[i]);

		if (!line->size && strchr("!;#%", raw[i]))
			break;
		if (!is_space || !space) {
			line->place[line->size] = (uint16_t)i;
			line->text[line->size++] = is_space ? ' ' : raw[i];
		}
		space = is_space;
	}
	if (line->size && line->text[line->size - 1] == ' ')
		line->size--;
	line->text[line->size] = '\0';
	/* what is missing is missing behind the last word */
	line->place[line->size] = (uint16_t)(line->size ? line->place[line->size - 1] + 1 : 0);
}

size_t ng_chrony_line_word(struct ng_chrony_line *line)
{
	const char *text = line->text;
	size_t start = line->at, end;

	while (text[start] == ' ')
		start++;
	end = start + strcspn(text + start, " ");
	memcpy(line->word, text + start, end - start);
	line->word[end - start] = '\0';
	line->at = end + (text[end] == ' ');
	return start;
}

bool ng_chrony_line_fail(struct ng_chrony_line *line, size_t where, const char *format, ...)
{
	va_list args;

	line->wrong = where;
	va_start(args, format);
	vsnprintf(line->why, sizeof(line->why), format, args);
	va_end(args);
	return false;
}

bool ng_chrony_line_is(const struct ng_chrony_line *line, const char *word)
{
	return line->directive && !strcmp(line->directive->word, word);
}

static bool no_directive(struct ng_chrony_line *line)
{
	/* people who come from ntpd bring its words */
	static const char *const ntpd[] = { "restrict", "disable",    "enable",	  "tinker", "tos",	   "filegen",
					    "statsdir", "statistics", "leapfile", "fudge",  "includefile", "crypto" };
	const struct ng_chrony_directive *near;

	for (size_t i = 0; i < sizeof(ntpd) / sizeof(ntpd[0]); i++)
		if (!strcasecmp(line->word, ntpd[i]))
			return ng_chrony_line_fail(line, 0,
						   "%s is a directive of ntpd's ntp.conf; chrony has none of that name",
						   line->word);
	near = ng_chrony_directive_near(line->word);
	if (near)
		return ng_chrony_line_fail(line, 0, "chrony has no directive %.100s; did you mean %s?", line->word,
					   near->word);
	return ng_chrony_line_fail(line, 0, "chrony has no directive %.100s", line->word);
}

bool ng_chrony_line_parse(struct ng_chrony_line *line)
{
	bool sources_only = line->sources_only;

	memset(&line->directive, 0, sizeof(*line) - offsetof(struct ng_chrony_line, directive));
	line->at = 0;
	if (!line->size)
		return true;
	ng_chrony_line_word(line);
	line->arguments = line->at;
	line->directive = ng_chrony_directive_find(line->word);
	if (!line->directive)
		return no_directive(line);
	if (sources_only && !ng_chrony_line_is(line, "server") && !ng_chrony_line_is(line, "pool") &&
	    !ng_chrony_line_is(line, "peer"))
		return ng_chrony_line_fail(line, 0,
					   "a .sources file holds server, pool and peer lines; chronyd skips %s",
					   line->directive->word);
	if (line->directive->since)
		return ng_chrony_line_fail(line, 0, "%s is known since chrony %u.%u; 4.3 refuses it",
					   line->directive->word, line->directive->since / 100,
					   line->directive->since / 10 % 10);
	return line->directive->take(line);
}
