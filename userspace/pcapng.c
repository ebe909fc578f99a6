// SPDX-License-Identifier: GPL-2.0-only
#include "pcapng.h"

#include <errno.h>
#include <string.h>

/* The draft's numbers: sections 4.1 to 4.3, and 3.5 for options. */
#define SECTION_BLOCK 0x0a0d0d0au
#define INTERFACE_BLOCK 1u
#define PACKET_BLOCK 6u
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define LINKTYPE_ETHERNET 1
#define OPTION_END 0
#define OPTION_COMMENT 1
#define OPTION_APPLICATION 4 /* of a section */
#define OPTION_NAME 2 /* of an interface */
#define OPTION_RESOLUTION 9 /* of an interface */
#define OPTION_FLAGS 2 /* of a packet */
#define FLAGS_INBOUND 1u
#define FLAGS_OUTBOUND 2u

#define BLOCK_MAX 8192

struct block {
	uint8_t bytes[BLOCK_MAX];
	uint32_t size;
};

/* Everything is padded to four bytes. What has no room is left out whole. */
static void put(struct block *block, const void *bytes, size_t size)
{
	size_t padded = (size + 3) & ~(size_t)3;

	if (padded > sizeof(block->bytes) - block->size)
		return;
	memset(block->bytes + block->size, 0, padded);
	if (size)
		memcpy(block->bytes + block->size, bytes, size);
	block->size += (uint32_t)padded;
}

static void put32(struct block *block, uint32_t value)
{
	put(block, &value, sizeof(value));
}

static void put_option(struct block *block, uint16_t code, const void *value, size_t size)
{
	const uint16_t head[2] = { code, (uint16_t)size };

	put(block, head, sizeof(head));
	put(block, value, size);
}

static struct block open_block(uint32_t type)
{
	struct block block = { .size = 0 };

	put32(&block, type);
	put32(&block, 0); /* its length, when it is known */
	return block;
}

static int close_block(struct block *block, FILE *to)
{
	uint32_t length;

	put_option(block, OPTION_END, NULL, 0);
	length = block->size + 4;
	memcpy(block->bytes + 4, &length, sizeof(length));
	put32(block, length);
	if (fwrite(block->bytes, block->size, 1, to) != 1 || fflush(to))
		return -(errno ? errno : EIO);
	return 0;
}

int ng_pcapng_begin(FILE *to, const char *application)
{
	struct block block = open_block(SECTION_BLOCK);
	const uint16_t version[2] = { 1, 0 };
	const int64_t unknown = -1; /* how long the section is */

	put32(&block, BYTE_ORDER_MAGIC);
	put(&block, version, sizeof(version));
	put(&block, &unknown, sizeof(unknown));
	put_option(&block, OPTION_APPLICATION, application, strlen(application));
	return close_block(&block, to);
}

int ng_pcapng_interface(FILE *to, const char *name, uint32_t snap_bytes)
{
	struct block block = open_block(INTERFACE_BLOCK);
	const uint16_t link[2] = { LINKTYPE_ETHERNET, 0 };
	const uint8_t nanoseconds = 9;

	put(&block, link, sizeof(link));
	put32(&block, snap_bytes);
	put_option(&block, OPTION_NAME, name, strlen(name));
	put_option(&block, OPTION_RESOLUTION, &nanoseconds, sizeof(nanoseconds));
	return close_block(&block, to);
}

int ng_pcapng_packet(FILE *to, const struct ng_pcapng_packet *packet)
{
	struct block block = open_block(PACKET_BLOCK);
	const uint32_t flags = packet->leaves ? FLAGS_OUTBOUND : FLAGS_INBOUND;

	put32(&block, packet->interface);
	put32(&block, (uint32_t)(packet->time_ns >> 32));
	put32(&block, (uint32_t)packet->time_ns);
	put32(&block, packet->size);
	put32(&block, packet->whole);
	put(&block, packet->frame, packet->size);
	put_option(&block, OPTION_FLAGS, &flags, sizeof(flags));
	put_option(&block, OPTION_COMMENT, packet->comment, strlen(packet->comment));
	return close_block(&block, to);
}
