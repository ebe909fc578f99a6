// SPDX-License-Identifier: GPL-2.0-only
/* What Prometheus is told: every series once and under its family's head, in both formats, whatever names are. */
#include "metrics.h"

#include <ctype.h>
#include <regex.h>

#include "unit.h"

#define RULES "userspace/packaging/prometheus/ntpguard.rules.yml"

static struct ng_snapshot snapshot;
static const struct ng_cmdmon_count requests[] = { { "tracking", "success", 2 }, { "online", "unauth", 1 } };

static const struct ng_metrics loaded = { .snapshot = &snapshot };
static const struct ng_metrics with_daemon = { .snapshot = &snapshot,
					       .has_daemon = true,
					       .chronyd_up = true,
					       .cmdmon = requests,
					       .cmdmon_count = UNIT_COUNT(requests),
					       .config_time = 1795000000 };

static struct ng_seen *add_interface(const char *name)
{
	struct ng_seen *seen = &snapshot.interfaces[snapshot.count++];

	snprintf(seen->row.name, sizeof(seen->row.name), "%s", name);
	seen->link.attached = true;
	return seen;
}

/* Two interfaces, limits on addresses and two lengths of prefixes, and no number that is another's. */
static int fill(void **state)
{
	uint64_t number = 1000;

	(void)state;
	memset(&snapshot, 0, sizeof(snapshot));
	for (int i = 0; i < 2; i++) {
		uint64_t *counter = (uint64_t *)&add_interface(i ? "eth1" : "eth0")->counters;

		for (size_t j = 0; j < sizeof(struct ng_counters) / sizeof(*counter); j++)
			counter[j] = number++;
		ng_snapshot_add(&snapshot, &snapshot.interfaces[i].counters);
	}
	snprintf(snapshot.policy.name, sizeof(snapshot.policy.name), "unit");
	snprintf(snapshot.policy.hash, sizeof(snapshot.policy.hash), "0123456789abcdef");
	snapshot.policy.generation = 7;
	snapshot.policy.paces.pace[0] = (struct ng_pace){ .lengths = { 32, 128 } };
	snapshot.policy.paces.pace[1] = (struct ng_pace){ .lengths = { 24, 56 }, .rung = 2 };
	snapshot.policy.paces.pace[2] = (struct ng_pace){ .lengths = { 24, 48 }, .rung = 1 };
	for (int i = 0; i < 3; i++)
		snapshot.limits.table[i].capacity = 1024;
	return 0;
}

static char *print(const struct ng_metrics *metrics, bool openmetrics)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	ng_metrics_print(to, metrics, openmetrics);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(strlen(text), size);
	return text;
}

/* How often this line is in the text. */
static unsigned int lines(const char *text, const char *line)
{
	unsigned int count = 0;
	size_t size = strlen(line);

	for (const char *at = text; (at = strstr(at, line)); at += size)
		count += (at == text || at[-1] == '\n') && at[size] == '\n';
	return count;
}

static void want(const struct ng_metrics *metrics, const char *line)
{
	char *text = print(metrics, false);

	if (lines(text, line) != 1)
		fail_msg("%u times, not once: %s", lines(text, line), line);
	free(text);
}

/* ---- what is there ---- */

static void tells_its_counters(void **state)
{
	const struct ng_count *count = &snapshot.interfaces[1].counters.row[NG_IN][NG_IPV6][NG_V_MODE7];
	char line[200];

	(void)state;
#define MODE7 "device=\"eth1\",direction=\"in\",family=\"ipv6\",verdict=\"drop\",reason=\"mode7\""
	snprintf(line, sizeof(line), "ntpguard_packets_total{" MODE7 "} %llu", (unsigned long long)count->packets);
	want(&loaded, line);
	snprintf(line, sizeof(line), "ntpguard_bytes_total{" MODE7 "} %llu", (unsigned long long)count->bytes);
	want(&loaded, line);
	snprintf(line, sizeof(line), "ntpguard_would_drop_packets_total{" MODE7 "} %llu",
		 (unsigned long long)count->would_drop);
	want(&loaded, line);
	want(&loaded, "ntpguard_loaded 1");
	want(&loaded, "ntpguard_policy_info{name=\"unit\",hash=\"0123456789abcdef\"} 1");
	want(&loaded, "ntpguard_policy_generation 7");
}

