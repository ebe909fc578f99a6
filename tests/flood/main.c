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

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "send"))
		return flood_send(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "regulars"))
		return flood_regulars(argc - 1, argv + 1);
	fputs("usage: flood send DEVICE MAC TARGET [OPTION...]\n       flood regulars BPFFS PREFIX\n", stderr);
	return 2;
}
