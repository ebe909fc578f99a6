// SPDX-License-Identifier: GPL-2.0-only
/* Putting whole policies in force, and taking them back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"

static void say_still_in_force(struct ng_loader *loader, struct ng_fault *fault)
{
	const struct ng_policy *current = ng_swap_current(loader);

	if (current)
		ng_fault_unchanged(fault, "policy not applied; generation %llu still in force",
				   (unsigned long long)current->generation);
}

static void say_applied(const struct ng_command *command, const char *name, uint64_t generation, uint64_t confirm)
{
	if (command->json)
		ng_print_json(json_pack("{s:s,s:I}", "policy", name, "generation", (json_int_t)generation));
	else
		ng_say(command, "policy %s in force, generation %llu", name, (unsigned long long)generation);
	if (confirm)
		ng_say(command, "unless confirmed within %llu s (ntpguard confirm), the policy before comes back",
		       (unsigned long long)confirm);
}

/* Compares with what is in force, and puts the draft in its place unless that is only rehearsed. */
static int put(struct ng_command *command, struct ng_loader *loader, struct ng_draft *draft, uint64_t confirm,
	       struct ng_fault *fault)
{
	struct ng_draft before;
	uint64_t generation;
	int error = command->diff ? ng_live_draft(loader, &before, fault) : 0;

	if (error)
		return error;
	if (command->diff) {
		if (!ng_print_diff(&before, draft))
			ng_say(command, "no difference");
		ng_draft_free(&before);
	}
	if (command->dry_run) {
		ng_say(command, "policy %s is good; not applied (--dry-run)", draft->name);
		return 0;
	}
	draft->confirm_by = confirm ? ng_boot_seconds() + confirm : 0;
	ng_progress(command, draft->entry_count > 50000 ? "putting %zu prefixes in force" : NULL, draft->entry_count);
	error = ng_live_publish(loader, draft, &generation, fault);
	ng_progress(command, NULL);
	if (!error) {
		ng_policy_refuse(loader, 0);
		say_applied(command, draft->name, generation, confirm);
	}
	return error;
}

int ng_cmd_apply(struct ng_command *command)
{
	struct ng_loader *loader = NULL;
	struct ng_draft draft = { 0 };
	struct ng_fault fault;
	uint64_t confirm = 0;
	bool is_settled;
	int error;

	if (command->count > 1)
		return ng_fail_usage(command, "apply: one policy, please");
	if (command->confirm && ng_duration_parse(command->confirm, &confirm))
		return ng_fail_usage(command, "--confirm %s: must be a time such as 60 or 5m", command->confirm);
	error = ng_live_open(command, NG_EDIT, &loader, &fault);
	if (!error && !command->dry_run)
		error = ng_live_settled(loader, &fault);
	is_settled = !error;
	if (!error) {
		error = ng_source_read(command, command->count ? command->operands[0] : NULL, &draft, &fault);
		if (error)
			say_still_in_force(loader, &fault);
	}
	if (!error)
		error = put(command, loader, &draft, confirm, &fault);
	if (error && is_settled && !command->dry_run)
		ng_policy_refuse(loader, (uint64_t)time(NULL)); /* for who watches this host from afar */
	ng_draft_free(&draft);
	ng_loader_close(loader);
	if (!error && confirm && !command->dry_run)
		ng_live_later(command, confirm);
	return error ? ng_fail(command, &fault) : NG_EXIT_OK;
}

int ng_cmd_confirm(struct ng_command *command)
{
	const struct ng_policy *current;
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int error;

	if (command->count)
		return ng_fail_usage(command, "confirm takes no operand");
	error = ng_live_open(command, NG_EDIT, &loader, &fault);
	if (!error) {
		current = ng_swap_current(loader);
		if (!current || !current->confirm_by) {
			ng_say(command, "nothing awaits confirmation");
		} else {
			error = ng_swap_await(loader, 0, 0);
			if (!error)
				error = ng_interfaces_confirm(loader);
			if (error)
				ng_fault(&fault, NG_EXIT_KERNEL, -error, "confirming: %s", strerror(-error));
			else
				ng_say(command, "confirmed");
		}
	}
	ng_loader_close(loader);
	return error ? ng_fail(command, &fault) : NG_EXIT_OK;
}

static int go_back(struct ng_command *command, struct ng_loader *loader, struct ng_fault *fault)
{
	struct ng_policy *previous = ng_swap_previous(loader);
	uint64_t generation;
	int error;

	if (!previous) {
		ng_fault(fault, NG_EXIT_NEGATIVE, ENOENT, "there is no policy to go back to");
		say_still_in_force(loader, fault);
		return -ENOENT;
	}
	error = ng_swap_publish(loader, previous, &generation, fault);
	if (!error) {
		ng_policy_refuse(loader, 0);
		say_applied(command, previous->name, generation, 0);
	}
	free(previous);
	return error;
}

int ng_cmd_rollback(struct ng_command *command)
{
	struct ng_loader *loader = NULL;
	struct ng_fault fault;
	int error;

	if (command->count)
		return ng_fail_usage(command, "rollback takes no operand");
	error = ng_live_open(command, NG_EDIT, &loader, &fault);
	if (!error)
		error = go_back(command, loader, &fault);
	ng_loader_close(loader);
	return error ? ng_fail(command, &fault) : NG_EXIT_OK;
}

int ng_cmd_save(struct ng_command *command)
{
	struct ng_draft draft;
	int exit;

	if (command->count)
		return ng_fail_usage(command, "save takes no operand; it prints the policy");
	exit = ng_live_read(command, &draft);
	if (exit)
		return exit;
	ng_draft_print(&draft, stdout);
	ng_draft_free(&draft);
	return NG_EXIT_OK;
}
