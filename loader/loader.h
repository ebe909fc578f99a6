/* SPDX-License-Identifier: GPL-2.0-only */
/* The loader: the only code that talks to libbpf and libxdp. Functions return 0 or a negative errno
 * and, where they take a fault, leave in it what a person needs to know. */
#ifndef NTPGUARD_LOADER_H
#define NTPGUARD_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "ntpguard.h"

struct ng_loader;

/* ---- the pins: <bpffs>/ntpguard ---- */

enum ng_access {
	NG_READ, /* shared with other readers */
	NG_TRY, /* the same, or -EAGAIN at once where another has them */
	NG_WATCH, /* without waiting for anybody: counters, and the head of the policy (ng_swap_head()) */
	NG_EDIT, /* alone; the pins must exist */
	NG_CREATE, /* alone; bpffs is mounted and the pins are made where they are missing */
};

/* Opens the pins under the bpffs directory and holds a lock on them until ng_loader_close(); waits
 * for another command that has it (NG_WATCH does neither). Refuses pins of another ABI. -ENOENT: nothing is loaded.
 * NG_CREATE without a policy yet leaves the root unpublished: what arrives passes as `internal`. */
int ng_loader_open(struct ng_loader **loader, const char *bpffs, enum ng_access access, struct ng_fault *fault);

/* Frees the loader and its lock. Pins that hold no interface any more are removed first, if it may
 * edit. NULL is allowed. */
void ng_loader_close(struct ng_loader *loader);

/* True if this loader made the pins: nothing was loaded before. */
bool ng_loader_is_new(const struct ng_loader *loader);

/* Memory of the limits and regulars, in bytes: what new pins will have (the largest power of two that is not
 * more; false: too little or too much), and what these have. */
#define NG_MEMORY_MIN (NG_LIMIT_SETS_MIN * 256ull)
#define NG_MEMORY_MAX (NG_LIMIT_SETS_MAX * 256ull)
bool ng_loader_memory_wanted(uint64_t bytes);
uint64_t ng_loader_memory(const struct ng_loader *loader);
bool ng_loader_memory_is(const struct ng_loader *loader); /* what was wanted */

/* Nothing is printed by libbpf and libxdp unless verbose. */
void ng_loader_verbose(bool verbose);

/* ---- interfaces ---- */

enum ng_mode { NG_MODE_AUTO, NG_MODE_NATIVE, NG_MODE_GENERIC };

/* What is attached to an interface now, as the kernel says. */
struct ng_link {
	enum ng_mode mode; /* NATIVE or GENERIC; AUTO: it is in another network namespace, and not known */
	bool attached; /* our program is there */
	bool dispatcher; /* under libxdp's dispatcher, so other programs can share the interface */
	bool egress; /* our program on the way out is there */
	uint32_t program_id;
};

struct ng_attach_options {
	enum ng_mode mode;
	bool monitor;
	bool monitor_given; /* otherwise an interface that is loaded already keeps its own */
	bool unconfirmed; /* to be unloaded again unless it is confirmed */
	bool no_egress; /* nothing on the way out: then replies pass unasked, and answers of any size */
};

enum ng_attached { NG_ATTACHED, NG_UNCHANGED, NG_MONITOR_CHANGED, NG_UPGRADED };

/* Puts the programs on the interface, on the way in and on the way out. `note` (of note_size bytes) gets a sentence
 * where the result is less than was asked for: generic mode, no dispatcher. On failure the interface is as it was. */
int ng_attach(struct ng_loader *loader, const char *name, const struct ng_attach_options *options,
	      enum ng_attached *result, char *note, size_t note_size, struct ng_fault *fault);

/* Takes the program off. `name` may be an interface that is gone. -ENOENT: not loaded there. */
int ng_detach(struct ng_loader *loader, const char *name, struct ng_fault *fault);

/* Row `index` (0 to NG_INTERFACES_MAX - 1) of the interface table; false where it is free. The name
 * is the interface's present one; a vanished interface keeps its last. */
bool ng_interface_at(struct ng_loader *loader, unsigned int index, struct ng_interface *interface);
/* Takes the mark of being unconfirmed off all interfaces. */
int ng_interfaces_confirm(struct ng_loader *loader);
/* True if its programs are this command's; false: another build's, which loading it again replaces. */
bool ng_interface_is_current(const struct ng_interface *interface);
/* True if its number is one of this process's network namespace. */
bool ng_interface_is_here(const struct ng_interface *interface);

