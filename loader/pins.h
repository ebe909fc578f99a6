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
	int pages; /* map fds */
	int counters;
	int interfaces;
	volatile uint64_t *root; /* the root map, mapped; read-only unless access allows edits */
	struct ng_policy *view; /* the policy in force, mapped in one piece; NULL until asked for */
	size_t view_size;
};

/* The object file of the XDP program, opened with every shared map bound to its pin; not loaded.
 * The caller closes it. NULL: errno. */
struct bpf_object *ng_pins_object(const struct ng_loader *loader, unsigned int interface);

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
