// SPDX-License-Identifier: GPL-2.0-only
#include "watch.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "output.h"
#include "screen.h"
#include "snapshot.h"
#include "sparkline.h"

#define MINUTE 60
#define ROWS (2 * NG_VERDICTS) /* of each verdict what happened, and what monitor mode let pass */
#define HEADER_LINES 4

struct watch {
	const struct ng_command *command;
	unsigned int seconds; /* from look to look */
	bool utf8;
	struct ng_snapshot now, before, since;
	double looked, elapsed; /* when, and seconds between the two */
	size_t looks; /* rates that are known */
	double rate[ROWS][MINUTE]; /* packets/s; the last `looks` of them, the oldest first */
};

static double clock_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t history(const struct watch *watch)
{
	return watch->seconds >= MINUTE ? 1 : MINUTE / watch->seconds;
}

static void remember(struct watch *watch)
{
	size_t most = history(watch), kept = watch->looks < most ? watch->looks : most - 1;

	for (unsigned int row = 0; row < ROWS; row++) {
		uint64_t packets = ng_snapshot_packets(&watch->since, row / 2, row % 2);

		memmove(watch->rate[row], watch->rate[row] + watch->looks - kept, kept * sizeof(double));
		watch->rate[row][kept] = (double)packets / watch->elapsed;
	}
	watch->looks = kept + 1;
}

static double highest(const struct watch *watch, unsigned int row)
{
	double most = 0;

	for (size_t i = 0; i < watch->looks; i++)
		most = watch->rate[row][i] > most ? watch->rate[row][i] : most;
	return most;
}

static double now_of(const struct watch *watch, unsigned int row)
{
	return watch->looks ? watch->rate[row][watch->looks - 1] : 0;
}

static const char *action_of(unsigned int row)
{
	return !ng_verdict_texts[row / 2].drops ? "pass" : row % 2 ? "would" : "drop";
}

/* A column for each look, or for two or three of them where the terminal is too narrow. */
static size_t columns_for(const struct watch *watch)
{
	size_t most = history(watch), left = ng_output_columns(), each = 1;

	left = left > 46 + 10 ? left - 46 : 10;
	while ((most + each - 1) / each > left)
		each++;
	return (most + each - 1) / each;
}

static void print_row(const struct watch *watch, struct ng_table_text *table, unsigned int row)
{
	char now[NG_FIGURE_TEXT], most[NG_FIGURE_TEXT], total[NG_FIGURE_TEXT], line[NG_SPARKLINE_TEXT(MINUTE)];

	ng_sparkline(watch->rate[row], watch->looks, history(watch), columns_for(watch), watch->utf8, line);
	ng_table_row(table,
		     (const char *const[]){
			     action_of(row), ng_verdict_texts[row / 2].label, ng_figure(now_of(watch, row), now),
			     ng_figure(highest(watch, row), most),
			     ng_figure((double)ng_snapshot_packets(&watch->now, row / 2, row % 2), total), line });
}

/* Rows that were ever seen; where the terminal is too low, only those of the last minute, and of these the first. */
static void print_rows(const struct watch *watch)
{
	static const char *const headings[] = { "WHAT", "REASON", ">NOW/S", ">MOST/S", ">TOTAL", "LAST MINUTE" };
	size_t room = ng_output_rows() > HEADER_LINES + 3 ? ng_output_rows() - HEADER_LINES - 3 : ROWS, seen = 0,
	       shown = 0;
	struct ng_table_text *table = ng_table_new(headings, 6);

	for (unsigned int row = 0; row < ROWS; row++)
		seen += ng_snapshot_packets(&watch->now, row / 2, row % 2) > 0;
	for (unsigned int row = 0; row < ROWS && shown < room; row++) {
		if (!ng_snapshot_packets(&watch->now, row / 2, row % 2) || (seen > room && highest(watch, row) <= 0))
			continue;
		print_row(watch, table, row);
		shown++;
	}
	ng_table_print(table);
	if (!seen)
		puts("no NTP packet was seen yet");
	else if (shown < seen)
		printf("... and %zu quieter: ntpguard counters\n", seen - shown);
}

