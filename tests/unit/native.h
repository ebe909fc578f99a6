/* SPDX-License-Identifier: GPL-2.0-only */
/* A header of the data path (NATIVE) compiled for the host: constants are a variable, with few sets so that they fill,
 * and maps are what the test's look_up() says. */
#ifndef NTPGUARD_NATIVE_H
#define NTPGUARD_NATIVE_H

#include "maps.h"

static struct ng_constants constants = { .is_replay = 1, .limit_sets = NG_LIMIT_SETS_MIN };
static void *look_up(const void *map, const void *key);
#define ng_constants constants
#define bpf_map_lookup_elem(map, key) look_up(map, key)

/* As the Makefile has it for BPF, where unsigned ints are 64 bits in registers. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include NATIVE
#pragma GCC diagnostic pop

#endif
