// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as what another firewall's tool prints: no crash, and every rule that is found has a place and names the
 * port. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/firewall.h"

static void check_rule(void *context, const struct ng_rule *rule)
{
	(void)context;
	if (!rule->place[0] || (strcmp(rule->match, "dport 123") && strcmp(rule->match, "sport 123")))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	ng_rules_of_nft(text, size, size & 1, check_rule, NULL);
	ng_rules_of_iptables(text, check_rule, NULL);
	free(text);
	return 0;
}
