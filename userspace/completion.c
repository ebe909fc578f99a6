// SPDX-License-Identifier: GPL-2.0-only
/* ntpguard completion: the shells' scripts, and the words that they ask for. What may stand where is read from the
 * usage of the verb: options, their values, literals, and metavariables such as IFACE. */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "snapshot.h"

extern const char ng_completion_bash[], ng_completion_zsh[]; /* script.S */

#define WORD 128 /* bytes of a usage's longest word */

/* A command line as far as it was typed; its last word is to be completed. */
struct typed {
	const struct ng_command *command;
	const struct ng_verb *verb;
	char **words;
	int count;
	const char *current;
	const char *before; /* what precedes each candidate: "--policy=" */
};

static void offer(const struct typed *typed, const char *candidate)
{
	if (!strncmp(candidate, typed->current, strlen(typed->current)))
		printf("%s%s\n", typed->before, candidate);
}

/* ---- what metavariables stand for ---- */

static void offer_interfaces(const struct typed *typed)
{
	struct if_nameindex *names = if_nameindex();

	for (struct if_nameindex *at = names; at && at->if_index; at++)
		offer(typed, at->if_name);
	if_freenameindex(names);
}

static void offer_policies(const struct typed *typed)
{
	for (size_t i = 0; ng_builtin_policy_name(i); i++)
		offer(typed, ng_builtin_policy_name(i));
}

static void offer_verbs(const struct typed *typed)
{
	for (size_t i = 0; i < ng_verb_count; i++)
		if (*ng_verbs[i].name)
			offer(typed, ng_verbs[i].name);
}

/* Of the list that the verb is named for, as it is in force; none where nothing is loaded or to be read. */
static void offer_prefixes(const struct typed *typed)
{
	struct ng_loader *loader = NULL;
	char text[NG_PREFIX_TEXT];
	struct ng_draft draft;
	struct ng_fault fault;

	if (ng_loader_open(&loader, typed->command->bpffs, NG_READ, &fault) || ng_live_draft(loader, &draft, &fault)) {
		ng_loader_close(loader);
		return;
	}
	for (size_t i = 0; i < draft.entry_count; i++) {
		struct ng_prefix prefix = ng_prefix_of(&draft.entries[i]);

		if (strcmp(ng_set_labels[draft.entries[i].set], typed->verb->name))
			continue;
		ng_prefix_format(&prefix, text);
		offer(typed, text);
	}
	ng_draft_free(&draft);
	ng_loader_close(loader);
}

static void offer_modes(const struct typed *typed)
{
	offer(typed, "auto");
	offer(typed, "native");
	offer(typed, "generic");
}

static void offer_times(const struct typed *typed)
{
	offer(typed, "60s");
	offer(typed, "10m");
	offer(typed, "1h");
	offer(typed, "1d");
}

/* One, or several with commas between them: what stands before the last comma stays. */
static void offer_reasons(const struct typed *typed)
{
	const char *comma = strrchr(typed->current, ',');
	int before = comma ? (int)(comma + 1 - typed->current) : 0;
	char list[512];

	for (int i = 0; i < NG_VERDICTS; i++) {
		snprintf(list, sizeof(list), "%.*s%s", before, typed->current, ng_verdict_texts[i].label);
		offer(typed, list);
	}
}

static void offer_files(const struct typed *typed)
{
	(void)typed;
	puts("<files>");
}

static const struct {
	const char *name;
	void (*offer)(const struct typed *typed);
} metavariables[] = {
	{ "IFACE", offer_interfaces }, { "NAME", offer_policies }, { "FILE", offer_files },
	{ "FILE.pcap", offer_files },  { "DIR", offer_files },	   { "VERB", offer_verbs },
	{ "PREFIX", offer_prefixes },  { "MODE", offer_modes },	   { "TIME", offer_times },
	{ "REASON", offer_reasons },
};

/* ---- usages ---- */

/* The next word of a usage without its brackets; false at the end. "..." sets `repeats`. */
static bool next_word(const char **usage, char word[WORD], bool *repeats)
{
	size_t size = 0;

	*usage += strspn(*usage, " ");
	*repeats = false;
	for (; **usage && **usage != ' '; ++*usage) {
		if (!strncmp(*usage, "...", 3)) {
			*repeats = true;
			*usage += 2;
		} else if (!strchr("[]", **usage) && size < WORD - 1) {
			word[size++] = **usage;
		}
	}
	word[size] = '\0';
	return size || *repeats;
}

/* A word of a usage is literals and metavariables with | between them. */
static bool has_literal(const char *word, const char *literal)
{
	size_t size = strlen(literal);

	for (const char *at = word; at; at = strchr(at, '|')) {
		at += *at == '|';
		if (!strncmp(at, literal, size) && (!at[size] || at[size] == '|'))
			return true;
	}
	return false;
}

