// SPDX-License-Identifier: GPL-2.0-only
/* Arguments that are words and numbers. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "chrony_shape.h"

/* ---- words ---- */

static size_t count_words(const struct ng_chrony_line *line)
{
	size_t count = line->arguments < line->size;

	for (size_t i = line->arguments; i < line->size; i++)
		count += line->text[i] == ' ';
	return count;
}

/* Where this argument begins, from 0 on; the end of the line where there are not so many. */
static size_t argument(const struct ng_chrony_line *line, size_t number)
{
	size_t at = line->arguments;

	for (; number && at < line->size; at++)
		number -= line->text[at] == ' ';
	return at;
}

bool ng_chrony_want_words(struct ng_chrony_line *line, size_t least, size_t most)
{
	size_t words = count_words(line);
	const struct ng_chrony_directive *directive = line->directive;

	if (words < least)
		return ng_chrony_line_fail(line, line->size, "something is missing: %s %s", directive->word,
					   directive->arguments);
	if (words > most && !*directive->arguments)
		return ng_chrony_line_fail(line, argument(line, most), "%s takes no argument", directive->word);
	if (words > most)
		return ng_chrony_line_fail(line, argument(line, most), "this is too much: %s %s", directive->word,
					   directive->arguments);
	return true;
}

bool ng_chrony_no_number(struct ng_chrony_line *line)
{
	return ng_chrony_line_fail(line, line->at, "a number must stand here: %s %s", line->directive->word,
				   line->directive->arguments);
}

/* A number that is a word of its own may end in what chronyd ignores. */
static bool take_rest(struct ng_chrony_line *line, int n)
{
	line->at += (size_t)n;
	if (line->at < line->size && line->text[line->at] != ' ' && !line->ignored)
		line->ignored = line->at;
	return true;
}

/* ---- shapes of one word, or none ---- */

bool ng_chrony_take_nothing(struct ng_chrony_line *line)
{
	return ng_chrony_want_words(line, 0, 0);
}

/* conf.c CNF_ParseLine looks no further. */
bool ng_chrony_take_retired(struct ng_chrony_line *line)
{
	(void)line;
	return true;
}

/* Only in the rows of newer releases, which are refused before. */
bool ng_chrony_take_unknown(struct ng_chrony_line *line)
{
	return ng_chrony_line_fail(line, 0, "%s is too new for chrony 4.3", line->directive->word);
}

bool ng_chrony_take_string(struct ng_chrony_line *line)
{
	return ng_chrony_want_words(line, 1, 1);
}

bool ng_chrony_take_integer(struct ng_chrony_line *line)
{
	int n = 0;

	if (!ng_chrony_want_words(line, 1, 1))
		return false;
	return NG_CHRONY_SCAN(line, "%d", &line->value, &n) ? take_rest(line, n) : ng_chrony_no_number(line);
}

bool ng_chrony_take_port(struct ng_chrony_line *line)
{
	return ng_chrony_take_integer(line);
}

bool ng_chrony_take_number(struct ng_chrony_line *line)
{
	double value;
	int n = 0;

	if (!ng_chrony_want_words(line, 1, 1))
		return false;
	return NG_CHRONY_SCAN(line, "%lf", &value, &n) ? take_rest(line, n) : ng_chrony_no_number(line);
}

bool ng_chrony_take_size(struct ng_chrony_line *line)
{
	unsigned long value;
	int n = 0;

	if (!ng_chrony_want_words(line, 1, 1))
		return false;
	return NG_CHRONY_SCAN(line, "%lu", &value, &n) ? take_rest(line, n) : ng_chrony_no_number(line);
}

/* ---- several numbers in one format ---- */

bool ng_chrony_take_integers(struct ng_chrony_line *line)
{
	int least, most;

	if (!ng_chrony_want_words(line, 2, 2))
		return false;
	return sscanf(line->text + line->at, "%d %d", &least, &most) == 2 || ng_chrony_no_number(line);
}

bool ng_chrony_take_makestep(struct ng_chrony_line *line)
{
	double threshold;
	int updates;

	if (!ng_chrony_want_words(line, 2, 2))
		return false;
	return sscanf(line->text + line->at, "%lf %d", &threshold, &updates) == 2 || ng_chrony_no_number(line);
}

bool ng_chrony_take_maxchange(struct ng_chrony_line *line)
{
	double offset;
	int start, ignore;

	if (!ng_chrony_want_words(line, 3, 3))
		return false;
	return sscanf(line->text + line->at, "%lf %d %d", &offset, &start, &ignore) == 3 || ng_chrony_no_number(line);
}

