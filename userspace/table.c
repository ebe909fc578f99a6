// SPDX-License-Identifier: GPL-2.0-only
#include <libsmartcols/libsmartcols.h>

#include "command.h"

struct ng_table_text *ng_table_new(const char *const *headings, size_t columns)
{
	struct libscols_table *table = scols_new_table();

	for (size_t i = 0; table && i < columns; i++) {
		int right = headings[i][0] == '>';

		scols_table_new_column(table, headings[i] + right, 0, right ? SCOLS_FL_RIGHT : 0);
	}
	return (struct ng_table_text *)table;
}

void ng_table_row(struct ng_table_text *text, const char *const *cells)
{
	struct libscols_table *table = (struct libscols_table *)text;
	struct libscols_line *line = table ? scols_table_new_line(table, NULL) : NULL;

	for (size_t i = 0; line && i < scols_table_get_ncols(table); i++)
		scols_line_set_data(line, i, cells[i]);
}

void ng_table_print(struct ng_table_text *text)
{
	struct libscols_table *table = (struct libscols_table *)text;

	if (!table)
		return;
	scols_print_table(table);
	scols_unref_table(table);
}
