// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "command.h"

/* A policy's canonical text, cut into lines: as they come, and sorted. */
struct lines {
	char *text;
	char **line, **sorted;
	size_t count;
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool lines_make(const struct ng_draft *draft, struct lines *lines)
{
	size_t size, at = 0;
	FILE *to = open_memstream(&lines->text, &size);

	lines->count = 0;
	lines->line = lines->sorted = NULL;
	if (!to)
		return false;
	ng_draft_print(draft, to);
	fclose(to);
	for (size_t i = 0; i < size; i++)
		lines->count += lines->text[i] == '\n';
	lines->line = calloc(lines->count + 1, sizeof(*lines->line));
	lines->sorted = calloc(lines->count + 1, sizeof(*lines->sorted));
	if (!lines->line || !lines->sorted)
		return false;
	for (size_t i = 0; i < lines->count; i++) {
		lines->line[i] = lines->text + at;
		at += strcspn(lines->text + at, "\n");
		lines->text[at++] = '\0';
	}
	memcpy(lines->sorted, lines->line, lines->count * sizeof(*lines->line));
	qsort(lines->sorted, lines->count, sizeof(*lines->sorted), compare);
	return true;
}

static void lines_free(struct lines *lines)
{
	free(lines->text);
	free(lines->line);
	free(lines->sorted);
}

static bool print_missing(char sign, const struct lines *from, const struct lines *in)
{
	bool any = false;

	for (size_t i = 0; i < from->count; i++) {
		if (bsearch(&from->line[i], in->sorted, in->count, sizeof(*in->sorted), compare))
			continue;
		printf("%c %s\n", sign, from->line[i]);
		any = true;
	}
	return any;
}

/* The same lines in another order can mean something else (chrony's allow and deny). */
static bool is_reordered(const struct lines *a, const struct lines *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->line[i], b->line[i]))
			return true;
	return false;
}

bool ng_print_diff(const struct ng_draft *before, const struct ng_draft *after)
{
	struct lines old = { 0 }, new = { 0 };
	bool any = false;

	if (lines_make(before, &old) && lines_make(after, &new)) {
		any = print_missing('-', &old, &new);
		any |= print_missing('+', &new, &old);
		if (!any && is_reordered(&old, &new)) {
			puts("! the same lines in another order");
			any = true;
		}
	}
	lines_free(&old);
	lines_free(&new);
	return any;
}
