// SPDX-License-Identifier: GPL-2.0-only
/* The check of other firewalls: what their rules do with port 123 behind the guard. */
#include "firewall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

#define SAID_MAX 6 /* rules of a tool that are told one by one */

struct heard {
	struct ng_doctor *doctor;
	const char *tool;
	size_t rules;
};

static void tell(void *context, const struct ng_rule *rule)
{
	struct heard *heard = context;

	if (heard->rules++ >= SAID_MAX)
		return;
	ng_doctor_found(heard->doctor, NG_DOCTOR_NOTE, "%s: %s: %s: %s", heard->tool, rule->place, rule->match,
			rule->action[0] ? rule->action : "only looked at");
	if (!strcmp(heard->tool, "nft"))
		ng_doctor_fix(heard->doctor, "nft -a list chain %s", ng_doctor_word(rule->place));
	else
		ng_doctor_fix(heard->doctor, "%s -S %s", heard->tool, ng_doctor_word(rule->place));
}

static void tell_rest(const struct heard *heard)
{
	if (heard->rules > SAID_MAX)
		ng_doctor_found(heard->doctor, NG_DOCTOR_NOTE, "%s: %zu more rules name port 123", heard->tool,
				heard->rules - SAID_MAX);
}

/* A tool that is not there has no rules. */
static bool is_heard(struct ng_doctor *doctor, const char *tool, int error)
{
	if (error && error != -ENOENT)
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "%s: %s", tool,
				error == -EPROTO ? "it failed; does it need root?" : strerror(-error));
	return !error;
}

/* Rules found; over_nft: it keeps them in nft's tables. */
static size_t ask_iptables(struct ng_doctor *doctor, const char *tool, const char *save, bool *over_nft)
{
	struct heard heard = { .doctor = doctor, .tool = tool };
	char *text;
	size_t size;

	if (!is_heard(doctor, save, ng_tool_read((const char *const[]){ save, NULL }, &text, &size)))
		return 0;
	ng_rules_of_iptables(text, tell, &heard);
	tell_rest(&heard);
	*over_nft = *over_nft || strstr(text, "(nf_tables)");
	free(text);
	return heard.rules;
}

static size_t ask_nft(struct ng_doctor *doctor, bool without_iptables)
{
	struct heard heard = { .doctor = doctor, .tool = "nft" };
	char *text;
	size_t size;

	if (!is_heard(doctor, "nft",
		      ng_tool_read((const char *const[]){ "nft", "-j", "list", "ruleset", NULL }, &text, &size)))
		return 0;
	if (!ng_rules_of_nft(text, size, without_iptables, tell, &heard))
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "nft: what it printed is not understood");
	tell_rest(&heard);
	free(text);
	return heard.rules;
}

void ng_check_firewall(struct ng_doctor *doctor)
{
	size_t before = doctor->count, rules;
	bool over_nft = false;

	rules = ask_iptables(doctor, "iptables", "iptables-save", &over_nft);
	rules += ask_iptables(doctor, "ip6tables", "ip6tables-save", &over_nft);
	rules += ask_nft(doctor, over_nft);
	if (!rules && doctor->count == before)
		ng_doctor_found(doctor, NG_DOCTOR_OK, "no rule of nftables or iptables names port 123");
}
