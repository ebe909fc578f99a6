// SPDX-License-Identifier: GPL-2.0-only
/* The table of options, and the taking apart of command lines by it. */
#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "command.h"

const struct ng_option ng_options[NG_OPTIONS] = {
#define NG_FLAG(name, letter, field, bit) { name, letter, false, offsetof(struct ng_command, field) },
#define NG_VALUE(name, letter, field, bit) { name, letter, true, offsetof(struct ng_command, field) },
#include "options.def"
#undef NG_FLAG
#undef NG_VALUE
};

#define LONG 256 /* getopt's value of option 0 where it has no letter */

/* The tables that getopt_long() wants. */
static void make_tables(struct option *table, char *letters)
{
	*letters++ = ':';
	for (int i = 0; i < NG_OPTIONS; i++) {
		const struct ng_option *option = &ng_options[i];

		table[i] = (struct option){ .name = option->name,
					    .has_arg = option->has_value ? required_argument : no_argument,
					    .val = LONG + i };
		if (!option->letter)
			continue;
		*letters++ = option->letter;
		if (option->has_value)
			*letters++ = ':';
	}
	*letters = '\0';
	table[NG_OPTIONS] = (struct option){ 0 };
}

/* The option's number by what getopt_long() returned; -1: none. */
static int number_of(int value)
{
	if (value >= LONG)
		return value - LONG;
	for (int i = 0; i < NG_OPTIONS; i++)
		if (ng_options[i].letter == value)
			return i;
	return -1;
}

static void take(struct ng_command *command, int number)
{
	char *field = (char *)command + ng_options[number].offset;

	if (number == NG_NUMBER_LOCAL) {
		if (command->locals < NG_LOCALS_MAX)
			command->local[command->locals] = optarg;
		command->locals++;
	} else if (ng_options[number].has_value) {
		*(const char **)field = optarg;
	} else {
		*(bool *)field = true;
	}
}

int ng_options_take(struct ng_command *command, int argc, char **argv, uint64_t *given)
{
	struct option table[NG_OPTIONS + 1];
	char letters[2 * NG_OPTIONS + 2];
	int value, number;

	for (int i = 1; i < argc; i++) /* so that a fault of an option before it is told in JSON, too */
		command->json |= !strcmp(argv[i], "--json");
	*given = 0;
	make_tables(table, letters);
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		number = value == ':' || value == '?' ? -1 : number_of(value);
		if (number < 0) {
			ng_fail_usage(command, value == ':' ? "%s needs a value" : "%s: no such option",
				      argv[optind - 1]);
			return -1;
		}
		take(command, number);
		*given |= 1ULL << number;
	}
	command->operands = argv + optind;
	command->count = argc - optind;
	return 0;
}
