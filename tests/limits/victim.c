// SPDX-License-Identifier: GPL-2.0-only
/* An attack in the name of one victim, or of a whole network: what are they sent, and is a client there still
 * answered? */

#include "figures.h"
#include "table.h"

#define RATE 100000u
#define WARM (5 * SECOND)
#define SLACK 1.1 /* what is sent may be so many times what is allowed */

struct attack {
	const char *what, *prefix;
	unsigned int length;
	const char *client, *clients; /* who asks, and from where: so many bits of this; NULL: nobody */
	unsigned int client_length;
};

/* What became of clients' questions at random moments of the attack. */
struct answers {
	unsigned int asked, answered;
	unsigned int missed_at_once, missed_most; /* questions without an answer in between: now, ever */
};

static void note(struct answers *answers, bool passes)
{
	answers->asked++;
	answers->answered += passes;
	answers->missed_at_once = passes ? 0 : answers->missed_at_once + 1;
	if (answers->missed_at_once > answers->missed_most)
		answers->missed_most = answers->missed_at_once;
}

/* Each question is one of a client's that asks now and then: the attack is the same at any time, and what
 * comes of one question has no part in what comes of one long after. So their order is the order of one
 * client's questions, 8 or 64 s apart, in an attack of hours; and where the attack is on a network, each is
 * another address's, lest they exceed one address's limit together. */
static struct answers ask(struct world *world, const struct attack *attack, uint64_t length_ns)
{
	unsigned int count = world->is_full ? 4000 : 1000;
	struct flood clients = flood_from(attack->clients, attack->client_length, 0, 0);
	uint64_t beginning = world->now_ns;
	struct random random = { .state = count };
	struct answers answers = { 0 };
	__u64 address[2];

	for (unsigned int i = 0; i < count; i++) {
		flood_address(&clients, random_next(&random), address);
		world_ask(world, address, beginning + random_next(&random) % length_ns, i);
	}
	world_sort_questions(world);
	world_until(world, beginning + length_ns);
	for (unsigned int i = 0; i < count; i++)
		note(&answers, verdict_passes((enum ng_verdict)world->questions[i].verdict));
	return answers;
}

static void print_client(const struct answers *answers, const char *name, const struct attack *attack)
{
	double share = (double)answers->answered / answers->asked;

	table_tell(100 * share, "%", "%s, %s: %s, of %u questions answered", name, attack->what, attack->client,
		   answers->asked);
	for (int poll = 8; poll <= 64; poll *= 8)
		table_tell(poll * (1 / share - 1), "s", "%s, %s: %s every %d s, mean wait (at worst %u s)", name,
			   attack->what, attack->client, poll, (unsigned int)poll * answers->missed_most);
}

static void measure(struct world *world, const struct named_policy *policy, const struct attack *attack)
{
	uint64_t length_ns = (world->is_full ? 60 : 10) * SECOND;
	struct flood flood = flood_from(attack->prefix, attack->length, 0, RATE);
	struct answers answers;
	struct tally before, got;
	double sent, allowed;

	world_begin(world, policy->text, attack->length);
	world_flood(world, flood, attack->length);
	world_until(world, world->now_ns + WARM);
	before = world_tally(world);
	if (attack->clients)
		answers = ask(world, attack, length_ns);
	else
		world_until(world, world->now_ns + length_ns);
	got = tally_since(world_tally(world), before);
	sent = (double)(tally_passed(&got) - (attack->clients ? answers.answered : 0)) * SECOND / (double)length_ns;
	allowed = allowed_rate(world->image, flood.is_ipv6 ? NG_IPV6 : NG_IPV4, attack->length, RATE);
	table_at_most(sent, SLACK * allowed, "/s", "%s, %s: sent there (limits and leak: %.0f/s)", policy->name,
		      attack->what, allowed);
	if (attack->clients)
		print_client(&answers, policy->name, attack);
}

static void measure_all(struct world *world, const struct attack *attacks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (int policy = 0; policy < 2; policy++)
			measure(world, &named_policies[policy], &attacks[i]);
}

void figures_victim(struct world *world)
{
	static const struct attack attacks[] = {
		{ "an IPv4 address", "203.0.113.80", 32, "the victim asking", "203.0.113.80", 32 },
		{ "an IPv4 address", "203.0.113.80", 32, "its /24 asking", "203.0.113.128", 25 },
		{ "an IPv6 address", "2001:db8:f::80", 128, "the victim asking", "2001:db8:f::80", 128 },
	};

	table_title("3. One victim in whose name 100,000 packets/s come");
	measure_all(world, attacks, world->is_full ? 3 : 2);
}

void figures_networks(struct world *world)
{
	static const struct attack victims[] = {
		{ "a /24", "203.0.113.0", 24, "one there asking", "203.0.113.0", 24 },
		{ "a /56", "2001:db8:f::", 56, "one there asking", "2001:db8:f::", 56 },
	};
	static const struct attack rotations[] = {
		{ "in a /64", "2001:db8:a::", 64, NULL, NULL, 0 },
		{ "in a /48", "2001:db8:a::", 48, NULL, NULL, 0 },
	};

	table_title("4. Carpet-bombing: 100,000 packets/s from all addresses of a network");
	measure_all(world, victims, 2);
	table_title("6. IPv6: a sender with an address for each packet, 100,000 packets/s");
	measure_all(world, rotations, 2);
}
