// SPDX-License-Identifier: GPL-2.0-only
/* Without a chronyd: no sources, and the clock as the kernel sees it. */
#include <string.h>
#include <sys/timex.h>

#include "answer.h"

#define TRACKING_LENGTH 104
#define ACTIVITY_LENGTH 48
#define N_SOURCES_LENGTH 32
#define MANUAL_LIST_LENGTH 416 /* with room for all samples, of which there are none */

#define REFERENCE_KERNEL 0x4b45524e /* "KERN": chronyc prints it as text where there is no address */
enum { LEAP_NORMAL, LEAP_INSERT, LEAP_DELETE, LEAP_UNSYNCHRONISED };

static uint16_t leap_of(const struct timex *clock, int state)
{
	if (state == TIME_ERROR || clock->status & STA_UNSYNC)
		return LEAP_UNSYNCHRONISED;
	return clock->status & STA_INS ? LEAP_INSERT : clock->status & STA_DEL ? LEAP_DELETE : LEAP_NORMAL;
}

/* Offsets from 68 on: correction, last and RMS offset, frequency, residual frequency, skew, root delay, root
 * dispersion, update interval. What the kernel does not know (who set it, and when) is 0. Its offset is what it
 * has still to add, so the clock is slow by that, as chrony's correction says; its frequency is what it adds to
 * a clock that is slow, in 2^-16 ppm. */
static void tracking(struct ng_cmdmon_reply *reply)
{
	struct timex clock = { 0 };
	int state = adjtimex(&clock);
	double offset = (double)clock.offset / (clock.status & STA_NANO ? 1e9 : 1e6);
	const double numbers[] = {
		offset,
		offset,
		(double)clock.esterror / 1e6,
		(double)clock.freq / 65536,
		0,
		0,
		0,
		(double)clock.maxerror / 1e6,
		0,
	};

	if (!ng_cmdmon_start(reply, CMDMON_RPY_TRACKING, TRACKING_LENGTH))
		return;
	ng_put32(reply->bytes + 28, REFERENCE_KERNEL);
	ng_put16(reply->bytes + 54, leap_of(&clock, state));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ng_put32(reply->bytes + 68 + 4 * i, ng_cmdmon_float(numbers[i]));
}

void ng_alone(const struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply)
{
	enum {
		N_SOURCES = 14,
		CMDACCHECK = 26,
		TRACKING = 33,
		RTCREPORT = 35,
		MANUAL_LIST = 41,
		ACTIVITY = 44,
		SMOOTHING = 51
	};

	switch (request->command) {
	case N_SOURCES: ng_cmdmon_start(reply, CMDMON_RPY_N_SOURCES, N_SOURCES_LENGTH); break;
	case CMDACCHECK: ng_cmdmon_status(reply, CMDMON_ACCESSDENIED); break;
	case TRACKING: tracking(reply); break;
	case RTCREPORT: ng_cmdmon_status(reply, CMDMON_NORTC); break;
	case MANUAL_LIST: ng_cmdmon_start(reply, CMDMON_RPY_MANUAL_LIST2, MANUAL_LIST_LENGTH); break;
	case ACTIVITY: ng_cmdmon_start(reply, CMDMON_RPY_ACTIVITY, ACTIVITY_LENGTH); break;
	case SMOOTHING: ng_cmdmon_status(reply, CMDMON_NOTENABLED); break;
	default: ng_cmdmon_status(reply, CMDMON_NOSUCHSOURCE);
	}
}
