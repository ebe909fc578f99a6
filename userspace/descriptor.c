// SPDX-License-Identifier: GPL-2.0-only
#include "descriptor.h"

#include <string.h>
#include <sys/socket.h>

union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

void ng_descriptor_send(int socket, const void *message, size_t size, int descriptor)
{
	struct iovec piece = { .iov_base = (void *)message, .iov_len = size };
	union control control = {
		.head = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS }
	};
	struct msghdr head = { .msg_iov = &piece, .msg_iovlen = 1 };

	if (descriptor >= 0) {
		memcpy(CMSG_DATA(&control.head), &descriptor, sizeof(descriptor));
		head.msg_control = &control;
		head.msg_controllen = sizeof(control);
	}
	sendmsg(socket, &head, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t ng_descriptor_receive(int socket, void *message, size_t size, int flags, int *descriptor)
{
	struct iovec piece = { .iov_base = message, .iov_len = size };
	union control control;
	struct msghdr head = {
		.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	ssize_t got = recvmsg(socket, &head, flags | MSG_CMSG_CLOEXEC);
	struct cmsghdr *passed = got > 0 ? CMSG_FIRSTHDR(&head) : NULL;

	*descriptor = -1;
	if (passed && passed->cmsg_level == SOL_SOCKET && passed->cmsg_type == SCM_RIGHTS)
		memcpy(descriptor, CMSG_DATA(passed), sizeof(*descriptor));
	return got;
}