/* Whether any interface has another name than when it was loaded; and keeps the present ones, by which they are
 * known once they are gone. */
bool ng_interfaces_are_renamed(struct ng_loader *loader);
void ng_interfaces_rename(struct ng_loader *loader);
bool ng_interface_monitors(struct ng_loader *loader, unsigned int index);
void ng_link_read(const struct ng_interface *interface, struct ng_link *link);

/* Filters and programs of tc, on the way in and out of an interface of this network namespace, that are not ours; 0
 * also where this user may not look. */
unsigned int ng_link_others(uint32_t ifindex);

/* ---- the policy ---- */

/* The policy in force, in one piece; stays readable until ng_loader_close(). NULL: none. */
const struct ng_policy *ng_swap_current(struct ng_loader *loader);

/* A copy of the head of the policy in force, whole also while others change it; generation 0: there is none.
 * Its columns must not be looked for. */
void ng_swap_head(struct ng_loader *loader, struct ng_policy *head);

/* Puts the policy in force: `image` is its whole address space, image->size bytes; the caller keeps
 * it. When this returns 0, no CPU judges by the old policy any more, and none judged by a mixture.
 * On failure the old one is in force, whole. */
int ng_swap_publish(struct ng_loader *loader, const struct ng_policy *image, uint64_t *generation,
		    struct ng_fault *fault);

/* A copy, which the caller frees, of the policy that was in force before; NULL: none is left. */
struct ng_policy *ng_swap_previous(struct ng_loader *loader);

/* Marks what awaits confirmation (NG_CONFIRM_*) until then (seconds since boot); 0, 0: nothing. */
int ng_swap_await(struct ng_loader *loader, uint64_t confirm_by, uint32_t what);

/* When a policy was last refused, in seconds since the epoch; 0: not since one was put in force. And to note it;
 * for NG_EDIT. */
uint64_t ng_policy_refused(struct ng_loader *loader);
void ng_policy_refuse(struct ng_loader *loader, uint64_t when);

/* ---- counters ---- */

/* The counters of interface number `index`, summed over all CPUs. */
int ng_counters_read(struct ng_loader *loader, unsigned int index, struct ng_counters *sum);

/* ---- limits ---- */

/* How full they are. */
struct ng_limits_seen {
	uint64_t memory; /* bytes of limits and regulars */
	struct {
		uint32_t capacity; /* addresses or prefixes; 0: the policy has no such limit */
		uint32_t live; /* that have not their whole burst to spend */
	} table[NG_PACES]; /* in the order of the policy's paces */
	double host_spent; /* of the host's burst; over 1: regulars are spending theirs */
	uint32_t refused; /* 0: the host's limit has refused nobody yet */
	uint32_t refused_seconds; /* ago */
	uint32_t places, regulars, candidates;
};

/* Reads them as the paces of the policy in force say. Negative errno. */
int ng_limits_read(struct ng_loader *loader, const struct ng_paces *paces, struct ng_limits_seen *seen);

/* ---- clients that were limited ---- */

#define NG_CLIENTS (NG_CLIENT_SETS * NG_CLIENT_WAYS)

struct ng_client {
	uint8_t address[16]; /* network order; IPv4 in the first four bytes, and zeros */
	uint8_t family; /* enum ng_family */
	uint32_t dropped; /* packets, for a limit; wraps */
	uint32_t first_seconds, last_seconds; /* ago */
};

struct ng_clients {
	struct ng_client *list; /* by family and address; the caller frees it */
	size_t count; /* at most NG_CLIENTS */
	uint64_t displaced; /* that gave up their place to others */
};

/* Who was dropped for a limit. Negative errno. */
int ng_clients_read(struct ng_loader *loader, struct ng_clients *clients);

/* By family and address, for qsort() and bsearch(). */
int ng_client_compare(const void *a, const void *b);

/* Begins anew, with an empty list. Changes nothing else, so any loader may. Negative errno. */
int ng_clients_forget(struct ng_loader *loader);

/* ---- samples of what came in ---- */

struct ng_sampled {
	struct ng_sample *list; /* by time; the caller frees it */
	size_t count;
	uint64_t from_ns, to_ns; /* what time they stand for, by the data path's clock */
};

