// SPDX-License-Identifier: GPL-2.0-only
/* Putting a policy in force. It is built in the pages of the idle slot and named by one store to the
 * root word. The kernel lets an update of an array of maps return only after every program that
 * could still see the old entry has ended (maybe_wait_bpf_programs() in kernel/bpf/syscall.c), so
 * putting a slot's first page where it already is waits for that slot's last reader. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "pins.h"

/* More often than that no policy is replaced while a kilobyte is copied. */
#define HEAD_TRIES 100

static uint32_t pages_of(size_t size)
{
	return (uint32_t)((size + NG_PAGE_SIZE - 1) / NG_PAGE_SIZE);
}

static int page_open(const struct ng_loader *loader, uint32_t number)
{
	uint32_t id;

	if (bpf_map_lookup_elem(loader->pages, &number, &id))
		return -errno;
	return bpf_map_get_fd_by_id(id);
}

static int page_create(const struct ng_loader *loader, uint32_t number)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	int error, page = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ng_page", sizeof(uint32_t), NG_PAGE_SIZE, 1, &opts);

	if (page < 0 || !bpf_map_update_elem(loader->pages, &number, &page, BPF_ANY))
		return page < 0 ? -errno : page;
	error = -errno;
	close(page);
	return error;
}

/* The slot's first `size` bytes in one piece; missing pages are made if it is to be written. Unmap
 * pages_of(size) pages. NULL: errno. */
static struct ng_policy *map_slot(const struct ng_loader *loader, uint32_t slot, size_t size, bool write)
{
	size_t room = (size_t)pages_of(size) * NG_PAGE_SIZE;
	char *base = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int protection = write ? PROT_READ | PROT_WRITE : PROT_READ, error;

	if (base == MAP_FAILED)
		return NULL;
	for (uint32_t i = 0; i < pages_of(size); i++) {
		int page = page_open(loader, slot * NG_PAGES + i);
		void *mapped = MAP_FAILED;

		if (page == -ENOENT && write)
			page = page_create(loader, slot * NG_PAGES + i);
		error = -page;
		if (page >= 0) {
			mapped = mmap(base + (size_t)i * NG_PAGE_SIZE, NG_PAGE_SIZE, protection, MAP_SHARED | MAP_FIXED,
				      page, 0);
			error = errno;
			close(page);
		}
		if (mapped == MAP_FAILED) {
			munmap(base, room);
			errno = error;
			return NULL;
		}
	}
	return (struct ng_policy *)(void *)base;
}

static struct ng_root root_read(const struct ng_loader *loader)
{
	uint64_t word = __atomic_load_n(loader->root, __ATOMIC_ACQUIRE);
	struct ng_root root;

	memcpy(&root, &word, sizeof(root));
	return root;
}

static void root_write(const struct ng_loader *loader, struct ng_root root)
{
	uint64_t word;

	memcpy(&word, &root, sizeof(word));
	__atomic_store_n(loader->root, word, __ATOMIC_SEQ_CST);
}

/* The slot's policy in one piece, and how much that maps; NULL where it has none. */
static struct ng_policy *view_slot(const struct ng_loader *loader, uint32_t slot, size_t *mapped)
{
	struct ng_policy *first = map_slot(loader, slot, NG_PAGE_SIZE, false);
	size_t size;

	if (!first)
		return NULL;
	size = first->generation ? first->size : 0;
	munmap(first, NG_PAGE_SIZE);
	*mapped = (size_t)pages_of(size) * NG_PAGE_SIZE;
	return size ? map_slot(loader, slot, size, false) : NULL;
}

const struct ng_policy *ng_swap_current(struct ng_loader *loader)
{
	struct ng_root root = root_read(loader);

	if (!loader->view && root.flags & NG_ROOT_PUBLISHED)
		loader->view = view_slot(loader, root.slot, &loader->view_size);
	return loader->view;
}

/* Whole, if the slot was that generation's before and after. */
static bool copy_head(const struct ng_policy *first, struct ng_policy *head)
{
	uint64_t generation = __atomic_load_n(&first->generation, __ATOMIC_ACQUIRE);

	memcpy(head, first, sizeof(*head));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return generation && __atomic_load_n(&first->generation, __ATOMIC_RELAXED) == generation;
}

void ng_swap_head(struct ng_loader *loader, struct ng_policy *head)
{
	struct ng_root root = root_read(loader);
	struct ng_policy *first;
	bool whole = false;

	for (int i = 0; i < HEAD_TRIES && !whole && root.flags & NG_ROOT_PUBLISHED; i++) {
		first = map_slot(loader, root.slot, sizeof(*first), false);
		whole = first && copy_head(first, head);
		if (first)
			munmap(first, NG_PAGE_SIZE);
		root = root_read(loader);
	}
	if (!whole)
		memset(head, 0, sizeof(*head));
}

static void forget_view(struct ng_loader *loader)
{
	if (loader->view)
		munmap(loader->view, loader->view_size);
	loader->view = NULL;
}

