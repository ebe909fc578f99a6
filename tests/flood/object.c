// SPDX-License-Identifier: GPL-2.0-only
#include "object.h"

#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct bpf_object *object_open(const char *name)
{
	char path[512];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 64);
	struct bpf_object *object;

	if (size < 0)
		err(1, "%s", "/proc/self/exe");
	path[size] = '\0';
	snprintf(strrchr(path, '/') + 1, 64, "%s.bpf.o", name);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		err(1, "%s", path);
	return object;
}

void object_set(struct bpf_object *object, const void *value, size_t size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");

	errno = ENOENT;
	if (!map || bpf_map__set_initial_value(map, value, size))
		err(1, "%s", ".rodata");
}

void *object_map(struct bpf_object *object, const char *name, size_t size)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (mapped == MAP_FAILED)
		err(1, "%s", name);
	return mapped;
}
