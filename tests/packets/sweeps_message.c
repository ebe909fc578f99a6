// SPDX-License-Identifier: GPL-2.0-only
/* Everything about the message: AmpCheck's matrices, modes and versions, lengths, ports, monitor mode. */
#include <string.h>
#include <unistd.h>

#include "sweeps.h"

/* ---- AmpCheck: every query that any ntpd ever answered ---- */

enum form { BARE, PADDED, RESPONSE };

static void mode6_matrix(struct run *run, enum form form)
{
	run_policy(run, "default pass");
	for (EACH_FAMILY(family))
		for (int version = 1; version <= 4; version++)
			for (int opcode = 0; opcode < 32; opcode++) {
				struct frame frame = frame_request(family, ATTACKER);

				frame.message = (struct message)mode6(version, opcode, 12);
				frame.message.head[1] |= form == RESPONSE ? 0x80 : 0;
				frame.padded_to = form == PADDED ? 60 : 0;
				run_frame(run, &frame, form == RESPONSE ? NG_V_REPLY_LISTED : NG_V_MODE6,
					  "version %d, opcode %d, %s", version, opcode, family_name(family));
			}
}

static void mode7_codes(struct run *run, enum ng_family family, enum form form, int version, uint8_t implementation)
{
	for (int code = 0; code < 46; code++) {
		struct frame frame = frame_request(family, ATTACKER);

		frame.message = (struct message)mode7(version, implementation, code, 8);
		frame.message.head[0] |= form == RESPONSE ? 0x80 : 0;
		frame.padded_to = form == PADDED ? 60 : 0;
		run_frame(run, &frame, form == RESPONSE ? NG_V_REPLY_LISTED : NG_V_MODE7,
			  "version %d, implementation %d, code %d, %s", version, implementation, code,
			  family_name(family));
	}
}

static void mode7_matrix(struct run *run, enum form form)
{
	run_policy(run, "default pass");
	for (EACH_FAMILY(family))
		for (int version = 1; version <= 4; version++) {
			mode7_codes(run, family, form, version, 2);
			mode7_codes(run, family, form, version, 3);
		}
}

static void mode6_bare(struct run *run)
{
	mode6_matrix(run, BARE);
}

static void mode6_padded(struct run *run)
{
	mode6_matrix(run, PADDED);
}

static void mode6_responses(struct run *run)
{
	mode6_matrix(run, RESPONSE);
}

static void mode7_bare(struct run *run)
{
	mode7_matrix(run, BARE);
}

static void mode7_padded(struct run *run)
{
	mode7_matrix(run, PADDED);
}

static void mode7_responses(struct run *run)
{
	mode7_matrix(run, RESPONSE);
}

/* ---- versions and modes ---- */

/* A letter for each mode, a string for each version. */
struct square {
	const char *policy;
	uint16_t sport, dport;
	const char *version[8];
};

static const struct square squares[] = {
	/* clients' ports: mode 0 is a request in version 1, row 8 of the manual's table */
	{ "default pass",
	  PORT_EPHEMERAL,
	  PORT_NTP,
	  { "MMMMMM67", "qPrqrB67", "MPrqrB67", "MPrqrB67", "MPrqrB67", "MMMMMM67", "MMMMMM67", "MMMMMM67" } },
	{ "default drop",
	  PORT_EPHEMERAL,
	  PORT_NTP,
	  { "MMMMMM67", "nPrnrB67", "MPrnrB67", "MPrnrB67", "MPrnrB67", "MMMMMM67", "MMMMMM67", "MMMMMM67" } },
	{ "default pass; ntpv5 allow",
	  PORT_EPHEMERAL,
	  PORT_NTP,
	  { "MMMMMM67", "qPrqrB67", "MPrqrB67", "MPrqrB67", "MPrqrB67", "MPrqrB67", "MMMMMM67", "MMMMMM67" } },
	{ "default pass; symmetric limit",
	  PORT_EPHEMERAL,
	  PORT_NTP,
	  { "MMMMMM67", "qqrqrB67", "MqrqrB67", "MqrqrB67", "MqrqrB67", "MMMMMM67", "MMMMMM67", "MMMMMM67" } },
	/* from the NTP port, mode 0 is nothing */
	{ "default pass",
	  PORT_NTP,
	  PORT_NTP,
	  { "MMMMMM67", "MPrqrB67", "MPrqrB67", "MPrqrB67", "MPrqrB67", "MMMMMM67", "MMMMMM67", "MMMMMM67" } },
	{ "default drop; ntpv5 allow",
	  PORT_NTP,
	  PORT_NTP,
	  { "MMMMMM67", "MPrnrB67", "MPrnrB67", "MPrnrB67", "MPrnrB67", "MPrnrB67", "MMMMMM67", "MMMMMM67" } },
	/* to the port that asked, everything that is a message is a reply */
	{ "default drop",
	  PORT_NTP,
	  PORT_EPHEMERAL,
	  { "MMMMMMrr", "Mrrrrrrr", "Mrrrrrrr", "Mrrrrrrr", "Mrrrrrrr", "MMMMMMrr", "MMMMMMrr", "MMMMMMrr" } },
	{ "default drop; ntpv5 allow",
	  PORT_NTP,
	  PORT_EPHEMERAL,
	  { "MMMMMMrr", "Mrrrrrrr", "Mrrrrrrr", "Mrrrrrrr", "Mrrrrrrr", "Mrrrrrrr", "MMMMMMrr", "MMMMMMrr" } },
};

