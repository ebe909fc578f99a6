// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

static int parse_mode(struct ng_command *command, enum ng_mode *mode)
{
	static const char *const modes[] = { "auto", "native", "generic" };

	*mode = NG_MODE_AUTO;
	for (int i = 0; command->mode; i++) {
		if (i == 3)
			return ng_fail_usage(command, "--mode %s: must be auto, native or generic", command->mode);
		*mode = (enum ng_mode)i;
		if (!strcmp(command->mode, modes[i]))
			break;
	}
	return 0;
}

/* --memory: bytes, or with K or M. */
static int take_memory(struct ng_command *command)
{
	char *end;
	uint64_t size;

	if (!command->memory)
		return 0;
	errno = 0;
	size = strtoull(command->memory, &end, 10);
	if (*end == 'K' || *end == 'M')
		size <<= *end++ == 'K' ? 10 : 20;
	if (errno || end == command->memory || *command->memory == '-' || *end || !ng_loader_memory_wanted(size))
		return ng_fail_usage(command, "--memory %s: must be %lluK to %lluM, such as 16M", command->memory,
				     NG_MEMORY_MIN >> 10, NG_MEMORY_MAX >> 20);
	return 0;
}

/* What is settled when the pins are made: their size, and who is regular. */
static int settle_pins(struct ng_command *command, struct ng_loader *loader, struct ng_fault *fault)
{
	uint64_t before = ng_loader_memory(loader);

	if (ng_loader_is_new(loader))
		return ng_state_restore(command, loader, fault);
	if (command->state)
		ng_say(command, "--state %s: not read, because ntpguard is loaded already", command->state);
	if (!command->memory || ng_loader_memory_is(loader))
		return 0;
	ng_fault(fault, NG_EXIT_CONFLICT, EBUSY, "--memory %s: the limits have %llu KiB since they were loaded",
		 command->memory, (unsigned long long)before >> 10);
	ng_fault_unchanged(fault, "nothing was changed");
	ng_fault_hint(fault, "unload all interfaces first (ntpguard save-state keeps the regulars of one size only)");
	return -EBUSY;
}

/* The first policy; or another, where one was asked for by name. */
static int put_policy(struct ng_command *command, struct ng_loader *loader, uint64_t confirm, struct ng_fault *fault)
{
	struct ng_draft draft;
	uint64_t generation;
	int error;

	if (ng_swap_current(loader) && !command->policy)
		return 0;
	error = ng_source_read(command, command->policy, &draft, fault);
	if (error)
		return error;
	if (confirm && ng_swap_current(loader))
		draft.confirm_by = ng_boot_seconds() + confirm;
	error = ng_live_publish(loader, &draft, &generation, fault);
	if (!error)
		ng_policy_refuse(loader, 0);
	ng_draft_free(&draft);
	return error;
}

static int attach_one(struct ng_command *command, struct ng_loader *loader, const char *name,
		      const struct ng_attach_options *options, struct ng_fault *fault)
{
	static const char *const results[] = { [NG_ATTACHED] = "loaded",
					       [NG_UNCHANGED] = "unchanged, it was loaded already",
					       [NG_MONITOR_CHANGED] = "monitor mode changed",
					       [NG_UPGRADED] = "upgraded" };
	enum ng_attached result;
	char note[400];

	if (ng_attach(loader, name, options, &result, note, sizeof(note), fault))
		return fault->exit;
	ng_say(command, "%s: %s%s", name, results[result], options->monitor ? " (monitor: nothing is dropped)" : "");
	if (note[0])
		ng_say(command, "%s", note);
	if (options->no_egress && result == NG_ATTACHED)
		ng_say(command, "%s: without a program on the way out; replies any, unless the policy says listed",
		       name);
	return 0;
}

static int attach_all(struct ng_command *command, struct ng_loader *loader, const struct ng_attach_options *options)
{
	struct ng_fault fault;
	int failed = 0, first = 0;

	for (int i = 0; i < command->count; i++) {
		if (!attach_one(command, loader, command->operands[i], options, &fault))
			continue;
		ng_fail(command, &fault);
		first = failed++ ? first : (int)fault.exit;
	}
	return failed && failed < command->count ? NG_EXIT_PARTIAL : first;
}

