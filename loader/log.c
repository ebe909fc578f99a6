// SPDX-License-Identifier: GPL-2.0-only
#include "log.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <xdp/libxdp.h>

#include "loader.h"

static bool verbose;
static char words[256];
static bool refused; /* by the verifier */

void ng_loader_verbose(bool on)
{
	verbose = on;
}

/* libbpf hands on what the kernel attached to a netlink error behind this mark. */
static void remember(const char *line)
{
	static const char mark[] = "Kernel error message: ";
	const char *at = strstr(line, mark);

	refused |= strstr(line, "BEGIN PROG LOAD LOG") != NULL;
	if (!at)
		return;
	snprintf(words, sizeof(words), "%s", at + sizeof(mark) - 1);
	words[strcspn(words, "\n")] = '\0';
}

static int print(bool talk, const char *format, va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, args);
	remember(line);
	return talk ? fprintf(stderr, "%s", line) : 0;
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	return print(verbose && level <= LIBBPF_INFO, format, args);
}

static int print_libxdp(enum libxdp_print_level level, const char *format, va_list args)
{
	return print(verbose && level <= LIBXDP_INFO, format, args);
}

void ng_log_init(void)
{
	libbpf_set_print(print_libbpf);
	libxdp_set_print(print_libxdp);
}

void ng_log_forget(void)
{
	words[0] = '\0';
	refused = false;
}

bool ng_log_verifier_refused(void)
{
	return refused;
}

const char *ng_log_kernel_words(void)
{
	return words;
}
