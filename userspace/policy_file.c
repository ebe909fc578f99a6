// SPDX-License-Identifier: GPL-2.0-only
/* Editing the policy file in place: comments, order and everything else stay as they are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "paths.h"

struct edit {
	enum ng_set set;
	const struct ng_prefix *prefixes;
	size_t count;
	const char *comment;
};

/* Whether the line is this set's directive for one of the prefixes (number in *which) or, if it is
 * the set's at all, *of_set. */
static bool names(const struct edit *edit, const char *line, size_t size, size_t *which, bool *of_set)
{
	char copy[256], *word, *prefix_word, *rest;
	struct ng_prefix prefix;
	const char *why;

	*of_set = false;
	if (size >= sizeof(copy))
		return false;
	memcpy(copy, line, size);
	copy[size] = '\0';
	copy[strcspn(copy, "#")] = '\0';
	word = strtok_r(copy, " \t\r\n", &rest);
	prefix_word = word ? strtok_r(NULL, " \t\r\n", &rest) : NULL;
	*of_set = word && !strcasecmp(word, ng_set_labels[edit->set]);
	if (!*of_set || !prefix_word || ng_prefix_parse(prefix_word, &prefix, &why))
		return false;
	for (*which = 0; *which < edit->count; ++*which)
		if (!ng_prefix_compare(&edit->prefixes[*which], &prefix))
			return true;
	return false;
}

static void write_line(const struct edit *edit, size_t which, FILE *to)
{
	char text[NG_PREFIX_TEXT];

	fprintf(to, "%s %s%s%s\n", ng_set_labels[edit->set], ng_prefix_format(&edit->prefixes[which], text),
		edit->comment ? " # " : "", edit->comment ? edit->comment : "");
}

/* Length of the line at `at`, its newline included. */
static size_t line_size(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return (size_t)((newline ? newline + 1 : end) - at);
}

/* New lines go behind the last of their kind, or to the end. */
static void write_added(const struct edit *edit, const char *data, size_t size, FILE *to)
{
	const char *end = data + size, *place = NULL;
	bool *there = calloc(edit->count + 1, sizeof(*there));
	size_t which = 0;
	bool of_set;

	for (const char *at = data; at < end; at += line_size(at, end)) {
		if (names(edit, at, line_size(at, end), &which, &of_set) && there)
			there[which] = true;
		if (of_set)
			place = at + line_size(at, end);
	}
	if (!place)
		place = end;
	fwrite(data, 1, (size_t)(place - data), to);
	if (place > data && place[-1] != '\n')
		fputc('\n', to);
	for (which = 0; which < edit->count; which++)
		if (there && !there[which])
			write_line(edit, which, to);
	fwrite(place, 1, (size_t)(end - place), to);
	free(there);
}

static void write_removed(const struct edit *edit, const char *data, size_t size, FILE *to)
{
	const char *end = data + size;
	size_t which;
	bool of_set;

	for (const char *at = data; at < end; at += line_size(at, end))
		if (!names(edit, at, line_size(at, end), &which, &of_set))
			fwrite(at, 1, line_size(at, end), to);
}

static int read_policy(char **data, size_t *size)
{
	const char *text;
	int error = ng_file_read(NULL, NG_POLICY_FILE, data, size);

	if (error != -ENOENT)
		return error;
	text = ng_builtin_policy("vps", size);
	*data = text ? strdup(text) : NULL;
	return *data ? 0 : -ENOMEM;
}

int ng_policy_file_edit(enum ng_set set, const struct ng_prefix *prefixes, size_t count, bool add, const char *comment,
			struct ng_fault *fault)
{
	struct edit edit = { .set = set, .prefixes = prefixes, .count = count, .comment = comment };
	char *data, *edited = NULL;
	size_t size, edited_size;
	FILE *to;
	int error = read_policy(&data, &size);

	if (!error) {
		to = open_memstream(&edited, &edited_size);
		if (to && add)
			write_added(&edit, data, size, to);
		else if (to)
			write_removed(&edit, data, size, to);
		error = !to || fclose(to) ? -ENOMEM : 0;
		if (!error && (edited_size != size || memcmp(edited, data, size)))
			error = ng_file_replace(NG_POLICY_FILE, edited, edited_size, 0644);
		free(edited);
		free(data);
	}
	if (!error)
		return 0;
	ng_fault(fault, error == -EACCES || error == -EPERM ? NG_EXIT_PERMISSION : NG_EXIT_KERNEL, -error, "%s: %s",
		 NG_POLICY_FILE, strerror(-error));
	ng_fault_unchanged(fault, "the file is as it was; the edit is live until the last interface is unloaded");
	if (error == -ENOENT)
		ng_fault_hint(fault, "make its directory first");
	return error;
}
