// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel makes of a BPF object without libxdp, and which programs and maps it has.
 *   plain load OBJECT     loads every program of it; prints what that cost the verifier
 *   plain programs|maps   prints the names of all that are loaded; of programs, also how many
 *                         instructions the verifier processed
 *   plain off INTERFACE   takes off what XDP program it has, as `ip link set INTERFACE xdp off` does */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_STEPS 1u
#define LOG_STATISTICS 4u
#define TAIL 3000

/* A kernel before 6.4 keeps the start of a log that is too long, and its end is what is wanted:
 * room for all of it. Pages that are not written cost nothing. */
static char log_text[256 << 20];

static int load(const char *path, unsigned int level)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_buf = log_text, .kernel_log_size = sizeof(log_text),
		    .kernel_log_level = level);
	struct bpf_object *object = bpf_object__open_file(path, &opts);
	int error = object ? bpf_object__load(object) : -1;

	bpf_object__close(object);
	return error;
}

static int run_load(const char *path)
{
	const char *time = NULL, *processed = NULL;
	size_t length;

	if (load(path, LOG_STATISTICS)) {
		load(path, LOG_STEPS);
		length = strlen(log_text);
		puts(log_text + (length > TAIL ? length - TAIL : 0));
		return 1;
	}
	time = strstr(log_text, "verification time ");
	processed = strstr(log_text, "processed ");
	printf("%lu instructions processed in %.1f s\n",
	       processed ? strtoul(processed + strlen("processed "), NULL, 10) : 0,
	       time ? strtod(time + strlen("verification time "), NULL) / 1e6 : 0);
	return 0;
}

static int run_programs(void)
{
	struct bpf_prog_info info;
	__u32 id = 0, size;

	while (!bpf_prog_get_next_id(id, &id)) {
		memset(&info, 0, sizeof(info));
		size = sizeof(info);
		if (!bpf_obj_get_info_by_fd(bpf_prog_get_fd_by_id(id), &info, &size))
			printf("%s %u\n", info.name, info.verified_insns);
	}
	return 0;
}

static int run_maps(void)
{
	struct bpf_map_info info;
	__u32 id = 0, size;

	while (!bpf_map_get_next_id(id, &id)) {
		memset(&info, 0, sizeof(info));
		size = sizeof(info);
		if (!bpf_obj_get_info_by_fd(bpf_map_get_fd_by_id(id), &info, &size))
			puts(info.name);
	}
	return 0;
}

/* busybox's tc knows no clsact. */
static int run_clsact(const char *interface, bool make)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)if_nametoindex(interface),
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	return (make ? bpf_tc_hook_create(&hook) : bpf_tc_hook_destroy(&hook)) ? 1 : 0;
}

static int run_off(const char *interface)
{
	return bpf_xdp_detach((int)if_nametoindex(interface), 0, NULL) ? 1 : 0;
}

int main(int count, char **words)
{
	if (count == 3 && !strcmp(words[1], "load"))
		return run_load(words[2]);
	if (count == 3 && !strcmp(words[1], "off"))
		return run_off(words[2]);
	if (count == 3 && !strcmp(words[1], "clsact"))
		return run_clsact(words[2], true);
	if (count == 3 && !strcmp(words[1], "no-clsact"))
		return run_clsact(words[2], false);
	if (count == 2 && !strcmp(words[1], "programs"))
		return run_programs();
	if (count == 2 && !strcmp(words[1], "maps"))
		return run_maps();
	fputs("plain load OBJECT | programs | maps | off INTERFACE | clsact INTERFACE | no-clsact INTERFACE\n", stderr);
	return 2;
}
