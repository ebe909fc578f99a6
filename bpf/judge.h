/* SPDX-License-Identifier: GPL-2.0-only */
/* (packet, rules) to verdict. Pure: no helper, no map, no packet pointer; the same code runs in the
 * kernel and in `ntpguard test`. The order of the returns is the order of the manual's table. */
#ifndef NTPGUARD_JUDGE_H
#define NTPGUARD_JUDGE_H

#include "ntp_wire.h"
#include "parse.h"

/* What the policy says of one source address. */
struct ng_rules {
	__u32 class; /* NG_CLASS_* of the source; 0: not listed */
	__u32 default_action; /* enum ng_default */
	__u32 symmetric_as_request;
};

/* What the table of outstanding queries says of a packet's sender. */
#define NG_ASKED_SO 0x01 /* for this very packet, as far as its origin timestamp tells */
#define NG_ASKED_SEEN 0x02 /* for another */
#define NG_ASKED_PEER 0x04 /* this host polls it as a symmetric peer */

static __always_inline int ng_is_ntp(const struct ng_pkt *pkt, __be16 port)
{
	return pkt->dport == port || pkt->sport == port;
}

static __always_inline int ng_is_control(__u32 mode)
{
	return mode == NTP_MODE_CONTROL || mode == NTP_MODE_PRIVATE;
}

/* Modes 6 and 7: whether the bit that marks a response is set. */
static __always_inline int ng_is_response(__u32 head)
{
	return !!(head & (NTP_MODE(head) == NTP_MODE_PRIVATE ? NTP_PRIVATE_RESPONSE : NTP_CONTROL_RESPONSE));
}

/* Modes 6 and 7. A response, or whatever does not come to our NTP port, is the reply rule's. */
static __always_inline enum ng_verdict ng_judge_control(const struct ng_pkt *pkt, struct ng_root root)
{
	int is_private = NTP_MODE(pkt->head) == NTP_MODE_PRIVATE;

	if (pkt->dport != root.port || ng_is_response(pkt->head))
		return NG_IS_REPLY;
	if (root.flags & (is_private ? NG_ROOT_PRIVATE : NG_ROOT_CONTROL))
		return NG_UNDECIDED;
	return is_private ? NG_V_MODE7 : NG_V_MODE6;
}

/* What most attacks consist of, told by a few loads: a whole mode 6 or 7 query, under a policy that lets
 * nobody send such. The rows before it in the manual's table do not fit it. */
static __always_inline int ng_is_plain_control(const struct ng_pkt *pkt, struct ng_root root)
{
	return (root.flags & (NG_ROOT_PUBLISHED | NG_ROOT_CONTROL | NG_ROOT_PRIVATE)) == NG_ROOT_PUBLISHED &&
	       (pkt->head & 6) == 6 && pkt->dport == root.port && !(pkt->cut | pkt->first_fragment) &&
	       !ng_is_response(pkt->head);
}

/* Modes 0 to 5: has the message a version and a length that NTP has? No other field is looked at,
 * because clients fill them at random (data minimisation). */
static __always_inline int ng_is_message(const struct ng_pkt *pkt, __u32 latest)
{
	__u32 version = NTP_VERSION(pkt->head);

	if (version < NTP_VERSION_MIN || version > latest)
		return 0;
	return pkt->ntp_len >= NTP_LENGTH_MIN && pkt->ntp_len <= NTP_LENGTH_MAX && !(pkt->ntp_len % NTP_LENGTH_UNIT);
}

static __always_inline int ng_is_acceptable(const struct ng_pkt *pkt, struct ng_root root)
{
	if (!ng_is_message(pkt, root.flags & NG_ROOT_NTPV5 ? NTP_VERSION_5 : NTP_VERSION_MAX))
		return 0;
	if (NTP_MODE(pkt->head) == NTP_MODE_RESERVED) /* an NTPv1 client; chrony ntp_core.c NCR_ProcessRxUnknown */
		return NTP_VERSION(pkt->head) == 1 && pkt->sport != root.port;
	return 1;
}

