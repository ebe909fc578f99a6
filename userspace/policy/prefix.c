// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

const uint8_t ng_prefix_bits[NG_FAMILIES] = { 32, 128 };

static void clear_host_bits(struct ng_prefix *prefix)
{
	for (unsigned int bit = prefix->length; bit < 128; bit++)
		prefix->address[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

/* chrony's short form (cmdparse.c CPS_ParseAllowDeny): one to three decimal bytes, /8 to /24. */
static int parse_short(const char *text, struct ng_prefix *prefix)
{
	unsigned int count = 0;

	for (;;) {
		unsigned long byte;
		char *end;

		if (*text < '0' || *text > '9' || count == 3)
			return -EINVAL;
		byte = strtoul(text, &end, 10);
		if (byte > 255 || end - text > 3)
			return -EINVAL;
		prefix->address[count++] = (uint8_t)byte;
		if (!*end)
			break;
		if (*end != '.')
			return -EINVAL;
		text = end + 1;
	}
	prefix->family = NG_IPV4;
	prefix->length = (uint8_t)(8 * count);
	return 0;
}

static int parse_length(const char *text, struct ng_prefix *prefix, const char **why)
{
	unsigned long length;
	char *end;

	length = strtoul(text, &end, 10);
	*why = prefix->family == NG_IPV4 ? "the prefix length must be 0 to 32" : "the prefix length must be 0 to 128";
	if (*text < '0' || *text > '9' || *end || length > ng_prefix_bits[prefix->family])
		return -EINVAL;
	prefix->length = (uint8_t)length;
	return 0;
}

int ng_prefix_parse(const char *text, struct ng_prefix *prefix, const char **why)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char address[NG_PREFIX_TEXT];

	memset(prefix, 0, sizeof(*prefix));
	*why = "an address or prefix must stand here, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32";
	if (length >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, length);
	address[length] = '\0';
	if (inet_pton(AF_INET, address, prefix->address) == 1)
		prefix->family = NG_IPV4;
	else if (inet_pton(AF_INET6, address, prefix->address) == 1)
		prefix->family = NG_IPV6;
	else if (parse_short(address, prefix))
		return -EINVAL;
	if (!prefix->length)
		prefix->length = ng_prefix_bits[prefix->family];
	if (slash && parse_length(slash + 1, prefix, why))
		return -EINVAL;
	clear_host_bits(prefix);
	return 0;
}

const char *ng_prefix_format(const struct ng_prefix *prefix, char *text)
{
	size_t end;

	inet_ntop(prefix->family == NG_IPV4 ? AF_INET : AF_INET6, prefix->address, text, NG_PREFIX_TEXT);
	if (prefix->length == ng_prefix_bits[prefix->family])
		return text;
	end = strlen(text);
	snprintf(text + end, NG_PREFIX_TEXT - end, "/%u", prefix->length);
	return text;
}

uint8_t ng_prefix_level(uint8_t length)
{
	return (uint8_t)((length + 3) / 4);
}

bool ng_prefix_contains(const struct ng_prefix *outer, const struct ng_prefix *inner)
{
	unsigned int bytes = outer->length / 8, rest = outer->length % 8;

	if (outer->family != inner->family || outer->length > inner->length)
		return false;
	if (memcmp(outer->address, inner->address, bytes))
		return false;
	return !rest || !((outer->address[bytes] ^ inner->address[bytes]) >> (8 - rest));
}

/* Family, then address, then the shorter first: an outer prefix comes before what it contains. */
int ng_prefix_compare(const struct ng_prefix *a, const struct ng_prefix *b)
{
	int order = (int)a->family - b->family;

	if (!order)
		order = memcmp(a->address, b->address, sizeof(a->address));
	return order ? order : (int)a->length - b->length;
}

struct ng_prefix ng_prefix_of(const struct ng_entry *entry)
{
	struct ng_prefix prefix = { .family = entry->family, .length = entry->length };

	memcpy(prefix.address, entry->address, sizeof(prefix.address));
	return prefix;
}
