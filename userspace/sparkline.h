/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NTPGUARD_SPARKLINE_H
#define NTPGUARD_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>

#define NG_SPARKLINE_TEXT(columns) (3 * (columns) + 1)

/* Draws values, the oldest first, in so many columns, one or several values each (the highest counts), to the height of
 * the highest of all. Blank: there was no value yet; a dot: it was 0. `text` has NG_SPARKLINE_TEXT(columns) bytes.
 * Blocks where the terminal knows UTF-8, else digits from 1 to 8. */
void ng_sparkline(const double *values, size_t count, size_t most, size_t columns, bool utf8, char *text);

#endif
