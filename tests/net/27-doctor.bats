#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What doctor finds of a host: each state that namespaces can bring about. Others are in tests/unit/doctor.c.
load case

setup_file() {
	begin
}

# Each test's host is as the one before found it.
setup() {
	! has_nft || at SERVER nft flush ruleset
}

has_nft() {
	at SERVER nft list ruleset >/dev/null 2>&1
}

needs_nft() {
	has_nft || skip "this kernel, or this machine, has no nftables"
}

teardown() {
	stop monlist
	stop server
	stop open
	inside rm -f /etc/chrony/chrony.conf
	unload_guard
}

# Runs doctor, wants this exit code, and keeps its lines.
doctor() { # CODE ARGUMENT...
	expect_exit "$1" doctor --json "${@:2}"
	echo "$output" >"$DIR/doctor.json"
}

# A line of this check with this state whose text matches.
found() { # CHECK STATE REGEX
	jq -e --arg check "$1" --arg state "$2" --arg text "$3" \
		'any(.checks[]; .check == $check and .state == $state and (.found | test($text)))' "$DIR/doctor.json" \
		>/dev/null || { echo "no line: $*" && jq -c '.checks[]' "$DIR/doctor.json" && return 1; }
}

not_found() { # CHECK STATE
	jq -e --arg check "$1" --arg state "$2" 'all(.checks[]; .check != $check or .state != $state)' \
		"$DIR/doctor.json" >/dev/null || { jq -c '.checks[]' "$DIR/doctor.json" && return 1; }
}

# The command that a line of this check gives.
fix() { # CHECK STATE
	jq -r --arg check "$1" --arg state "$2" \
		'first(.checks[] | select(.check == $check and .state == $state) | .fix)' "$DIR/doctor.json"
}

start_monlist() { # [ADDRESS]
	daemon_at SERVER monlist /usr/bin/python3 "$ROOT/tests/net/packets.py" respond "$@"
	WAIT=0.2 eventually answers SERVER "${1:-127.0.0.1}"
}

# What doctor makes on its way is gone, here and in its namespace.
nothing_left() {
	! at SERVER ip -o link | grep -q ngask
}

@test "before loading: what load will meet, and how to load" {
	doctor 0
	run -0 jq -r '.schema, (.checks | length > 15), .problems, .checks[0].interface' "$DIR/doctor.json"
	assert_output $'1\ntrue\n0\nwan'
	found guard note 'not loaded'
	assert_equal "$(fix guard note)" "ntpguard load wan"
	found driver ok 'veth runs XDP natively'
	found listening ok nobody
	found asked ok 'not answered, nor is mode 3'
	run -0 nothing_left
}

@test "every line of every check has a name of the table, and no fix where all is well" {
	local names
	doctor 0
	names=$(sed -n 's/^NG_CHECK("\([^"]*\)".*/\1/p' "$ROOT/userspace/doctor/checks.def" | sort)
	assert_equal "$(jq -r '.checks[].check' "$DIR/doctor.json" | sort -u)" "$names"
	assert_equal "$(jq '[.checks[] | select(.state == "ok" and .fix != null)] | length' "$DIR/doctor.json")" 0
}

@test "a daemon that answers modes 6 and 7 is a problem, and its guard is the cure" {
	start_monlist
	doctor 1
	found asked problem '^this host answers mode 6 .*360 bytes for 12:'
	found asked problem 'answers mode 7 .*bytes for 48'
	found listening warning 'no guard'
	run -0 inside "$NTPGUARD" load wan --policy "$(policy nobody <<<'default drop')"
	mark
	doctor 0
	found asked note 'behind the guard, .* mode 7'
	found listening ok 'behind the guard'
	guard control add "$CLIENT_V4" -q
	doctor 0
	found asked note 'mode 6 .* drops it, but for 1 prefix of control$'
	found asked note 'mode 7 .* drops it$'
	run -0 nothing_left
}

@test "a daemon on one address only is asked there" {
	start_monlist "::ffff:$SERVER_V4"
	doctor 1
	found asked problem "^$SERVER_V4 answers mode 7"
}

