/* SPDX-License-Identifier: GPL-2.0-only */
/* A world of its own for the limiter: the real program under an injected clock and random source, a flood
 * made in the kernel, and clients whose packets come one by one in between. */
#ifndef NTPGUARD_WORLD_H
#define NTPGUARD_WORLD_H

#include "build.h"
#include "flood.h"
#include "loader.h"
#include "random.h"

#define SECOND 1000000000ull
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define PERIOD (1ull << NG_PERIOD_SHIFT)

#define PUBLIC_SERVER NULL /* policies/public-server.policy as shipped */

struct bpf_object;

struct world {
	struct ng_replayer *replayer;
	struct bpf_object *driver;
	struct ng_policy *image; /* in force */
	volatile struct ng_replay *injected;
	volatile struct flood *flood;
	struct ng_limits_state *limits;
	struct flood_question *questions; /* FLOOD_QUESTIONS_MAX of them */
	struct packet frame; /* of flood->is_ipv6's family */
	uint64_t now_ns;
	bool is_full; /* the long run, for the figures; else the short one of `make test` */
};

/* Packets judged so far, by verdict. */
struct tally {
	uint64_t of[NG_VERDICTS_MAX];
};

/* An address as it stands in frames. */
struct address {
	enum ng_family family;
	uint64_t words[2];
};

/* Loads everything. False: why stands in the fault. */
bool world_open(struct world *world, struct ng_fault *fault);
void world_close(struct world *world);

/* A fresh world: nobody was ever here, no flood, this policy, chance from this seed. */
void world_begin(struct world *world, const char *policy, uint64_t seed);

/* Puts another policy in force; what is remembered stays. */
void world_policy(struct world *world, const char *policy);

/* From now on, packets of this flood. Its start, seed and resolution are filled in. */
void world_flood(struct world *world, struct flood flood, uint64_t seed);
void world_calm(struct world *world, enum ng_family family); /* no flood any more, but questions of this family */

/* A client's question to be asked then, of the flood's family, after those that were added before it; its
 * verdict will be in world->questions, from 0 on. */
void world_ask(struct world *world, const __u64 address[2], uint64_t then_ns, uint32_t who);
void world_sort_questions(struct world *world); /* by their time */
void world_forget_questions(struct world *world);

/* Lets so many packets of the flood come, on this CPU; or all packets and questions that come before then
 * (of a flood without pauses). */
void world_run(struct world *world, uint64_t packets);
void world_until(struct world *world, uint64_t then_ns);

/* Turns the clock to then; the flood, if any, pauses. */
void world_skip(struct world *world, uint64_t then_ns);

struct tally world_tally(struct world *world);
struct tally tally_since(struct tally now, struct tally before);
/* Packets that the table of limited clients tells of, of all of them. */
uint64_t world_clients_dropped(struct world *world);
uint64_t tally_passed(const struct tally *tally);
bool verdict_passes(enum ng_verdict verdict);

/* An IPv4 address, or an IPv6 one, from text. */
struct address address_of(const char *text);

/* A flood from all addresses (or `pool` of them) that begin with so many bits of this one. */
struct flood flood_from(const char *text, unsigned int length, uint64_t pool, uint64_t rate);

/* Ends the program: nothing can be measured. */
void world_fail(const char *what, int error) __attribute__((noreturn));

#endif
