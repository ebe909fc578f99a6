// SPDX-License-Identifier: GPL-2.0-only
#include "warnings.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "command.h"

/* Clients that are many behind one address are hurt first. */
#define LIMITED_SHARE_WARN 0.05

struct teller {
	void (*tell)(void *to, const char *sentence);
	void *to;
};

static __attribute__((format(printf, 2, 3))) void warn(const struct teller *teller, const char *format, ...)
{
	char sentence[256];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	teller->tell(teller->to, sentence);
}

static void warn_of_limits(const struct teller *teller, const struct ng_snapshot *snapshot)
{
	double share = ng_snapshot_limited_share(snapshot);

	if (snapshot->policy.default_action == NG_DEFAULT_LIMIT && share > LIMITED_SHARE_WARN)
		warn(teller,
		     "%.0f %% of all requests were over their address's limit (source_rate): a flood, or "
		     "many clients behind one address; see ntpguard top, and raise ratelimit's burst or allow them",
		     100 * share);
}

static void warn_of_policy(const struct teller *teller, const struct ng_snapshot *snapshot)
{
	const struct ng_policy *policy = &snapshot->policy;
	time_t refused = (time_t)snapshot->policy_refused;
	char when[32];

	if (policy->generation && policy->confirm_by)
		warn(teller, "generation %llu awaits confirmation and is undone in %lld s; run: ntpguard confirm",
		     (unsigned long long)policy->generation, (long long)(policy->confirm_by - ng_boot_seconds()));
	if (!refused)
		return;
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", localtime(&refused));
	warn(teller, "ntpguard apply was refused at %s; the policy before is in force: run ntpguard check", when);
}

static void warn_of_interface(const struct teller *teller, const struct ng_seen *seen)
{
	const char *name = seen->row.name;

	if (seen->link.attached && !ng_interface_is_current(&seen->row))
		warn(teller,
		     "%s runs programs of another build (ntpguard %s); to upgrade it, without a gap: ntpguard load %s",
		     name, seen->row.version, name);
	if (!seen->link.attached)
		warn(teller, "%s is not guarded: its program is gone; run: ntpguard load %s", name, name);
	else if (seen->row.flags & NG_INTERFACE_NO_EGRESS)
		warn(teller, "%s was loaded with --no-egress: replies pass unasked, answers of any size leave", name);
	else if (!seen->link.egress)
		warn(teller, "%s drops all replies: its program on the way out is gone; run: ntpguard load %s", name,
		     name);
}

void ng_warnings(const struct ng_snapshot *snapshot, void (*tell)(void *to, const char *sentence), void *to)
{
	struct teller teller = { .tell = tell, .to = to };

	warn_of_limits(&teller, snapshot);
	warn_of_policy(&teller, snapshot);
	for (size_t i = 0; i < snapshot->count; i++)
		warn_of_interface(&teller, &snapshot->interfaces[i]);
}
