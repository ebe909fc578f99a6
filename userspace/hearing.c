// SPDX-License-Identifier: GPL-2.0-only
#include "hearing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "line.h"
#include "snapshot.h"

#define WAIT_MS 1000

static volatile sig_atomic_t was_ended;

static void end(int signal)
{
	(void)signal;
	was_ended = 1;
}

/* ---- whom to hear ---- */

static int take_reason(const struct ng_command *command, const char *reason, uint32_t *verdicts)
{
	const char *nearest;

	for (int i = 0; i < NG_VERDICTS; i++)
		if (!strcmp(ng_verdict_texts[i].label, reason)) {
			*verdicts |= 1u << i;
			return 0;
		}
	nearest = ng_word_nearest(reason, ng_verdict_texts, NG_VERDICTS, sizeof(ng_verdict_texts[0]));
	if (nearest)
		return ng_fail_usage(command, "--reason %s: no such reason; is %s meant?", reason, nearest);
	return ng_fail_usage(command, "--reason %s: no such reason (ntpguard counters -v shows all)", reason);
}

/* Without --reason: whatever drops. */
static int take_reasons(const struct ng_command *command, uint32_t *verdicts)
{
	char list[512], *rest = NULL, *word;
	int exit;

	*verdicts = 0;
	for (int i = 0; !command->reason && i < NG_VERDICTS; i++)
		*verdicts |= ng_verdict_texts[i].drops ? 1u << i : 0;
	if (!command->reason)
		return 0;
	if (!*command->reason || strlen(command->reason) >= sizeof(list))
		return ng_fail_usage(command, "--reason: a reason, or several with commas, such as mode7,mode6");
	snprintf(list, sizeof(list), "%s", command->reason);
	for (word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		exit = take_reason(command, word, verdicts);
		if (exit)
			return exit;
	}
	return *verdicts ? 0 : ng_fail_usage(command, "--reason %s: no reason is in it", command->reason);
}

static int take_prefix(const struct ng_command *command, struct ng_listen *what)
{
	struct ng_prefix prefix, address;
	char text[NG_PREFIX_TEXT];
	const char *why;

	if (!command->from)
		return 0;
	if (ng_prefix_parse(command->from, &prefix, &why))
		return ng_fail_usage(command, "--from %s: %s", command->from, why);
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(command->from, "/"), command->from);
	if (!ng_prefix_parse(text, &address, &why) && memcmp(address.address, prefix.address, sizeof(prefix.address)))
		return ng_fail_usage(command, "--from %s: has bits behind its length; is %s meant?", command->from,
				     ng_prefix_format(&prefix, text));
	what->family = prefix.family;
	what->length = prefix.length;
	memcpy(what->address, prefix.address, sizeof(what->address));
	return 0;
}

int ng_hearing_take(const struct ng_command *command, struct ng_hearing *hearing)
{
	char *rest;
	int exit;

	hearing->command = command;
	if (command->rows) {
		hearing->most = strtoull(command->rows, &rest, 10);
		if (*command->rows < '0' || *command->rows > '9' || *rest || !hearing->most)
			return ng_fail_usage(command, "-n %s: must be a number of packets, from 1 on", command->rows);
	}
	exit = take_reasons(command, &hearing->what.verdicts);
	return exit ? exit : take_prefix(command, &hearing->what);
}

/* ---- hearing ---- */

static int take_event(void *context, const struct ng_event *event)
{
	struct ng_hearing *hearing = context;

	hearing->exit = hearing->each(hearing, event);
	if (hearing->exit)
		return -ECANCELED;
	hearing->told++;
	hearing->stood_for += event->weight;
	return hearing->most && hearing->told >= hearing->most ? -ECANCELED : 0;
}

static int fail_of(struct ng_hearing *hearing, int error)
{
	struct ng_fault fault;

	if (error == -ENOENT) {
		ng_fault(&fault, NG_EXIT_NOT_LOADED, ENOENT, "ntpguard was unloaded meanwhile");
		ng_fault_hint(&fault, "what came until then was told");
	} else if (error == -ESTALE) {
		ng_fault(&fault, NG_EXIT_CONFLICT, ESTALE,
			 "this command was stopped for more than 5 s, and another listens in its place");
		ng_fault_hint(&fault, "start it again");
	} else {
		ng_fault(&fault, NG_EXIT_KERNEL, -error, "listening to the programs: %s", strerror(-error));
	}
	return ng_fail(hearing->command, &fault);
}

static int listen_on(struct ng_hearing *hearing, struct ng_listener *listener)
{
	int got = 0;

	while (!was_ended && got >= 0) {
		got = ng_listener_wait(listener, WAIT_MS, take_event, hearing);
		if (got == -EINTR)
			got = 0;
	}
	if (got == -ECANCELED || was_ended)
		return hearing->exit;
	return fail_of(hearing, got);
}

/* From the clock that the programs go by to the wall's. */
static int64_t wall_offset(void)
{
	struct timespec wall, own;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_MONOTONIC, &own);
	return (int64_t)(wall.tv_sec - own.tv_sec) * 1000000000 + wall.tv_nsec - own.tv_nsec;
}

static void heed_signals(void)
{
	struct sigaction action = { .sa_handler = end };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int ng_hearing_run(struct ng_hearing *hearing)
{
	struct ng_listener *listener = NULL;
	struct ng_fault fault;
	int exit;

	heed_signals();
	if (ng_loader_open(&hearing->loader, hearing->command->bpffs, NG_WATCH, &fault))
		return ng_fail(hearing->command, &fault);
	if (ng_listener_begin(hearing->loader, &hearing->what, &listener, &fault)) {
		ng_loader_close(hearing->loader);
		return ng_fail(hearing->command, &fault);
	}
	hearing->wall_ns = wall_offset();
	exit = hearing->begin(hearing);
	if (!exit)
		exit = listen_on(hearing, listener);
	ng_listener_end(listener);
	ng_loader_close(hearing->loader);
	return exit;
}

void ng_hearing_interface(struct ng_hearing *hearing, const struct ng_event *event, char *name, size_t size)
{
	struct ng_interface row;

	if (ng_interface_at(hearing->loader, event->interface, &row))
		snprintf(name, size, "%s", row.name);
	else
		snprintf(name, size, "gone");
}

uint64_t ng_hearing_time(const struct ng_hearing *hearing, const struct ng_event *event)
{
	return event->when_ns + (uint64_t)hearing->wall_ns;
}
