/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel programs and user space share: map names, layouts, limits. Nothing else is
 * shared, and nothing here has another home. Integers are in host order unless typed __be. */
#ifndef NTPGUARD_H
#define NTPGUARD_H

#include <linux/types.h>

/* Raised whenever a layout or a meaning below changes; pins of another ABI are refused. */
#define NG_ABI 6u
#define NG_MAGIC 0x6e747067u /* "ntpg" */

/* Pinned under <bpffs>/ntpguard by these names. */
#define NG_MAP_ROOT ".data.root"
#define NG_MAP_PAGES "ng_pages"
#define NG_MAP_COUNTERS "ng_counters"
#define NG_MAP_INTERFACES "ng_interfaces"
#define NG_MAP_QUERIES "ng_queries"
#define NG_MAP_LENGTHS "ng_lengths"
#define NG_MAP_LIMITS "ng_limits"
#define NG_MAP_REGULARS "ng_regulars"
#define NG_MAP_SAMPLES "ng_samples"
#define NG_MAP_CLIENTS "ng_clients"
#define NG_MAP_EARS "ng_ears"
#define NG_MAP_RINGS "ng_rings"
#define NG_MAP_HEARD "ng_heard"
#define NG_MAP_REPLAY ".data.replay"
#define NG_PROGRAM "ntpguard"
#define NG_PROGRAM_EGRESS "ntpguard_egress"

#define NG_INTERFACES_MAX 32 /* loaded at once; a bit each in ng_root.monitor */
#define NG_SLOTS 2 /* the policy in force, and room to build the next */
#define NG_VERDICTS_MAX 32 /* counter rows set aside for each direction and family */

enum ng_verdict {
#define NG_VERDICT(number, id, direction, action, label, sentence) NG_V_##id = number,
#include "verdicts.def"
#undef NG_VERDICT
	NG_VERDICTS, /* how many there are */
	NG_IS_REPLY = NG_VERDICTS_MAX - 2, /* not yet a verdict: was it asked for? */
	NG_UNDECIDED = NG_VERDICTS_MAX - 1, /* not yet a verdict: the next rule decides */
};

enum ng_direction { NG_IN, NG_OUT, NG_DIRECTIONS };
enum ng_family { NG_IPV4, NG_IPV6, NG_FAMILIES };

/* ---- the root: one word, and the only thing that is ever changed in place ----
 * Read once per packet; stored once to put another policy in force, so that no packet sees half of
 * one policy and half of another. Example: slot 1, published, port 123, interface 0 in monitor mode:
 * { .slot = 1, .flags = NG_ROOT_PUBLISHED, .port = htons(123), .monitor = 1 } */
struct ng_root {
	__u8 slot; /* which of NG_SLOTS is in force */
	__u8 flags; /* NG_ROOT_*; 0: no policy yet, everything passes as `internal` */
	__be16 port; /* the NTP port; 0 matches nothing */
	__u32 monitor; /* bit i: interface i counts drops as would_drop and passes them */
};

#define NG_ROOT_PUBLISHED 0x01
#define NG_ROOT_CONTROL 0x02 /* the policy has `control` entries */
#define NG_ROOT_PRIVATE 0x04 /* the policy has `private` entries */
#define NG_ROOT_NTPV5 0x08 /* `ntpv5 allow` */
#define NG_ROOT_FRAGMENTS 0x10 /* `fragments pass` */
#define NG_ROOT_REPLIES_LISTED 0x20 /* `replies listed` */
#define NG_ROOT_REPLIES_ANY 0x40 /* `replies any` */
#define NG_ROOT_ANSWERS_OFF 0x80 /* `answers off` */

/* The value of NG_MAP_ROOT: the word, and beside it, in the same cache line, the key of every hash of
 * an address, which nobody outside must be able to compute. Drawn when the pins are made. */
struct ng_shared {
	union {
		struct ng_root root;
		__u64 word;
	};
	__u64 secret[4];
	__u32 ears; /* bit i: ear[i] may be listening; one load, of a line that is at hand, where nobody is */
	__u32 pad;
};

