/* SPDX-License-Identifier: GPL-2.0-only */
/* What went wrong, in the words a person needs. Filled where it is known, printed by the command. */
#ifndef NTPGUARD_FAULT_H
#define NTPGUARD_FAULT_H

/* The command's exit codes. */
enum ng_exit {
#define NG_EXIT_CODE(number, id, label, sentence) NG_EXIT_##id = number,
#include "exits.def"
#undef NG_EXIT_CODE
};

struct ng_fault {
	enum ng_exit exit;
	char message[512]; /* what failed, on which object, and the kernel's own words */
	char unchanged[200]; /* what was not changed; empty where that goes without saying */
	char hint[300]; /* one thing to do; may be empty */
};

/* The label of an exit code in JSON errors, for example "not_loaded". */
const char *ng_exit_label(enum ng_exit exit);

/* Fill the fault and return -error (error: a positive errno). The message starts the fault anew. */
int ng_fault(struct ng_fault *fault, enum ng_exit exit, int error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void ng_fault_unchanged(struct ng_fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ng_fault_hint(struct ng_fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
