// SPDX-License-Identifier: GPL-2.0-only
/* Runs vectors.def: every row and its twin, in both families. */
#include "vectors.h"

#include "limited.h"

#include <stdlib.h>
#include <string.h>

enum { BOTH_FAMILIES, ONLY_IPV4, ONLY_IPV6 };

/* What the table looks like if one thing is changed; what is zero stays. */
struct twin {
	const char *says;
	enum ng_verdict want;
	const char *policy;
	enum person from; /* HOST: the row's own */
	uint16_t length, sport, dport;
	uint16_t flip_at;
	uint8_t flip;
	bool whole; /* the same without the mark of a fragment */
};

struct row {
	const char *says, *policy; /* policy NULL: none was ever in force */
	enum person from, to;
	struct frame frame;
	struct message before; /* goes the other way between the same ends, before the frame; length 0: none */
	unsigned int spent; /* requests before it, at the same moment, */
	enum person spender; /* from here; HOST: its own sender */
	enum person regular; /* asked in several periods before; HOST: nobody did */
	bool lucky; /* leaks, if it can */
	bool crowd; /* before it, queries from every port of HOST leave for two others */
	enum ng_verdict want;
	int only;
	struct twin twin;
};

/* ---- the words of the table ---- */

#define FROM_TO(who, from_port, to_port) .from = who, .to = HOST, .frame.sport = from_port, .frame.dport = to_port
#define FROM(who) FROM_TO(who, PORT_EPHEMERAL, PORT_NTP)
#define FROM_NTP_PORT(who) FROM_TO(who, PORT_NTP, PORT_NTP)
#define REPLY_FROM(who) FROM_TO(who, PORT_NTP, PORT_EPHEMERAL)

#define SENT_TO(who, from_port, to_port)                                                                               \
	.from = HOST, .to = who, .frame.direction = NG_OUT, .frame.sport = from_port, .frame.dport = to_port
#define QUERY_TO(who, port) SENT_TO(who, port, PORT_NTP)
#define ANSWER_TO(who, port) SENT_TO(who, PORT_NTP, port)
#define AFTER(...) .before = __VA_ARGS__
#define SPENT(count) .spent = count
#define SPENT_BY(who, count) .spender = who, .spent = count
#define REGULAR(who) .regular = who
#define LUCKY .lucky = true
#define CROWDED .crowd = true

#define PADDED .frame.padded_to = 60
#define TAGGED(...) .frame.tags = { __VA_ARGS__ }
#define OPTIONS(words) .only = ONLY_IPV4, .frame.options = words
#define CHAINED(...) .frame.chain = { __VA_ARGS__ }, .frame.chain_length = sizeof((uint8_t[]){ __VA_ARGS__ })
#define CHAIN(...) .only = ONLY_IPV6, CHAINED(__VA_ARGS__)
#define FIRST_FRAGMENT .frame.fragment = 0x2000, .frame.fragment6 = 1, CHAINED(FRAGMENT_HEADER)
#define LATER_FRAGMENT .frame.fragment = 0x2006, .frame.fragment6 = 6 << 3 | 1, CHAINED(FRAGMENT_HEADER)
#define LAST_FRAGMENT .frame.fragment = 0x0006, .frame.fragment6 = 6 << 3, CHAINED(FRAGMENT_HEADER)
#define PROTOCOL(number) .frame.protocol = number
#define ETHERTYPE(number) .frame.ethertype = number
#define UDP_CLAIMS(more) .frame.udp_more = more
#define IP_CLAIMS(more) .frame.ip_more = more
#define CUT(bytes) .frame.cut = bytes

#define TWIN(sentence, change, verdict) .twin = { .says = sentence, change, .want = NG_V_##verdict }
#define BIT(at, mask) .flip_at = at, .flip = mask
#define BYTES(count) .length = count
#define SENDER(who) .from = who
#define SENDER_PORT(number) .sport = number
#define RECEIVER_PORT(number) .dport = number
#define POLICY(text) .policy = text
#define WHOLE .whole = true

