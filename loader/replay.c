// SPDX-License-Identifier: GPL-2.0-only
/* The programs in a world of their own: maps that are pinned nowhere, a key that is always the same, and a
 * clock that the caller turns, so that a capture is judged alike each time. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log.h"
#include "ntp_wire.h"
#include "pins.h"

struct ng_replayer {
	struct bpf_object *object[NG_DIRECTIONS];
	struct ng_loader *loader; /* of maps that no directory holds */
	volatile struct ng_replay *injected;
};

static int map_fd(const struct ng_replayer *replayer, const char *name)
{
	return bpf_map__fd(bpf_object__find_map_by_name(replayer->object[NG_IN], name));
}

/* The egress program takes the ingress program's maps; its constants are its own. */
static int share_maps(struct ng_replayer *replayer)
{
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_map(map, replayer->object[NG_OUT])
	{
		struct bpf_map *other = bpf_object__find_map_by_name(replayer->object[NG_IN], bpf_map__name(map));
		bool is_rodata = strstr(bpf_map__name(map), "rodata");

		if (other && !is_rodata && !error)
			error = bpf_map__reuse_fd(map, bpf_map__fd(other));
	}
	return error;
}

static int load_objects(struct ng_replayer *replayer)
{
	struct ng_constants constants = { .is_replay = 1 };
	int error;

	for (int direction = 0; direction < NG_DIRECTIONS; direction++) {
		replayer->object[direction] = ng_object_open((enum ng_direction)direction, constants);
		if (!replayer->object[direction])
			return -errno;
		error = direction == NG_OUT ? share_maps(replayer) : 0;
		if (!error)
			error = bpf_object__load(replayer->object[direction]);
		if (error)
			return error;
	}
	return 0;
}

static void *map_value(int map, size_t size)
{
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	return mapped == MAP_FAILED ? NULL : mapped;
}

/* The same on every run, which a capture from outside cannot make use of. */
static const struct ng_shared fixed = { .secret = { 0x9e3779b97f4a7c15u, 0xbf58476d1ce4e5b9u, 0x94d049bb133111ebu,
						    0xd6e8feb86659fd93u } };

static int open_loader(struct ng_replayer *replayer)
{
	struct ng_loader *loader = calloc(1, sizeof(*loader));
	struct ng_shared shared = fixed;
	__u32 zero = 0;

	if (!loader)
		return -ENOMEM;
	replayer->loader = loader;
	loader->access = NG_EDIT;
	loader->lock = -1;
	loader->pages = fcntl(map_fd(replayer, NG_MAP_PAGES), F_DUPFD_CLOEXEC, 0);
	loader->counters = fcntl(map_fd(replayer, NG_MAP_COUNTERS), F_DUPFD_CLOEXEC, 0);
	loader->interfaces = fcntl(map_fd(replayer, NG_MAP_INTERFACES), F_DUPFD_CLOEXEC, 0);
	shared.root.port = htons(NTP_PORT);
	if (bpf_map_update_elem(map_fd(replayer, NG_MAP_ROOT), &zero, &shared, BPF_ANY))
		return -errno;
	loader->root = map_value(map_fd(replayer, NG_MAP_ROOT), sizeof(*loader->root));
	replayer->injected = map_value(map_fd(replayer, NG_MAP_REPLAY), sizeof(*replayer->injected));
	return loader->root && replayer->injected ? 0 : -errno;
}

int ng_replay_open(struct ng_replayer **out, const struct ng_policy *image, struct ng_fault *fault)
{
	struct ng_replayer *replayer = calloc(1, sizeof(*replayer));
	int error;

	if (!replayer)
		return ng_fault(fault, NG_EXIT_KERNEL, ENOMEM, "out of memory");
	ng_log_init();
	ng_log_forget();
	error = load_objects(replayer);
	if (!error)
		error = open_loader(replayer);
	if (error)
		ng_pins_fault(fault, -error, "loading the programs to replay with");
	else
		error = ng_replay_publish(replayer, image, fault);
	if (error) {
		ng_replay_close(replayer);
		return error;
	}
	*out = replayer;
	return 0;
}

int ng_replay_publish(struct ng_replayer *replayer, const struct ng_policy *image, struct ng_fault *fault)
{
	uint64_t generation;

	return ng_swap_publish(replayer->loader, image, &generation, fault);
}

int ng_replay_program(struct ng_replayer *replayer, enum ng_direction direction)
{
	return bpf_program__fd(bpf_object__next_program(replayer->object[direction], NULL));
}

int ng_replay_map(struct ng_replayer *replayer, const char *name)
{
	return map_fd(replayer, name);
}

int ng_replay_run(struct ng_replayer *replayer, enum ng_direction direction, const void *frame, size_t size,
		  uint64_t now_ns)
{
	int error;

	replayer->injected->now_ns = now_ns;
	replayer->injected->verdict = NG_UNDECIDED;
	error = ng_program_run(ng_replay_program(replayer, direction), direction, frame, size);
	return error < 0 ? error : (int)replayer->injected->verdict;
}

int ng_replay_seed(struct ng_replayer *replayer, uint64_t random)
{
	replayer->injected->random = random;
	return ng_counters_clear(replayer->loader, 0);
}

int ng_replay_save(struct ng_replayer *replayer, uint64_t now_ns, void **data, size_t *size)
{
	return ng_state_of(map_fd(replayer, NG_MAP_REGULARS), NG_LIMIT_SETS, (void *)replayer->loader->root, now_ns,
			   data, size);
}

int ng_replay_counters(struct ng_replayer *replayer, struct ng_counters *sum)
{
	return ng_counters_read(replayer->loader, 0, sum);
}

void ng_replay_close(struct ng_replayer *replayer)
{
	if (!replayer)
		return;
	ng_loader_close(replayer->loader);
	if (replayer->injected)
		munmap((void *)replayer->injected, sizeof(*replayer->injected));
	for (int direction = 0; direction < NG_DIRECTIONS; direction++)
		bpf_object__close(replayer->object[direction]);
	free(replayer);
}
