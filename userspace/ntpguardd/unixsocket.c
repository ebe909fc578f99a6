// SPDX-License-Identifier: GPL-2.0-only
/* Unix sockets and the directories they are in. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "journal.h"
#include "serve.h"

/* A directory that is there stays as it is. */
static int make_directory(const char *path, gid_t gid, mode_t mode)
{
	char directory[108];
	const char *slash = strrchr(path, '/');

	if (slash == path)
		return 0;
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
	if (mkdir(directory, 0700)) {
		if (errno == ENOENT && !make_directory(directory, gid, 0755))
			return make_directory(path, gid, mode);
		return errno == EEXIST ? 0 : -errno;
	}
	if (chown(directory, 0, gid) || chmod(directory, mode))
		return -errno;
	return 0;
}

/* One that another daemon listens at is not to be taken away. */
static int remove_stale(const struct sockaddr_un *here, int type)
{
	int descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), in_use;
	struct stat there;

	if (descriptor < 0)
		return -errno;
	in_use = !connect(descriptor, (const struct sockaddr *)here, sizeof(*here));
	close(descriptor);
	if (in_use)
		return -EADDRINUSE;
	if (!lstat(here->sun_path, &there) && !S_ISSOCK(there.st_mode))
		return -EEXIST;
	return unlink(here->sun_path) && errno != ENOENT ? -errno : 0;
}

int ng_unix_socket(const char *path, int type, gid_t gid, mode_t mode, uid_t uid, mode_t directory_mode)
{
	struct sockaddr_un here = { .sun_family = AF_UNIX };
	int on = 1, descriptor, error = make_directory(path, gid, directory_mode);

	snprintf(here.sun_path, sizeof(here.sun_path), "%s", path);
	if (!error)
		error = remove_stale(&here, type);
	if (error)
		return error;
	descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return -errno;
	setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on));
	if (bind(descriptor, (struct sockaddr *)&here, sizeof(here)) || chown(path, uid, gid) || chmod(path, mode)) {
		error = -errno;
		close(descriptor);
		return error;
	}
	return descriptor;
}
