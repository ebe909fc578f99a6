/* SPDX-License-Identifier: GPL-2.0-only */
/* chrony's command and monitoring protocol, version 6: the bytes. Pure: no socket, no clock. All integers on the
 * wire are big-endian and unaligned as far as C is concerned; offsets count from the start of the message
 * (chrony candm.h). */
#ifndef NTPGUARD_CMDMON_H
#define NTPGUARD_CMDMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CMDMON_VERSION 6
#define CMDMON_COMPATIBLE 5 /* who speaks this version or later is told that ours is another */
#define CMDMON_REQUEST 1
#define CMDMON_REPLY 2
#define CMDMON_REQUEST_HEAD 20
#define CMDMON_REPLY_HEAD 28
#define CMDMON_REQUEST_MAX 860 /* sizeof (CMD_Request) */
#define CMDMON_REPLY_MAX CMDMON_REQUEST_MAX

/* Offsets in requests and replies. */
#define CMDMON_COMMAND 4
#define CMDMON_REPLY_CODE 6
#define CMDMON_STATUS 8
#define CMDMON_REQUEST_SEQUENCE 8
#define CMDMON_REPLY_SEQUENCE 16

/* Statuses that are named here (STT_*). */
enum {
	CMDMON_SUCCESS = 0,
	CMDMON_FAILED = 1,
	CMDMON_UNAUTH = 2,
	CMDMON_INVALID = 3,
	CMDMON_NOSUCHSOURCE = 4,
	CMDMON_NOTENABLED = 6,
	CMDMON_ACCESSALLOWED = 8,
	CMDMON_ACCESSDENIED = 9,
	CMDMON_NORTC = 13,
	CMDMON_INACTIVE = 15,
	CMDMON_INVALIDAF = 17,
	CMDMON_BADPKTVERSION = 18,
	CMDMON_BADPKTLENGTH = 19,
	CMDMON_STATUSES = 22,
};

/* Reply codes that are made here (RPY_*). */
enum {
	CMDMON_RPY_NULL = 1,
	CMDMON_RPY_N_SOURCES = 2,
	CMDMON_RPY_TRACKING = 5,
	CMDMON_RPY_ACTIVITY = 12,
	CMDMON_RPY_SERVER_STATS = 14,
	CMDMON_RPY_CLIENTS2 = 15, /* of chrony 3 */
	CMDMON_RPY_NTP_DATA = 16,
	CMDMON_RPY_MANUAL_LIST2 = 18,
	CMDMON_RPY_CLIENTS = 21,
	CMDMON_RPY_SERVER_STATS2 = 22,
	CMDMON_RPY_SERVER_STATS3 = 24,
	CMDMON_RPY_SERVER_STATS4 = 25,
	CMDMON_RPY_NTP_DATA2 = 26,
};

/* struct IPAddr of candm.h: 16 bytes of address, two of family, two of padding. */
#define CMDMON_ADDRESS 20
#define CMDMON_FAMILY 16
enum { CMDMON_UNSPEC = 0, CMDMON_INET4 = 1, CMDMON_INET6 = 2 };

#define CMDMON_COMMANDS 75

/* One command's row of cmdmon.def. */
struct ng_cmdmon_command {
	const char *label;
	uint16_t length; /* of the shortest request */
};
extern const struct ng_cmdmon_command ng_cmdmon_commands[CMDMON_COMMANDS];
extern const char *const ng_cmdmon_statuses[CMDMON_STATUSES];

struct ng_cmdmon_request {
	uint16_t command;
	size_t size;
	uint8_t bytes[CMDMON_REQUEST_MAX];
};

/* As long as its request at most: what does not fit cannot be put in. */
struct ng_cmdmon_reply {
	size_t size; /* 0: none is to be sent */
	size_t room; /* the request's length */
	uint8_t bytes[CMDMON_REPLY_MAX];
};

/* Takes a datagram apart as chronyd does (cmdmon.c, read_from_cmd_socket()). True: it is a request for
 * answer.c, and the reply is an empty one with status CMDMON_SUCCESS. False: the reply is all there is to
 * say, or of size 0 and chronyd would be silent. */
bool ng_cmdmon_parse(const void *data, size_t size, struct ng_cmdmon_request *request, struct ng_cmdmon_reply *reply);

/* Makes the reply one of this code and length; all of it behind the head is zero. False, and the reply is one
 * of CMDMON_BADPKTLENGTH: it would be longer than its request. */
bool ng_cmdmon_start(struct ng_cmdmon_reply *reply, uint16_t code, size_t size);

/* Makes the reply an empty one of this status. */
void ng_cmdmon_status(struct ng_cmdmon_reply *reply, uint16_t status);

/* Big-endian integers. */
void ng_put16(uint8_t *to, uint16_t value);
void ng_put32(uint8_t *to, uint32_t value);
void ng_put64(uint8_t *to, uint64_t value);
uint16_t ng_get16(const uint8_t *from);
uint32_t ng_get32(const uint8_t *from);
uint64_t ng_get64(const uint8_t *from);

/* candm.h's Float: seven bits of exponent, 25 of coefficient, both signed. */
uint32_t ng_cmdmon_float(double value);

/* ---- serverstats: one report, four forms ---- */

enum ng_stat {
	NG_STAT_NTP_HITS,
	NG_STAT_NKE_HITS,
	NG_STAT_CMD_HITS,
	NG_STAT_NTP_DROPS,
	NG_STAT_NKE_DROPS,
	NG_STAT_CMD_DROPS,
	NG_STAT_LOG_DROPS,
	NG_STAT_NTP_AUTH_HITS,
	NG_STAT_INTERLEAVED_HITS,
	NG_STAT_TIMESTAMPS,
	NG_STAT_SPAN,
	NG_STATS = 17, /* six more, of where timestamps came from */
};
#define NG_SERVERSTATS_FORMS 4

/* Reads a reply of any form; false: it is none. What the form lacks is 0. */
bool ng_serverstats_read(const uint8_t *reply, size_t size, uint64_t stats[NG_STATS]);

/* Makes the reply of the newest form that fits in its request, and is not newer than `newest` (1 to 4). */
void ng_serverstats_write(struct ng_cmdmon_reply *reply, unsigned int newest, const uint64_t stats[NG_STATS]);

/* The length that asks a chronyd of any release for this report. */
#define CMDMON_SERVER_STATS_LENGTH 196
#define CMDMON_NTP_DATA_LENGTH 172

/* Turns chronyd's ntpdata reply, of either form, into the newest that fits and is wanted (1 or 2); false: it
 * is none. */
bool ng_ntpdata_convert(const uint8_t *from, size_t size, unsigned int newest, struct ng_cmdmon_reply *reply);

#endif
