// SPDX-License-Identifier: GPL-2.0-only
/* Arguments that are options, each with what must follow it. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "chrony_shape.h"
#include "line.h"

#define STRATUM_END 16 /* the first that is none; ntp.h NTP_MAX_STRATUM */
#define EXTFIELD 0xF323 /* the one experimental field of chrony 4.3; ntp.h NTP_EF_EXP1 */

static bool option_flag(struct ng_chrony_line *line)
{
	(void)line;
	return true;
}

static bool option_newer(struct ng_chrony_line *line)
{
	(void)line;
	return false;
}

static bool option_tai(struct ng_chrony_line *line)
{
	line->tai = true;
	return true;
}

static bool option_int(struct ng_chrony_line *line)
{
	int value, n = 0;
	bool good = NG_CHRONY_SCAN(line, "%d", &value, &n);

	line->value = good ? value : -1;
	line->at += (size_t)n;
	return good;
}

static bool option_double(struct ng_chrony_line *line)
{
	double value;
	int n = 0;
	bool good = NG_CHRONY_SCAN(line, "%lf", &value, &n);

	line->at += (size_t)n;
	return good;
}

static bool option_uint(struct ng_chrony_line *line)
{
	uint32_t value;
	int n = 0;
	bool good = NG_CHRONY_SCAN(line, "%" SCNu32, &value, &n);

	line->at += (size_t)n;
	return good;
}

/* Key 0 is chrony's mark for no key. */
static bool option_key(struct ng_chrony_line *line)
{
	uint32_t value;
	int n = 0;
	bool good = NG_CHRONY_SCAN(line, "%" SCNu32, &value, &n) && value;

	line->at += (size_t)n;
	return good;
}

static bool option_extfield(struct ng_chrony_line *line)
{
	uint32_t value;
	int n = 0;
	bool good = NG_CHRONY_SCAN(line, "%" SCNx32, &value, &n) && value == EXTFIELD;

	line->at += (size_t)n;
	return good;
}

static bool option_stratum(struct ng_chrony_line *line)
{
	return option_int(line) && line->value > 0 && line->value < STRATUM_END;
}

static bool option_stratum0(struct ng_chrony_line *line)
{
	return option_int(line) && line->value >= 0 && line->value < STRATUM_END;
}

/* Up to four bytes; what is longer is read as the next option. */
static bool option_refid(struct ng_chrony_line *line)
{
	char value[5];
	int n = 0;
	bool good = NG_CHRONY_SCAN(line, "%4s", value, &n);

	line->at += (size_t)n;
	return good;
}

static bool option_rxfilter(struct ng_chrony_line *line)
{
	char value[5] = "";
	int n = 0;
	bool good = NG_CHRONY_SCAN(line, "%4s", value, &n);

	line->at += (size_t)n;
	return good && (!strcasecmp(value, "none") || !strcasecmp(value, "ntp") || !strcasecmp(value, "ptp") ||
			!strcasecmp(value, "all"));
}

enum set { source, refclock, hwtimestamp, local, ratelimit };

static const struct option {
	enum set set;
	const char *word;
	bool (*take)(struct ng_chrony_line *line);
	unsigned int since;
} options[] = {
#define NG_CHRONY(word, shape, arguments, since)
#define NG_CHRONY_OPTION(set, word, kind, since) { set, word, option_##kind, since },
#include "chrony_directives.def"
#undef NG_CHRONY_OPTION
#undef NG_CHRONY
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

static const struct option *find_option(enum set set, const char *word)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].set == set && !strcasecmp(options[i].word, word))
			return &options[i];
	return NULL;
}

static bool no_option(struct ng_chrony_line *line, enum set set, size_t where)
{
	const char *near = NULL;
	size_t nearest = 3;

	for (size_t i = 0; i < OPTIONS; i++) {
		size_t distance = options[i].set == set ? ng_word_distance(line->word, options[i].word) : nearest;

		if (distance < nearest && distance + 1 < strlen(options[i].word)) {
			nearest = distance;
			near = options[i].word;
		}
	}
	if (near)
		return ng_chrony_line_fail(line, where, "%s has no option %.100s; did you mean %s?",
					   line->directive->word, line->word, near);
	return ng_chrony_line_fail(line, where, "%s has no option %.100s", line->directive->word, line->word);
}

/* What a number leaves over of its word is the next option, to chronyd. */
static bool take_options(struct ng_chrony_line *line, enum set set)
{
	while (line->text[line->at]) {
		size_t where = ng_chrony_line_word(line), value = line->at;
		const struct option *option = find_option(set, line->word);

		if (!option)
			return no_option(line, set, where);
		if (option->since)
			return ng_chrony_line_fail(
				line, where, "the option %s of %s is known since chrony %u.%u; 4.3 refuses it",
				option->word, line->directive->word, option->since / 100, option->since / 10 % 10);
		if (!option->take(line))
			return ng_chrony_line_fail(line, value, "%s: what must follow it does not", option->word);
	}
	return true;
}

bool ng_chrony_take_source(struct ng_chrony_line *line)
{
	if (!ng_chrony_want_words(line, 1, SIZE_MAX))
		return false;
	ng_chrony_line_word(line);
	return take_options(line, source);
}

bool ng_chrony_take_refclock(struct ng_chrony_line *line)
{
	if (!ng_chrony_want_words(line, 2, SIZE_MAX))
		return false;
	ng_chrony_line_word(line);
	ng_chrony_line_word(line);
	return take_options(line, refclock);
}

bool ng_chrony_take_hwtimestamp(struct ng_chrony_line *line)
{
	if (!ng_chrony_want_words(line, 1, SIZE_MAX))
		return false;
	ng_chrony_line_word(line);
	return take_options(line, hwtimestamp);
}

bool ng_chrony_take_local(struct ng_chrony_line *line)
{
	return take_options(line, local);
}

bool ng_chrony_take_ratelimit(struct ng_chrony_line *line)
{
	return take_options(line, ratelimit);
}
