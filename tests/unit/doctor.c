// SPDX-License-Identifier: GPL-2.0-only
/* What doctor says of cards, kernels, tables and rules that are not at hand here: each text, whole. */
#include "doctor/doctor.h"

#include <sys/stat.h>
#include <unistd.h>

#include "doctor/firewall.h"
#include "doctor/sockets.h"
#include "pins.h"
#include "unit.h"

static struct ng_snapshot snapshot;
static struct ng_card card;
static struct ng_doctor doctor;
static char root[] = "/tmp/ngunit.XXXXXX";

/* Begins anew with a card of this driver, where nothing is loaded. */
static struct ng_card *begin(const char *driver)
{
	free(doctor.list);
	memset(&snapshot, 0, sizeof(snapshot));
	memset(&card, 0, sizeof(card));
	doctor = (struct ng_doctor){
		.root = root, .bpffs = "/nowhere", .first = "eth0", .card = &card, .check = "unit"
	};
	snprintf(card.name, sizeof(card.name), "eth0");
	snprintf(card.driver, sizeof(card.driver), "%s", driver);
	card.mtu = 1500;
	card.is_up = card.is_ethernet = card.has_channels = card.has_flags = true;
	card.channels.combined = card.most.combined = card.cpus = 4;
	return &card;
}

static struct ng_seen *load(enum ng_mode mode)
{
	struct ng_seen *seen = &snapshot.interfaces[snapshot.count++];
	struct stat here;

	assert_int_equal(stat("/proc/self/ns/net", &here), 0);
	*seen = (struct ng_seen){ .row = { .ifindex = 2, .netns = (uint32_t)here.st_ino, .name = "eth0" },
				  .link = { .mode = mode, .attached = true, .egress = true, .dispatcher = true } };
	ng_build_stamp(&seen->row);
	doctor.guard = &snapshot;
	return seen;
}

/* What the check says, in one line for each. */
static void expect(void (*check)(struct ng_doctor *), const char *wanted)
{
	static const char *const states[] = { "ok", "skipped", "note", "warning", "problem" };
	size_t before = doctor.count, end = 0;
	char got[2000] = "";

	check(&doctor);
	for (size_t i = before; i < doctor.count; i++)
		end += (size_t)snprintf(got + end, sizeof(got) - end, "%s%s: %s%s%s", end ? "\n" : "",
					states[doctor.list[i].state], doctor.list[i].found,
					*doctor.list[i].fix ? " $ " : "", doctor.list[i].fix);
	assert_string_equal(got, wanted);
}