@test "chronyd that listens to the world, and its command port" {
	start_server
	doctor 0
	found listening warning '^chronyd listens on 0.0.0.0, ::, and no guard'
	assert_equal "$(fix listening warning)" "ntpguard load wan"
	found asked note "^$SERVER_V4 answers mode 3"
	found asked ok 'modes 6 and 7 are not answered'
	found cmdport ok .
	stop server
	printf '%s\n' 'port 0' 'bindcmdaddress 0.0.0.0' 'cmdallow all' "pidfile $DIR/open.chronyd" \
		"bindcmdaddress $DIR/server/open.sock" >"$DIR/open.conf"
	daemon_at SERVER open chronyd -x -d -U -u root -f "$DIR/open.conf"
	eventually test -e "$DIR/open.chronyd"
	doctor 0
	found cmdport warning "open on 0.0.0.0"
	found listening ok nobody
}

@test "monitor mode, generic mode and a program that was taken off" {
	load_guard wan --monitor --policy "$(policy nobody <<<'default drop')"
	doctor 0
	found guard warning 'monitor mode'
	assert_equal "$(fix guard warning)" "ntpguard load wan"
	guard load wan
	doctor 0
	found guard ok 'native mode, both ways'
	if [ "$(guard status --json | jq '.interfaces[0].dispatcher')" = true ]; then
		found programs ok 'other XDP programs can join'
	else
		found programs note 'the guard is alone'
	fi
	at SERVER ip link set wan xdp off
	doctor 1
	found guard problem 'not guarded'
	guard unload --all
	rm "$DIR/balance"
	guard load wan --mode generic --policy "$DIR/nobody.policy"
	doctor 0
	found driver warning 'generic mode'
	assert_equal "$(fix driver warning)" "ntpguard unload wan && ntpguard load wan --mode native"
	guard unload --all
}

@test "rules of nftables and of iptables, each told once" {
	needs_nft
	at SERVER nft 'add table inet own; add chain inet own in { type filter hook input priority 0; };
		add rule inet own in udp dport { 53, 123 } limit rate 10/second accept; add rule inet own in udp dport != 123 accept'
	at SERVER iptables-nft -A INPUT -p udp --sport 123 -j DROP
	doctor 0
	found firewall note '^nft: inet own in: dport 123: limit accept$'
	found firewall note '^nft: ip filter INPUT: sport 123: drop$' # there is no iptables-save without /etc/alternatives
	inside mkdir /etc/alternatives
	inside ln -s /usr/sbin/iptables-nft-save /etc/alternatives/iptables-save
	inside ln -s /usr/sbin/iptables-nft /etc/alternatives/iptables
	doctor 0
	found firewall note '^nft: inet own in: dport 123: limit accept$'
	found firewall note '^iptables: INPUT: sport 123: DROP$'
	assert_equal "$(jq '[.checks[] | select(.check == "firewall")] | length' "$DIR/doctor.json")" 2
	run -0 at SERVER sh -c "$(fix firewall note)"
	assert_output --partial 123
}

# In SERVER's mount namespace only.
fake_nft() { # <SCRIPT
	install -m 755 /dev/stdin "$DIR/nft"
	inside mount --bind "$DIR/nft" /usr/sbin/nft
	doctor 0
	guard doctor >"$DIR/doctor.text"
	inside umount /usr/sbin/nft
}

@test "tools that hang, fail, or print what nobody understands" {
	needs_nft
	fake_nft <<<$'#!/bin/sh\nexec sleep 60'
	found firewall skipped '^nft: Connection timed out'
	fake_nft <<<$'#!/bin/sh\necho half; exit 1'
	found firewall skipped '^nft: it failed'
	fake_nft <<<$'#!/bin/sh\necho "{"'
	found firewall skipped '^nft: what it printed is not understood'
	fake_nft <<<$'#!/bin/sh\nexec yes'
	found firewall skipped '^nft: File too large'
}

@test "names in rules cannot steer a terminal" {
	needs_nft
	fake_nft <<-'END'
		#!/bin/sh
		echo '{"nftables":[{"rule":{"family":"x\u001b[2J","table":"\u202e","chain":"c","expr":[
		{"match":{"op":"==","left":{"payload":{"protocol":"udp","field":"dport"}},"right":123}}]}}]}'
	END
	found firewall note 'dport 123'
	run -0 grep -c 'x\\x1B\[2J <U+202E> c' "$DIR/doctor.text"
	assert_output 2
	run -1 grep -P '[\x00-\x08\x0b-\x1f]' "$DIR/doctor.text"
}

