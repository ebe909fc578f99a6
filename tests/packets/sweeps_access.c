// SPDX-License-Identifier: GPL-2.0-only
/* Who may ask: prefixes of every length, nests of them, and long lists, each against longest-prefix
 * search written here. Directives always come with the shorter prefix first: in that order chrony's
 * rule (in one 4-bit level the later directive holds) says the same. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "sweeps.h"

typedef unsigned __int128 address;

/* IPv4 addresses are the low 32 bits. */
struct prefix {
	address first;
	uint8_t length, family;
	bool allow;
};

static unsigned int bits_of(int family)
{
	return family == NG_IPV4 ? 32 : 128;
}

static address host_mask(int family, unsigned int length)
{
	unsigned int host = bits_of(family) - length;

	return host == 128 ? ~(address)0 : ((address)1 << host) - 1;
}

static address everything(int family)
{
	return host_mask(family, 0);
}

static bool contains(const struct prefix *prefix, int family, address of)
{
	return prefix->family == family && (of & ~host_mask(family, prefix->length)) == prefix->first;
}

static struct prefix prefix_of(int family, address of, unsigned int length, bool allow)
{
	return (struct prefix){ .first = of & everything(family) & ~host_mask(family, length),
				.length = (uint8_t)length,
				.family = (uint8_t)family,
				.allow = allow };
}

static void write_address(int family, address of, uint8_t bytes[16])
{
	unsigned int size = bits_of(family) / 8;

	memset(bytes, 0, 16);
	for (unsigned int i = 0; i < size; i++)
		bytes[i] = (uint8_t)(of >> (8 * (size - 1 - i)));
}

static const char *address_text(int family, address of, char text[INET6_ADDRSTRLEN])
{
	uint8_t bytes[16];

	write_address(family, of, bytes);
	inet_ntop(family == NG_IPV4 ? AF_INET : AF_INET6, bytes, text, INET6_ADDRSTRLEN);
	return text;
}

/* The policy of these prefixes, in their order. The caller frees it. */
static char *policy_of(const struct prefix *prefixes, size_t count)
{
	char *policy = NULL, text[INET6_ADDRSTRLEN];
	size_t size;
	FILE *to = open_memstream(&policy, &size);

	if (!to)
		return NULL;
	fputs("default drop\n", to);
	for (size_t i = 0; i < count; i++)
		fprintf(to, "%s %s/%u\n", prefixes[i].allow ? "allow" : "deny",
			address_text(prefixes[i].family, prefixes[i].first, text), prefixes[i].length);
	if (fclose(to)) {
		free(policy);
		return NULL;
	}
	return policy;
}

static void put_policy(struct run *run, const struct prefix *prefixes, size_t count)
{
	char *policy = policy_of(prefixes, count);

	if (!policy)
		run_give_up(run, "out of memory");
	run_policy(run, policy);
	free(policy);
}

/* Of equals the later. */
static enum ng_verdict reference(const struct prefix *prefixes, size_t count, int family, address of)
{
	const struct prefix *longest = NULL;

	for (size_t i = 0; i < count; i++)
		if (contains(&prefixes[i], family, of) && (!longest || prefixes[i].length >= longest->length))
			longest = &prefixes[i];
	if (!longest)
		return NG_V_NOT_ALLOWED;
	return longest->allow ? NG_V_REQUEST_ALLOWED : NG_V_DENIED;
}

struct list {
	struct prefix *prefixes;
	size_t count;
};

static void ask(struct run *run, const struct list *list, int family, address of)
{
	struct frame frame = frame_request(family, CLIENT);
	char text[INET6_ADDRSTRLEN];

	of &= everything(family);
	write_address(family, of, frame.source);
	run_frame(run, &frame, reference(list->prefixes, list->count, family, of), "a request from %s, %zu prefixes",
		  address_text(family, of, text), list->count);
}

/* Both sides of both edges, and every address one bit away from the first. */
static void ask_around(struct run *run, const struct list *list, const struct prefix *prefix, bool every_bit)
{
	int family = prefix->family;
	address first = prefix->first, last = first | host_mask(family, prefix->length);

	ask(run, list, family, first);
	ask(run, list, family, last);
	ask(run, list, family, first - 1);
	ask(run, list, family, last + 1);
	for (unsigned int bit = 0; every_bit && bit < bits_of(family); bit++)
		ask(run, list, family, first ^ (address)1 << bit);
}

/* ---- every length ---- */

/* Some address with no long run of equal bits, its top bit as given. */
static address mixed(int family, unsigned int top)
{
	address of = (address)0x20015db85a33c691 << 64 | 0x9e3779b97f4a7c15;

	if (family == NG_IPV4)
		of = 0x4b007156;
	return top ? of | (address)1 << (bits_of(family) - 1) : of;
}

/* One prefix allowed in the lower half of all addresses, one denied in the upper half. */
static void every_length(struct run *run)
{
	for (EACH_FAMILY(family))
		for (unsigned int length = 1; length <= bits_of(family); length++) {
			struct prefix prefixes[] = { prefix_of(family, mixed(family, 0), length, true),
						     prefix_of(family, mixed(family, 1), length, false) };
			struct list list = { prefixes, 2 };

			put_policy(run, prefixes, 2);
			ask_around(run, &list, &prefixes[0], true);
			ask_around(run, &list, &prefixes[1], true);
		}
}

/* The whole of one family: the other's addresses stay strangers. */
static void length_0(struct run *run)
{
	for (EACH_FAMILY(family))
		for (int allow = 0; allow < 2; allow++) {
			struct prefix prefix = prefix_of(family, 0, 0, allow);
			struct list list = { &prefix, 1 };

			put_policy(run, &prefix, 1);
			for (EACH_FAMILY(from)) {
				ask(run, &list, from, 0);
				ask(run, &list, from, ~(address)0);
				ask(run, &list, from, mixed(from, 0));
				ask(run, &list, from, mixed(from, 1));
			}
		}
}

