// SPDX-License-Identifier: GPL-2.0-only
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firewall.h"

#define NTP_PORT 123

/* Adds a word, if it has room. */
static void add_word(char *text, size_t room, const char *word)
{
	size_t size = strlen(text);

	snprintf(text + size, room - size, "%s%s", size ? " " : "", word);
}

/* ---- nft ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

/* A number, a range, or a set of them; deeper than that nft nests nothing. */
static bool has_port(const json_t *right, unsigned int depth)
{
	json_t *list = json_object_get(right, "set"), *range = json_object_get(right, "range"), *one;
	size_t i;

	if (json_is_integer(right))
		return json_integer_value(right) == NTP_PORT;
	if (json_is_array(range))
		return json_integer_value(json_array_get(range, 0)) <= NTP_PORT &&
		       json_integer_value(json_array_get(range, 1)) >= NTP_PORT;
	json_array_foreach(json_is_array(list) ? list : NULL, i,
			   one) if (depth < 4 && has_port(one, depth + 1)) return true;
	return depth < 4 && has_port(json_object_get(json_object_get(right, "elem"), "val") ?: json_null(), depth + 4);
}

/* Whether the expression wants the port; `field` becomes dport or sport. */
static bool wants_port(const json_t *expression, const char **field)
{
	json_t *match = json_object_get(expression, "match");
	json_t *payload = json_object_get(json_object_get(match, "left"), "payload");
	const char *protocol = text_of(payload, "protocol");

	*field = text_of(payload, "field");
	if (!payload || (strcmp(protocol, "udp") && strcmp(protocol, "th")) || !strcmp(text_of(match, "op"), "!="))
		return false;
	if (strcmp(*field, "dport") && strcmp(*field, "sport"))
		return false;
	return has_port(json_object_get(match, "right"), 0);
}

static void add_action(const json_t *expression, struct ng_rule *rule)
{
	static const char *const actions[] = { "drop",	"reject", "accept", "notrack", "limit",
					       "meter", "queue",  "return", "jump",    "goto" };

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		json_t *action = json_object_get(expression, actions[i]);

		if (!action)
			continue;
		add_word(rule->action, sizeof(rule->action), actions[i]);
		if (json_object_get(action, "target"))
			add_word(rule->action, sizeof(rule->action), text_of(action, "target"));
	}
}

static void take_rule(const json_t *object, ng_rule_each *each, void *context)
{
	json_t *expressions = json_object_get(object, "expr"), *expression;
	struct ng_rule rule = { 0 };
	const char *field;
	size_t i;

	json_array_foreach(json_is_array(expressions) ? expressions : NULL, i, expression)
	{
		if (wants_port(expression, &field))
			snprintf(rule.match, sizeof(rule.match), "%s %d", field, NTP_PORT);
		add_action(expression, &rule);
	}
	snprintf(rule.place, sizeof(rule.place), "%s %s %s", text_of(object, "family"), text_of(object, "table"),
		 text_of(object, "chain"));
	if (rule.match[0])
		each(context, &rule);
}

/* Tables that iptables over nf_tables keeps. */
static bool is_of_iptables(const json_t *object)
{
	static const char *const tables[] = { "filter", "raw", "mangle", "nat", "security" };
	const char *family = text_of(object, "family"), *table = text_of(object, "table");

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(table, tables[i]))
			return !strcmp(family, "ip") || !strcmp(family, "ip6");
	return false;
}

bool ng_rules_of_nft(const char *text, size_t size, bool without_iptables, ng_rule_each *each, void *context)
{
	json_t *whole = json_loadb(text, size, 0, NULL), *list = json_object_get(whole, "nftables"), *entry;
	bool is_list = json_is_array(list);
	size_t i;

	json_array_foreach(is_list ? list : NULL, i, entry)
	{
		json_t *rule = json_object_get(entry, "rule");

		if (rule && !(without_iptables && is_of_iptables(rule)))
			take_rule(rule, each, context);
	}
	json_decref(whole);
	return is_list;
}

/* ---- iptables ---- */

/* A port, a range a:b, or a list of them. */
static bool lists_port(const char *list)
{
	char *end;

	for (;; list = end + 1) {
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (*end == ':')
			last = strtoul(end + 1, &end, 10);
		if (end != list && first <= NTP_PORT && last >= NTP_PORT)
			return true;
		if (*end != ',')
			return false;
	}
}

/* One word of a rule and the one after it. */
static void take_words(struct ng_rule *rule, bool is_negated, const char *word, const char *next)
{
	bool is_destination = !strcmp(word, "--dport") || !strcmp(word, "--dports");
	bool is_source = !strcmp(word, "--sport") || !strcmp(word, "--sports");

	if (!strcmp(word, "-A"))
		snprintf(rule->place, sizeof(rule->place), "%s", next);
	else if (!strcmp(word, "-j") || !strcmp(word, "-g"))
		add_word(rule->action, sizeof(rule->action), next);
	else if (!strcmp(word, "-m") && (!strcmp(next, "limit") || !strcmp(next, "hashlimit")))
		add_word(rule->action, sizeof(rule->action), next);
	else if ((is_destination || is_source || !strcmp(word, "--ports")) && !is_negated && lists_port(next))
		snprintf(rule->match, sizeof(rule->match), "%s %d", is_source ? "sport" : "dport", NTP_PORT);
}

static void take_line(char *line, ng_rule_each *each, void *context)
{
	struct ng_rule rule = { 0 };
	char *rest = NULL, *word = strtok_r(line, " ", &rest), *next;
	bool is_negated = false, is_udp = false;

	for (; word; word = next) {
		next = strtok_r(NULL, " ", &rest);
		take_words(&rule, is_negated, word, next ? next : "");
		is_udp = is_udp || (!strcmp(word, "-p") && next && (!strcmp(next, "udp") || !strcmp(next, "17")));
		is_negated = !strcmp(word, "!");
	}
	if (is_udp && rule.place[0] && rule.match[0])
		each(context, &rule);
}

void ng_rules_of_iptables(const char *text, ng_rule_each *each, void *context)
{
	char line[1024];

	for (size_t size; *text; text += size + (text[size] == '\n')) {
		size = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)(size < sizeof(line) ? size : sizeof(line) - 1), text);
		if (!strncmp(line, "-A ", 3))
			take_line(line, each, context);
	}
}