@test "connection tracking of port 123, and the command against it works" {
	needs_nft
	at SERVER nft 'add table inet own; add chain inet own in { type filter hook prerouting priority 0; };
		add rule inet own in ct state invalid drop'
	at SERVER sysctl -qw net.netfilter.nf_conntrack_udp_timeout=2 net.netfilter.nf_conntrack_udp_timeout_stream=2
	start_server
	answers CLIENT "$SERVER_V4"
	doctor 0
	found conntrack note 'entries are of port 123'
	run -0 at SERVER sh -c "$(fix conntrack note)"
	eventually no_entries
	run -0 ask CLIENT "$SERVER_V4" client
	assert_output 48
	doctor 0
	found conntrack ok 'no entries'
}

no_entries() {
	! at SERVER grep -q '[ds]port=123 ' /proc/net/nf_conntrack
}

@test "a chrony.conf that chronyd refuses" {
	doctor 0
	found chrony.conf skipped 'No such file'
	chrony_conf <<<'makestep 1.0 3 threeway'
	doctor 1
	found chrony.conf problem 'does not start'
	run -0 --separate-stderr inside sh -c "$(fix chrony.conf problem | sed "s|ntpguard|$NTPGUARD|; s|--fix||") || true"
	chrony_conf <<<'makestep 1.0 3'
	doctor 0
	found chrony.conf ok takes
}

@test "without root it says what it could not look at" {
	inside setpriv --reuid=65534 --regid=65534 --clear-groups "$DIR/ntpguard" doctor --json >"$DIR/doctor.json"
	found guard skipped .
	found asked skipped 'run doctor as root'
	found kernel ok .
}

@test "an interface that is not there, and one whose name a shell would obey" {
	expect_exit 5 doctor nosuch
	assert_equal "${stderr_lines[0]}" "ntpguard: no interface is called nosuch"
	at SERVER ip link add "a;b'c" type veth peer name peer
	doctor 0 "a;b'c"
	at SERVER ip link delete peer
	assert_equal "$(fix guard note)" "ntpguard load 'a;b'\\''c'"
}

@test "an interface that was guarded and is gone, one by its other name, and none at all" {
	at SERVER ip link add near type veth peer name far
	at SERVER ip link property add dev near altname nearby
	doctor 0 nearby
	assert_equal "$(fix guard note)" "ntpguard load near"
	guard load near --policy "$(policy nobody <<<'default drop')" -q
	at SERVER ip link delete near
	doctor 0
	found guard warning 'was guarded'
	guard unload "$(fix guard warning | sed 's/.* //')"
	at ROUTER nsenter --mount="/proc/$(cat "$DIR/etc.pid")/ns/mnt" -- "$NTPGUARD" doctor --json >"$DIR/doctor.json"
	found guard note 'no default route'
}

@test "the worst stands last, commands below it; -q says only that" {
	start_monlist
	expect_exit 1 doctor
	assert_regex "${lines[0]}" '^ok '
	assert_regex "${lines[-1]}" '^[0-9]+ ok, [0-9]+ skipped, [0-9]+ notes?, 1 warnings?, 2 problems$'
	assert_equal "${lines[-2]}" '                    $ ntpguard load wan'
	expect_exit 1 doctor -q
	refute_line --regexp '^(ok|note|skipped) '
	assert_line --regexp '^problem  asked'
}

@test "killed while it asks, it leaves nothing behind" {
	nsenter --net="/run/netns/$RUN-SERVER" --mount="/proc/$(cat "$DIR/etc.pid")/ns/mnt" -- "$NTPGUARD" doctor \
		>/dev/null 2>&1 3>&- &
	PATIENCE=3 eventually sh -c "ip -n $RUN-SERVER -o link | grep -q ngask"
	kill -9 $!
	PATIENCE=5 eventually nothing_left
}

@test "another XDP program, and a filter of tc, are told" {
	attach_foreign
	at SERVER tc qdisc add dev wan clsact
	at SERVER tc filter add dev wan ingress prio 7 bpf bytecode '1,6 0 0 0' # a filter that passes everything
	doctor 0
	at SERVER tc qdisc del dev wan clsact
	at SERVER ip link set dev wan xdp off
	found programs warning '^another XDP program'
	found programs note '^1 filter or program of tc'
}

@test "the guard's own program on the way out is no other" {
	load_guard wan --policy "$(policy nobody <<<'default drop')"
	doctor 0
	not_found programs warning
	run jq -e 'any(.checks[]; .found | test("of tc:"))' "$DIR/doctor.json"
	assert_output false
}
