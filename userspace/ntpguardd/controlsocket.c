// SPDX-License-Identifier: GPL-2.0-only
/* The daemon's end of the control socket. What is asked for goes out as a piece of memory, so that a reader
 * who does not read keeps nobody waiting. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "descriptor.h"
#include "serve.h"
#include "version.h"

static void drop(struct ng_server *server, unsigned int place)
{
	if (server->connection[place] >= 0)
		close(server->connection[place]); /* which ends its being watched */
	server->connection[place] = -1;
}

/* The newest takes the oldest's place. */
void ng_controlsocket_accept(struct ng_server *server)
{
	unsigned int place = server->connections++ % NG_CONNECTIONS;
	int descriptor = accept4(server->control, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (descriptor < 0)
		return;
	drop(server, place);
	server->connection[place] = descriptor;
	if (ng_server_watch(server, descriptor))
		drop(server, place);
}

static int write_all(int memory, const void *data, size_t size)
{
	size_t done = 0;
	ssize_t piece;

	for (; done < size; done += (size_t)piece) {
		piece = write(memory, (const char *)data + done, size - done);
		if (piece < 0)
			return -errno;
	}
	return 0;
}

static int write_samples(int memory, const struct ng_samples_kept *kept)
{
	struct ng_control_samples head = { .from_ns = kept->from_ns, .to_ns = kept->to_ns };
	int error = write_all(memory, &head, sizeof(head));

	return error ? error : write_all(memory, kept->list, kept->count * sizeof(*kept->list));
}

/* Reads the kernel into the memory; how large that became is told in the reply. */
static int fill(struct ng_server *server, uint32_t what, int memory, uint64_t *size)
{
	const struct ng_kept *kept = server->keeper.kept;
	int error;

	switch (what) {
	case NG_CONTROL_SNAPSHOT:
		error = ng_keeper_ask(&server->keeper, NG_ASKED_LIMITS);
		if (!error)
			error = write_all(memory, &kept->snapshot, sizeof(kept->snapshot));
		break;
	case NG_CONTROL_SAMPLES:
		error = ng_keeper_ask(&server->keeper, NG_ASKED_SAMPLES);
		if (!error)
			error = write_samples(memory, &kept->samples);
		break;
	default: return -EINVAL;
	}
	*size = (uint64_t)lseek(memory, 0, SEEK_CUR);
	return error;
}

static void answer(struct ng_server *server, int descriptor)
{
	struct ng_control_reply reply = { .magic = NG_CONTROL_MAGIC,
					  .abi = NG_ABI,
					  .snapshot_size = sizeof(struct ng_snapshot),
					  .version = NG_VERSION };
	struct ng_control_question question;
	ssize_t size = recv(descriptor, &question, sizeof(question), MSG_DONTWAIT);
	int memory;

	if (size != (ssize_t)sizeof(question) || question.magic != NG_CONTROL_MAGIC)
		return;
	memory = memfd_create("ntpguard", MFD_CLOEXEC);
	reply.result = memory < 0 ? -errno : fill(server, question.what, memory, &reply.size);
	ng_descriptor_send(descriptor, &reply, sizeof(reply), reply.result ? -1 : memory);
	if (memory >= 0)
		close(memory);
}

bool ng_controlsocket_ready(struct ng_server *server, int descriptor)
{
	for (unsigned int i = 0; i < NG_CONNECTIONS; i++) {
		if (server->connection[i] != descriptor)
			continue;
		answer(server, descriptor);
		drop(server, i);
		return true;
	}
	return false;
}