static enum ng_verdict verdict_of(char letter)
{
	switch (letter) {
	case 'M': return NG_V_MALFORMED;
	case 'P': return NG_V_PEER_DENIED;
	case 'B': return NG_V_BROADCAST;
	case 'r': return NG_V_REPLY_LISTED;
	case 'q': return NG_V_REQUEST_DEFAULT;
	case 'n': return NG_V_NOT_ALLOWED;
	case '6': return NG_V_MODE6;
	default: return NG_V_MODE7;
	}
}

/* Every value of byte 0, and of byte 1 the bit that makes a mode 6 query a response. */
static enum ng_verdict in_square(const struct square *square, unsigned int byte0, unsigned int byte1)
{
	char letter = square->version[byte0 >> 3 & 7][byte0 & 7];

	if ((letter == '6' && byte1 & 0x80) || (letter == '7' && byte0 & 0x80))
		letter = 'r';
	return verdict_of(letter);
}

static void run_square(struct run *run, const struct square *square, enum ng_family family)
{
	struct frame frame = frame_request(family, CLIENT);

	frame.sport = square->sport;
	frame.dport = square->dport;
	run_policy(run, square->policy);
	for (unsigned int byte0 = 0; byte0 < 256; byte0++)
		for (unsigned int byte1 = 0; byte1 < 256; byte1 += 0x40) {
			frame.message.head[0] = (uint8_t)byte0;
			frame.message.head[1] = (uint8_t)byte1;
			run_frame(run, &frame, in_square(square, byte0, byte1),
				  "bytes %02x %02x (version %u, mode %u) from port %d to port %d, %s", byte0, byte1,
				  byte0 >> 3 & 7, byte0 & 7, square->sport, square->dport, family_name(family));
		}
}

static void versions_and_modes(struct run *run)
{
	for (size_t i = 0; i < SWEEP_COUNT(squares); i++)
		for (EACH_FAMILY(family))
			run_square(run, &squares[i], family);
}

/* ---- lengths ---- */

/* `shortest` is what this mode becomes from one byte on; from 48 on, `good` where NTP has the length. */
struct measure {
	const char *says;
	uint8_t byte0;
	uint16_t sport, dport;
	bool any_length;
	enum ng_verdict good;
};

static const struct measure measures[] = {
	{ "mode 3", 0x23, PORT_EPHEMERAL, PORT_NTP, false, NG_V_REQUEST_ALLOWED },
	{ "mode 0, version 1", 0x08, PORT_EPHEMERAL, PORT_NTP, false, NG_V_REQUEST_ALLOWED },
	{ "mode 1", 0x21, PORT_NTP, PORT_NTP, false, NG_V_PEER_ALLOWED },
	{ "mode 2", 0x22, PORT_NTP, PORT_NTP, false, NG_V_REPLY_LISTED },
	{ "mode 4", 0x24, PORT_NTP, PORT_EPHEMERAL, false, NG_V_REPLY_LISTED },
	{ "mode 5", 0x25, PORT_NTP, PORT_NTP, false, NG_V_BROADCAST },
	{ "mode 6", 0x16, PORT_EPHEMERAL, PORT_NTP, true, NG_V_MODE6 },
	{ "mode 7", 0x17, PORT_EPHEMERAL, PORT_NTP, true, NG_V_MODE7 },
	{ "mode 7, a response", 0x97, PORT_NTP, PORT_EPHEMERAL, true, NG_V_REPLY_LISTED },
};

/* Of an empty datagram no mode can be read. */
static enum ng_verdict measured(const struct measure *measure, uint32_t length)
{
	if (!length)
		return NG_V_MALFORMED;
	return measure->any_length ? measure->good : by_length(length, measure->good);
}

static void run_measure(struct run *run, const struct measure *measure, uint16_t longest, uint16_t padded_to)
{
	for (EACH_FAMILY(family))
		for (uint16_t length = 0; length <= longest; length++) {
			struct frame frame = frame_request(family, CLIENT);

			frame.sport = measure->sport;
			frame.dport = measure->dport;
			frame.message = (struct message){ .head = { measure->byte0 }, .length = length };
			frame.padded_to = padded_to;
			run_frame(run, &frame, measured(measure, length), "%s, %u bytes, %s", measure->says, length,
				  family_name(family));
		}
}

static void lengths(struct run *run)
{
	run_policy(run, "default drop; allow CLIENT");
	for (size_t i = 0; i < SWEEP_COUNT(measures); i++)
		run_measure(run, &measures[i], 1200, 0);
}

