// SPDX-License-Identifier: GPL-2.0-only
/* Ingress: bytes, packet, rules, verdict, action; one way. */
#include "access.h"
#include "answers.h"
#include "clients.h"
#include "events.h"
#include "limit.h"
#include "replies.h"
#include "settle.h"

NG_RUN_CONFIG(ntpguard);

/* Bytes of the whole frame; and the message's length and first bytes where they lie beyond the frame's
 * first buffer. Only where the headers speak of more than that buffer holds, in a truncated or a jumbo
 * frame or with a driver that splits them, is the question worth a helper call. */
static __always_inline __u64 frame_bytes(struct xdp_md *ctx, struct ng_pkt *pkt)
{
	__u64 first = ctx->data_end - ctx->data, all = first;
	__u32 here = pkt->ntp_len, head;

	if (!pkt->cut || !ng_constants.has_frags)
		return first;
	all = bpf_xdp_get_buff_len(ctx);
	pkt->ntp_len += ng_min(pkt->cut, (__u32)(all - first));
	if (here < sizeof(head) && pkt->ntp_len >= sizeof(head) &&
	    !bpf_xdp_load_bytes(ctx, (__u32)first - here, &head, sizeof(head)))
		pkt->head = head;
	return all;
}

/* The message's origin timestamp as it stands on the wire; 0 where it is too short to have one. */
static __always_inline __u64 origin_of(struct xdp_md *ctx, const struct ng_pkt *pkt)
{
	const __u32 *origin = (const void *)(pkt->ntp + NTP_ORIGIN);
	const __u8 *data = (const void *)(long)ctx->data;
	const void *end = (const void *)(long)ctx->data_end;
	__u64 word = 0;

	if (pkt->ntp_len < NTP_RECEIVE)
		return 0;
	if ((const void *)(origin + 2) <= end)
		return (__u64)origin[1] << 32 | origin[0];
	if (ng_constants.has_frags)
		bpf_xdp_load_bytes(ctx, (__u32)(pkt->ntp - data) + NTP_ORIGIN, &word, sizeof(word));
	return word;
}

/* NG_ASKED_*. */
static __always_inline __u32 asked_for(struct xdp_md *ctx, const struct ng_pkt *pkt)
{
	struct ng_endpoint from = ng_endpoint(pkt, pkt->sport, pkt->dport);

	return ng_queries_match(from.upper, from.lower, from.ports, pkt->head, origin_of(ctx, pkt));
}

static __always_inline void note_length(const struct ng_pkt *pkt)
{
	struct ng_endpoint from = ng_endpoint(pkt, pkt->sport, pkt->dport);

	ng_lengths_note(from.upper, from.lower, from.ports, pkt->ntp_len);
}

/* What chronyd would have counted as received, and as dropped for its own ratelimit. */
#define LIMITED (1u << NG_V_SOURCE_RATE | 1u << NG_V_PREFIX_RATE | 1u << NG_V_GLOBAL_RATE)

/* What is really dropped is counted by client; the rest reaches chronyd, and is counted there. */
static __always_inline enum ng_verdict limit(const struct ng_pkt *pkt, struct ng_root root)
{
	struct ng_endpoint from = ng_endpoint(pkt, 0, 0);
	enum ng_verdict verdict = ng_limit(from.upper, from.lower, pkt->family & 1, root.slot);
	__u32 monitored = root.monitor >> (ng_constants.interface % NG_INTERFACES_MAX) & 1;

	if (LIMITED >> (verdict % NG_VERDICTS_MAX) & 1 && !monitored)
		ng_clients_note(from.upper, from.lower, pkt->family & 1);
	return verdict;
}

static __always_inline enum ng_verdict judge(struct xdp_md *ctx, const struct ng_pkt *pkt, struct ng_root root)
{
	enum ng_verdict verdict = ng_judge_shape(pkt, root);
	__u32 asked = 0;

	if (ng_is_asked_for(pkt, verdict, root)) {
		asked = asked_for(ctx, pkt);
		verdict = ng_judge_reply(verdict, asked, root);
	}
	if (verdict == NG_UNDECIDED || verdict == NG_IS_REPLY)
		verdict = ng_judge_source(pkt, verdict, ng_rules_for(pkt->remote, pkt->family, root.slot), asked);
	if (verdict == NG_UNDECIDED)
		verdict = limit(pkt, root);
	return verdict;
}

/* A kernel that has no helper for it has frames of one buffer only, of which a little is enough. */
#define LITTLE 128

static __always_inline __u32 copy_frame(void *ctx, void *to, __u32 size)
{
	struct xdp_md *xdp = ctx;
	const __u64 *word = (const void *)(long)xdp->data, *end = (const void *)(long)xdp->data_end;
	__u32 copied = 0;

	if (ng_constants.has_frags)
		return bpf_xdp_load_bytes(ctx, 0, to, size) ? 0 : size;
	NG_NO_UNROLL
	for (; copied < LITTLE && word + 1 <= end; copied += 8, word++)
		*(__u64 *)((char *)to + copied) = *word;
	return copied;
}

NG_SUBPROGRAM int ng_tell_arrival(struct xdp_md *ctx, __u64 told, __u64 sizes, __u64 upper, __u64 lower)
{
	return ctx ? ng_tell(ctx, told, sizes, (struct ng_endpoint){ upper, lower, 0 }, NG_IN, copy_frame) : 0;
}

static __always_inline enum ng_action settle_arrival(struct xdp_md *ctx, const struct ng_pkt *pkt,
						     enum ng_verdict verdict, __u64 bytes, struct ng_root root)
{
	enum ng_action action = ng_settle(pkt, verdict, bytes, root, NG_IN);
	struct ng_endpoint from;

	if (ng_shared.ears) {
		from = ng_endpoint(pkt, 0, 0);
		ng_tell_arrival(ctx, ng_told(pkt, verdict, action == NG_ACTION_PASS), bytes << 32 | (__u32)bytes,
				from.upper, from.lower);
	}
	return action;
}

SEC("xdp.frags")
int ntpguard(struct xdp_md *ctx)
{
	const __u8 *data = (const void *)(long)ctx->data, *end = (const void *)(long)ctx->data_end;
	enum ng_action action;
	enum ng_verdict verdict;
	struct ng_root root;
	__u64 bytes;
	struct ng_pkt pkt;

	if (ng_parse(data, end, NG_IN, &pkt) == NG_NOT_OURS)
		return ng_xdp_action(NG_ACTION_PASS);
	root = ng_root_read();
	if (!ng_is_ntp(&pkt, root.port))
		return ng_xdp_action(NG_ACTION_PASS);
	if (ng_is_plain_control(&pkt, root)) {
		verdict = NTP_MODE(pkt.head) == NTP_MODE_PRIVATE ? NG_V_MODE7 : NG_V_MODE6;
		return ng_xdp_action(settle_arrival(ctx, &pkt, verdict, (__u64)(end - data), root));
	}
	if (ng_forget_path(data, end, &pkt) == NG_NOT_OURS)
		return ng_xdp_action(NG_ACTION_PASS);
	if (ng_constants.no_egress && !(root.flags & NG_ROOT_REPLIES_LISTED))
		root.flags |= NG_ROOT_REPLIES_ANY;
	bytes = frame_bytes(ctx, &pkt);
	verdict = judge(ctx, &pkt, root);
	action = settle_arrival(ctx, &pkt, verdict, bytes, root);
	if (action == NG_ACTION_PASS && ng_entitles(&pkt, verdict, root))
		note_length(&pkt);
	return ng_xdp_action(action);
}

char _license[] SEC("license") = "GPL";
