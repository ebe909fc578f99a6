// SPDX-License-Identifier: GPL-2.0-only
#include "follow.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "journal.h"
#include "snapshot.h"

#define RETRY_SECONDS 10

/* An interface that is to be guarded again, and how. */
struct due {
	char name[16];
	unsigned int ifindex;
	const char *mode;
	bool monitor, no_egress;
};

/* What was tried for the interface that has this number. */
struct tried {
	unsigned int ifindex;
	uint64_t retry; /* seconds since boot: not before */
};

struct ng_follower {
	struct mnl_socket *events;
	pid_t aside; /* 0: none is at work */
	struct tried tried[2 * NG_INTERFACES_MAX];
};

struct ng_follower *ng_follower_new(void)
{
	struct ng_follower *follower = calloc(1, sizeof(*follower));

	if (!follower)
		return NULL;
	follower->events = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (follower->events && !mnl_socket_bind(follower->events, RTMGRP_LINK, MNL_SOCKET_AUTOPID))
		return follower;
	free(follower);
	return NULL;
}

int ng_follower_socket(const struct ng_follower *follower)
{
	return mnl_socket_get_fd(follower->events);
}

/* That there were events is all we want to know. */
static void drain(struct ng_follower *follower)
{
	char buffer[8192]; /* MNL_SOCKET_BUFFER_SIZE is no constant */

	while (mnl_socket_recvfrom(follower->events, buffer, sizeof(buffer)) > 0)
		;
}

/* A process aside may load programs and wait for locks for seconds. */
static bool is_busy(struct ng_follower *follower)
{
	if (follower->aside && waitpid(follower->aside, NULL, WNOHANG) == follower->aside)
		follower->aside = 0;
	return follower->aside;
}

/* ---- what is due, as far as can be seen without a lock ---- */

#define TRIED (sizeof(((struct ng_follower *)0)->tried) / sizeof(struct tried))

/* By number, because an interface that was taken away and made again is another. */
static struct tried *find_tried(struct ng_follower *follower, unsigned int ifindex)
{
	struct tried *oldest = &follower->tried[0];

	for (size_t i = 0; i < TRIED; i++) {
		if (follower->tried[i].ifindex == ifindex)
			return &follower->tried[i];
		if (follower->tried[i].retry < oldest->retry)
			oldest = &follower->tried[i];
	}
	*oldest = (struct tried){ .ifindex = ifindex };
	return oldest;
}

/* What is refused is not asked for every second. */
static bool may_try(struct ng_follower *follower, unsigned int ifindex)
{
	struct tried *tried = find_tried(follower, ifindex);
	uint64_t now = ng_boot_seconds();

	if (now < tried->retry)
		return false;
	tried->retry = now + RETRY_SECONDS;
	return true;
}

/* It is guarded: should it not be one day, somebody has unloaded it, and wants that. */
static void leave_alone(struct ng_follower *follower, unsigned int ifindex)
{
	find_tried(follower, ifindex)->retry = UINT64_MAX;
}

/* A row whose interface is gone, while another has its name. */
static bool came_back(const struct ng_interface *row, struct due *due)
{
	char name[IF_NAMESIZE];

	if (!ng_interface_is_here(row) || if_indextoname(row->ifindex, name))
		return false;
	*due = (struct due){ .ifindex = if_nametoindex(row->name),
			     .monitor = row->flags & NG_INTERFACE_MONITOR,
			     .no_egress = row->flags & NG_INTERFACE_NO_EGRESS };
	snprintf(due->name, sizeof(due->name), "%s", row->name);
	return due->ifindex;
}

static bool is_row(struct ng_loader *loader, unsigned int ifindex)
{
	struct ng_interface row;

	for (unsigned int i = 0; loader && i < NG_INTERFACES_MAX; i++)
		if (ng_interface_at(loader, i, &row) && ng_interface_is_here(&row) && row.ifindex == ifindex)
			return true;
	return false;
}

/* One that the configuration names and that is here unguarded. */
static bool is_wanted(struct ng_follower *follower, struct ng_loader *loader, const struct ng_wanted *wanted,
		      struct due *due)
{
	static const char *const modes[] = {
		[NG_MODE_AUTO] = NULL, [NG_MODE_NATIVE] = "native", [NG_MODE_GENERIC] = "generic"
	};

	*due = (struct due){ .ifindex = if_nametoindex(wanted->name),
			     .mode = modes[wanted->mode],
			     .monitor = wanted->monitor };
	snprintf(due->name, sizeof(due->name), "%s", wanted->name);
	if (due->ifindex && is_row(loader, due->ifindex))
		leave_alone(follower, due->ifindex);
	return due->ifindex && may_try(follower, due->ifindex);
}

static bool find_due(struct ng_follower *follower, struct ng_loader *loader, const struct ng_config *config,
		     struct due *due)
{
	struct ng_interface row;

	for (unsigned int i = 0; loader && i < NG_INTERFACES_MAX; i++)
		if (ng_interface_at(loader, i, &row) && came_back(&row, due) && may_try(follower, due->ifindex))
			return true;
	for (size_t i = 0; i < config->wanted_count; i++)
		if (is_wanted(follower, loader, &config->wanted[i], due))
			return true;
	return false;
}

static bool is_time(const struct ng_policy *head)
{
	uint64_t now = (uint64_t)time(NULL);

	return (head->next_expiry && head->next_expiry <= now && !head->confirm_by) ||
	       (head->confirm_by && head->confirm_by <= ng_boot_seconds());
}

/* ---- doing it ---- */

/* As `ntpguard load` would, in words and deeds. */
static void guard(const struct ng_config *config, struct due *due)
{
	char *names[] = { due->name, NULL };
	struct ng_command command = { .operands = names,
				      .count = 1,
				      .bpffs = config->bpffs,
				      .mode = due->mode,
				      .monitor = due->monitor,
				      .no_egress = due->no_egress };
	int exit = ng_cmd_load(&command);

	if (exit)
		ng_journal(LOG_ERR, "%s: not guarded (exit %d); trying again in %d s", due->name, exit, RETRY_SECONDS);
	else
		ng_journal(LOG_NOTICE, "%s: guarded again", due->name);
}

static void settle(const struct ng_config *config)
{
	struct ng_command command = { .bpffs = config->bpffs };
	struct ng_loader *loader = NULL;
	struct ng_fault fault;

	if (ng_live_open(&command, NG_EDIT, &loader, &fault))
		ng_journal(LOG_ERR, "%s", fault.message);
	else
		ng_interfaces_rename(loader);
	ng_loader_close(loader);
}

static void work_aside(struct ng_follower *follower, const struct ng_config *config, struct due *due)
{
	follower->aside = fork();
	if (follower->aside < 0)
		follower->aside = 0;
	if (follower->aside)
		return;
	if (due)
		guard(config, due);
	else
		settle(config);
	_exit(0);
}

uint64_t ng_follow(struct ng_follower *follower, const struct ng_config *config)
{
	struct ng_policy head = { 0 };
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	struct due due;

	drain(follower);
	if (is_busy(follower))
		return 0;
	if (!ng_loader_open(&loader, config->bpffs, NG_WATCH, &fault))
		ng_swap_head(loader, &head);
	if (is_time(&head) || (loader && ng_interfaces_are_renamed(loader)))
		work_aside(follower, config, NULL);
	else if (find_due(follower, loader, config, &due))
		work_aside(follower, config, &due);
	ng_loader_close(loader);
	return head.next_expiry;
}
