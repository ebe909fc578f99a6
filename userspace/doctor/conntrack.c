// SPDX-License-Identifier: GPL-2.0-only
/* The check of connection tracking, whose table a flood fills before any rule drops a packet. */
#include <errno.h>
#include <string.h>

#include "doctor.h"

#define TABLE "/proc/net/nf_conntrack"
#define LIMITS "/proc/sys/net/netfilter/nf_conntrack_"

/* The requests that come in and the answers to them; the host's own queries stay tracked, so that rules that pass
 * replies to them go on working. */
#define NOTRACK                                                                                                        \
	"nft 'add table inet ntp; add chain inet ntp in { type filter hook prerouting priority raw; }; add chain "     \
	"inet "                                                                                                        \
	"ntp out { type filter hook output priority raw; }; add rule inet ntp in udp dport 123 notrack; add rule "     \
	"inet "                                                                                                        \
	"ntp out udp sport 123 notrack'"

static bool is_ntp(const char *line)
{
	return strstr(line, " udp ") && (strstr(line, " dport=123 ") || strstr(line, " sport=123 "));
}

/* Entries of port 123, either end; a negative errno where the table is not shown. */
static long count_entries(const struct ng_doctor *doctor)
{
	FILE *file = ng_doctor_open(doctor, TABLE);
	char line[1024];
	long count = 0;

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		count += is_ntp(line);
	fclose(file);
	return count;
}

void ng_check_conntrack(struct ng_doctor *doctor)
{
	long total = ng_doctor_number(doctor, LIMITS "count", -1), most = ng_doctor_number(doctor, LIMITS "max", -1);
	long entries = count_entries(doctor);

	if (entries < 0 && total <= 0) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "no connections are tracked");
		return;
	}
	if (most > 0 && total > most - most / 10) {
		ng_doctor_found(doctor, NG_DOCTOR_PROBLEM,
				"the table is full, %ld of %ld entries: new connections of all kinds are dropped",
				total, most);
		ng_doctor_fix(doctor, NOTRACK);
	}
	if (entries < 0)
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, TABLE ": %s", strerror((int)-entries));
	else if (!entries)
		ng_doctor_found(doctor, NG_DOCTOR_OK, "no entries of port 123");
	else
		ng_doctor_found(doctor, most > 0 && entries > most / 10 ? NG_DOCTOR_WARNING : NG_DOCTOR_NOTE,
				"%ld of %ld entries are of port 123: each client takes one", entries, most);
	if (entries > 0)
		ng_doctor_fix(doctor, NOTRACK);
}
