// SPDX-License-Identifier: GPL-2.0-only
/* flood regulars BPFFS PREFIX: makes regulars of all its addresses, in the guard whose pins are there.
 * Prints how many are regulars now. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "batch.h"
#include "command.h"
#include "object.h"
#include "ntpguard.h"

/* The guard's own map, found by its pin, in place of the object's. Returns the map's size. */
static __u32 share(struct bpf_object *object, const char *name, const char *bpffs, const char *pin)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/ntpguard/%s", bpffs, pin);
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) || bpf_map__reuse_fd(map, fd) ||
	    bpf_map__set_autocreate(map, true))
		fail(path);
	close(fd);
	return info.value_size;
}

static void leave_out(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) if (!bpf_map__is_internal(map)) bpf_map__set_autocreate(map, false);
}

static void set_constants(struct bpf_object *object, __u32 regulars_size)
{
	struct ng_constants constants = { .is_replay = 1 };
	struct timespec tick;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick))
		fail("CLOCK_MONOTONIC_COARSE");
	constants.jiffy_ns = (__u32)tick.tv_nsec;
	constants.limit_sets = regulars_size / (__u32)sizeof(struct ng_regular_set) / NG_REGULAR_SETS(1u);
	object_set(object, &constants, sizeof(constants));
}

/* All of the prefix come, in a period of the past. */
static void meet(struct bpf_object *object, struct batch *batch, struct prefix prefix, __u32 periods_ago)
{
	unsigned char frame[ETH_HLEN] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = (int)prefix.more + 1);

	*batch = (struct batch){ .next = prefix.first, .periods_ago = periods_ago };
	if (bpf_prog_test_run_opts(bpf_program__fd(bpf_object__next_program(object, NULL)), &run))
		fail("running");
}

int flood_regulars(int argc, char **argv)
{
	struct bpf_object *object = object_open("regulars");
	struct prefix prefix;
	struct batch *batch;

	errno = EINVAL;
	if (argc != 3)
		fail("BPFFS PREFIX");
	prefix = prefix_parse(argv[2]);
	leave_out(object);
	share(object, NG_MAP_ROOT, argv[1], "root");
	set_constants(object, share(object, NG_MAP_REGULARS, argv[1], "regulars"));
	if (bpf_object__load(object))
		fail("loading");
	batch = object_map(object, ".data.batch", sizeof(*batch));
	/* the clock never goes back: not from one address to the next either */
	for (__u32 ago = NG_REGULAR_AFTER; ago-- > 0;)
		meet(object, batch, prefix, ago);
	meet(object, batch, prefix, 0);
	printf("%u\n", batch->regulars);
	bpf_object__close(object);
	return 0;
}
