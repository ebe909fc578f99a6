// SPDX-License-Identifier: GPL-2.0-only
/* The report for people, of the sentences in evidence.def. */
#include "evidence.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "unicode.h"
#include "version.h"

#define COLUMNS 78
#define HOURS_SHOWN 24

#define NG_PROBE(id, label, direction, length, bytes, en, ja)
#define NG_REASON(verdict, ja)
enum sentence {
#define NG_SENTENCE(id, en, ja) id,
#include "evidence.def"
#undef NG_SENTENCE
};
static const char *const sentences[][NG_LANGUAGES] = {
#define NG_SENTENCE(id, en, ja) [id] = { en, ja },
#include "evidence.def"
#undef NG_SENTENCE
};
#undef NG_REASON
#undef NG_PROBE

#define NG_SENTENCE(id, en, ja)
#define NG_PROBE(id, label, direction, length, bytes, en, ja)
static const char *const reasons_ja[NG_VERDICTS] = {
#define NG_REASON(verdict, ja) [NG_V_##verdict] = ja,
#include "evidence.def"
#undef NG_REASON
};
#undef NG_PROBE
#define NG_REASON(verdict, ja)
static const char *const probes[NG_PROBES][NG_LANGUAGES] = {
#define NG_PROBE(id, label, direction, length, bytes, en, ja) [NG_PROBE_##id] = { en, ja },
#include "evidence.def"
#undef NG_PROBE
};
#undef NG_REASON
#undef NG_SENTENCE

/* The report being written. Words that are made for it stay until NUMBERS more are. */
#define NUMBERS 16
struct report {
	const struct ng_evidence *evidence;
	enum ng_language language;
	FILE *to;
	char text[NUMBERS][96];
	unsigned int texts;
};

static char *fresh(struct report *report)
{
	return report->text[report->texts++ % NUMBERS];
}

static const char *number(struct report *report, uint64_t value)
{
	char *text = fresh(report);

	snprintf(text, sizeof(report->text[0]), "%llu", (unsigned long long)value);
	return text;
}

static const char *moment(struct report *report, uint64_t when)
{
	time_t seconds = (time_t)when;
	char *text = fresh(report), utc[32], local[48];
	struct tm parts;

	strftime(utc, sizeof(utc), "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&seconds, &parts));
	strftime(local, sizeof(local), "%Y-%m-%d %H:%M:%S %z", localtime_r(&seconds, &parts));
	snprintf(text, sizeof(report->text[0]), parts.tm_gmtoff ? "%s (%s)" : "%s", utc, local);
	return text;
}

static const char *word(const struct report *report, enum sentence sentence)
{
	return sentences[sentence][report->language];
}

/* ---- lines ---- */

#define VALUES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static bool is_place(const char *at)
{
	return at[0] == '{' && at[1] >= '1' && at[1] <= '9' && at[2] == '}';
}

/* The sentence with its places filled, which the caller frees. */
static char *filled(const char *sentence, const char *const *values)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	for (const char *at = sentence; *at; at++) {
		if (is_place(at)) {
			fputs(values[at[1] - '1'], to);
			at += 2;
		} else {
			fputc(*at, to);
		}
	}
	return fclose(to) ? NULL : text;
}

/* Columns of the text's first `size` bytes. */
static unsigned int columns_of(const char *text, size_t size)
{
	const char *end = text + size;
	unsigned int columns = 0;
	uint32_t character;

	while (text < end) {
		size_t took = ng_unicode_take(text, end, &character);

		columns += took ? ng_unicode_width(character) : 1;
		text += took ? took : 1;
	}
	return columns;
}

static bool is_wide(const char *at)
{
	uint32_t character;

	return ng_unicode_take(at, at + strlen(at), &character) && ng_unicode_width(character) == 2;
}

