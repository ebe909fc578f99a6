// SPDX-License-Identifier: GPL-2.0-only
#include "chrony_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JUDGED_MAX 4096

static const struct ng_prefix everything[] = { { .family = NG_IPV4 }, { .family = NG_IPV6 } };

void ng_chrony_facts_init(struct ng_chrony_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	for (int i = 0; i < 2; i++)
		ng_draft_init(&facts->rules[i].draft);
}

void ng_chrony_facts_free(struct ng_chrony_facts *facts)
{
	for (int i = 0; i < NG_FACTS; i++)
		free((char *)facts->place[i].text);
	for (int i = 0; i < 2; i++) {
		for (size_t j = 0; j < facts->rules[i].count; j++)
			free((char *)facts->rules[i].places[j].text);
		free(facts->rules[i].places);
		ng_draft_free(&facts->rules[i].draft);
	}
}

/* ---- taking note ---- */

static int keep(struct ng_lint_place *kept, const struct ng_lint_place *place)
{
	char *text = malloc(place->text_size + 1);

	if (!text)
		return -ENOMEM;
	memcpy(text, place->text, place->text_size); /* a NUL byte may be among them */
	text[place->text_size] = '\0';
	*kept = *place;
	kept->text = text;
	return 0;
}

static int note(struct ng_chrony_facts *facts, enum ng_chrony_fact fact, const struct ng_chrony_line *line,
		const struct ng_lint_place *place)
{
	free((char *)facts->place[fact].text);
	facts->place[fact].text = NULL;
	facts->value[fact] = line->value;
	return keep(&facts->place[fact], place);
}

static int add_rule(struct ng_chrony_rules *rules, const struct ng_chrony_line *line, const struct ng_lint_place *place)
{
	enum ng_set set = strstr(line->directive->word, "allow") ? NG_SET_ALLOW : NG_SET_DENY;
	uint8_t flags = line->all ? NG_ENTRY_ALL : 0;
	size_t room = rules->room ? 2 * rules->room : 16;
	unsigned int number = (unsigned int)rules->count;
	struct ng_lint_place *grown;

	if (line->host == NG_HOST_NAME || line->bad_subnet)
		return 0;
	if (rules->count == rules->room) {
		grown = realloc(rules->places, room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		rules->places = grown;
		rules->room = room;
	}
	if (keep(&rules->places[rules->count], place))
		return -ENOMEM;
	rules->count++;
	if (line->host == NG_HOST_PREFIX)
		return ng_draft_add_flags(&rules->draft, set, &line->prefix, NULL, number, NULL, flags);
	if (ng_draft_add_flags(&rules->draft, set, &everything[0], NULL, number, NULL, flags))
		return -ENOMEM;
	return ng_draft_add_flags(&rules->draft, set, &everything[1], NULL, number, NULL, flags);
}

int ng_chrony_facts_add(struct ng_chrony_facts *facts, const struct ng_chrony_line *line,
			const struct ng_lint_place *place)
{
	static const char *const words[] = { "ratelimit", "ntsratelimit",  "cmdratelimit", "noclientlog",
					     "rtcsync",	  "rtcfile",	   "leapsectz",	   "port",
					     "cmdport",	  "sched_priority" };
	const char *word = line->directive->word;

	if (line->host)
		return add_rule(&facts->rules[*word == 'c'], line, place);
	if (line->tai)
		return note(facts, NG_FACT_TAI, line, place);
	if (!strcmp(word, "bindcmdaddress") && line->text[line->arguments] != '/')
		return note(facts, NG_FACT_BINDCMDADDRESS, line, place);
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i]))
			return note(facts, (enum ng_chrony_fact)i, line, place);
	return 0;
}

/* ---- judging ---- */

/* "line 7", or "FILE:7" where it is another file's. */
static const char *name_of(const struct ng_lint_place *place, const struct ng_lint_place *from, char *text, size_t size)
{
	if (place->file_number == from->file_number)
		snprintf(text, size, "line %u", place->line);
	else
		snprintf(text, size, "%.80s:%u", place->file, place->line);
	return text;
}

static bool has(const struct ng_chrony_facts *facts, enum ng_chrony_fact fact)
{
	return facts->place[fact].line != 0;
}

/* clientlog.c CLG_Initialise, rtc.c RTC_Initialise, refclock.c RCL_AddRefclock, sys_posix.c: what stops a
 * chronyd that starts. */
