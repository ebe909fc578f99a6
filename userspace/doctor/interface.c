// SPDX-License-Identifier: GPL-2.0-only
/* The checks of one interface. What the guard's programs do there already is proof enough; before that, the driver's
 * conditions tell what would happen. */
#include <string.h>

#include "doctor.h"

static bool is_native_now(const struct ng_doctor *doctor)
{
	const struct ng_seen *seen = ng_doctor_seen(doctor, doctor->card->name);

	return seen && seen->link.attached && seen->link.mode == NG_MODE_NATIVE;
}

static const char *driver_of(const struct ng_card *card)
{
	return card->driver[0] ? card->driver : "a driver without a name";
}

/* ---- the guard ---- */

static void check_not_loaded(struct ng_doctor *doctor, const char *word)
{
	if (!doctor->card->is_ethernet) {
		ng_doctor_found(doctor, NG_DOCTOR_PROBLEM, "carries no Ethernet frames: guard the interface below it");
		return;
	}
	ng_doctor_found(doctor, NG_DOCTOR_NOTE, "ntpguard is not loaded here%s",
			doctor->card->is_up ? "" : ", and the interface is down");
	ng_doctor_fix(doctor, "ntpguard load %s", word);
}

static void check_loaded(struct ng_doctor *doctor, const struct ng_seen *seen, const char *word)
{
	if (!seen->link.attached) {
		ng_doctor_found(doctor, NG_DOCTOR_PROBLEM, "not guarded: the program that was loaded is gone");
		ng_doctor_fix(doctor, "ntpguard load %s", word);
	} else if (!seen->link.egress && !(seen->row.flags & NG_INTERFACE_NO_EGRESS)) {
		ng_doctor_found(doctor, NG_DOCTOR_PROBLEM,
				"all replies are dropped: the program on the way out is gone");
		ng_doctor_fix(doctor, "ntpguard load %s", word);
	} else if (!ng_interface_is_current(&seen->row)) {
		ng_doctor_found(doctor, NG_DOCTOR_NOTE, "loaded, with programs of another build (ntpguard %s)",
				seen->row.version);
		ng_doctor_fix(doctor, "ntpguard load %s", word);
	} else if (seen->monitor) {
		ng_doctor_found(doctor, NG_DOCTOR_WARNING, "loaded, but in monitor mode: nothing is dropped");
		ng_doctor_fix(doctor, "ntpguard load %s", word);
	} else if (seen->row.flags & NG_INTERFACE_NO_EGRESS) {
		ng_doctor_found(doctor, NG_DOCTOR_WARNING,
				"loaded with --no-egress: replies pass unasked, answers of any size leave");
		ng_doctor_fix(doctor, "ntpguard unload %s && ntpguard load %s", word, word);
	} else {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "loaded, %s mode, both ways", ng_link_mode(&seen->link));
	}
}

void ng_check_guard(struct ng_doctor *doctor)
{
	const struct ng_seen *seen = ng_doctor_seen(doctor, doctor->card->name);
	const char *word = ng_doctor_word(doctor->card->name);

	if (doctor->guard_unknown)
		ng_doctor_found(doctor, NG_DOCTOR_SKIPPED, "%s", doctor->guard_unknown);
	else if (seen)
		check_loaded(doctor, seen, word);
	else
		check_not_loaded(doctor, word);
}

/* ---- the driver ---- */

/* Loaded in generic mode though the driver could do better. */
static void check_generic(struct ng_doctor *doctor)
{
	const struct ng_card *card = doctor->card;
	const char *word = ng_doctor_word(card->name);

	if (ng_card_runs_xdp(card) == 0) {
		ng_doctor_found(doctor, NG_DOCTOR_NOTE, "%s has no native XDP: generic mode, slower, is the best here",
				driver_of(card));
		return;
	}
	ng_doctor_found(doctor, NG_DOCTOR_WARNING, "generic mode, several times slower, though %s can run XDP natively",
			driver_of(card));
	ng_doctor_fix(doctor, "ntpguard unload %s && ntpguard load %s --mode native", word, word);
}

void ng_check_driver(struct ng_doctor *doctor)
{
	const struct ng_seen *seen = ng_doctor_seen(doctor, doctor->card->name);
	const struct ng_card *card = doctor->card;

	if (is_native_now(doctor))
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%s runs the guard natively", driver_of(card));
	else if (seen && seen->link.attached)
		check_generic(doctor);
	else if (ng_card_runs_xdp(card) > 0)
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%s runs XDP natively", driver_of(card));
	else if (ng_card_runs_xdp(card) == 0)
		ng_doctor_found(doctor, NG_DOCTOR_NOTE,
				"%s has no native XDP: the guard will run in generic mode, slower", driver_of(card));
	else
		ng_doctor_found(doctor, NG_DOCTOR_NOTE,
				"%s: this kernel does not tell whether it runs XDP natively; load tries, and says",
				driver_of(card));
}

/* ---- its conditions ---- */

