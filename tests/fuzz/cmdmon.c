// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as requests to ntpguardd, while a chronyd says any bytes too: no crash, and no reply is longer than its
 * request, or of another sequence. The first byte says how chronyd fares; the next two, how long its reply is; then
 * that reply; the rest are requests, each of the length before it. */
#include <stdlib.h>

#include "../unit/fake.h"

static struct ng_config config = { .serverstats = 4, .ntpdata = 2 };
static struct ng_keeper keeper;

static void take(const uint8_t **data, size_t *size, void *to, size_t wanted)
{
	size_t given = wanted < *size ? wanted : *size;

	memset(to, 0, wanted);
	memcpy(to, *data, given);
	*data += given;
	*size -= given;
}

static void set_up(const uint8_t **data, size_t *size)
{
	uint8_t head[6];

	take(data, size, head, sizeof(head));
	memset(&fake_chronyd, 0, sizeof(fake_chronyd));
	fake_chronyd.error = head[0] % 3 == 0 ? 0 : head[0] % 3 == 1 ? -ENOENT : -ETIMEDOUT;
	/* chronyd.c hands on nothing that is shorter than a head */
	fake_chronyd.size = head[0] & 4 ? 0 : 28 + (size_t)ng_get16(head + 1) % (CMDMON_REPLY_MAX - 27);
	take(data, size, fake_chronyd.reply, fake_chronyd.size);
	config.serverstats = 1 + head[3] % 4;
	config.ntpdata = 1 + head[3] / 4 % 2;
	fake_keeper.error = head[4] % 4 ? 0 : -ENOENT;
	fake_keeper.access = head[4] % 3 - 1;
	fake_keeper.kept.clients.count = head[5];
	for (unsigned int i = 0; i < head[5]; i++)
		fake_keeper.kept.clients.list[i] = (struct ng_client){ .address = { (uint8_t)i },
								       .family = i & 1,
								       .dropped = i,
								       .first_seconds = i * head[4],
								       .last_seconds = i };
}

static void ask(struct ng_answering *answering, const uint8_t *request, size_t size)
{
	struct ng_asker asker = { .name = 1 + size % 5, .may_reset = size & 1 };
	struct ng_cmdmon_reply reply;

	ng_answer(answering, &asker, request, size, &reply);
	if (reply.size > size || (reply.size && reply.size < CMDMON_REPLY_HEAD))
		abort();
	if (reply.size && memcmp(reply.bytes + CMDMON_REPLY_SEQUENCE, request + CMDMON_REQUEST_SEQUENCE, 4))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ng_answering *answering = malloc(sizeof(*answering));
	uint8_t head[2], *request;
	size_t length;

	if (!answering)
		abort();
	set_up(&data, &size);
	ng_answering_init(answering, &config, &keeper);
	while (size > sizeof(head)) {
		take(&data, &size, head, sizeof(head));
		length = ng_get16(head) % 1024;
		request = malloc(length + !length); /* of its own size, so that what is read beyond is seen */
		if (!request)
			abort();
		take(&data, &size, request, length);
		ask(answering, request, length);
		free(request);
	}
	for (int i = 0; i < NG_LISTINGS; i++)
		free(answering->listings.list[i].row);
	free(answering);
	return 0;
}
