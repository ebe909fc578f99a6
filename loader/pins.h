/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside the loader: the open pins. */
#ifndef NTPGUARD_PINS_H
#define NTPGUARD_PINS_H

#include "loader.h"

struct bpf_object;

struct ng_loader {
	char bpffs[200];
	char directory[220]; /* <bpffs>/ntpguard */
	enum ng_access access;
	int lock; /* on the directory */
	bool is_new; /* this one made the pins */
	uint32_t limit_sets; /* ng_constants.limit_sets of the pins */
	int pages; /* map fds */
	int counters;
	int interfaces;
	volatile uint64_t *root; /* the root map, mapped; read-only unless access allows edits */
	struct ng_policy *view; /* the policy in force, mapped in one piece; NULL until asked for */
	size_t view_size;
};

/* The BPF objects in this command (object.S). */
extern const char ng_object_xdp[], ng_object_xdp_end[], ng_object_tc[], ng_object_tc_end[];

/* What tells the programs of one build from those of another: a checksum of both objects. And to put it, with the
 * version, into a row. */
uint64_t ng_build(void);
void ng_build_stamp(struct ng_interface *row);

/* The object file of the program for this direction, with its constants (but those that this kernel
 * decides) set; not loaded. The caller closes it. NULL: errno. */
struct bpf_object *ng_object_open(enum ng_direction direction, struct ng_constants constants);

/* The same, for this interface number, with every shared map bound to its pin. */
struct bpf_object *ng_pins_object(const struct ng_loader *loader, enum ng_direction direction, unsigned int interface,
				  bool no_egress);

/* The same, loaded: the program's fd, which the object owns, or a negative errno. The caller closes the object,
 * which may be NULL, either way. */
int ng_pins_program(const struct ng_loader *loader, enum ng_direction direction, unsigned int interface, bool no_egress,
		    struct bpf_object **object);

/* A pinned map by its pin's name, to be mapped into memory, which the kernel allows of none that was opened
 * read-only; or to be looked up, and read-only where the loader may not edit. Negative errno. The caller
 * closes it. */
int ng_pins_map(const struct ng_loader *loader, const char *pin);
int ng_pins_table(const struct ng_loader *loader, const char *pin);

/* Nanoseconds of a tick of the kernel's clock. */
uint32_t ng_jiffy_ns(void);

/* The data path's clock now (bpf/clock.h, ng_now()). Needs CAP_BPF. */
int ng_ticks_now(uint64_t *now_ns);

/* The state of these regulars and this key at this time, as bytes that the caller frees. */
int ng_state_of(int map, uint32_t limit_sets, const volatile struct ng_shared *shared, uint64_t now_ns, void **data,
		size_t *size);

/* ---- ingress.c: the program at XDP ---- */

/* What XDP programs the interface has. foreign: the id of one, where none is ours. */
void ng_ingress_read(uint32_t ifindex, struct ng_link *link, uint32_t *foreign);

/* Adds our program, in native or generic mode, beside others that share the interface through libxdp's dispatcher;
 * `id` gets its id. */
int ng_ingress_attach(struct ng_loader *loader, unsigned int index, const struct ng_interface *row, enum ng_mode mode,
		      uint32_t *id);

/* Takes every program of ours off but for that of this id (0: every one), and leaves those of others. */
int ng_ingress_detach(const struct ng_interface *row, enum ng_mode mode, uint32_t other);

/* Puts this build's program in the place of the one that `link` tells of: no packet meanwhile has neither. */
int ng_ingress_replace(struct ng_loader *loader, unsigned int index, const struct ng_interface *row,
		       const struct ng_link *link);

/* ---- egress.c: the program at TC egress, by tcx (Linux 6.6) or in a clsact qdisc ---- */

/* Puts the program there, before others. A clsact qdisc that has to be made is marked in the row's flags,
 * and the row written, before it is. */
int ng_egress_attach(struct ng_loader *loader, unsigned int index, struct ng_interface *row);

/* Puts this build's program in the place of the one that is there, without a packet between them that has neither. */
int ng_egress_replace(struct ng_loader *loader, unsigned int index, const struct ng_interface *row);

/* Takes our program off, and a clsact qdisc that is ours (see the row's flags) and empty. Not being there,
 * or the interface not being there, is no error. */
int ng_egress_detach(const struct ng_interface *row);

/* The id of our program there; 0: none. */
uint32_t ng_egress_program(const struct ng_interface *row);

/* An interface's row in the table; all zero frees it. */
int ng_pins_row_write(struct ng_loader *loader, unsigned int index, const struct ng_interface *row);

/* The number of the row that the interface of this name, here, has; of a row that is free. */
int ng_row_find(struct ng_loader *loader, const char *name, struct ng_interface *row);
int ng_row_free(struct ng_loader *loader);

/* Frees the rows of interfaces that our program is no longer on; how many. */
unsigned int ng_rows_repair(struct ng_loader *loader);

/* Removes libxdp's pins of the dispatcher that has the program of this id. Only for a program that is
 * attached nowhere any more; 0 is none. */
void ng_dispatcher_forget(uint32_t id);

/* The inode number of this process's network namespace. */
uint32_t ng_netns_here(void);

/* Sets every counter of interface number `index` to zero. */
int ng_counters_clear(struct ng_loader *loader, unsigned int index);

/* Puts the interface into monitor mode or out of it (a policy's `monitor` prevails). */
void ng_swap_monitor(struct ng_loader *loader, unsigned int index, bool monitor);

/* Exit code, words and hint for a failed bpf() call of the named step. */
int ng_pins_fault(struct ng_fault *fault, int error, const char *step);

#endif
