// SPDX-License-Identifier: GPL-2.0-only
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "journal.h"
#include "moment.h"
#include "notify.h"

enum { CMD_IPV4, CMD_IPV6, CMD_UNIX };

int ng_server_watch(struct ng_server *server, int descriptor)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = descriptor };

	if (descriptor < 0)
		return 0;
	return epoll_ctl(server->epoll, EPOLL_CTL_ADD, descriptor, &event) ? -errno : 0;
}

/* ---- opening ---- */

static int told(const char *what, int result)
{
	if (result < 0)
		ng_journal(LOG_ERR, "%s: %s", what, strerror(-result));
	return result;
}

/* Chrony's clients bind sockets of their own beside ours: members of the group may make some there, which get its
 * group, and remove nobody else's. */
#define COMMANDS_DIRECTORY 03770

static int open_commands(struct ng_server *server, uid_t uid, gid_t gid)
{
	const struct ng_config *config = &server->config;
	char v4[32], v6[32];

	snprintf(v4, sizeof(v4), "127.0.0.1:%u", config->cmdport);
	snprintf(v6, sizeof(v6), "[::1]:%u", config->cmdport);
	if (config->cmdport) {
		server->cmd[CMD_IPV4] = told(v4, ng_cmdsocket_udp(AF_INET, config->cmdport));
		server->cmd[CMD_IPV6] = ng_cmdsocket_udp(AF_INET6, config->cmdport);
		if (server->cmd[CMD_IPV6] == -EAFNOSUPPORT || server->cmd[CMD_IPV6] == -EADDRNOTAVAIL)
			server->cmd[CMD_IPV6] = -1; /* a host without IPv6 */
		else if (told(v6, server->cmd[CMD_IPV6]) < 0)
			return server->cmd[CMD_IPV6];
		if (server->cmd[CMD_IPV4] < 0)
			return server->cmd[CMD_IPV4];
	}
	if (*config->cmdsocket)
		server->cmd[CMD_UNIX] = told(config->cmdsocket, ng_unix_socket(config->cmdsocket, SOCK_DGRAM, gid, 0666,
									       uid, COMMANDS_DIRECTORY));
	return *config->cmdsocket && server->cmd[CMD_UNIX] < 0 ? server->cmd[CMD_UNIX] : 0;
}

static int open_control(struct ng_server *server, uid_t uid, gid_t gid)
{
	const char *path = server->config.control;

	if (!*path)
		return 0;
	server->control = told(path, ng_unix_socket(path, SOCK_SEQPACKET, gid, 0660, uid, 0755));
	if (server->control < 0)
		return server->control;
	return listen(server->control, NG_CONNECTIONS) ? told(path, -errno) : 0;
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_watchdog(void)
{
	int64_t ms = ng_notify_watchdog_ms();
	struct itimerspec every = { .it_interval = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 } };
	int timer = ms > 0 ? timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK) : -1;

	every.it_value = every.it_interval;
	if (timer >= 0)
		timerfd_settime(timer, 0, &every, NULL);
	return timer;
}

static void watch_all(struct ng_server *server)
{
	for (int i = 0; i < NG_CMD_SOCKETS; i++)
		ng_server_watch(server, server->cmd[i]);
	ng_server_watch(server, server->control);
	ng_server_watch(server, ng_http_descriptor(server));
	ng_server_watch(server, server->signals);
	ng_server_watch(server, server->timer);
}

int ng_server_open(struct ng_server *server, uid_t uid, gid_t gid)
{
	int error;

	server->control = -1;
	for (int i = 0; i < NG_CMD_SOCKETS; i++)
		server->cmd[i] = -1;
	for (int i = 0; i < NG_CONNECTIONS; i++)
		server->connection[i] = -1;
	ng_answering_init(&server->answering, &server->config, &server->keeper);
	server->config_ok = true;
	server->config_time = (uint64_t)time(NULL);
	server->signals = open_signals();
	ng_notify_open();
	server->timer = open_watchdog();
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	error = server->epoll < 0 || server->signals < 0 ? -errno : open_commands(server, uid, gid);
	if (!error)
		error = open_control(server, uid, gid);
	if (!error)
		error = told("the port for Prometheus", ng_http_open(server));
	if (!error)
		watch_all(server);
	return error;
}