/* Japanese is broken between any two characters, but not before those that end a phrase. */
static bool ends_phrase(const char *at)
{
	static const char *const ends[] = { "、", "。", "」", "ー", "ッ", "ャ", "ュ", "ョ", "ィ", "・" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!strncmp(at, ends[i], strlen(ends[i])))
			return true;
	return strchr(").,;:", *at) && *at;
}

/* Bytes from here on that stay on one line: a word, or a character of Japanese and what ends it. */
static size_t unit(const char *text)
{
	const char *at = text;

	while (!strncmp(at, "「", strlen("「")))
		at += strlen("「");
	if (is_wide(at))
		at += 3; /* as all of Japanese in UTF-8 */
	else
		while (*at && *at != ' ' && !is_wide(at))
			at++;
	while (*at && ends_phrase(at))
		at += (unsigned char)*at < 0x80 ? 1 : 3;
	return (size_t)(at - text);
}

/* indent: of the lines after the first. */
static void print_wrapped(FILE *to, const char *text, unsigned int indent)
{
	unsigned int column = 0;

	while (*text) {
		size_t spaces = strspn(text, " "), size = unit(text + spaces);
		unsigned int columns = columns_of(text + spaces, size);

		if (column && column + spaces + columns > COLUMNS) {
			fprintf(to, "\n%*s", (int)indent, "");
			column = indent;
		} else {
			fprintf(to, "%.*s", (int)spaces, text);
			column += (unsigned int)spaces;
		}
		fprintf(to, "%.*s", (int)size, text + spaces);
		column += columns;
		text += spaces + size;
	}
	fputc('\n', to);
}

static void put_indented(struct report *report, const char *before, const char *sentence, const char *const *values)
{
	char *text = filled(sentence, values), *line = NULL;

	if (text && asprintf(&line, "%s%s", before, text) >= 0)
		print_wrapped(report->to, line, (unsigned int)strlen(before));
	free(line);
	free(text);
}

static void put(struct report *report, enum sentence sentence, const char *const *values)
{
	put_indented(report, "", word(report, sentence), values);
}

static void put_item(struct report *report, enum sentence sentence, const char *const *values)
{
	put_indented(report, "- ", word(report, sentence), values);
}

/* A heading, underlined. */
static void head(struct report *report, enum sentence sentence)
{
	const char *text = word(report, sentence);

	fprintf(report->to, "\n%s\n", text);
	for (unsigned int i = columns_of(text, strlen(text)); i; i--)
		fputc('-', report->to);
	fputc('\n', report->to);
}

/* ---- the parts ---- */

static const char *port_of(struct report *report)
{
	return number(report, ntohs(report->evidence->snapshot.policy.root.port));
}

/* Who may be sent more than was asked with. */
static void put_listed(struct report *report)
{
	unsigned int entries = ng_evidence_exceptions(report->evidence);

	if (entries && ng_evidence_cannot_amplify(report->evidence))
		put(report, SUMMARY_LISTED, VALUES(number(report, entries)));
}

static void put_summary(struct report *report)
{
	const struct ng_evidence *evidence = report->evidence;
	const struct ng_snapshot *snapshot = &evidence->snapshot;
	const struct ng_totals *totals = &evidence->totals;
	char *factor = fresh(report);

	snprintf(factor, sizeof(report->text[0]), "%.2f", ng_snapshot_factor(snapshot));
	head(report, SUMMARY);
	put(report, SUMMARY_WHAT,
	    VALUES(evidence->system.nodename, NG_VERSION, port_of(report), moment(report, evidence->loaded)));
	put(report, SUMMARY_DROPPED,
	    VALUES(number(report, totals->packets[NG_IN]), number(report, ng_totals_dropped(totals, NG_IN)),
		   number(report, totals->dropped[NG_V_MODE6] + totals->dropped[NG_V_MODE7])));
	put(report, ng_evidence_cannot_amplify(evidence) ? SUMMARY_SAFE : SUMMARY_UNSAFE,
	    VALUES(number(report, snapshot->bytes_out), number(report, snapshot->bytes_in), factor));
	put_listed(report);
	if (totals->would_drop)
		put(report, SUMMARY_MONITORED, VALUES(number(report, totals->would_drop)));
}