/* Those of the last seconds, or of as many as all CPUs still remember. Negative errno. */
int ng_samples_read(struct ng_loader *loader, uint64_t seconds, struct ng_sampled *sampled);

/* ---- events: packets themselves, for whoever listens ---- */

/* Packets with one of these verdicts (bit v: verdict v) whose far end is in the prefix (address in network order;
 * length 0: whoever, of both families). */
struct ng_listen {
	uint32_t verdicts;
	uint8_t family, length, address[16];
};

struct ng_listener;

/* Is told of an event, which is gone when it returns; not 0 (negative) ends the waiting. */
typedef int ng_listener_each(void *context, const struct ng_event *event);

/* Begins to listen, under a lease that ng_listener_wait() renews, so that whoever is killed leaves nothing behind that
 * costs anything. The loader may be closed then. -EBUSY: all NG_EARS places are taken. */
int ng_listener_begin(struct ng_loader *loader, const struct ng_listen *what, struct ng_listener **listener,
		      struct ng_fault *fault);

/* Hands on what came, and waits so long for something to come; call it again within NG_LEASE_NS. How many, what `each`
 * returned if that was negative, -EINTR, -ENOENT where ntpguard was unloaded meanwhile, or -ESTALE where this process
 * was stopped for so long that its place was given to another. */
int ng_listener_wait(struct ng_listener *listener, int timeout_ms, ng_listener_each *each, void *context);

/* Ends it; NULL is allowed. */
void ng_listener_end(struct ng_listener *listener);

/* ---- state: the regulars, and the key that finds them, over a reboot ---- */

/* As bytes of a file that only root may read, in a fresh buffer that the caller frees. */
int ng_state_save(struct ng_loader *loader, void **data, size_t *size, struct ng_fault *fault);

/* Takes them back, where nothing is attached yet (ng_loader_is_new()); they have aged meanwhile. NULL, or why
 * not: then nothing was changed. */
const char *ng_state_load(struct ng_loader *loader, const void *data, size_t size);

/* ---- replay: both programs, attached to nothing and pinned nowhere, under an injected clock ---- */

struct ng_replayer;

/* Loads them with this policy in force, which the caller keeps. */
int ng_replay_open(struct ng_replayer **replayer, const struct ng_policy *image, struct ng_fault *fault);

/* Judges one frame, from its Ethernet header on, at this time (nanoseconds since any moment; never less
 * than before). The verdict, NG_UNDECIDED for what is not ours, or a negative errno. */
int ng_replay_run(struct ng_replayer *replayer, enum ng_direction direction, const void *frame, size_t size,
		  uint64_t now_ns);

/* What ng_state_save() would give of them at this time of theirs; load takes it. */
int ng_replay_save(struct ng_replayer *replayer, uint64_t now_ns, void **data, size_t *size);

/* Puts another policy in force, which the caller keeps; what the programs remember stays. */
int ng_replay_publish(struct ng_replayer *replayer, const struct ng_policy *image, struct ng_fault *fault);

/* The program of this direction and the map of this name (NG_MAP_*), for whoever drives the replay from
 * the kernel: file descriptors, which the replayer keeps, or a negative errno. Map NG_MAP_REPLAY to turn the
 * clock and to set the state of chance (struct ng_replay). */
int ng_replay_program(struct ng_replayer *replayer, enum ng_direction direction);
int ng_replay_map(struct ng_replayer *replayer, const char *name);

/* Chance begins anew from this state of its generator, and counting from 0. */
int ng_replay_seed(struct ng_replayer *replayer, uint64_t random);

/* What the programs counted. */
int ng_replay_counters(struct ng_replayer *replayer, struct ng_counters *sum);
void ng_replay_close(struct ng_replayer *replayer); /* NULL is allowed */

/* ---- for tests and benchmarks ---- */

/* A loaded, unattached instance of the program of this direction for interface number `index`, for test
 * runs; the caller closes it. */
int ng_program_open(struct ng_loader *loader, enum ng_direction direction, unsigned int index, struct ng_fault *fault);

/* Runs it once on the frame; 1: it passes, 0: it is dropped, or a negative errno. */
int ng_program_run(int program, enum ng_direction direction, const void *frame, size_t size);

/* Gives the unattached instance `index` counters and monitor mode like an interface's. */
int ng_program_monitor(struct ng_loader *loader, unsigned int index, bool monitor);

#endif
