// SPDX-License-Identifier: GPL-2.0-only
/* Egress: notes this host's own queries, and keeps its answers as small as theirs; the same steps as on
 * the way in. */
#include "access.h"
#include "answers.h"
#include "events.h"
#include "replies.h"
#include "settle.h"

/* The message's length and first bytes where they lie beyond the packet's linear part. */
static __always_inline void complete(struct __sk_buff *skb, struct ng_pkt *pkt)
{
	__u32 first = skb->data_end - skb->data, here = pkt->ntp_len, head;

	if (!pkt->cut || skb->len <= first)
		return;
	pkt->ntp_len += ng_min(pkt->cut, skb->len - first);
	if (here < sizeof(head) && pkt->ntp_len >= sizeof(head) &&
	    !bpf_skb_load_bytes(skb, first - here, &head, sizeof(head)))
		pkt->head = head;
}

/* A message's timestamps as they stand on the wire. */
struct stamps {
	__u64 origin, receive, transmit;
};

/* What a reply to it will be told by: of modes 6 and 7, their bytes 2 and 3; of NTPv5 its cookie, which
 * comes back where it went out; else its timestamps, one of which comes back as the origin. */
static __always_inline struct stamps stamps_of(struct __sk_buff *skb, const struct ng_pkt *pkt)
{
	struct stamps stamps = { 0 };
	__u32 at = (__u32)(pkt->ntp - (const __u8 *)(long)skb->data) + NTP_ORIGIN;

	if (ng_is_control(NTP_MODE(pkt->head))) {
		stamps.transmit = pkt->head >> 16;
		return stamps;
	}
	if (pkt->ntp_len >= NTP_LENGTH_MIN)
		bpf_skb_load_bytes(skb, at, &stamps, sizeof(stamps));
	if (NTP_VERSION(pkt->head) == NTP_VERSION_5) {
		stamps.transmit = stamps.origin;
		stamps.receive = 0;
	}
	return stamps;
}

static __always_inline enum ng_verdict note_query(struct __sk_buff *skb, const struct ng_pkt *pkt, __be16 port)
{
	struct ng_endpoint to = ng_endpoint(pkt, pkt->dport, pkt->sport);
	struct stamps stamps = stamps_of(skb, pkt);
	__u32 head = ng_is_query(pkt) ? pkt->head : 0;
	int displaced = 0;

	if (head || pkt->sport != port) /* a broadcast asks for nothing */
		displaced = ng_queries_note(to.upper, to.lower, (__u64)to.ports << 32 | head, stamps.transmit,
					    stamps.receive);

	return displaced ? NG_V_QUERY_DISPLACED : NG_V_QUERY_SENT;
}

/* Whether a query allows it, or the receiver. */
static __always_inline enum ng_verdict judge_answer(const struct ng_pkt *pkt, __u32 slot)
{
	struct ng_endpoint to = ng_endpoint(pkt, pkt->dport, pkt->sport);
	struct ng_rules rules = { 0 };

	if (!ng_is_control(NTP_MODE(pkt->head)) && !pkt->first_fragment &&
	    ng_lengths_spend(to.upper, to.lower, to.ports, pkt->ntp_len))
		return NG_V_ANSWER_SENT;
	rules.class = ng_class_of(to.upper, to.lower, pkt->family, slot);
	return ng_judge_receiver(pkt, rules);
}

static __always_inline __u32 copy_packet(void *ctx, void *to, __u32 size)
{
	return bpf_skb_load_bytes(ctx, 0, to, size) ? 0 : size;
}

NG_SUBPROGRAM int ng_tell_leaving(struct __sk_buff *ctx, __u64 told, __u64 sizes, __u64 upper, __u64 lower)
{
	return ctx ? ng_tell(ctx, told, sizes, (struct ng_endpoint){ upper, lower, 0 }, NG_OUT, copy_packet) : 0;
}

static __always_inline enum ng_action settle_leaving(struct __sk_buff *skb, const struct ng_pkt *pkt,
						     enum ng_verdict verdict, struct ng_root root)
{
	enum ng_action action = ng_settle(pkt, verdict, skb->len, root, NG_OUT);
	struct ng_endpoint to;

	if (ng_shared.ears) {
		to = ng_endpoint(pkt, 0, 0);
		ng_tell_leaving(skb, ng_told(pkt, verdict, action == NG_ACTION_PASS), (__u64)skb->len << 32 | skb->len,
				to.upper, to.lower);
	}
	return action;
}

SEC("tc")
int ntpguard_egress(struct __sk_buff *skb)
{
	const void *data = (const void *)(long)skb->data, *end = (const void *)(long)skb->data_end;
	enum ng_verdict verdict;
	struct ng_root root;
	struct ng_pkt pkt;

	if (ng_parse(data, end, NG_OUT, &pkt) == NG_NOT_OURS || ng_forget_path(data, end, &pkt) == NG_NOT_OURS)
		return ng_tc_action(NG_ACTION_PASS);
	root = ng_root_read();
	if (!ng_is_ntp(&pkt, root.port))
		return ng_tc_action(NG_ACTION_PASS);
	complete(skb, &pkt);
	verdict = ng_judge_leaving(&pkt, root);
	if (verdict == NG_UNDECIDED)
		verdict = judge_answer(&pkt, root.slot);
	if (verdict == NG_V_QUERY_SENT)
		verdict = note_query(skb, &pkt, root.port);
	return ng_tc_action(settle_leaving(skb, &pkt, verdict, root));
}

char _license[] SEC("license") = "GPL";
