// SPDX-License-Identifier: GPL-2.0-only
/* What one packet leaves behind for the next, in both directions and over time. */
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "sweeps.h"

#define PORT_OF_ITS_OWN 44000 /* nobody else's queries are outstanding there */

/* HOST's query or answer to `who`, or what comes back from there. */
static struct frame between(enum ng_family family, enum ng_direction direction, enum person who, uint16_t host_port,
			    uint16_t port, struct message message)
{
	struct frame frame = { .family = family, .direction = direction, .message = message };
	bool leaves = direction == NG_OUT;

	cast_address(leaves ? HOST : who, family, frame.source);
	cast_address(leaves ? who : HOST, family, frame.destination);
	frame.sport = leaves ? host_port : port;
	frame.dport = leaves ? port : host_port;
	return frame;
}

static void answers(struct run *run)
{
	const struct message query = ntp(4, 3, 228), answer = ntp(4, 4, 228);

	run_policy(run, "default pass");
	for (enum ng_family family = NG_IPV4; family < NG_FAMILIES; family++) {
		struct frame in = between(family, NG_IN, CLIENT, PORT_NTP, PORT_OF_ITS_OWN, query);
		struct frame out = between(family, NG_OUT, CLIENT, PORT_NTP, PORT_OF_ITS_OWN, answer);

		run_frame(run, &in, NG_V_REQUEST_DEFAULT, "a long query");
		run_frame(run, &in, NG_V_REQUEST_DEFAULT, "another");
		run_frame(run, &out, NG_V_ANSWER_SENT, "its answer");
		run_frame(run, &out, NG_V_ANSWER_SENT, "the other's answer");
		run_frame(run, &out, NG_V_ANSWER_AMPLIFIED, "an answer more than queries");
	}
}

static const struct message queries[] = { hex("23 39x00 0102030405060708"), hex("23 39x00 1112131415161718"),
					  hex("23 39x00 2122232425262728"), hex("23 39x00 3132333435363738") };
static const struct message replies[] = { hex("24 23x00 0102030405060708 16x00"),
					  hex("24 23x00 1112131415161718 16x00"),
					  hex("24 23x00 2122232425262728 16x00"),
					  hex("24 23x00 3132333435363738 16x00") };

/* Of an endpoint the last three queries are outstanding. */
static void outstanding(struct run *run)
{
	run_policy(run, "default drop; replies solicited");
	for (enum ng_family family = NG_IPV4; family < NG_FAMILIES; family++) {
		for (size_t i = 0; i < 4; i++) {
			struct frame out = between(family, NG_OUT, PEER, PORT_OF_ITS_OWN, PORT_NTP, queries[i]);

			run_frame(run, &out, NG_V_QUERY_SENT, "query %zu", i);
		}
		for (size_t i = 0; i < 4; i++) {
			struct frame in = between(family, NG_IN, PEER, PORT_OF_ITS_OWN, PORT_NTP, replies[i]);

			run_frame(run, &in, i ? NG_V_REPLY_SOLICITED : NG_V_BAD_ORIGIN, "the reply to query %zu", i);
		}
	}
}

/* A flow of what is not NTP stays open when a packet of it happens to look like NTP. */
static void open_flow(struct run *run)
{
	const struct message junk = hex("01000000 60xff"), back = hex("02000000 60xff");

	run_policy(run, "default drop; replies solicited");
	for (enum ng_family family = NG_IPV4; family < NG_FAMILIES; family++) {
		struct frame in = between(family, NG_IN, PEER, PORT_OF_ITS_OWN + 1, PORT_NTP, back);
		struct frame out = between(family, NG_OUT, PEER, PORT_OF_ITS_OWN + 1, PORT_NTP, junk);

		run_frame(run, &in, NG_V_MALFORMED, "before anything was sent there");
		run_frame(run, &out, NG_V_QUERY_SENT, "no NTP");
		out.message = queries[0];
		for (int i = 0; i < 6; i++)
			run_frame(run, &out, NG_V_QUERY_SENT, "what looks like NTP");
		run_frame(run, &in, NG_V_REPLY_SOLICITED, "no NTP comes back");
	}
}