static enum sentence time_sentence(const struct ng_timekeeper *time)
{
	if (time->is_chronyd)
		return time->is_synchronised ? TIME_CHRONYD : TIME_CHRONYD_NOT;
	return time->is_synchronised ? TIME_KERNEL : TIME_KERNEL_NOT;
}

static void put_host(struct report *report)
{
	const struct ng_evidence *evidence = report->evidence;
	char *kernel = fresh(report);

	snprintf(kernel, sizeof(report->text[0]), "%.20s %.50s %.20s", evidence->system.sysname,
		 evidence->system.release, evidence->system.machine);
	head(report, HOST);
	put_item(report, HOST_NAME, VALUES(evidence->system.nodename));
	put_item(report, HOST_KERNEL, VALUES(kernel));
	put_item(report, HOST_GUARD, VALUES(NG_VERSION));
	put_item(report, evidence->chronyd[0] ? HOST_CHRONYD : HOST_NO_CHRONYD, VALUES(evidence->chronyd));
	put_item(report, time_sentence(&evidence->time), VALUES(number(report, evidence->time.stratum)));
}

static void put_interface(struct report *report, const struct ng_seen *seen)
{
	enum sentence idle = seen->link.attached ? INTERFACE_COUNTS : INTERFACE_GONE;
	const char *since = moment(report, seen->row.loaded);

	if (ng_evidence_acts(seen))
		put_item(report, INTERFACE,
			 VALUES(seen->row.name, since, word(report, INTERFACE_ACTS),
				word(report, seen->link.egress ? INTERFACE_OUT : INTERFACE_NOT_OUT)));
	else
		put_item(report, INTERFACE_IDLE, VALUES(seen->row.name, since, word(report, idle)));
}

static void put_protection(struct report *report)
{
	static const enum sentence defaults[] = {
		[NG_DEFAULT_DROP] = DEFAULT_DROP, [NG_DEFAULT_PASS] = DEFAULT_PASS, [NG_DEFAULT_LIMIT] = DEFAULT_LIMIT
	};
	const struct ng_snapshot *snapshot = &report->evidence->snapshot;
	const struct ng_policy *policy = &snapshot->policy;

	head(report, PROTECTION);
	for (uint32_t i = 0; i < snapshot->count; i++)
		put_interface(report, &snapshot->interfaces[i]);
	put_item(report, POLICY,
		 VALUES(policy->name, number(report, policy->generation), policy->hash,
			moment(report, policy->published)));
	put_item(report, LISTS,
		 VALUES(number(report, ng_snapshot_entries(snapshot, NG_SET_ALLOW)),
			number(report, ng_snapshot_entries(snapshot, NG_SET_DENY)),
			number(report, ng_snapshot_entries(snapshot, NG_SET_CONTROL)),
			number(report, ng_snapshot_entries(snapshot, NG_SET_PRIVATE))));
	put_item(report, defaults[report->evidence->default_action], VALUES(""));
}

static void put_reason(struct report *report, unsigned int verdict, uint64_t packets)
{
	const struct ng_verdict_text *text = &ng_verdict_texts[verdict];

	fprintf(report->to, "%12llu  %-16s  %s\n", (unsigned long long)packets, text->label,
		report->language == NG_JAPANESE ? reasons_ja[verdict] : text->sentence);
}

static void put_direction(struct report *report, enum sentence sentence, enum ng_direction direction)
{
	const struct ng_totals *totals = &report->evidence->totals;

	put(report, sentence,
	    VALUES(number(report, totals->packets[direction]), number(report, ng_totals_dropped(totals, direction))));
}