static void put(const char *path, const char *text)
{
	char whole[300];
	FILE *file;

	snprintf(whole, sizeof(whole), "mkdir -p $(dirname %s%s)", root, path);
	assert_int_equal(system(whole), 0);
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void the_guard(void **state)
{
	(void)state;
	begin("virtio_net");
	expect(ng_check_guard, "note: ntpguard is not loaded here $ ntpguard load eth0");
	card.is_up = false;
	expect(ng_check_guard, "note: ntpguard is not loaded here, and the interface is down $ ntpguard load eth0");
	card.is_ethernet = false;
	expect(ng_check_guard, "problem: carries no Ethernet frames: guard the interface below it");
	doctor.guard_unknown = "may not look";
	expect(ng_check_guard, "skipped: may not look");
	begin("virtio_net");
	load(NG_MODE_NATIVE);
	expect(ng_check_guard, "ok: loaded, native mode, both ways");
	snapshot.interfaces[0].monitor = true;
	expect(ng_check_guard, "warning: loaded, but in monitor mode: nothing is dropped $ ntpguard load eth0");
	snapshot.interfaces[0].link.egress = false;
	expect(ng_check_guard,
	       "problem: all replies are dropped: the program on the way out is gone $ ntpguard load eth0");
	snapshot.interfaces[0].link.attached = false;
	expect(ng_check_guard, "problem: not guarded: the program that was loaded is gone $ ntpguard load eth0");
	begin("virtio_net");
	load(NG_MODE_NATIVE)->row.build = 1;
	snprintf(snapshot.interfaces[0].row.version, sizeof(snapshot.interfaces[0].row.version), "0.0.9");
	expect(ng_check_guard, "note: loaded, with programs of another build (ntpguard 0.0.9) $ ntpguard load eth0");
	begin("virtio_net");
	load(NG_MODE_NATIVE)->row.flags = NG_INTERFACE_NO_EGRESS;
	expect(ng_check_guard, "warning: loaded with --no-egress: replies pass unasked, answers of any size leave $ "
			       "ntpguard unload eth0 && ntpguard load eth0");
}

static void drivers(void **state)
{
	(void)state;
	begin("ena");
	expect(ng_check_driver, "ok: ena runs XDP natively"); /* of an old kernel, which tells nothing */
	begin("e1000");
	expect(ng_check_driver,
	       "note: e1000: this kernel does not tell whether it runs XDP natively; load tries, and says");
	card.has_features = true;
	expect(ng_check_driver, "note: e1000 has no native XDP: the guard will run in generic mode, slower");
	load(NG_MODE_GENERIC);
	expect(ng_check_driver, "note: e1000 has no native XDP: generic mode, slower, is the best here");
	card.xdp_features = NG_XDP_BASIC;
	expect(ng_check_driver, "warning: generic mode, several times slower, though e1000 can run XDP natively $ "
				"ntpguard unload eth0 && ntpguard load eth0 --mode native");
	snapshot.interfaces[0].link.mode = NG_MODE_NATIVE;
	expect(ng_check_driver, "ok: e1000 runs the guard natively");
}

static void frame_sizes(void **state)
{
	(void)state;
	begin("e1000")->mtu = 9000;
	expect(ng_check_mtu, "ok: 9000 bytes");
	begin("gve")->mtu = 1460;
	expect(ng_check_mtu, "ok: 1460 bytes; gve takes XDP up to 2032");
	card.mtu = 2033;
	expect(ng_check_mtu,
	       "warning: 2033 bytes are more than the 2032 up to which gve runs XDP natively: generic mode, "
	       "slower $ ip link set eth0 mtu 1500");
	card.mtu = 2032;
	expect(ng_check_mtu, "ok: 2032 bytes; gve takes XDP up to 2032");
	begin("ena")->mtu = 9001;
	expect(ng_check_mtu,
	       "warning: 9001 bytes are more than the 3498 up to which ena runs XDP natively: generic mode, "
	       "slower $ ip link set eth0 mtu 1500");
	load(NG_MODE_NATIVE);
	expect(ng_check_mtu, "ok: 9001 bytes");
	begin("virtio_net")->mtu = 9000;
	card.has_features = true;
	card.xdp_features = NG_XDP_BASIC | NG_XDP_RX_SG;
	expect(ng_check_mtu, "ok: 9000 bytes"); /* since 6.3 */
}

static void queues(void **state)
{
	(void)state;
	begin("virtio_net");
	expect(ng_check_queues, "ok: 4 receive queues, 4 CPUs");
	card.channels.combined = 1;
	expect(ng_check_queues, "note: 1 receive queue of 4: one of 4 CPUs bears a flood alone $ "
				"ethtool -L eth0 combined 4");
	card.cpus = 1;
	expect(ng_check_queues, "ok: 1 receive queue, 1 CPU");
	card.has_channels = false;
	expect(ng_check_queues, "ok: virtio_net tells nothing of queues");
	begin("ena");
	expect(ng_check_queues,
	       "warning: 4 of 4 queues are in use; ena runs XDP natively only with half of them or fewer $ "
	       "ethtool -L eth0 combined 2");
	card.channels.combined = 2;
	expect(ng_check_queues, "ok: 2 receive queues, 4 CPUs");
	begin("gve")->channels = (struct ng_channels){ .rx = 3, .tx = 3 };
	card.most = (struct ng_channels){ .rx = 4, .tx = 4 };
	expect(ng_check_queues,
	       "warning: 3 of 4 queues are in use; gve runs XDP natively only with half of them or fewer $ "
	       "ethtool -L eth0 rx 2 tx 2");
	load(NG_MODE_NATIVE);
	expect(ng_check_queues, "ok: 3 receive queues, 4 CPUs");
}

static void merging_and_tags(void **state)
{
	(void)state;
	begin("ixgbe");
	expect(ng_check_lro, "ok: off");
	expect(ng_check_vlan, "ok: the card leaves tags in the frames; up to two are read");
	card.lro = card.strips_vlan = true;
	expect(ng_check_lro, "warning: on: ixgbe does not run XDP natively with it $ ethtool -K eth0 lro off");
	expect(ng_check_vlan, "ok: the card takes the tag off; all VLANs are judged alike");
	begin("virtio_net")->lro = true;
	expect(ng_check_lro, "note: on: virtio_net may not run XDP natively with it $ ethtool -K eth0 lro off");
	load(NG_MODE_NATIVE);
	expect(ng_check_lro, "ok: on, and the guard runs natively");
	begin("")->has_flags = false;
	expect(ng_check_lro, "ok: a driver without a name tells nothing of LRO");
}

static void other_programs(void **state)
{
	(void)state;
	begin("veth")->xdp_program = 7;
	expect(ng_check_programs,
	       "warning: another XDP program (id 7) is attached: load can share only with programs of "
	       "libxdp $ ip -details link show dev eth0");
	load(NG_MODE_NATIVE);
	expect(ng_check_programs, "ok: under libxdp's dispatcher: other XDP programs can join");
	snapshot.interfaces[0].link.dispatcher = false;
	card.others = 1;
	expect(ng_check_programs,
	       "note: the guard is alone: without libxdp's dispatcher no other XDP program can join\n"
	       "note: 1 filter or program of tc: on the way in, they see what the guard passed $ tc filter show dev "
	       "eth0 ingress; "
	       "tc filter show dev eth0 egress");
}

/* A kernel's file with each of these texts. */
static void kernels(void **state)
{
	static const struct {
		void (*check)(struct ng_doctor *);
		const char *path, *text, *wanted;
	} cases[] = {
		{ ng_check_kernel, "/proc/sys/kernel/osrelease", "6.1.0-18-cloud-amd64\n", "ok: 6.1.0-18-cloud-amd64" },
		{ ng_check_kernel, "/proc/sys/kernel/osrelease", "5.15.0\n", "ok: 5.15.0" },
		{ ng_check_kernel, "/proc/sys/kernel/osrelease", "5.10.0-28-amd64\n",
		  "problem: 5.10.0-28-amd64 is older than 5.15, which the guard needs" },
		{ ng_check_kernel, "/proc/sys/kernel/osrelease", "bogus\n",
		  "skipped: a release that is no number: bogus" },
		{ ng_check_kernel, "/proc/sys/kernel/osrelease", "",
		  "skipped: /proc/sys/kernel/osrelease: No data available" },
		{ ng_check_memlock, "/proc/sys/kernel/osrelease", "5.11.0\n",
		  "ok: not asked: BPF's memory counts by control group" },
		{ ng_check_jit, "/proc/sys/net/core/bpf_jit_enable", "1\n", "ok: BPF programs are compiled" },
		{ ng_check_jit, "/proc/sys/net/core/bpf_jit_enable", "0\n",
		  "warning: BPF programs are interpreted: several times slower $ sysctl -w net.core.bpf_jit_enable=1" },
		{ ng_check_jit, "/proc/sys/net/core/bpf_jit_enable", "99999999999999999999\n",
		  "skipped: net.core.bpf_jit_enable cannot be read here" },
		{ ng_check_unprivileged, "/proc/sys/kernel/unprivileged_bpf_disabled", "2\n",
		  "ok: only the privileged may load BPF programs" },
		{ ng_check_unprivileged, "/proc/sys/kernel/unprivileged_bpf_disabled", "0\n",
		  "note: every user may load BPF programs; the guard does not need that, and attacks did $ sysctl -w "
		  "kernel.unprivileged_bpf_disabled=1" },
		{ ng_check_lockdown, "/sys/kernel/security/lockdown", "[none] integrity confidentiality\n",
		  "ok: none" },
		{ ng_check_lockdown, "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n",
		  "ok: integrity: nothing that the guard needs" },
		{ ng_check_lockdown, "/sys/kernel/security/lockdown", "none integrity [confidentiality]\n",
		  "warning: confidentiality: no dispatcher, so the guard shares no interface with other programs" },
		{ ng_check_lockdown, "/sys/kernel/security/lockdown", "odd\n",
		  "skipped: a word that is not known: odd" },
		{ ng_check_btf, "/sys/kernel/btf/vmlinux", "x", "ok: the kernel describes its types" },
	};

	(void)state;
	begin("veth");
	expect(ng_check_kernel, "skipped: /proc/sys/kernel/osrelease: No such file or directory");
	expect(ng_check_lockdown, "skipped: /sys/kernel/security/lockdown: No such file or directory");
	expect(ng_check_btf, "warning: the kernel has no BTF (CONFIG_DEBUG_INFO_BTF): the guard shares no interface");
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		put(cases[i].path, cases[i].text);
		expect(cases[i].check, cases[i].wanted);
	}
	expect(ng_check_bpffs, "note: /nowhere: No such file or directory; load makes it");
	doctor.bpffs = "/proc";
	expect(ng_check_bpffs, "note: /proc is not mounted yet; load mounts it $ mount -t bpf bpf /proc");
}

