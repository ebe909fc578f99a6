/* SPDX-License-Identifier: GPL-2.0-only */
/* Every map, defined once. The loader pins them; all programs share them. */
#ifndef NTPGUARD_MAPS_H
#define NTPGUARD_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "ntpguard.h"
#include "ntp_wire.h"

/* Global data, so that reading it is one load and no look-up. */
volatile struct ng_shared ng_shared SEC(NG_MAP_ROOT) = { .root = { .port = __builtin_bswap16(NTP_PORT) } };

/* One load: a packet is judged by one root from first to last. */
static __always_inline struct ng_root ng_root_read(void)
{
	return (struct ng_shared){ .word = ng_shared.word }.root;
}

const volatile struct ng_constants ng_constants = { .limit_sets = NG_LIMIT_SETS };
volatile struct ng_replay ng_replay SEC(NG_MAP_REPLAY) = { 0 };

/* The policies' pages. Inner maps are of one fixed shape (no BPF_F_INNER_MAP), because only then
 * does the verifier turn a look-up in them into a few instructions; what varies is their number. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, NG_SLOTS *NG_PAGES);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_ARRAY);
			__uint(map_flags, BPF_F_MMAPABLE);
			__uint(max_entries, 1);
			__uint(key_size, sizeof(__u32));
			__uint(value_size, NG_PAGE_SIZE);
		});
} ng_pages SEC(".maps");

/* One value each, which makes a look-up a constant, and to be mapped, which aligns it to cache lines. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, NG_MARK_SETS * sizeof(struct ng_query_set));
} ng_queries SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, NG_MARK_SETS * sizeof(struct ng_length_set));
} ng_lengths SEC(".maps");

/* Of the size that the loader is told. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct ng_limits_state) + 2 * NG_LIMIT_SETS * sizeof(struct ng_limit_set));
} ng_limits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, NG_REGULAR_SETS(NG_LIMIT_SETS) * sizeof(struct ng_regular_set));
} ng_regulars SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct ng_client_table));
} ng_clients SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ng_samples);
} ng_samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ng_ears);
} ng_ears SEC(".maps");

/* Each listener brings its own. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, NG_EARS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, NG_RING_SIZE);
		});
} ng_rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ng_heard);
} ng_heard SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NG_INTERFACES_MAX);
	__type(key, __u32);
	__type(value, struct ng_counters);
} ng_counters SEC(".maps");

/* Written and read by user space only; here so that it is made and pinned with the rest. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NG_INTERFACES_MAX + 1);
	__type(key, __u32);
	__type(value, struct ng_interface);
} ng_interfaces SEC(".maps");

#endif