/* A program's read-only data, set before it is loaded, so that what it rules out costs nothing. */
struct ng_constants {
	__u32 interface; /* number of the interface that this instance serves */
	__u32 has_frags; /* this kernel has frames of several buffers (Linux 5.18) */
	__u32 jiffy_ns;
	__u32 no_egress; /* nothing notes this interface's queries: no reply is known to be solicited */
	__u32 is_replay; /* clock and chance are injected, through NG_MAP_REPLAY */
	__u32 limit_sets; /* struct ng_limits' main part; a power of two */
};

/* What `ntpguard replay` and tests inject. */
struct ng_replay {
	__u64 now_ns;
	__u64 random; /* state of a generator; any value */
	__u32 verdict; /* of the last packet, by its program; NG_UNDECIDED was put there before */
	__u32 pad;
};

/* ---- what was asked: marks in sets, found by a keyed hash ----
 * A mark stands for one packet: the hash's upper half, when it was (NG_TICK_SHIFT bits of
 * nanoseconds a tick, modulo NG_TICKS), and a few bits that its table gives a meaning. 0 is free. */
#define NG_TICK_SHIFT 24 /* 16.8 ms */
#define NG_TICKS (1u << 23) /* 39 hours */
#define NG_MARK_NOTE_BITS 9
#define NG_MARK_NOTES (1u << NG_MARK_NOTE_BITS)
#define NG_OUTSTANDING ((__u32)((16ull * 1000000000) >> NG_TICK_SHIFT)) /* 16 s in ticks */
#define NG_MARK_SETS 4096u /* a power of two: the hash's low bits choose */

/* Queries that the host sent. Only the host itself fills it; 20,480 outstanding ones, 512 KiB. Note:
 * bits 0-2 the mode, bit 3: any packet from there is welcome, bits 4-8: lives 16 s * 2^n. */
#define NG_QUERY_WAYS 5
#define NG_QUERY_OPEN 0x08
#define NG_QUERY_LIFE_SHIFT 4
#define NG_QUERY_LIFE_MAX 12

struct ng_query_set {
	__u64 mark[NG_QUERY_WAYS]; /* all of them in the set's first cache line */
	__u64 transmit[NG_QUERY_WAYS]; /* as on the wire; of modes 6 and 7: their bytes 2 and 3 */
	__u64 receive[NG_QUERY_WAYS]; /* as on the wire */
	__u64 pad;
};

/* Queries longer than NTP's header that were let in, and what they entitle to. One cache line. Note:
 * the length in units of four bytes. */
#define NG_LENGTH_WAYS 8

struct ng_length_set {
	__u64 mark[NG_LENGTH_WAYS];
};

/* ---- limits: who spent how much ----
 * Time is chrony's (clientlog.c, TS_FRAC): ticks of 1/16 s, or a power of two of units to such a tick
 * where packets may come faster than ticks. A mark stands for one address or prefix: the keyed hash's
 * upper half (low 32 bits), and the unit at which its bucket will be full again (high 32 bits). */
#define NG_LIMIT_HZ 16
#define NG_LIMIT_WAYS 8
#define NG_PACES (1 + NG_PREFIX_LIMITS) /* limits on a packet besides the host's: its address, the ladder */
#define NG_RUNGS_MAX 8 /* a power of two */
#define NG_LIMIT_SETS 16384u /* default of ng_constants.limit_sets: 131,072 addresses in 1 MiB */
#define NG_LIMIT_SETS_MIN 256u
#define NG_LIMIT_SETS_MAX (1u << 20)
/* Sets of each rung of the ladder: a quarter as many. */
#define NG_RUNG_SETS(limit_sets) ((limit_sets) / NG_PREFIX_LIMITS)
#define NG_REGULAR_SETS(limit_sets) ((limit_sets)*2)

struct ng_limit_set {
	__u64 mark[NG_LIMIT_WAYS];
};

/* The value of NG_MAP_LIMITS. `set` holds limit_sets sets of addresses, then each rung's. */
struct ng_limits_state {
	__u64 arrival; /* the host's limit: when its bucket will be full again, in units of 1/16 ns */
	__u64 pad[7];
	__u32 refused; /* the tick in which the host's limit last refused anybody */
	__u32 pad2[15];
	struct ng_limit_set set[];
};