/* What the bytes alone decide, or NG_UNDECIDED. */
static __always_inline enum ng_verdict ng_judge_shape(const struct ng_pkt *pkt, struct ng_root root)
{
	__u32 mode = NTP_MODE(pkt->head);

	if (!(root.flags & NG_ROOT_PUBLISHED))
		return NG_V_INTERNAL;
	if (pkt->first_fragment && !(root.flags & NG_ROOT_FRAGMENTS))
		return NG_V_FRAGMENT;
	if (ng_is_control(mode))
		return ng_judge_control(pkt, root);
	if (!ng_is_acceptable(pkt, root))
		return NG_V_MALFORMED;
	if (mode == NTP_MODE_SERVER || mode == NTP_MODE_PASSIVE || pkt->dport != root.port)
		return NG_IS_REPLY;
	return NG_UNDECIDED;
}

/* Whether it matters what this host asked for. It does for what comes to a port of ours that is not the
 * NTP port even where that is no NTP: some run WireGuard on the NTP port of a far host. */
static __always_inline int ng_is_asked_for(const struct ng_pkt *pkt, enum ng_verdict verdict, struct ng_root root)
{
	if (verdict == NG_V_INTERNAL)
		return 0;
	return verdict == NG_IS_REPLY || pkt->dport != root.port ||
	       (verdict == NG_UNDECIDED && NTP_MODE(pkt->head) == NTP_MODE_ACTIVE);
}

/* A packet that ng_is_asked_for() is true of. asked: NG_ASKED_*. */
static __always_inline enum ng_verdict ng_judge_reply(enum ng_verdict verdict, __u32 asked, struct ng_root root)
{
	if (verdict == NG_UNDECIDED) /* symmetric active */
		return verdict;
	if (asked & NG_ASKED_SO)
		return NG_V_REPLY_SOLICITED;
	if (verdict != NG_IS_REPLY)
		return verdict;
	if (root.flags & NG_ROOT_REPLIES_ANY)
		return NG_V_REPLY_LISTED;
	if (root.flags & NG_ROOT_REPLIES_LISTED)
		return NG_IS_REPLY;
	return asked & NG_ASKED_SEEN ? NG_V_BAD_ORIGIN : NG_V_UNSOLICITED;
}

static __always_inline enum ng_verdict ng_judge_request(struct ng_rules rules)
{
	if (rules.class & NG_CLASS_DENY)
		return NG_V_DENIED;
	if (rules.class & NG_CLASS_ALLOW)
		return NG_V_REQUEST_ALLOWED;
	if (rules.default_action == NG_DEFAULT_LIMIT)
		return NG_UNDECIDED; /* the limits decide */
	return rules.default_action == NG_DEFAULT_DROP ? NG_V_NOT_ALLOWED : NG_V_REQUEST_DEFAULT;
}

static __always_inline enum ng_verdict ng_judge_symmetric(struct ng_rules rules, __u32 asked)
{
	if (rules.class & NG_CLASS_DENY)
		return NG_V_DENIED;
	if (rules.class & (NG_CLASS_ALLOW | NG_CLASS_PEER) || asked & (NG_ASKED_PEER | NG_ASKED_SO))
		return NG_V_PEER_ALLOWED;
	return rules.symmetric_as_request ? ng_judge_request(rules) : NG_V_PEER_DENIED;
}

/* `replies listed`, of a reply that was not asked for. */
static __always_inline enum ng_verdict ng_judge_listed(struct ng_rules rules, __u32 asked)
{
	if (rules.class & (NG_CLASS_SERVER | NG_CLASS_PEER))
		return NG_V_REPLY_LISTED;
	return asked & NG_ASKED_SEEN ? NG_V_BAD_ORIGIN : NG_V_UNSOLICITED;
}

/* What the source decides, of a packet that the rules before left undecided. asked: NG_ASKED_*, of a
 * reply and of a symmetric active packet. */
static __always_inline enum ng_verdict ng_judge_source(const struct ng_pkt *pkt, enum ng_verdict verdict,
						       struct ng_rules rules, __u32 asked)
{
	if (rules.class & NG_CLASS_FAULT)
		return NG_V_INTERNAL;
	if (verdict == NG_IS_REPLY)
		return ng_judge_listed(rules, asked);
	switch (NTP_MODE(pkt->head)) {
	case NTP_MODE_PRIVATE: return rules.class & NG_CLASS_PRIVATE ? NG_V_CONTROL_ALLOWED : NG_V_MODE7;
	case NTP_MODE_CONTROL: return rules.class & NG_CLASS_CONTROL ? NG_V_CONTROL_ALLOWED : NG_V_MODE6;
	case NTP_MODE_ACTIVE: return ng_judge_symmetric(rules, asked);
	case NTP_MODE_BROADCAST:
		return rules.class & (NG_CLASS_SERVER | NG_CLASS_PEER) ? NG_V_REPLY_LISTED : NG_V_BROADCAST;
	default: return ng_judge_request(rules);
	}
}

