// SPDX-License-Identifier: GPL-2.0-only
/* The command's end of the control socket. */
#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "descriptor.h"
#include "paths.h"
#include "version.h"

#define PATIENCE_SECONDS 5

static int open_socket(void)
{
	const char *path = getenv("NTPGUARD_CONTROL");
	struct sockaddr_un there = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), error;

	if (!path || !*path)
		path = NG_RUN_DIR "/control.sock";
	if (descriptor < 0)
		return -errno;
	strncpy(there.sun_path, path, sizeof(there.sun_path) - 1);
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!connect(descriptor, (struct sockaddr *)&there, sizeof(there)))
		return descriptor;
	error = -errno;
	close(descriptor);
	return error;
}

bool ng_control_is_running(void)
{
	int descriptor = open_socket();

	if (descriptor >= 0)
		close(descriptor);
	return descriptor >= 0;
}

/* The reply and its descriptor, or -1. */
static int receive(int descriptor, struct ng_control_reply *reply, int *memory)
{
	ssize_t size = ng_descriptor_receive(descriptor, reply, sizeof(*reply), 0, memory);

	if (size < 0)
		return -errno;
	return size == (ssize_t)sizeof(*reply) && reply->magic == NG_CONTROL_MAGIC ? 0 : -EPROTO;
}

static int read_memory(int memory, uint64_t size, void **data)
{
	size_t got = 0;
	ssize_t piece;

	*data = malloc(size + 1);
	if (!*data)
		return -ENOMEM;
	for (; got < size; got += (size_t)piece) {
		piece = pread(memory, (char *)*data + got, size - got, (off_t)got);
		if (piece <= 0) {
			free(*data);
			return -EPROTO;
		}
	}
	return 0;
}

static int ask(enum ng_control what, struct ng_control_reply *reply, void **data)
{
	struct ng_control_question question = { .magic = NG_CONTROL_MAGIC, .what = what };
	int descriptor = open_socket(), memory = -1, error;

	if (descriptor < 0)
		return descriptor;
	error = send(descriptor, &question, sizeof(question), MSG_NOSIGNAL) < 0 ? -errno : 0;
	if (!error)
		error = receive(descriptor, reply, &memory);
	if (!error && (reply->abi != NG_ABI || reply->snapshot_size != sizeof(struct ng_snapshot)))
		error = -ESTALE;
	if (!error)
		error = reply->result;
	if (!error)
		error = memory < 0 ? -EPROTO : read_memory(memory, reply->size, data);
	if (memory >= 0)
		close(memory);
	close(descriptor);
	return error;
}

static int explain(struct ng_fault *fault, int error, const struct ng_control_reply *reply)
{
	if (error == -ENOENT && reply->magic) {
		ng_fault(fault, NG_EXIT_NOT_LOADED, ENOENT, "ntpguard is not loaded on any interface");
		ng_fault_hint(fault, "load it, as root, with: ntpguard load INTERFACE");
	} else if (error == -ESTALE) {
		ng_fault(fault, NG_EXIT_CONFLICT, ESTALE, "ntpguardd is version %.31s, this is %s", reply->version,
			 NG_VERSION);
		ng_fault_hint(fault, "restart ntpguardd");
	} else if (error == -ENOENT || error == -ECONNREFUSED || error == -EACCES) {
		ng_fault(fault, NG_EXIT_PERMISSION, EACCES,
			 error == -EACCES ? "ntpguardd answers its group only" : "ntpguardd does not run");
		ng_fault_hint(fault,
			      "run this as root; or, where ntpguardd runs, as a member of group ntpguard: adduser USER "
			      "ntpguard");
	} else {
		ng_fault(fault, NG_EXIT_KERNEL, -error, "asking ntpguardd: %s", strerror(-error));
	}
	return error;
}

int ng_control_snapshot(struct ng_snapshot *snapshot, struct ng_fault *fault)
{
	struct ng_control_reply reply = { 0 };
	void *data;
	int error = ask(NG_CONTROL_SNAPSHOT, &reply, &data);

	if (error)
		return explain(fault, error, &reply);
	if (reply.size == sizeof(*snapshot))
		memcpy(snapshot, data, sizeof(*snapshot));
	else
		error = explain(fault, -EPROTO, &reply);
	free(data);
	return error;
}

int ng_control_samples(struct ng_sampled *sampled, struct ng_fault *fault)
{
	struct ng_control_reply reply = { 0 };
	const struct ng_control_samples *samples;
	void *data;
	int error = ask(NG_CONTROL_SAMPLES, &reply, &data);

	if (error)
		return explain(fault, error, &reply);
	samples = data;
	if (reply.size < sizeof(*samples)) {
		free(data);
		return explain(fault, -EPROTO, &reply);
	}
	*sampled = (struct ng_sampled){ .from_ns = samples->from_ns,
					.to_ns = samples->to_ns,
					.count = (reply.size - sizeof(*samples)) / sizeof(struct ng_sample) };
	memmove(data, samples->list, sampled->count * sizeof(struct ng_sample));
	sampled->list = data;
	return 0;
}