/* ---- regulars: who was answered again and again while all was calm ----
 * Time is cut into periods. A mark stands for one address: 24 bits of the keyed hash (high), 16 of the
 * last period in which it was answered, and, a bit each, in which of the last 24 periods it was (bit 23:
 * that last one; bit 0: 23 before it). */
#define NG_REGULAR_WAYS 8
#define NG_PERIOD_SHIFT 40 /* 2^40 ns: 18 min */
#define NG_PERIODS 24 /* 7.3 hours are remembered */
#define NG_REGULAR_AFTER 4 /* periods of them in which a regular was answered */
#define NG_SCARCE_TICKS (16 * NG_LIMIT_HZ) /* what a regular's packet costs where they are too many */
#define NG_CALM_TICKS (60 * NG_LIMIT_HZ) /* after the last refusal, before anybody is learned again */

struct ng_regular_set {
	__u64 mark[NG_REGULAR_WAYS];
};

/* ---- samples: what came in of late ----
 * Each CPU keeps the last ones; of an interface at most one is taken in a tick of the kernel's clock (1 to
 * 10 ms), and it stands for all that came in there, to this CPU, since the one before. */
#define NG_SAMPLES 512 /* of a CPU; a power of two */

struct ng_sample {
	__u32 first; /* its number, from 1 on, written before the rest; and after it, in `last` */
	__u32 weight; /* packets that it stands for, itself included */
	__u64 when_ns; /* by the kernel's tick counter: ng_now() */
	__u64 address[2]; /* the sender's, as it stands in the frame; IPv4 in the first four bytes */
	__u16 ntp_len; /* bytes of UDP payload */
	__u8 head; /* the message's first byte: leap, version, mode */
	__u8 verdict; /* enum ng_verdict */
	__u8 family; /* enum ng_family */
	__u8 interface; /* its number */
	__u8 pad[2];
	__u32 last;
	__u32 pad2;
};

struct ng_samples {
	__u32 taken; /* so far; number N is at sample[(N - 1) % NG_SAMPLES] */
	__u32 pad;
	struct ng_sample sample[NG_SAMPLES];
};

/* ---- events: packets themselves, for whoever listens ----
 * A listener has an ear, which says what it wants to hear, and a ring buffer. Its lease ends 5 s after it last renewed
 * it, so that one that was killed costs nothing for long. Together all ears are told at most so many packets in a tick
 * and on a CPU; what is told says how many it stands for. */
#define NG_EARS 4
#define NG_LEASE_NS 5000000000ull
#define NG_EVENTS_A_TICK 4
#define NG_EVENT_FRAME 1408 /* of a packet; NTP and all headers that are parsed need less */
#define NG_RING_SIZE (256 * 1024)

struct ng_ear {
	__u64 until_ns; /* CLOCK_MONOTONIC_COARSE; 0: free. Written last */
	__u64 mask[2], address[2]; /* hears who, under the mask, has this address, as it stands in a frame */
	__u32 verdicts; /* bit v: verdict v */
	__u32 families; /* bit f: family f */
	__u32 serial; /* another with each listener */
	__u32 pad;
};

struct ng_ears {
	struct ng_ear ear[NG_EARS];
};

/* A CPU's account of what it told. */
struct ng_heard {
	__u64 tick; /* by the kernel's tick counter */
	__u64 tick_ns; /* CLOCK_MONOTONIC_COARSE then */
	__u32 told; /* in this tick, to all ears */
	__u32 pad;
	struct {
		__u32 serial;
		__u32 waiting; /* packets that the next event stands for, but for itself */
	} ear[NG_EARS];
};

struct ng_event {
	__u64 when_ns; /* CLOCK_MONOTONIC_COARSE */
	__u32 weight; /* packets that it stands for, itself included */
	__u32 frame_bytes; /* of the whole frame */
	__u16 size; /* of it that are here */
	__u16 ntp_len; /* bytes of UDP payload */
	__u8 verdict, direction, family, interface;
	__u8 passed; /* whatever its verdict says: monitor mode lets all pass */
	__u8 pad[7];
	__u8 frame[NG_EVENT_FRAME];
};

