/* SPDX-License-Identifier: GPL-2.0-only */
/* Families of rows too many to write down. */
#ifndef NTPGUARD_SWEEPS_H
#define NTPGUARD_SWEEPS_H

#include "run.h"

/* Of the NTP message: AmpCheck's matrices, versions and modes, lengths, ports, monitor mode. */
extern const struct group message_sweeps[];
extern const size_t message_sweep_count;

/* Of the frame around it: tags, options, extension headers, fragments, truncation, lengths that lie. */
extern const struct group frame_sweeps[];
extern const size_t frame_sweep_count;

/* Of the sender: prefixes of every length, nests, lists up to 100,000 prefixes. */
extern const struct group access_sweeps[];
extern const size_t access_sweep_count;

/* Of what a packet leaves behind for the next. */
extern const struct group state_sweeps[];
extern const size_t state_sweep_count;

/* Of limits, under a clock and chance that are turned. */
extern const struct group limit_sweeps[];
extern const size_t limit_sweep_count;
extern const struct group host_sweeps[];
extern const size_t host_sweep_count;

#define SWEEP_COUNT(groups) (sizeof(groups) / sizeof((groups)[0]))

#define EACH_FAMILY(family)                                                                                            \
	int family = 0;                                                                                                \
	family < NG_FAMILIES;                                                                                          \
	family++

static inline const char *family_name(int family)
{
	return family == NG_IPV4 ? "IPv4" : "IPv6";
}

/* What becomes of a message of this length: `good` only if NTP has the length. */
static inline enum ng_verdict by_length(uint32_t length, enum ng_verdict good)
{
	return length < 48 || length > 1140 || length % 4 ? NG_V_MALFORMED : good;
}

#endif
