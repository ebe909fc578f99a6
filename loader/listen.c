// SPDX-License-Identifier: GPL-2.0-only
/* Listening to what the programs tell (bpf/events.h). */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pins.h"

struct ng_listener {
	struct ng_ears *ears;
	struct ng_shared *shared;
	struct ring_buffer *ring;
	int own; /* the ring buffer's map */
	int rings; /* the map of all listeners' ring buffers */
	uint32_t place; /* among the ears */
	uint64_t until_ns; /* the lease as we wrote it */
	char pin[240]; /* of the ears: gone, or another, when ntpguard was unloaded */
	ino_t inode;
	ng_listener_each *each;
	void *context;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *map_pin(const struct ng_loader *loader, const char *pin, size_t size)
{
	int map = ng_pins_map(loader, pin);
	void *mapped = map < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	if (map >= 0)
		close(map);
	return mapped == MAP_FAILED ? NULL : mapped;
}

/* A place whose lease has run out is nobody's. */
static int take_place(struct ng_listener *listener)
{
	uint64_t now = now_ns(), lease = now + NG_LEASE_NS;

	for (uint32_t i = 0; i < NG_EARS; i++) {
		struct ng_ear *ear = &listener->ears->ear[i];
		uint64_t until = __atomic_load_n(&ear->until_ns, __ATOMIC_SEQ_CST);

		if (until > now)
			continue;
		/* taken, but for ears that hear nothing yet */
		__atomic_store_n(&ear->verdicts, 0, __ATOMIC_SEQ_CST);
		if (!__atomic_compare_exchange_n(&ear->until_ns, &until, lease, false, __ATOMIC_SEQ_CST,
						 __ATOMIC_SEQ_CST))
			continue;
		listener->place = i;
		listener->until_ns = lease;
		return 0;
	}
	return -EBUSY;
}

static int hand_over(void *context, void *data, size_t size)
{
	struct ng_listener *listener = context;
	const struct ng_event *event = data;

	if (size < sizeof(*event) || event->size > sizeof(event->frame) || event->verdict >= NG_VERDICTS)
		return 0;
	return listener->each(listener->context, event);
}

static int bring_ring(struct ng_listener *listener)
{
	listener->own = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ng_ring", 0, 0, NG_RING_SIZE, NULL);
	if (listener->own < 0)
		return -errno;
	listener->ring = ring_buffer__new(listener->own, hand_over, listener, NULL);
	if (!listener->ring || bpf_map_update_elem(listener->rings, &listener->place, &listener->own, BPF_ANY))
		return -errno;
	return 0;
}

/* IPv4 addresses are in the first four bytes. */
static void prick_up(struct ng_listener *listener, const struct ng_listen *what)
{
	struct ng_ear *ear = &listener->ears->ear[listener->place];
	unsigned int bytes = what->family == NG_IPV4 ? 4 : 16;
	uint8_t mask[16] = { 0 }, address[16] = { 0 };

	for (unsigned int bit = 0; bit < what->length && bit < 8 * bytes; bit++)
		mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	for (unsigned int i = 0; i < bytes; i++)
		address[i] = what->address[i] & mask[i];
	memcpy(ear->mask, mask, sizeof(ear->mask));
	memcpy(ear->address, address, sizeof(ear->address));
	ear->families = what->length ? 1u << what->family : (1u << NG_IPV4 | 1u << NG_IPV6);
	ear->serial++;
	__atomic_store_n(&ear->verdicts, what->verdicts, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&listener->shared->ears, 1u << listener->place, __ATOMIC_SEQ_CST);
}

static int begin(struct ng_loader *loader, struct ng_listener *listener, const struct ng_listen *what)
{
	struct stat pin;
	int error;

	snprintf(listener->pin, sizeof(listener->pin), "%s/ears", loader->directory);
	listener->ears = map_pin(loader, "ears", sizeof(*listener->ears));
	listener->shared = map_pin(loader, "root", sizeof(*listener->shared));
	listener->rings = ng_pins_map(loader, "rings");
	if (!listener->ears || !listener->shared || listener->rings < 0 || stat(listener->pin, &pin))
		return -errno;
	listener->inode = pin.st_ino;
	error = take_place(listener);
	if (!error)
		error = bring_ring(listener);
	if (!error)
		prick_up(listener, what);
	return error;
}

int ng_listener_begin(struct ng_loader *loader, const struct ng_listen *what, struct ng_listener **out,
		      struct ng_fault *fault)
{
	struct ng_listener *listener = calloc(1, sizeof(*listener));
	int error = -ENOMEM;

	if (listener) {
		listener->rings = listener->own = -1;
		error = begin(loader, listener, what);
	}
	if (!error) {
		*out = listener;
		return 0;
	}
	ng_listener_end(listener);
	if (error != -EBUSY)
		return ng_pins_fault(fault, -error, "listening to the programs");
	ng_fault(fault, NG_EXIT_CONFLICT, EBUSY,
		 "%d others are listening already (monitor, capture), which is the limit", NG_EARS);
	ng_fault_hint(fault, "end one of them; the place of one that was killed is free after 5 s");
	return error;
}

/* Another may have taken the place of one that was stopped for longer than its lease. */
static int renew(struct ng_listener *listener)
{
	struct ng_ear *ear = &listener->ears->ear[listener->place];
	uint64_t lease = now_ns() + NG_LEASE_NS;

	if (!__atomic_compare_exchange_n(&ear->until_ns, &listener->until_ns, lease, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return -ESTALE;
	listener->until_ns = lease;
	__atomic_fetch_or(&listener->shared->ears, 1u << listener->place, __ATOMIC_SEQ_CST);
	return 0;
}

int ng_listener_wait(struct ng_listener *listener, int timeout_ms, ng_listener_each *each, void *context)
{
	struct stat pin;
	int error;

	if (stat(listener->pin, &pin) || pin.st_ino != listener->inode)
		return -ENOENT;
	error = renew(listener);
	if (error)
		return error;
	listener->each = each;
	listener->context = context;
	return ring_buffer__poll(listener->ring, timeout_ms);
}

/* The place is given back only if it is still ours. */
static void give_back(struct ng_listener *listener)
{
	struct ng_ear *ear = &listener->ears->ear[listener->place];

	if (!listener->until_ns || !__atomic_compare_exchange_n(&ear->until_ns, &listener->until_ns, 0, false,
								__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	__atomic_fetch_and(&listener->shared->ears, ~(1u << listener->place), __ATOMIC_SEQ_CST);
	bpf_map_delete_elem(listener->rings, &listener->place);
}

void ng_listener_end(struct ng_listener *listener)
{
	if (!listener)
		return;
	if (listener->ears && listener->shared)
		give_back(listener);
	ring_buffer__free(listener->ring);
	if (listener->ears)
		munmap(listener->ears, sizeof(*listener->ears));
	if (listener->shared)
		munmap(listener->shared, sizeof(*listener->shared));
	if (listener->own >= 0)
		close(listener->own);
	if (listener->rings >= 0)
		close(listener->rings);
	free(listener);
}
