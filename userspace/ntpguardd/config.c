// SPDX-License-Identifier: GPL-2.0-only
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "journal.h"
#include "line.h"
#include "paths.h"

/* One line, and what it changes. */
struct reading {
	struct ng_parser parser;
	struct ng_config *config;
};

/* A word of the file: who takes what follows it, and into which field. */
struct setting {
	const char *word, *arguments;
	int (*take)(struct reading *reading, const struct setting *setting);
	size_t offset, size;
};

static int take_word(struct reading *reading, const struct setting *setting)
{
	struct ng_parser *parser = &reading->parser;
	char *to = (char *)reading->config + setting->offset;

	if (parser->words != 2)
		return ng_line_error(parser, parser->words > 2 ? 2 : 1, "%s takes one word", parser->word[0]);
	if (strlen(parser->word[1]) >= setting->size)
		return ng_line_error(parser, 1, "longer than %zu bytes", setting->size - 1);
	snprintf(to, setting->size, "%s", parser->word[1]);
	return 0;
}

/* As chrony's bindcmdaddress: a path, or a lone slash for none. */
static int take_path(struct reading *reading, const struct setting *setting)
{
	char *to = (char *)reading->config + setting->offset;
	int error = take_word(reading, setting);

	if (!error && *to != '/')
		error = ng_line_error(&reading->parser, 1, "must be a path that starts with /, or / for none");
	if (!error && !to[1])
		*to = '\0';
	return error;
}

/* The range is the one that help and README show; such fields are of 16 bits. */
static int take_number(struct reading *reading, const struct setting *setting)
{
	struct ng_parser *parser = &reading->parser;
	uint16_t *to = (uint16_t *)((char *)reading->config + setting->offset);
	long least, most, number;
	int error;

	if (parser->words > 2)
		return ng_line_error(parser, 2, "%s takes one number", parser->word[0]);
	if (sscanf(setting->arguments, "%ld..%ld", &least, &most) != 2)
		return -EINVAL;
	error = ng_line_number(parser, 1, parser->word[0], least, most, &number);
	if (!error)
		*to = (uint16_t)number;
	return error;
}

static bool take_mode(const char *word, enum ng_mode *mode)
{
	static const char *const words[] = {
		[NG_MODE_AUTO] = "auto", [NG_MODE_NATIVE] = "native", [NG_MODE_GENERIC] = "generic"
	};

	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(word, words[i]))
			continue;
		*mode = (enum ng_mode)i;
		return true;
	}
	return false;
}

static int take_interface(struct reading *reading, const struct setting *setting)
{
	struct ng_config *config = reading->config;
	struct ng_wanted wanted = { .mode = NG_MODE_AUTO };
	struct ng_parser *parser = &reading->parser;

	(void)setting;
	if (parser->words < 2 || strlen(parser->word[1]) >= sizeof(wanted.name))
		return ng_line_error(parser, 1, "interface takes a name of at most 15 bytes");
	if (config->wanted_count == NG_WANTED_MAX)
		return ng_line_error(parser, 0, "more than %d interfaces", NG_WANTED_MAX);
	snprintf(wanted.name, sizeof(wanted.name), "%s", parser->word[1]);
	for (size_t i = 2; i < parser->words; i++) {
		if (!strcasecmp(parser->word[i], "monitor"))
			wanted.monitor = true;
		else if (!take_mode(parser->word[i], &wanted.mode))
			return ng_line_error(parser, i, "must be auto, native, generic or monitor");
	}
	config->wanted[config->wanted_count++] = wanted;
	return 0;
}

