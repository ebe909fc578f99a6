// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as a chrony.conf that is linted and mended: no crash; what chronyd takes is left alone;
 * mending comes to an end, after which nothing is left to mend. Every file that it includes is itself;
 * a first byte of S makes it one of a sourcedir. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chrony_lint.h"

#define ROUNDS 8 /* as many as the command gives it */

struct file {
	const char *data;
	size_t size;
	unsigned int reads; /* few: most lines are wrong, and wrong lines take long */
};

static int read_file(void *context, const char *path, char **data, size_t *size)
{
	struct file *file = context;

	(void)path;
	if (file->reads++ > 3)
		return -ENOENT;
	*data = calloc(1, file->size + 1);
	if (!*data)
		return -ENOMEM;
	memcpy(*data, file->data, file->size);
	*size = file->size;
	return 0;
}

static void check_findings(const struct ng_lint *lint)
{
	if (!ng_lint_is_refused(lint) != !lint->counts[NG_LINT_ERROR])
		abort();
	for (size_t i = 0; i < lint->count; i++) {
		const struct ng_lint_place *place = &lint->list[i].place;

		if (!place->line || !place->column || place->column > place->text_size + 1 || !*lint->list[i].message)
			abort();
	}
}

/* One round; the text that it makes, or NULL when nothing is left to mend. */
static char *mend(const char *name, const char *data, size_t *size)
{
	struct file file = { .data = data, .size = *size };
	struct ng_environment environment = { .read = read_file, .context = &file };
	struct ng_lint lint;
	char *fixed;

	ng_chrony_lint(&lint, name, data, *size, &environment);
	check_findings(&lint);
	if (lint.fixes && strstr(name, ".conf") && !ng_lint_is_refused(&lint))
		abort();
	fixed = lint.fixed;
	*size = fixed ? lint.fixed_size : *size;
	lint.fixed = NULL;
	ng_lint_free(&lint);
	return fixed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *name = size && *data == 'S' ? "fuzz.sources" : "chrony.conf";
	size_t left = size && *data == 'S' ? size - 1 : size;
	char *text = calloc(1, left + 1), *next;
	int round;

	if (!text)
		return 0;
	memcpy(text, data + (size - left), left);
	for (round = 0; round <= ROUNDS; round++) {
		next = mend(name, text, &left);
		if (!next)
			break;
		free(text);
		text = next;
	}
	if (round > ROUNDS)
		abort();
	free(text);
	return 0;
}
