/* SPDX-License-Identifier: GPL-2.0-only */
/* A chronyd and a keeper that say what a test wants, in place of chronyd.c and question.c. */
#ifndef NTPGUARD_FAKE_H
#define NTPGUARD_FAKE_H

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "answer.h"
#include "journal.h"

static struct {
	int error; /* of all asking; 0: chronyd answers */
	uint8_t reply[CMDMON_REPLY_MAX]; /* to everything but clients; command and sequence are put right */
	size_t size;
	uint8_t (*row)[NG_LISTING_ROW]; /* of clients */
	uint32_t rows;
	uint8_t asked[CMDMON_REQUEST_MAX]; /* the last request */
	size_t asked_size;
} fake_chronyd;

static struct {
	int error; /* of all asking but access */
	int access;
	unsigned int forgotten;
	struct ng_kept kept;
} fake_keeper;

void ng_chronyd_init(struct ng_chronyd *chronyd)
{
	*chronyd = (struct ng_chronyd){ .socket = -1, .has_all = true };
}

static size_t fake_clients(const uint8_t *request, uint8_t *reply)
{
	uint32_t index = ng_get32(request + 20), rows = 0;

	for (; rows < 8 && index < fake_chronyd.rows; index++)
		memcpy(reply + 40 + rows++ * NG_LISTING_ROW, fake_chronyd.row[index], NG_LISTING_ROW);
	ng_put16(reply + CMDMON_REPLY_CODE, CMDMON_RPY_CLIENTS);
	ng_put32(reply + 28, fake_chronyd.rows);
	ng_put32(reply + 32, index);
	ng_put32(reply + 36, rows);
	return 520;
}

int ng_chronyd_ask(struct ng_chronyd *chronyd, struct ng_keeper *keeper, uint16_t port, const uint8_t *request,
		   size_t size, uint8_t reply[CMDMON_REPLY_MAX])
{
	(void)keeper;
	(void)port;
	memcpy(fake_chronyd.asked, request, size);
	fake_chronyd.asked_size = size;
	if (fake_chronyd.error)
		return fake_chronyd.error;
	chronyd->asked++;
	memset(reply, 0, CMDMON_REPLY_MAX);
	if (ng_get16(request + CMDMON_COMMAND) == 68 && !fake_chronyd.size)
		return (int)fake_clients(request, reply);
	memcpy(reply, fake_chronyd.reply, fake_chronyd.size);
	memcpy(reply + CMDMON_COMMAND, request + CMDMON_COMMAND, 2);
	return (int)(fake_chronyd.size < size ? fake_chronyd.size : size);
}

int ng_keeper_ask(struct ng_keeper *keeper, enum ng_asked what)
{
	keeper->kept = &fake_keeper.kept;
	fake_keeper.forgotten += !fake_keeper.error && what == NG_ASKED_FORGET;
	return fake_keeper.error;
}

int ng_keeper_access(struct ng_keeper *keeper, const struct ng_prefix *address)
{
	(void)keeper;
	(void)address;
	return fake_keeper.access;
}

int ng_client_compare(const void *a, const void *b)
{
	const struct ng_client *one = a, *other = b;

	return one->family != other->family ? one->family - other->family
					    : memcmp(one->address, other->address, sizeof(one->address));
}

void ng_journal(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

#endif
