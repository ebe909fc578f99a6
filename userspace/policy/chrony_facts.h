/* SPDX-License-Identifier: GPL-2.0-only */
/* What the lines of a chrony.conf amount to together. */
#ifndef NTPGUARD_CHRONY_FACTS_H
#define NTPGUARD_CHRONY_FACTS_H

#include "chrony_line.h"
#include "chrony_lint.h"

enum ng_chrony_fact {
	NG_FACT_RATELIMIT,
	NG_FACT_NTSRATELIMIT,
	NG_FACT_CMDRATELIMIT,
	NG_FACT_NOCLIENTLOG,
	NG_FACT_RTCSYNC,
	NG_FACT_RTCFILE,
	NG_FACT_LEAPSECTZ,
	NG_FACT_PORT,
	NG_FACT_CMDPORT,
	NG_FACT_SCHED_PRIORITY,
	NG_FACT_BINDCMDADDRESS, /* with an address */
	NG_FACT_TAI, /* a refclock's option */
	NG_FACTS
};

/* allow and deny, or cmdallow and cmddeny: a draft whose entries carry the number of a place as line. */
struct ng_chrony_rules {
	struct ng_draft draft;
	struct ng_lint_place *places;
	size_t count, room;
};

struct ng_chrony_facts {
	struct ng_lint_place place[NG_FACTS]; /* of the last such line; line 0: none. Texts are owned */
	int value[NG_FACTS];
	struct ng_chrony_rules rules[2]; /* of NTP, of commands */
};

void ng_chrony_facts_init(struct ng_chrony_facts *facts);
void ng_chrony_facts_free(struct ng_chrony_facts *facts);

/* Takes note of a line that chronyd takes. -ENOMEM. */
int ng_chrony_facts_add(struct ng_chrony_facts *facts, const struct ng_chrony_line *line,
			const struct ng_lint_place *place);

/* Tells what the lines mean together, at the end of all files. */
void ng_chrony_facts_judge(const struct ng_chrony_facts *facts, struct ng_lint *lint);

#endif