/* ---- clients that were limited: what never reached chronyd's own list of clients ----
 * An entry is one address, found by its whole keyed hash. Who changes its owner makes its tag NG_CLIENT_BUSY
 * meanwhile. A client may have two of them, where two CPUs met it at once: its packets are their sum. */
#define NG_CLIENT_SETS 2048u /* a power of two */
#define NG_CLIENT_WAYS 4
#define NG_CLIENT_BUSY 2 /* tags are odd */
#define NG_CLIENT_SHIFT 24 /* 2^24 ns: the unit in which it is told when; they wrap after two years */
#define NG_CLIENT_STALE ((__u32)((3600ull * 1000000000) >> NG_CLIENT_SHIFT))

struct ng_client_entry {
	__u64 tag; /* 0: free */
	__u64 address[2]; /* as it stands in the frame; IPv4 in the first four bytes */
	__u32 dropped; /* packets */
	__u32 first, last; /* when, by ng_now() */
	__u32 family;
};

struct ng_client_set {
	struct ng_client_entry way[NG_CLIENT_WAYS];
};

struct ng_client_table {
	__u64 displaced; /* clients that gave up their place to others */
	__u64 pad[7];
	struct ng_client_set set[NG_CLIENT_SETS];
};

/* ---- the access list ----
 * Every prefix list of a policy compiled into one table per family: the address space cut into
 * disjoint ranges, each with a class. A range reaches to the start of the next. */
#define NG_CLASS_ALLOW 0x01
#define NG_CLASS_DENY 0x02
#define NG_CLASS_CONTROL 0x04
#define NG_CLASS_PRIVATE 0x08
#define NG_CLASS_SERVER 0x10 /* `server` and `pool` addresses */
#define NG_CLASS_PEER 0x20
#define NG_CLASS_FAULT 0x40 /* never in a table: a page that must be there is not */
#define NG_CLASS_BELOW 0x80 /* IPv6 only: the lower 64 bits decide; value >> 8 is the run */

/* A bucket or run: `first` is the range that holds the bucket's lowest key, `more` how many further
 * ranges start inside it. */
struct ng_bucket {
	__u32 first;
	__u32 more;
};

/* A column is an array in the policy's own address space (see struct ng_policy). The search: bucket =
 * index[clamp((key - base) >> shift) + 1], a bisection of start[first .. first + more], value. */
struct ng_table {
	__u64 base; /* lowest key that bucket 1 holds; keys below it are bucket 0's */
	__u32 shift; /* keys per bucket, as a power of two */
	__u32 last; /* number of the last bucket, which holds all keys above the others' */
	__u32 index; /* struct ng_bucket[last + 1] */
	__u32 start; /* IPv4: __u32[], IPv6: __u64[] (upper half); start[0] = 0 */
	__u32 value; /* IPv4: __u8[] classes; IPv6: __u32[] */
	__u32 count; /* ranges */
};

/* A directive as the user gave it; user space alone reads these. */
enum ng_set { NG_SET_ALLOW, NG_SET_DENY, NG_SET_CONTROL, NG_SET_PRIVATE, NG_SET_SERVER, NG_SET_PEER, NG_SETS };

#define NG_ENTRY_ALL 0x01 /* `allow all` or `deny all`: overrides earlier, longer ones inside it */

struct ng_entry {
	__u8 address[16]; /* network order; IPv4 in the first four bytes; host bits are zero */
	__u64 expires; /* seconds since the epoch; 0: never */
	__u32 comment; /* offset of a terminated string in the policy's text; 0: none */
	__u32 line; /* where it was written; 0: on the command line */
	__u8 family; /* enum ng_family */
	__u8 length; /* prefix length, 0 to 32 or 128 */
	__u8 set; /* enum ng_set */
	__u8 flags; /* NG_ENTRY_* */
	__u32 file; /* offset of the file's name in the policy's text; 0: the policy's own file */
};

enum ng_default { NG_DEFAULT_DROP, NG_DEFAULT_PASS, NG_DEFAULT_LIMIT };
enum ng_replies { NG_REPLIES_SOLICITED, NG_REPLIES_LISTED, NG_REPLIES_ANY };

/* chrony's words and ranges (clientlog.c): one packet in 2^interval seconds, `burst` at once, and of
 * what is over that one in 2^leak all the same. */
