// SPDX-License-Identifier: GPL-2.0-only
#include "ntp_wire.h"
#include "policy.h"

static void print_entry(const struct ng_draft *draft, const struct ng_entry *entry, FILE *to)
{
	struct ng_prefix prefix = ng_prefix_of(entry);
	const char *comment = ng_draft_text(draft, entry->comment);
	char text[NG_PREFIX_TEXT];

	fprintf(to, "%s %s%s%s\n", ng_set_labels[entry->set], ng_prefix_format(&prefix, text), *comment ? " # " : "",
		comment);
}

void ng_draft_print(const struct ng_draft *draft, FILE *to)
{
	fprintf(to, "default %s\n", draft->default_action == NG_DEFAULT_PASS ? "pass" : "drop");
	fprintf(to, "port %u\n", draft->port);
	fprintf(to, "symmetric %s\n", draft->symmetric_as_request ? "limit" : "drop");
	fprintf(to, "ntpv5 %s\n", draft->ntpv5 ? "allow" : "deny");
	fprintf(to, "fragments %s\n", draft->pass_fragments ? "pass" : "drop");
	if (draft->monitor)
		fprintf(to, "monitor\n");
	for (size_t i = 0; i < draft->entry_count; i++)
		print_entry(draft, &draft->entries[i], to);
}
