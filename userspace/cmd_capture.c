// SPDX-License-Identifier: GPL-2.0-only
/* ntpguard capture: the packets themselves into a file, each with its verdict as a comment. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hearing.h"
#include "pcapng.h"
#include "snapshot.h"
#include "version.h"

struct capture {
	struct ng_hearing hearing;
	const char *path;
	FILE *to;
	long whole; /* bytes of the file up to the last whole block; -1: it is no file */
	unsigned int interfaces;
	int known[NG_INTERFACES_MAX]; /* 1 + the number in the file of interface i; 0: not there yet */
};

static int fail_write(const struct capture *capture, int error, const char *unchanged)
{
	struct ng_fault fault;

	ng_fault(&fault, NG_EXIT_NEGATIVE, -error, "%s: %s", capture->path, strerror(-error));
	ng_fault_unchanged(&fault, "%s", unchanged);
	ng_fault_hint(&fault, "name another file, or one where there is room: -w FILE");
	return ng_fail(capture->hearing.command, &fault);
}

/* What was written of the last block goes, so that the file can be read to its end. */
static int fail_packet(struct capture *capture, int error)
{
	char kept[64];

	if (capture->whole >= 0 && ftruncate(fileno(capture->to), capture->whole))
		return fail_write(capture, error, "its last packet is there in part");
	snprintf(kept, sizeof(kept), "%llu packets are in it whole", (unsigned long long)capture->hearing.told);
	return fail_write(capture, error, kept);
}

static int open_file(struct capture *capture)
{
	int file = -1;

	if (!strcmp(capture->path, "-")) {
		capture->to = stdout;
		return 0;
	}
	file = open(capture->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	capture->to = file < 0 ? NULL : fdopen(file, "w");
	return capture->to ? 0 : -errno;
}

/* The file is made when the listening has begun, and not before. */
static int begin(struct ng_hearing *hearing)
{
	struct capture *capture = (struct capture *)hearing;
	int error = open_file(capture);

	if (error)
		return fail_write(capture, error, error == -EEXIST ? "it stays as it is" : "nothing was written");
	error = ng_pcapng_begin(capture->to, "ntpguard " NG_VERSION);
	if (error)
		return fail_write(capture, error, "nothing was captured");
	capture->whole = ftell(capture->to);
	ng_say(hearing->command, "capturing packets that are %s into %s; Ctrl-C ends it",
	       hearing->command->reason ? hearing->command->reason : "dropped", capture->path);
	return NG_EXIT_OK;
}

static int add_interface(struct capture *capture, const struct ng_event *event)
{
	char name[16];
	int error;

	ng_hearing_interface(&capture->hearing, event, name, sizeof(name));
	error = ng_pcapng_interface(capture->to, name, NG_EVENT_FRAME);
	if (!error)
		capture->known[event->interface % NG_INTERFACES_MAX] = (int)++capture->interfaces;
	return error;
}

static int write_packet(struct capture *capture, const struct ng_event *event)
{
	const struct ng_verdict_text *verdict = &ng_verdict_texts[event->verdict];
	const int *known = &capture->known[event->interface % NG_INTERFACES_MAX];
	struct ng_pcapng_packet packet = { .time_ns = ng_hearing_time(&capture->hearing, event),
					   .leaves = event->direction == NG_OUT,
					   .size = event->size,
					   .whole = event->frame_bytes,
					   .frame = event->frame };
	int error = *known ? 0 : add_interface(capture, event);
	char comment[256];

	if (error)
		return error;
	snprintf(comment, sizeof(comment), "%s %s: %s%s",
		 !verdict->drops ? "pass"
		 : event->passed ? "would drop"
				 : "drop",
		 verdict->label, verdict->sentence, event->weight > 1 ? " (one of several)" : "");
	packet.interface = (unsigned int)*known - 1;
	packet.comment = comment;
	return ng_pcapng_packet(capture->to, &packet);
}

static int write_event(struct ng_hearing *hearing, const struct ng_event *event)
{
	struct capture *capture = (struct capture *)hearing;
	int error = write_packet(capture, event);

	if (error)
		return fail_packet(capture, error);
	capture->whole = ftell(capture->to);
	return NG_EXIT_OK;
}

int ng_cmd_capture(struct ng_command *command)
{
	struct capture capture = { .hearing = { .begin = begin, .each = write_event }, .path = command->write };
	int exit;

	if (command->count || !command->write)
		return ng_fail_usage(command,
				     command->count ? "capture takes no operand but -w FILE"
						    : "capture: into which file? (-w FILE.pcap; - is standard output)");
	if (!strcmp(command->write, "-") && isatty(STDOUT_FILENO))
		return ng_fail_usage(command, "-w -: standard output is a terminal, which a capture would upset");
	exit = ng_hearing_take(command, &capture.hearing);
	if (exit)
		return exit;
	exit = ng_hearing_run(&capture.hearing);
	if (exit == NG_EXIT_OK)
		ng_say(command, "%llu packets captured, of %llu", (unsigned long long)capture.hearing.told,
		       (unsigned long long)capture.hearing.stood_for);
	if (capture.to && capture.to != stdout)
		fclose(capture.to);
	return exit;
}
