#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Mode 6 and mode 7 die at the interface, whatever daemon is behind it. Two daemons that do answer:
# ntpsec's ntpd with `noquery` taken out (mode 6), and a stand-in for the ntpd of 2010 (monlist).
load case

setup_file() {
	begin
}

mode6_queries=(readvar readvar_v4 readstat nonce unsettrap)
mode7_queries=(monlist monlist_8 monlist_old monlist_192 monlist_zgrab peer_list reslist)

start_old_ntpd() {
	daemon_at SERVER old /usr/bin/python3 "$ROOT/tests/net/packets.py" respond
	WAIT=0.2 eventually answers ROUTER "$SERVER_V4"
}

public() {
	policy public <<<"default pass"
}

ntpq_rv() { # NAMESPACE ADDRESS
	at "$1" ntpq -c 'timeout 300' -c rv "$2" 2>&1
}

scan() { # [-6] ADDRESS
	at ATTACKER nmap "$@" -n -Pn -sU -p 123 --max-retries 0 --script-timeout 2s --script ntp-monlist,ntp-info
}

@test "without ntpguard the old daemon amplifies: monlist 48 to 44000 bytes, READVAR 12 to 360" {
	start_old_ntpd
	expect 44000 ATTACKER "$SERVER_V4" monlist
	expect 360 ATTACKER "$SERVER_V6" readvar
	run scan "$SERVER_V4"
	assert_output --partial ntp-info
}

@test "no form of monlist or of another mode 7 query is answered, for nobody" {
	start_old_ntpd
	load_guard wan --policy "$(public)"
	expect silence ATTACKER "$SERVER_V4" "${mode7_queries[@]}"
	expect silence ATTACKER "$SERVER_V6" "${mode7_queries[@]}"
	guard allow add "$ATTACKER_V4"
	guard control add "$ATTACKER_V4"
	expect silence ATTACKER "$SERVER_V4" "${mode7_queries[@]}"
	expect_counter 14 mode7 packets ipv4
	expect_counter 7 mode7 packets ipv6
}

@test "no mode 6 query is answered, even for an address that may ask the time" {
	start_old_ntpd
	load_guard wan --policy "$(public)"
	guard allow add "$ATTACKER_V4"
	expect silence ATTACKER "$SERVER_V4" "${mode6_queries[@]}"
	expect silence ATTACKER "$SERVER_V6" "${mode6_queries[@]}"
	expect 48 ATTACKER "$SERVER_V4" client
	expect_counter 5 mode6 packets ipv4
	expect_counter 5 mode6 packets ipv6
}

@test "nmap finds neither ntp-monlist nor ntp-info" {
	start_old_ntpd
	load_guard wan --policy "$(policy nobody <<<'default drop')"
	scan -6 "$SERVER_V6" >"$DIR/nmap6" 3>&- &
	run scan "$SERVER_V4"
	wait $!
	assert_output --partial '123/udp open|filtered ntp'
	refute_output --partial ntp-info
	refute_output --partial monlist
	run cat "$DIR/nmap6"
	assert_output --partial '123/udp open|filtered ntp'
	refute_output --partial ntp-info
	refute_output --partial monlist
	expect_counter 1 mode7 packets ipv4
	expect_counter 1 mode7 packets ipv6
}

@test "without ntpguard ntpsec's ntpd answers ntpq to the world" {
	start_ntpd SERVER ntpd </dev/null
	run ntpq_rv ATTACKER "$SERVER_V4"
	assert_output --partial 'version="ntpd ntpsec'
}

@test "ntpq gets nothing from outside, and everything from an address of the control list" {
	start_ntpd SERVER ntpd </dev/null
	load_guard wan --policy "$(public)"
	run ntpq_rv ATTACKER "$SERVER_V4"
	refute_output --partial version=
	run ntpq_rv ATTACKER "$SERVER_V6"
	refute_output --partial version=
	guard control add "$ATTACKER_V4"
	run ntpq_rv ATTACKER "$SERVER_V4"
	assert_output --partial 'version="ntpd ntpsec'
	run ntpq_rv CLIENT "$SERVER_V4"
	refute_output --partial version=
	guard control del "$ATTACKER_V4"
	run ntpq_rv ATTACKER "$SERVER_V4"
	refute_output --partial version=
}

@test "a stranger is left without an error message too, where no daemon listens" {
	expect refused ATTACKER "$SERVER_V4" client
	load_guard wan --policy "$(policy nobody <<<'default drop')"
	expect silence ATTACKER "$SERVER_V4" client monlist readvar
	expect silence ATTACKER "$SERVER_V6" client monlist readvar
}
