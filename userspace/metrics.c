// SPDX-License-Identifier: GPL-2.0-only
#include "metrics.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "policy.h"
#include "unicode.h"
#include "version.h"

enum type { GAUGE, COUNTER, INFO };
static const char *const type_labels[] = { [GAUGE] = "gauge", [COUNTER] = "counter", [INFO] = "info" };

enum family {
#define NG_FAMILY(id, name, type, unit, help) id,
#include "metrics.def"
#undef NG_FAMILY
};

static const struct {
	const char *name, *unit, *help;
	enum type type;
} families[] = {
#define NG_FAMILY(id, label, kind, what, sentence) { .name = label, .type = kind, .unit = what, .help = sentence },
#include "metrics.def"
#undef NG_FAMILY
};

/* Where the text goes, and whose line is being written. */
struct writer {
	FILE *to;
	bool openmetrics;
	enum family family;
};

/* What the series of a family end in. The old format knows no info: there it is a gauge with that name. */
static const char *suffix(enum family family)
{
	return families[family].type == COUNTER ? "_total" : families[family].type == INFO ? "_info" : "";
}

/* OpenMetrics names the family; the old format, its series. */
static void begin(struct writer *writer, enum family family)
{
	const char *name = families[family].name, *end = writer->openmetrics ? "" : suffix(family);
	enum type type = families[family].type;

	writer->family = family;
	fprintf(writer->to, "# HELP %s%s %s\n", name, end, families[family].help);
	fprintf(writer->to, "# TYPE %s%s %s\n", name, end,
		type_labels[type == INFO && !writer->openmetrics ? GAUGE : type]);
	if (writer->openmetrics && *families[family].unit)
		fprintf(writer->to, "# UNIT %s %s\n", name, families[family].unit);
}

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* A label's value may hold anything but what ends it, as long as it is UTF-8: names of files and interfaces need
 * not be, and for a single byte that is not, Prometheus throws away all that it was given. */
static void put_value(FILE *to, const char *value)
{
	const char *end = value + strlen(value);
	uint32_t character;
	size_t size;

	for (; value < end; value += size ? size : 1) {
		size = ng_unicode_take(value, end, &character);
		if (!size)
			fputs(REPLACEMENT, to);
		else if (*value == '\n')
			fputs("\\n", to);
		else
			fprintf(to, "%s%.*s", *value == '\\' || *value == '"' ? "\\" : "", (int)size, value);
	}
}

#define LABELS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* A series of the family begun. labels: each before its value, and NULL after the last; or NULL. */
static void put(struct writer *writer, double number, const char *const *labels)
{
	bool has_labels = labels;

	fprintf(writer->to, "%s%s", families[writer->family].name, suffix(writer->family));
	for (char before = '{'; has_labels && *labels; labels += 2, before = ',') {
		fprintf(writer->to, "%c%s=\"", before, labels[0]);
		put_value(writer->to, labels[1]);
		fputc('"', writer->to);
	}
	/* all digits of what is counted; of what is measured as many as a time in milliseconds has */
	fprintf(writer->to, number < 0x1p63 && number == (double)(int64_t)number ? "%s %.0f\n" : "%s %.13g\n",
		has_labels ? "}" : "", number);
}

static void put_one(struct writer *writer, enum family family, double number)
{
	begin(writer, family);
	put(writer, number, NULL);
}

/* ---- packets ---- */

#define DEVICE_TEXT 32

/* What an interface is called. Those of other network namespaces may have its name (in containers all are eth0), and
 * one that vanished may have had it: the second is then eth0/2, which is no interface's name. */
static const char *device(const struct ng_snapshot *snapshot, uint32_t i, char *text)
{
	const char *name = snapshot->interfaces[i].row.name;
	unsigned int ordinal = 1;

	for (uint32_t other = 0; other < i; other++)
		ordinal += !strcmp(snapshot->interfaces[other].row.name, name);
	if (ordinal > 1)
		snprintf(text, DEVICE_TEXT, "%s/%u", name, ordinal);
	else
		snprintf(text, DEVICE_TEXT, "%s", name);
	return text;
}

static uint64_t field_of(const struct ng_count *count, enum family family)
{
	return family == PACKETS ? count->packets : family == BYTES ? count->bytes : count->would_drop;
}

static void put_interface(struct writer *writer, const struct ng_snapshot *snapshot, uint32_t i)
{
	const struct ng_counters *counters = &snapshot->interfaces[i].counters;
	char name[DEVICE_TEXT];

	device(snapshot, i, name);
	for (unsigned int direction = 0; direction < NG_DIRECTIONS; direction++)
		for (unsigned int family = 0; family < NG_FAMILIES; family++)
			for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++) {
				const struct ng_verdict_text *text = &ng_verdict_texts[verdict];

				if (!(direction == NG_IN ? text->in : text->out) ||
				    (writer->family == WOULD_DROP && !text->drops))
					continue;
				put(writer,
				    (double)field_of(&counters->row[direction][family][verdict], writer->family),
				    LABELS("device", name, "direction", ng_direction_labels[direction], "family",
					   ng_family_labels[family], "verdict", text->drops ? "drop" : "pass", "reason",
					   text->label));
			}
}