/* ---- under a clock that is turned ---- */

static struct ng_replayer *open_replayer(struct run *run)
{
	struct ng_replayer *replayer = NULL;
	struct ng_fault fault = { .message = "" };
	struct ng_policy *image;
	struct ng_draft draft;

	ng_draft_init(&draft); /* default drop, replies solicited */
	image = ng_compile(&draft);
	if (!image || ng_replay_open(&replayer, image, &fault))
		run_give_up(run, "replay: %s", fault.message);
	free(image);
	ng_draft_free(&draft);
	return replayer;
}

static void at_second(struct run *run, struct ng_replayer *replayer, uint64_t second, struct frame frame, int want)
{
	struct packet packet;
	int got;

	frame_build(&frame, &packet);
	got = ng_replay_run(replayer, packet.direction, packet.bytes, packet.size, second * 1000000000u);
	run->frames++;
	if (got == want)
		run->passed++;
	else
		run_complain(run, "at second %llu: verdict %d, not %d", (unsigned long long)second, got, want);
}

/* A query is outstanding for 16 s; a peer that is polled every 64 s is remembered for at least 128 s. */
static void time_out(struct run *run)
{
	const struct message poll = hex("21 00 06 45x00"), polled = ntp(4, 1, 48);
	struct ng_replayer *replayer = open_replayer(run);

	for (enum ng_family family = NG_IPV4; family < NG_FAMILIES; family++) {
		struct frame in = between(family, NG_IN, SERVER, 40000, PORT_NTP, replies[0]);
		struct frame peer = between(family, NG_IN, PEER, PORT_NTP, PORT_NTP, polled);
		uint64_t start = 100000 * (1 + (uint64_t)family);

		at_second(run, replayer, start, between(family, NG_OUT, SERVER, 40000, PORT_NTP, queries[0]),
			  NG_V_QUERY_SENT);
		at_second(run, replayer, start, between(family, NG_OUT, PEER, PORT_NTP, PORT_NTP, poll),
			  NG_V_QUERY_SENT);
		at_second(run, replayer, start + 15, in, NG_V_REPLY_SOLICITED);
		at_second(run, replayer, start + 17, in, NG_V_UNSOLICITED);
		at_second(run, replayer, start + 128, peer, NG_V_PEER_ALLOWED);
		at_second(run, replayer, start + 300, peer, NG_V_PEER_DENIED);
		at_second(run, replayer, start + 39 * 3600 + 5, in, NG_V_UNSOLICITED);
	}
	ng_replay_close(replayer);
}

/* An open flow is marked again after a second, by whatever packet comes then, and as open. */
static void open_flow_in_time(struct run *run)
{
	const struct message junk = hex("01000000 60xff"), back = hex("02000000 60xff");
	struct ng_replayer *replayer = open_replayer(run);

	for (enum ng_family family = NG_IPV4; family < NG_FAMILIES; family++) {
		struct frame in = between(family, NG_IN, PEER, 40000, PORT_NTP, back);
		uint64_t start = 100000 * (1 + (uint64_t)family);

		at_second(run, replayer, start, between(family, NG_OUT, PEER, 40000, PORT_NTP, junk), NG_V_QUERY_SENT);
		at_second(run, replayer, start + 10, between(family, NG_OUT, PEER, 40000, PORT_NTP, queries[0]),
			  NG_V_QUERY_SENT);
		at_second(run, replayer, start + 25, in, NG_V_REPLY_SOLICITED);
		at_second(run, replayer, start + 27, in, NG_V_MALFORMED);
	}
	ng_replay_close(replayer);
}

const struct group state_sweeps[] = {
	{ "a long query entitles to one long answer", answers },
	{ "several outstanding queries of one endpoint", outstanding },
	{ "a flow that is not NTP", open_flow },
	{ "what is noted dies in time", time_out },
	{ "a flow that is not NTP, in time", open_flow_in_time },
};
const size_t state_sweep_count = SWEEP_COUNT(state_sweeps);
