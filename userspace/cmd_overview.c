// SPDX-License-Identifier: GPL-2.0-only
/* ntpguard alone: am I protected, what is happening, is my time all right, on one screen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "output.h"
#include "protection.h"
#include "snapshot.h"
#include "timekeeper.h"
#include "warnings.h"

#define LOOK_SECONDS 1
#define LABEL "Amplification: " /* the longest: all are as wide */
#define TEXT 512

/* What is shown, and how much of the terminal is used. */
struct screen {
	const struct ng_command *command;
	struct ng_snapshot now, since; /* since: one look earlier; or with -q, since it was loaded */
	double seconds; /* from look to look; 0: there was only one */
	struct ng_timekeeper keeper;
	size_t lines;
};

/* Of packets, dropped or not. */
struct traffic {
	uint64_t packets, dropped, would_drop;
};

/* A row of the last table: what became of packets, or in monitor mode would have become. */
struct fate {
	const struct ng_verdict_text *text;
	bool would;
	uint64_t since, total; /* packets */
};

static void add_traffic(struct traffic *traffic, const struct ng_seen *seen)
{
	for (unsigned int family = 0; family < NG_FAMILIES; family++)
		for (unsigned int verdict = 0; verdict < NG_VERDICTS; verdict++) {
			const struct ng_count *count = &seen->counters.row[NG_IN][family][verdict];

			traffic->packets += count->packets + count->would_drop;
			traffic->dropped += ng_verdict_texts[verdict].drops ? count->packets : 0;
			traffic->would_drop += count->would_drop;
		}
}

/* Packets or bytes per second; with only one look, how many there were. */
static const char *rate(const struct screen *screen, uint64_t number, char text[NG_FIGURE_TEXT])
{
	return ng_figure(screen->seconds > 0 ? (double)number / screen->seconds : (double)number, text);
}

static void tell(struct screen *screen, const char *label, const char *text, enum ng_colour colour, size_t coloured)
{
	char wide[sizeof(LABEL)];

	if (!ng_output_has_colours(screen->command))
		colour = NG_PLAIN;
	snprintf(wide, sizeof(wide), "%-*s", (int)sizeof(LABEL) - 1, label);
	screen->lines += ng_output_paragraph(wide, text, colour, coloured);
}

static void space(struct screen *screen)
{
	puts("");
	screen->lines++;
}

/* The guarded interfaces by name, as far as there is room. */
static void names(const struct ng_snapshot *snapshot, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < snapshot->count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
					 snapshot->interfaces[i].row.name);
}

static void tell_protection(struct screen *screen)
{
	static const enum ng_colour colours[NG_PROTECTIONS] = { NG_GREEN, NG_YELLOW, NG_YELLOW, NG_RED };
	char why[TEXT / 2], text[TEXT];
	enum ng_protection protection = ng_protection_of(&screen->now, why, sizeof(why));
	const char *word = ng_protection_words[protection];

	if (protection == NG_PROTECTED) {
		names(&screen->now, why, sizeof(why));
		snprintf(text, sizeof(text), "%s, on %s, on the way in and out", word, why);
	} else if (protection == NG_UNPROTECTED) {
		snprintf(text, sizeof(text), "%s, because %s", word, why);
	} else {
		snprintf(text, sizeof(text), "%s: %s", word, why);
	}
	tell(screen, "Protected:", text, colours[protection], strlen(word));
}

static void tell_policy(struct screen *screen)
{
	const struct ng_policy *policy = &screen->now.policy;
	time_t published = (time_t)policy->published;
	char when[32], text[TEXT];

	if (!policy->generation)
		return;
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", localtime(&published));
	snprintf(text, sizeof(text), "%s, generation %llu, in force since %s", policy->name,
		 (unsigned long long)policy->generation, when);
	tell(screen, "Policy:", text, NG_PLAIN, 0);
}

