// SPDX-License-Identifier: GPL-2.0-only
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "follow.h"
#include "journal.h"
#include "judgement.h"
#include "ntp_wire.h"
#include "privileges.h"
#include "question.h"
#include "recorder.h"

#define NTP_REQUEST_LENGTH 48
#define TRIES 15 /* for a lock that a command has, 10 ms apart */

/* The keeper's own state. */
struct keeping {
	int socket, timer;
	struct ng_kept *kept;
	struct ng_config config;
	const char *config_path;
	char chronyd_path[108]; /* of our socket beside chronyd's; empty: none */
	struct ng_follower *follower;
	struct ng_recorder *recorder;
};

/* ---- reading the kernel ---- */

/* Why the kernel cannot be read, once for each reason; that nothing is loaded is none. */
static void tell(int error, const struct ng_fault *fault)
{
	static int told;

	if (error && error != -ENOENT && error != told)
		ng_journal(LOG_ERR, "%s", fault->message);
	told = error;
}

static int read_snapshot(struct keeping *keeping, bool with_limits)
{
	struct ng_snapshot *snapshot = &keeping->kept->snapshot;
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int error = ng_loader_open(&loader, keeping->config.bpffs, NG_WATCH, &fault);

	if (error)
		memset(snapshot, 0, sizeof(*snapshot));
	else
		error = ng_snapshot_read(loader, snapshot, &fault);
	if (!error && with_limits)
		error = ng_snapshot_limits(loader, snapshot, &fault);
	ng_loader_close(loader);
	tell(error, &fault);
	return error;
}

static int read_clients(struct keeping *keeping)
{
	struct ng_clients_kept *kept = &keeping->kept->clients;
	struct ng_loader *loader = NULL;
	struct ng_clients clients = { 0 };
	struct ng_fault fault;
	int error = ng_loader_open(&loader, keeping->config.bpffs, NG_WATCH, &fault);

	if (!error)
		error = ng_clients_read(loader, &clients);
	kept->count = error ? 0 : (uint32_t)clients.count;
	kept->displaced = clients.displaced;
	if (!error) {
		memcpy(kept->list, clients.list, clients.count * sizeof(*kept->list));
		free(clients.list);
	}
	ng_loader_close(loader);
	return error;
}

static int forget_clients(struct keeping *keeping)
{
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int error = ng_loader_open(&loader, keeping->config.bpffs, NG_WATCH, &fault);

	if (!error)
		error = ng_clients_forget(loader);
	ng_loader_close(loader);
	return error;
}

static int read_samples(struct keeping *keeping)
{
	struct ng_samples_kept *kept = &keeping->kept->samples;
	struct ng_loader *loader = NULL;
	struct ng_sampled sampled = { 0 };
	struct ng_fault fault;
	int error = ng_loader_open(&loader, keeping->config.bpffs, NG_WATCH, &fault);

	if (!error)
		error = ng_samples_read(loader, NG_TOP_SECONDS, &sampled);
	if (!error) {
		kept->from_ns = sampled.from_ns;
		kept->to_ns = sampled.to_ns;
		kept->count = (uint32_t)(sampled.count < NG_KEPT_SAMPLES ? sampled.count : NG_KEPT_SAMPLES);
		memcpy(kept->list, sampled.list, kept->count * sizeof(*kept->list));
		free(sampled.list);
	}
	ng_loader_close(loader);
	return error;
}

/* The whole policy is looked into, so nobody may replace it meanwhile. */
static int judge(struct keeping *keeping, const struct ng_prefix *address)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	const struct ng_policy *policy;
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int error = -EAGAIN, verdict = 0;

	if (address->family >= NG_FAMILIES)
		return -EINVAL;
	for (int i = 0; i < TRIES && error == -EAGAIN; i++) {
		if (i)
			nanosleep(&pause, NULL);
		error = ng_loader_open(&loader, keeping->config.bpffs, NG_TRY, &fault);
	}
	policy = error ? NULL : ng_swap_current(loader);
	if (policy)
		verdict = (int)ng_judgement(policy, address, NTP_MODE_CLIENT, NTP_REQUEST_LENGTH);
	error = error ? error : !policy ? -ENOENT : policy->root.monitor || !ng_verdict_texts[verdict].drops;
	ng_loader_close(loader);
	return error;
}

/* ---- chronyd's door ---- */

/* chronyd's socket itself, not what a link by its name leads to; as a path. Negative errno. */
static int find_door(const char *path, struct sockaddr_un *address)
{
	int door = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat there;

	if (door < 0)
		return -errno;
	snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d", door);
	if (!fstat(door, &there) && S_ISSOCK(there.st_mode))
		return door;
	close(door);
	return -ENOENT;
}

static int bind_and_connect(const struct sockaddr_un *here, const struct sockaddr_un *there)
{
	int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = 0;
	mode_t mask = umask(0111);

	unlink(here->sun_path);
	if (descriptor < 0 || bind(descriptor, (const struct sockaddr *)here, sizeof(*here)) ||
	    connect(descriptor, (const struct sockaddr *)there, sizeof(*there)))
		error = -errno;
	umask(mask);
	if (!error)
		return descriptor;
	if (descriptor >= 0)
		close(descriptor);
	unlink(here->sun_path);
	return error;
}

