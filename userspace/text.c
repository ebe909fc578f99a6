// SPDX-License-Identifier: GPL-2.0-only
/* Text that others wrote, for a terminal and for JSON. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "unicode.h"

/* Prints one character as it may be shown: what a terminal would obey or hide is written out. Returns
 * its bytes; *width becomes its columns. */
static size_t show_one(const char *at, const char *end, FILE *to, unsigned int *width)
{
	uint32_t character;
	size_t size = ng_unicode_take(at, end, &character);
	char text[16] = "";

	if (!size)
		snprintf(text, sizeof(text), "\\x%02X", (unsigned char)*at);
	else if (character < 0x80 && ng_unicode_is_hidden(character) && character != '\t')
		snprintf(text, sizeof(text), "\\x%02X", character);
	else if (character >= 0x80 && ng_unicode_is_hidden(character))
		snprintf(text, sizeof(text), "<U+%04X>", character);
	*width = *text ? (unsigned int)strlen(text) : ng_unicode_width(character);
	if (to && *text)
		fputs(text, to);
	else if (to)
		fwrite(at, 1, size, to);
	return size ? size : 1;
}

void ng_text_show(const char *text, size_t size, FILE *to)
{
	const char *end = text + size;
	unsigned int width;

	while (text < end)
		text += show_one(text, end, to, &width);
}

void ng_text_caret(const char *text, size_t size, unsigned int column, FILE *to)
{
	const char *at = text, *end = at + size, *stop = at + column - 1;
	unsigned int width;

	while (at < end && at < stop) {
		bool tab = *at == '\t';

		at += show_one(at, end, NULL, &width);
		for (; width && !tab; width--)
			fputc(' ', to);
		if (tab)
			fputc('\t', to);
	}
	fputs("^\n", to);
}

json_t *ng_text_json(const char *text, size_t size)
{
	const char *end = text + size;
	char *valid = NULL;
	size_t valid_size;
	FILE *to = open_memstream(&valid, &valid_size);
	uint32_t character;
	json_t *string;

	while (to && text < end) {
		size_t taken = ng_unicode_take(text, end, &character);

		if (taken)
			fwrite(text, 1, taken, to);
		else
			fputs("\xef\xbf\xbd", to);
		text += taken ? taken : 1;
	}
	string = to && !fclose(to) ? json_stringn(valid, valid_size) : NULL;
	free(valid);
	return string ? string : json_string("");
}