static void put_counters(struct report *report)
{
	const struct ng_totals *totals = &report->evidence->totals;
	bool any = ng_totals_dropped(totals, NG_IN) || ng_totals_dropped(totals, NG_OUT);

	head(report, COUNTERS);
	put_direction(report, COUNTERS_IN, NG_IN);
	put_direction(report, COUNTERS_OUT, NG_OUT);
	put(report, any ? COUNTERS_REASONS : COUNTERS_NONE, VALUES(""));
	for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++)
		if (totals->dropped[verdict])
			put_reason(report, verdict, totals->dropped[verdict]);
}

static void put_probe(struct report *report, enum ng_probe probe, enum ng_family family, const char *families)
{
	enum ng_verdict verdict = report->evidence->probed.verdict[probe][family];
	const struct ng_verdict_text *text = verdict < NG_VERDICTS ? &ng_verdict_texts[verdict] : NULL;

	put_item(report, SELF_TEST_ROW,
		 VALUES(probes[probe][report->language], families, word(report, text && text->drops ? DROPPED : PASSED),
			text ? text->label : "not_ntp"));
}

/* Both families in one line, where they fare alike. */
static void put_probes(struct report *report, enum ng_probe probe)
{
	const enum ng_verdict *verdict = report->evidence->probed.verdict[probe];

	if (verdict[NG_IPV4] == verdict[NG_IPV6]) {
		put_probe(report, probe, NG_IPV4, word(report, BOTH_FAMILIES));
		return;
	}
	put_probe(report, probe, NG_IPV4, "IPv4");
	put_probe(report, probe, NG_IPV6, "IPv6");
}

static void put_holds(struct report *report, const struct ng_seen *seen)
{
	put(report,
	    !ng_evidence_acts(seen) ? SELF_TEST_IDLE
	    : seen->link.egress	    ? SELF_TEST_ACTS
				    : SELF_TEST_IN_ONLY,
	    VALUES(seen->row.name));
	if (!ng_interface_is_current(&seen->row))
		put(report, SELF_TEST_OTHER, VALUES(seen->row.name, seen->row.version));
}

static void put_self_test(struct report *report)
{
	const struct ng_probed *probed = &report->evidence->probed;
	const struct ng_snapshot *snapshot = &report->evidence->snapshot;
	char address[NG_FAMILIES][NG_PREFIX_TEXT];

	for (int family = 0; family < NG_FAMILIES; family++)
		ng_prefix_format(&probed->stranger[family], address[family]);
	head(report, SELF_TEST);
	put(report, SELF_TEST_HOW, VALUES(address[NG_IPV4], address[NG_IPV6]));
	for (int family = 0; family < NG_FAMILIES; family++)
		if (probed->is_listed[family])
			put(report, SELF_TEST_LISTED, VALUES(address[family]));
	for (enum ng_probe probe = 0; probe < NG_PROBES; probe++)
		put_probes(report, probe);
	for (uint32_t i = 0; i < snapshot->count; i++)
		put_holds(report, &snapshot->interfaces[i]);
}

/* ---- hours ---- */

/* Right-aligned, which printf() cannot do where a character has two columns. */
static void put_cell(struct report *report, unsigned int columns, const char *text)
{
	unsigned int taken = columns_of(text, strlen(text));

	fprintf(report->to, "%*s%s", taken < columns ? (int)(columns - taken) : 1, "", text);
}

static void put_hours_head(struct report *report)
{
	static const struct {
		enum sentence sentence;
		unsigned int columns;
	} cells[] = { { HOURS_HOUR, 17 }, { HOURS_WATCHED, 4 },	 { HOURS_IN, 11 },     { HOURS_DROPPED, 11 },
		      { HOURS_OUT, 9 },	  { HOURS_QUERIES, 12 }, { HOURS_ANSWERS, 12 } };

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		put_cell(report, cells[i].columns, word(report, cells[i].sentence));
	fputc('\n', report->to);
}

