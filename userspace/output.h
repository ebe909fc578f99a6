/* SPDX-License-Identifier: GPL-2.0-only */
/* Standard output: what it can show, and text laid out for it. */
#ifndef NTPGUARD_OUTPUT_H
#define NTPGUARD_OUTPUT_H

#include "command.h"

enum ng_colour { NG_PLAIN, NG_GREEN, NG_YELLOW, NG_RED };

/* Colours are for terminals only, and not where the user (--no-color, NO_COLOR) or the terminal does not want them. */
bool ng_output_has_colours(const struct ng_command *command);

/* Columns; 80 where it is no terminal. Rows; 0 where it is no terminal, which has no end. */
size_t ng_output_columns(void);
size_t ng_output_rows(void);

/* How much of the text, in bytes, fits into so many columns: whole words if possible. */
size_t ng_output_fitting(const char *text, size_t columns);

/* A paragraph that starts with the label, `colour` on its first `coloured` bytes of text, broken at spaces, with
 * further lines below the first one's text. What a terminal would obey is written out. Returns how many
 * lines it took. */
size_t ng_output_paragraph(const char *label, const char *text, enum ng_colour colour, size_t coloured);

/* A number in at most five characters: 99999, 123k, 1.23M. `text` is returned. */
#define NG_FIGURE_TEXT 32
const char *ng_figure(double number, char text[NG_FIGURE_TEXT]);

#endif