static void conntrack(void **state)
{
	const struct ng_diagnosis *line;

	(void)state;
	begin("veth");
	expect(ng_check_conntrack, "ok: no connections are tracked");
	put("/proc/sys/net/netfilter/nf_conntrack_count", "5\n");
	put("/proc/sys/net/netfilter/nf_conntrack_max", "20\n");
	expect(ng_check_conntrack, "skipped: /proc/net/nf_conntrack: No such file or directory");
	put("/proc/net/nf_conntrack", "ipv4 2 tcp 6 29 src=192.0.2.1 dst=192.0.2.2 sport=123 dport=80 x\n"
				      "ipv4 2 udp 17 29 src=192.0.2.1 dst=192.0.2.2 sport=1234 dport=53 x\n");
	expect(ng_check_conntrack, "ok: no entries of port 123");
	put("/proc/net/nf_conntrack", "ipv4 2 udp 17 29 src=192.0.2.1 dst=192.0.2.2 sport=9 dport=123 x\n"
				      "ipv6 10 udp 17 29 src=::1 dst=::1 sport=123 dport=9 x\n");
	ng_check_conntrack(&doctor);
	line = &doctor.list[doctor.count - 1];
	assert_string_equal(line->found, "2 of 20 entries are of port 123: each client takes one");
	assert_int_equal(line->state, NG_DOCTOR_NOTE);
	assert_non_null(strstr(line->fix, "notrack"));
	put("/proc/sys/net/netfilter/nf_conntrack_count", "19\n");
	put("/proc/sys/net/netfilter/nf_conntrack_max", "20\n");
	ng_check_conntrack(&doctor);
	line = &doctor.list[doctor.count - 2];
	assert_string_equal(line->found,
			    "the table is full, 19 of 20 entries: new connections of all kinds are dropped");
	assert_int_equal(line->state, NG_DOCTOR_PROBLEM);
	assert_int_equal(line->fix[strlen(line->fix) - 1], '\''); /* whole */
}

