// SPDX-License-Identifier: GPL-2.0-only
#include "doctor.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum scope { HOST, INTERFACE };

static const struct {
	const char *name;
	void (*run)(struct ng_doctor *doctor);
	enum scope scope;
} checks[] = {
#define NG_CHECK(name, function, of, sentence) { name, function, of },
#include "checks.def"
#undef NG_CHECK
};

/* ---- lines ---- */

static struct ng_diagnosis *add(struct ng_doctor *doctor)
{
	size_t room = doctor->room ? 2 * doctor->room : 32;
	struct ng_diagnosis *list = doctor->list;

	if (doctor->count == doctor->room) {
		list = realloc(list, room * sizeof(*list));
		if (!list) {
			doctor->no_memory = true;
			return NULL;
		}
		doctor->list = list;
		doctor->room = room;
	}
	memset(&list[doctor->count], 0, sizeof(*list));
	return &list[doctor->count++];
}

void ng_doctor_found(struct ng_doctor *doctor, enum ng_doctor_state state, const char *format, ...)
{
	struct ng_diagnosis *diagnosis = add(doctor);
	va_list args;

	if (!diagnosis)
		return;
	diagnosis->state = state;
	diagnosis->check = doctor->check;
	if (doctor->card)
		snprintf(diagnosis->interface, sizeof(diagnosis->interface), "%s", doctor->card->name);
	va_start(args, format);
	vsnprintf(diagnosis->found, sizeof(diagnosis->found), format, args);
	va_end(args);
}

void ng_doctor_fix(struct ng_doctor *doctor, const char *format, ...)
{
	struct ng_diagnosis *last = doctor->count ? &doctor->list[doctor->count - 1] : NULL;
	va_list args;

	if (!last || last->check != doctor->check)
		return;
	va_start(args, format);
	vsnprintf(last->fix, sizeof(last->fix), format, args);
	va_end(args);
}

/* ---- files ---- */

FILE *ng_doctor_open(const struct ng_doctor *doctor, const char *path)
{
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s%s", doctor->root, path);
	return fopen(whole, "re");
}

int ng_doctor_line(const struct ng_doctor *doctor, const char *path, char *line, size_t size)
{
	FILE *file = ng_doctor_open(doctor, path);
	int error = 0;

	line[0] = '\0';
	if (!file)
		return -errno;
	if (!fgets(line, (int)size, file))
		error = ferror(file) ? -errno : -ENODATA;
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return error;
}

long ng_doctor_number(const struct ng_doctor *doctor, const char *path, long otherwise)
{
	char line[64], *end;
	long number;

	if (ng_doctor_line(doctor, path, line, sizeof(line)))
		return otherwise;
	errno = 0;
	number = strtol(line, &end, 10);
	return end == line || *end || errno ? otherwise : number;
}

/* ---- interfaces ---- */

static bool is_plain(const char *name)
{
	for (const char *at = name; *at; at++)
		if (!isascii(*at) || (!isalnum((unsigned char)*at) && !strchr("._-@:/", *at)))
			return false;
	return *name && *name != '-';
}

const char *ng_doctor_word(const char *name)
{
	static char word[512];
	size_t end = 0;

	if (is_plain(name)) {
		snprintf(word, sizeof(word), "%s", name);
		return word;
	}
	word[end++] = '\'';
	for (const char *at = name; *at && end < sizeof(word) - 6; at++)
		end += (size_t)snprintf(word + end, sizeof(word) - end, *at == '\'' ? "'\\''" : "%c", *at);
	snprintf(word + end, sizeof(word) - end, "'");
	return word;
}

const struct ng_seen *ng_doctor_seen(const struct ng_doctor *doctor, const char *name)
{
	for (uint32_t i = 0; doctor->guard && i < doctor->guard->count; i++) {
		const struct ng_seen *seen = &doctor->guard->interfaces[i];

		if (!strcmp(seen->row.name, name) && ng_interface_is_here(&seen->row))
			return seen;
	}
	return NULL;
}

static size_t add_name(char (*names)[IFNAMSIZ], size_t count, size_t room, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return count;
	if (count == room || !strcmp(name, "lo"))
		return count;
	snprintf(names[count], IFNAMSIZ, "%s", name);
	return count + 1;
}

/* Interfaces of /proc/net/route and ipv6_route whose destination and mask, or length, are 0. */
static size_t default_routes(const struct ng_doctor *doctor, char (*names)[IFNAMSIZ], size_t room)
{
	char line[512], name[IFNAMSIZ + 1];
	unsigned int destination, mask, length;
	size_t count = 0;
	FILE *file = ng_doctor_open(doctor, "/proc/net/route");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%16s %8x %*x %*x %*d %*d %*d %8x", name, &destination, &mask) == 3 && !destination &&
		    !mask)
			count = add_name(names, count, room, name);
	if (file)
		fclose(file);
	file = ng_doctor_open(doctor, "/proc/net/ipv6_route");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "00000000000000000000000000000000 %2x %*s %*x %*s %*x %*x %*x %*x %16s", &length,
			   name) == 2 &&
		    !length)
			count = add_name(names, count, room, name);
	if (file)
		fclose(file);
	return count;
}

size_t ng_doctor_interfaces(const struct ng_doctor *doctor, char (*names)[IFNAMSIZ], size_t room)
{
	size_t count = 0;

	for (uint32_t i = 0; doctor->guard && i < doctor->guard->count; i++)
		if (ng_interface_is_here(&doctor->guard->interfaces[i].row))
			count = add_name(names, count, room, doctor->guard->interfaces[i].row.name);
	return count ? count : default_routes(doctor, names, room);
}

bool ng_doctor_is_guarded(const struct ng_doctor *doctor)
{
	char names[NG_INTERFACES_MAX][IFNAMSIZ];
	size_t count = default_routes(doctor, names, NG_INTERFACES_MAX);

	if (!count)
		count = ng_doctor_interfaces(doctor, names, NG_INTERFACES_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct ng_seen *seen = ng_doctor_seen(doctor, names[i]);

		if (!seen || !seen->link.attached || seen->monitor)
			return false;
	}
	return count != 0;
}

/* ---- all of it ---- */

static void run_scope(struct ng_doctor *doctor, enum scope scope)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (checks[i].scope != scope)
			continue;
		doctor->check = checks[i].name;
		checks[i].run(doctor);
	}
}

static void run_interface(struct ng_doctor *doctor, const char *name)
{
	struct ng_card card;
	int error = ng_card_read(name, &card);

	doctor->card = &card;
	doctor->check = "guard";
	if (!error) {
		run_scope(doctor, INTERFACE);
	} else {
		ng_doctor_found(doctor, NG_DOCTOR_WARNING, "was guarded, and cannot be looked at: %s",
				strerror(-error));
		ng_doctor_fix(doctor, "ntpguard unload %s", ng_doctor_word(name));
	}
	doctor->card = NULL;
}

void ng_doctor_run(struct ng_doctor *doctor, char (*interfaces)[IFNAMSIZ], size_t count)
{
	doctor->first = count ? interfaces[0] : "IFACE";
	doctor->check = "guard";
	if (!count) {
		ng_doctor_found(doctor, NG_DOCTOR_NOTE, "no interface is guarded, and no default route leads by one");
		ng_doctor_fix(doctor, "ntpguard doctor IFACE");
	}
	for (size_t i = 0; i < count; i++)
		run_interface(doctor, interfaces[i]);
	run_scope(doctor, HOST);
}
