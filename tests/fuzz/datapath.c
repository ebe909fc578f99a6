// SPDX-License-Identifier: GPL-2.0-only
/* Both programs themselves, compiled for the host, under any sequence of frames, both ways, and any of a few policies:
 * nothing is read beyond a frame, nothing written outside a map's value, every NTP packet is counted once, with its
 * bytes, under a verdict of its direction, and what design.md promises of each verdict holds.
 *
 * Input: a byte that chooses the policy (or none, or a torn one), then frames: flags (bit 0: leaves; bit 1: cut, its
 * last bytes lie beyond the first buffer; the rest: how much time has passed), two bytes of length, and the frame. */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "policy.h"

#include "maps.h"

static void *look_up(const void *map, const void *key);
static long load_bytes(uint32_t at, void *to, uint32_t size);
static void hear(struct ng_event *event);
static struct ng_constants constants = { .is_replay = 1, .has_frags = 1, .limit_sets = NG_LIMIT_SETS_MIN };
static uint32_t whole; /* bytes of the frame, with those beyond its first buffer */

#define ng_constants constants
#define bpf_map_lookup_elem(map, key) look_up(map, key)
#define bpf_xdp_get_buff_len(ctx) whole
#define bpf_xdp_load_bytes(ctx, at, to, size) load_bytes(at, to, size)
#define bpf_skb_load_bytes(skb, at, to, size) load_bytes(at, to, size)
#define bpf_ktime_get_coarse_ns() ng_replay.now_ns
#define bpf_ringbuf_reserve(ring, size, flags) malloc(size)
#define bpf_ringbuf_submit(event, flags) hear(event)

/* As the Makefile has it for BPF. */
#pragma clang diagnostic ignored "-Wsign-conversion"
#define _license license_of_xdp
#include "bpf/ntpguard_xdp.bpf.c"
#undef _license
#define _license license_of_tc
#include "bpf/ntpguard_tc.bpf.c"
#undef _license

#define FRAME 2048
#define POISON 512 /* on both sides */
#define START (POISON + 2) /* NET_IP_ALIGN, for IP headers at multiples of four */

#define ROOM (FRAME + 2 * POISON)

static uint8_t *room; /* below 4 GiB, because the contexts hold addresses of 32 bits */
static uint8_t all[FRAME]; /* the frame with what lies beyond its first buffer */

static union {
	struct ng_limits_state state;
	char bytes[sizeof(struct ng_limits_state) + 2 * NG_LIMIT_SETS_MIN * sizeof(struct ng_limit_set)];
} limits;
static struct ng_query_set queries[NG_MARK_SETS];
static struct ng_length_set lengths[NG_MARK_SETS];
static struct ng_regular_set regulars[NG_REGULAR_SETS(NG_LIMIT_SETS_MIN)];
static struct ng_client_table clients;
static struct ng_samples samples;
static struct ng_counters counters;
static struct ng_heard heard;
static struct ng_ears ears; /* one of them hears all, another nothing any more */
static unsigned int told; /* events of this packet */
static const char *pages[NG_PAGES]; /* of the policy in force */
static unsigned int touched; /* maps looked up for this packet */

static struct {
	const void *map;
	void *value;
	size_t size;
	bool used; /* since it was cleared */
} table[] = {
	{ &ng_queries, queries, sizeof(queries), true },  { &ng_lengths, lengths, sizeof(lengths), true },
	{ &ng_limits, &limits, sizeof(limits), true },	  { &ng_regulars, regulars, sizeof(regulars), true },
	{ &ng_clients, &clients, sizeof(clients), true }, { &ng_samples, &samples, sizeof(samples), true },
	{ &ng_heard, &heard, sizeof(heard), true },	  { &ng_counters, &counters, sizeof(counters), true },
};
#define TABLES (sizeof(table) / sizeof(table[0]))

static void *look_up(const void *map, const void *key)
{
	touched++;
	if (map == &ng_ears)
		return &ears;
	if (map == &ng_pages)
		return (void *)(uintptr_t)pages[*(const __u32 *)key % NG_PAGES];
	for (size_t i = 0; i < TABLES; i++)
		if (map == table[i].map) {
			table[i].used = true;
			return table[i].value;
		}
	return (void *)(uintptr_t)map; /* an inner map is its page */
}