static const struct row rows[] = {
#define ROW(sentence, text, payload, route, verdict, ...)                                                              \
	{ .says = sentence, .policy = text, .frame.message = payload, route, .want = NG_V_##verdict, __VA_ARGS__ },
#include "vectors.def"
#undef ROW
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The gate: a verdict that no row expects stops the build. */
enum {
	EXPECTED = 0u
#define ROW(sentence, text, payload, route, verdict, ...) | 1u << NG_V_##verdict
#include "vectors.def"
#undef ROW
};
#define NG_VERDICT(number, id, direction, action, label, sentence)                                                     \
	_Static_assert((unsigned int)EXPECTED >> (number)&1u, "no row of tests/packets/vectors.def expects " #id);
#include "verdicts.def"
#undef NG_VERDICT

/* ---- twins ---- */

static const char *twin_policy(const struct row *row)
{
	return row->twin.policy ? row->twin.policy : row->policy;
}

static struct frame row_frame(const struct row *row, enum ng_family family)
{
	struct frame frame = row->frame;

	frame.family = family;
	cast_address(row->from, family, frame.source);
	cast_address(row->to, family, frame.destination);
	return frame;
}

static struct frame twin_frame(const struct row *row, enum ng_family family)
{
	const struct twin *twin = &row->twin;
	struct frame frame = row_frame(row, family);

	if (twin->from != HOST)
		cast_address(twin->from, family, frame.source);
	if (twin->length)
		frame.message.length = twin->length;
	if (twin->sport)
		frame.sport = twin->sport;
	if (twin->dport)
		frame.dport = twin->dport;
	if (twin->flip) {
		frame.message.flip_at = twin->flip_at;
		frame.message.flip = twin->flip;
	}
	if (twin->whole)
		frame.fragment = frame.fragment6 = 0;
	return frame;
}

static unsigned int differing_bits(const struct packet *a, const struct packet *b)
{
	unsigned int bits = 0;

	for (size_t i = 0; i < a->size; i++)
		bits += (unsigned int)__builtin_popcount(a->bytes[i] ^ b->bytes[i]);
	return bits;
}

/* One bit of the frame, one byte of its length, or the policy and nothing of the frame. */
static bool is_close(const struct row *row, enum ng_family family)
{
	struct frame frame = row_frame(row, family), twin = twin_frame(row, family);
	bool same_policy = twin_policy(row) == row->policy;
	int longer = twin.message.length - frame.message.length;
	struct packet a, b;

	if (longer && (longer > 1 || longer < -1))
		return false;
	twin.message.length = frame.message.length;
	frame_build(&frame, &a);
	frame_build(&twin, &b);
	if (a.size != b.size)
		return false;
	return differing_bits(&a, &b) + (longer != 0) + !same_policy == 1;
}

static bool has_monitor(const char *policy)
{
	return policy && strstr(policy, "monitor");
}

static bool in_family(const struct row *row, enum ng_family family)
{
	return row->only != (family == NG_IPV4 ? ONLY_IPV6 : ONLY_IPV4);
}

/* Every row that drops has a twin that passes, however little it differs. */
static void check_twin(struct run *run, const struct row *row)
{
	bool drops = run_drops(row->want) && !has_monitor(row->policy);

	if (!drops && !row->twin.says)
		return;
	if (!row->twin.says)
		run_complain(run, "%s: drops, and has no twin that passes", row->says);
	else if (run_drops(row->twin.want) && !has_monitor(twin_policy(row)))
		run_complain(run, "%s: its twin does not pass", row->says);
	for (int family = 0; row->twin.says && family < NG_FAMILIES; family++)
		if (in_family(row, family) && !is_close(row, family))
			run_complain(run, "%s: its twin is not one bit, byte or directive away", row->says);
}

/* ---- running ---- */

/* One side of a row: itself or its twin. */
struct trial {
	const struct row *row;
	bool is_twin;
	const char *policy;
};

/* By policy, because putting one in force takes longer than a
 * thousand frames. None comes first: that state is gone once there was one. */
static int compare(const void *left, const void *right)
{
	const struct trial *a = left, *b = right;
	int order = !!a->policy - !!b->policy;

	if (!order && a->policy)
		order = strcmp(a->policy, b->policy);
	if (!order)
		order = a->row < b->row ? -1 : a->row > b->row;
	return order ? order : a->is_twin - b->is_twin;
}

/* What goes the other way before the frame. */
static void send_before(struct run *run, const struct row *row, enum ng_family family)
{
	struct frame frame = { .family = family,
			       .direction = row->frame.direction == NG_IN ? NG_OUT : NG_IN,
			       .sport = row->frame.dport,
			       .dport = row->frame.sport,
			       .message = row->before };

	cast_address(row->to, family, frame.source);
	cast_address(row->from, family, frame.destination);
	if (row->before.length || row->before.hex)
		run_before(run, &frame);
}

/* Some 32 queries for each set of the table, which has room for five. */
static void send_crowd(struct run *run, const struct row *row, enum ng_family family)
{
	struct frame frame = { .family = family, .direction = NG_OUT, .dport = PORT_NTP, .message = ntp(4, 3, 48) };

	cast_address(HOST, family, frame.source);
	for (enum person who = VICTIM; row->crowd && who <= ATTACKER; who++) {
		cast_address(who, family, frame.destination);
		for (unsigned int port = 1; port <= UINT16_MAX; port++) {
			frame.sport = (uint16_t)port;
			run_before(run, &frame);
		}
	}
}

static bool is_limited(const struct row *row)
{
	return row->policy && strstr(row->policy, "default limit");
}

/* A past that limits know of, long after all others'. */
static void live_through(struct run *run, const struct row *row, enum ng_family family)
{
	struct frame regular = row_frame(row, family), spender = regular;

	if (!is_limited(row))
		return;
	run->now_ns += FORGOTTEN_NS;
	cast_address(row->regular, family, regular.source);
	for (int i = 0; row->regular != HOST && i < NG_REGULAR_AFTER; i++) {
		run->now_ns += PERIOD_NS;
		run_before(run, &regular);
	}
	if (row->spender != HOST)
		cast_address(row->spender, family, spender.source);
	for (unsigned int i = 0; i < row->spent; i++)
		run_before(run, &spender);
	run_chance(run, row->lucky);
}

static void run_trial(struct run *run, const struct trial *trial)
{
	const struct row *row = trial->row;

	if (trial->policy)
		run_policy(run, trial->policy);
	for (int family = 0; family < NG_FAMILIES; family++) {
		struct frame frame = trial->is_twin ? twin_frame(row, family) : row_frame(row, family);

		if (!in_family(row, family))
			continue;
		send_crowd(run, row, family);
		send_before(run, row, family);
		live_through(run, row, family);
		run_frame(run, &frame, trial->is_twin ? row->twin.want : row->want, "%s%s%s (%s)", row->says,
			  trial->is_twin ? "; its twin, " : "", trial->is_twin ? row->twin.says : "",
			  family == NG_IPV4 ? "IPv4" : "IPv6");
	}
}

static bool is_plain(const struct row *row)
{
	return !row->crowd && !is_limited(row);
}

static bool is_crowded(const struct row *row)
{
	return row->crowd;
}

static void run_rows(struct run *run, bool (*which)(const struct row *row))
{
	static struct trial trials[2 * ROWS];
	size_t count = 0;

	for (size_t i = 0; i < ROWS; i++) {
		if (!which(&rows[i]))
			continue;
		trials[count++] = (struct trial){ .row = &rows[i], .policy = rows[i].policy };
		if (rows[i].twin.says)
			trials[count++] = (struct trial){ &rows[i], true, twin_policy(&rows[i]) };
		check_twin(run, &rows[i]);
	}
	qsort(trials, count, sizeof(trials[0]), compare);
	for (size_t i = 0; i < count; i++)
		run_trial(run, &trials[i]);
}

void vectors_run(struct run *run)
{
	run_rows(run, is_plain);
}

void vectors_run_limited(struct run *run)
{
	run_rows(run, is_limited);
}

void vectors_run_crowded(struct run *run)
{
	run_rows(run, is_crowded);
}
