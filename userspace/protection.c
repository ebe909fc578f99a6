// SPDX-License-Identifier: GPL-2.0-only
#include "protection.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const ng_protection_words[NG_PROTECTIONS] = {
	[NG_PROTECTED] = "yes",
	[NG_PARTLY] = "partly",
	[NG_WATCHING] = "only watching (monitor mode)",
	[NG_UNPROTECTED] = "no",
};

/* Reasons, one after the other. */
struct reasons {
	char *text;
	size_t size;
};

static __attribute__((format(printf, 2, 3))) void add(struct reasons *reasons, const char *format, ...)
{
	size_t used = strlen(reasons->text);
	va_list args;

	if (used && used + 2 < reasons->size)
		used += (size_t)snprintf(reasons->text + used, reasons->size - used, "; ");
	va_start(args, format);
	vsnprintf(reasons->text + used, reasons->size - used, format, args);
	va_end(args);
}

static enum ng_protection of_interface(const struct ng_seen *seen, struct reasons *reasons)
{
	const char *name = seen->row.name;

	if (!seen->link.attached) {
		add(reasons, "the program of %s is gone", name);
		return NG_UNPROTECTED;
	}
	if (seen->monitor) {
		add(reasons, "nothing is dropped on %s", name);
		return NG_WATCHING;
	}
	if (!seen->link.egress) {
		add(reasons, "the way out of %s is not guarded", name);
		return NG_PARTLY;
	}
	return NG_PROTECTED;
}

/* What the policy leaves open, on purpose. */
static enum ng_protection of_policy(const struct ng_policy *policy, struct reasons *reasons)
{
	enum ng_protection protection = NG_PROTECTED;

	if (policy->root.flags & NG_ROOT_REPLIES_ANY) {
		add(reasons, "the policy lets in replies that nobody asked for (replies any)");
		protection = NG_PARTLY;
	}
	if (policy->root.flags & NG_ROOT_ANSWERS_OFF) {
		add(reasons, "the policy lets answers of any size leave (answers off)");
		protection = NG_PARTLY;
	}
	return protection;
}

enum ng_protection ng_protection_of(const struct ng_snapshot *snapshot, char *why, size_t size)
{
	struct reasons reasons = { .text = why, .size = size };
	enum ng_protection all = NG_UNPROTECTED, one;

	why[0] = '\0';
	if (!snapshot->count || !snapshot->policy.generation) {
		add(&reasons, snapshot->count ? "no policy is in force" : "no interface is guarded");
		return NG_UNPROTECTED;
	}
	for (size_t i = 0; i < snapshot->count; i++) {
		one = of_interface(&snapshot->interfaces[i], &reasons);
		all = i && one != all ? NG_PARTLY : one;
	}
	one = of_policy(&snapshot->policy, &reasons);
	return all == NG_PROTECTED ? one : all;
}
