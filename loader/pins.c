// SPDX-License-Identifier: GPL-2.0-only
#include "pins.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "ntp_wire.h"
#include "version.h"

/* The pinned maps. bpffs refuses names with a dot, hence the second column. */
static const struct {
	const char *map, *pin;
} shared[] = {
	{ NG_MAP_ROOT, "root" },	 { NG_MAP_PAGES, "pages" },
	{ NG_MAP_COUNTERS, "counters" }, { NG_MAP_INTERFACES, "interfaces" },
	{ NG_MAP_QUERIES, "queries" },	 { NG_MAP_LENGTHS, "lengths" },
	{ NG_MAP_LIMITS, "limits" },	 { NG_MAP_REGULARS, "regulars" },
	{ NG_MAP_SAMPLES, "samples" },	 { NG_MAP_CLIENTS, "clients" },
	{ NG_MAP_EARS, "ears" },	 { NG_MAP_RINGS, "rings" },
	{ NG_MAP_HEARD, "heard" },
};
#define SHARED (sizeof(shared) / sizeof(shared[0]))

static void pin_path(const struct ng_loader *loader, const char *pin, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", loader->directory, pin);
}

int ng_pins_fault(struct ng_fault *fault, int error, const char *step)
{
	const char *words = ng_log_kernel_words();
	bool refused = ng_log_verifier_refused();
	enum ng_exit exit = refused				? NG_EXIT_KERNEL
			    : error == EPERM || error == EACCES ? NG_EXIT_PERMISSION
								: NG_EXIT_KERNEL;

	if (refused) {
		ng_fault(fault, exit, error, "%s: this kernel's verifier refuses the program (%s)", step,
			 strerror(error));
		ng_fault_hint(fault, "-v shows why; please report it, with uname -r");
		return -error;
	}
	ng_fault(fault, exit, error, "%s: %s", step, words[0] ? words : strerror(error));
	if (exit == NG_EXIT_PERMISSION)
		ng_fault_hint(fault, "run it as root (it needs CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN)");
	else if (error == ENOMEM)
		ng_fault_hint(fault, "free memory, or raise the memory limit of this control group");
	else if (error == EINVAL || error == E2BIG || error == EOPNOTSUPP)
		ng_fault_hint(fault,
			      "ntpguard needs Linux 5.15 or later with CONFIG_BPF_SYSCALL; see with -v what it says");
	return -error;
}

/* The kernel's coarse clocks are read in its ticks. */
uint32_t ng_jiffy_ns(void)
{
	struct timespec tick;

	return clock_getres(CLOCK_MONOTONIC_COARSE, &tick) ? 4000000 : (__u32)tick.tv_nsec;
}

/* A kernel without frames of several buffers refuses the flag that says we can bear them. It is said
 * here, before loading, because libxdp 1.3 looks before and would else build a dispatcher that no jumbo
 * frame may pass. */
static bool declare_frags(struct bpf_program *program)
{
	bool has_frags = libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, NULL) == 1;

	bpf_program__set_flags(program, has_frags ? BPF_F_XDP_HAS_FRAGS : 0);
	return has_frags;
}

/* The programs' constants and the maps' sizes must agree. */
static int size_limits(struct bpf_object *object, uint32_t sets)
{
	struct bpf_map *limits = bpf_object__find_map_by_name(object, NG_MAP_LIMITS);
	struct bpf_map *regulars = bpf_object__find_map_by_name(object, NG_MAP_REGULARS);
	size_t buckets = sizeof(struct ng_limits_state) + 2 * (size_t)sets * sizeof(struct ng_limit_set);
	size_t marks = NG_REGULAR_SETS((size_t)sets) * sizeof(struct ng_regular_set);

	if (!limits || !regulars || bpf_map__set_value_size(limits, (uint32_t)buckets) ||
	    bpf_map__set_value_size(regulars, (uint32_t)marks))
		return -EINVAL;
	return 0;
}

struct bpf_object *ng_object_open(enum ng_direction direction, struct ng_constants constants)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = NG_PROGRAM);
	const char *start = direction == NG_IN ? ng_object_xdp : ng_object_tc;
	const char *end = direction == NG_IN ? ng_object_xdp_end : ng_object_tc_end;
	struct bpf_object *object = bpf_object__open_mem(start, (size_t)(end - start), &opts);
	struct bpf_map *rodata = object ? bpf_object__find_map_by_name(object, ".rodata") : NULL;

	if (!object)
		return NULL;
	constants.jiffy_ns = ng_jiffy_ns();
	if (!constants.limit_sets)
		constants.limit_sets = NG_LIMIT_SETS;
	if (direction == NG_IN)
		constants.has_frags = declare_frags(bpf_object__next_program(object, NULL));
	if (!rodata || bpf_map__set_initial_value(rodata, &constants, sizeof(constants)) ||
	    size_limits(object, constants.limit_sets)) {
		bpf_object__close(object);
		errno = EINVAL;
		return NULL;
	}
	return object;
}

