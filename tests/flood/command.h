/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command's verbs share. */
#ifndef FLOOD_COMMAND_H
#define FLOOD_COMMAND_H

#include <stddef.h>
#include <stdint.h>

struct bpf_object;

struct prefix {
	uint32_t first; /* host order, host bits are zero */
	uint32_t more; /* mask of the host bits */
};

/* Ends the program with a sentence and what errno says. */
_Noreturn void fail(const char *what);

/* A.B.C.D or A.B.C.D/LENGTH; ends the program if it is neither. */
struct prefix prefix_parse(const char *text);

/* The BPF object of this name, which lies beside the command; the caller closes it. */
struct bpf_object *object_open(const char *name);

/* Sets the read-only data of an object that is not loaded yet. */
void object_set(struct bpf_object *object, const void *value, size_t size);

/* The value of a map of the loaded object, mapped; its name may be the end of the map's. */
void *object_map(struct bpf_object *object, const char *name, size_t size);

/* The verbs. Arguments follow the verb. */
int flood_send(int argc, char **argv);
int flood_regulars(int argc, char **argv);

#endif
