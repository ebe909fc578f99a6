// SPDX-License-Identifier: GPL-2.0-only
/* Reading the table of clients that were limited (bpf/clients.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pins.h"

#define UNITS_A_SECOND (1e9 / (1u << NG_CLIENT_SHIFT))

int ng_client_compare(const void *a, const void *b)
{
	const struct ng_client *one = a, *other = b;

	return one->family != other->family ? one->family - other->family
					    : memcmp(one->address, other->address, sizeof(one->address));
}

/* What another CPU writes meanwhile may be a unit younger than now. */
static uint32_t seconds_since(uint32_t when, uint32_t now)
{
	uint32_t units = now - when;

	return units > UINT32_MAX / 2 ? 0 : (uint32_t)(units / UNITS_A_SECOND);
}

/* One entry, if nobody takes it from its owner meanwhile. */
static bool take(const volatile struct ng_client_entry *entry, uint32_t now, struct ng_client *client)
{
	uint64_t tag = entry->tag;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	*client = (struct ng_client){ .family = entry->family ? NG_IPV6 : NG_IPV4,
				      .dropped = entry->dropped,
				      .first_seconds = seconds_since(entry->first, now),
				      .last_seconds = seconds_since(entry->last, now) };
	memcpy(client->address, (const void *)entry->address, client->family == NG_IPV6 ? 16 : 4);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return tag && tag != NG_CLIENT_BUSY && entry->tag == tag;
}

/* The entries of one client become one. Returns how many are left. */
static size_t fold(struct ng_client *list, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct ng_client *last = kept ? &list[kept - 1] : NULL;

		if (!last || ng_client_compare(last, &list[i])) {
			list[kept++] = list[i];
			continue;
		}
		last->dropped += list[i].dropped;
		if (list[i].first_seconds > last->first_seconds)
			last->first_seconds = list[i].first_seconds;
		if (list[i].last_seconds < last->last_seconds)
			last->last_seconds = list[i].last_seconds;
	}
	return kept;
}

/* NULL: errno. */
static struct ng_client_table *map_table(const struct ng_loader *loader, int protection)
{
	int map = ng_pins_map(loader, "clients");
	void *table;

	if (map < 0) {
		errno = -map;
		return NULL;
	}
	table = mmap(NULL, sizeof(struct ng_client_table), protection, MAP_SHARED, map, 0);
	close(map);
	return table == MAP_FAILED ? NULL : table;
}

int ng_clients_read(struct ng_loader *loader, struct ng_clients *clients)
{
	const struct ng_client_table *table = map_table(loader, PROT_READ);
	const struct ng_client_entry *entries = table ? table->set[0].way : NULL;
	uint64_t now_ns;
	int error = table ? ng_ticks_now(&now_ns) : -errno;

	memset(clients, 0, sizeof(*clients));
	if (!error)
		clients->list = calloc(NG_CLIENTS, sizeof(*clients->list));
	if (!error && !clients->list)
		error = -ENOMEM;
	for (size_t i = 0; !error && i < NG_CLIENTS; i++)
		clients->count +=
			take(&entries[i], (uint32_t)(now_ns >> NG_CLIENT_SHIFT), &clients->list[clients->count]);
	if (!error) {
		clients->displaced = table->displaced;
		qsort(clients->list, clients->count, sizeof(*clients->list), ng_client_compare);
		clients->count = fold(clients->list, clients->count);
	}
	if (table)
		munmap((void *)table, sizeof(*table));
	return error;
}

int ng_clients_forget(struct ng_loader *loader)
{
	struct ng_client_table *table = map_table(loader, PROT_READ | PROT_WRITE);

	if (!table)
		return -errno;
	memset(table->set, 0, sizeof(table->set));
	munmap(table, sizeof(*table));
	return 0;
}
