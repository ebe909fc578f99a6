// SPDX-License-Identifier: GPL-2.0-only
#include "chronyd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "journal.h"
#include "moment.h"

#define PATIENCE_MS 300
#define HUNG_MS 1000

void ng_chronyd_init(struct ng_chronyd *chronyd)
{
	*chronyd = (struct ng_chronyd){ .socket = -1 };
	if (getrandom(&chronyd->sequence, sizeof(chronyd->sequence), 0) < 0)
		chronyd->sequence = 1;
}

void ng_chronyd_forget(struct ng_chronyd *chronyd)
{
	if (chronyd->socket >= 0)
		close(chronyd->socket);
	chronyd->socket = -1;
	chronyd->asked = 0;
}

static int open_udp(uint16_t port)
{
	struct sockaddr_in there = { .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int descriptor = port ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;

	if (descriptor < 0)
		return -ENOENT;
	if (!connect(descriptor, (struct sockaddr *)&there, sizeof(there)))
		return descriptor;
	close(descriptor);
	return -ENOENT;
}

static int open_any(struct ng_chronyd *chronyd, struct ng_keeper *keeper, uint16_t port)
{
	int descriptor = ng_keeper_chronyd(keeper);

	chronyd->has_all = descriptor >= 0;
	if (descriptor < 0)
		descriptor = open_udp(port);
	chronyd->socket = descriptor < 0 ? -1 : descriptor;
	chronyd->asked = 0;
	return descriptor < 0 ? -ENOENT : 0;
}

/* chronyd has counted it, whether or not it can still answer. */
static int send_request(struct ng_chronyd *chronyd, const uint8_t *request, size_t size)
{
	uint8_t bytes[CMDMON_REQUEST_MAX];

	memcpy(bytes, request, size);
	ng_put32(bytes + CMDMON_REQUEST_SEQUENCE, ++chronyd->sequence);
	if (send(chronyd->socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	chronyd->asked++;
	return 0;
}

/* What else comes is late, and was given up already. */
static bool is_reply(const struct ng_chronyd *chronyd, const uint8_t *request, size_t size, const uint8_t *reply,
		     ssize_t received)
{
	return received >= CMDMON_REPLY_HEAD && (size_t)received <= size && reply[0] == CMDMON_VERSION &&
	       reply[1] == CMDMON_REPLY && !memcmp(reply + CMDMON_COMMAND, request + CMDMON_COMMAND, 2) &&
	       ng_get32(reply + CMDMON_REPLY_SEQUENCE) == chronyd->sequence;
}

static int await(struct ng_chronyd *chronyd, const uint8_t *request, size_t size, uint8_t *reply)
{
	int64_t until = ng_moment_ms() + PATIENCE_MS, left;
	struct pollfd readable = { .fd = chronyd->socket, .events = POLLIN };
	ssize_t received;

	while ((left = until - ng_moment_ms()) > 0 && poll(&readable, 1, (int)left) >= 0) {
		received = recv(chronyd->socket, reply, CMDMON_REPLY_MAX, MSG_DONTWAIT);
		if (received < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (is_reply(chronyd, request, size, reply, received))
			return (int)received;
	}
	return -ETIMEDOUT;
}

/* An error of the socket means that chronyd has closed its own: it is gone, or another. */
static int exchange(struct ng_chronyd *chronyd, const uint8_t *request, size_t size, uint8_t *reply)
{
	int result = send_request(chronyd, request, size);

	if (!result)
		result = await(chronyd, request, size, reply);
	if (result == -EAGAIN) /* it has as much to read as fits */
		result = -ETIMEDOUT;
	if (result < 0 && result != -ETIMEDOUT)
		ng_chronyd_forget(chronyd);
	return result;
}

static void note(struct ng_chronyd *chronyd, int result)
{
	if (result == -ETIMEDOUT)
		chronyd->hung_until = ng_moment_ms() + HUNG_MS;
	if (chronyd->is_up != (result >= 0))
		ng_journal(result >= 0 ? LOG_INFO : LOG_WARNING, "chronyd %s",
			   result >= 0		  ? "answers"
			   : result == -ETIMEDOUT ? "does not answer; its part of reports is missing"
						  : "is not there; the guard answers alone");
	chronyd->is_up = result >= 0;
}

int ng_chronyd_ask(struct ng_chronyd *chronyd, struct ng_keeper *keeper, uint16_t port, const uint8_t *request,
		   size_t size, uint8_t reply[CMDMON_REPLY_MAX])
{
	int result = -ENOENT;

	if (ng_moment_ms() < chronyd->hung_until)
		return -ETIMEDOUT;
	for (int try = 0; try < 2 && result < 0 && result != -ETIMEDOUT; try++) {
		result = chronyd->socket < 0 ? open_any(chronyd, keeper, port) : 0;
		if (result)
			break;
		result = exchange(chronyd, request, size, reply);
	}
	if (result < 0 && result != -ETIMEDOUT)
		result = -ENOENT;
	note(chronyd, result);
	return result;
}