void ng_server_close(struct ng_server *server)
{
	ng_http_close(server);
	if (server->cmd[CMD_UNIX] >= 0)
		unlink(server->config.cmdsocket);
	if (server->control >= 0)
		unlink(server->config.control);
}

/* ---- signals ---- */

/* What the file says of sockets, ports and the user is heard at the next start. */
static void take_over(struct ng_server *server, const struct ng_config *config)
{
	struct ng_config *old = &server->config;

	if (config->cmdport != old->cmdport || config->metricsport != old->metricsport ||
	    strcmp(config->cmdsocket, old->cmdsocket) || strcmp(config->control, old->control) ||
	    strcmp(config->user, old->user) || strcmp(config->group, old->group) || strcmp(config->bpffs, old->bpffs))
		ng_journal(LOG_WARNING, "%s: user, bpffs and what is listened at change at the next start only",
			   server->config_path);
	old->serverstats = config->serverstats;
	old->ntpdata = config->ntpdata;
	old->chronydport = config->cmdport == config->chronydport ? 0 : config->chronydport;
	memcpy(old->chronyd, config->chronyd, sizeof(old->chronyd));
	memcpy(old->wanted, config->wanted, sizeof(old->wanted));
	old->wanted_count = config->wanted_count;
	ng_chronyd_forget(&server->answering.chronyd);
}

static void reload(struct ng_server *server)
{
	struct ng_config config;
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)ng_moment_ms() * 1000);
	ng_notify(state);
	ng_config_init(&config);
	server->config_ok = !ng_config_read(&config, server->config_path, false);
	server->config_time = (uint64_t)time(NULL);
	if (server->config_ok) {
		ng_keeper_ask(&server->keeper, NG_ASKED_RELOAD);
		take_over(server, &config);
		ng_journal(LOG_NOTICE, "%s was read again", server->config_path);
	} else {
		ng_journal(LOG_ERR, "%s: what it said before holds on", server->config_path);
	}
	ng_notify("READY=1");
}

/* True: go on. */
static bool take_signal(struct ng_server *server, int *result)
{
	struct signalfd_siginfo info;

	if (read(server->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return true;
	if (info.ssi_signo == SIGHUP) {
		reload(server);
		return true;
	}
	if (info.ssi_signo == SIGCHLD) {
		ng_journal(LOG_CRIT, "the keeper ended (signal or status %d); so does this", info.ssi_status);
		*result = -EPIPE;
		return false;
	}
	*result = 0;
	return false;
}

/* ---- serving ---- */

/* True: go on. */
static bool dispatch(struct ng_server *server, int descriptor, int *result)
{
	uint64_t expirations;

	if (descriptor == server->signals)
		return take_signal(server, result);
	for (int i = 0; i < NG_CMD_SOCKETS; i++)
		if (descriptor == server->cmd[i])
			ng_cmdsocket_ready(server, descriptor, i == CMD_UNIX);
	if (descriptor == server->control)
		ng_controlsocket_accept(server);
	else if (descriptor == server->timer && read(server->timer, &expirations, sizeof(expirations)) > 0)
		ng_notify("WATCHDOG=1");
	else
		ng_controlsocket_ready(server, descriptor);
	return true;
}

int ng_server_run(struct ng_server *server)
{
	struct epoll_event events[8];
	int result = 0;

	for (;;) {
		int count = epoll_wait(server->epoll, events, 8, ng_http_patience(server));

		for (int i = 0; i < count; i++)
			if (!dispatch(server, events[i].data.fd, &result))
				return result;
		ng_http_run(server);
	}
}