#define NG_INTERVAL_MIN (-19)
#define NG_INTERVAL_MAX 12
#define NG_BURST_MAX 255
#define NG_LEAK_MAX 4
#define NG_PREFIX_LIMITS 4 /* rungs of the ladder */
#define NG_GLOBAL_MAX 1000000000

struct ng_limit {
	__s8 interval;
	__u8 burst; /* 1 to NG_BURST_MAX; 0: no such limit */
	__u8 leak;
	__u8 lengths[NG_FAMILIES]; /* of a prefix limit: how long its prefixes are */
	__u8 unused[3];
};

struct ng_limits {
	struct ng_limit source;
	struct ng_limit prefix[NG_PREFIX_LIMITS];
	__u32 global_pps; /* 0: no such limit */
	__u32 global_burst;
};

/* A limit as the data path computes with it. */
struct ng_pace {
	__u32 cost; /* units that a packet spends; 0: no such limit */
	__u32 scarce_cost; /* of a regular, where regulars have spent more than half of their own bucket */
	__u32 room; /* units that a full bucket holds: cost * burst */
	__u32 most; /* that may be missing in one, where CPUs spent at once: twice as many */
	__u8 finer; /* 2^finer units to a tick */
	__u8 leak; /* of what is over, 1 in 2^leak passes */
	__u8 lengths[NG_FAMILIES]; /* of the prefixes; of addresses: 32 and 128 */
	__u32 rung; /* of the ladder, from 1 on; 0: the limit on addresses */
	__u64 mask[NG_FAMILIES][2]; /* of the prefix, as addresses stand in frames */
};

struct ng_paces {
	__u64 host_cost; /* units of 1/16 ns that a packet spends; 0: no such limit */
	__u64 host_room;
	struct ng_pace pace[NG_PACES]; /* those there are, the narrowest first */
};

#define NG_NAME_MAX 64
#define NG_FILE_MAX 256
#define NG_HASH_MAX 17 /* 16 hex digits and the terminator */

/* What `ntpguard confirm` confirms. */
#define NG_CONFIRM_POLICY 0x01 /* else the policy before comes back */
#define NG_CONFIRM_INTERFACES 0x02 /* else those that are not confirmed are unloaded */

/* A policy lives in an address space of its own, made of pages; it starts with this struct and its
 * columns follow. "At" means an offset in that space. A slot's first page is always there. */
#define NG_PAGE_SIZE (1u << 20)
#define NG_PAGES 256 /* of a slot: room for 2 million prefixes of each family */

struct ng_policy {
	/* what the data path reads, in one cache line and two tables */
	__u32 default_action; /* enum ng_default */
	__u32 symmetric_as_request; /* `symmetric limit` */
	__u32 lists[NG_FAMILIES]; /* 1: the family has any range but the empty one */
	__u32 runs; /* struct ng_bucket[]: IPv6 lower halves, by NG_CLASS_BELOW's run */
	__u32 low_start; /* __u64[] */
	__u32 low_value; /* __u8[] */
	__u32 retired; /* 1: no CPU can be reading this slot any more */
	struct ng_table table[NG_FAMILIES];
	struct ng_paces paces;
	__u32 regulars; /* 1: they come first when the host's limit is exceeded */
	__u32 unused3;
	/* what user space reads */
	struct ng_root root; /* the word that puts this policy in force; slot is filled at publishing */
	struct ng_limits limits;
	__u8 replies; /* enum ng_replies */
	__u8 answers_off;
	__u8 unused[6];
	__u64 generation;
	__u64 published; /* seconds since the epoch */
	__u64 next_expiry; /* seconds since the epoch: when the first entry expires; 0: none does */
	__u64 confirm_by; /* seconds since boot: when to undo `confirm`; 0: nothing awaits confirmation */
	__u32 confirm; /* NG_CONFIRM_* */
	__u32 unused2;
	__u32 entries; /* struct ng_entry[] */
	__u32 entry_count;
	__u32 set_count[NG_SETS][NG_FAMILIES]; /* entries, by set and family */
	__u32 text; /* char[]: comments and file names */
	__u32 text_size;
	__u32 size; /* end of the policy's address space */
	__u32 default_line; /* where `default` was written; 0: built in */
	char name[NG_NAME_MAX];
	char file[NG_FILE_MAX];
	char hash[NG_HASH_MAX];
	char pad[7];
};

