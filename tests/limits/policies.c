// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "figures.h"
#include "policy.h"

const struct named_policy named_policies[2] = {
	{ "ratelimit 1/16/2 alone", ADDRESS_LIMIT_ALONE },
	{ "public-server", PUBLIC_SERVER },
};

/* The limit, for each of the prefixes of its length in the attack's, and of the rest what leaks. */
static double held_by(const struct ng_limit *limit, unsigned int length, unsigned int attack, double rate)
{
	double prefixes = length > attack ? exp2(length - attack) : 1;
	double within = prefixes * exp2(-limit->interval);

	if (!limit->burst || rate <= within)
		return rate;
	return within + (rate - within) * exp2(-limit->leak);
}

double allowed_rate(const struct ng_policy *image, enum ng_family family, unsigned int length, double rate)
{
	const struct ng_limits *limits = &image->limits;

	rate = held_by(&limits->source, ng_prefix_bits[family], length, rate);
	for (int i = 0; i < NG_PREFIX_LIMITS; i++)
		rate = held_by(&limits->prefix[i], limits->prefix[i].lengths[family], length, rate);
	return limits->global_pps ? fmin(rate, limits->global_pps) : rate;
}
