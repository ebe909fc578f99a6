/* SPDX-License-Identifier: GPL-2.0-only */
/* Every map, defined once. The loader pins them; all programs share them. */
#ifndef NTPGUARD_MAPS_H
#define NTPGUARD_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "ntpguard.h"
#include "ntp_wire.h"

/* Global data, so that reading it is one load and no look-up. */
union ng_root_word {
	struct ng_root root;
	__u64 word;
};
volatile union ng_root_word ng_root SEC(NG_MAP_ROOT) = { .root = { .port = __builtin_bswap16(NTP_PORT) } };

/* One load: a packet is judged by one root from first to last. */
static __always_inline struct ng_root ng_root_read(void)
{
	return (union ng_root_word){ .word = ng_root.word }.root;
}

/* Which interface this instance of the program serves; set before it is loaded. */
const volatile __u32 ng_interface = 0;

/* Whether this kernel has frames of several buffers (Linux 5.18); set before it is loaded. */
const volatile __u32 ng_has_frags = 0;

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
