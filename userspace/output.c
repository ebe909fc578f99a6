// SPDX-License-Identifier: GPL-2.0-only
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS 80

static const char *const codes[] = {
	[NG_PLAIN] = "", [NG_GREEN] = "\033[32m", [NG_YELLOW] = "\033[33m", [NG_RED] = "\033[31m"
};

bool ng_output_has_colours(const struct ng_command *command)
{
	const char *unwanted = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return !command->no_color && !(unwanted && *unwanted) && isatty(STDOUT_FILENO) && terminal &&
	       strcmp(terminal, "dumb") != 0;
}

static struct winsize window(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		size = (struct winsize){ 0 };
	return size;
}

size_t ng_output_columns(void)
{
	size_t columns = window().ws_col;

	return columns ? columns : COLUMNS;
}

size_t ng_output_rows(void)
{
	return window().ws_row;
}

size_t ng_output_fitting(const char *text, size_t columns)
{
	size_t size = strlen(text), at = columns;

	if (size <= columns)
		return size;
	while (at && text[at] != ' ')
		at--;
	return at ? at : columns;
}

static void put(const char *text, size_t size, enum ng_colour colour, size_t coloured)
{
	size_t first = colour == NG_PLAIN ? 0 : coloured < size ? coloured : size;

	if (first) {
		fputs(codes[colour], stdout);
		ng_text_show(text, first, stdout);
		fputs("\033[0m", stdout);
	}
	ng_text_show(text + first, size - first, stdout);
	putchar('\n');
}

size_t ng_output_paragraph(const char *label, const char *text, enum ng_colour colour, size_t coloured)
{
	size_t indent = strlen(label), columns = ng_output_columns(), lines = 0, length;

	do {
		printf("%*s", (int)indent, lines ? "" : label);
		length = ng_output_fitting(text, columns > 2 * indent ? columns - indent : indent);
		put(text, length, colour, coloured);
		coloured -= length < coloured ? length : coloured;
		text += length + strspn(text + length, " ");
		lines++;
	} while (*text);
	return lines;
}

const char *ng_figure(double number, char text[NG_FIGURE_TEXT])
{
	static const char units[] = " kMGTPE";
	size_t unit = 0;

	if (number < 99999.5) {
		snprintf(text, NG_FIGURE_TEXT, "%.0f", number);
		return text;
	}
	for (; number >= 999.5 && unit + 2 < sizeof(units); unit++)
		number /= 1000;
	snprintf(text, NG_FIGURE_TEXT, "%.*f%c", number < 9.995 ? 2 : number < 99.95 ? 1 : 0, number, units[unit]);
	return text;
}