/* chronyd sends its replies to a socket that it can find and write to: one in its own directory, which nobody
 * but it and root may enter. It may belong to a user whom we trust with nothing, so no link in it is followed,
 * and modes come from the mask alone. */
static int open_chronyd(struct keeping *keeping)
{
	struct sockaddr_un there = { .sun_family = AF_UNIX }, here = there;
	int door, descriptor;

	if (!ng_config_reply_path(&keeping->config, here.sun_path, sizeof(here.sun_path)))
		return -ENOENT;
	door = find_door(keeping->config.chronyd, &there);
	if (door < 0)
		return door;
	descriptor = bind_and_connect(&here, &there);
	close(door);
	if (descriptor >= 0)
		snprintf(keeping->chronyd_path, sizeof(keeping->chronyd_path), "%s", here.sun_path);
	return descriptor;
}

/* ---- questions ---- */

static int reload(struct keeping *keeping)
{
	struct ng_config config;
	int error;

	ng_config_init(&config);
	error = ng_config_read(&config, keeping->config_path, false);
	if (!error) {
		memcpy(keeping->config.chronyd, config.chronyd, sizeof(config.chronyd));
		memcpy(keeping->config.wanted, config.wanted, sizeof(config.wanted));
		keeping->config.wanted_count = config.wanted_count;
	}
	return error;
}

static int answer(struct keeping *keeping, const struct ng_question *question, int *descriptor)
{
	switch (question->what) {
	case NG_ASKED_SNAPSHOT: return read_snapshot(keeping, false);
	case NG_ASKED_LIMITS: return read_snapshot(keeping, true);
	case NG_ASKED_CLIENTS: return read_clients(keeping);
	case NG_ASKED_FORGET: return forget_clients(keeping);
	case NG_ASKED_SAMPLES: return read_samples(keeping);
	case NG_ASKED_ACCESS: return judge(keeping, &question->address);
	case NG_ASKED_RELOAD: return reload(keeping);
	case NG_ASKED_CHRONYD: *descriptor = open_chronyd(keeping); return *descriptor < 0 ? *descriptor : 0;
	default: return -EINVAL;
	}
}

static void end(struct keeping *keeping)
{
	if (keeping->chronyd_path[0])
		unlink(keeping->chronyd_path);
	_exit(0);
}

static void hear(struct keeping *keeping)
{
	struct ng_question question;
	ssize_t size = recv(keeping->socket, &question, sizeof(question), MSG_DONTWAIT);
	struct ng_reply reply;
	int descriptor = -1;

	if (!size || (size < 0 && errno != EAGAIN && errno != EINTR))
		end(keeping);
	if (size != (ssize_t)sizeof(question))
		return;
	reply = (struct ng_reply){ .number = question.number, .result = answer(keeping, &question, &descriptor) };
	ng_reply_send(keeping->socket, &reply, descriptor);
	if (descriptor >= 0)
		close(descriptor);
}

/* ---- the process ---- */

/* time(2) is a tick of the kernel behind the clock that timers go by. */
#define BEHIND_NS 10000000

/* Wakes in a second or when an entry expires, whichever is first; and when the clock is set. */
static void set_timer(struct keeping *keeping, uint64_t next_expiry)
{
	struct itimerspec at = { 0 };
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	at.it_value.tv_sec = now.tv_sec + 1;
	at.it_value.tv_nsec = next_expiry == (uint64_t)now.tv_sec + 1 ? BEHIND_NS : now.tv_nsec;
	timerfd_settime(keeping->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL);
}

static void watch(int epoll, int descriptor)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = descriptor };

	if (descriptor >= 0)
		epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static void loop(struct keeping *keeping, int epoll)
{
	struct epoll_event event;
	uint64_t expirations;

	for (;;) {
		if (epoll_wait(epoll, &event, 1, -1) < 1)
			continue;
		if (event.data.fd == keeping->socket) {
			hear(keeping);
			continue;
		}
		if (event.data.fd == keeping->timer && read(keeping->timer, &expirations, sizeof(expirations)) < 0 &&
		    errno != ECANCELED)
			continue;
		set_timer(keeping, ng_follow(keeping->follower, &keeping->config));
		ng_record(keeping->recorder, &keeping->config);
	}
}

void ng_keeper_run(int socket, struct ng_kept *kept, const struct ng_config *config, const char *config_path)
{
	struct keeping *keeping = calloc(1, sizeof(*keeping));
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (!keeping || epoll < 0)
		_exit(1);
	ng_journal_detach();
	prctl(PR_SET_NAME, "ntpguard-keeper");
	signal(SIGTERM, SIG_IGN); /* it ends when who asks it does */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	keeping->socket = socket;
	keeping->kept = kept;
	keeping->config = *config;
	keeping->config_path = config_path;
	keeping->timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	keeping->follower = ng_follower_new();
	keeping->recorder = ng_recorder_new(config->hours);
	if (!keeping->follower || !keeping->recorder || ng_privileges_keep())
		_exit(1);
	watch(epoll, socket);
	watch(epoll, keeping->timer);
	watch(epoll, ng_follower_socket(keeping->follower));
	set_timer(keeping, ng_follow(keeping->follower, config));
	loop(keeping, epoll);
	_exit(0);
}