static void sockets(void **state)
{
	static struct ng_socket found[NG_SOCKETS_MAX];
	char command[300];

	(void)state;
	begin("veth");
	put("/proc/net/udp",
	    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	    "  12: 00000000:007B 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0 0\n"
	    "  13: 0100007F:0143 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0 0\n"
	    "  14: 020200C0:D431 01000A0A:007B 01 00000000:00000000 00:00000000 00000000     0        0 4713 2 0 0\n"
	    "garbage\n  15: 0202:007B 00000000:0000 07\n");
	put("/proc/net/udp6", "  1: 00000000000000000000000000000000:0143 00000000000000000000000000000000:0000 07 0:0 "
			      "0:0 0 0 0 4714 2\n");
	put("/proc/99/comm", "chronyd\n");
	snprintf(command, sizeof(command), "mkdir %s/proc/99/fd && ln -s 'socket:[4711]' %s/proc/99/fd/5", root, root);
	assert_int_equal(system(command), 0);
	assert_int_equal(ng_sockets_read(&doctor, found, NG_SOCKETS_MAX), 3);
	assert_string_equal(found[0].address, "0.0.0.0");
	assert_string_equal(found[0].process, "chronyd");
	assert_int_equal(found[0].port, 123);
	assert_true(found[1].is_loopback);
	assert_string_equal(found[2].address, "::");
	expect(ng_check_listening,
	       "warning: chronyd listens on 0.0.0.0, and no guard drops anything before it $ ntpguard load eth0");
	ng_check_cmdport(&doctor);
	assert_string_equal(doctor.list[doctor.count - 1].found, "chronyd's command port is open on ::, port 323");
}

/* ---- rules ---- */

static void add_rule(void *context, const struct ng_rule *rule)
{
	char *text = context;
	size_t end = strlen(text);

	snprintf(text + end, 1000 - end, "%s|%s|%s\n", rule->place, rule->match, rule->action);
}

