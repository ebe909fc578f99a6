// SPDX-License-Identifier: GPL-2.0-only
/* The regulars, out of the kernel and back into it. */
#include "state.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "pins.h"

static struct ng_state_time time_at(uint64_t now_ns)
{
	return (struct ng_state_time){ .wall = (uint64_t)time(NULL), .period = (uint16_t)(now_ns >> NG_PERIOD_SHIFT) };
}

static size_t table_size(uint32_t limit_sets)
{
	return NG_REGULAR_SETS(limit_sets) * sizeof(struct ng_regular_set);
}

/* NULL: errno. */
static struct ng_regular_set *map_table(int map, uint32_t limit_sets, int protection)
{
	void *table = mmap(NULL, table_size(limit_sets), protection, MAP_SHARED, map, 0);

	return table == MAP_FAILED ? NULL : table;
}

int ng_state_of(int map, uint32_t limit_sets, const volatile struct ng_shared *shared, uint64_t now_ns, void **data,
		size_t *size)
{
	struct ng_regular_set *table = map_table(map, limit_sets, PROT_READ);
	uint64_t secret[4];

	if (!table)
		return -errno;
	for (int i = 0; i < 4; i++)
		secret[i] = shared->secret[i];
	*data = ng_state_encode(table, NG_REGULAR_SETS(limit_sets), secret, time_at(now_ns), size);
	munmap(table, table_size(limit_sets));
	return *data ? 0 : -ENOMEM;
}

int ng_state_save(struct ng_loader *loader, void **data, size_t *size, struct ng_fault *fault)
{
	int map = ng_pins_map(loader, "regulars"), error;
	uint64_t now_ns;

	error = map < 0 ? map : ng_ticks_now(&now_ns);
	if (!error)
		error = ng_state_of(map, loader->limit_sets, (void *)loader->root, now_ns, data, size);
	if (map >= 0)
		close(map);
	return error ? ng_pins_fault(fault, -error, "reading the regulars") : 0;
}

/* Decoded aside, because what is refused halfway must change nothing. */
static const char *restore(struct ng_loader *loader, struct ng_regular_set *table, const void *data, size_t size,
			   uint64_t now_ns)
{
	struct ng_regular_set *aside = calloc(1, table_size(loader->limit_sets));
	struct ng_shared *shared = (void *)loader->root;
	uint64_t secret[4];
	const char *why;

	if (!aside)
		return "out of memory";
	why = ng_state_decode(data, size, aside, NG_REGULAR_SETS(loader->limit_sets), secret, time_at(now_ns));
	if (!why) {
		memcpy(table, aside, table_size(loader->limit_sets));
		memcpy(shared->secret, secret, sizeof(secret));
	}
	free(aside);
	return why;
}

const char *ng_state_load(struct ng_loader *loader, const void *data, size_t size)
{
	int map = ng_pins_map(loader, "regulars");
	struct ng_regular_set *table = NULL;
	const char *why = NULL;
	uint64_t now_ns;

	if (!loader->is_new)
		why = "ntpguard is loaded already";
	else if (map < 0 || ng_ticks_now(&now_ns))
		why = "the kernel would not be asked";
	else
		table = map_table(map, loader->limit_sets, PROT_READ | PROT_WRITE);
	if (table) {
		why = restore(loader, table, data, size, now_ns);
		munmap(table, table_size(loader->limit_sets));
	} else if (!why) {
		why = "the table of regulars cannot be mapped";
	}
	if (map >= 0)
		close(map);
	return why;
}