static void judge_start(const struct ng_chrony_facts *facts, struct ng_lint *lint)
{
	const struct ng_lint_place *place = &facts->place[NG_FACT_SCHED_PRIORITY];
	char name[100];

	for (int i = NG_FACT_RATELIMIT; i <= NG_FACT_CMDRATELIMIT && has(facts, NG_FACT_NOCLIENTLOG); i++)
		if (has(facts, (enum ng_chrony_fact)i))
			ng_lint_tell(lint, NG_LINT_FATAL, &facts->place[i], NULL, false,
				     "chronyd does not start with both this and noclientlog (%s)",
				     name_of(&facts->place[NG_FACT_NOCLIENTLOG], &facts->place[i], name, sizeof(name)));
	if (has(facts, NG_FACT_RTCSYNC) && has(facts, NG_FACT_RTCFILE))
		ng_lint_tell(
			lint, NG_LINT_FATAL, &facts->place[NG_FACT_RTCFILE], NULL, false,
			"chronyd does not start with both rtcfile and rtcsync (%s)",
			name_of(&facts->place[NG_FACT_RTCSYNC], &facts->place[NG_FACT_RTCFILE], name, sizeof(name)));
	if (has(facts, NG_FACT_TAI) && !has(facts, NG_FACT_LEAPSECTZ))
		ng_lint_tell(lint, NG_LINT_FATAL, &facts->place[NG_FACT_TAI], NULL, false,
			     "chronyd does not start with the option tai of a refclock and without leapsectz");
	if (has(facts, NG_FACT_SCHED_PRIORITY) &&
	    (facts->value[NG_FACT_SCHED_PRIORITY] < 0 || facts->value[NG_FACT_SCHED_PRIORITY] > 99))
		ng_lint_tell(lint, NG_LINT_FATAL, place, NULL, false,
			     "chronyd does not start with a priority that is not 0 to 99");
}

