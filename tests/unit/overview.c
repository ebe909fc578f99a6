// SPDX-License-Identifier: GPL-2.0-only
/* What ntpguard alone concludes: protected or not, rates, the clock, and figures in few characters. */
#include "output.h"
#include "protection.h"
#include "timekeeper.h"

#include "unit.h"

static struct ng_snapshot before, now, since;

static struct ng_seen *add_interface(struct ng_snapshot *snapshot, const char *name, uint32_t ifindex)
{
	struct ng_seen *seen = &snapshot->interfaces[snapshot->count++];

	snprintf(seen->row.name, sizeof(seen->row.name), "%s", name);
	seen->row.ifindex = ifindex;
	seen->link.attached = seen->link.egress = true;
	return seen;
}

/* Two interfaces, both guarded. */
static int fill(void **state)
{
	(void)state;
	memset(&before, 0, sizeof(before));
	before.policy.generation = 1;
	add_interface(&before, "eth0", 2);
	add_interface(&before, "eth1", 3);
	now = before;
	return 0;
}

static void is_protection(enum ng_protection want, const char *want_why)
{
	char why[256];

	assert_int_equal(ng_protection_of(&now, why, sizeof(why)), want);
	assert_string_equal(why, want_why);
}

static void protected_is_all_of_it(void **state)
{
	(void)state;
	is_protection(NG_PROTECTED, "");
	now.interfaces[1].link.egress = false;
	is_protection(NG_PARTLY, "the way out of eth1 is not guarded");
	now.interfaces[0].monitor = true;
	is_protection(NG_PARTLY, "nothing is dropped on eth0; the way out of eth1 is not guarded");
	now.interfaces[1].monitor = true;
	is_protection(NG_WATCHING, "nothing is dropped on eth0; nothing is dropped on eth1");
	now.interfaces[1].link.attached = false;
	is_protection(NG_PARTLY, "nothing is dropped on eth0; the program of eth1 is gone");
	now.interfaces[0].link.attached = false;
	is_protection(NG_UNPROTECTED, "the program of eth0 is gone; the program of eth1 is gone");
	now.policy.generation = 0;
	is_protection(NG_UNPROTECTED, "no policy is in force");
	now.count = 0;
	is_protection(NG_UNPROTECTED, "no interface is guarded");
}

static void what_the_policy_opens_is_told(void **state)
{
	(void)state;
	now.policy.root.flags = NG_ROOT_ANSWERS_OFF;
	is_protection(NG_PARTLY, "the policy lets answers of any size leave (answers off)");
	now.policy.root.flags = NG_ROOT_REPLIES_ANY;
	is_protection(NG_PARTLY, "the policy lets in replies that nobody asked for (replies any)");
	now.interfaces[0].monitor = now.interfaces[1].monitor = true;
	now.policy.root.flags = 0;
	is_protection(NG_WATCHING, "nothing is dropped on eth0; nothing is dropped on eth1");
}

/* Names of 32 interfaces are more than a sentence holds. */
static void many_reasons_are_cut(void **state)
{
	char why[40];

	(void)state;
	for (uint32_t i = now.count; i < NG_INTERFACES_MAX; i++)
		add_interface(&now, "eth-of-15-bytes", 2 + i);
	for (uint32_t i = 0; i < now.count; i++)
		now.interfaces[i].link.attached = false;
	for (size_t size = 1; size <= sizeof(why); size++) {
		assert_int_equal(ng_protection_of(&now, why, size), NG_UNPROTECTED);
		assert_true(strlen(why) < size);
	}
}

static struct ng_count *count_of(struct ng_snapshot *snapshot, size_t interface, enum ng_verdict verdict)
{
	return &snapshot->interfaces[interface].counters.row[NG_IN][NG_IPV4][verdict];
}

static void what_came_since_is_the_difference(void **state)
{
	(void)state;
	*count_of(&before, 0, NG_V_MODE7) = (struct ng_count){ .packets = 100, .ntp_bytes = 4800 };
	*count_of(&now, 0, NG_V_MODE7) = (struct ng_count){ .packets = 150, .ntp_bytes = 7200 };
	*count_of(&now, 1, NG_V_SOURCE_RATE) = (struct ng_count){ .would_drop = 7 };
	now.passed = now.dropped = 999; /* of other times */
	ng_snapshot_since(&before, &now, &since);
	assert_int_equal(since.dropped, 50);
	assert_int_equal(since.passed, 0);
	assert_int_equal(since.would_drop, 7);
	assert_int_equal(since.bytes_in, 2400);
	assert_int_equal(since.limited, 7);
	assert_int_equal(count_of(&since, 0, NG_V_MODE7)->packets, 50);
}