/* One row for each direction that a verdict can have, and each family; would_drop only of what drops. */
static void has_every_verdict(void **state)
{
	char *text = print(&loaded, false), line[100];

	(void)state;
	for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++) {
		const struct ng_verdict_text *row = &ng_verdict_texts[verdict];
		unsigned int count = 0, want_of_each = 2u * NG_FAMILIES * (row->in + row->out);

		snprintf(line, sizeof(line), "reason=\"%s\"}", row->label);
		for (const char *at = text; (at = strstr(at, line)); at++)
			count++;
		if (count != (row->drops ? 3 : 2) * want_of_each)
			fail_msg("%s: %u series", row->label, count);
	}
	free(text);
}

/* The sum of what the interfaces have is the snapshot's, and no part of it goes when another goes. */
static void payload_is_each_interfaces_own(void **state)
{
	const struct ng_counters *one = &snapshot.interfaces[0].counters, *other = &snapshot.interfaces[1].counters;
	char line[100];

	(void)state;
	assert_int_equal(ng_counters_payload(one, NG_IN) + ng_counters_payload(other, NG_IN), snapshot.bytes_in);
	assert_int_equal(ng_counters_payload(one, NG_OUT) + ng_counters_payload(other, NG_OUT), snapshot.bytes_out);
	snprintf(line, sizeof(line), "ntpguard_query_bytes_total{device=\"eth0\"} %llu",
		 (unsigned long long)ng_counters_payload(one, NG_IN));
	want(&loaded, line);
	snprintf(line, sizeof(line), "ntpguard_answer_bytes_total{device=\"eth0\"} %llu",
		 (unsigned long long)ng_counters_payload(one, NG_OUT));
	snapshot.count = 1;
	want(&loaded, line);
}

static void displaced_are_by_rung(void **state)
{
	char line[150];

	(void)state;
	snprintf(line, sizeof(line),
		 "ntpguard_limit_displaced_total{device=\"eth1\",limit=\"prefix\",ipv4_length=\"24\",ipv6_length="
		 "\"56\"} %llu",
		 (unsigned long long)snapshot.interfaces[1].counters.displaced[2]);
	want(&loaded, line);
}

static void says_so_where_nothing_is_loaded(void **state)
{
	char *text;

	(void)state;
	memset(&snapshot, 0, sizeof(snapshot));
	want(&loaded, "ntpguard_loaded 0");
	want(&loaded, "ntpguard_policy_generation 0");
	want(&loaded, "ntpguard_amplification_factor 0");
	text = print(&loaded, false);
	assert_null(strstr(text, "device="));
	assert_null(strstr(text, "ntpguard_policy_info{"));
	free(text);
}

static void daemon_only(void **state)
{
	static const char *const names[] = { "ntpguard_cmdmon_", "ntpguard_chronyd_", "ntpguard_config_", "process_" };
	char *without = print(&loaded, false), *with = print(&with_daemon, false);

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(names); i++) {
		assert_null(strstr(without, names[i]));
		assert_non_null(strstr(with, names[i]));
	}
	want(&with_daemon, "ntpguard_cmdmon_requests_total{command=\"tracking\",status=\"success\"} 2");
	want(&with_daemon, "ntpguard_cmdmon_requests_total{command=\"online\",status=\"unauth\"} 1");
	want(&with_daemon, "ntpguard_chronyd_up 1");
	want(&with_daemon, "ntpguard_config_last_reload_successful 0");
	want(&with_daemon, "ntpguard_config_last_reload_timestamp_seconds 1795000000");
	free(without);
	free(with);
}

static double value_of(const char *text, const char *name)
{
	const char *at = text;

	while ((at = strstr(at, name)))
		if ((at == text || at[-1] == '\n') && at[strlen(name)] == ' ')
			return strtod(at + strlen(name), NULL);
		else
			at++;
	fail_msg("no %s", name);
	return 0;
}