void ng_check_mtu(struct ng_doctor *doctor)
{
	const struct ng_card *card = doctor->card;
	uint32_t limit = ng_card_mtu_limit(card);

	if (is_native_now(doctor) || !limit) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%u bytes", card->mtu);
	} else if (card->mtu <= limit) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%u bytes; %s takes XDP up to %u", card->mtu, driver_of(card),
				limit);
	} else {
		ng_doctor_found(doctor, NG_DOCTOR_WARNING,
				"%u bytes are more than the %u up to which %s runs XDP natively: generic mode, slower",
				card->mtu, limit, driver_of(card));
		ng_doctor_fix(doctor, "ip link set %s mtu %u", ng_doctor_word(card->name), limit < 1500 ? limit : 1500);
	}
}

static uint32_t receive_queues(const struct ng_channels *channels)
{
	return channels->combined + channels->rx;
}

/* ENA and gve keep as many queues again for what XDP sends. */
static void check_half(struct ng_doctor *doctor, uint32_t now, uint32_t most)
{
	const struct ng_card *card = doctor->card;
	bool combined = card->most.combined != 0;
	uint32_t half = most / 2 ? most / 2 : 1;

	ng_doctor_found(doctor, NG_DOCTOR_WARNING,
			"%u of %u queues are in use; %s runs XDP natively only with half of them or fewer", now, most,
			driver_of(card));
	if (combined)
		ng_doctor_fix(doctor, "ethtool -L %s combined %u", ng_doctor_word(card->name), half);
	else
		ng_doctor_fix(doctor, "ethtool -L %s rx %u tx %u", ng_doctor_word(card->name), half, half);
}

void ng_check_queues(struct ng_doctor *doctor)
{
	const struct ng_card *card = doctor->card;
	const struct ng_driver *driver = ng_driver_find(card->driver);
	uint32_t now = receive_queues(&card->channels), most = receive_queues(&card->most);
	uint32_t useful = most < card->cpus ? most : card->cpus;

	if (!card->has_channels || !now) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%s tells nothing of queues", driver_of(card));
	} else if (driver && driver->halves_queues && !is_native_now(doctor) && 2 * now > most) {
		check_half(doctor, now, most);
	} else if (now == 1 && useful > 1 && !(driver && driver->halves_queues)) {
		ng_doctor_found(doctor, NG_DOCTOR_NOTE, "1 receive queue of %u: one of %u CPUs bears a flood alone",
				most, card->cpus);
		ng_doctor_fix(doctor, "ethtool -L %s %s %u", ng_doctor_word(card->name),
			      card->most.combined ? "combined" : "rx", useful);
	} else {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%u receive queue%s, %u CPU%s", now, now == 1 ? "" : "s",
				card->cpus, card->cpus == 1 ? "" : "s");
	}
}

void ng_check_lro(struct ng_doctor *doctor)
{
	const struct ng_card *card = doctor->card;
	const struct ng_driver *driver = ng_driver_find(card->driver);

	if (!card->has_flags) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%s tells nothing of LRO", driver_of(card));
	} else if (!card->lro || is_native_now(doctor)) {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%s", card->lro ? "on, and the guard runs natively" : "off");
	} else {
		ng_doctor_found(doctor, driver && driver->refuses_lro ? NG_DOCTOR_WARNING : NG_DOCTOR_NOTE,
				"on: %s %s XDP natively with it", driver_of(card),
				driver && driver->refuses_lro ? "does not run" : "may not run");
		ng_doctor_fix(doctor, "ethtool -K %s lro off", ng_doctor_word(card->name));
	}
}

void ng_check_vlan(struct ng_doctor *doctor)
{
	const struct ng_card *card = doctor->card;

	if (!card->has_flags || !card->strips_vlan)
		ng_doctor_found(doctor, NG_DOCTOR_OK, "the card leaves tags in the frames; up to two are read");
	else
		ng_doctor_found(doctor, NG_DOCTOR_OK, "the card takes the tag off; all VLANs are judged alike");
}

/* ---- its neighbours ---- */

void ng_check_programs(struct ng_doctor *doctor)
{
	const struct ng_seen *seen = ng_doctor_seen(doctor, doctor->card->name);
	const struct ng_card *card = doctor->card;
	const char *word = ng_doctor_word(card->name);
	bool ours = seen && seen->link.attached;

	if (card->xdp_program && !ours && !doctor->guard_unknown) {
		ng_doctor_found(doctor, NG_DOCTOR_WARNING,
				"another XDP program (id %u) is attached: load can share only with programs of libxdp",
				card->xdp_program);
		ng_doctor_fix(doctor, "ip -details link show dev %s", word);
	} else if (ours && !seen->link.dispatcher) {
		ng_doctor_found(doctor, NG_DOCTOR_NOTE,
				"the guard is alone: without libxdp's dispatcher no other XDP program can join");
	} else {
		ng_doctor_found(doctor, NG_DOCTOR_OK, "%s",
				ours ? "under libxdp's dispatcher: other XDP programs can join" : "no XDP program");
	}
	if (card->others) {
		ng_doctor_found(doctor, NG_DOCTOR_NOTE,
				"%u filter%s or program%s of tc: on the way in, they see what the guard passed",
				card->others, card->others == 1 ? "" : "s", card->others == 1 ? "" : "s");
		ng_doctor_fix(doctor, "tc filter show dev %s ingress; tc filter show dev %s egress", word, word);
	}
}