static void put_hour(struct report *report, const struct ng_hour *hour)
{
	const struct ng_totals *totals = &hour->totals;
	time_t began = (time_t)(hour->began / 3600 * 3600);
	struct tm parts;
	char when[32];

	strftime(when, sizeof(when), "%Y-%m-%d %H:%M", gmtime_r(&began, &parts));
	fprintf(report->to, "%17s%4u%11llu%11llu%9llu%12llu%12llu%s%s%s%s\n", when, (hour->seconds + 30) / 60,
		(unsigned long long)totals->packets[NG_IN], (unsigned long long)ng_totals_dropped(totals, NG_IN),
		(unsigned long long)totals->packets[NG_OUT], (unsigned long long)totals->payload[NG_IN],
		(unsigned long long)totals->payload[NG_OUT], hour->flags ? " " : "",
		hour->flags & NG_HOUR_RESET ? "r" : "", hour->flags & NG_HOUR_CLOCK ? "c" : "",
		hour->flags & NG_HOUR_GAP ? "g" : "");
}

/* Oldest first, as one reads. */
static uint32_t put_hour_rows(struct report *report)
{
	const struct ng_hour *row;
	uint32_t flags = 0;

	put_hours_head(report);
	for (unsigned int n = HOURS_SHOWN; n--;) {
		row = ng_hours_at(&report->evidence->hours, n);
		if (!row)
			continue;
		put_hour(report, row);
		flags |= row->flags;
	}
	return flags;
}

static void put_no_hours(struct report *report)
{
	const struct ng_evidence *evidence = report->evidence;
	char *why = fresh(report);

	snprintf(why, sizeof(report->text[0]), "%s: %s", ng_hours_path(), evidence->no_hours);
	put(report, HOURS_NONE, VALUES(evidence->hours_missing ? word(report, HOURS_MISSING) : why));
}

static void put_hours(struct report *report)
{
	uint32_t flags;

	head(report, HOURS);
	if (report->evidence->no_hours) {
		put_no_hours(report);
		return;
	}
	put(report, HOURS_WHAT, VALUES(""));
	flags = put_hour_rows(report);
	if (flags & NG_HOUR_RESET)
		put(report, HOURS_RESET, VALUES(""));
	if (flags & NG_HOUR_CLOCK)
		put(report, HOURS_CLOCK, VALUES(""));
	if (flags & NG_HOUR_GAP)
		put(report, HOURS_GAP, VALUES(""));
}

static void put_limits(struct report *report)
{
	const struct ng_snapshot *snapshot = &report->evidence->snapshot;
	char *names = fresh(report);
	size_t used = 0;

	for (uint32_t i = 0; i < snapshot->count && used < sizeof(report->text[0]); i++)
		used += (size_t)snprintf(names + used, sizeof(report->text[0]) - used, "%s%s", i ? ", " : "",
					 snapshot->interfaces[i].row.name);
	head(report, CANNOT);
	put_item(report, CANNOT_BEFORE, VALUES(moment(report, report->evidence->loaded)));
	put_item(report, CANNOT_OTHERS, VALUES(names));
	put_item(report, CANNOT_PROTOCOLS, VALUES(port_of(report)));
	put_item(report, CANNOT_SENDERS, VALUES(""));
	put_item(report, CANNOT_HOURS, VALUES(""));
	if (!report->evidence->has_daemon)
		put_item(report, CANNOT_NO_DAEMON, VALUES(""));
}

void ng_evidence_print(const struct ng_evidence *evidence, enum ng_language language, FILE *to)
{
	struct report report = { .evidence = evidence, .language = language, .to = to };

	put(&report, TITLE, VALUES(evidence->system.nodename));
	put(&report, MADE, VALUES(moment(&report, evidence->made)));
	put_summary(&report);
	put_host(&report);
	put_protection(&report);
	put_counters(&report);
	put_self_test(&report);
	put_hours(&report);
	put_limits(&report);
	head(&report, FILES);
	put(&report, FILES_CHECK, VALUES(""));
	put(&report, FILES_PRIVACY, VALUES(""));
}
