// SPDX-License-Identifier: GPL-2.0-only
#include "question.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptor.h"
#include "moment.h"

#define PATIENCE_MS 200

void ng_reply_send(int socket, const struct ng_reply *reply, int descriptor)
{
	ng_descriptor_send(socket, reply, sizeof(*reply), descriptor);
}

/* 1: a reply, and its descriptor or -1; 0: none yet; negative errno. */
static int receive(int socket, struct ng_reply *reply, int *descriptor)
{
	ssize_t size = ng_descriptor_receive(socket, reply, sizeof(*reply), MSG_DONTWAIT, descriptor);

	if (size == (ssize_t)sizeof(*reply))
		return 1;
	return size < 0 && errno == EAGAIN ? 0 : -EPIPE;
}

/* Waits for the reply to the last question; an earlier one's, which came too late, is thrown away. */
static int await(struct ng_keeper *keeper, int *descriptor)
{
	int64_t until = ng_moment_ms() + PATIENCE_MS, left;
	struct pollfd readable = { .fd = keeper->socket, .events = POLLIN };
	struct ng_reply reply;
	int got;

	while ((left = until - ng_moment_ms()) > 0 && poll(&readable, 1, (int)left) >= 0) {
		got = receive(keeper->socket, &reply, descriptor);
		if (got < 0)
			return got;
		if (got && reply.number == keeper->number)
			return reply.result;
		if (got && *descriptor >= 0)
			close(*descriptor);
	}
	return -ETIMEDOUT;
}

static int ask(struct ng_keeper *keeper, struct ng_question question, int *descriptor)
{
	question.number = ++keeper->number;
	*descriptor = -1;
	if (send(keeper->socket, &question, sizeof(question), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -EPIPE;
	return await(keeper, descriptor);
}

int ng_keeper_ask(struct ng_keeper *keeper, enum ng_asked what)
{
	int descriptor, result = ask(keeper, (struct ng_question){ .what = what }, &descriptor);

	if (descriptor >= 0)
		close(descriptor);
	return result;
}

int ng_keeper_chronyd(struct ng_keeper *keeper)
{
	int descriptor, result = ask(keeper, (struct ng_question){ .what = NG_ASKED_CHRONYD }, &descriptor);

	return result ? result : descriptor;
}

int ng_keeper_access(struct ng_keeper *keeper, const struct ng_prefix *address)
{
	struct ng_question question = { .what = NG_ASKED_ACCESS, .address = *address };
	int descriptor;

	return ask(keeper, question, &descriptor);
}

/* The keeper must not outlive this process, however it ends: nobody else would end it. */
static void become_keeper(int socket, pid_t served, struct ng_kept *kept, const struct ng_config *config,
			  const char *config_path)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != served)
		_exit(0);
	ng_keeper_run(socket, kept, config, config_path);
}

/* One memory, which the keeper may write, and the caller only read: what is opened for reading the kernel lets
 * nobody make writable, whatever becomes of this process. */
static int share(struct ng_kept **writable, struct ng_kept **readable)
{
	int memory = memfd_create("ntpguard-kept", MFD_CLOEXEC), reading = -1, error = 0;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	if (memory < 0 || ftruncate(memory, sizeof(**writable)) || (reading = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return -errno;
	*writable = mmap(NULL, sizeof(**writable), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	*readable = mmap(NULL, sizeof(**readable), PROT_READ, MAP_SHARED, reading, 0);
	if (*writable == MAP_FAILED || *readable == MAP_FAILED)
		error = -errno;
	close(memory);
	close(reading);
	return error;
}

int ng_keeper_start(struct ng_keeper *keeper, const struct ng_config *config, const char *config_path)
{
	struct ng_kept *writable = NULL;
	pid_t served = getpid();
	int pair[2], error = share(&writable, &keeper->kept);

	if (error || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return error ? error : -errno;
	keeper->pid = fork();
	if (keeper->pid < 0)
		return -errno;
	if (!keeper->pid) {
		close(pair[0]);
		become_keeper(pair[1], served, writable, config, config_path);
	}
	close(pair[1]);
	munmap(writable, sizeof(*writable));
	keeper->socket = pair[0];
	return 0;
}