static void tell_traffic(struct screen *screen)
{
	char packets[NG_FIGURE_TEXT], dropped[NG_FIGURE_TEXT], would[NG_FIGURE_TEXT], text[TEXT];
	struct traffic traffic = { 0 };
	size_t length;

	for (size_t i = 0; i < screen->since.count; i++)
		add_traffic(&traffic, &screen->since.interfaces[i]);
	length = (size_t)snprintf(
		text, sizeof(text), "%s packets%s, %s of them dropped", rate(screen, traffic.packets, packets),
		screen->seconds > 0 ? "/s now" : " since load", rate(screen, traffic.dropped, dropped));
	if (traffic.would_drop)
		length += (size_t)snprintf(text + length, sizeof(text) - length, ", %s would be, but for monitor mode",
					   rate(screen, traffic.would_drop, would));
	if (ng_snapshot_is_saturated(&screen->now))
		snprintf(text + length, sizeof(text) - length,
			 "; more than the globallimit: see ntpguard top for who sends");
	tell(screen, "Coming in:", text, NG_PLAIN, 0);
}

static void tell_amplification(struct screen *screen)
{
	char in[NG_FIGURE_TEXT], out[NG_FIGURE_TEXT], text[TEXT];
	const struct ng_snapshot *since = &screen->since;
	int length = 0;

	if (screen->seconds > 0 && since->bytes_in)
		length = snprintf(text, sizeof(text), "%.2f now: %s bytes/s out for %s bytes/s in; ",
				  ng_snapshot_factor(since), rate(screen, since->bytes_out, out),
				  rate(screen, since->bytes_in, in));
	snprintf(text + length, sizeof(text) - (size_t)length, "%.2f since load", ng_snapshot_factor(&screen->now));
	tell(screen, "Amplification:", text, NG_PLAIN, 0);
}

static void tell_clock(struct screen *screen)
{
	bool well = screen->keeper.is_synchronised;
	char text[TEXT];

	ng_timekeeper_sentence(&screen->keeper, text, sizeof(text));
	tell(screen, "Clock:", text, well ? NG_GREEN : NG_RED, strlen(well ? "synchronised" : "not synchronised"));
}

static void tell_warning(void *to, const char *sentence)
{
	tell(to, "Warning:", sentence, NG_YELLOW, strlen(sentence));
}

static const char *way_out(const struct ng_seen *seen)
{
	return seen->link.egress ? "guarded" : seen->row.flags & NG_INTERFACE_NO_EGRESS ? "open" : "gone";
}

static void print_interfaces(struct screen *screen)
{
	static const char *const headings[] = { "INTERFACE", "MODE", "WAY OUT", "MONITOR", ">IN/S", ">DROPPED/S" };
	static const char *const totals[] = { "INTERFACE", "MODE", "WAY OUT", "MONITOR", ">IN", ">DROPPED" };
	struct ng_table_text *table = ng_table_new(screen->seconds > 0 ? headings : totals, 6);
	char packets[NG_FIGURE_TEXT], dropped[NG_FIGURE_TEXT];

	for (size_t i = 0; i < screen->since.count; i++) {
		const struct ng_seen *seen = &screen->since.interfaces[i];
		struct traffic traffic = { 0 };

		add_traffic(&traffic, seen);
		ng_table_row(table, (const char *const[]){ seen->row.name, ng_link_mode(&seen->link), way_out(seen),
							   seen->monitor ? "yes" : "no",
							   rate(screen, traffic.packets, packets),
							   rate(screen, traffic.dropped, dropped) });
	}
	ng_table_print(table);
	screen->lines += 1 + screen->since.count;
}

/* Busiest now, then in all. */
static int by_packets(const void *a, const void *b)
{
	const struct fate *one = a, *other = b;
	int order = (one->since < other->since) - (one->since > other->since);

	return order ? order : (one->total < other->total) - (one->total > other->total);
}

/* Those that were ever seen, in order; how many. */
static size_t collect_fates(const struct screen *screen, struct fate fates[2 * NG_VERDICTS])
{
	size_t count = 0;

	for (unsigned int i = 0; i < 2 * NG_VERDICTS; i++) {
		struct fate *fate = &fates[count];

		*fate = (struct fate){ .text = &ng_verdict_texts[i / 2],
				       .would = i % 2,
				       .since = ng_snapshot_packets(&screen->since, i / 2, i % 2),
				       .total = ng_snapshot_packets(&screen->now, i / 2, i % 2) };
		count += fate->total > 0;
	}
	qsort(fates, count, sizeof(*fates), by_packets);
	return count;
}

static const char *action_of(const struct fate *fate)
{
	return fate->would ? "would drop" : fate->text->drops ? "drop" : "pass";
}