/* By interface: a sum would fall when one of several is unloaded, which to Prometheus is a restart from 0. */
static void put_payload(struct writer *writer, const struct ng_snapshot *snapshot, enum family family,
			enum ng_direction direction)
{
	char name[DEVICE_TEXT];

	begin(writer, family);
	for (uint32_t i = 0; i < snapshot->count; i++)
		put(writer, (double)ng_counters_payload(&snapshot->interfaces[i].counters, direction),
		    LABELS("device", device(snapshot, i, name)));
}

static void put_packets(struct writer *writer, const struct ng_snapshot *snapshot)
{
	for (enum family family = PACKETS; family <= WOULD_DROP; family++) {
		begin(writer, family);
		for (uint32_t i = 0; i < snapshot->count; i++)
			put_interface(writer, snapshot, i);
	}
	put_payload(writer, snapshot, QUERY_BYTES, NG_IN);
	put_payload(writer, snapshot, ANSWER_BYTES, NG_OUT);
	put_one(writer, AMPLIFICATION, ng_snapshot_factor(snapshot));
}

static const char *yes_no(bool is)
{
	return is ? "true" : "false";
}

/* Off is what load --no-egress wanted; lost is not. */
static const char *way_out(const struct ng_seen *seen)
{
	return seen->link.egress ? "true" : seen->row.flags & NG_INTERFACE_NO_EGRESS ? "off" : "lost";
}

static void put_interfaces(struct writer *writer, const struct ng_snapshot *snapshot)
{
	char name[DEVICE_TEXT];

	begin(writer, ATTACHED);
	for (uint32_t i = 0; i < snapshot->count; i++)
		put(writer, snapshot->interfaces[i].link.attached, LABELS("device", device(snapshot, i, name)));
	begin(writer, INTERFACE);
	for (uint32_t i = 0; i < snapshot->count; i++) {
		const struct ng_seen *seen = &snapshot->interfaces[i];

		put(writer, 1,
		    LABELS("device", device(snapshot, i, name), "mode", ng_link_mode(&seen->link), "dispatcher",
			   yes_no(seen->link.dispatcher), "egress", way_out(seen), "monitor", yes_no(seen->monitor)));
	}
}

/* ---- the policy and its limits ---- */

static void put_policy(struct writer *writer, const struct ng_snapshot *snapshot)
{
	const struct ng_policy *policy = &snapshot->policy;

	begin(writer, POLICY);
	if (policy->generation)
		put(writer, 1, LABELS("name", policy->name, "hash", policy->hash));
	put_one(writer, GENERATION, (double)policy->generation);
	put_one(writer, PUBLISHED, (double)policy->published);
	put_one(writer, REFUSED, (double)snapshot->policy_refused);
	begin(writer, ENTRIES);
	for (int set = 0; set < NG_SETS; set++)
		for (int family = 0; family < NG_FAMILIES; family++)
			put(writer, policy->set_count[set][family],
			    LABELS("set", ng_set_labels[set], "family", ng_family_labels[family]));
}

/* The lengths of one of the policy's limits, which tell it apart from the others. */
struct table_labels {
	const char *limit;
	char ipv4[4], ipv6[4];
};

static struct table_labels table_labels(const struct ng_pace *pace)
{
	struct table_labels labels = { .limit = pace->rung ? "prefix" : "address" };

	snprintf(labels.ipv4, sizeof(labels.ipv4), "%u", pace->lengths[NG_IPV4]);
	snprintf(labels.ipv6, sizeof(labels.ipv6), "%u", pace->lengths[NG_IPV6]);
	return labels;
}

static void put_tables(struct writer *writer, const struct ng_snapshot *snapshot, enum family family)
{
	begin(writer, family);
	for (int i = 0; i < NG_PACES && snapshot->limits.table[i].capacity; i++) {
		struct table_labels labels = table_labels(&snapshot->policy.paces.pace[i]);

		put(writer, family == CAPACITY ? snapshot->limits.table[i].capacity : snapshot->limits.table[i].live,
		    LABELS("limit", labels.limit, "ipv4_length", labels.ipv4, "ipv6_length", labels.ipv6));
	}
}

