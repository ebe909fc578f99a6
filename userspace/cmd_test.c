// SPDX-License-Identifier: GPL-2.0-only
/* ntpguard test: what would happen to a packet, and by which line of the policy. The verdict is
 * judgement.c's. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "judgement.h"
#include "ntp_wire.h"
#include "snapshot.h"

struct question {
	unsigned long mode, length;
};

/* The entry that decides a packet of this mode from this address; NULL: none. */
static const struct ng_entry *decider(const struct ng_draft *draft, const struct ng_prefix *address, unsigned long mode)
{
	const struct ng_entry *entry = NULL;

	switch (mode) {
	case NTP_MODE_PRIVATE: return ng_draft_match(draft, NG_SET_PRIVATE, address);
	case NTP_MODE_CONTROL: return ng_draft_match(draft, NG_SET_CONTROL, address);
	case NTP_MODE_PASSIVE:
	case NTP_MODE_SERVER:
	case NTP_MODE_BROADCAST: entry = ng_draft_match(draft, NG_SET_SERVER, address); break;
	default: entry = ng_draft_access(draft, address);
	}
	if (!entry && mode != NTP_MODE_CLIENT && mode != NTP_MODE_RESERVED)
		entry = ng_draft_match(draft, NG_SET_PEER, address);
	return entry;
}

/* Whether it was the sender's address, and so this entry, that decided. */
static bool by_source(enum ng_verdict verdict, const struct ng_entry *entry)
{
	if (verdict == NG_V_REPLY_LISTED)
		return entry->set == NG_SET_SERVER || entry->set == NG_SET_PEER;
	return verdict != NG_V_INTERNAL && verdict != NG_V_FRAGMENT && verdict != NG_V_MALFORMED;
}

/* The directive that decided, in the policy's own words, and where it stands. */
static void name_rule(const struct ng_draft *draft, const struct ng_entry *decides, enum ng_verdict verdict, char *rule,
		      size_t rule_size, char *source, size_t source_size)
{
	bool by_default =
		verdict == NG_V_NOT_ALLOWED || verdict == NG_V_REQUEST_DEFAULT || verdict == NG_V_REQUEST_IN_LIMIT;
	const char *file = draft->file;
	char text[NG_PREFIX_TEXT];
	struct ng_prefix prefix;

	snprintf(source, source_size, "built in");
	snprintf(rule, rule_size, "%s", ng_verdict_texts[verdict].sentence);
	if (by_default) {
		snprintf(rule, rule_size, "default %s", ng_default_labels[draft->default_action]);
		if (draft->default_line)
			snprintf(source, source_size, "%s:%d", file, draft->default_line);
	} else if (verdict == NG_V_UNSOLICITED) {
		snprintf(rule, rule_size, "replies %s (passes if this host asked for it)",
			 draft->replies == NG_REPLIES_LISTED ? "listed" : "solicited");
	} else if (decides && by_source(verdict, decides)) {
		prefix = ng_prefix_of(decides);
		snprintf(rule, rule_size, "%s %s", ng_set_labels[decides->set], ng_prefix_format(&prefix, text));
		if (decides->file)
			file = ng_draft_text(draft, decides->file);
		snprintf(source, source_size, decides->line ? "%s:%u" : "%s", file, decides->line);
	}
}

static bool answer(const struct ng_command *command, const struct ng_draft *draft, const struct ng_policy *image,
		   const char *word, const struct ng_prefix *address, const struct question *question)
{
	const struct ng_entry *decides = decider(draft, address, question->mode);
	enum ng_verdict verdict = ng_judgement(image, address, question->mode, question->length);
	const struct ng_verdict_text *text = &ng_verdict_texts[verdict];
	const char *fate = text->drops ? "drop" : "pass";
	char rule[160], source[NG_FILE_MAX + 16];

	name_rule(draft, decides, verdict, rule, sizeof(rule), source, sizeof(source));
	if (command->json)
		ng_print_json(json_pack("{s:s,s:s,s:s,s:s,s:s}", "address", word, "verdict", fate, "reason",
					text->label, "rule", rule, "source", source));
	else
		printf("%s: %s (%s), by: %s (%s)\n", word, fate, text->label, rule, source);
	return !text->drops;
}

static int take_question(struct ng_command *command, struct question *question)
{
	char *end;

	*question = (struct question){ .mode = NTP_MODE_CLIENT, .length = NTP_LENGTH_MIN };
	if (command->mode) {
		question->mode = strtoul(command->mode, &end, 10);
		if (!*command->mode || *end || question->mode > NTP_MODE_PRIVATE)
			return ng_fail_usage(command, "--mode %s: must be an NTP mode, 0 to 7", command->mode);
	}
	if (command->length) {
		question->length = strtoul(command->length, &end, 10);
		if (!*command->length || *end || question->length > 65507)
			return ng_fail_usage(command, "--length %s: must be 0 to 65507 bytes of UDP payload",
					     command->length);
	}
	return 0;
}

/* Every operand must be an address before any is answered. */
static int take_addresses(struct ng_command *command, struct ng_prefix *addresses)
{
	const char *why;

	for (int i = 0; i < command->count; i++) {
		const char *word = command->operands[i];

		if (ng_prefix_parse(word, &addresses[i], &why))
			return ng_fail_usage(command, "%s: %s", word, why);
		if (addresses[i].length != ng_prefix_bits[addresses[i].family])
			return ng_fail_usage(command, "%s: one address, not a prefix", word);
	}
	return 0;
}

static int read_policy(struct ng_command *command, struct ng_draft *draft)
{
	struct ng_fault fault;

	if (!command->policy)
		return ng_live_read(command, draft);
	return ng_source_read(command, command->policy, draft, &fault) ? ng_fail(command, &fault) : 0;
}

int ng_cmd_test(struct ng_command *command)
{
	struct ng_prefix *addresses = calloc((size_t)command->count + 1, sizeof(*addresses));
	struct ng_policy *image = NULL;
	struct ng_draft draft = { 0 };
	struct question question;
	int exit = NG_EXIT_OK;

	if (!command->count || !addresses)
		exit = ng_fail_usage(command, "test: which address?");
	if (!exit)
		exit = take_question(command, &question);
	if (!exit)
		exit = take_addresses(command, addresses);
	if (!exit)
		exit = read_policy(command, &draft);
	if (!exit) {
		image = ng_compile(&draft);
		for (int i = 0; image && i < command->count; i++)
			if (!answer(command, &draft, image, command->operands[i], &addresses[i], &question))
				exit = NG_EXIT_NEGATIVE;
	}
	free(image);
	ng_draft_free(&draft);
	free(addresses);
	return exit;
}
