/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules of other firewalls that name the NTP port, as their tools print them. Pure. */
#ifndef NTPGUARD_FIREWALL_H
#define NTPGUARD_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>

struct ng_rule {
	char place[120]; /* such as "inet filter input" or "INPUT" */
	char match[32]; /* such as "dport 123" */
	char action[64]; /* such as "drop" or "limit accept"; empty: it only looks */
};

typedef void ng_rule_each(void *context, const struct ng_rule *rule);

/* Finds them in what `nft -j list ruleset` prints; without_iptables: not in the tables that iptables shows itself.
 * False: it is no such text. */
bool ng_rules_of_nft(const char *text, size_t size, bool without_iptables, ng_rule_each *each, void *context);

/* Finds them in what iptables-save or ip6tables-save prints. */
void ng_rules_of_iptables(const char *text, ng_rule_each *each, void *context);

#endif
