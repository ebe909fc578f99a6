// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

/* Gives the open file the other's owner and mode, in this order: a change of owner clears bits. */
static int take_after(int fd, const struct stat *old)
{
	struct stat now;

	if (fstat(fd, &now))
		return -errno;
	if ((now.st_uid != old->st_uid || now.st_gid != old->st_gid) && fchown(fd, old->st_uid, old->st_gid))
		return -errno;
	return fchmod(fd, old->st_mode & 07777) ? -errno : 0;
}

/* Writes all of it to the disk, and closes. */
static int write_out(int fd, const char *data, size_t size)
{
	int error = 0;

	for (size_t done = 0; done < size && !error;) {
		ssize_t written = write(fd, data + done, size - done);

		if (written < 0 && errno != EINTR)
			error = -errno;
		done += written > 0 ? (size_t)written : 0;
	}
	if (!error && fsync(fd))
		error = -errno;
	if (close(fd) && !error)
		error = -errno;
	return error;
}

/* A rename is on the disk when its directory is; a file system that cannot say so is not a fault. */
static void sync_directory(const char *path)
{
	char directory[PATH_MAX];
	char *slash;
	int fd;

	snprintf(directory, sizeof(directory), "%s", path);
	slash = strrchr(directory, '/');
	if (slash)
		slash[slash == directory] = '\0';
	fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

void ng_file_make_directory(const char *path)
{
	char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;

	if (slash && slash != copy) {
		*slash = '\0';
		mkdir(copy, 0755);
	}
	free(copy);
}

int ng_file_replace(const char *path, const char *data, size_t size, mode_t mode)
{
	char beside[PATH_MAX];
	struct stat old;
	bool is_new = stat(path, &old) != 0;
	int fd, error;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= sizeof(beside))
		return -ENAMETOOLONG;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (is_new)
		error = fchmod(fd, mode) ? -errno : 0;
	else
		error = take_after(fd, &old);
	if (error)
		close(fd);
	else
		error = write_out(fd, data, size);
	if (!error && rename(beside, path))
		error = -errno;
	if (error)
		unlink(beside);
	else
		sync_directory(path);
	return error;
}

int ng_file_backup(const char *path, const char *data, size_t size, char *backup)
{
	struct stat old;
	int fd = -1, error;

	if (stat(path, &old))
		return -errno;
	for (int number = 0; fd < 0; number++) {
		int length = number ? snprintf(backup, PATH_MAX, "%s.bak.%d", path, number)
				    : snprintf(backup, PATH_MAX, "%s.bak", path);

		if (length >= PATH_MAX)
			return -ENAMETOOLONG;
		fd = open(backup, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	error = take_after(fd, &old);
	if (error)
		close(fd);
	else
		error = write_out(fd, data, size);
	if (error)
		unlink(backup);
	return error;
}