static void interfaces_come_and_go_between_looks(void **state)
{
	(void)state;
	count_of(&before, 0, NG_V_MODE7)->packets = 100;
	count_of(&before, 1, NG_V_MODE7)->packets = 1000;
	now.count = 0;
	add_interface(&now, "eth1", 3);
	add_interface(&now, "eth2", 4);
	count_of(&now, 0, NG_V_MODE7)->packets = 3; /* loaded again: it was 1000 */
	count_of(&now, 1, NG_V_MODE7)->packets = 5;
	ng_snapshot_since(&before, &now, &since);
	assert_int_equal(since.dropped, 8);
}

static void is_clock(const char *line, const char *want)
{
	struct ng_timekeeper keeper;
	char text[256];

	assert_true(ng_timekeeper_parse(line, &keeper));
	assert_true(keeper.is_chronyd);
	assert_string_equal(ng_timekeeper_sentence(&keeper, text, sizeof(text)), want);
}

/* Lines as chronyc 4.3 prints them. */
static void chronyd_is_understood(void **state)
{
	(void)state;
	is_clock("C6336407,198.51.100.7,4,1795487596.2,-0.000006321,0.0,0.0,-4.3,0.0,0.1,0.0003,0.0001,1.0,Normal\n",
		 "synchronised to 198.51.100.7 (stratum 4), 0.006 ms off (chronyd)");
	is_clock("50505300,PPS,1,1795487596.2,2.25,0.0,0.0,-4.3,0.0,0.1,0.0003,0.0001,1.0,Insert second\n",
		 "synchronised to PPS (stratum 1), 2.2 s off (chronyd)");
	is_clock("00000000,,0,0.000000000,0.0,0.0,0.0,-4.3,0.0,0.0,1.0,1.0,0.0,Not synchronised\n",
		 "not synchronised: chronyd has no source that it can use; see chronyc -n sources");
	is_clock("7F7F0101,,5,1795487596.2,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,Normal",
		 "not synchronised: chronyd has only this host's own clock (local, stratum 5); see chronyc -n sources");
}

static void what_is_no_report_is_none(void **state)
{
	static const char *const lines[] = { "", "\n", "506 Cannot talk to daemon\n", ",,,,,,,,,,,," };
	struct ng_timekeeper keeper;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(lines); i++)
		assert_false(ng_timekeeper_parse(lines[i], &keeper));
}

static void kernel_is_quoted(void **state)
{
	struct ng_timekeeper keeper = { .is_synchronised = true, .off_seconds = 0.0165 };
	char text[256];

	(void)state;
	assert_string_equal(ng_timekeeper_sentence(&keeper, text, sizeof(text)),
			    "synchronised to within 16.500 ms, says the kernel; no chronyd answers");
	keeper.is_synchronised = false;
	assert_string_equal(ng_timekeeper_sentence(&keeper, text, sizeof(text)),
			    "not synchronised, says the kernel, and no chronyd answers: start a time daemon");
}

static void figures_have_five_characters(void **state)
{
	static const struct {
		double number;
		const char *text;
	} rows[] = { { 0, "0" },
		     { 0.4, "0" },
		     { 99999, "99999" },
		     { 99999.7, "100k" },
		     { 123456, "123k" },
		     { 999499, "999k" },
		     { 999500, "1.00M" },
		     { 1234567, "1.23M" },
		     { 9994999, "9.99M" },
		     { 9996000, "10.0M" },
		     { 99960000, "100M" },
		     { 1e12, "1.00T" },
		     { 1.8446744e19, "18.4E" } };
	char text[NG_FIGURE_TEXT];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		assert_string_equal(ng_figure(rows[i].number, text), rows[i].text);
		assert_true(strlen(text) <= 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(protected_is_all_of_it, fill),
		cmocka_unit_test_setup(what_the_policy_opens_is_told, fill),
		cmocka_unit_test_setup(many_reasons_are_cut, fill),
		cmocka_unit_test_setup(what_came_since_is_the_difference, fill),
		cmocka_unit_test_setup(interfaces_come_and_go_between_looks, fill),
		cmocka_unit_test(chronyd_is_understood),
		cmocka_unit_test(what_is_no_report_is_none),
		cmocka_unit_test(kernel_is_quoted),
		cmocka_unit_test(figures_have_five_characters),
	};

	return cmocka_run_group_tests_name("overview", tests, NULL, NULL);
}