/* Columns that are left for the sentences: figures are as wide as their headings, and a space is between columns. */
static size_t room_for_sentences(const struct fate *fates, size_t count)
{
	size_t label = strlen("REASON"), action = strlen("WHAT"), used;

	for (size_t i = 0; i < count; i++) {
		size_t other_label = strlen(fates[i].text->label), other_action = strlen(action_of(&fates[i]));

		label = other_label > label ? other_label : label;
		action = other_action > action ? other_action : action;
	}
	used = strlen("NOW/S TOTAL") + 1 + action + 1 + label + 1;
	return ng_output_columns() > used + 10 ? ng_output_columns() - used : 10;
}

/* The sentence, or as many of its words as there is room for. */
static const char *shorten(const char *sentence, size_t room, char text[TEXT])
{
	size_t length = strlen(sentence);

	if (length <= room)
		return sentence;
	length = room - strlen("...");
	while (length && sentence[length] != ' ')
		length--;
	while (length && strchr(" ,;:", sentence[length - 1]))
		length--;
	snprintf(text, TEXT, "%.*s...", (int)length, sentence);
	return text;
}

static void print_fates(const struct screen *screen, const struct fate *fates, size_t count)
{
	static const char *const headings[] = { ">NOW/S", ">TOTAL", "WHAT", "REASON", "MEANING" };
	struct ng_table_text *table = ng_table_new(headings, 5);
	size_t room = room_for_sentences(fates, count);
	char now[NG_FIGURE_TEXT], total[NG_FIGURE_TEXT], meaning[TEXT];

	for (size_t i = 0; i < count; i++) {
		const struct fate *fate = &fates[i];

		ng_table_row(table,
			     (const char *const[]){ screen->seconds > 0 ? rate(screen, fate->since, now) : "-",
						    ng_figure((double)fate->total, total), action_of(fate),
						    fate->text->label, shorten(fate->text->sentence, room, meaning) });
	}
	ng_table_print(table);
}

/* As many as the terminal has room for, with a line for the rest and one for the shell's prompt; but never none. */
static void tell_fates(const struct screen *screen)
{
	struct fate fates[2 * NG_VERDICTS];
	size_t count = collect_fates(screen, fates), rows = ng_output_rows(), shown = count;

	if (!count) {
		puts("No NTP packet was seen yet.");
		return;
	}
	if (rows && screen->lines + 2 + count > rows)
		shown = rows > screen->lines + 4 ? rows - screen->lines - 3 : 1;
	print_fates(screen, fates, shown);
	if (shown < count)
		printf("... and %zu quieter: ntpguard counters\n", count - shown);
}

static void print_screen(struct screen *screen)
{
	tell_protection(screen);
	tell_policy(screen);
	tell_traffic(screen);
	tell_amplification(screen);
	tell_clock(screen);
	ng_warnings(&screen->now, tell_warning, screen);
	space(screen);
	print_interfaces(screen);
	space(screen);
	tell_fates(screen);
}

static double clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* One look with -q; else two, some time apart. */
static int look(struct screen *screen, struct ng_fault *fault)
{
	static struct ng_snapshot before;
	double began;
	int error = ng_report_read(screen->command, &screen->now, fault);

	screen->since = screen->now;
	if (error || screen->command->quiet)
		return error;
	before = screen->now;
	began = clock_seconds();
	ng_progress(screen->command, "looking for a second ...");
	nanosleep(&(struct timespec){ .tv_sec = LOOK_SECONDS }, NULL);
	ng_progress(screen->command, NULL);
	error = ng_report_read(screen->command, &screen->now, fault);
	screen->seconds = clock_seconds() - began;
	if (!error)
		ng_snapshot_since(&before, &screen->now, &screen->since);
	return error;
}

int ng_cmd_overview(struct ng_command *command)
{
	static struct screen screen;
	struct ng_timekeeper_asked asked;
	struct ng_fault fault;
	int error;

	if (command->json)
		return ng_cmd_status(command);
	screen.command = command;
	ng_timekeeper_ask(&asked);
	error = look(&screen, &fault);
	ng_timekeeper_hear(&asked, &screen.keeper);
	if (error)
		return ng_fail(command, &fault);
	print_screen(&screen);
	return NG_EXIT_OK;
}
