// SPDX-License-Identifier: GPL-2.0-only
/* The compiled list's answers, for accheck.py: reads policy lines, a line "--", addresses, a line
 * "--", and so on; prints allow or deny for each address, by the tables that the kernel gets, and
 * stops with a complaint where the policy's own account (which `ntpguard test` shows) differs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

/* Lines up to "--", as one text; NULL at the end of input. */
static char *read_block(size_t *size)
{
	static char *block, *line;
	static size_t line_room;
	FILE *to = open_memstream(&block, size);
	ssize_t length;

	while ((length = getline(&line, &line_room, stdin)) > 0 && strcmp(line, "--\n"))
		fputs(line, to);
	fclose(to);
	if (length > 0)
		return block;
	free(block);
	free(line);
	return NULL;
}

static struct ng_policy *compile(struct ng_draft *draft, const char *text, size_t size)
{
	struct ng_environment none = { 0 };
	struct ng_findings findings;

	ng_draft_init(draft);
	if (ng_policy_parse(draft, "oracle.policy", text, size, &none, &findings)) {
		ng_findings_print(&findings, stderr);
		exit(2);
	}
	ng_findings_free(&findings);
	return ng_compile(draft);
}

static void answer(const struct ng_draft *draft, const struct ng_policy *image, const char *word)
{
	struct ng_prefix address;
	const char *why;

	if (ng_prefix_parse(word, &address, &why)) {
		fprintf(stderr, "%s: %s\n", word, why);
		exit(2);
	}
	uint32_t class = ng_image_class(image, &address);
	const struct ng_entry *entry = ng_draft_access(draft, &address);

	if (!!(class & NG_CLASS_ALLOW) != (entry && entry->set == NG_SET_ALLOW)) {
		fprintf(stderr, "%s: table says class %u, ng_draft_access another\n", word, class);
		exit(1);
	}
	puts(class & NG_CLASS_ALLOW ? "allow" : "deny");
}

int main(void)
{
	struct ng_draft draft;
	char *text;
	size_t size;

	while ((text = read_block(&size))) {
		struct ng_policy *image = compile(&draft, text, size);
		char *addresses, *rest, *word;

		free(text);
		addresses = read_block(&size);
		word = addresses ? strtok_r(addresses, "\n", &rest) : NULL;
		for (; word && image; word = strtok_r(NULL, "\n", &rest))
			answer(&draft, image, word);
		free(addresses);
		free(image);
		ng_draft_free(&draft);
		fflush(stdout);
	}
	return 0;
}
