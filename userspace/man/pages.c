// SPDX-License-Identifier: GPL-2.0-only
/* Makes a manual page (mdoc): copies a template, and puts a table of the program's own where a line says .\" @NAME@. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "metrics.h"
#include "snapshot.h"
#include "version.h"

/* Text as roff wants it: nothing that starts a request, no escape, and each sentence on a line of its own. */
static void put_text(const char *text)
{
	char before = '\n';

	for (; *text; before = *text++) {
		bool starts = before == '\n', ends = strchr(".?!", before) && *text == ' ';

		if (starts && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		fputs(*text == '\\' ? "\\e" : ends ? "\n" : (const char[]){ *text, '\0' }, stdout);
	}
	putchar('\n');
}

/* In quotation marks, as a macro's argument. */
static void put_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++)
		fputs(*text == '"' ? "\"\"" : *text == '\\' ? "\\e" : (const char[]){ *text, '\0' }, stdout);
	putchar('"');
}

static void begin_list(const char *width)
{
	printf(".Bl -tag -width %s\n", width);
}

/* An item whose head is a word, and what may follow it. */
static void put_item(const char *word, const char *arguments, const char *text)
{
	char head[512];

	snprintf(head, sizeof(head), "%s%s%s", word, *arguments ? " " : "", arguments);
	fputs(".It Ic ", stdout);
	put_quoted(head);
	putchar('\n');
	put_text(text);
}

static void put_verbs(void)
{
	begin_list("Ds");
	for (size_t i = 0; i < ng_verb_count; i++) {
		put_item(*ng_verbs[i].name ? ng_verbs[i].name : "(none)", ng_verbs[i].arguments, ng_verbs[i].sentence);
		if (ng_verbs[i].more) {
			puts(".Pp");
			put_text(ng_verbs[i].more);
		}
	}
	puts(".El");
}

static void put_exits(void)
{
	begin_list("9n");
	/* what the numbers mean */
#define NG_EXIT_CODE(number, id, label, sentence) put_item(#number, "", sentence " (in JSON: " label ")");
#include "exits.def"
#undef NG_EXIT_CODE
	puts(".El");
}

static void put_verdicts(void)
{
	char head[64];

	begin_list("request_in_limit");
	for (int i = 0; i < NG_VERDICTS; i++) {
		snprintf(head, sizeof(head), "(%s, %s)", ng_verdict_texts[i].drops ? "drop" : "pass",
			 ng_verdict_texts[i].in && ng_verdict_texts[i].out ? "both ways"
			 : ng_verdict_texts[i].in			   ? "in"
									   : "out");
		put_item(ng_verdict_texts[i].label, head, ng_verdict_texts[i].sentence);
	}
	puts(".El");
}

static void put_directives(void)
{
	begin_list("Ds");
#define NG_DIRECTIVE(word, parser, arguments, sentence) put_item(word, arguments, sentence);
#include "directives.def"
#undef NG_DIRECTIVE
	puts(".El");
}

static void put_settings(void)
{
	begin_list("Ds");
#define NG_SETTING(word, taker, arguments, sentence, field) put_item(word, arguments, sentence);
#include "ntpguardd/settings.def"
#undef NG_SETTING
	puts(".El");
}

static void put_metrics(void)
{
	begin_list("Ds");
#define NG_FAMILY(id, name, type, unit, help) put_item(name, "", help);
#include "metrics.def"
#undef NG_FAMILY
	puts(".El");
}

/* The first sentence of a policy's own comment: "# vps: a host that\n# serves nobody. More." */
static void first_sentence(const char *text, char *sentence, size_t size)
{
	size_t used = 0;

	text += strcspn(text, ":") + 1;
	text += strspn(text, " ");
	for (; *text && used < size - 1; text++) {
		if (*text == '.' && (text[1] == ' ' || text[1] == '\n'))
			break;
		sentence[used++] = *text == '\n' ? ' ' : *text;
		if (*text == '\n')
			text += strspn(text + 1, "# ");
	}
	sentence[used] = '\0';
}

static void put_policies(void)
{
	char sentence[512];
	size_t size;

	begin_list("public-server");
	for (size_t i = 0; ng_builtin_policy_name(i); i++) {
		first_sentence(ng_builtin_policy(ng_builtin_policy_name(i), &size), sentence, sizeof(sentence));
		put_item(ng_builtin_policy_name(i), "", sentence);
	}
	puts(".El");
}

static const struct {
	const char *name;
	void (*put)(void);
} tables[] = {
	{ "VERBS", put_verbs },		  { "EXITS", put_exits },	{ "VERDICTS", put_verdicts },
	{ "DIRECTIVES", put_directives }, { "SETTINGS", put_settings }, { "METRICS", put_metrics },
	{ "POLICIES", put_policies },
};

/* False: the line asks for a table that there is not. */
static bool put_line(char *line)
{
	char *name = strncmp(line, ".\\\" @", 5) ? NULL : line + 5;

	if (!name) {
		fputs(line, stdout);
		return true;
	}
	name[strcspn(name, "@\n")] = '\0';
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(tables[i].name, name)) {
			tables[i].put();
			return true;
		}
	fprintf(stderr, "there is no table %s\n", name);
	return false;
}

int main(void)
{
	char line[1024];

	while (fgets(line, sizeof(line), stdin))
		if (!put_line(line))
			return 1;
	return fflush(stdout) ? 1 : 0;
}
