// SPDX-License-Identifier: GPL-2.0-only
/* What libxdp's dispatcher leaves in its own directory when it is taken off behind its back: pins that
 * would keep a program of ours alive for ever. */
#include <bpf/bpf.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pins.h"

static uint32_t program_id(const char *path)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info), id = 0;
	int program = bpf_obj_get(path);

	if (program < 0)
		return 0;
	if (!bpf_obj_get_info_by_fd(program, &info, &size))
		id = info.id;
	close(program);
	return id;
}

/* The pins of one dispatcher, and their directory. */
static void remove_directory(const char *directory)
{
	char pattern[300];
	glob_t files;

	snprintf(pattern, sizeof(pattern), "%s/*", directory);
	if (!glob(pattern, GLOB_NOSORT, NULL, &files)) {
		for (size_t i = 0; i < files.gl_pathc; i++)
			unlink(files.gl_pathv[i]);
		globfree(&files);
	}
	rmdir(directory);
}

void ng_dispatcher_forget(uint32_t id)
{
	const char *bpffs = getenv("LIBXDP_BPFFS");
	char pattern[256];
	glob_t programs;

	snprintf(pattern, sizeof(pattern), "%s/xdp/dispatch-*/prog*-prog", bpffs ? bpffs : "/sys/fs/bpf");
	if (!id || glob(pattern, GLOB_NOSORT, NULL, &programs))
		return;
	for (size_t i = 0; i < programs.gl_pathc; i++) {
		if (program_id(programs.gl_pathv[i]) != id)
			continue;
		*strrchr(programs.gl_pathv[i], '/') = '\0';
		remove_directory(programs.gl_pathv[i]);
	}
	globfree(&programs);
}
