/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether this host's own time is all right: as chronyd says (through chronyc, which knows where to ask), else as the
 * kernel does. */
#ifndef NTPGUARD_TIMEKEEPER_H
#define NTPGUARD_TIMEKEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ng_timekeeper {
	bool is_chronyd; /* it answered; else it is the kernel's word */
	bool is_synchronised;
	bool is_own; /* chronyd serves this host's own clock as it is (`local`) */
	unsigned int stratum; /* chronyd's */
	char source[64]; /* chronyd's: an address, or the name of a reference clock */
	double off_seconds; /* chronyd: of NTP time, either way; kernel: the most that it can be */
};

/* A question under way: chronyc, and what it prints. */
struct ng_timekeeper_asked {
	pid_t pid; /* 0: there is no chronyc */
	int output;
};

/* Starts chronyc; each start is to be ended by ng_timekeeper_hear(), which waits for it at most a second. */
void ng_timekeeper_ask(struct ng_timekeeper_asked *asked);
void ng_timekeeper_hear(struct ng_timekeeper_asked *asked, struct ng_timekeeper *keeper);

/* Reads what `chronyc -n -c tracking` prints; false: it is no such line. Pure. */
bool ng_timekeeper_parse(const char *line, struct ng_timekeeper *keeper);

/* A sentence, and where it is not well what to do. `text` is returned. Pure. */
const char *ng_timekeeper_sentence(const struct ng_timekeeper *keeper, char *text, size_t size);

#endif