/* Whether a packet that was let in may be answered with more than NTP's header. */
static __always_inline int ng_entitles(const struct ng_pkt *pkt, enum ng_verdict verdict, struct ng_root root)
{
	return pkt->ntp_len > NTP_LENGTH_MIN && pkt->dport == root.port && verdict != NG_V_MALFORMED &&
	       verdict != NG_V_FRAGMENT && !ng_is_control(NTP_MODE(pkt->head));
}

/* ---- on the way out ---- */

/* A query that is answered as NTP answers, if it is one at all. */
static __always_inline int ng_is_query(const struct ng_pkt *pkt)
{
	__u32 mode = NTP_MODE(pkt->head);

	if (ng_is_control(mode))
		return !ng_is_response(pkt->head);
	if (mode == NTP_MODE_RESERVED)
		return NTP_VERSION(pkt->head) == 1 && ng_is_message(pkt, 1);
	return (mode == NTP_MODE_ACTIVE || mode == NTP_MODE_CLIENT) && ng_is_message(pkt, NTP_VERSION_5);
}

/* A query, an answer, or NG_UNDECIDED: an answer that its query or its receiver must allow. What goes
 * to another host's NTP port is this host's own business, unless it comes from our NTP port and is an
 * answer to ntpd, which asks from there; so are broadcasts. From our NTP port to another port goes
 * nothing but answers; a query of the header's length to a server at an odd port is let pass as one. */
static __always_inline enum ng_verdict ng_judge_leaving(const struct ng_pkt *pkt, struct ng_root root)
{
	__u32 mode = NTP_MODE(pkt->head);
	int to_port = pkt->dport == root.port;

	if (!(root.flags & NG_ROOT_PUBLISHED))
		return NG_V_INTERNAL;
	if (to_port && (pkt->sport != root.port || ng_is_query(pkt) || mode == NTP_MODE_BROADCAST))
		return NG_V_QUERY_SENT;
	if (root.flags & NG_ROOT_ANSWERS_OFF)
		return NG_V_ANSWER_SENT;
	if (mode == NTP_MODE_PRIVATE)
		return root.flags & NG_ROOT_PRIVATE ? NG_UNDECIDED : NG_V_ANSWER_MODE7;
	if (mode == NTP_MODE_CONTROL)
		return root.flags & NG_ROOT_CONTROL ? NG_UNDECIDED : NG_V_ANSWER_MODE6;
	if (pkt->ntp_len > NTP_LENGTH_MIN || pkt->first_fragment)
		return NG_UNDECIDED;
	return ng_is_query(pkt) && mode != NTP_MODE_RESERVED ? NG_V_QUERY_SENT : NG_V_ANSWER_SENT;
}

/* What the receiver decides, of an answer that no query allows. */
static __always_inline enum ng_verdict ng_judge_receiver(const struct ng_pkt *pkt, struct ng_rules rules)
{
	if (rules.class & NG_CLASS_FAULT)
		return NG_V_INTERNAL;
	switch (NTP_MODE(pkt->head)) {
	case NTP_MODE_PRIVATE: return rules.class & NG_CLASS_PRIVATE ? NG_V_ANSWER_SENT : NG_V_ANSWER_MODE7;
	case NTP_MODE_CONTROL: return rules.class & NG_CLASS_CONTROL ? NG_V_ANSWER_SENT : NG_V_ANSWER_MODE6;
	case NTP_MODE_ACTIVE:
	case NTP_MODE_CLIENT:
		return rules.class & (NG_CLASS_SERVER | NG_CLASS_PEER) ? NG_V_QUERY_SENT : NG_V_ANSWER_AMPLIFIED;
	/* a passive peer of ntpd's polls in its own time */
	case NTP_MODE_PASSIVE: return rules.class & NG_CLASS_PEER ? NG_V_ANSWER_SENT : NG_V_ANSWER_AMPLIFIED;
	default: return NG_V_ANSWER_AMPLIFIED;
	}
}

#endif
