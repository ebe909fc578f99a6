// SPDX-License-Identifier: GPL-2.0-only
#include "command.h"

int ng_cmd_check(struct ng_command *command)
{
	struct ng_draft draft;
	struct ng_fault fault;

	if (command->count > 1)
		return ng_fail_usage(command, "check: one policy, please");
	if (ng_source_read(command, command->count ? command->operands[0] : NULL, &draft, &fault))
		return ng_fail(command, &fault);
	if (command->verbose)
		ng_draft_print(&draft, stdout);
	else
		ng_say(command, "policy %s is good: %zu entries", draft.name, draft.entry_count);
	ng_draft_free(&draft);
	return NG_EXIT_OK;
}
