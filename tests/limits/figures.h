/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures, a part of the table each. */
#ifndef NTPGUARD_FIGURES_H
#define NTPGUARD_FIGURES_H

#include "world.h"

void figures_conformance(struct world *world);
void figures_clients(struct world *world);
void figures_victim(struct world *world);
void figures_networks(struct world *world);
void figures_parallel(struct world *world);
void figures_regulars(struct world *world);

/* ---- the policies that they speak of (policies.c) ---- */

#define ADDRESS_LIMIT_ALONE "default limit\nratelimit interval 1 burst 16 leak 2\n"

struct named_policy {
	const char *name, *text;
};

extern const struct named_policy named_policies[2]; /* the limit on addresses alone, and public-server */

/* What a policy lets in, a second, of so many packets a second from all addresses of a prefix of this length. */
double allowed_rate(const struct ng_policy *image, enum ng_family family, unsigned int length, double rate);

#endif
