// SPDX-License-Identifier: GPL-2.0-only
/* ntpguardd: serves what the guard counts to chrony's clients, to Prometheus, and to members of its group. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal.h"
#include "notify.h"
#include "paths.h"
#include "privileges.h"
#include "serve.h"
#include "version.h"

struct arguments {
	const char *config;
	bool config_given, foreground, check;
};

static void print_usage(void)
{
	puts("ntpguardd [--foreground] [--config FILE]\n\n"
	     "Serves what the loaded guard counts: chrony's clients (chronyc -h 127.0.0.1 -p 11323 serverstats, "
	     "clients,\n"
	     "tracking, sources ...), Prometheus (http://127.0.0.1:9623/metrics), and ntpguard status, counters and "
	     "top\n"
	     "for members of group ntpguard. Lets entries expire, and guards interfaces that come back. The guard "
	     "works\n"
	     "without it.\n\n"
	     "  -c, --config FILE  settings (" NG_CONFIG_FILE ")\n"
	     "  -f, --foreground   stay, and talk on standard error; for systemd\n"
	     "      --check        read the settings, tell their errors, and end\n"
	     "  -h, --help         this\n"
	     "      --version      the version\n\n"
	     "Settings, one a line:\n");
#define NG_SETTING(word, taker, arguments, sentence, field) printf("  %-14s %-24s %s\n", word, arguments, sentence);
#include "settings.def"
#undef NG_SETTING
}

/* The exit code, or -1: go on. */
static int take_arguments(int argc, char **argv, struct arguments *arguments)
{
	enum { LONG_CHECK = 256, LONG_VERSION };
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },	{ "foreground", no_argument, NULL, 'f' },
		{ "check", no_argument, NULL, LONG_CHECK },	{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, LONG_VERSION }, { NULL, 0, NULL, 0 },
	};
	int option;

	*arguments = (struct arguments){ .config = NG_CONFIG_FILE };
	while ((option = getopt_long(argc, argv, "c:fh", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			arguments->config = optarg;
			arguments->config_given = true;
			break;
		case 'f': arguments->foreground = true; break;
		case LONG_CHECK: arguments->check = true; break;
		case 'h': print_usage(); return NG_EXIT_OK;
		case LONG_VERSION: printf("ntpguardd %s\n", NG_VERSION); return NG_EXIT_OK;
		default: return NG_EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "ntpguardd: %s: no operand is taken; see --help\n", argv[optind]);
	return NG_EXIT_USAGE;
}

/* Leaves the terminal. The process that was started waits until the other serves, so that whoever started it
 * knows whether it does. Where to write when it does; -1: an error. */
static int leave(void)
{
	int pair[2], null;
	char ready;

	if (pipe2(pair, O_CLOEXEC))
		return -1;
	switch (fork()) {
	case -1: return -1;
	case 0: break;
	default: close(pair[1]); _exit(read(pair[0], &ready, 1) == 1 ? NG_EXIT_OK : NG_EXIT_NEGATIVE);
	}
	close(pair[0]);
	setsid();
	ng_journal_syslog();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (chdir("/") || null < 0)
		return -1;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	return pair[1];
}

static void say_ready(int waiting)
{
	ng_notify("READY=1");
	ng_journal(LOG_NOTICE, "version %s serves", NG_VERSION);
	ng_journal_detach();
	if (waiting >= 0 && write(waiting, "", 1) < 0)
		_exit(NG_EXIT_NEGATIVE);
	if (waiting >= 0)
		close(waiting);
}

static int exit_of(int error)
{
	return error == -EADDRINUSE		     ? NG_EXIT_CONFLICT
	       : error == -EPERM || error == -EACCES ? NG_EXIT_PERMISSION
	       : error				     ? NG_EXIT_NEGATIVE
						     : NG_EXIT_OK;
}

/* The keeper is started before there is a socket that it could inherit. */
static int serve(struct ng_server *server, int waiting)
{
	uid_t uid;
	gid_t gid;
	int error = ng_privileges_find(server->config.user, server->config.group, &uid, &gid);

	if (!error)
		error = ng_keeper_start(&server->keeper, &server->config, server->config_path);
	if (!error)
		error = ng_server_open(server, uid, gid);
	if (!error) {
		error = ng_privileges_drop(uid, gid);
		if (error)
			ng_journal(LOG_CRIT, "cannot give up privileges: %s", strerror(-error));
	}
	if (error)
		return error;
	say_ready(waiting);
	error = ng_server_run(server);
	ng_notify("STOPPING=1");
	ng_server_close(server);
	return error;
}

int main(int argc, char **argv)
{
	static struct ng_server server;
	struct arguments arguments;
	char path[PATH_MAX];
	int exit = take_arguments(argc, argv, &arguments), waiting = -1;

	if (exit >= 0)
		return exit;
	ng_config_init(&server.config);
	if (ng_config_read(&server.config, arguments.config, arguments.config_given))
		return NG_EXIT_NEGATIVE;
	if (arguments.check)
		return NG_EXIT_OK;
	if (geteuid()) {
		ng_journal(LOG_ERR, "must be started by root, whose privileges it gives up");
		return NG_EXIT_PERMISSION;
	}
	server.config_path = realpath(arguments.config, path) ? path : arguments.config;
	if (!arguments.foreground && (waiting = leave()) < 0)
		return NG_EXIT_NEGATIVE;
	return exit_of(serve(&server, waiting));
}
