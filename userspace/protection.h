/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the guarded interfaces are protected: one word, and why it is not "yes". Pure. */
#ifndef NTPGUARD_PROTECTION_H
#define NTPGUARD_PROTECTION_H

#include "snapshot.h"

enum ng_protection {
	NG_PROTECTED, /* on the way in and out of each */
	NG_PARTLY, /* not all of that, or not on all of them */
	NG_WATCHING, /* monitor mode on all: nothing is dropped */
	NG_UNPROTECTED, /* on none of them, or without a policy */
	NG_PROTECTIONS
};

/* "yes", "partly", ... */
extern const char *const ng_protection_words[NG_PROTECTIONS];

/* `why` gets what is missing, in words, and is empty where nothing is; cut where it is longer than `size`. */
enum ng_protection ng_protection_of(const struct ng_snapshot *snapshot, char *why, size_t size);

#endif
