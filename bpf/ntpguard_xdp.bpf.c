// SPDX-License-Identifier: GPL-2.0-only
/* Ingress: bytes, packet, rules, verdict, action; one way. */
#include "access.h"
#include "settle.h"

NG_RUN_CONFIG(ntpguard);

/* Bytes of the whole frame; and the message's length and first bytes where they lie beyond the frame's
 * first buffer. Only where the headers speak of more than that buffer holds, in a truncated or a jumbo
 * frame or with a driver that splits them, is the question worth a helper call. */
static __always_inline __u64 frame_bytes(struct xdp_md *ctx, struct ng_pkt *pkt)
{
	__u64 first = ctx->data_end - ctx->data, all = first;
	__u32 here = pkt->ntp_len;
	__u16 head;

	if (!pkt->cut || !ng_has_frags)
		return first;
	all = bpf_xdp_get_buff_len(ctx);
	pkt->ntp_len += ng_min(pkt->cut, (__u32)(all - first));
	if (here < sizeof(head) && pkt->ntp_len >= sizeof(head) &&
	    !bpf_xdp_load_bytes(ctx, (__u32)first - here, &head, sizeof(head)))
		pkt->head = head;
	return all;
}

SEC("xdp.frags")
int ntpguard(struct xdp_md *ctx)
{
	const void *data = (const void *)(long)ctx->data, *end = (const void *)(long)ctx->data_end;
	enum ng_verdict verdict;
	struct ng_root root;
	__u64 bytes;
	struct ng_pkt pkt;

	if (ng_parse(data, end, &pkt) == NG_NOT_OURS)
		return ng_xdp_action(NG_ACTION_PASS);
	root = ng_root_read();
	if (!ng_is_ntp(&pkt, root.port))
		return ng_xdp_action(NG_ACTION_PASS);
	bytes = frame_bytes(ctx, &pkt);
	verdict = ng_judge_shape(&pkt, root);
	if (verdict == NG_UNDECIDED)
		verdict = ng_judge_source(&pkt, ng_rules_for(&pkt, root.slot));
	return ng_xdp_action(ng_settle(&pkt, verdict, bytes, root, NG_IN));
}

char _license[] SEC("license") = "GPL";
