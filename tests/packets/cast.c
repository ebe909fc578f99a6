// SPDX-License-Identifier: GPL-2.0-only
#include "cast.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Documentation addresses only (RFC 5737, RFC 3849). */
static const struct {
	const char *name, *ipv4, *ipv6;
} cast[CAST] = {
	[HOST] = { "HOST", "198.51.100.1", "2001:db8:5::1" },
	[SERVER] = { "SERVER", "198.51.100.123", "2001:db8:5::7b" },
	[CLIENT] = { "CLIENT", "192.0.2.10", "2001:db8:c::a" },
	[NEIGHBOUR] = { "NEIGHBOUR", "192.0.2.11", "2001:db8:c::b" },
	[PEER] = { "PEER", "198.51.100.7", "2001:db8:5::7" },
	[VICTIM] = { "VICTIM", "203.0.113.80", "2001:db8:f::80" },
	[ATTACKER] = { "ATTACKER", "203.0.113.66", "2001:db8:a::66" },
	[CLIENTS] = { "CLIENTS", "192.0.2.0/24", "2001:db8:c::/48" },
};

void cast_address(enum person person, enum ng_family family, uint8_t address[16])
{
	memset(address, 0, 16);
	if (family == NG_IPV4)
		inet_pton(AF_INET, cast[person].ipv4, address);
	else
		inet_pton(AF_INET6, cast[person].ipv6, address);
}

static int find(const char *name, size_t length)
{
	for (int i = 0; i < CAST; i++)
		if (strlen(cast[i].name) == length && !memcmp(cast[i].name, name, length))
			return i;
	return CAST;
}

static void write_directive(FILE *to, const char *text, size_t length)
{
	size_t start = length;
	int person;

	while (start && text[start - 1] != ' ')
		start--;
	person = find(text + start, length - start);
	if (person == CAST)
		fprintf(to, "%.*s\n", (int)length, text);
	else
		fprintf(to, "%.*s%s\n%.*s%s\n", (int)start, text, cast[person].ipv4, (int)start, text,
			cast[person].ipv6);
}

char *cast_policy(const char *text)
{
	char *policy = NULL;
	size_t size;
	FILE *to = open_memstream(&policy, &size);

	if (!to)
		return NULL;
	if (!strstr(text, "replies"))
		fprintf(to, "replies any\n");
	while (*text) {
		size_t length = strcspn(text, ";\n");

		write_directive(to, text, length);
		text += length;
		text += strspn(text, "; \n");
	}
	if (fclose(to)) {
		free(policy);
		return NULL;
	}
	return policy;
}