struct bpf_object *ng_pins_object(const struct ng_loader *loader, enum ng_direction direction, unsigned int interface,
				  bool no_egress)
{
	struct ng_constants constants = { .interface = interface,
					  .no_egress = no_egress,
					  .limit_sets = loader->limit_sets };
	struct bpf_object *object = ng_object_open(direction, constants);
	char path[256];

	for (size_t i = 0; object && i < SHARED; i++) {
		pin_path(loader, shared[i].pin, path, sizeof(path));
		bpf_map__set_pin_path(bpf_object__find_map_by_name(object, shared[i].map), path);
	}
	return object;
}

int ng_pins_program(const struct ng_loader *loader, enum ng_direction direction, unsigned int interface, bool no_egress,
		    struct bpf_object **object)
{
	int error;

	*object = ng_pins_object(loader, direction, interface, no_egress);
	if (!*object)
		return -errno;
	error = bpf_object__load(*object);
	return error ? error : bpf_program__fd(bpf_object__next_program(*object, NULL));
}

static int mount_bpffs(const char *bpffs, struct ng_fault *fault)
{
	struct statfs fs;

	if (mkdir(bpffs, 0700) && errno != EEXIST)
		return ng_pins_fault(fault, errno, bpffs);
	if (statfs(bpffs, &fs))
		return ng_pins_fault(fault, errno, bpffs);
	if (fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("bpf", bpffs, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return ng_pins_fault(fault, errno, "mounting the BPF file system");
	return 0;
}

/* bpffs may be writable to all, and what lies in another user's directory cannot be trusted. */
static int check_owner(const struct ng_loader *loader, const struct stat *held, struct ng_fault *fault)
{
	if ((held->st_uid == 0 || held->st_uid == geteuid()) && !(held->st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	ng_fault(fault, NG_EXIT_CONFLICT, EPROTO, "%s belongs to user %u or is writable to others", loader->directory,
		 held->st_uid);
	ng_fault_unchanged(fault, "nothing was changed");
	ng_fault_hint(fault, "see who made it, and remove it");
	return -EPROTO;
}

static bool may_edit(const struct ng_loader *loader)
{
	return loader->access == NG_EDIT || loader->access == NG_CREATE;
}

/* Locks the directory itself. Whoever waited for one that was removed meanwhile starts again. */
static int lock_directory(struct ng_loader *loader, struct ng_fault *fault)
{
	struct stat held, there;
	int error;

	for (;;) {
		if (loader->access == NG_CREATE && mkdir(loader->directory, 0700) && errno != EEXIST)
			return ng_pins_fault(fault, errno, loader->directory);
		loader->lock = open(loader->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (loader->lock < 0)
			return -errno;
		if (fstat(loader->lock, &held))
			return ng_pins_fault(fault, errno, loader->directory);
		error = check_owner(loader, &held, fault);
		if (error)
			return error;
		if (loader->access == NG_WATCH)
			return 0;
		if (flock(loader->lock,
			  (may_edit(loader) ? LOCK_EX : LOCK_SH) | (loader->access == NG_TRY ? LOCK_NB : 0)))
			return ng_pins_fault(fault, errno, "waiting for another ntpguard command");
		if (!stat(loader->directory, &there) && held.st_ino == there.st_ino)
			return 0;
		close(loader->lock);
		loader->lock = -1;
	}
}

static int not_loaded(struct ng_fault *fault)
{
	ng_fault(fault, NG_EXIT_NOT_LOADED, ENOENT, "ntpguard is not loaded on any interface");
	ng_fault_hint(fault, "load it with: ntpguard load INTERFACE");
	return -ENOENT;
}

/* The directory stays: it is the lock. */
static void remove_pins(const struct ng_loader *loader)
{
	char path[256];

	for (size_t i = 0; i < SHARED; i++) {
		pin_path(loader, shared[i].pin, path, sizeof(path));
		unlink(path);
	}
}

static int put_value(struct bpf_object *object, const char *map, __u32 key, const void *value)
{
	int fd = bpf_map__fd(bpf_object__find_map_by_name(object, map));

	return bpf_map_update_elem(fd, &key, value, BPF_ANY) ? -errno : 0;
}

/* The key of the hashes, and, as the last of all, the stamp: pins without one were left by a command
 * that was interrupted here. */
static int fill_pins(struct bpf_object *object)
{
	struct ng_stamp stamp = { .magic = NG_MAGIC, .abi = NG_ABI, .version = NG_VERSION };
	struct ng_shared none = { .root = { .port = htons(NTP_PORT) } };
	int error;

	if (getrandom(none.secret, sizeof(none.secret), 0) != sizeof(none.secret))
		return -errno;
	error = put_value(object, NG_MAP_ROOT, 0, &none);
	return error ? error : put_value(object, NG_MAP_INTERFACES, NG_INTERFACES_MAX, &stamp);
}

/* Makes all maps and pins them, without loading a program. */
static int create_pins(struct ng_loader *loader, struct ng_fault *fault)
{
	struct bpf_object *object = ng_pins_object(loader, NG_IN, 0, false);
	int error;

	if (!object)
		return ng_pins_fault(fault, errno, "opening the BPF object");
	bpf_program__set_autoload(bpf_object__next_program(object, NULL), false);
	error = bpf_object__load(object);
	if (!error)
		error = fill_pins(object);
	bpf_object__close(object);
	if (!error)
		return 0;
	remove_pins(loader);
	return ng_pins_fault(fault, -error, "creating the maps");
}

static int get_pin(const struct ng_loader *loader, const char *pin, uint32_t flags)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = flags);
	char path[256];
	int map;

	pin_path(loader, pin, path, sizeof(path));
	map = bpf_obj_get_opts(path, &opts);
	return map < 0 ? -errno : map;
}

int ng_pins_map(const struct ng_loader *loader, const char *pin)
{
	return get_pin(loader, pin, 0);
}

int ng_pins_table(const struct ng_loader *loader, const char *pin)
{
	return get_pin(loader, pin, may_edit(loader) ? 0 : BPF_F_RDONLY);
}

static int map_root(struct ng_loader *loader)
{
	int protection = may_edit(loader) ? PROT_READ | PROT_WRITE : PROT_READ;
	int root = ng_pins_map(loader, "root");
	void *mapped;

	if (root < 0)
		return -errno;
	mapped = mmap(NULL, sizeof(*loader->root), protection, MAP_SHARED, root, 0);
	close(root);
	if (mapped == MAP_FAILED)
		return -errno;
	loader->root = mapped;
	return 0;
}

static void close_pins(struct ng_loader *loader)
{
	int *fds[] = { &loader->pages, &loader->counters, &loader->interfaces };

	if (loader->root)
		munmap((void *)loader->root, sizeof(*loader->root));
	loader->root = NULL;
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

/* How large the limits were made. */
static int read_sets(struct ng_loader *loader)
{
	int map = ng_pins_map(loader, "limits");
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);

	if (map < 0)
		return map;
	if (bpf_obj_get_info_by_fd(map, &info, &size))
		info.value_size = 0;
	close(map);
	if (info.value_size <= sizeof(struct ng_limits_state))
		return -ENOENT;
	loader->limit_sets =
		(info.value_size - (__u32)sizeof(struct ng_limits_state)) / (2 * (__u32)sizeof(struct ng_limit_set));
	return 0;
}

/* The kernel writes as many bytes as the map's values have, which in pins of another ABI may be more than ours. */
static bool read_stamp(const struct ng_loader *loader, struct ng_stamp *stamp)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info), key = NG_INTERFACES_MAX;
	char value[4096] = { 0 };

	if (bpf_obj_get_info_by_fd(loader->interfaces, &info, &size) || info.value_size > sizeof(value) ||
	    bpf_map_lookup_elem(loader->interfaces, &key, value))
		return false;
	memcpy(stamp, value, sizeof(*stamp));
	return stamp->magic != 0;
}

/* 0; -ENOENT: some pin is missing; -EPROTO: pins of another ABI, told in the fault. */
static int open_pins(struct ng_loader *loader, struct ng_fault *fault)
{
	struct ng_stamp stamp;
	int error;

	loader->interfaces = ng_pins_table(loader, "interfaces");
	loader->pages = ng_pins_table(loader, "pages");
	loader->counters = ng_pins_table(loader, "counters");
	if (loader->interfaces < 0 || loader->pages < 0 || loader->counters < 0)
		return errno == EPERM || errno == EACCES ? ng_pins_fault(fault, errno, loader->directory) : -ENOENT;
	if (!read_stamp(loader, &stamp))
		return -ENOENT;
	if (stamp.magic == NG_MAGIC && stamp.abi == NG_ABI) {
		error = read_sets(loader);
		if (!error)
			error = map_root(loader);
		return error && error != -ENOENT ? ng_pins_fault(fault, -error, loader->directory) : error;
	}
	stamp.version[sizeof(stamp.version) - 1] = '\0';
	ng_fault(fault, NG_EXIT_CONFLICT, EPROTO, "%s was made by ntpguard %s (ABI %u); this is %s (ABI %u)",
		 loader->directory, stamp.version, stamp.abi, NG_VERSION, NG_ABI);
	ng_fault_unchanged(fault, "nothing was changed; the loaded programs go on");
	ng_fault_hint(fault, "unload with the version that loaded it, then load again");
	return -EPROTO;
}

uint64_t ng_policy_refused(struct ng_loader *loader)
{
	__u32 key = NG_INTERFACES_MAX;
	struct ng_stamp stamp;

	return bpf_map_lookup_elem(loader->interfaces, &key, &stamp) ? 0 : stamp.refused;
}

void ng_policy_refuse(struct ng_loader *loader, uint64_t when)
{
	__u32 key = NG_INTERFACES_MAX;
	struct ng_stamp stamp;

	if (bpf_map_lookup_elem(loader->interfaces, &key, &stamp) || stamp.refused == when)
		return;
	stamp.refused = when;
	bpf_map_update_elem(loader->interfaces, &key, &stamp, BPF_ANY);
}

/* No interface needs the pins. Pins that could not be opened are somebody else's to judge. */
static bool is_unused(struct ng_loader *loader)
{
	struct ng_interface row;

	if (!loader->root)
		return false;
	for (unsigned int i = 0; i < NG_INTERFACES_MAX; i++)
		if (ng_interface_at(loader, i, &row))
			return false;
	return true;
}

/* Bytes for each of limit_sets: two sets of buckets, two of regulars. */
#define SET_BYTES (2 * sizeof(struct ng_limit_set) + 2 * sizeof(struct ng_regular_set))

static uint32_t wanted_sets = NG_LIMIT_SETS;

bool ng_loader_memory_wanted(uint64_t bytes)
{
	uint32_t sets = NG_LIMIT_SETS_MIN;

	if (bytes < NG_MEMORY_MIN || bytes > NG_MEMORY_MAX)
		return false;
	while (sets < NG_LIMIT_SETS_MAX && 2 * sets * SET_BYTES <= bytes)
		sets *= 2;
	wanted_sets = sets;
	return true;
}

uint64_t ng_loader_memory(const struct ng_loader *loader)
{
	return loader->limit_sets * SET_BYTES;
}

bool ng_loader_memory_is(const struct ng_loader *loader)
{
	return loader->limit_sets == wanted_sets;
}

bool ng_loader_is_new(const struct ng_loader *loader)
{
	return loader->is_new;
}

static int open_all(struct ng_loader *loader, struct ng_fault *fault)
{
	int error;

	if (loader->access == NG_CREATE) {
		error = mount_bpffs(loader->bpffs, fault);
		if (error)
			return error;
	}
	error = lock_directory(loader, fault);
	if (error)
		return error == -ENOENT	  ? not_loaded(fault)
		       : error == -EACCES ? ng_pins_fault(fault, EACCES, loader->directory)
					  : error;
	error = open_pins(loader, fault);
	if (error != -ENOENT)
		return error;
	if (loader->access != NG_CREATE)
		return not_loaded(fault);
	close_pins(loader);
	remove_pins(loader);
	loader->limit_sets = wanted_sets;
	loader->is_new = true;
	error = create_pins(loader, fault);
	return error ? error : open_pins(loader, fault);
}

int ng_loader_open(struct ng_loader **out, const char *bpffs, enum ng_access access, struct ng_fault *fault)
{
	struct ng_loader *loader = calloc(1, sizeof(*loader));
	int error;

	if (!loader)
		return ng_fault(fault, NG_EXIT_KERNEL, ENOMEM, "out of memory");
	ng_log_init();
	ng_log_forget();
	loader->access = access;
	loader->lock = loader->pages = loader->counters = loader->interfaces = -1;
	snprintf(loader->bpffs, sizeof(loader->bpffs), "%s", bpffs);
	snprintf(loader->directory, sizeof(loader->directory), "%s/ntpguard", loader->bpffs);
	error = open_all(loader, fault);
	if (error) {
		if (access == NG_CREATE)
			rmdir(loader->directory); /* fails, as it must, where it is not empty */
		ng_loader_close(loader);
		return error;
	}
	*out = loader;
	return 0;
}

void ng_loader_close(struct ng_loader *loader)
{
	if (!loader)
		return;
	if (may_edit(loader) && loader->lock >= 0 && is_unused(loader)) {
		remove_pins(loader);
		rmdir(loader->directory);
	}
	if (loader->view)
		munmap(loader->view, loader->view_size);
	close_pins(loader);
	if (loader->lock >= 0)
		close(loader->lock);
	free(loader);
}
