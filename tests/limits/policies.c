// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "figures.h"
#include "policy.h"

const struct named_policy named_policies[2] = {
	{ "ratelimit 1/16/2 alone", ADDRESS_LIMIT_ALONE },
	{ "public-server", PUBLIC_SERVER },
};

/* Of limits that are wider and wider, each on every prefix of its length in the attack's; a limit that all that is let
 * in at last does not reach spends nothing on what others refuse, so it is as if it were not there. */
struct held {
	unsigned int length, leak;
	double each; /* packets a second that one prefix may send */
};

static double within(const struct held *held, unsigned int attack)
{
	return held->each * (held->length > attack ? exp2(held->length - attack) : 1);
}

/* Past those of the limits that less than this is enough to exceed. */
static double let_in(const struct held *held, unsigned int count, unsigned int attack, double rate, double enough)
{
	for (unsigned int i = 0; i < count; i++) {
		double limit = within(&held[i], attack);

		if (limit < enough && limit < rate)
			rate = limit + (rate - limit) * exp2(-(double)held[i].leak);
	}
	return rate;
}

static void add(struct held *held, unsigned int *count, const struct ng_limit *limit, unsigned int length)
{
	if (limit->burst)
		held[(*count)++] =
			(struct held){ .length = length, .leak = limit->leak, .each = exp2(-limit->interval) };
}

double allowed_rate(const struct ng_policy *image, enum ng_family family, unsigned int length, double rate)
{
	const struct ng_limits *limits = &image->limits;
	struct held held[1 + NG_PREFIX_LIMITS];
	unsigned int count = 0;

	add(held, &count, &limits->source, ng_prefix_bits[family]);
	for (int i = 0; i < NG_PREFIX_LIMITS; i++)
		add(held, &count, &limits->prefix[i], limits->prefix[i].lengths[family]);
	rate = let_in(held, count, length, rate, let_in(held, count, length, rate, rate));
	return limits->global_pps ? fmin(rate, limits->global_pps) : rate;
}