bool ng_chrony_take_mailonchange(struct ng_chrony_line *line)
{
	double threshold;
	int n = 0;

	if (!ng_chrony_want_words(line, 2, 2))
		return false;
	ng_chrony_line_word(line);
	return NG_CHRONY_SCAN(line, "%lf", &threshold, &n) ? take_rest(line, n) : ng_chrony_no_number(line);
}

bool ng_chrony_take_smoothtime(struct ng_chrony_line *line)
{
	double frequency, wander;
	size_t third = argument(line, 2);

	if (!ng_chrony_want_words(line, 2, 3))
		return false;
	if (sscanf(line->text + line->at, "%lf %lf", &frequency, &wander) != 2)
		return ng_chrony_no_number(line);
	if (line->text[third] && strcasecmp(line->text + third, "leaponly"))
		return ng_chrony_line_fail(line, third, "must be leaponly");
	return true;
}

bool ng_chrony_take_tempcomp(struct ng_chrony_line *line)
{
	size_t words = count_words(line);
	double value[5];
	int n = 0;

	if (words != 3 && !ng_chrony_want_words(line, 6, 6))
		return false;
	ng_chrony_line_word(line);
	if (words == 3)
		return NG_CHRONY_SCAN(line, "%lf", &value[0], &n) || ng_chrony_no_number(line);
	return sscanf(line->text + line->at, "%lf %lf %lf %lf %lf", &value[0], &value[1], &value[2], &value[3],
		      &value[4]) == 5 ||
	       ng_chrony_no_number(line);
}

bool ng_chrony_take_ntstrustedcerts(struct ng_chrony_line *line)
{
	uint32_t set;
	int n = 0;

	if (!ng_chrony_want_words(line, 1, 2))
		return false;
	return count_words(line) == 1 || NG_CHRONY_SCAN(line, "%" SCNu32, &set, &n) || ng_chrony_no_number(line);
}

/* Further words are names that chronyd asks the DNS for; what cannot be resolved is a warning there. */
bool ng_chrony_take_initstepslew(struct ng_chrony_line *line)
{
	double threshold;
	int n = 0;

	if (!NG_CHRONY_SCAN(line, "%lf", &threshold, &n))
		return ng_chrony_no_number(line);
	return true;
}

/* ---- one of several words ---- */

/* The rest of the line is compared whole, so a second word is wrong, too. */
static bool take_choice(struct ng_chrony_line *line, const char *const *legal)
{
	for (; *legal; legal++)
		if (!strcasecmp(line->text + line->at, *legal))
			return true;
	return ng_chrony_line_fail(line, line->at, "one word must stand here: %s %s", line->directive->word,
				   line->directive->arguments);
}

bool ng_chrony_take_authselectmode(struct ng_chrony_line *line)
{
	return take_choice(line, (const char *const[]){ "require", "prefer", "mix", "ignore", NULL });
}

bool ng_chrony_take_leapsecmode(struct ng_chrony_line *line)
{
	return take_choice(line, (const char *const[]){ "system", "slew", "step", "ignore", NULL });
}

/* The one list of words in which chronyd minds the case (conf.c parse_log). */
bool ng_chrony_take_log(struct ng_chrony_line *line)
{
	static const char *const legal[] = { "measurements", "rawmeasurements", "refclocks", "rtc",
					     "selection",    "statistics",	"tempcomp",  "tracking" };
	size_t where, i;

	while (line->text[line->at]) {
		where = ng_chrony_line_word(line);
		for (i = 0; i < sizeof(legal) / sizeof(legal[0]); i++)
			if (!strcmp(line->word, legal[i]))
				break;
		if (i == sizeof(legal) / sizeof(legal[0]))
			return ng_chrony_line_fail(
				line, where,
				"%.60s is nothing to log: measurements, rawmeasurements, refclocks, rtc, "
				"selection, statistics, "
				"tempcomp, tracking, in small letters",
				line->word);
	}
	return true;
}

/* ---- files ---- */

bool ng_chrony_take_include(struct ng_chrony_line *line)
{
	return ng_chrony_want_words(line, 1, 1);
}

bool ng_chrony_take_confdir(struct ng_chrony_line *line)
{
	return ng_chrony_want_words(line, 1, 10); /* conf.c MAX_CONF_DIRS */
}

/* Any number of directories is taken, and with none or more than ten nothing is read. */
bool ng_chrony_take_sourcedir(struct ng_chrony_line *line)
{
	(void)line;
	return true;
}
