// SPDX-License-Identifier: GPL-2.0-only
/* The checks of the time daemon behind the guard. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chrony_lint.h"
#include "command.h"
#include "sockets.h"

#define NTP_PORT 123
#define CMDMON_PORT 323

/* ---- chrony.conf ---- */

static void tell_lint(struct ng_doctor *doctor, const char *file, const struct ng_lint *lint)
{
	size_t errors = lint->counts[NG_LINT_ERROR] + lint->counts[NG_LINT_FATAL], warnings = lint->count - errors;
	const struct ng_lint_finding *first = NULL;

	for (size_t i = 0; i < lint->count && !first; i++)
		if (!errors || lint->list[i].severity != NG_LINT_WARNING)
			first = &lint->list[i];
	if (!first) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "chronyd takes %s", file);
		return;
	}
	ng_doctor_found(doctor, errors ? NG_DOCTOR_PROBLEM : NG_DOCTOR_WARNING, "%s, %zu %s%s; the first: %s:%u: %s",
			errors ? "chronyd does not start with it" : "chronyd takes it, but not as it seems",
			errors ? errors : warnings, errors ? "error" : "warning",
			(errors ? errors : warnings) == 1 ? "" : "s", first->place.file, first->place.line,
			first->message);
	ng_doctor_fix(doctor, "ntpguard chrony lint %s%s", errors && lint->fixes ? "--fix " : "", ng_doctor_word(file));
}

void ng_check_chrony_conf(struct ng_doctor *doctor)
{
	static const struct ng_environment environment = { .read = ng_file_read, .expand = ng_file_expand };
	const char *file = ng_chrony_file();
	struct ng_lint lint;
	char *data;
	size_t size;
	int error = ng_file_read(NULL, file, &data, &size);

	if (error) {
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "%s: %s", file, strerror(-error));
		return;
	}
	error = ng_chrony_lint(&lint, file, data, size, &environment);
	if (error)
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "%s: %s", file, strerror(-error));
	else
		tell_lint(doctor, file, &lint);
	ng_lint_free(&lint);
	free(data);
}

/* ---- who listens ---- */

static void add_address(char *text, size_t room, const struct ng_socket *socket, unsigned int number)
{
	size_t size = strlen(text);

	if (number < 4)
		snprintf(text + size, room - size, "%s%s", size ? ", " : "", socket->address);
	else if (number == 4)
		snprintf(text + size, room - size, ", ...");
}

/* All sockets of one process on port 123, of which [first] is the first. */
static void tell_listener(struct ng_doctor *doctor, const struct ng_socket *sockets, size_t count, size_t first)
{
	const char *process = sockets[first].process[0] ? sockets[first].process : "somebody";
	unsigned int shown = 0;
	bool is_open = false;
	char on[256] = "";

	for (size_t i = first; i < count; i++) {
		if (sockets[i].port != NTP_PORT || strcmp(sockets[i].process, sockets[first].process))
			continue;
		add_address(on, sizeof(on), &sockets[i], shown++);
		is_open = is_open || !sockets[i].is_loopback;
	}
	if (!is_open) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%s listens on %s: this host only", process, on);
	} else if (ng_doctor_is_guarded(doctor)) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%s listens on %s, behind the guard", process, on);
	} else if (doctor->guard_unknown) {
		ng_doctor_found(doctor, NG_DOCTOR_NOTE, "%s listens on %s", process, on);
	} else {
		ng_doctor_found(doctor, NG_DOCTOR_WARNING, "%s listens on %s, and no guard drops anything before it",
				process, on);
		ng_doctor_fix(doctor, "ntpguard load %s", ng_doctor_word(doctor->first));
	}
}

static bool is_told(const struct ng_socket *sockets, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (sockets[before].port == NTP_PORT && !strcmp(sockets[before].process, sockets[i].process))
			return true;
	return false;
}

void ng_check_listening(struct ng_doctor *doctor)
{
	static struct ng_socket sockets[NG_SOCKETS_MAX];
	size_t count = ng_sockets_read(doctor, sockets, NG_SOCKETS_MAX);
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		if (sockets[i].port != NTP_PORT || is_told(sockets, i))
			continue;
		tell_listener(doctor, sockets, count, i);
		found = true;
	}
	if (!found)
		ng_doctor_found(doctor, NG_DOCTOR_OK, "nobody listens on port 123");
}

void ng_check_cmdport(struct ng_doctor *doctor)
{
	static struct ng_socket sockets[NG_SOCKETS_MAX];
	size_t count = ng_sockets_read(doctor, sockets, NG_SOCKETS_MAX);

	for (size_t i = 0; i < count; i++) {
		if (sockets[i].port != CMDMON_PORT || sockets[i].is_loopback)
			continue;
		ng_doctor_found(doctor, NG_DOCTOR_WARNING, "chronyd's command port is open on %s, port %d",
				sockets[i].address, CMDMON_PORT);
		ng_doctor_fix(doctor, "sed -i '/^[[:space:]]*bindcmdaddress/d' %s && systemctl restart chrony",
			      ng_doctor_word(ng_chrony_file()));
		return;
	}
	ng_doctor_found(doctor, NG_DOCTOR_OK, "the command port is not open to others");
}
