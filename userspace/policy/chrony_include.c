// SPDX-License-Identifier: GPL-2.0-only
/* The files that a chrony.conf names, found and ordered as chronyd does. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chrony_walk.h"
#include "line.h"

/* Reads one file that a line of another names. chronyd takes a directory for an empty file. */
static void read_file(struct ng_chrony_walk *walk, const struct ng_chrony_text *from, size_t where, const char *path,
		      bool sources_only)
{
	struct ng_lint_place place = ng_chrony_place(from, where);
	struct ng_chrony_text text = { .sources_only = sources_only };
	size_t size;
	char *data;
	int error;

	if (walk->too_deep)
		return;
	if (!sources_only && walk->depth >= NG_INCLUDE_DEPTH) {
		walk->too_deep = true;
		ng_lint_tell(walk->lint, NG_LINT_ERROR, &place, NULL, false,
			     "files include each other more than %d deep; does one include itself?", NG_INCLUDE_DEPTH);
		return;
	}
	if (walk->files++ >= NG_INCLUDE_FILES)
		return;
	error = walk->environment->read ? walk->environment->read(walk->environment->context, path, &data, &size)
					: -ENOENT;
	if (error == -EISDIR)
		return;
	if (error == -ENOMEM)
		walk->lint->no_memory = true;
	else if (error)
		ng_lint_tell(walk->lint, sources_only ? NG_LINT_WARNING : NG_LINT_ERROR, &place, NULL, false,
			     "%.200s: %s", path, strerror(-error));
	if (error)
		return;
	text.place.file_number = ng_lint_file(walk->lint, path);
	text.place.file = walk->lint->file_count ? walk->lint->files[text.place.file_number] : path;
	text.next = data;
	text.end = data + size;
	walk->depth++;
	ng_chrony_walk_text(walk, &text);
	walk->depth--;
	free(data);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(base_name(*(char *const *)a), base_name(*(char *const *)b));
}

static int expand(struct ng_chrony_walk *walk, const char *pattern, char ***paths)
{
	const struct ng_environment *environment = walk->environment;

	*paths = NULL;
	if (environment->expand)
		return environment->expand(environment->context, pattern, paths);
	*paths = calloc(1, sizeof(**paths));
	if (*paths)
		(*paths)[0] = strdup(pattern);
	return *paths && (*paths)[0] ? 1 : -ENOMEM;
}

static void include(struct ng_chrony_walk *walk, struct ng_chrony_text *text, size_t where, const char *pattern)
{
	struct ng_lint_place place = ng_chrony_place(text, where);
	char **paths;
	int count = expand(walk, pattern, &paths);

	if (count == -ENOMEM)
		walk->lint->no_memory = true;
	else if (count < 0)
		ng_lint_tell(walk->lint, NG_LINT_ERROR, &place, NULL, false,
			     "%.200s: cannot be searched; chronyd refuses this unless the directory is there", pattern);
	for (int i = 0; i < count; i++) {
		read_file(walk, text, where, paths[i], false);
		free(paths[i]);
	}
	free(paths);
}

/* A directory's name is not a pattern, though chronyd's glob() takes it for one. */
static bool is_in_directory(const char *path, const char *directory)
{
	size_t size = strlen(directory);

	return !strncmp(path, directory, size) && size + 1 + strlen(base_name(path)) == strlen(path);
}

/* All paths of the directories, in the order of the directories; how many. */
static size_t list_directories(struct ng_chrony_walk *walk, char *directories, const char *suffix, char ***all)
{
	char pattern[NG_CHRONY_LINE + 16], **paths, **grown, *rest;
	size_t total = 0;

	*all = NULL;
	for (char *word = strtok_r(directories, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		int count;

		snprintf(pattern, sizeof(pattern), "%s/*%s", word, suffix);
		count = expand(walk, pattern, &paths); /* a directory that is not there holds nothing */
		grown = count > 0 ? realloc(*all, (total + (size_t)count) * sizeof(**all)) : NULL;
		*all = grown ? grown : *all;
		walk->lint->no_memory |= count == -ENOMEM || (count > 0 && !grown);
		for (int i = 0; i < count; i++) {
			if (grown && is_in_directory(paths[i], word))
				grown[total++] = paths[i];
			else
				free(paths[i]);
		}
		free(paths);
	}
	return total;
}

/* The *.conf or *.sources files of the directories, sorted by their names; of one name, the first
 * directory's only (conf.c search_dirs). */
static void read_directories(struct ng_chrony_walk *walk, struct ng_chrony_text *text, size_t where, char *directories,
			     bool sources_only)
{
	char **paths, *swap;
	size_t count = list_directories(walk, directories, sources_only ? ".sources" : ".conf", &paths);

	/* by insertion, which keeps the order of what is equal */
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j && compare_names(&paths[j - 1], &paths[j]) > 0; j--) {
			swap = paths[j];
			paths[j] = paths[j - 1];
			paths[j - 1] = swap;
		}
	for (size_t i = 0; i < count; i++)
		if (!i || compare_names(&paths[i - 1], &paths[i]))
			read_file(walk, text, where, paths[i], sources_only);
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
}

void ng_chrony_walk_files(struct ng_chrony_walk *walk, struct ng_chrony_text *text, size_t where, const char *arguments)
{
	bool sources = ng_chrony_line_is(&walk->line, "sourcedir"), confdir = ng_chrony_line_is(&walk->line, "confdir");
	char directories[NG_CHRONY_LINE + 1];
	size_t words = 1;

	strcpy(directories, arguments);
	for (const char *at = arguments; *at; at++)
		words += *at == ' ';
	if (!confdir && !sources)
		include(walk, text, where, arguments);
	else if (*arguments && words <= 10)
		read_directories(walk, text, where, directories, sources);
	else
		ng_chrony_warn(walk, text, where, "chronyd reads nothing here: it takes one to ten directories");
}
