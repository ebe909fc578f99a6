// SPDX-License-Identifier: GPL-2.0-only
#include "sockets.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kernel prints addresses as words of 32 bits in its own byte order. */
static bool take_address(struct ng_socket *taken, const char *digits)
{
	uint32_t words[4] = { 0 };
	size_t count = strlen(digits) / 8;

	if (strlen(digits) != 8 && strlen(digits) != 32)
		return false;
	for (size_t i = 0; i < count; i++)
		if (sscanf(digits + 8 * i, "%8x", &words[i]) != 1)
			return false;
	taken->is_ipv6 = count == 4;
	taken->is_any = !(words[0] | words[1] | words[2] | words[3]);
	taken->is_loopback = taken->is_ipv6 ? IN6_IS_ADDR_LOOPBACK((struct in6_addr *)(void *)words)
					    : (ntohl(words[0]) >> 24) == 127;
	taken->ipv4 = taken->is_ipv6 ? 0 : words[0];
	inet_ntop(taken->is_ipv6 ? AF_INET6 : AF_INET, words, taken->address, sizeof(taken->address));
	return true;
}

static bool take_line(struct ng_socket *taken, const char *line)
{
	char local[33], remote[33];
	unsigned int port, remote_port;

	memset(taken, 0, sizeof(*taken));
	if (sscanf(line, " %*d: %32[0-9A-Fa-f]:%4x %32[0-9A-Fa-f]:%4x %*x %*x:%*x %*x:%*x %*x %*u %*d %lu", local,
		   &port, remote, &remote_port, &taken->inode) != 5)
		return false;
	taken->port = (uint16_t)port;
	return !remote_port && take_address(taken, local);
}

static size_t read_table(const struct ng_doctor *doctor, const char *path, struct ng_socket *sockets, size_t count,
			 size_t room)
{
	FILE *file = ng_doctor_open(doctor, path);
	char line[512];

	while (file && count < room && fgets(line, sizeof(line), file))
		count += take_line(&sockets[count], line);
	if (file)
		fclose(file);
	return count;
}

/* ---- whose they are ---- */

static bool is_number(const struct dirent *entry)
{
	return isdigit((unsigned char)entry->d_name[0]);
}

static void name_socket(const struct ng_doctor *doctor, const char *pid, unsigned long inode, struct ng_socket *sockets,
			size_t count)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < count; i++) {
		if (sockets[i].inode != inode || sockets[i].process[0])
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", pid);
		ng_doctor_line(doctor, path, sockets[i].process, sizeof(sockets[i].process));
	}
}

static void name_of_process(const struct ng_doctor *doctor, const char *pid, struct ng_socket *sockets, size_t count)
{
	char path[PATH_MAX], target[64];
	struct dirent *entry;
	unsigned long inode;
	DIR *files;

	snprintf(path, sizeof(path), "%s/proc/%s/fd", doctor->root, pid);
	files = opendir(path);
	while (files && (entry = readdir(files))) {
		ssize_t size = readlinkat(dirfd(files), entry->d_name, target, sizeof(target) - 1);

		target[size > 0 ? size : 0] = '\0';
		if (sscanf(target, "socket:[%lu]", &inode) == 1)
			name_socket(doctor, pid, inode, sockets, count);
	}
	if (files)
		closedir(files);
}

static void name_all(const struct ng_doctor *doctor, struct ng_socket *sockets, size_t count)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *processes;

	snprintf(path, sizeof(path), "%s/proc", doctor->root);
	processes = opendir(path);
	while (processes && (entry = readdir(processes)))
		if (is_number(entry))
			name_of_process(doctor, entry->d_name, sockets, count);
	if (processes)
		closedir(processes);
}

size_t ng_sockets_read(const struct ng_doctor *doctor, struct ng_socket *sockets, size_t room)
{
	size_t count = read_table(doctor, "/proc/net/udp", sockets, 0, room);

	count = read_table(doctor, "/proc/net/udp6", sockets, count, room);
	name_all(doctor, sockets, count);
	return count;
}
