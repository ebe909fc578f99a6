// SPDX-License-Identifier: GPL-2.0-only
/* flood send DEVICE MAC TARGET [OPTION...]   see send.c
 * flood regulars BPFFS PREFIX                see regulars.c */
#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command.h"

_Noreturn void fail(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

struct prefix prefix_parse(const char *text)
{
	char address[INET_ADDRSTRLEN] = "", end;
	struct in_addr parsed;
	unsigned int length = 32;
	int words = sscanf(text, "%15[0-9.]/%u%c", address, &length, &end);
	struct prefix prefix;

	errno = EINVAL;
	if (words < 1 || words > 2 || length > 32 || inet_pton(AF_INET, address, &parsed) != 1)
		fail(text);
	prefix.more = (uint32_t)(0xffffffffull >> length);
	prefix.first = ntohl(parsed.s_addr) & ~prefix.more;
	return prefix;
}

struct bpf_object *object_open(const char *name)
{
	char path[512];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 64);
	struct bpf_object *object;

	if (size < 0)
		fail("/proc/self/exe");
	path[size] = '\0';
	snprintf(strrchr(path, '/') + 1, 64, "%s.bpf.o", name);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		fail(path);
	return object;
}

void object_set(struct bpf_object *object, const void *value, size_t size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");

	errno = ENOENT;
	if (!map || bpf_map__set_initial_value(map, value, size))
		fail(".rodata");
}

void *object_map(struct bpf_object *object, const char *name, size_t size)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (mapped == MAP_FAILED)
		fail(name);
	return mapped;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "send"))
		return flood_send(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "regulars"))
		return flood_regulars(argc - 1, argv + 1);
	fputs("usage: flood send DEVICE MAC TARGET [OPTION...]\n       flood regulars BPFFS PREFIX\n", stderr);
	return 2;
}
