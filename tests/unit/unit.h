/* SPDX-License-Identifier: GPL-2.0-only */
/* What the unit tests share: cmocka, a random generator that can be repeated, drafts from text. */
#ifndef NTPGUARD_UNIT_H
#define NTPGUARD_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "policy.h"

#define UNIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t unit_state;

/* splitmix64: small, fast, good enough, and the same everywhere. */
static inline uint64_t unit_random(void)
{
	uint64_t z = unit_state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline uint32_t unit_below(uint32_t limit)
{
	return (uint32_t)(unit_random() % limit);
}

/* Another seed each run, so that runs add up; the printed one repeats a run. */
static inline void unit_seed(const char *name)
{
	const char *given = getenv("NG_SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	unit_state = given ? strtoull(given, NULL, 0) : (uint64_t)now.tv_sec * 1000003u + (uint64_t)now.tv_nsec;
	print_message("# %s: NG_SEED=%llu\n", name, (unsigned long long)unit_state);
}

static inline struct ng_prefix unit_prefix(const char *text)
{
	struct ng_prefix prefix;
	const char *why;

	if (ng_prefix_parse(text, &prefix, &why))
		fail_msg("the test's own prefix %s: %s", text, why);
	return prefix;
}

/* The canonical text, which the caller frees. */
static inline char *unit_canonical(const struct ng_draft *draft)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	ng_draft_print(draft, to);
	assert_int_equal(fclose(to), 0);
	return text;
}

/* A draft from text that has no errors and needs no files. */
static inline void unit_draft(struct ng_draft *draft, const char *text)
{
	struct ng_findings *findings = calloc(1, sizeof(*findings));
	const struct ng_environment nothing = { 0 };

	assert_non_null(findings);
	ng_draft_init(draft);
	if (ng_policy_parse(draft, "unit.policy", text, strlen(text), &nothing, findings))
		fail_msg("the test's own policy, line %u: %s", findings->list[0].line, findings->list[0].message);
	free(findings);
}

#endif
