// SPDX-License-Identifier: GPL-2.0-only
/* What the data path would say: its own judgement (bpf/judge.h), compiled for the host. */
#include "judgement.h"

#include <arpa/inet.h>

#include "judge.h"
#include "ntp_wire.h"

enum ng_verdict ng_judgement(const struct ng_policy *image, const struct ng_prefix *address, unsigned long mode,
			     unsigned long length)
{
	struct ng_rules rules = { .class = ng_image_class(image, address),
				  .default_action = image->default_action,
				  .symmetric_as_request = image->symmetric_as_request };
	struct ng_pkt pkt = { .sport = htons(50123),
			      .dport = image->root.port,
			      .family = address->family,
			      .head = (uint32_t)(4u << 3 | mode),
			      .ntp_len = (uint32_t)length };
	struct ng_root root = image->root;
	enum ng_verdict verdict;

	if (mode == NTP_MODE_RESERVED) /* only NTPv1 has clients of mode 0 */
		pkt.head = 1u << 3;
	root.flags |= NG_ROOT_PUBLISHED;
	verdict = ng_judge_shape(&pkt, root);
	if (ng_is_asked_for(&pkt, verdict, root))
		verdict = ng_judge_reply(verdict, 0, root);
	if (verdict == NG_UNDECIDED || verdict == NG_IS_REPLY)
		verdict = ng_judge_source(&pkt, verdict, rules, 0);
	return verdict == NG_UNDECIDED ? NG_V_REQUEST_IN_LIMIT : verdict; /* the first one is */
}
