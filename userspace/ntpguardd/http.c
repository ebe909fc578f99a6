// SPDX-License-Identifier: GPL-2.0-only
/* Prometheus' endpoint. HTTP is libmicrohttpd's. */
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "serve.h"

/* libmicrohttpd sees the end of a connection that sent half a request only by its idleness: hence many, briefly. */
#define CONNECTIONS 256
#define IDLE_SECONDS 3

#define TEXT "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* The status that says that all is well with this command, and so is there from the start. */
static unsigned int usual_status(unsigned int command)
{
	static const uint8_t usual[CMDMON_COMMANDS] = {
#define relay CMDMON_SUCCESS
#define serverstats CMDMON_SUCCESS
#define clients CMDMON_SUCCESS
#define ntpdata CMDMON_SUCCESS
#define accheck CMDMON_ACCESSALLOWED
#define refuse CMDMON_UNAUTH
#define obsolete CMDMON_INVALID
#define NG_CMDMON(code, label, length, answer) [code] = answer,
#include "cmdmon.def"
#undef NG_CMDMON
#undef relay
#undef serverstats
#undef clients
#undef ntpdata
#undef accheck
#undef refuse
#undef obsolete
	};

	return usual[command];
}

static size_t list_requests(const struct ng_answering *answering, struct ng_cmdmon_count *list)
{
	size_t count = 0;

	for (unsigned int command = 0; command < CMDMON_COMMANDS; command++)
		for (unsigned int status = 0; status < CMDMON_STATUSES; status++) {
			uint64_t requests = answering->requests[command][status];

			if (requests || status == usual_status(command))
				list[count++] = (struct ng_cmdmon_count){ ng_cmdmon_commands[command].label,
									  ng_cmdmon_statuses[status], requests };
		}
	list[count++] = (struct ng_cmdmon_count){ "unknown", ng_cmdmon_statuses[CMDMON_INVALID], answering->invalid };
	return count;
}

static char *print_text(const struct ng_metrics *metrics, bool openmetrics, size_t *size)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, size);

	if (!to)
		return NULL;
	ng_metrics_print(to, metrics, openmetrics);
	if (!fclose(to))
		return text;
	free(text);
	return NULL;
}

/* Where nothing is loaded the snapshot is empty. NULL: the kernel cannot be read just now. */
static char *make_text(struct ng_server *server, bool openmetrics, size_t *size)
{
	static struct ng_cmdmon_count list[CMDMON_COMMANDS * CMDMON_STATUSES + 1];
	struct ng_metrics metrics = { .snapshot = &server->keeper.kept->snapshot,
				      .has_daemon = true,
				      .cmdmon = list,
				      .config_ok = server->config_ok,
				      .config_time = server->config_time };
	int error;

	ng_answer_probe(&server->answering);
	metrics.chronyd_up = server->answering.chronyd.is_up;
	metrics.cmdmon_count = list_requests(&server->answering, list);
	error = ng_keeper_ask(&server->keeper, NG_ASKED_LIMITS);
	return error && error != -ENOENT ? NULL : print_text(&metrics, openmetrics, size);
}

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned int status, char *text, size_t size,
			       bool is_ours, const char *type)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(size, text, is_ours ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!response) {
		if (!is_ours)
			free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned int status, char *why)
{
	return respond(connection, status, why, strlen(why), true, TEXT);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
			      const char *version, const char *data, size_t *data_size, void **state)
{
	static char not_found[] = "ntpguardd: the metrics are at /metrics\n";
	static char not_allowed[] = "ntpguardd: only GET and HEAD are served\n";
	static char unavailable[] = "ntpguardd: the kernel could not be read\n";
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	bool openmetrics = accept && strstr(accept, "application/openmetrics-text");
	size_t size;
	char *text;

	(void)version;
	(void)data;
	(void)state;
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD)) {
		*data_size = 0; /* whatever it sends is not read */
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, not_allowed);
	}
	if (strcmp(url, "/metrics"))
		return refuse(connection, MHD_HTTP_NOT_FOUND, not_found);
	text = make_text(context, openmetrics, &size);
	if (!text)
		return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE, unavailable);
	return respond(connection, MHD_HTTP_OK, text, size, false, openmetrics ? OPENMETRICS : TEXT);
}

int ng_http_open(struct ng_server *server)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_port = htons(server->config.metricsport),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (!server->config.metricsport)
		return 0;
	errno = 0;
	server->http = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, server, MHD_OPTION_SOCK_ADDR, &here,
					MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
					IDLE_SECONDS, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1, MHD_OPTION_END);
	return server->http ? 0 : errno ? -errno : -EADDRINUSE;
}

int ng_http_descriptor(const struct ng_server *server)
{
	const union MHD_DaemonInfo *info =
		server->http ? MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD) : NULL;

	return info ? info->epoll_fd : -1;
}

void ng_http_run(struct ng_server *server)
{
	if (server->http)
		MHD_run(server->http);
}

int ng_http_patience(const struct ng_server *server)
{
	MHD_UNSIGNED_LONG_LONG milliseconds;

	if (!server->http || MHD_get_timeout(server->http, &milliseconds) != MHD_YES)
		return -1;
	return milliseconds < 60000 ? (int)milliseconds : 60000;
}

void ng_http_close(struct ng_server *server)
{
	if (server->http)
		MHD_stop_daemon(server->http);
}