/* Returns when no program reads the slot any more. The slot must not be the one in force. */
static int retire(const struct ng_loader *loader, uint32_t slot)
{
	uint32_t number = slot * NG_PAGES;
	int page = page_open(loader, number), error;
	struct ng_policy *policy;

	if (page < 0)
		return page == -ENOENT ? 0 : page;
	policy = mmap(NULL, sizeof(*policy), PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
	error = policy == MAP_FAILED ? -errno : 0;
	if (!error && !policy->retired)
		error = bpf_map_update_elem(loader->pages, &number, &page, BPF_ANY) ? -errno : 0;
	if (!error)
		policy->retired = 1;
	if (policy != MAP_FAILED)
		munmap(policy, sizeof(*policy));
	close(page);
	return error;
}

/* Gives back the pages of an idle slot that a policy of this size does not need. */
static void trim(const struct ng_loader *loader, uint32_t slot, size_t size)
{
	for (uint32_t i = pages_of(size); i < NG_PAGES; i++) {
		uint32_t number = slot * NG_PAGES + i;

		if (bpf_map_delete_elem(loader->pages, &number))
			return;
	}
}

static uint32_t monitor_bits(struct ng_loader *loader, const struct ng_policy *image)
{
	struct ng_interface row;
	uint32_t bits = 0;

	if (image->root.monitor)
		return ~0u;
	for (unsigned int i = 0; i < NG_INTERFACES_MAX; i++)
		if (ng_interface_at(loader, i, &row) && row.flags & NG_INTERFACE_MONITOR)
			bits |= 1u << i;
	return bits;
}

/* The generation is written last: a slot without one was left by a command that was interrupted. */
static int fill(struct ng_loader *loader, const struct ng_policy *image, uint32_t slot, uint64_t generation)
{
	struct ng_policy *policy = map_slot(loader, slot, image->size, true);

	if (!policy)
		return -errno;
	policy->generation = 0;
	memcpy(policy, image, image->size); /* whose generation is 0 */
	policy->retired = 0;
	policy->published = (uint64_t)time(NULL);
	__atomic_store_n(&policy->generation, generation, __ATOMIC_SEQ_CST);
	munmap(policy, (size_t)pages_of(image->size) * NG_PAGE_SIZE);
	trim(loader, slot, image->size);
	return 0;
}

int ng_swap_publish(struct ng_loader *loader, const struct ng_policy *image, uint64_t *generation,
		    struct ng_fault *fault)
{
	const struct ng_policy *current = ng_swap_current(loader);
	struct ng_root old = root_read(loader), next = image->root;
	int error;

	*generation = current ? current->generation + 1 : 1;
	next.slot = current ? !old.slot : 0;
	next.flags |= NG_ROOT_PUBLISHED;
	next.monitor = monitor_bits(loader, image);
	error = retire(loader, next.slot);
	if (!error)
		error = fill(loader, image, next.slot, *generation);
	if (error) {
		ng_pins_fault(fault, -error, "writing the policy into the kernel");
		if (current)
			ng_fault_unchanged(fault, "policy not applied; generation %llu still in force",
					   (unsigned long long)current->generation);
		return error;
	}
	forget_view(loader);
	root_write(loader, next);
	if (current)
		error = retire(loader, old.slot);
	return error ? ng_pins_fault(fault, -error, "waiting for the old policy's last reader") : 0;
}

/* The interface's bit alone; the rest of the root stays. */
void ng_swap_monitor(struct ng_loader *loader, unsigned int index, bool monitor)
{
	struct ng_root root = root_read(loader);
	const struct ng_policy *current = ng_swap_current(loader);

	if (monitor || (current && current->root.monitor))
		root.monitor |= 1u << index;
	else
		root.monitor &= ~(1u << index);
	root_write(loader, root);
}

bool ng_interface_monitors(struct ng_loader *loader, unsigned int index)
{
	return root_read(loader).monitor >> index & 1;
}

struct ng_policy *ng_swap_previous(struct ng_loader *loader)
{
	const struct ng_policy *current = ng_swap_current(loader);
	struct ng_policy *copy = NULL, *view;
	size_t mapped;

	if (!current)
		return NULL;
	view = view_slot(loader, !root_read(loader).slot, &mapped);
	if (!view)
		return NULL;
	if (view->generation < current->generation)
		copy = malloc(view->size);
	if (copy) {
		memcpy(copy, view, view->size);
		copy->generation = copy->confirm_by = copy->confirm = 0;
	}
	munmap(view, mapped);
	return copy;
}

int ng_swap_await(struct ng_loader *loader, uint64_t confirm_by, uint32_t what)
{
	struct ng_policy *first;

	if (!(root_read(loader).flags & NG_ROOT_PUBLISHED))
		return -ENOENT;
	forget_view(loader);
	first = map_slot(loader, root_read(loader).slot, sizeof(*first), true);
	if (!first)
		return -errno;
	first->confirm = what;
	__atomic_store_n(&first->confirm_by, confirm_by, __ATOMIC_SEQ_CST);
	munmap(first, NG_PAGE_SIZE);
	return 0;
}