static void offer_word(const struct typed *typed, char *word)
{
	char *rest = NULL;

	for (char *part = strtok_r(word, "|", &rest); part; part = strtok_r(NULL, "|", &rest)) {
		bool is_known = false;

		for (size_t i = 0; i < sizeof(metavariables) / sizeof(metavariables[0]); i++)
			if (!strcmp(part, metavariables[i].name)) {
				metavariables[i].offer(typed);
				is_known = true;
			}
		if (!is_known && *part >= 'a' && *part <= 'z')
			offer(typed, part);
	}
}

/* How a usage and the user name an option. */
static bool is_named(const struct ng_option *option, const char *word)
{
	size_t size = strcspn(word, "=");

	if (*word != '-')
		return false;
	if (word[1] != '-')
		return option->letter && word[1] == option->letter && !word[2];
	return strlen(option->name) == size - 2 && !strncmp(word + 2, option->name, size - 2);
}

static const struct ng_option *find_option(const char *word)
{
	for (int i = 0; i < NG_OPTIONS; i++)
		if (is_named(&ng_options[i], word))
			return &ng_options[i];
	return NULL;
}

/* The options of every verb are in no usage: of these only --bpffs has a value. */
static void offer_value(const struct typed *typed, const struct ng_option *option)
{
	const char *usage = typed->verb ? typed->verb->arguments : "";
	char word[WORD];
	bool repeats;

	while (next_word(&usage, word, &repeats))
		if (is_named(option, word) && next_word(&usage, word, &repeats)) {
			offer_word(typed, word);
			return;
		}
	if (option == &ng_options[NG_NUMBER_BPFFS])
		offer_files(typed);
}

static void offer_options(const struct typed *typed)
{
	uint64_t bits = NG_OPTION_EVERY | (typed->verb ? typed->verb->options : 0);
	char name[32];

	for (int i = 0; i < NG_OPTIONS; i++) {
		snprintf(name, sizeof(name), "--%s", ng_options[i].name);
		if (bits & 1ULL << i)
			offer(typed, name);
	}
}

static bool is_literal(const char *word)
{
	return !strpbrk(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/* What may follow these operands; a usage has alternatives with a lone | between them. */
static void offer_operand(const struct typed *typed, char **operands, int count)
{
	const char *usage = typed->verb->arguments;
	bool repeats, fits = true;
	char word[WORD];
	int at = 0;

	while (next_word(&usage, word, &repeats)) {
		const struct ng_option *option = find_option(word);

		if (!strcmp(word, "|")) {
			at = 0;
			fits = true;
		} else if (option) {
			if (option->has_value)
				next_word(&usage, word, &repeats);
		} else if (at < count && !repeats) {
			fits = fits && (!is_literal(word) || has_literal(word, operands[at]));
			at++;
		} else if (fits && at <= count) {
			offer_word(typed, word);
			at = count + 1;
		}
	}
}

/* ---- command lines ---- */

/* Finds the verb, its operands, and the option whose value is to be completed, if it is one. */
static const struct ng_option *take_words(struct typed *typed, char **operands, int *count)
{
	const struct ng_option *option = NULL;

	*count = 0;
	for (int i = 0; i < typed->count - 1; i++) {
		const char *word = typed->words[i];
		bool is_value = option;

		option = is_value ? NULL : find_option(word);
		if (option && (!option->has_value || strchr(word, '=')))
			option = NULL;
		if (is_value || *word == '-')
			continue;
		if (typed->verb)
			operands[(*count)++] = typed->words[i];
		else
			typed->verb = ng_verb_find(word);
	}
	return option;
}

static int complete(const struct ng_command *command)
{
	struct typed typed = { .command = command, .words = command->operands + 1, .count = command->count - 1 };
	char **operands = calloc((size_t)command->count, sizeof(*operands));
	const struct ng_option *option;
	char before[64] = "";
	int count;

	if (!operands)
		return NG_EXIT_KERNEL;
	typed.current = typed.count ? typed.words[typed.count - 1] : "";
	typed.before = before;
	option = take_words(&typed, operands, &count);
	if (!option && *typed.current == '-' && strchr(typed.current, '=')) {
		option = find_option(typed.current);
		snprintf(before, sizeof(before), "%.*s", (int)strcspn(typed.current, "=") + 1, typed.current);
		typed.current = strchr(typed.current, '=') + 1;
	}
	if (option)
		offer_value(&typed, option);
	else if (*typed.current == '-')
		offer_options(&typed);
	else if (typed.verb)
		offer_operand(&typed, operands, count);
	else
		offer_verbs(&typed);
	free(operands);
	return NG_EXIT_OK;
}

int ng_cmd_completion(struct ng_command *command)
{
	const char *what = command->count ? command->operands[0] : "";

	if (!strcmp(what, "words"))
		return complete(command);
	if (command->count == 1 && !strcmp(what, "bash"))
		fputs(ng_completion_bash, stdout);
	else if (command->count == 1 && !strcmp(what, "zsh"))
		fputs(ng_completion_zsh, stdout);
	else
		return ng_fail_usage(command, "completion: for bash or for zsh?");
	return NG_EXIT_OK;
}
