/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command's verbs share. */
#ifndef FLOOD_COMMAND_H
#define FLOOD_COMMAND_H

#include <stddef.h>
#include <stdint.h>

struct prefix {
	uint32_t first; /* host order, host bits are zero */
	uint32_t more; /* mask of the host bits */
};

/* Ends the program with a sentence and what errno says. */
_Noreturn void fail(const char *what);

/* A.B.C.D or A.B.C.D/LENGTH; ends the program if it is neither. */
struct prefix prefix_parse(const char *text);

/* The verbs. Arguments follow the verb. */
int flood_send(int argc, char **argv);
int flood_regulars(int argc, char **argv);

#endif
