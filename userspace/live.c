// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

int ng_live_publish(struct ng_loader *loader, const struct ng_draft *draft, uint64_t *generation,
		    struct ng_fault *fault)
{
	struct ng_policy *image = ng_compile(draft);
	int error = errno;

	if (!image) {
		if (error == E2BIG) {
			ng_fault(fault, NG_EXIT_FULL, error, "the policy has %zu entries, more than fit",
				 draft->entry_count);
			ng_fault_hint(fault, "merge prefixes that lie side by side");
		} else {
			ng_fault(fault, NG_EXIT_KERNEL, error, "compiling the policy: %s", strerror(error));
		}
		ng_fault_unchanged(fault, "policy not applied; the one before is still in force");
		return -error;
	}
	error = ng_swap_publish(loader, image, generation, fault);
	free(image);
	return error;
}

int ng_live_draft(struct ng_loader *loader, struct ng_draft *draft, struct ng_fault *fault)
{
	const struct ng_policy *current = ng_swap_current(loader);
	int error = current ? ng_draft_from_image(draft, current) : -ENOENT;

	if (error == -ENOENT) {
		ng_fault(fault, NG_EXIT_NOT_LOADED, ENOENT, "no policy is in force");
		ng_fault_hint(fault, "load one with: ntpguard load INTERFACE --policy NAME");
	} else if (error) {
		ng_fault(fault, NG_EXIT_KERNEL, -error, "reading the policy in force: %s", strerror(-error));
	}
	return error;
}

int ng_live_read(const struct ng_command *command, struct ng_draft *draft)
{
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int error = ng_loader_open(&loader, command->bpffs, NG_READ, &fault);

	if (!error)
		error = ng_live_draft(loader, draft, &fault);
	ng_loader_close(loader);
	return error ? ng_fail(command, &fault) : NG_EXIT_OK;
}

uint64_t ng_boot_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec;
}

static int unload_unconfirmed(struct ng_command *command, struct ng_loader *loader, struct ng_fault *fault)
{
	struct ng_interface row;
	int error = 0;

	for (unsigned int i = 0; i < NG_INTERFACES_MAX && !error; i++) {
		if (!ng_interface_at(loader, i, &row) || !(row.flags & NG_INTERFACE_UNCONFIRMED))
			continue;
		error = ng_detach(loader, row.name, fault);
		if (!error)
			ng_say(command, "%s: unloaded, because it was not confirmed in time", row.name);
	}
	return error;
}

static int undo_unconfirmed(struct ng_command *command, struct ng_loader *loader, struct ng_fault *fault)
{
	const struct ng_policy *current = ng_swap_current(loader);
	struct ng_policy *previous;
	uint64_t generation;
	uint32_t what;
	int error;

	if (!current || !current->confirm_by || ng_boot_seconds() < current->confirm_by)
		return 0;
	what = current->confirm;
	error = ng_swap_await(loader, 0, 0);
	if (!error && what & NG_CONFIRM_INTERFACES)
		error = unload_unconfirmed(command, loader, fault);
	previous = !error && what & NG_CONFIRM_POLICY ? ng_swap_previous(loader) : NULL;
	if (previous) {
		error = ng_swap_publish(loader, previous, &generation, fault);
		if (!error)
			ng_say(command,
			       "policy %s is back, because the one after it was not confirmed in time; generation %llu",
			       previous->name, (unsigned long long)generation);
		free(previous);
	}
	return error;
}

static int drop_expired(struct ng_command *command, struct ng_loader *loader, struct ng_fault *fault)
{
	const struct ng_policy *current = ng_swap_current(loader);
	uint64_t now = (uint64_t)time(NULL), generation;
	struct ng_draft draft;
	size_t kept = 0, before;
	int error;

	if (!current || !current->next_expiry || current->next_expiry > now || current->confirm_by)
		return 0;
	error = ng_live_draft(loader, &draft, fault);
	if (error)
		return error;
	before = draft.entry_count;
	for (size_t i = 0; i < before; i++)
		if (!draft.entries[i].expires || draft.entries[i].expires > now)
			draft.entries[kept++] = draft.entries[i];
	draft.entry_count = kept;
	error = ng_live_publish(loader, &draft, &generation, fault);
	if (!error)
		ng_say(command, "%zu entries expired; generation %llu in force", before - kept,
		       (unsigned long long)generation);
	ng_draft_free(&draft);
	return error;
}

int ng_live_open(struct ng_command *command, enum ng_access access, struct ng_loader **loader, struct ng_fault *fault)
{
	int error = ng_loader_open(loader, command->bpffs, access, fault);

	if (!error)
		error = undo_unconfirmed(command, *loader, fault);
	if (!error)
		error = drop_expired(command, *loader, fault);
	return error;
}

int ng_live_settled(struct ng_loader *loader, struct ng_fault *fault)
{
	const struct ng_policy *current = ng_swap_current(loader);

	if (!current || !current->confirm_by)
		return 0;
	ng_fault(fault, NG_EXIT_CONFLICT, EBUSY, "generation %llu awaits confirmation, for %llu s more",
		 (unsigned long long)current->generation,
		 (unsigned long long)(current->confirm_by - ng_boot_seconds()));
	ng_fault_unchanged(fault, "nothing was changed");
	ng_fault_hint(fault, "ntpguard confirm, or ntpguard rollback");
	return -EBUSY;
}

/* What the process left behind does; it has nobody to talk to. */
static void wake_later(struct ng_command *command, uint64_t seconds)
{
	struct timespec until = { .tv_sec = (time_t)(ng_boot_seconds() + seconds + 1) };
	struct ng_loader *loader = NULL;
	struct ng_fault fault;

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	command->quiet = true;
	ng_live_open(command, NG_EDIT, &loader, &fault);
	ng_loader_close(loader);
}

void ng_live_later(struct ng_command *command, uint64_t seconds)
{
	int null;

	fflush(NULL);
	if (fork())
		return;
	setsid();
	if (fork())
		_exit(0);
	prctl(PR_SET_NAME, "ntpguard-later");
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	close_range(3, ~0u, 0);
	if (chdir("/"))
		_exit(1);
	wake_later(command, seconds);
	_exit(0);
}

int ng_duration_parse(const char *text, uint64_t *seconds)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = { { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	unsigned long count;
	char *end;

	count = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || !count || count > 36500 * 86400ul)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*end != units[i].unit || (*end && end[1]))
			continue;
		*seconds = count * units[i].seconds;
		return 0;
	}
	return -EINVAL;
}