static long load_bytes(uint32_t at, void *to, uint32_t size)
{
	if (at > whole || size > whole - at)
		return -1;
	memcpy(to, all + at, size);
	return 0;
}

static const char *const policies[] = {
	"default drop\nallow 192.0.2.0/24\nallow 2001:db8::/32\ndeny 192.0.2.66\n",
	"default pass\ncontrol 192.0.2.7\nprivate 192.0.2.8\nserver 192.0.2.1\npeer 192.0.2.2\nreplies listed\n",
	"default limit\nratelimit interval 3 burst 4 leak 2\nprefixlimit 24 56 interval 1 burst 16\ngloballimit 100\n",
	"default limit\nsymmetric limit\nntpv5 allow\nfragments pass\nreplies any\nanswers off\ngloballimit 2 burst "
	"2\n",
	"default drop\nport 1123\ncontrol 2001:db8::/64\nfragments pass\n",
	"default pass\nmonitor\n",
};
#define POLICIES (sizeof(policies) / sizeof(policies[0]))
#define UNPUBLISHED POLICIES /* the first policy, not yet in force */
#define TORN (POLICIES + 1) /* the first policy, of which a page is missing */
#define STATES (POLICIES + 2)

static struct ng_policy *compiled(size_t number)
{
	static struct ng_policy *image[POLICIES];
	struct ng_environment nothing = { 0 };
	struct ng_findings findings;
	struct ng_draft draft;

	if (image[number])
		return image[number];
	ng_draft_init(&draft);
	if (ng_policy_parse(&draft, "fuzz", policies[number], strlen(policies[number]), &nothing, &findings))
		abort();
	image[number] = ng_compile(&draft);
	if (!image[number] || image[number]->size > NG_PAGE_SIZE)
		abort();
	image[number] = realloc(image[number], NG_PAGE_SIZE);
	ng_findings_free(&findings);
	ng_draft_free(&draft);
	return image[number];
}

/* Everything as it is after load. */
static struct ng_policy *put_in_force(size_t state)
{
	struct ng_policy *image = compiled(state < POLICIES ? state : 0);
	struct ng_root root = image->root;

	for (size_t i = 0; i < TABLES; i++) {
		if (table[i].used)
			memset(table[i].value, 0, table[i].size);
		table[i].used = false;
	}
	pages[0] = state == TORN ? NULL : (const char *)image;
	root.flags |= state == UNPUBLISHED ? 0 : NG_ROOT_PUBLISHED;
	ng_shared.root = root;
	for (int i = 0; i < 4; i++)
		ng_shared.secret[i] = 0x9e3779b97f4a7c15u * (uint64_t)(i + 1);
	ng_shared.ears = 3;
	ng_replay.now_ns = 1u << 30;
	ears.ear[0] = (struct ng_ear){ .until_ns = ~0ull >> 1, .verdicts = ~0u, .families = 3, .serial = 1 };
	ears.ear[1] = (struct ng_ear){ .until_ns = 1, .verdicts = ~0u, .families = 3, .serial = 1 };
	return image;
}

static struct ng_count sum(enum ng_direction direction)
{
	struct ng_count sum = { 0 };

	for (int family = 0; family < NG_FAMILIES; family++)
		for (int row = 0; row < NG_VERDICTS_MAX; row++) {
			sum.packets += counters.row[direction][family][row].packets;
			sum.would_drop += counters.row[direction][family][row].would_drop;
			sum.bytes += counters.row[direction][family][row].bytes;
		}
	return sum;
}

#define INSIST(what)                                                                                                   \
	do {                                                                                                           \
		if (!(what))                                                                                           \
			abort();                                                                                       \
	} while (0)