/* A prefix of every `step`-th length around one address, alternately allowed and denied. */
static void nest(struct run *run, int family, address around, unsigned int step)
{
	struct prefix prefixes[129];
	struct list list = { prefixes, 0 };

	for (unsigned int length = 0; length <= bits_of(family); length += step) {
		prefixes[list.count] = prefix_of(family, around, length, list.count % 2);
		list.count++;
	}
	put_policy(run, prefixes, list.count);
	for (size_t i = 0; i < list.count; i++)
		ask_around(run, &list, &prefixes[i], i == list.count - 1);
}

static void nests(struct run *run)
{
	for (EACH_FAMILY(family))
		for (unsigned int step = 1; step < 9; step++) {
			nest(run, family, mixed(family, 0), step);
			nest(run, family, 0, step);
			nest(run, family, ~(address)0, step);
		}
}

/* ---- long lists ---- */

#define QUESTIONS 3000

static address any_address(struct random *random, int family)
{
	return ((address)random_next(random) << 64 | random_next(random)) & everything(family);
}

/* Most prefixes are long enough that strangers are left; a few are of any length. */
static unsigned int any_length(struct random *random, int family)
{
	unsigned int least = random_below(random, 64) ? bits_of(family) / 4 : 1;

	return least + random_below(random, bits_of(family) - least + 1);
}

static struct prefix spread(struct random *random, const struct list *list)
{
	int family = (int)random_below(random, 2);

	(void)list;
	return prefix_of(family, any_address(random, family), any_length(random, family), random_below(random, 2));
}

/* In one of four small networks. */
static struct prefix clustered(struct random *random, const struct list *list)
{
	int family = (int)random_below(random, 2);
	unsigned int within = family == NG_IPV4 ? 12 : 48;
	address network = mixed(family, 0) + ((address)random_below(random, 4) << (bits_of(family) - within));
	address of = (network & ~host_mask(family, within)) | (any_address(random, family) & host_mask(family, within));

	(void)list;
	return prefix_of(family, of, within + random_below(random, bits_of(family) - within + 1),
			 random_below(random, 2));
}

/* Inside a prefix that is there already. */
static struct prefix nested(struct random *random, const struct list *list)
{
	const struct prefix *outer = &list->prefixes[random_below(random, (uint32_t)list->count)];
	int family = outer->family;
	address of = outer->first | (any_address(random, family) & host_mask(family, outer->length));

	return prefix_of(family, of, outer->length + random_below(random, bits_of(family) - outer->length + 1),
			 random_below(random, 2));
}

/* One host among many in one /64. */
static struct prefix crowded(struct random *random, const struct list *list)
{
	address network = mixed(NG_IPV6, 1) & ~host_mask(NG_IPV6, 64);

	return prefix_of(NG_IPV6, network | random_below(random, (uint32_t)list->count * 4 + 16), 128,
			 random_below(random, 2));
}

static int compare(const void *left, const void *right)
{
	const struct prefix *a = left, *b = right;

	return a->length - b->length;
}

static struct list make_list(struct random *random, size_t count)
{
	static struct prefix (*const makers[])(struct random *, const struct list *) = { spread, clustered, nested,
											 crowded };
	struct list list = { .prefixes = malloc(count * sizeof(*list.prefixes)) };

	if (!list.prefixes)
		return list;
	list.prefixes[list.count++] = spread(random, &list);
	while (list.count < count) {
		list.prefixes[list.count] = makers[random_below(random, SWEEP_COUNT(makers))](random, &list);
		list.count++;
	}
	qsort(list.prefixes, list.count, sizeof(*list.prefixes), compare);
	return list;
}

static void ask_list(struct run *run, const struct list *list, struct random *random)
{
	for (int i = 0; i < QUESTIONS; i++) {
		const struct prefix *prefix = &list->prefixes[random_below(random, (uint32_t)list->count)];
		int family = prefix->family;
		address mask = host_mask(family, prefix->length);

		switch (random_below(random, 6)) {
		case 0: ask(run, list, family, prefix->first); break;
		case 1: ask(run, list, family, prefix->first | mask); break;
		case 2: ask(run, list, family, prefix->first - 1); break;
		case 3: ask(run, list, family, (prefix->first | mask) + 1); break;
		case 4: ask(run, list, family, prefix->first | (any_address(random, family) & mask)); break;
		default: ask(run, list, family, any_address(random, family)); break;
		}
	}
}

static void long_list(struct run *run, size_t count)
{
	struct random random = { .state = count };
	struct list list = make_list(&random, count);

	if (!list.prefixes)
		run_give_up(run, "out of memory");
	put_policy(run, list.prefixes, list.count);
	ask_list(run, &list, &random);
	free(list.prefixes);
}

static void list_1000(struct run *run)
{
	long_list(run, 1000);
}

static void list_10000(struct run *run)
{
	long_list(run, 10000);
}

static void list_100000(struct run *run)
{
	long_list(run, 100000);
}

const struct group access_sweeps[] = {
	{ "prefixes of every length, and the addresses around their edges", every_length },
	{ "the prefix of length 0 of either family", length_0 },
	{ "nested prefixes", nests },
	{ "an access list of 1,000 prefixes", list_1000 },
	{ "an access list of 10,000 prefixes", list_10000 },
	{ "an access list of 100,000 prefixes", list_100000 },
};
const size_t access_sweep_count = SWEEP_COUNT(access_sweeps);