static void say_policy(const struct ng_command *command, struct ng_loader *loader)
{
	const struct ng_policy *policy = ng_swap_current(loader);

	if (policy)
		ng_say(command, "policy %s in force, generation %llu", policy->name,
		       (unsigned long long)policy->generation);
}

/* What is undone unless the user, who may have cut themselves off, confirms it. */
static int await_confirmation(struct ng_command *command, struct ng_loader *loader, uint64_t confirm,
			      struct ng_fault *fault)
{
	const struct ng_policy *current = ng_swap_current(loader);
	int error;

	if (!confirm || !current)
		return 0;
	error = ng_swap_await(loader, ng_boot_seconds() + confirm, current->confirm | NG_CONFIRM_INTERFACES);
	if (error)
		return ng_fault(fault, NG_EXIT_KERNEL, -error, "--confirm: %s", strerror(-error));
	ng_say(command, "unless confirmed within %llu s (ntpguard confirm), this is undone",
	       (unsigned long long)confirm);
	return 0;
}

static int load(struct ng_command *command, struct ng_loader *loader, const struct ng_attach_options *options,
		uint64_t confirm, struct ng_fault *fault)
{
	int exit;

	if (ng_live_settled(loader, fault) || settle_pins(command, loader, fault) ||
	    put_policy(command, loader, confirm, fault))
		return ng_fail(command, fault);
	exit = attach_all(command, loader, options);
	if (exit != NG_EXIT_OK && exit != NG_EXIT_PARTIAL)
		return exit;
	say_policy(command, loader);
	return await_confirmation(command, loader, confirm, fault) ? ng_fail(command, fault) : exit;
}

int ng_cmd_load(struct ng_command *command)
{
	struct ng_attach_options options = { .monitor = command->monitor,
					     .monitor_given = true,
					     .no_egress = command->no_egress };
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	uint64_t confirm = 0;
	int exit;

	if (!command->count)
		return ng_fail_usage(command, "load: which interface? (ip -brief link lists them)");
	if (command->confirm && ng_duration_parse(command->confirm, &confirm))
		return ng_fail_usage(command, "--confirm %s: must be a time such as 60 or 5m", command->confirm);
	exit = parse_mode(command, &options.mode);
	if (!exit)
		exit = take_memory(command);
	if (exit)
		return exit;
	options.unconfirmed = confirm;
	if (ng_live_open(command, NG_CREATE, &loader, &fault))
		exit = ng_fail(command, &fault);
	else
		exit = load(command, loader, &options, confirm, &fault);
	ng_loader_close(loader);
	if (confirm && (exit == NG_EXIT_OK || exit == NG_EXIT_PARTIAL))
		ng_live_later(command, confirm);
	return exit;
}

static int detach_all(struct ng_command *command, struct ng_loader *loader)
{
	struct ng_interface row;
	struct ng_fault fault;
	int exit = 0;

	for (unsigned int i = 0; i < NG_INTERFACES_MAX; i++) {
		if (!ng_interface_at(loader, i, &row))
			continue;
		if (ng_detach(loader, row.name, &fault))
			exit = ng_fail(command, &fault);
		else
			ng_say(command, "%s: unloaded", row.name);
	}
	return exit;
}

static int detach_named(struct ng_command *command, struct ng_loader *loader)
{
	struct ng_fault fault;
	int failed = 0, first = 0;

	for (int i = 0; i < command->count; i++) {
		if (!ng_detach(loader, command->operands[i], &fault)) {
			ng_say(command, "%s: unloaded", command->operands[i]);
			continue;
		}
		ng_fail(command, &fault);
		first = failed++ ? first : (int)fault.exit;
	}
	return failed && failed < command->count ? NG_EXIT_PARTIAL : first;
}

int ng_cmd_unload(struct ng_command *command)
{
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int exit;

	if (!command->count == !command->all)
		return ng_fail_usage(command, "unload: name interfaces, or say --all");
	if (ng_loader_open(&loader, command->bpffs, NG_EDIT, &fault)) {
		if (fault.exit != NG_EXIT_NOT_LOADED || !command->all)
			return ng_fail(command, &fault);
		ng_say(command, "ntpguard is not loaded on any interface: nothing to do");
		return NG_EXIT_OK;
	}
	exit = command->all ? detach_all(command, loader) : detach_named(command, loader);
	ng_loader_close(loader);
	return exit;
}