static void print_head(const struct watch *watch)
{
	char in[NG_FIGURE_TEXT], dropped[NG_FIGURE_TEXT], when[16];
	double packets = 0, drops = 0;
	time_t now = time(NULL);

	for (unsigned int row = 0; row < ROWS; row++) {
		packets += ng_verdict_texts[row / 2].in ? now_of(watch, row) : 0;
		drops += ng_verdict_texts[row / 2].in && !strcmp(action_of(row), "drop") ? now_of(watch, row) : 0;
	}
	strftime(when, sizeof(when), "%H:%M:%S", localtime(&now));
	printf("%s  coming in: %s packets/s, %s of them dropped; amplification %.2f\n", when, ng_figure(packets, in),
	       ng_figure(drops, dropped), ng_snapshot_factor(&watch->since));
	printf("interfaces: ");
	for (size_t i = 0; i < watch->now.count; i++)
		printf("%s%s%s", i ? ", " : "", watch->now.interfaces[i].row.name,
		       watch->now.interfaces[i].monitor ? " (monitor mode: nothing is dropped)" : "");
	printf("; policy %s\n", watch->now.policy.name);
	printf("each line to the height of its own highest; %s\n\n",
	       watch->looks ? "q ends it" : "q ends it; the first rates come in a moment");
}

static json_t *rate_json(const struct watch *watch, const struct ng_seen *seen, unsigned int direction,
			 unsigned int family, unsigned int verdict)
{
	const struct ng_count *count = &seen->counters.row[direction][family][verdict];
	const struct ng_verdict_text *text = &ng_verdict_texts[verdict];

	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:f,s:f,s:f}", "interface", seen->row.name, "direction",
			 ng_direction_labels[direction], "family", ng_family_labels[family], "verdict",
			 text->drops ? "drop" : "pass", "reason", text->label, "pps",
			 (double)count->packets / watch->elapsed, "bytes_per_second",
			 (double)count->bytes / watch->elapsed, "would_drop_pps",
			 (double)count->would_drop / watch->elapsed);
}

/* Rows that moved. */
static void print_json(const struct watch *watch)
{
	json_t *rates = json_array();

	for (size_t i = 0; i < watch->since.count; i++)
		for (unsigned int row = 0; row < NG_DIRECTIONS * NG_FAMILIES * NG_VERDICTS; row++) {
			unsigned int verdict = row % NG_VERDICTS, family = row / NG_VERDICTS % NG_FAMILIES;
			unsigned int direction = row / NG_VERDICTS / NG_FAMILIES;
			const struct ng_seen *seen = &watch->since.interfaces[i];
			const struct ng_count *count = &seen->counters.row[direction][family][verdict];

			if (count->packets || count->would_drop)
				json_array_append_new(rates, rate_json(watch, seen, direction, family, verdict));
		}
	ng_print_json(json_pack("{s:f,s:f,s:o}", "time", clock_of(CLOCK_REALTIME), "seconds", watch->elapsed, "rates",
				rates));
}

static void show(const struct watch *watch)
{
	if (watch->command->json) {
		if (watch->looks)
			print_json(watch);
		return;
	}
	ng_screen_draw();
	print_head(watch);
	print_rows(watch);
}

static int look(struct watch *watch, struct ng_fault *fault)
{
	double now;

	watch->before = watch->now;
	if (ng_report_read(watch->command, &watch->now, fault))
		return fault->exit;
	now = clock_of(CLOCK_MONOTONIC);
	watch->elapsed = now - watch->looked;
	watch->looked = now;
	ng_snapshot_since(&watch->before, &watch->now, &watch->since);
	remember(watch);
	return 0;
}

/* Draws again where the terminal has another size, or a key was pressed. False: it was ended. */
static bool wait_until(const struct watch *watch, double next)
{
	double left;

	while ((left = next - clock_of(CLOCK_MONOTONIC)) > 0) {
		if (ng_screen_wait((int)(left * 1000) + 1) < 0)
			return false;
		if (clock_of(CLOCK_MONOTONIC) < next && !watch->command->json)
			show(watch);
	}
	return true;
}

static int watch_on(struct watch *watch, struct ng_fault *fault)
{
	double next = clock_of(CLOCK_MONOTONIC);
	int exit = ng_report_read(watch->command, &watch->now, fault) ? (int)fault->exit : 0;

	watch->looked = next;
	while (!exit) {
		show(watch);
		next += watch->seconds;
		if (next < watch->looked) /* the machine slept */
			next = watch->looked + watch->seconds;
		if (!wait_until(watch, next))
			return NG_EXIT_OK;
		exit = look(watch, fault);
	}
	return exit;
}

int ng_watch(const struct ng_command *command, unsigned int seconds)
{
	static struct watch watch; /* too large for the stack */
	struct ng_fault fault;
	int exit;

	watch.command = command;
	watch.seconds = seconds;
	watch.elapsed = 1;
	watch.utf8 = setlocale(LC_CTYPE, "") && !strcmp(nl_langinfo(CODESET), "UTF-8");
	ng_screen_begin();
	exit = watch_on(&watch, &fault);
	ng_screen_end();
	return exit ? ng_fail(command, &fault) : NG_EXIT_OK;
}
