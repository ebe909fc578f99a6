/* SPDX-License-Identifier: GPL-2.0-only */
/* What about this host would keep ntpguard from working, or the host from being safe: facts are read by those who know
 * where they stand, and judged by the checks of checks.def, each of which says one line or more. */
#ifndef NTPGUARD_DOCTOR_H
#define NTPGUARD_DOCTOR_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "card.h"
#include "snapshot.h"
#include "tool.h"

enum ng_doctor_state {
	NG_DOCTOR_OK,
	NG_DOCTOR_SKIPPED, /* could not be looked at; `found` says why */
	NG_DOCTOR_NOTE, /* good to know; nothing is wrong */
	NG_DOCTOR_WARNING,
	NG_DOCTOR_PROBLEM, /* the guard does not work, or the host is a danger to others */
	NG_DOCTOR_STATES
};

/* What a check found. Texts quote what others chose: they may be no text. */
struct ng_diagnosis {
	enum ng_doctor_state state;
	const char *check; /* its name */
	char interface[IFNAMSIZ]; /* empty: of the host */
	char found[400];
	char fix[400]; /* a command to copy; empty: there is none, or none is needed */
};

struct ng_doctor {
	const char *root; /* before /proc, /sys and /etc; empty but in tests */
	const char *bpffs;
	const struct ng_snapshot *guard; /* what is loaded; NULL: nothing, or not known */
	const char *guard_unknown; /* why it is not known; NULL: it is */
	const char *first; /* the first interface, for commands that want one */
	const struct ng_card *card; /* of the interface in hand */
	const char *check; /* in hand */
	struct ng_diagnosis *list;
	size_t count, room;
	bool no_memory; /* something is missing for want of memory */
};

/* Runs all checks, those of interfaces for each of these; the caller frees the list. */
void ng_doctor_run(struct ng_doctor *doctor, char (*interfaces)[IFNAMSIZ], size_t count);

/* The interfaces to look at where none was named: the guarded ones, or those by which the default routes lead; how
 * many, at most `room`. */
size_t ng_doctor_interfaces(const struct ng_doctor *doctor, char (*names)[IFNAMSIZ], size_t room);

/* ---- for the checks ---- */

/* Adds a line about the interface in hand, or the host; and the command that mends it, which belongs to the line
 * before. */
void ng_doctor_found(struct ng_doctor *doctor, enum ng_doctor_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void ng_doctor_fix(struct ng_doctor *doctor, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first line of a file below the root, without its end. Negative errno. */
int ng_doctor_line(const struct ng_doctor *doctor, const char *path, char *line, size_t size);
FILE *ng_doctor_open(const struct ng_doctor *doctor, const char *path); /* NULL, and errno */

/* A number that a file below the root holds; `otherwise` where there is none. */
long ng_doctor_number(const struct ng_doctor *doctor, const char *path, long otherwise);

/* A name as a word of a shell, in a buffer that the next call uses again. */
const char *ng_doctor_word(const char *name);

/* What is loaded on an interface; NULL: nothing. */
const struct ng_seen *ng_doctor_seen(const struct ng_doctor *doctor, const char *name);

/* Whether requests from outside meet a guard that drops: on every interface with a default route. */
bool ng_doctor_is_guarded(const struct ng_doctor *doctor);

#define NG_CHECK(name, function, of, sentence) void function(struct ng_doctor *doctor);
#include "checks.def"
#undef NG_CHECK

#endif
