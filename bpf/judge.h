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

static __always_inline int ng_is_ntp(const struct ng_pkt *pkt, __be16 port)
{
	return pkt->dport == port || pkt->sport == port;
}

/* Modes 6 and 7. A response, or whatever does not come to our NTP port, is the reply rule's. */
static __always_inline enum ng_verdict ng_judge_control(const struct ng_pkt *pkt, struct ng_root root)
{
	int is_private = NTP_MODE(pkt->head) == NTP_MODE_PRIVATE;

	if (pkt->dport != root.port || pkt->head & (is_private ? NTP_PRIVATE_RESPONSE : NTP_CONTROL_RESPONSE))
		return NG_V_REPLY_LISTED;
	if (root.flags & (is_private ? NG_ROOT_PRIVATE : NG_ROOT_CONTROL))
		return NG_UNDECIDED;
	return is_private ? NG_V_MODE7 : NG_V_MODE6;
}

/* Modes 0 to 5: has the message a version and a length that NTP has? No other field is looked at,
 * because clients fill them at random (data minimisation). */
static __always_inline int ng_is_message(const struct ng_pkt *pkt, struct ng_root root)
{
	__u32 version = NTP_VERSION(pkt->head), latest = root.flags & NG_ROOT_NTPV5 ? NTP_VERSION_5 : NTP_VERSION_MAX;

	if (version < NTP_VERSION_MIN || version > latest)
		return 0;
	if (pkt->ntp_len < NTP_LENGTH_MIN || pkt->ntp_len > NTP_LENGTH_MAX || pkt->ntp_len % NTP_LENGTH_UNIT)
		return 0;
	if (NTP_MODE(pkt->head) == NTP_MODE_RESERVED) /* an NTPv1 client; chrony ntp_core.c NCR_ProcessRxUnknown */
		return version == 1 && pkt->sport != root.port;
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
	if (mode == NTP_MODE_CONTROL || mode == NTP_MODE_PRIVATE)
		return ng_judge_control(pkt, root);
	if (!ng_is_message(pkt, root))
		return NG_V_MALFORMED;
	if (mode == NTP_MODE_SERVER || mode == NTP_MODE_PASSIVE || pkt->dport != root.port)
		return NG_V_REPLY_LISTED;
	return NG_UNDECIDED;
}

static __always_inline enum ng_verdict ng_judge_request(struct ng_rules rules)
{
	if (rules.class & NG_CLASS_DENY)
		return NG_V_DENIED;
	if (rules.class & NG_CLASS_ALLOW)
		return NG_V_REQUEST_ALLOWED;
	return rules.default_action == NG_DEFAULT_DROP ? NG_V_NOT_ALLOWED : NG_V_REQUEST_DEFAULT;
}

static __always_inline enum ng_verdict ng_judge_symmetric(struct ng_rules rules)
{
	if (rules.class & NG_CLASS_DENY)
		return NG_V_DENIED;
	if (rules.class & (NG_CLASS_ALLOW | NG_CLASS_PEER))
		return NG_V_PEER_ALLOWED;
	return rules.symmetric_as_request ? ng_judge_request(rules) : NG_V_PEER_DENIED;
}

/* What the source decides, of a packet that ng_judge_shape() left undecided. */
static __always_inline enum ng_verdict ng_judge_source(const struct ng_pkt *pkt, struct ng_rules rules)
{
	if (rules.class & NG_CLASS_FAULT)
		return NG_V_INTERNAL;
	switch (NTP_MODE(pkt->head)) {
	case NTP_MODE_PRIVATE: return rules.class & NG_CLASS_PRIVATE ? NG_V_CONTROL_ALLOWED : NG_V_MODE7;
	case NTP_MODE_CONTROL: return rules.class & NG_CLASS_CONTROL ? NG_V_CONTROL_ALLOWED : NG_V_MODE6;
	case NTP_MODE_ACTIVE: return ng_judge_symmetric(rules);
	case NTP_MODE_BROADCAST:
		return rules.class & (NG_CLASS_SERVER | NG_CLASS_PEER) ? NG_V_REPLY_LISTED : NG_V_BROADCAST;
	default: return ng_judge_request(rules);
	}
}

#endif