static void rules_of_nft(void **state)
{
	static const char head[] = "{\"nftables\":[{\"metainfo\":{}},{\"table\":{\"name\":\"t\"}},";
	static const char rule[] = "%s{\"rule\":{\"family\":\"%s\",\"table\":\"%s\",\"chain\":\"c\",\"expr\":[{"
				   "\"match\":{\"op\":\"%s\",\"left\":"
				   "{\"payload\":{\"protocol\":\"%s\",\"field\":\"%s\"}},\"right\":%s}},%s]}}]}";
	static const struct {
		const char *family, *table, *op, *protocol, *field, *right, *action, *wanted;
	} cases[] = {
		{ "inet", "t", "==", "udp", "dport", "123", "{\"drop\":null}", "inet t c|dport 123|drop\n" },
		{ "inet", "t", "!=", "udp", "dport", "123", "{\"drop\":null}", "" },
		{ "inet", "t", "==", "tcp", "dport", "123", "{\"drop\":null}", "" },
		{ "inet", "t", "==", "th", "sport", "{\"set\":[53,123]}", "{\"accept\":null}",
		  "inet t c|sport 123|accept\n" },
		{ "inet", "t", "==", "udp", "dport", "{\"range\":[100,200]}", "{\"jump\":{\"target\":\"x\"}}",
		  "inet t c|dport 123|jump x\n" },
		{ "inet", "t", "==", "udp", "dport", "{\"set\":[{\"range\":[1,200]}]}", "{\"counter\":null}",
		  "inet t c|dport 123|\n" },
		{ "inet", "t", "==", "udp", "dport", "{\"set\":[{\"elem\":{\"val\":123}}]}", "{\"limit\":{}}",
		  "inet t c|dport 123|limit\n" },
		{ "inet", "t", "==", "udp", "dport", "\"@ports\"", "{\"drop\":null}", "" },
		{ "inet", "t", "==", "udp", "dport", "{\"range\":\"x\"}", "7", "" },
		{ "ip", "filter", "==", "udp", "dport", "123", "{\"drop\":null}", "" },
		{ "inet", "filter", "==", "udp", "dport", "123", "{\"drop\":null}", "inet filter c|dport 123|drop\n" },
	};
	static const char odd[] = "{\"nftables\":[1,{\"rule\":7},{\"rule\":{}}]}";
	char text[1000], got[1000];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		snprintf(text, sizeof(text), rule, head, cases[i].family, cases[i].table, cases[i].op,
			 cases[i].protocol, cases[i].field, cases[i].right, cases[i].action);
		got[0] = '\0';
		assert_true(ng_rules_of_nft(text, strlen(text), true, add_rule, got));
		assert_string_equal(got, cases[i].wanted);
	}
	assert_false(ng_rules_of_nft("{", 1, true, add_rule, got));
	assert_false(ng_rules_of_nft("[]", 2, true, add_rule, got));
	assert_true(ng_rules_of_nft(odd, strlen(odd), true, add_rule, got));
}

static void rules_of_iptables(void **state)
{
	char got[1000] = "", *long_line = malloc(5000);

	(void)state;
	ng_rules_of_iptables(
		"# Generated\n*filter\n:INPUT ACCEPT [0:0]\n"
		"-A INPUT -p udp -m udp --dport 123 -j DROP\n"
		"-A INPUT -p tcp -m tcp --dport 123 -j DROP\n"
		"-A INPUT -p udp -m udp ! --dport 123 -j DROP\n"
		"-A x -s 192.0.2.0/24 -p udp -m multiport --sports 53,100:200 -m limit --limit 9/s -j ACCEPT\n"
		"-A INPUT -p udp -m multiport --dports 53,1123 -j DROP\n"
		"-A INPUT -p udp --dport\n-A\nCOMMIT\n-A INPUT -p udp --dport 123",
		add_rule, got);
	assert_string_equal(got, "INPUT|dport 123|DROP\nx|sport 123|limit ACCEPT\nINPUT|dport 123|\n");
	memset(long_line, 'x', 4999);
	memcpy(long_line, "-A ", 3);
	long_line[4999] = '\0';
	ng_rules_of_iptables(long_line, add_rule, got);
	free(long_line);
}

static void names_in_commands(void **state)
{
	(void)state;
	assert_string_equal(ng_doctor_word("eth0.7@x"), "eth0.7@x");
	assert_string_equal(ng_doctor_word("-x"), "'-x'");
	assert_string_equal(ng_doctor_word(""), "''");
	assert_string_equal(ng_doctor_word("a b"), "'a b'");
	assert_string_equal(ng_doctor_word("a'b"), "'a'\\''b'");
	assert_string_equal(ng_doctor_word("\xff$"), "'\xff$'");
}

static int make_root(void **state)
{
	(void)state;
	return !mkdtemp(root);
}

static int remove_root(void **state)
{
	char command[100];

	(void)state;
	free(doctor.list);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_guard),	     cmocka_unit_test(drivers),
		cmocka_unit_test(frame_sizes),	     cmocka_unit_test(queues),
		cmocka_unit_test(merging_and_tags),  cmocka_unit_test(other_programs),
		cmocka_unit_test(kernels),	     cmocka_unit_test(conntrack),
		cmocka_unit_test(sockets),	     cmocka_unit_test(rules_of_nft),
		cmocka_unit_test(rules_of_iptables), cmocka_unit_test(names_in_commands),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
