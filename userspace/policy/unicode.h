/* SPDX-License-Identifier: GPL-2.0-only */
/* The little of Unicode that is needed to say what is odd in a line: one character at a time. */
#ifndef NTPGUARD_UNICODE_H
#define NTPGUARD_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The character at `at`, which is before `end`; its length in bytes, or 0 where the bytes are not
 * UTF-8 (overlong forms and surrogates are not). */
size_t ng_unicode_take(const char *at, const char *end, uint32_t *character);

/* The length of a space that is one to people and not to isspace() of the C locale, or of a byte
 * order mark or another character without width; 0: something else stands there. */
size_t ng_unicode_space(const char *at, const char *end);

/* What people call it, such as "an ideographic space (U+3000)"; for those that ng_unicode_space()
 * knows, and for the quotation marks. NULL: another character. */
const char *ng_unicode_name(uint32_t character);

/* Columns that a terminal gives it: 0, 1 or 2. */
unsigned int ng_unicode_width(uint32_t character);

/* Whether a terminal would obey it, or show nothing: controls, spaces that look like others,
 * characters without width, marks that turn the direction of writing. */
bool ng_unicode_is_hidden(uint32_t character);

#endif
