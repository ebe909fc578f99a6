/* SPDX-License-Identifier: GPL-2.0-only */
/* BPF objects that lie beside the program that opens them. What fails ends it with a sentence. */
#ifndef OBJECT_H
#define OBJECT_H

#include <stddef.h>

struct bpf_object;

/* The BPF object of this name, which lies beside the command; the caller closes it. */
struct bpf_object *object_open(const char *name);

/* Sets the read-only data of an object that is not loaded yet. */
void object_set(struct bpf_object *object, const void *value, size_t size);

/* The value of a map of the loaded object, mapped; its name may be the end of the map's. */
void *object_map(struct bpf_object *object, const char *name, size_t size);

#endif