/* By the interface whose packets displaced them, as the counters are. */
static void put_displaced(struct writer *writer, const struct ng_snapshot *snapshot)
{
	char name[DEVICE_TEXT];

	begin(writer, DISPLACED);
	for (uint32_t i = 0; i < snapshot->count; i++)
		for (int j = 0; j < NG_PACES && snapshot->limits.table[j].capacity; j++) {
			const struct ng_pace *pace = &snapshot->policy.paces.pace[j];
			struct table_labels labels = table_labels(pace);

			put(writer, (double)snapshot->interfaces[i].counters.displaced[pace->rung % NG_RUNGS_MAX],
			    LABELS("device", device(snapshot, i, name), "limit", labels.limit, "ipv4_length",
				   labels.ipv4, "ipv6_length", labels.ipv6));
		}
}

static void put_limits(struct writer *writer, const struct ng_snapshot *snapshot)
{
	const struct ng_limits_seen *limits = &snapshot->limits;

	put_one(writer, MEMORY, (double)limits->memory);
	put_tables(writer, snapshot, CAPACITY);
	put_tables(writer, snapshot, LIVE);
	put_displaced(writer, snapshot);
	put_one(writer, HOST_SPENT, limits->host_spent);
	put_one(writer, SATURATED, ng_snapshot_is_saturated(snapshot));
	put_one(writer, REGULARS_CAPACITY, limits->places);
	begin(writer, REGULARS);
	put(writer, limits->regulars, LABELS("state", "regular"));
	put(writer, limits->candidates, LABELS("state", "candidate"));
}

/* ---- the daemon ---- */

static void put_daemon(struct writer *writer, const struct ng_metrics *metrics)
{
	begin(writer, CMDMON);
	for (size_t i = 0; i < metrics->cmdmon_count; i++)
		put(writer, (double)metrics->cmdmon[i].requests,
		    LABELS("command", metrics->cmdmon[i].command, "status", metrics->cmdmon[i].status));
	put_one(writer, CHRONYD, metrics->chronyd_up);
	put_one(writer, CONFIG_OK, metrics->config_ok);
	put_one(writer, CONFIG_TIME, (double)metrics->config_time);
}

/* Fields of /proc/self/stat, of proc(5), from the one after the name in parentheses: number 3. */
enum { STAT_FIRST = 3, STAT_STARTTIME = 22, STAT_VSIZE = 23, STAT_RSS = 24, STAT_LAST = STAT_RSS };

static bool read_stat(double field[STAT_LAST + 1])
{
	FILE *from = fopen("/proc/self/stat", "re");
	char line[1024] = "", *at;
	size_t size = from ? fread(line, 1, sizeof(line) - 1, from) : 0;

	if (from)
		fclose(from);
	at = size ? strrchr(line, ')') : NULL;
	for (int i = STAT_FIRST; at && i <= STAT_LAST; i++) {
		at = strchr(at + 1, ' ');
		field[i] = at ? strtod(at + 1, NULL) : 0;
	}
	return at;
}

/* In seconds since the epoch: what is in /proc counts from boot. */
static double time_of_boot(void)
{
	struct timespec now, since;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &since);
	return (double)(now.tv_sec - since.tv_sec) + (double)(now.tv_nsec - since.tv_nsec) / 1e9;
}

static unsigned int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned int count = 0;

	if (!directory)
		return 0;
	while (readdir(directory))
		count++;
	closedir(directory);
	return count > 3 ? count - 3 : 0; /* two are directories, and one is this one's */
}

static void put_process(struct writer *writer)
{
	double field[STAT_LAST + 1] = { 0 };
	struct rusage usage;
	struct rlimit limit;

	getrusage(RUSAGE_SELF, &usage);
	put_one(writer, CPU,
		(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	if (read_stat(field)) {
		put_one(writer, RESIDENT, field[STAT_RSS] * (double)sysconf(_SC_PAGESIZE));
		put_one(writer, VIRTUAL, field[STAT_VSIZE]);
		put_one(writer, START, time_of_boot() + field[STAT_STARTTIME] / (double)sysconf(_SC_CLK_TCK));
	}
	put_one(writer, OPEN_FDS, count_descriptors());
	if (!getrlimit(RLIMIT_NOFILE, &limit))
		put_one(writer, MAX_FDS, (double)limit.rlim_cur);
}

void ng_metrics_print(FILE *to, const struct ng_metrics *metrics, bool openmetrics)
{
	struct writer writer = { .to = to, .openmetrics = openmetrics };

	put_one(&writer, LOADED, metrics->snapshot->count > 0);
	put_packets(&writer, metrics->snapshot);
	put_interfaces(&writer, metrics->snapshot);
	put_policy(&writer, metrics->snapshot);
	put_limits(&writer, metrics->snapshot);
	if (metrics->has_daemon)
		put_daemon(&writer, metrics);
	begin(&writer, BUILD);
	put(&writer, 1, LABELS("version", NG_VERSION));
	if (metrics->has_daemon)
		put_process(&writer);
	if (openmetrics)
		fputs("# EOF\n", to);
}
