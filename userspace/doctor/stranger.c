// SPDX-License-Identifier: GPL-2.0-only
#include "stranger.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 2
#define ROUND_MS 700
#define QUIET_MS 200 /* after which no more of an answer is awaited */

/* As zmap and Shadowserver ask: ntp-wire bytes, the rest zeros. */
static const struct {
	uint8_t head[8];
	size_t size;
} questions[NG_QUESTIONS] = {
	[NG_ASK_TIME] = { { 0x23 }, 48 },
	[NG_ASK_CONTROL] = { { 0x16, 0x02, 0x00, 0x01 }, 12 },
	[NG_ASK_PRIVATE] = { { 0x17, 0x00, 0x03, 0x2a }, 48 },
};

struct conversation {
	int socket;
	uint32_t asked, answered;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int open_to(const struct sockaddr_storage *target)
{
	int opened = socket(target->ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (opened >= 0 && connect(opened, (const struct sockaddr *)target, sizeof(*target))) {
		close(opened);
		return -1;
	}
	return opened;
}

/* Those that were not answered yet are asked again. */
static void ask_all(struct conversation (*talks)[NG_QUESTIONS], unsigned int count)
{
	uint8_t packet[48];

	for (unsigned int i = 0; i < count; i++)
		for (int question = 0; question < NG_QUESTIONS; question++) {
			struct conversation *talk = &talks[i][question];

			if (talk->socket < 0 || talk->answered)
				continue;
			memset(packet, 0, sizeof(packet));
			memcpy(packet, questions[question].head, sizeof(questions[question].head));
			if (send(talk->socket, packet, questions[question].size, 0) > 0)
				talk->asked += (uint32_t)questions[question].size;
		}
}

/* Only so much at once: whoever answers without end must not hold it here. */
static void hear(struct conversation *talk)
{
	char buffer[2048];
	ssize_t size = 1;

	for (int i = 0; i < 256 && size > 0; i++) {
		size = recv(talk->socket, buffer, sizeof(buffer), MSG_TRUNC);
		talk->answered += size > 0 ? (uint32_t)size : 0;
	}
}

/* Hears them all until nothing more comes, but no longer than `end`. */
static void hear_all(struct conversation (*talks)[NG_QUESTIONS], unsigned int count, int64_t end)
{
	struct pollfd ready[NG_TARGETS_MAX * NG_QUESTIONS];
	bool any = false;
	int64_t left;

	for (unsigned int i = 0; i < count * NG_QUESTIONS; i++)
		ready[i] = (struct pollfd){ .fd = talks[i / NG_QUESTIONS][i % NG_QUESTIONS].socket, .events = POLLIN };
	while ((left = end - now_ms()) > 0) {
		if (any && left > QUIET_MS)
			left = QUIET_MS;
		if (poll(ready, count * NG_QUESTIONS, (int)left) <= 0)
			break;
		for (unsigned int i = 0; i < count * NG_QUESTIONS; i++)
			if (ready[i].revents)
				hear(&talks[i / NG_QUESTIONS][i % NG_QUESTIONS]);
		any = true;
	}
}

/* The address with the most bytes for each byte that was asked; of equals, the first. */
static void note_largest(const struct sockaddr_storage *target, const struct conversation *talks,
			 struct ng_asked *asked)
{
	const void *address = target->ss_family == AF_INET6
				      ? (const void *)&((const struct sockaddr_in6 *)target)->sin6_addr
				      : (const void *)&((const struct sockaddr_in *)target)->sin_addr;

	for (int i = 0; i < NG_QUESTIONS; i++) {
		if (!talks[i].answered ||
		    (asked->answer[i].asked && (uint64_t)talks[i].answered * asked->answer[i].asked <=
						       (uint64_t)asked->answer[i].answered * talks[i].asked))
			continue;
		asked->answer[i].asked = talks[i].asked;
		asked->answer[i].answered = talks[i].answered;
		inet_ntop(target->ss_family, address, asked->answer[i].address, sizeof(asked->answer[i].address));
	}
}

void ng_stranger_ask(const struct sockaddr_storage *targets, unsigned int count, struct ng_asked *asked)
{
	struct conversation talks[NG_TARGETS_MAX][NG_QUESTIONS] = { 0 };

	for (unsigned int i = 0; i < count; i++)
		for (int question = 0; question < NG_QUESTIONS; question++)
			talks[i][question].socket = open_to(&targets[i]);
	for (int round = 0; round < ROUNDS; round++) {
		ask_all(talks, count);
		hear_all(talks, count, now_ms() + ROUND_MS);
	}
	memset(asked, 0, sizeof(*asked));
	asked->targets = count;
	for (unsigned int i = 0; i < count; i++) {
		note_largest(&targets[i], talks[i], asked);
		for (int question = 0; question < NG_QUESTIONS; question++)
			if (talks[i][question].socket >= 0)
				close(talks[i][question].socket);
	}
}
