/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of figures: some are only told, some have bounds. */
#ifndef NTPGUARD_LIMITS_TABLE_H
#define NTPGUARD_LIMITS_TABLE_H

void table_title(const char *title);

/* A row: what it is (format), the figure and its unit. */
void table_tell(double figure, const char *unit, const char *format, ...) __attribute__((format(printf, 3, 4)));
void table_between(double figure, double least, double most, const char *unit, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void table_at_most(double figure, double most, const char *unit, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void table_at_least(double figure, double least, const char *unit, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The last line: how many figures with bounds hold them. The exit status. */
int table_finish(unsigned int skipped);

#endif
