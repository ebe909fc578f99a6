// SPDX-License-Identifier: GPL-2.0-only
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 5000
#define HEARD_MAX (16u << 20) /* bytes */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void become(const char *const *arguments, int out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language[] = "LC_ALL=C";
	char *const environment[] = { path, language, NULL };
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	setenv("PATH", path + 5, 1); /* where execvpe() looks */
	execvpe(arguments[0], (char *const *)arguments, environment);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Until the end, or as far as the patience and the limit go. */
static int hear(int from, char **text, size_t *size)
{
	int64_t end = now_ms() + PATIENCE_MS, left;
	size_t room = 0;
	ssize_t got = 1;

	while (got > 0) {
		struct pollfd ready = { .fd = from, .events = POLLIN };

		if (*size + 1 >= room) {
			char *more = realloc(*text, room = room ? 2 * room : 65536);

			if (!more || room > 2 * HEARD_MAX)
				return more ? (*text = more, -EFBIG) : -ENOMEM;
			*text = more;
		}
		left = end - now_ms();
		if (left <= 0 || !poll(&ready, 1, (int)left))
			return -ETIMEDOUT;
		got = read(from, *text + *size, room - *size - 1);
		*size += got > 0 ? (size_t)got : 0;
	}
	(*text)[*size] = '\0';
	return got ? -errno : 0;
}

int ng_tool_read(const char *const *arguments, char **text, size_t *size)
{
	int ends[2], status = 0, error;
	pid_t child;

	*text = NULL;
	*size = 0;
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	child = fork();
	if (!child)
		become(arguments, ends[1]);
	close(ends[1]);
	error = child < 0 ? -errno : hear(ends[0], text, size);
	close(ends[0]);
	if (child > 0 && error)
		kill(child, SIGKILL);
	if (child > 0)
		waitpid(child, &status, 0);
	if (!error && (!WIFEXITED(status) || WEXITSTATUS(status)))
		error = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -ENOENT : -EPROTO;
	if (error) {
		free(*text);
		*text = NULL;
	}
	return error;
}
