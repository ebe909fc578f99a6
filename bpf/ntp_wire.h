/* SPDX-License-Identifier: GPL-2.0-only */
/* NTP on the wire: numbers only, no logic. */
#ifndef NTPGUARD_NTP_WIRE_H
#define NTPGUARD_NTP_WIRE_H

#define NTP_PORT 123 /* IANA; RFC 5905 section 7.2 */

/* Association modes, the low three bits of byte 0 (RFC 5905 figure 10). */
enum ntp_mode {
	NTP_MODE_RESERVED = 0, /* also what an NTPv1 client sends: RFC 1059 had no mode field */
	NTP_MODE_ACTIVE = 1, /* symmetric active */
	NTP_MODE_PASSIVE = 2, /* symmetric passive */
	NTP_MODE_CLIENT = 3,
	NTP_MODE_SERVER = 4,
	NTP_MODE_BROADCAST = 5,
	NTP_MODE_CONTROL = 6, /* ntpq; RFC 9327 */
	NTP_MODE_PRIVATE = 7, /* ntpdc; ntpd's ntp_request.h */
};

#define NTP_MODE(b0) ((b0)&7)
#define NTP_VERSION(b0) (((b0) >> 3) & 7)

/* Bytes 0 and 1 in one word, byte 0 low: the bit that marks a mode 7 (byte 0) or a mode 6
 * (byte 1) message as a response rather than a query. */
#define NTP_PRIVATE_RESPONSE 0x0080u
#define NTP_CONTROL_RESPONSE 0x8000u

#define NTP_VERSION_MIN 1
#define NTP_VERSION_MAX 4
#define NTP_VERSION_5 5 /* draft-ietf-ntp-ntpv5 */

#define NTP_LENGTH_MIN 48 /* the header; RFC 5905 figure 8 */
#define NTP_LENGTH_MAX 1140 /* header, 1024 bytes of extension fields, longest MAC: chrony ntp.h */
#define NTP_LENGTH_UNIT 4 /* every field is a multiple of four bytes; chrony ntp_core.c parse_packet */

/* Offsets of the timestamps (RFC 5905 figure 8). A reply's origin is its query's transmit timestamp or,
 * interleaved, its receive timestamp (RFC 9769). NTPv5 has its client cookie where v4 has the origin,
 * in query and reply alike. */
#define NTP_ORIGIN 24
#define NTP_RECEIVE 32
#define NTP_TRANSMIT 40

#endif
