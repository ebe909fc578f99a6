// SPDX-License-Identifier: GPL-2.0-only
#include "policy.h"

static void print_entry(const struct ng_draft *draft, const struct ng_entry *entry, FILE *to)
{
	struct ng_prefix prefix = ng_prefix_of(entry);
	const char *comment = ng_draft_text(draft, entry->comment);
	char text[NG_PREFIX_TEXT];

	fprintf(to, "%s %s%s%s%s\n", ng_set_labels[entry->set], entry->flags & NG_ENTRY_ALL ? "all " : "",
		ng_prefix_format(&prefix, text), *comment ? " # " : "", comment);
}

static void print_limit(const struct ng_limit *limit, FILE *to)
{
	fprintf(to, " interval %d burst %u leak %u\n", limit->interval, limit->burst, limit->leak);
}

static void print_limits(const struct ng_limits *limits, FILE *to)
{
	if (limits->source.burst) {
		fputs("ratelimit", to);
		print_limit(&limits->source, to);
	}
	for (int i = 0; i < NG_PREFIX_LIMITS && limits->prefix[i].burst; i++) {
		fprintf(to, "prefixlimit %u %u", limits->prefix[i].lengths[NG_IPV4],
			limits->prefix[i].lengths[NG_IPV6]);
		print_limit(&limits->prefix[i], to);
	}
	if (limits->global_pps)
		fprintf(to, "globallimit %u burst %u\n", limits->global_pps, limits->global_burst);
}

void ng_draft_print(const struct ng_draft *draft, FILE *to)
{
	static const char *const replies[] = { "solicited", "listed", "any" };

	fprintf(to, "default %s\n", ng_default_labels[draft->default_action]);
	print_limits(&draft->limits, to);
	fprintf(to, "regulars %s\n", draft->regulars ? "on" : "off");
	fprintf(to, "replies %s\n", replies[draft->replies]);
	fprintf(to, "answers %s\n", draft->answers_off ? "off" : "guard");
	fprintf(to, "port %u\n", draft->port);
	fprintf(to, "symmetric %s\n", draft->symmetric_as_request ? "limit" : "drop");
	fprintf(to, "ntpv5 %s\n", draft->ntpv5 ? "allow" : "deny");
	fprintf(to, "fragments %s\n", draft->pass_fragments ? "pass" : "drop");
	if (draft->monitor)
		fputs("monitor\n", to);
	for (size_t i = 0; i < draft->entry_count; i++)
		print_entry(draft, &draft->entries[i], to);
}
