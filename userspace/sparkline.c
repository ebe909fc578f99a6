// SPDX-License-Identifier: GPL-2.0-only
#include "sparkline.h"

#include <string.h>

#define LEVELS 8

static double highest(const double *values, size_t count)
{
	double most = 0;

	for (size_t i = 0; i < count; i++)
		most = values[i] > most ? values[i] : most;
	return most;
}

static char *draw(char *text, double value, double scale, bool utf8)
{
	unsigned int level = value > 0 && scale > 0 ? (unsigned int)(value / scale * LEVELS + 0.5) : 0;

	if (level > LEVELS)
		level = LEVELS;
	if (value <= 0) {
		*text++ = '.';
	} else if (utf8) { /* U+2581, one eighth of a block, to U+2588, all of it */
		memcpy(text, "\xe2\x96\x81", 3);
		text[2] = (char)(0x80 | (level ? level : 1));
		text += 3;
	} else {
		*text++ = (char)('0' + (level ? level : 1));
	}
	return text;
}

void ng_sparkline(const double *values, size_t count, size_t most, size_t columns, bool utf8, char *text)
{
	size_t each = columns ? (most + columns - 1) / columns : 0, blank;
	double scale = highest(values, count);

	if (each) {
		count = count > each * columns ? each * columns : count;
		blank = columns - (count + each - 1) / each;
		memset(text, ' ', blank);
		text += blank;
		for (size_t i = 0; i < count;) {
			/* what is too few for a column of its own is the oldest */
			size_t here = (count - i - 1) % each + 1;

			text = draw(text, highest(values + i, here), scale, utf8);
			i += here;
		}
	}
	*text = '\0';
}