static const struct setting settings[] = {
#define NG_SETTING(word, taker, arguments, sentence, field)                                                            \
	{ word, arguments, take_##taker, offsetof(struct ng_config, field), sizeof(((struct ng_config *)0)->field) },
#include "settings.def"
#undef NG_SETTING
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int unknown(struct ng_parser *parser)
{
	const char *meant = ng_word_nearest(parser->word[0], settings, SETTINGS, sizeof(settings[0]));

	if (meant)
		return ng_line_error(parser, 0, "%s: no such setting; is %s meant?", parser->word[0], meant);
	return ng_line_error(parser, 0, "%s: no such setting", parser->word[0]);
}

static int take_line(struct reading *reading)
{
	int error = ng_line_cut(&reading->parser, true);

	if (error || !reading->parser.words)
		return error;
	for (size_t i = 0; i < SETTINGS; i++)
		if (!strcasecmp(reading->parser.word[0], settings[i].word))
			return settings[i].take(reading, &settings[i]);
	return unknown(&reading->parser);
}

void ng_config_init(struct ng_config *config)
{
	*config = (struct ng_config){ .user = "ntpguard",
				      .group = "ntpguard",
				      .bpffs = NG_BPFFS,
				      .hours = NG_HOURS_FILE,
				      .cmdsocket = NG_RUN_DIR "/cmdmon/ntpguardd.sock",
				      .control = NG_RUN_DIR "/control.sock",
				      .chronyd = "/run/chrony/chronyd.sock",
				      .cmdport = 11323,
				      .metricsport = 9623,
				      .chronydport = 323,
				      .serverstats = 4,
				      .ntpdata = 2 };
}

/* In chrony's place, where chronyd has `cmdport 0`, chronyd is not to be found at the same port. */
static void settle(struct ng_config *config)
{
	if (config->chronydport == config->cmdport)
		config->chronydport = 0;
}

int ng_config_parse(struct ng_config *config, const char *file, const char *data, size_t size,
		    struct ng_findings *findings)
{
	struct reading *reading = calloc(1, sizeof(*reading));

	memset(findings, 0, sizeof(*findings));
	if (!reading)
		return -ENOMEM;
	reading->config = config;
	reading->parser.findings = findings;
	reading->parser.file = file;
	while (ng_line_next(&reading->parser, &data, &size))
		take_line(reading); /* which has told of its errors */
	settle(config);
	free(reading);
	return findings->errors ? -EINVAL : 0;
}

/* Each finding as a line of its own, its text and caret left out. */
static void tell(const struct ng_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct ng_finding *finding = &findings->list[i];

		ng_journal(finding->is_error ? LOG_ERR : LOG_WARNING, "%s:%u:%u: %s", finding->file, finding->line,
			   finding->column, finding->message);
	}
}

bool ng_config_reply_path(const struct ng_config *config, char *path, size_t size)
{
	const char *slash = strrchr(config->chronyd, '/');
	int length = slash ? (int)(slash - config->chronyd) : 0;

	return slash && snprintf(path, size, "%.*s/ntpguardd.sock", length, config->chronyd) < (int)size;
}

/* A socket that is named twice would be taken away from itself, or asked by itself. */
static int check_sockets(const struct ng_config *config, const char *path)
{
	char reply[sizeof(config->chronyd)];
	const char *sockets[] = { config->cmdsocket, config->control, config->chronyd, reply };

	if (!ng_config_reply_path(config, reply, sizeof(reply)))
		reply[0] = '\0';
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++)
		for (size_t j = i + 1; j < sizeof(sockets) / sizeof(sockets[0]); j++)
			if (*sockets[i] && !strcmp(sockets[i], sockets[j])) {
				ng_journal(LOG_ERR,
					   "%s: %s is wanted twice; bindcmdaddress, controlsocket, chronyd, and "
					   "ntpguardd.sock beside it, must differ",
					   path, sockets[i]);
				return -EINVAL;
			}
	return 0;
}

int ng_config_read(struct ng_config *config, const char *path, bool required)
{
	struct ng_findings findings;
	char *data;
	size_t size;
	int error = ng_file_read(NULL, path, &data, &size);

	if (error == -ENOENT && !required)
		return 0;
	if (error) {
		ng_journal(LOG_ERR, "%s: %s", path, strerror(-error));
		return error;
	}
	error = ng_config_parse(config, path, data, size, &findings);
	tell(&findings);
	ng_findings_free(&findings);
	free(data);
	return error ? error : check_sockets(config, path);
}
