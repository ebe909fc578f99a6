// SPDX-License-Identifier: GPL-2.0-only
/* bpf/judge.h compiled for the host: first the rows of the manual, one by one and each beside its twin
 * that is a bit away; then every packet there can be, against a second reading of the same rows. */
#include <arpa/inet.h>

#include "unit.h"

#include "judge.h"

#define PORT NTP_PORT
#define BYTE(version, mode) ((version) << 3 | (mode))
#define RESPONSE7 0x80u /* in byte 0 */
#define RESPONSE6 0x8000u /* in byte 1 */

static const char *const labels[] = {
#define NG_VERDICT(number, id, direction, action, label, sentence) [number] = label,
#include "verdicts.def"
#undef NG_VERDICT
};

static const char *label_of(enum ng_verdict verdict)
{
	return verdict == NG_UNDECIDED ? "what the limits say" : labels[verdict];
}

enum way { TO_US, FROM_SERVER, BETWEEN_SERVERS }; /* ephemeral to 123, 123 to ephemeral, 123 to 123 */

struct question {
	uint32_t head, length;
	enum way way;
	uint8_t fragment, flags, asked; /* NG_ASKED_* */
	bool strict; /* without `replies any`, which holds otherwise */
	bool leaves, entitled; /* on the way out; to an answer of this length */
	struct ng_rules rules;
};

static enum ng_verdict judge_leaving(const struct question *question, const struct ng_pkt *pkt, struct ng_root root)
{
	enum ng_verdict verdict = ng_judge_leaving(pkt, root);

	if (verdict != NG_UNDECIDED)
		return verdict;
	return question->entitled ? NG_V_ANSWER_SENT : ng_judge_receiver(pkt, question->rules);
}

static enum ng_verdict judge(const struct question *question, uint8_t published)
{
	const struct ng_pkt pkt = {
		.sport = htons(question->way == TO_US ? 50123 : PORT),
		.dport = htons(question->way == FROM_SERVER ? 50123 : PORT),
		.head = question->head,
		.ntp_len = question->length,
		.first_fragment = question->fragment,
	};
	const struct ng_root root = {
		.flags = question->flags | published | (question->strict ? 0 : NG_ROOT_REPLIES_ANY), .port = htons(PORT)
	};
	enum ng_verdict verdict = ng_judge_shape(&pkt, root);

	if (question->leaves)
		return judge_leaving(question, &pkt, root);
	if (ng_is_asked_for(&pkt, verdict, root))
		verdict = ng_judge_reply(verdict, question->asked, root);
	if (verdict == NG_UNDECIDED || verdict == NG_IS_REPLY)
		verdict = ng_judge_source(&pkt, verdict, question->rules, question->asked);
	return verdict;
}

/* ---- the manual ---- */

struct row {
	const char *what;
	struct question question;
	enum ng_verdict verdict;
};

#define ASK(head_, length_, ...)                                                                                       \
	{                                                                                                              \
		.head = (head_), .length = (length_), __VA_ARGS__                                                      \
	}
#define CLASS(bits) .rules.class = (bits)
#define PASS_BY_DEFAULT .rules.default_action = NG_DEFAULT_PASS
#define LIMIT_BY_DEFAULT .rules.default_action = NG_DEFAULT_LIMIT
#define AS_REQUEST .rules.symmetric_as_request = 1
#define LISTED7 CLASS(NG_CLASS_PRIVATE), .flags = NG_ROOT_PRIVATE
#define LISTED6 CLASS(NG_CLASS_CONTROL), .flags = NG_ROOT_CONTROL

#define REPLY(...) ASK(BYTE(4, 4), 48, .way = FROM_SERVER, .strict = true, ##__VA_ARGS__)

