// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "line.h"
#include "paths.h"

static int fail_verb(const struct ng_command *command, const char *name)
{
	const char *nearest = ng_word_nearest(name, ng_verbs, ng_verb_count, sizeof(ng_verbs[0]));

	if (nearest && *nearest)
		return ng_fail_usage(command, "%s: no such verb; is %s meant?", name, nearest);
	return ng_fail_usage(command, "%s: no such verb", name);
}

/* What was printed may be lost only here, where the last of it goes out. */
static int fail_output(const struct ng_command *command, int exit)
{
	struct ng_fault fault;

	ng_fault(&fault, NG_EXIT_NEGATIVE, errno, "standard output: %s", strerror(errno));
	ng_fault_hint(&fault, "what the command does is done; only its report is lost");
	ng_fail(command, &fault);
	return exit ? exit : NG_EXIT_NEGATIVE;
}

/* The exit code, or -1: go on. */
static int find_verb(struct ng_command *command, uint64_t given)
{
	const char *name = command->count ? command->operands[0] : command->help ? "help" : "";

	command->verb = ng_verb_find(name);
	if (!command->verb)
		return fail_verb(command, name);
	if (command->count) {
		command->operands++;
		command->count--;
	}
	if (command->help)
		return ng_cmd_help(command);
	if (given & ~(command->verb->options | NG_OPTION_EVERY))
		return ng_fail_usage(command, "%s does not take that option",
				     *command->verb->name ? command->verb->name : "ntpguard without a verb");
	return -1;
}

int main(int argc, char **argv)
{
	struct ng_command command = { .bpffs = getenv("NTPGUARD_BPFFS") };
	uint64_t given;
	int exit;

	if (!command.bpffs || !*command.bpffs)
		command.bpffs = NG_BPFFS;
	exit = ng_options_take(&command, argc, argv, &given) ? NG_EXIT_USAGE : find_verb(&command, given);
	if (exit >= 0)
		return exit;
	ng_loader_verbose(command.verbose);
	exit = command.verb->run(&command);
	if (fflush(stdout) || ferror(stdout))
		return fail_output(&command, exit);
	return exit;
}