/* What Ethernet adds to short frames, and what else may lie behind them, is not the message. */
static void padded_lengths(struct run *run)
{
	static const uint16_t sizes[] = { 60, 64, 128 };

	run_policy(run, "default drop; allow CLIENT");
	for (size_t i = 0; i < SWEEP_COUNT(measures); i++)
		for (size_t j = 0; j < SWEEP_COUNT(sizes); j++)
			run_measure(run, &measures[i], 60, sizes[j]);
}

/* ---- ports ---- */

/* Every port at one end; the NTP port, and it alone, makes a message ours. */
static void ports_against(struct run *run, uint16_t ntp_port)
{
	for (EACH_FAMILY(family))
		for (uint32_t port = 0; port <= UINT16_MAX; port++) {
			struct frame frame = frame_request(family, ATTACKER);

			frame.message = (struct message)mode7(2, 3, 42, 8);
			frame.dport = (uint16_t)port;
			run_frame(run, &frame, port == ntp_port ? NG_V_MODE7 : NG_V_NOT_OURS, "mode 7 to port %u, %s",
				  port, family_name(family));
			frame.dport = frame.sport;
			frame.sport = (uint16_t)port;
			run_frame(run, &frame, port == ntp_port ? NG_V_REPLY_LISTED : NG_V_NOT_OURS,
				  "mode 7 from port %u, %s", port, family_name(family));
		}
}

static void ports(struct run *run)
{
	run_policy(run, "default drop");
	ports_against(run, 123);
}

static void ports_elsewhere(struct run *run)
{
	run_policy(run, "default drop; port 1123");
	ports_against(run, 1123);
}

/* ---- interfaces ---- */

static void one_of_each(struct run *run, const char *says)
{
	for (EACH_FAMILY(family)) {
		struct frame frame = frame_request(family, ATTACKER);

		run_frame(run, &frame, NG_V_NOT_ALLOWED, "%s, a stranger, %s", says, family_name(family));
		frame.message = (struct message)mode7(2, 3, 42, 8);
		run_frame(run, &frame, NG_V_MODE7, "%s, monlist, %s", says, family_name(family));
		frame = frame_request(family, CLIENT);
		run_frame(run, &frame, NG_V_REQUEST_ALLOWED, "%s, one allowed, %s", says, family_name(family));
		frame.dport = 53;
		run_frame(run, &frame, NG_V_NOT_OURS, "%s, DNS, %s", says, family_name(family));
	}
}

static void monitored_interface(struct run *run)
{
	run_policy(run, "default drop; allow CLIENT");
	for (int turn = 0; turn < 2; turn++) {
		run_monitor(run, true);
		one_of_each(run, "monitored");
		run_monitor(run, false);
		one_of_each(run, "not monitored");
	}
}

/* The policy is one, the counters and the monitor bits are not. */
static void two_interfaces(struct run *run)
{
	struct ng_fault fault = { .message = "" };
	struct ng_counters first;
	int in = run->program[NG_IN], out = run->program[NG_OUT];
	int second_in = ng_program_open(run->loader, NG_IN, 0, &fault);
	int second_out = ng_program_open(run->loader, NG_OUT, 0, &fault);

	if (second_in < 0 || second_out < 0)
		run_give_up(run, "%s", fault.message);
	run_policy(run, "default drop; allow CLIENT");
	run_monitor(run, true);
	first = run_counters(run);
	run_interface(run, second_in, second_out, 0);
	one_of_each(run, "beside a monitored interface");
	run_monitor(run, true);
	one_of_each(run, "both monitored");
	run_monitor(run, false);
	run_interface(run, in, out, RUN_INTERFACE);
	if (memcmp(&first, &run->sum, sizeof(first)))
		run_complain(run, "frames of one interface moved counters of another");
	one_of_each(run, "monitored, beside one that is not");
	run_monitor(run, false);
	close(second_in);
	close(second_out);
}

const struct group message_sweeps[] = {
	{ "AmpCheck mode 6 matrix", mode6_bare },
	{ "AmpCheck mode 6 matrix, padded by Ethernet", mode6_padded },
	{ "AmpCheck mode 6 matrix, marked as responses", mode6_responses },
	{ "AmpCheck mode 7 matrix", mode7_bare },
	{ "AmpCheck mode 7 matrix, padded by Ethernet", mode7_padded },
	{ "AmpCheck mode 7 matrix, marked as responses", mode7_responses },
	{ "every version and mode, between each pair of ports", versions_and_modes },
	{ "every length from 0 to 1200, of each mode", lengths },
	{ "every length from 0 to 60, with padding behind it", padded_lengths },
	{ "every port at either end", ports },
	{ "every port at either end, the NTP port being 1123", ports_elsewhere },
	{ "monitor mode of one interface, on and off", monitored_interface },
	{ "two interfaces", two_interfaces },
};
const size_t message_sweep_count = SWEEP_COUNT(message_sweeps);