/* This process's own, near enough. */
static void process_is_this_one(void **state)
{
	char *text = print(&with_daemon, false);
	double started = value_of(text, "process_start_time_seconds");

	(void)state;
	assert_true(started <= (double)time(NULL) + 1 && started > (double)time(NULL) - 3600);
	assert_true(value_of(text, "process_cpu_seconds_total") < 3600);
	assert_true(value_of(text, "process_resident_memory_bytes") > 1 << 16);
	assert_true(value_of(text, "process_virtual_memory_bytes") >= value_of(text, "process_resident_memory_bytes"));
	assert_true(value_of(text, "process_open_fds") >= 1);
	assert_true(value_of(text, "process_max_fds") >= value_of(text, "process_open_fds"));
	free(text);
}

/* ---- names ---- */

static void escapes(void **state)
{
	static const struct {
		const char *name, *text;
	} names[] = {
		{ "plain", "plain" },
		{ "q\"b\\n\nl", "q\\\"b\\\\n\\nl" },
		{ "\xe6\x9d\xb1\xe4\xba\xac", "\xe6\x9d\xb1\xe4\xba\xac" },
		{ "caf\xe9", "caf\xef\xbf\xbd" }, /* Latin-1 */
		{ "\xe6\x9d", "\xef\xbf\xbd\xef\xbf\xbd" }, /* cut off */
		{ "\xc0\xaf\"", "\xef\xbf\xbd\xef\xbf\xbd\\\"" }, /* overlong */
	};
	char line[200];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(names); i++) {
		snprintf(snapshot.policy.name, sizeof(snapshot.policy.name), "%s", names[i].name);
		snprintf(line, sizeof(line), "ntpguard_policy_info{name=\"%s\",hash=\"0123456789abcdef\"} 1",
			 names[i].text);
		want(&loaded, line);
		snprintf(snapshot.interfaces[0].row.name, sizeof(snapshot.interfaces[0].row.name), "%s", names[i].name);
		snprintf(line, sizeof(line), "ntpguard_interface_attached{device=\"%s\"} 1", names[i].text);
		want(&loaded, line);
	}
}

static void namesakes_are_told_apart(void **state)
{
	(void)state;
	add_interface("eth0")->link.attached = false;
	add_interface("eth0");
	want(&loaded, "ntpguard_interface_attached{device=\"eth0\"} 1");
	want(&loaded, "ntpguard_interface_attached{device=\"eth1\"} 1");
	want(&loaded, "ntpguard_interface_attached{device=\"eth0/2\"} 0");
	want(&loaded, "ntpguard_interface_attached{device=\"eth0/3\"} 1");
}

static void keeps_all_digits(void **state)
{
	(void)state;
	snapshot.policy.generation = 1ull << 53;
	snapshot.policy.published = UINT64_MAX; /* no time, but nothing to stumble over */
	snapshot.bytes_in = 3;
	snapshot.bytes_out = 2;
	want(&loaded, "ntpguard_policy_generation 9007199254740992");
	want(&loaded, "ntpguard_policy_published_timestamp_seconds 1.844674407371e+19");
	want(&loaded, "ntpguard_amplification_factor 0.6666666666667");
}

/* ---- both formats ---- */

/* The head of a family: "# HELP NAME text" and "# TYPE NAME type", perhaps "# UNIT NAME unit". */
struct head {
	char name[100], type[20];
	bool openmetrics;
};

static void take_comment(struct head *head, const char *line)
{
	char word[8], name[100], rest[20];

	assert_int_equal(sscanf(line, "# %7s %99s %19s", word, name, rest), 3);
	if (!strcmp(word, "HELP")) {
		snprintf(head->name, sizeof(head->name), "%s", name);
		head->type[0] = '\0';
	}
	assert_string_equal(head->name, name);
	if (!strcmp(word, "TYPE"))
		snprintf(head->type, sizeof(head->type), "%s", rest);
	if (!strcmp(word, "UNIT"))
		assert_true(head->openmetrics && strlen(name) > strlen(rest) &&
			    !strcmp(name + strlen(name) - strlen(rest), rest));
}

/* A series has the name of the head above it; in OpenMetrics with what its type wants behind. */
static void take_series(const struct head *head, const char *line)
{
	size_t size = strlen(head->name), name = strcspn(line, "{ ");
	const char *end = !head->openmetrics		   ? ""
			  : !strcmp(head->type, "counter") ? "_total"
			  : !strcmp(head->type, "info")	   ? "_info"
							   : "";

	assert_true(*head->type && name == size + strlen(end) && !strncmp(line, head->name, size) &&
		    !strncmp(line + size, end, strlen(end)));
	if (!strcmp(head->type, "counter"))
		assert_memory_equal(line + name - 6, "_total", 6);
	assert_true(isdigit(strrchr(line, ' ')[1]));
}

