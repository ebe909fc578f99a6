// SPDX-License-Identifier: GPL-2.0-only
/* Datagrams of chrony's clients. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve.h"

#define AT_ONCE 16 /* before others get their turn */
#define STALE_MS 900 /* chronyc asks again after a second, and others read whatever comes as the next answer */

int ng_cmdsocket_udp(int family, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	bool is_v6 = family == AF_INET6;
	int on = 1, error, descriptor = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (descriptor < 0)
		return -errno;
	if (is_v6)
		setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on));
	if (!bind(descriptor, is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4, is_v6 ? sizeof(v6) : sizeof(v4)))
		return descriptor;
	error = -errno;
	close(descriptor);
	return error;
}

struct asking {
	union {
		struct sockaddr any;
		struct sockaddr_un path;
		struct sockaddr_in6 v6;
	} from;
	socklen_t length;
	int64_t waited_ms; /* in the socket */
	size_t size;
	uint8_t bytes[CMDMON_REQUEST_MAX + 1]; /* one more, by which what is too long is seen */
};

static int64_t waited(struct msghdr *message)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(message);
	struct timeval came, now;

	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_TIMESTAMP)
		return 0;
	memcpy(&came, CMSG_DATA(head), sizeof(came));
	gettimeofday(&now, NULL);
	return (now.tv_sec - came.tv_sec) * 1000ll + (now.tv_usec - came.tv_usec) / 1000;
}

static bool receive(int descriptor, struct asking *asking)
{
	struct iovec piece = { .iov_base = asking->bytes, .iov_len = sizeof(asking->bytes) };
	char control[CMSG_SPACE(sizeof(struct timeval))];
	struct msghdr message = { .msg_name = &asking->from,
				  .msg_namelen = sizeof(asking->from),
				  .msg_iov = &piece,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t size;

	memset(&asking->from, 0, sizeof(asking->from));
	size = recvmsg(descriptor, &message, MSG_DONTWAIT);
	if (size < 0)
		return false;
	asking->size = (size_t)size;
	asking->length = message.msg_namelen;
	asking->waited_ms = waited(&message);
	return true;
}

/* FNV-1a. */
static uint64_t name_of(int descriptor, const struct asking *asking)
{
	const uint8_t *bytes = (const uint8_t *)&asking->from;
	uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)descriptor;

	for (socklen_t i = 0; i < asking->length; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash | 1;
}

void ng_cmdsocket_ready(struct ng_server *server, int descriptor, bool is_unix)
{
	struct ng_cmdmon_reply reply;
	struct asking asking;

	for (int i = 0; i < AT_ONCE && receive(descriptor, &asking); i++) {
		struct ng_asker asker = { .name = name_of(descriptor, &asking), .may_reset = is_unix };

		if (asking.waited_ms > STALE_MS || asking.length <= sizeof(sa_family_t))
			continue; /* nobody waits for it any more; or it came from a socket without a name */
		ng_answer(&server->answering, &asker, asking.bytes, asking.size, &reply);
		if (reply.size)
			sendto(descriptor, reply.bytes, reply.size, MSG_DONTWAIT | MSG_NOSIGNAL, &asking.from.any,
			       asking.length);
	}
}
