// SPDX-License-Identifier: GPL-2.0-only
/* The findings of lint: a list that grows, in order, nothing twice. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "chrony_lint.h"

/* A file that is included twice is found wanting once. */
static bool is_known(const struct ng_lint *lint, enum ng_lint_severity severity, const struct ng_lint_place *place,
		     const char *message)
{
	for (size_t i = 0; i < lint->count; i++) {
		const struct ng_lint_finding *finding = &lint->list[i];

		if (finding->severity == severity && finding->place.file_number == place->file_number &&
		    finding->place.line == place->line && finding->place.column == place->column &&
		    !strcmp(finding->message, message))
			return true;
	}
	return false;
}

static struct ng_lint_finding *new_finding(struct ng_lint *lint)
{
	size_t room = lint->room ? 2 * lint->room : 16;
	struct ng_lint_finding *grown;

	if (lint->count == lint->room) {
		grown = realloc(lint->list, room * sizeof(*grown));
		if (!grown) {
			lint->no_memory = true;
			return NULL;
		}
		lint->list = grown;
		lint->room = room;
	}
	return &lint->list[lint->count];
}

void ng_lint_tell(struct ng_lint *lint, enum ng_lint_severity severity, const struct ng_lint_place *place,
		  const char *should, bool is_fixed, const char *format, ...)
{
	struct ng_lint_finding *finding;
	char message[512], *text;
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (is_known(lint, severity, place, message))
		return;
	lint->counts[severity]++;
	finding = lint->count < NG_LINT_MAX ? new_finding(lint) : NULL;
	if (!finding)
		return;
	*finding = (struct ng_lint_finding){ .severity = severity, .place = *place, .is_fixed = is_fixed };
	finding->message = strdup(message);
	finding->should = should ? strdup(should) : NULL;
	text = malloc(place->text_size + 1);
	if (!finding->message || !text || (should && !finding->should)) {
		free(finding->message);
		free(finding->should);
		free(text);
		lint->no_memory = true;
		return;
	}
	if (place->text_size)
		memcpy(text, place->text, place->text_size);
	text[place->text_size] = '\0';
	finding->place.text = text;
	lint->count++;
}

unsigned int ng_lint_file(struct ng_lint *lint, const char *name)
{
	char **grown, *copy;

	for (size_t i = 0; i < lint->file_count; i++)
		if (!strcmp(lint->files[i], name))
			return (unsigned int)i;
	grown = realloc(lint->files, (lint->file_count + 1) * sizeof(*grown));
	if (grown)
		lint->files = grown;
	copy = grown ? strdup(name) : NULL;
	lint->no_memory |= !copy;
	if (!copy)
		return 0;
	lint->files[lint->file_count] = copy;
	return (unsigned int)lint->file_count++;
}

static int compare(const void *a, const void *b)
{
	const struct ng_lint_place *one = &((const struct ng_lint_finding *)a)->place;
	const struct ng_lint_place *other = &((const struct ng_lint_finding *)b)->place;

	if (one->file_number != other->file_number)
		return one->file_number < other->file_number ? -1 : 1;
	if (one->line != other->line)
		return one->line < other->line ? -1 : 1;
	if (one->column != other->column)
		return one->column < other->column ? -1 : 1;
	return strcmp(((const struct ng_lint_finding *)a)->message, ((const struct ng_lint_finding *)b)->message);
}

void ng_lint_sort(struct ng_lint *lint)
{
	if (lint->count)
		qsort(lint->list, lint->count, sizeof(*lint->list), compare);
}

bool ng_lint_is_refused(const struct ng_lint *lint)
{
	return lint->counts[NG_LINT_ERROR] != 0;
}

bool ng_lint_is_good(const struct ng_lint *lint)
{
	return !lint->counts[NG_LINT_ERROR] && !lint->counts[NG_LINT_FATAL];
}

void ng_lint_free(struct ng_lint *lint)
{
	for (size_t i = 0; i < lint->count; i++) {
		free(lint->list[i].message);
		free(lint->list[i].should);
		free((char *)lint->list[i].place.text);
	}
	for (size_t i = 0; i < lint->file_count; i++)
		free(lint->files[i]);
	free(lint->list);
	free(lint->files);
	free(lint->fixed);
	memset(lint, 0, sizeof(*lint));
}