/* The rule that decides for the first or the last address of this one in its place; NULL: none does. */
static const struct ng_entry *voided_by(const struct ng_draft *draft, const struct ng_entry *entry)
{
	for (int last = 0; last < 2; last++) {
		struct ng_prefix address = ng_prefix_of(entry);
		const struct ng_entry *decides;

		for (unsigned int bit = entry->length; last && bit < ng_prefix_bits[entry->family]; bit++)
			address.address[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
		address.length = ng_prefix_bits[entry->family];
		decides = ng_draft_access(draft, &address);
		/* a deeper rule is an exception, and meant */
		if (decides && decides > entry && decides->set != entry->set && decides->length <= entry->length)
			return decides;
	}
	return NULL;
}

static void tell_voided(const struct ng_chrony_rules *rules, const struct ng_entry *entry, const struct ng_entry *by,
			struct ng_lint *lint)
{
	const struct ng_lint_place *one = &rules->places[entry->line], *other = &rules->places[by->line];
	struct ng_prefix prefix = ng_prefix_of(entry);
	char text[NG_PREFIX_TEXT], name[100], should[2 * NG_CHRONY_LINE + 2];
	bool same = by->length == entry->length;
	unsigned int level = ng_prefix_level(by->length);

	/* entries of one line, for both families, are one finding */
	if (same && !by->length && one->line == other->line && one->file_number == other->file_number)
		return;
	name_of(one, other, name, sizeof(name));
	snprintf(should, sizeof(should), "%s\n%s", other->text, one->text);
	if (by->flags & NG_ENTRY_ALL)
		ng_lint_tell(lint, NG_LINT_WARNING, other, same ? NULL : should, false,
			     "%s %s, although %s (%.60s) says otherwise: \"all\" makes void what was said before about "
			     "a part "
			     "of the prefix; in the other order both hold",
			     ng_prefix_format(&prefix, text), entry->set == NG_SET_DENY ? "is allowed" : "is denied",
			     name, one->text);
	else if (same)
		ng_lint_tell(lint, NG_LINT_WARNING, other, NULL, false,
			     "this makes %s (%.60s) void: of two lines about %s the later decides", name, one->text,
			     prefix.length ? ng_prefix_format(&prefix, text) : "everybody");
	else
		ng_lint_tell(
			lint, NG_LINT_WARNING, other, should, false,
			"%s %s, although %s (%.60s) says otherwise: chronyd does not take the longest prefix; /%u to "
			"/%u "
			"are one level of its table, and there the later line decides; in the other order both hold",
			ng_prefix_format(&prefix, text), entry->set == NG_SET_DENY ? "is allowed" : "is denied", name,
			one->text, 4 * level - 3, 4 * level);
}

/* Prefixes that do not mean what they seem to. Each is compared with each, so very long lists go unjudged. */
static void judge_order(const struct ng_chrony_rules *rules, struct ng_lint *lint)
{
	const struct ng_draft *draft = &rules->draft;

	for (size_t i = 0; i < draft->entry_count && draft->entry_count <= JUDGED_MAX; i++) {
		const struct ng_entry *by = voided_by(draft, &draft->entries[i]);

		if (by)
			tell_voided(rules, &draft->entries[i], by, lint);
	}
}

/* The entry by which all addresses of this family are allowed, but for exceptions. */
static const struct ng_entry *allows_everybody(const struct ng_draft *draft, uint8_t family)
{
	const struct ng_entry *last = NULL;

	for (size_t i = 0; i < draft->entry_count; i++)
		if (!draft->entries[i].length && draft->entries[i].family == family)
			last = &draft->entries[i];
	return last && last->set == NG_SET_ALLOW ? last : NULL;
}

static const struct ng_lint_place *first_allowed(const struct ng_chrony_rules *rules)
{
	for (size_t i = 0; i < rules->draft.entry_count; i++)
		if (rules->draft.entries[i].set == NG_SET_ALLOW)
			return &rules->places[rules->draft.entries[i].line];
	return NULL;
}

static void judge_ntp(const struct ng_chrony_facts *facts, struct ng_lint *lint)
{
	const struct ng_chrony_rules *rules = &facts->rules[0];
	const struct ng_lint_place *first = first_allowed(rules);
	char should[NG_CHRONY_LINE + 16], name[100];

	for (uint8_t family = 0; family < NG_FAMILIES && !has(facts, NG_FACT_RATELIMIT); family++) {
		const struct ng_entry *entry = allows_everybody(&rules->draft, family);

		if (!entry)
			continue;
		snprintf(should, sizeof(should), "%s\nratelimit", rules->places[entry->line].text);
		ng_lint_tell(lint, NG_LINT_WARNING, &rules->places[entry->line], should, false,
			     "everybody is answered, as often as they ask, and also those in whose name others ask: "
			     "there is no "
			     "ratelimit");
	}
	if (first && has(facts, NG_FACT_PORT) && !facts->value[NG_FACT_PORT])
		ng_lint_tell(lint, NG_LINT_WARNING, first, NULL, false,
			     "nobody is answered: port 0 (%s) means no server",
			     name_of(&facts->place[NG_FACT_PORT], first, name, sizeof(name)));
}

static bool is_loopback(const struct ng_entry *entry)
{
	static const struct ng_prefix loopback[] = { { .address = { 127 }, .family = NG_IPV4, .length = 8 },
						     { .address = { [15] = 1 }, .family = NG_IPV6, .length = 128 } };
	struct ng_prefix prefix = ng_prefix_of(entry);

	return ng_prefix_contains(&loopback[0], &prefix) || ng_prefix_contains(&loopback[1], &prefix);
}

/* conf.c CNF_Initialise binds the command port to the loopback addresses. */
static void judge_commands(const struct ng_chrony_facts *facts, struct ng_lint *lint)
{
	const struct ng_chrony_rules *rules = &facts->rules[1];
	const struct ng_entry *entry;

	for (uint8_t family = 0; family < NG_FAMILIES; family++) {
		entry = allows_everybody(&rules->draft, family);
		if (entry)
			ng_lint_tell(lint, NG_LINT_WARNING, &rules->places[entry->line], NULL, false,
				     "everybody may put chronyc's questions to chronyd; the host itself may without "
				     "this line");
	}
	for (size_t i = 0; i < rules->draft.entry_count && !has(facts, NG_FACT_BINDCMDADDRESS); i++) {
		entry = &rules->draft.entries[i];
		if (entry->set != NG_SET_ALLOW || is_loopback(entry))
			continue;
		ng_lint_tell(lint, NG_LINT_WARNING, &rules->places[entry->line], NULL, false,
			     "without effect: chronyd listens for commands on the loopback addresses only, unless "
			     "bindcmdaddress "
			     "names another");
		break;
	}
}

void ng_chrony_facts_judge(const struct ng_chrony_facts *facts, struct ng_lint *lint)
{
	judge_start(facts, lint);
	judge_order(&facts->rules[0], lint);
	judge_order(&facts->rules[1], lint);
	judge_ntp(facts, lint);
	judge_commands(facts, lint);
}
