// SPDX-License-Identifier: GPL-2.0-only
/* Ingress: bytes, packet, rules, verdict, action; one way. */
#include "access.h"
#include "settle.h"

NG_RUN_CONFIG(ntpguard);

SEC("xdp.frags")
int ntpguard(struct xdp_md *ctx)
{
	const void *data = (const void *)(long)ctx->data, *end = (const void *)(long)ctx->data_end;
	enum ng_verdict verdict;
	struct ng_root root;
	struct ng_pkt pkt;

	if (ng_parse(data, end, &pkt) == NG_NOT_OURS)
		return ng_xdp_action(NG_ACTION_PASS);
	root = ng_root_read();
	if (!ng_is_ntp(&pkt, root.port))
		return ng_xdp_action(NG_ACTION_PASS);
	verdict = ng_judge_shape(&pkt, root);
	if (verdict == NG_UNDECIDED)
		verdict = ng_judge_source(&pkt, ng_rules_for(&pkt, root.slot));
	return ng_xdp_action(ng_settle(&pkt, verdict, end - data, root, NG_IN));
}

char _license[] SEC("license") = "GPL";