/* ---- counters: one per CPU and interface ---- */
#define NG_SCRATCH 24

struct ng_count {
	__u64 packets; /* judged so, and treated so */
	__u64 bytes; /* of frames, would_drop included */
	__u64 would_drop; /* judged a drop, but passed in monitor mode */
	__u64 ntp_bytes; /* of UDP payload: of all that came in, of what left */
};

struct ng_counters {
	struct ng_count row[NG_DIRECTIONS][NG_FAMILIES][NG_VERDICTS_MAX];
	__u64 displaced[NG_RUNGS_MAX]; /* by rung: marks that gave up their place before their bucket was full again */
	/* which packets that come in are samples, as numbers of packets */
	__u64 seen;
	__u64 tick_ns; /* the present tick of the kernel's clock */
	__u64 tick_seen; /* when it began */
	__u64 sample_at; /* the tick's sample */
	__u64 sampled; /* the last one */
	__u64 scratch[NG_SCRATCH]; /* the limits' own, while a packet is judged */
	__u64 chance; /* random bits not used up yet: so many as its low 6 bits say, above them */
};

/* ---- interfaces, by their number in ng_root.monitor ---- */
#define NG_INTERFACE_MONITOR 0x01 /* loaded with --monitor */
#define NG_INTERFACE_UNCONFIRMED 0x02
#define NG_INTERFACE_NO_EGRESS 0x04 /* loaded with --no-egress */
#define NG_INTERFACE_CLSACT 0x08 /* its clsact qdisc is ours to remove */

struct ng_interface {
	__u32 ifindex; /* 0: free */
	__u32 program_id;
	__u32 flags; /* NG_INTERFACE_* */
	__u32 netns; /* inode of the network namespace that ifindex belongs to */
	__u64 loaded; /* seconds since the epoch */
	char name[16];
	__u64 build; /* of the programs that are attached: ng_build() */
	char version[16]; /* of the ntpguard that they came with */
};

/* The row after the last interface is the stamp: who made these pins. */
struct ng_stamp {
	__u32 magic;
	__u32 abi;
	char version[24];
	__u64 refused; /* seconds since the epoch: the last apply that was refused; 0: none since one was not */
	__u64 pad[3];
};

_Static_assert(sizeof(struct ng_root) == 8, "the root is one word");
_Static_assert(sizeof(struct ng_table) == 32, "struct ng_table has no holes");
_Static_assert(sizeof(struct ng_entry) == 40, "struct ng_entry has no holes");
_Static_assert(sizeof(struct ng_interface) == sizeof(struct ng_stamp), "stamp and interface share a map");
_Static_assert(sizeof(struct ng_policy) % 8 == 0, "columns start aligned");
_Static_assert(sizeof(struct ng_counters) <= 32768, "a per-CPU value is at most 32 KiB");
_Static_assert((int)NG_VERDICTS <= (int)NG_IS_REPLY, "a verdict has a counter row");
_Static_assert(sizeof(struct ng_query_set) == 128, "a set of queries is two cache lines");
_Static_assert(sizeof(struct ng_length_set) == 64, "a set of lengths is one cache line");
_Static_assert(sizeof(struct ng_limit_set) == 64, "a set of limits is one cache line");
_Static_assert(sizeof(struct ng_regular_set) == 64, "a set of regulars is one cache line");
_Static_assert(sizeof(struct ng_samples) <= 32768, "a per-CPU value is at most 32 KiB");
_Static_assert(sizeof(struct ng_limits_state) == 128, "the host's limit is in a line of its own");
_Static_assert(sizeof(struct ng_shared) <= 64, "the root and all beside it are one cache line");
_Static_assert(sizeof(struct ng_event) == 32 + NG_EVENT_FRAME, "struct ng_event has no holes");
_Static_assert(sizeof(struct ng_client_entry) == 40, "struct ng_client_entry has no holes");
_Static_assert((NG_OUTSTANDING << NG_QUERY_LIFE_MAX) < NG_TICKS, "a mark dies before its age wraps");

#endif