static const struct row rows[] = {
	/* 1: first fragments */
	{ "a fragmented request", ASK(BYTE(4, 3), 48, .fragment = 1, CLASS(NG_CLASS_ALLOW)), NG_V_FRAGMENT },
	{ "a fragmented reply", ASK(BYTE(4, 4), 48, .fragment = 1, .way = FROM_SERVER), NG_V_FRAGMENT },
	{ "fragments where the policy passes them",
	  ASK(BYTE(4, 3), 48, .fragment = 1, .flags = NG_ROOT_FRAGMENTS, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	{ "fragmented monlist where the policy passes fragments",
	  ASK(BYTE(2, 7), 8, .fragment = 1, .flags = NG_ROOT_FRAGMENTS), NG_V_MODE7 },
	/* 2: mode 7 queries */
	{ "monlist, 8 bytes", ASK(BYTE(2, 7), 8), NG_V_MODE7 },
	{ "monlist, 48 bytes", ASK(BYTE(2, 7), 48), NG_V_MODE7 },
	{ "monlist, one byte", ASK(BYTE(2, 7), 1), NG_V_MODE7 },
	{ "monlist of an allowed client", ASK(BYTE(2, 7), 8, CLASS(NG_CLASS_ALLOW)), NG_V_MODE7 },
	{ "monlist of a control address", ASK(BYTE(2, 7), 8, CLASS(NG_CLASS_CONTROL), .flags = NG_ROOT_CONTROL),
	  NG_V_MODE7 },
	{ "monlist of a private address", ASK(BYTE(2, 7), 8, LISTED7), NG_V_CONTROL_ALLOWED },
	{ "monlist of a stranger where others are private", ASK(BYTE(2, 7), 8, .flags = NG_ROOT_PRIVATE), NG_V_MODE7 },
	{ "monlist from port 123", ASK(BYTE(2, 7), 8, .way = BETWEEN_SERVERS), NG_V_MODE7 },
	{ "a reflected monlist answer", ASK(BYTE(2, 7) | RESPONSE7, 440, .way = FROM_SERVER), NG_V_REPLY_LISTED },
	{ "a monlist answer to port 123", ASK(BYTE(2, 7) | RESPONSE7, 440, .way = BETWEEN_SERVERS), NG_V_REPLY_LISTED },
	{ "mode 7 with mode 6's response bit", ASK(BYTE(2, 7) | RESPONSE6, 8), NG_V_MODE7 },
	/* 3: mode 6 queries */
	{ "readvar", ASK(BYTE(2, 6) | 0x0200, 12), NG_V_MODE6 },
	{ "readvar of a control address", ASK(BYTE(2, 6) | 0x0200, 12, LISTED6), NG_V_CONTROL_ALLOWED },
	{ "readvar of a private address", ASK(BYTE(2, 6), 12, CLASS(NG_CLASS_PRIVATE), .flags = NG_ROOT_PRIVATE),
	  NG_V_MODE6 },
	{ "readvar of a stranger where others are listed", ASK(BYTE(2, 6), 12, .flags = NG_ROOT_CONTROL), NG_V_MODE6 },
	{ "a readvar answer", ASK(BYTE(2, 6) | RESPONSE6, 300, .way = FROM_SERVER), NG_V_REPLY_LISTED },
	{ "a readvar answer to port 123", ASK(BYTE(2, 6) | RESPONSE6, 300, .way = BETWEEN_SERVERS), NG_V_REPLY_LISTED },
	{ "mode 6 with mode 7's response bit", ASK(BYTE(2, 6) | RESPONSE7, 12), NG_V_MODE6 },
	{ "mode 6 from port 123, no response bit", ASK(BYTE(2, 6), 12, .way = FROM_SERVER), NG_V_REPLY_LISTED },
	/* 4: not an NTP message */
	{ "nothing", ASK(0, 0, CLASS(NG_CLASS_ALLOW)), NG_V_MALFORMED },
	{ "version 0", ASK(BYTE(0, 3), 48, CLASS(NG_CLASS_ALLOW)), NG_V_MALFORMED },
	{ "version 5", ASK(BYTE(5, 3), 48, CLASS(NG_CLASS_ALLOW)), NG_V_MALFORMED },
	{ "version 5 where the policy has it", ASK(BYTE(5, 3), 48, CLASS(NG_CLASS_ALLOW), .flags = NG_ROOT_NTPV5),
	  NG_V_REQUEST_ALLOWED },
	{ "version 6 where the policy has 5", ASK(BYTE(6, 3), 48, CLASS(NG_CLASS_ALLOW), .flags = NG_ROOT_NTPV5),
	  NG_V_MALFORMED },
	{ "version 7", ASK(BYTE(7, 3), 48, CLASS(NG_CLASS_ALLOW)), NG_V_MALFORMED },
	{ "47 bytes", ASK(BYTE(4, 3), 47, CLASS(NG_CLASS_ALLOW)), NG_V_MALFORMED },
	{ "44 bytes", ASK(BYTE(4, 3), 44, CLASS(NG_CLASS_ALLOW)), NG_V_MALFORMED },
	{ "49 bytes", ASK(BYTE(4, 3), 49, CLASS(NG_CLASS_ALLOW)), NG_V_MALFORMED },
	{ "1144 bytes", ASK(BYTE(4, 3), 1144, CLASS(NG_CLASS_ALLOW)), NG_V_MALFORMED },
	{ "a reply of 47 bytes", ASK(BYTE(4, 4), 47, .way = FROM_SERVER), NG_V_MALFORMED },
	{ "a reply of version 0", ASK(BYTE(0, 4), 48, .way = FROM_SERVER), NG_V_MALFORMED },
	{ "mode 0 of version 4", ASK(BYTE(4, 0), 48, CLASS(NG_CLASS_ALLOW)), NG_V_MALFORMED },
	{ "mode 0 of version 1 from port 123", ASK(BYTE(1, 0), 48, .way = BETWEEN_SERVERS, CLASS(NG_CLASS_ALLOW)),
	  NG_V_MALFORMED },
	/* what real clients send besides the plain 48 bytes */
	{ "an NTPv1 client", ASK(BYTE(1, 0), 48, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	{ "leap indicator 3", ASK(0xe3, 48, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	{ "any second byte", ASK(BYTE(4, 3) | 0xff00, 48, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	{ "MD5", ASK(BYTE(3, 3), 68, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	{ "SHA-1", ASK(BYTE(4, 3), 72, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	{ "MS-SNTP", ASK(BYTE(3, 3), 120, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	{ "NTS", ASK(BYTE(4, 3), 228, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	{ "NTS after lost replies", ASK(BYTE(4, 3), 956, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	{ "the longest message", ASK(BYTE(4, 3), 1140, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	/* 5: replies */
	{ "a reply", ASK(BYTE(4, 4), 48, .way = FROM_SERVER), NG_V_REPLY_LISTED },
	{ "a reply to port 123", ASK(BYTE(4, 4), 48, .way = BETWEEN_SERVERS), NG_V_REPLY_LISTED },
	{ "a reply to port 123 from an odd port", ASK(BYTE(4, 4), 48), NG_V_REPLY_LISTED },
	{ "symmetric passive", ASK(BYTE(4, 2), 48, .way = BETWEEN_SERVERS), NG_V_REPLY_LISTED },
	{ "mode 3 from port 123 to another", ASK(BYTE(4, 3), 48, .way = FROM_SERVER), NG_V_REPLY_LISTED },
	{ "a reply of a denied address", ASK(BYTE(4, 4), 48, .way = FROM_SERVER, CLASS(NG_CLASS_DENY)),
	  NG_V_REPLY_LISTED },
	/* 6: symmetric active */
	{ "a peer", ASK(BYTE(4, 1), 48, .way = BETWEEN_SERVERS, CLASS(NG_CLASS_PEER)), NG_V_PEER_ALLOWED },
	{ "an allowed peer", ASK(BYTE(4, 1), 48, CLASS(NG_CLASS_ALLOW)), NG_V_PEER_ALLOWED },
	{ "a denied peer", ASK(BYTE(4, 1), 48, CLASS(NG_CLASS_PEER | NG_CLASS_DENY)), NG_V_DENIED },
	{ "a server as peer", ASK(BYTE(4, 1), 48, CLASS(NG_CLASS_SERVER)), NG_V_PEER_DENIED },
	{ "a stranger as peer", ASK(BYTE(4, 1), 48), NG_V_PEER_DENIED },
	{ "a stranger as peer, default pass", ASK(BYTE(4, 1), 48, PASS_BY_DEFAULT), NG_V_PEER_DENIED },
	{ "old Windows, symmetric limit", ASK(BYTE(3, 1), 48, AS_REQUEST, PASS_BY_DEFAULT), NG_V_REQUEST_DEFAULT },
	{ "old Windows, symmetric limit, default drop", ASK(BYTE(3, 1), 48, AS_REQUEST), NG_V_NOT_ALLOWED },
	{ "a denied stranger, symmetric limit", ASK(BYTE(3, 1), 48, AS_REQUEST, CLASS(NG_CLASS_DENY)), NG_V_DENIED },
	/* 7: broadcast */
	{ "broadcast of a server", ASK(BYTE(4, 5), 48, .way = BETWEEN_SERVERS, CLASS(NG_CLASS_SERVER)),
	  NG_V_REPLY_LISTED },
	{ "broadcast of a peer", ASK(BYTE(4, 5), 48, .way = BETWEEN_SERVERS, CLASS(NG_CLASS_PEER)), NG_V_REPLY_LISTED },
	{ "broadcast of a stranger", ASK(BYTE(4, 5), 48, .way = BETWEEN_SERVERS), NG_V_BROADCAST },
	{ "broadcast of an allowed client", ASK(BYTE(4, 5), 48, CLASS(NG_CLASS_ALLOW)), NG_V_BROADCAST },
	/* 8: requests */
	{ "an allowed client", ASK(BYTE(4, 3), 48, CLASS(NG_CLASS_ALLOW)), NG_V_REQUEST_ALLOWED },
	{ "an allowed client from port 123", ASK(BYTE(4, 3), 48, .way = BETWEEN_SERVERS, CLASS(NG_CLASS_ALLOW)),
	  NG_V_REQUEST_ALLOWED },
	{ "a denied client", ASK(BYTE(4, 3), 48, CLASS(NG_CLASS_DENY)), NG_V_DENIED },
	{ "a denied client, default pass", ASK(BYTE(4, 3), 48, CLASS(NG_CLASS_DENY), PASS_BY_DEFAULT), NG_V_DENIED },
	{ "a stranger, default drop", ASK(BYTE(4, 3), 48), NG_V_NOT_ALLOWED },
	{ "a stranger, default pass", ASK(BYTE(4, 3), 48, PASS_BY_DEFAULT), NG_V_REQUEST_DEFAULT },
	{ "a server asks, default drop", ASK(BYTE(4, 3), 48, CLASS(NG_CLASS_SERVER)), NG_V_NOT_ALLOWED },
	{ "a peer asks, default drop", ASK(BYTE(4, 3), 48, CLASS(NG_CLASS_PEER)), NG_V_NOT_ALLOWED },
	{ "an NTPv1 stranger", ASK(BYTE(1, 0), 48), NG_V_NOT_ALLOWED },
	/* our own faults open */
	{ "a request, page missing", ASK(BYTE(4, 3), 48, CLASS(NG_CLASS_FAULT)), NG_V_INTERNAL },
	{ "monlist, page missing", ASK(BYTE(2, 7), 8, CLASS(NG_CLASS_FAULT), .flags = NG_ROOT_PRIVATE), NG_V_INTERNAL },
	{ "monlist, page missing, no private list", ASK(BYTE(2, 7), 8, CLASS(NG_CLASS_FAULT)), NG_V_MODE7 },
	{ "broadcast, page missing", ASK(BYTE(4, 5), 48, CLASS(NG_CLASS_FAULT)), NG_V_INTERNAL },
	/* what was asked for */
	{ "a solicited reply", REPLY(.asked = NG_ASKED_SO | NG_ASKED_SEEN), NG_V_REPLY_SOLICITED },
	{ "a solicited reply of a denied server", REPLY(.asked = NG_ASKED_SO, CLASS(NG_CLASS_DENY)),
	  NG_V_REPLY_SOLICITED },
	{ "a reply to another query", REPLY(.asked = NG_ASKED_SEEN), NG_V_BAD_ORIGIN },
	{ "a reply out of the blue", REPLY(), NG_V_UNSOLICITED },
	{ "a listed server's, replies solicited", REPLY(CLASS(NG_CLASS_SERVER)), NG_V_UNSOLICITED },
	{ "a listed server's, replies listed", REPLY(CLASS(NG_CLASS_SERVER), .flags = NG_ROOT_REPLIES_LISTED),
	  NG_V_REPLY_LISTED },
	{ "a stranger's, replies listed", REPLY(.flags = NG_ROOT_REPLIES_LISTED), NG_V_UNSOLICITED },
	{ "a stranger's to another query, replies listed",
	  REPLY(.asked = NG_ASKED_SEEN, .flags = NG_ROOT_REPLIES_LISTED), NG_V_BAD_ORIGIN },
	{ "a reply, page missing", REPLY(CLASS(NG_CLASS_FAULT), .flags = NG_ROOT_REPLIES_LISTED), NG_V_INTERNAL },
	{ "no NTP, from where the host talks to", ASK(BYTE(0, 1), 9, .way = FROM_SERVER, .asked = NG_ASKED_SO),
	  NG_V_REPLY_SOLICITED },
	{ "no NTP to the NTP port is no reply", ASK(BYTE(0, 1), 9, .asked = NG_ASKED_SO), NG_V_MALFORMED },
	{ "monlist is no reply", ASK(BYTE(2, 7), 8, .asked = NG_ASKED_SO), NG_V_MODE7 },
	{ "a request is no reply", ASK(BYTE(4, 3), 48, .asked = NG_ASKED_SO), NG_V_NOT_ALLOWED },
	{ "a polled peer", ASK(BYTE(4, 1), 48, .way = BETWEEN_SERVERS, .asked = NG_ASKED_SEEN | NG_ASKED_PEER),
	  NG_V_PEER_ALLOWED },
	{ "a polled server as peer", ASK(BYTE(4, 1), 48, .way = BETWEEN_SERVERS, .asked = NG_ASKED_SEEN),
	  NG_V_PEER_DENIED },
	/* where limits decide */
	{ "a stranger's request, for the limits", ASK(BYTE(4, 3), 48, LIMIT_BY_DEFAULT), NG_UNDECIDED },
	{ "an NTPv1 request, for the limits", ASK(BYTE(1, 0), 48, LIMIT_BY_DEFAULT), NG_UNDECIDED },
	{ "an allowed request, whatever the limits", ASK(BYTE(4, 3), 48, LIMIT_BY_DEFAULT, CLASS(NG_CLASS_ALLOW)),
	  NG_V_REQUEST_ALLOWED },
	{ "a denied request, whatever the limits", ASK(BYTE(4, 3), 48, LIMIT_BY_DEFAULT, CLASS(NG_CLASS_DENY)),
	  NG_V_DENIED },
	{ "a symmetric stranger, whatever the limits", ASK(BYTE(4, 1), 48, LIMIT_BY_DEFAULT), NG_V_PEER_DENIED },
	{ "a symmetric stranger as a request, for the limits", ASK(BYTE(4, 1), 48, LIMIT_BY_DEFAULT, AS_REQUEST),
	  NG_UNDECIDED },
	{ "monlist, whatever the limits", ASK(BYTE(2, 7), 8, LIMIT_BY_DEFAULT), NG_V_MODE7 },
	/* on the way out */
	{ "a query leaves", ASK(BYTE(4, 3), 48, .leaves = true), NG_V_QUERY_SENT },
	{ "an NTPv5 query leaves", ASK(BYTE(5, 3), 228, .leaves = true), NG_V_QUERY_SENT },
	{ "ntpd's query leaves", ASK(BYTE(4, 3), 68, .way = BETWEEN_SERVERS, .leaves = true), NG_V_QUERY_SENT },
	{ "a symmetric packet leaves", ASK(BYTE(4, 1), 68, .way = BETWEEN_SERVERS, .leaves = true), NG_V_QUERY_SENT },
	{ "a broadcast leaves", ASK(BYTE(4, 5), 68, .way = BETWEEN_SERVERS, .leaves = true), NG_V_QUERY_SENT },
	{ "readvar leaves", ASK(BYTE(2, 6), 12, .leaves = true), NG_V_QUERY_SENT },
	{ "no NTP leaves for a far NTP port", ASK(BYTE(0, 4), 1400, .leaves = true), NG_V_QUERY_SENT },
	{ "a query to an odd port", ASK(BYTE(4, 3), 48, .way = FROM_SERVER, .leaves = true), NG_V_QUERY_SENT },
	{ "a long query to an odd port", ASK(BYTE(4, 3), 68, .way = FROM_SERVER, .leaves = true),
	  NG_V_ANSWER_AMPLIFIED },
	{ "a long query to a server at an odd port",
	  ASK(BYTE(4, 3), 68, .way = FROM_SERVER, .leaves = true, CLASS(NG_CLASS_SERVER)), NG_V_QUERY_SENT },
	{ "an answer", ASK(BYTE(4, 4), 48, .way = FROM_SERVER, .leaves = true), NG_V_ANSWER_SENT },
	{ "an answer to ntpd", ASK(BYTE(4, 4), 48, .way = BETWEEN_SERVERS, .leaves = true), NG_V_ANSWER_SENT },
	{ "an answer in pieces", ASK(BYTE(4, 4), 48, .way = FROM_SERVER, .leaves = true, .fragment = 1),
	  NG_V_ANSWER_AMPLIFIED },
	{ "a long answer", ASK(BYTE(4, 4), 49, .way = FROM_SERVER, .leaves = true), NG_V_ANSWER_AMPLIFIED },
	{ "a long answer to a long query", ASK(BYTE(4, 4), 228, .way = FROM_SERVER, .leaves = true, .entitled = true),
	  NG_V_ANSWER_SENT },
	{ "a long answer, answers off",
	  ASK(BYTE(4, 4), 468, .way = FROM_SERVER, .leaves = true, .flags = NG_ROOT_ANSWERS_OFF), NG_V_ANSWER_SENT },
	{ "a long answer, page missing",
	  ASK(BYTE(4, 4), 468, .way = FROM_SERVER, .leaves = true, CLASS(NG_CLASS_FAULT)), NG_V_INTERNAL },
	{ "a peer's long answer", ASK(BYTE(4, 2), 68, .way = BETWEEN_SERVERS, .leaves = true, CLASS(NG_CLASS_PEER)),
	  NG_V_ANSWER_SENT },
	{ "a stranger's long passive answer", ASK(BYTE(4, 2), 68, .way = BETWEEN_SERVERS, .leaves = true),
	  NG_V_ANSWER_AMPLIFIED },
	{ "a readvar answer leaves", ASK(BYTE(2, 6) | RESPONSE6, 360, .way = FROM_SERVER, .leaves = true),
	  NG_V_ANSWER_MODE6 },
	{ "a short readvar answer leaves", ASK(BYTE(2, 6) | RESPONSE6, 12, .way = FROM_SERVER, .leaves = true),
	  NG_V_ANSWER_MODE6 },
	{ "a readvar answer to a listed one",
	  ASK(BYTE(2, 6) | RESPONSE6, 360, .way = FROM_SERVER, .leaves = true, LISTED6), NG_V_ANSWER_SENT },
	{ "a readvar answer beside the list",
	  ASK(BYTE(2, 6) | RESPONSE6, 360, .way = FROM_SERVER, .leaves = true, .flags = NG_ROOT_CONTROL),
	  NG_V_ANSWER_MODE6 },
	{ "a monlist answer leaves", ASK(BYTE(2, 7) | RESPONSE7, 440, .way = FROM_SERVER, .leaves = true),
	  NG_V_ANSWER_MODE7 },
	{ "a monlist answer to a listed one",
	  ASK(BYTE(2, 7) | RESPONSE7, 440, .way = FROM_SERVER, .leaves = true, LISTED7), NG_V_ANSWER_SENT },
};

static void test_manual(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		enum ng_verdict got = judge(&rows[i].question, NG_ROOT_PUBLISHED);

		if (got == rows[i].verdict)
			continue;
		wrong++;
		print_error("%s: got %s, want %s\n", rows[i].what, label_of(got), label_of(rows[i].verdict));
	}
	assert_int_equal(wrong, 0);
}

/* Before the first policy nothing is judged. */
static void test_unpublished(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++)
		assert_int_equal(judge(&rows[i].question, 0), NG_V_INTERNAL);
}

/* Every verdict of the list, except what the data path decides elsewhere, has a row above. Where limits are to
 * decide, NG_UNDECIDED stands for all of theirs. */
static void test_rows_are_complete(void **state)
{
	bool seen[NG_VERDICTS] = { [NG_V_INTERNAL] = true, [NG_V_QUERY_DISPLACED] = true }, limits = false;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++)
		if (rows[i].verdict == NG_UNDECIDED)
			limits = true;
		else
			seen[rows[i].verdict] = true;
	assert_true(limits);
	for (unsigned int verdict = NG_V_SOURCE_RATE; verdict <= NG_V_REQUEST_REGULAR; verdict++)
		seen[verdict] = true;
	for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++)
		if (!seen[verdict])
			fail_msg("no row comes to %s", labels[verdict]);
}

/* ---- everything ---- */

static bool is_message(const struct question *question, uint32_t version, uint32_t mode)
{
	bool has_version = (version >= 1 && version <= 4) || (version == 5 && question->flags & NG_ROOT_NTPV5);
	bool has_length = question->length >= 48 && question->length <= 1140 && question->length % 4 == 0;

	if (mode == 0 && (version != 1 || question->way != TO_US))
		return false;
	return has_version && has_length;
}

static enum ng_verdict model_request(const struct ng_rules *rules)
{
	if (rules->class & NG_CLASS_DENY)
		return NG_V_DENIED;
	if (rules->class & NG_CLASS_ALLOW)
		return NG_V_REQUEST_ALLOWED;
	if (rules->default_action == NG_DEFAULT_LIMIT)
		return NG_UNDECIDED;
	return rules->default_action == NG_DEFAULT_PASS ? NG_V_REQUEST_DEFAULT : NG_V_NOT_ALLOWED;
}

/* Rows 6 to 8. */
static enum ng_verdict model_source(uint32_t mode, const struct ng_rules *rules)
{
	if (mode == 1 && !(rules->class & NG_CLASS_DENY)) {
		if (rules->class & NG_CLASS_ALLOW || rules->class & NG_CLASS_PEER)
			return NG_V_PEER_ALLOWED;
		if (!rules->symmetric_as_request)
			return NG_V_PEER_DENIED;
	}
	if (mode == 5)
		return rules->class & (NG_CLASS_SERVER | NG_CLASS_PEER) ? NG_V_REPLY_LISTED : NG_V_BROADCAST;
	return model_request(rules);
}

/* The table of the design, once more: rows 1 to 5. */
static enum ng_verdict model(const struct question *question)
{
	uint32_t mode = question->head & 7, version = question->head >> 3 & 7;
	bool to_us = question->way != FROM_SERVER;

	if (question->fragment && !(question->flags & NG_ROOT_FRAGMENTS))
		return NG_V_FRAGMENT;
	if (to_us && mode == 7 && !(question->head & RESPONSE7))
		return question->rules.class & NG_CLASS_PRIVATE ? NG_V_CONTROL_ALLOWED : NG_V_MODE7;
	if (to_us && mode == 6 && !(question->head & RESPONSE6))
		return question->rules.class & NG_CLASS_CONTROL ? NG_V_CONTROL_ALLOWED : NG_V_MODE6;
	if (mode < 6 && !is_message(question, version, mode))
		return NG_V_MALFORMED;
	if (mode == 4 || mode == 2 || mode > 5 || !to_us)
		return NG_V_REPLY_LISTED;
	return model_source(mode, &question->rules);
}

static uint64_t compare_rules(struct question *question)
{
	uint8_t flags = question->flags;
	uint64_t count = 0;

	for (uint32_t rules = 0; rules < 384; rules++, count++) {
		static const uint8_t defaults[] = { NG_DEFAULT_DROP, NG_DEFAULT_PASS, NG_DEFAULT_LIMIT };

		enum ng_verdict got, want;

		question->rules.class = rules & 63;
		question->rules.symmetric_as_request = rules >> 6 & 1;
		question->rules.default_action = defaults[rules >> 7];
		/* the flags say what lists there are; an address of a list implies that there is one */
		question->flags = flags;
		if (rules & NG_CLASS_CONTROL || question->length & 1)
			question->flags |= NG_ROOT_CONTROL;
		if (rules & NG_CLASS_PRIVATE || question->length & 2)
			question->flags |= NG_ROOT_PRIVATE;
		got = judge(question, NG_ROOT_PUBLISHED);
		want = model(question);
		if (got != want)
			fail_msg("head %#x, %u bytes, way %u, fragment %u, flags %#x, class %#x: got %s, want %s",
				 question->head, question->length, question->way, question->fragment, question->flags,
				 question->rules.class, label_of(got), label_of(want));
	}
	question->flags = flags;
	return count;
}

static void test_everything(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 2, 44, 47, 48, 49, 50, 68, 1139, 1140, 1141, 1144, 65507 };
	uint64_t count = 0;

	(void)state;
	for (uint32_t head = 0; head < 512; head++)
		for (size_t i = 0; i < UNIT_COUNT(lengths); i++)
			for (uint32_t bits = 0; bits < 12; bits++) {
				struct question question = {
					.head = (head & 255) | (head & 256 ? RESPONSE6 : 0),
					.length = lengths[i],
					.way = bits % 3,
					.fragment = bits / 3 & 1,
					.flags = bits / 6 ? NG_ROOT_NTPV5 | NG_ROOT_FRAGMENTS : 0,
				};

				count += compare_rules(&question);
			}
	print_message("# judge: %llu packets agree with the model\n", (unsigned long long)count);
}

/* Which packets are asked about at all. */
static void test_is_ntp(void **state)
{
	const struct {
		uint16_t sport, dport, port;
		int is_ntp;
	} cases[] = {
		{ 50123, 123, 123, 1 }, { 123, 50123, 123, 1 }, { 123, 123, 123, 1 },	 { 124, 122, 123, 0 },
		{ 123, 53, 1123, 0 },	{ 53, 1123, 1123, 1 },	{ 31488, 31488, 123, 0 } /* 123, bytes swapped */
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		const struct ng_pkt pkt = { .sport = htons(cases[i].sport), .dport = htons(cases[i].dport) };

		assert_int_equal(ng_is_ntp(&pkt, htons(cases[i].port)), cases[i].is_ntp);
	}
}

/* No packet of a policy in force is without a verdict, and none has one that is not in the list. */
static void test_verdict_names(void **state)
{
	(void)state;
	assert_int_equal(UNIT_COUNT(labels), NG_VERDICTS);
	for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++) {
		assert_non_null(labels[verdict]);
		assert_true(labels[verdict][strspn(labels[verdict], "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual),
		cmocka_unit_test(test_unpublished),
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_is_ntp),
		cmocka_unit_test(test_verdict_names),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
