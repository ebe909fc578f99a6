/* SPDX-License-Identifier: GPL-2.0-only */
/* What an abuse desk asks for: gathered once, written as text and as JSON. No address of a client is in it. */
#ifndef NTPGUARD_EVIDENCE_H
#define NTPGUARD_EVIDENCE_H

#include <jansson.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "hours.h"
#include "policy.h"
#include "snapshot.h"
#include "timekeeper.h"

#define NG_SENTENCE(id, en, ja)
#define NG_REASON(verdict, ja)

enum ng_probe {
#define NG_PROBE(id, label, direction, length, bytes, en, ja) NG_PROBE_##id,
#include "evidence.def"
#undef NG_PROBE
	NG_PROBES
};

#undef NG_SENTENCE
#undef NG_REASON

/* A packet of the self-test: to or from a stranger, as the policy in force judges it. */
struct ng_probe_text {
	const char *label, *bytes; /* what the message starts with, 4 bytes; zeros follow */
	size_t length; /* bytes of UDP payload */
	enum ng_direction direction;
};
extern const struct ng_probe_text ng_probe_texts[NG_PROBES];

struct ng_probed {
	struct ng_prefix stranger[NG_FAMILIES]; /* whose packets they are */
	bool is_listed[NG_FAMILIES]; /* no address was found that no list has */
	enum ng_verdict verdict[NG_PROBES][NG_FAMILIES]; /* NG_UNDECIDED: not taken for NTP */
};

struct ng_evidence {
	uint64_t made; /* seconds since the epoch */
	uint64_t loaded; /* the same: when the first of the interfaces was guarded */
	struct utsname system;
	char chronyd[32]; /* its version; empty: not found */
	struct ng_timekeeper time; /* whether this host's own time is right */
	bool has_daemon; /* ntpguardd runs */
	struct ng_snapshot snapshot;
	struct ng_totals totals; /* of all interfaces */
	struct ng_probed probed;
	char *policy; /* canonical text */
	size_t policy_size;
	enum ng_default default_action;
	struct ng_hours hours;
	const char *no_hours; /* why there are none; NULL: there are */
	bool hours_missing; /* because there is no file */
};

/* Whether the guard acts on this interface, and does not only count or is gone. */
bool ng_evidence_acts(const struct ng_seen *seen);

/* Whether nothing larger than its query can leave to strangers by any guarded interface: by what is attached, and by
 * the self-test.
 */
bool ng_evidence_cannot_amplify(const struct ng_evidence *evidence);

/* Entries of control and private, who may be sent more all the same. */
unsigned int ng_evidence_exceptions(const struct ng_evidence *evidence);

/* Packets that were dropped, in this direction. */
uint64_t ng_totals_dropped(const struct ng_totals *totals, enum ng_direction direction);

/* Gathers all but the self-test; the caller frees it, also after an error. */
struct ng_loader;
int ng_evidence_gather(struct ng_evidence *evidence, const char *bpffs, struct ng_fault *fault);
void ng_evidence_free(struct ng_evidence *evidence);

/* probe.c: judges the probes by the real programs under this policy, attached to nothing. */
int ng_probe_all(struct ng_probed *probed, const struct ng_policy *image, struct ng_fault *fault);

/* text.c, json.c */
enum ng_language { NG_ENGLISH, NG_JAPANESE, NG_LANGUAGES };
void ng_evidence_print(const struct ng_evidence *evidence, enum ng_language language, FILE *to);
json_t *ng_evidence_json(const struct ng_evidence *evidence);

#endif