static void format_is_kept(const struct ng_metrics *metrics, bool openmetrics)
{
	struct head head = { .openmetrics = openmetrics };
	char *text = print(metrics, openmetrics), *end = text + strlen(text), *rest, *line;

	assert_int_equal(end[-1], '\n');
	assert_int_equal(end - strlen("# EOF\n") == strstr(text, "# EOF"), openmetrics);
	if (openmetrics)
		strstr(text, "# EOF")[0] = '\0';
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (*line == '#')
			take_comment(&head, line);
		else
			take_series(&head, line);
	free(text);
}

static void both_formats(void **state)
{
	static struct ng_snapshot empty;
	const struct ng_metrics not_loaded = { .snapshot = &empty, .has_daemon = true };

	(void)state;
	for (int openmetrics = 0; openmetrics < 2; openmetrics++) {
		format_is_kept(&loaded, openmetrics);
		format_is_kept(&with_daemon, openmetrics);
		format_is_kept(&not_loaded, openmetrics);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* No head and no series twice, namesakes and all; Prometheus keeps one, node_exporter refuses the file. */
static void nothing_is_there_twice(void **state)
{
	static char *seen[20000];
	size_t count = 0;
	char *text, *rest;

	(void)state;
	add_interface("eth0");
	text = print(&with_daemon, true);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		assert_true(count < UNIT_COUNT(seen));
		seen[count++] = line;
		if (*line != '#')
			*strrchr(line, ' ') = '\0';
	}
	qsort(seen, count, sizeof(seen[0]), by_text);
	for (size_t i = 1; i < count; i++)
		if (!strcmp(seen[i - 1], seen[i]))
			fail_msg("twice: %s", seen[i]);
	free(text);
}

/* ---- the shipped rules ---- */

/* The pattern, as they have it, of the reasons of client requests. */
static void pattern_of_requests(regex_t *pattern)
{
	char line[400], anchored[420];
	const char *at = NULL;
	FILE *file = fopen(RULES, "r");

	assert_non_null(file);
	while (!at && fgets(line, sizeof(line), file))
		at = strstr(line, "\"request_");
	fclose(file);
	assert_non_null(at);
	snprintf(anchored, sizeof(anchored), "^(%.*s)$", (int)strcspn(at + 1, "\""), at + 1);
	assert_int_equal(regcomp(pattern, anchored, REG_EXTENDED | REG_NOSUB), 0);
}

/* The alert on limited clients and `status` warn of one thing: they call the same packets requests. */
static void rules_know_what_a_request_is(void **state)
{
	static struct ng_counters counters;
	regex_t pattern;

	(void)state;
	pattern_of_requests(&pattern);
	for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++) {
		if (!ng_verdict_texts[verdict].in)
			continue;
		memset(&counters, 0, sizeof(counters));
		memset(&snapshot, 0, sizeof(snapshot));
		counters.row[NG_IN][NG_IPV4][verdict].packets = 1;
		ng_snapshot_add(&snapshot, &counters);
		if (snapshot.requests == (uint64_t)regexec(&pattern, ng_verdict_texts[verdict].label, 0, NULL, 0))
			fail_msg("%s", ng_verdict_texts[verdict].label);
	}
	regfree(&pattern);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tells_its_counters, fill),
		cmocka_unit_test_setup(has_every_verdict, fill),
		cmocka_unit_test_setup(payload_is_each_interfaces_own, fill),
		cmocka_unit_test_setup(displaced_are_by_rung, fill),
		cmocka_unit_test_setup(says_so_where_nothing_is_loaded, fill),
		cmocka_unit_test_setup(daemon_only, fill),
		cmocka_unit_test_setup(process_is_this_one, fill),
		cmocka_unit_test_setup(escapes, fill),
		cmocka_unit_test_setup(namesakes_are_told_apart, fill),
		cmocka_unit_test_setup(keeps_all_digits, fill),
		cmocka_unit_test_setup(both_formats, fill),
		cmocka_unit_test_setup(nothing_is_there_twice, fill),
		cmocka_unit_test_setup(rules_know_what_a_request_is, fill),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
