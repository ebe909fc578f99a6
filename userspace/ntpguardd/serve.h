/* SPDX-License-Identifier: GPL-2.0-only */
/* The serving process: one epoll over all that may be asked. */
#ifndef NTPGUARD_SERVE_H
#define NTPGUARD_SERVE_H

#include "answer.h"

struct MHD_Daemon;

#define NG_CMD_SOCKETS 3 /* 127.0.0.1, ::1, Unix */
#define NG_CONNECTIONS 16 /* to the control socket at once */

struct ng_server {
	struct ng_config config;
	const char *config_path;
	struct ng_keeper keeper;
	struct ng_answering answering;
	int epoll, signals, timer; /* timer: the watchdog's, -1 without one */
	int cmd[NG_CMD_SOCKETS]; /* -1: not wanted */
	int control, connection[NG_CONNECTIONS]; /* -1: none */
	unsigned int connections; /* so far */
	struct MHD_Daemon *http; /* NULL: not wanted */
	bool config_ok; /* the configuration was good when it was last read */
	uint64_t config_time; /* when that was, in seconds since the epoch */
};

/* Opens what the configuration names, for this user and group; all told to the journal. Negative errno. */
int ng_server_open(struct ng_server *server, uid_t uid, gid_t gid);

/* Serves until a signal ends it. 0, or -EPIPE: the keeper is gone. */
int ng_server_run(struct ng_server *server);

/* Closes all, and takes the Unix sockets away. */
void ng_server_close(struct ng_server *server);

/* Has the descriptor watched. Negative errno. */
int ng_server_watch(struct ng_server *server, int descriptor);

/* ---- cmdsocket.c: chrony's clients ---- */

int ng_cmdsocket_udp(int family, uint16_t port);
int ng_unix_socket(const char *path, int type, gid_t gid, mode_t mode, uid_t uid, mode_t directory_mode);

/* Answers what is there to be read. unix: the socket is one. */
void ng_cmdsocket_ready(struct ng_server *server, int descriptor, bool is_unix);

/* ---- control socket ---- */

void ng_controlsocket_accept(struct ng_server *server);
/* Whether the descriptor was one of its connections; then it was answered and closed. */
bool ng_controlsocket_ready(struct ng_server *server, int descriptor);

/* ---- http.c: Prometheus ---- */

int ng_http_open(struct ng_server *server);
int ng_http_descriptor(const struct ng_server *server); /* -1: none */
void ng_http_run(struct ng_server *server);
/* Milliseconds until it wants to be run again; -1: not before something comes. */
int ng_http_patience(const struct ng_server *server);
void ng_http_close(struct ng_server *server);

#endif
