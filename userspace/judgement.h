/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NTPGUARD_JUDGEMENT_H
#define NTPGUARD_JUDGEMENT_H

#include "policy.h"

/* What becomes of a packet of NTPv4 in this mode and of this length (bytes of UDP payload), the first from this
 * address. `image` is in one piece. */
enum ng_verdict ng_judgement(const struct ng_policy *image, const struct ng_prefix *address, unsigned long mode,
			     unsigned long length);

#endif
