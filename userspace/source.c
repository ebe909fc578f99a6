// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "paths.h"

/* policies/ as built into the command (Makefile); the last has no name. */
extern const struct {
	const char *name, *data, *end;
} ng_builtin_policies[];

/* A million prefixes are 20 MB, and the largest state 256 MB; /dev/zero has no end. */
#define FILE_MOST (512u << 20)

int ng_file_read(void *unused, const char *path, char **data, size_t *size)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	size_t room = 1 << 16;
	int error = 0;
	char *grown;

	(void)unused;
	*size = 0;
	*data = file ? malloc(room + 1) : NULL;
	if (!*data)
		return -errno;
	while (!error) {
		*size += fread(*data + *size, 1, room - *size, file);
		if (*size < room)
			break;
		grown = room < FILE_MOST ? realloc(*data, 2 * room + 1) : NULL;
		error = grown ? 0 : room < FILE_MOST ? ENOMEM : EFBIG;
		*data = grown ? grown : *data;
		room *= 2;
	}
	error = ferror(file) ? errno : error;
	(*data)[*size] = '\0';
	if (file != stdin)
		fclose(file);
	if (error) {
		free(*data);
		*data = NULL;
	}
	return -error;
}

int ng_file_expand(void *unused, const char *pattern, char ***paths)
{
	glob_t found = { 0 };
	int error = glob(pattern, GLOB_NOMAGIC | GLOB_ERR, NULL, &found), count = 0;

	(void)unused;
	*paths = NULL;
	if (error)
		return error == GLOB_NOMATCH ? 0 : error == GLOB_NOSPACE ? -ENOMEM : -EACCES;
	*paths = calloc(found.gl_pathc + 1, sizeof(**paths));
	for (size_t i = 0; *paths && i < found.gl_pathc; i++) {
		(*paths)[count] = strdup(found.gl_pathv[i]);
		count += (*paths)[count] != NULL;
	}
	globfree(&found);
	return *paths ? count : -ENOMEM;
}

/* The host's addresses, loopback and all, in an array that the caller frees. */
static size_t own_addresses(struct ng_prefix **own)
{
	struct ifaddrs *all = NULL;
	size_t count = 0, room = 0;

	*own = NULL;
	if (getifaddrs(&all))
		return 0;
	for (struct ifaddrs *i = all; i; i = i->ifa_next)
		room++;
	*own = calloc(room + 1, sizeof(**own));
	for (struct ifaddrs *i = all; i && *own; i = i->ifa_next) {
		struct ng_prefix *prefix = &(*own)[count];

		if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET) {
			memcpy(prefix->address, &((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr, 4);
			prefix->family = NG_IPV4;
		} else if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET6) {
			memcpy(prefix->address, &((struct sockaddr_in6 *)(void *)i->ifa_addr)->sin6_addr, 16);
			prefix->family = NG_IPV6;
		} else {
			continue;
		}
		prefix->length = ng_prefix_bits[prefix->family];
		count++;
	}
	freeifaddrs(all);
	return count;
}

const char *ng_builtin_policy_name(size_t number)
{
	return ng_builtin_policies[number].name;
}

const char *ng_builtin_policy(const char *name, size_t *size)
{
	for (int i = 0; ng_builtin_policies[i].name; i++) {
		if (strcmp(name, ng_builtin_policies[i].name))
			continue;
		*size = (size_t)(ng_builtin_policies[i].end - ng_builtin_policies[i].data);
		return ng_builtin_policies[i].data;
	}
	return NULL;
}

/* The text of a policy by name; `label` becomes what errors and `test` call it. */
static int find(const char *name, char **data, size_t *size, char *label, size_t label_size)
{
	const char *text;

	if (!name && !access(NG_POLICY_FILE, F_OK))
		name = NG_POLICY_FILE;
	if (!name)
		name = "vps";
	text = ng_builtin_policy(name, size);
	if (text) {
		snprintf(label, label_size, "%s.policy", name);
		*data = strdup(text);
		return *data ? 0 : -ENOMEM;
	}
	snprintf(label, label_size, "%s", name);
	return ng_file_read(NULL, name, data, size);
}

static int not_found(const char *label, int error, struct ng_fault *fault)
{
	char names[128] = "";
	size_t end = 0;

	for (int i = 0; ng_builtin_policies[i].name && end < sizeof(names); i++)
		end += (size_t)snprintf(names + end, sizeof(names) - end, " %s", ng_builtin_policies[i].name);
	ng_fault(fault, NG_EXIT_NEGATIVE, -error, "policy %s: %s", label, strerror(-error));
	ng_fault_unchanged(fault, "nothing was changed");
	ng_fault_hint(fault, "give a file, or one of:%s", names);
	return error;
}

int ng_source_read_for(const struct ng_command *command, const char *name, const struct ng_prefix *own,
		       size_t own_count, struct ng_draft *draft, struct ng_fault *fault)
{
	struct ng_environment environment = {
		.read = ng_file_read, .expand = ng_file_expand, .own = own, .own_count = own_count
	};
	struct ng_findings *findings = calloc(1, sizeof(*findings));
	char label[NG_FILE_MAX], *data = NULL;
	size_t size = 0;
	int error = findings ? find(name, &data, &size, label, sizeof(label)) : -ENOMEM;

	ng_draft_init(draft);
	if (error) {
		free(findings);
		return not_found(name ? name : NG_POLICY_FILE, error, fault);
	}
	error = ng_policy_parse(draft, label, data, size, &environment, findings);
	if (error || !command->quiet)
		ng_findings_print(findings, stderr);
	if (error) {
		ng_fault(fault, NG_EXIT_NEGATIVE, -error, "policy %s has %zu error%s", label, findings->errors,
			 findings->errors == 1 ? "" : "s");
		ng_fault_unchanged(fault, "policy not applied; nothing was changed");
		ng_draft_free(draft);
	}
	if (!error && command->verbose && findings->skipped_count)
		fprintf(stderr, "skipped, because they are not the firewall's business:\n%s", findings->skipped);
	ng_findings_free(findings);
	free(findings);
	free(data);
	return error;
}

int ng_source_read(const struct ng_command *command, const char *name, struct ng_draft *draft, struct ng_fault *fault)
{
	struct ng_prefix *own = NULL;
	size_t count = own_addresses(&own);
	int error = ng_source_read_for(command, name, own, count, draft, fault);

	free(own);
	return error;
}
