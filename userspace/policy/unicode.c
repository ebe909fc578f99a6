// SPDX-License-Identifier: GPL-2.0-only
#include "unicode.h"

struct range {
	uint32_t first, last;
};

#define RANGES(table) (sizeof(table) / sizeof((table)[0]))

static bool is_in(const struct range *table, size_t count, uint32_t character)
{
	for (size_t i = 0; i < count; i++)
		if (character >= table[i].first && character <= table[i].last)
			return true;
	return false;
}

size_t ng_unicode_take(const char *at, const char *end, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)*at;
	size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

	if (!size || (size_t)(end - at) < size)
		return 0;
	*character = size == 1 ? first : first & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if (((unsigned char)at[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | ((unsigned char)at[i] & 0x3f);
	}
	if (*character < least[size] || *character > 0x10ffff || (*character >= 0xd800 && *character <= 0xdfff))
		return 0;
	return size;
}

static const struct {
	uint32_t character;
	const char *name;
	bool is_space; /* or nothing at all, to the eye */
} names[] = {
	{ 0x00a0, "a no-break space (U+00A0)", true },
	{ 0x1680, "an Ogham space (U+1680)", true },
	{ 0x2000, "a typographic space (U+2000)", true },
	{ 0x2001, "a typographic space (U+2001)", true },
	{ 0x2002, "a typographic space (U+2002)", true },
	{ 0x2003, "a typographic space (U+2003)", true },
	{ 0x2004, "a typographic space (U+2004)", true },
	{ 0x2005, "a typographic space (U+2005)", true },
	{ 0x2006, "a typographic space (U+2006)", true },
	{ 0x2007, "a figure space (U+2007)", true },
	{ 0x2008, "a typographic space (U+2008)", true },
	{ 0x2009, "a thin space (U+2009)", true },
	{ 0x200a, "a hair space (U+200A)", true },
	{ 0x200b, "a space of no width (U+200B)", true },
	{ 0x2028, "a line separator (U+2028)", true },
	{ 0x2029, "a paragraph separator (U+2029)", true },
	{ 0x202f, "a narrow no-break space (U+202F)", true },
	{ 0x205f, "a mathematical space (U+205F)", true },
	{ 0x2060, "a word joiner (U+2060)", true },
	{ 0x3000, "an ideographic, full-width space (U+3000)", true },
	{ 0xfeff, "a byte order mark (U+FEFF)", true },
	{ '"', "a quotation mark", false },
	{ '\'', "a quotation mark", false },
	{ 0x2018, "a quotation mark (U+2018)", false },
	{ 0x2019, "a quotation mark (U+2019)", false },
	{ 0x201c, "a quotation mark (U+201C)", false },
	{ 0x201d, "a quotation mark (U+201D)", false },
	{ 0xff02, "a full-width quotation mark (U+FF02)", false },
};

size_t ng_unicode_space(const char *at, const char *end)
{
	uint32_t character;
	size_t size = ng_unicode_take(at, end, &character);

	for (size_t i = 0; size && i < RANGES(names); i++)
		if (names[i].character == character && names[i].is_space)
			return size;
	return 0;
}

const char *ng_unicode_name(uint32_t character)
{
	for (size_t i = 0; i < RANGES(names); i++)
		if (names[i].character == character)
			return names[i].name;
	return NULL;
}

unsigned int ng_unicode_width(uint32_t character)
{
	static const struct range none[] = { { 0x300, 0x36f },	 { 0x200b, 0x200f }, { 0x202a, 0x202e },
					     { 0x2060, 0x2069 }, { 0x20d0, 0x20f0 }, { 0x3099, 0x309a },
					     { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff } };
	static const struct range wide[] = { { 0x1100, 0x115f },   { 0x2e80, 0x303e },	{ 0x3041, 0xa4cf },
					     { 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },	{ 0xfe30, 0xfe6f },
					     { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },	{ 0x1f300, 0x1f64f },
					     { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd } };

	if (is_in(none, RANGES(none), character))
		return 0;
	return is_in(wide, RANGES(wide), character) ? 2 : 1;
}

bool ng_unicode_is_hidden(uint32_t character)
{
	static const struct range hidden[] = { { 0x00, 0x1f },	   { 0x7f, 0xa0 },     { 0xad, 0xad },
					       { 0x61c, 0x61c },   { 0x1680, 0x1680 }, { 0x180e, 0x180e },
					       { 0x2000, 0x200f }, { 0x2028, 0x202f }, { 0x205f, 0x206f },
					       { 0x3000, 0x3000 }, { 0xfeff, 0xfeff }, { 0xe0000, 0xe0fff } };

	return is_in(hidden, RANGES(hidden), character);
}
