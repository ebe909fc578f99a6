// SPDX-License-Identifier: GPL-2.0-only
/* ntpguard allow|deny|control: the lists of the policy in force. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"

/* Prefixes that an action was given, all of them legal. */
struct prefixes {
	struct ng_prefix *list;
	size_t count, room;
};

struct action {
	const char *name;
	int (*run)(struct ng_command *command, enum ng_set set);
};

static int prefixes_add(struct prefixes *prefixes, const struct ng_prefix *prefix)
{
	if (prefixes->count == prefixes->room) {
		size_t room = prefixes->room ? 2 * prefixes->room : 64;
		struct ng_prefix *grown = realloc(prefixes->list, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		prefixes->list = grown;
		prefixes->room = room;
	}
	prefixes->list[prefixes->count++] = *prefix;
	return 0;
}

/* Operands from the second on; the first names the action. */
static int take_operands(struct ng_command *command, struct prefixes *prefixes)
{
	struct ng_prefix prefix;
	const char *why;

	if (command->count < 2)
		return ng_fail_usage(command, "%s %s: which prefix?", command->verb->name, command->operands[0]);
	for (int i = 1; i < command->count; i++) {
		if (ng_prefix_parse(command->operands[i], &prefix, &why))
			return ng_fail_usage(command, "%s: %s; nothing was changed", command->operands[i], why);
		if (prefixes_add(prefixes, &prefix))
			return ng_fail_usage(command, "out of memory; nothing was changed");
	}
	return 0;
}

/* A prefix a line; # starts a comment. Every bad line is told, and then nothing is taken. */
static unsigned int take_lines(const struct ng_command *command, const char *path, char *data,
			       struct prefixes *prefixes)
{
	unsigned int line = 0, errors = 0;
	struct ng_prefix prefix;
	const char *why;

	for (char *at = data, *next; at; at = next) {
		char *word, *rest;

		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		if (line++ % 100000 == 0 && line > 1)
			ng_progress(command, "%s: %u lines read", path, line - 1);
		at[strcspn(at, "#")] = '\0';
		word = strtok_r(at, " \t\r\v\f", &rest);
		if (!word)
			continue;
		if (strtok_r(NULL, " \t\r\v\f", &rest))
			why = "one prefix a line, please";
		else if (!ng_prefix_parse(word, &prefix, &why) && !prefixes_add(prefixes, &prefix))
			continue;
		if (errors++ < NG_FINDINGS_MAX)
			fprintf(stderr, "%s:%u: %s: %s\n", path, line, word, why);
	}
	return errors;
}

static int take_file(struct ng_command *command, struct prefixes *prefixes)
{
	struct ng_fault fault;
	unsigned int errors;
	size_t size;
	char *data;
	int error;

	if (command->count != 2)
		return ng_fail_usage(command, "%s %s: one file, or - for standard input", command->verb->name,
				     command->operands[0]);
	error = ng_file_read(NULL, command->operands[1], &data, &size);
	errors = error ? 0 : take_lines(command, command->operands[1], data, prefixes);
	if (!error)
		free(data);
	if (!error && !errors)
		return 0;
	if (error)
		ng_fault(&fault, NG_EXIT_NEGATIVE, -error, "%s: %s", command->operands[1], strerror(-error));
	else
		ng_fault(&fault, NG_EXIT_NEGATIVE, EINVAL, "%s has %u bad lines", command->operands[1], errors);
	ng_fault_hint(&fault, "a file has a prefix a line, and # starts a comment; - is standard input");
	ng_fault_unchanged(&fault, "the %s list was not changed", command->verb->name);
	return ng_fail(command, &fault);
}

static int compare_prefixes(const void *a, const void *b)
{
	return ng_prefix_compare(a, b);
}

static void sort(struct prefixes *prefixes)
{
	if (prefixes->count)
		qsort(prefixes->list, prefixes->count, sizeof(*prefixes->list), compare_prefixes);
}

static bool is_among(const struct prefixes *sorted, const struct ng_prefix *prefix)
{
	return sorted->count && bsearch(prefix, sorted->list, sorted->count, sizeof(*prefix), compare_prefixes);
}

/* The prefixes that the set has, sorted. */
static int take_set(const struct ng_draft *draft, enum ng_set set, struct prefixes *prefixes)
{
	for (size_t i = 0; i < draft->entry_count; i++) {
		struct ng_prefix prefix = ng_prefix_of(&draft->entries[i]);

		if (draft->entries[i].set == set && prefixes_add(prefixes, &prefix))
			return -ENOMEM;
	}
	sort(prefixes);
	return 0;
}

/* Takes out every entry of the set that is (or, with `others`, is not) among the prefixes. */
static size_t drop(struct ng_draft *draft, enum ng_set set, const struct prefixes *sorted, bool others)
{
	size_t kept = 0, before = draft->entry_count;

	for (size_t i = 0; i < before; i++) {
		struct ng_prefix prefix = ng_prefix_of(&draft->entries[i]);

		if (draft->entries[i].set != set || is_among(sorted, &prefix) == others)
			draft->entries[kept++] = draft->entries[i];
	}
	draft->entry_count = kept;
	return before - kept;
}

struct change {
	size_t added, removed, unchanged;
	size_t covered; /* of those given: inside another one, and so without effect of their own */
};

/* How many of these, which are sorted, lie inside another, duplicates left aside. */
static size_t count_covered(const struct prefixes *sorted)
{
	const struct ng_prefix *outer = sorted->list;
	size_t covered = 0;

	for (size_t i = 1; i < sorted->count; i++) {
		const struct ng_prefix *prefix = &sorted->list[i];

		if (!ng_prefix_contains(outer, prefix))
			outer = prefix;
		else if (ng_prefix_compare(prefix, prefix - 1))
			covered++;
	}
	return covered;
}

/* An entry that is there may still be overridden by a later directive of chrony's level; then saying
 * it again must make it the later one. Looked at for a few only, as by hand. */
static bool is_overridden(const struct ng_draft *draft, enum ng_set set, const struct ng_prefix *prefix, size_t given)
{
	const struct ng_entry *decides = given > 64 ? NULL : ng_draft_access(draft, prefix);

	return decides && (set == NG_SET_ALLOW || set == NG_SET_DENY) && decides->set != set;
}

/* An allow entry takes the place of a deny entry of the same prefix, and the other way round. */
static int add_all(const struct ng_command *command, struct ng_draft *draft, enum ng_set set, struct prefixes *wanted,
		   struct change *change)
{
	uint64_t expires = command->lifetime ? (uint64_t)time(NULL) + command->lifetime : 0;
	struct prefixes had = { 0 };
	int error = take_set(draft, set, &had);

	sort(wanted);
	change->covered = count_covered(wanted);
	if (set == NG_SET_ALLOW || set == NG_SET_DENY)
		change->removed += drop(draft, set == NG_SET_ALLOW ? NG_SET_DENY : NG_SET_ALLOW, wanted, false);
	for (size_t i = 0; i < wanted->count && !error; i++) {
		const struct ng_prefix *prefix = &wanted->list[i];

		if (is_among(&had, prefix) || (i && !ng_prefix_compare(prefix, prefix - 1))) {
			if (!is_overridden(draft, set, prefix, wanted->count)) {
				change->unchanged++;
				continue;
			}
			change->removed += ng_draft_remove(draft, set, prefix);
		}
		error = ng_draft_add(draft, set, prefix, "command line", 0, expires, command->comment);
		change->added++;
	}
	free(had.list);
	return error;
}

static void say_change(const struct ng_command *command, const struct change *change, uint64_t generation)
{
	if (command->json)
		ng_print_json(json_pack("{s:I,s:I,s:I,s:I,s:I}", "added", (json_int_t)change->added, "removed",
					(json_int_t)change->removed, "unchanged", (json_int_t)change->unchanged,
					"covered", (json_int_t)change->covered, "generation", (json_int_t)generation));
	else if (!change->added && !change->removed)
		ng_say(command, "%s: unchanged; generation %llu in force", command->verb->name,
		       (unsigned long long)generation);
	else
		ng_say(command, "%s: %zu added, %zu removed, %zu unchanged; generation %llu in force",
		       command->verb->name, change->added, change->removed, change->unchanged,
		       (unsigned long long)generation);
	if (change->covered)
		ng_say(command, "%s: %zu of those given lie inside others, and were merged", command->verb->name,
		       change->covered);
}

typedef int (*edit_function)(const struct ng_command *command, struct ng_draft *draft, enum ng_set set,
			     struct prefixes *prefixes, struct change *change);

static int edit_add(const struct ng_command *command, struct ng_draft *draft, enum ng_set set,
		    struct prefixes *prefixes, struct change *change);

/* Changes a copy of the policy in force and publishes it whole. */
static int change_live(const struct ng_command *command, struct ng_loader *loader, enum ng_set set,
		       struct prefixes *prefixes, edit_function function, struct ng_fault *fault)
{
	struct change change = { 0 };
	struct ng_draft draft;
	uint64_t generation;
	int error = ng_live_draft(loader, &draft, fault);

	if (error)
		return error;
	ng_progress(command, draft.entry_count + prefixes->count > 50000 ? "merging %zu prefixes into %zu" : NULL,
		    prefixes->count, draft.entry_count);
	error = function(command, &draft, set, prefixes, &change);
	if (error)
		ng_fault(fault, NG_EXIT_KERNEL, -error, "editing the %s list: %s; it was not changed",
			 command->verb->name, strerror(-error));
	generation = ng_swap_current(loader)->generation;
	if (!error && (change.added || change.removed)) {
		ng_progress(command, draft.entry_count > 50000 ? "putting %zu prefixes in force" : NULL,
			    draft.entry_count);
		error = ng_live_publish(loader, &draft, &generation, fault);
	}
	ng_progress(command, NULL);
	if (!error)
		say_change(command, &change, generation);
	ng_draft_free(&draft);
	return error;
}

/* The door that every edit goes through. */
static int edit(struct ng_command *command, enum ng_set set, struct prefixes *prefixes, edit_function function)
{
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int error = ng_live_open(command, NG_EDIT, &loader, &fault);

	if (!error)
		error = ng_live_settled(loader, &fault);
	if (!error)
		error = change_live(command, loader, set, prefixes, function, &fault);
	if (!error && command->save)
		error = ng_policy_file_edit(set, prefixes->list, prefixes->count, function == edit_add,
					    command->comment, &fault);
	ng_loader_close(loader);
	free(prefixes->list);
	if (!error && command->lifetime)
		ng_live_later(command, command->lifetime);
	return error ? ng_fail(command, &fault) : NG_EXIT_OK;
}

static int edit_add(const struct ng_command *command, struct ng_draft *draft, enum ng_set set,
		    struct prefixes *prefixes, struct change *change)
{
	return add_all(command, draft, set, prefixes, change);
}

static int edit_del(const struct ng_command *command, struct ng_draft *draft, enum ng_set set,
		    struct prefixes *prefixes, struct change *change)
{
	(void)command;
	sort(prefixes);
	change->removed = drop(draft, set, prefixes, false);
	change->unchanged = prefixes->count > change->removed ? prefixes->count - change->removed : 0;
	return 0;
}

static int edit_replace(const struct ng_command *command, struct ng_draft *draft, enum ng_set set,
			struct prefixes *prefixes, struct change *change)
{
	sort(prefixes);
	change->removed = drop(draft, set, prefixes, true);
	return add_all(command, draft, set, prefixes, change);
}

static int edit_operands(struct ng_command *command, enum ng_set set, edit_function function)
{
	struct prefixes prefixes = { 0 };
	int exit = take_operands(command, &prefixes);

	if (!exit)
		return edit(command, set, &prefixes, function);
	free(prefixes.list);
	return exit;
}

static int edit_file(struct ng_command *command, enum ng_set set, edit_function function)
{
	struct prefixes prefixes = { 0 };
	int exit = take_file(command, &prefixes);

	if (!exit)
		return edit(command, set, &prefixes, function);
	free(prefixes.list);
	return exit;
}

static int run_add(struct ng_command *command, enum ng_set set)
{
	if (command->duration && ng_duration_parse(command->duration, &command->lifetime))
		return ng_fail_usage(command, "--for %s: must be a time such as 90s, 10m, 1h or 7d", command->duration);
	if (command->lifetime && command->save)
		return ng_fail_usage(command, "--for and --save: what expires is not saved");
	return edit_operands(command, set, edit_add);
}

static int run_del(struct ng_command *command, enum ng_set set)
{
	return edit_operands(command, set, edit_del);
}

static int run_import(struct ng_command *command, enum ng_set set)
{
	return edit_file(command, set, edit_add);
}

static int run_replace(struct ng_command *command, enum ng_set set)
{
	return edit_file(command, set, edit_replace);
}

static int run_flush(struct ng_command *command, enum ng_set set)
{
	struct prefixes none = { 0 };

	if (command->count != 1)
		return ng_fail_usage(command, "%s flush takes no prefix", command->verb->name);
	return edit(command, set, &none, edit_replace);
}

static json_t *entry_json(const struct ng_draft *draft, const struct ng_entry *entry, const char *prefix)
{
	json_t *expires = entry->expires ? json_integer((json_int_t)entry->expires) : json_null();

	return json_pack("{s:s,s:s,s:o}", "prefix", prefix, "comment", ng_draft_text(draft, entry->comment), "expires",
			 expires);
}

static void print_line(const struct ng_entry *entry, const char *prefix, const char *comment)
{
	time_t expires = (time_t)entry->expires;
	char until[40] = "";

	if (expires)
		strftime(until, sizeof(until), " (until %Y-%m-%d %H:%M:%S)", localtime(&expires));
	printf("%s%s%s%s\n", prefix, *comment || expires ? " # " : "", comment, until);
}

/* As a list for people and programs, or (export) as lines that import takes. */
static void print_entries(const struct ng_command *command, const struct ng_draft *draft, enum ng_set set)
{
	json_t *list = command->json ? json_array() : NULL;

	for (size_t i = 0; i < draft->entry_count; i++) {
		const struct ng_entry *entry = &draft->entries[i];
		struct ng_prefix prefix = ng_prefix_of(entry);
		const char *comment = ng_draft_text(draft, entry->comment);
		char text[NG_PREFIX_TEXT];

		if (entry->set != set)
			continue;
		ng_prefix_format(&prefix, text);
		if (list)
			json_array_append_new(list, entry_json(draft, entry, text));
		else
			print_line(entry, text, comment);
	}
	if (list)
		ng_print_json(json_pack("{s:o}", "entries", list));
}

static int run_list(struct ng_command *command, enum ng_set set)
{
	struct ng_draft draft;
	int exit;

	if (command->count != 1)
		return ng_fail_usage(command, "%s %s takes no prefix", command->verb->name, command->operands[0]);
	exit = ng_live_read(command, &draft);
	if (exit)
		return exit;
	print_entries(command, &draft, set);
	ng_draft_free(&draft);
	return NG_EXIT_OK;
}

static bool test_one(const struct ng_draft *draft, enum ng_set set, const struct ng_prefix *address, const char *word)
{
	bool access = set == NG_SET_ALLOW || set == NG_SET_DENY;
	const struct ng_entry *entry = access ? ng_draft_access(draft, address) : ng_draft_match(draft, set, address);
	char text[NG_PREFIX_TEXT];
	struct ng_prefix prefix;

	if (!entry) {
		printf("%s: not listed\n", word);
		return false;
	}
	prefix = ng_prefix_of(entry);
	printf("%s: %s %s\n", word, ng_set_labels[entry->set], ng_prefix_format(&prefix, text));
	return entry->set == set;
}

static int run_test(struct ng_command *command, enum ng_set set)
{
	struct prefixes prefixes = { 0 };
	struct ng_draft draft;
	int exit = take_operands(command, &prefixes);

	if (!exit)
		exit = ng_live_read(command, &draft);
	if (!exit) {
		for (size_t i = 0; i < prefixes.count; i++)
			if (!test_one(&draft, set, &prefixes.list[i], command->operands[i + 1]))
				exit = NG_EXIT_NEGATIVE;
		ng_draft_free(&draft);
	}
	free(prefixes.list);
	return exit;
}

static const struct action actions[] = {
	{ "add", run_add },	  { "del", run_del },	      { "list", run_list },   { "test", run_test },
	{ "import", run_import }, { "replace", run_replace }, { "export", run_list }, { "flush", run_flush },
};

int ng_cmd_list(struct ng_command *command)
{
	enum ng_set set = NG_SET_ALLOW;

	while (strcmp(ng_set_labels[set], command->verb->name))
		set++;
	for (size_t i = 0; command->count && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(command->operands[0], actions[i].name))
			return actions[i].run(command, set);
	return ng_fail_usage(command, "%s: say add, del, list, test, import, replace, export or flush",
			     command->verb->name);
}