/* What is told is this frame's start, with this verdict. */
static void hear(struct ng_event *event)
{
	INSIST(event->frame_bytes <= whole && event->size == ng_min(event->frame_bytes, NG_EVENT_FRAME));
	INSIST(!memcmp(event->frame, all, event->size) && event->verdict == ng_replay.verdict && event->weight);
	free(event);
	told++;
}

/* Which way a verdict goes, and what it does. */
static const struct {
	int direction, drops;
} facts[NG_VERDICTS_MAX] = {
#define IN 0
#define OUT 1
#define PASS 0
#define DROP 1
#define ANY 2
#define NG_VERDICT(number, id, direction, action, label, sentence) [number] = { direction, action },
#include "verdicts.def"
#undef NG_VERDICT
};

static void check_verdict(enum ng_direction direction, int dropped, const struct ng_policy *image)
{
	__u32 verdict = ng_replay.verdict;

	INSIST(verdict < NG_VERDICTS);
	INSIST(facts[verdict].direction == ANY || facts[verdict].direction == (int)direction);
	INSIST(dropped == (facts[verdict].drops && !image->root.monitor));
	INSIST(verdict != NG_V_INTERNAL || !pages[0] || !(ng_shared.root.flags & NG_ROOT_PUBLISHED));
	if (!image->set_count[NG_SET_CONTROL][NG_IPV4] && !image->set_count[NG_SET_CONTROL][NG_IPV6] &&
	    !image->set_count[NG_SET_PRIVATE][NG_IPV4])
		INSIST(verdict != NG_V_CONTROL_ALLOWED);
}

/* One frame, in memory of just its size. */
static void judge_frame(const uint8_t *frame, uint32_t size, int leaves, int cut, const struct ng_policy *image)
{
	uint32_t first = cut ? size - size / 4 : size;
	uint8_t *at = room + START;
	struct xdp_md in = { .data = (__u32)(uintptr_t)at, .data_end = (__u32)(uintptr_t)at + first };
	struct __sk_buff out = { .data = in.data, .data_end = in.data_end, .len = size };
	enum ng_direction direction = leaves ? NG_OUT : NG_IN;
	struct ng_count before = sum(direction), after;
	int result;

	memcpy(all, frame, size);
	memcpy(at, frame, first);
	whole = size;
	touched = told = 0;
	ng_replay.verdict = NG_UNDECIDED;
	ASAN_POISON_MEMORY_REGION(room, START);
	ASAN_POISON_MEMORY_REGION(at + first, ROOM - START - first);
	result = leaves ? ntpguard_egress(&out) : ntpguard(&in);
	ASAN_UNPOISON_MEMORY_REGION(room, ROOM);
	after = sum(direction);
	INSIST(result == (leaves ? TC_ACT_UNSPEC : XDP_PASS) || result == (leaves ? TC_ACT_SHOT : XDP_DROP));
	if (ng_replay.verdict == NG_UNDECIDED) { /* not ours: untouched, by construction */
		INSIST(!touched && result == (leaves ? TC_ACT_UNSPEC : XDP_PASS));
		INSIST(!memcmp(&before, &after, sizeof(before)));
		return;
	}
	INSIST(after.packets + after.would_drop == before.packets + before.would_drop + 1);
	/* what follows the message beyond the first buffer is not worth a helper call */
	INSIST(after.bytes - before.bytes == size || (cut && after.bytes - before.bytes == first));
	INSIST(told <= 1 && (told || heard.told == NG_EVENTS_A_TICK || size > first));
	check_verdict(direction, result == (leaves ? TC_ACT_SHOT : XDP_DROP), image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ng_policy *image;
	size_t at = 1;

	if (!room)
		room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	INSIST(room != MAP_FAILED);
	image = put_in_force(size ? data[0] % STATES : 0);
	while (at + 3 <= size) {
		uint32_t flags = data[at], length = data[at + 1] << 8 | data[at + 2];

		at += 3;
		length = length % FRAME < size - at ? length % FRAME : (uint32_t)(size - at);
		ng_replay.now_ns += (uint64_t)(flags >> 2) << 28; /* up to 17 s */
		judge_frame(data + at, length, flags & 1, flags >> 1 & 1, image);
		at += length;
	}
	return 0;
}
