#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Who is answered, and that an edit of the lists is felt by the very next packet.
# shellcheck disable=SC2154 # bats sets stderr
load case

setup_file() {
	begin
	start_server
}

nobody() {
	policy nobody <<<"default drop"
}

@test "a stranger is answered while ntpguard is not loaded" {
	expect 48 ATTACKER "$SERVER_V4" client
	expect 48 ATTACKER "$SERVER_V6" client
}

@test "a stranger gets nothing, over IPv4 and IPv6" {
	load_guard wan --policy "$(nobody)"
	expect silence ATTACKER "$SERVER_V4" client client_v3 client_v1 client_nmap
	expect silence ATTACKER "$SERVER_V6" client client_v3 client_v1 client_nmap
	expect_counter 4 not_allowed packets ipv4
	expect_counter 4 not_allowed packets ipv6
}

@test "allow add lets an address in at once, and allow del shuts it out" {
	load_guard wan --policy "$(nobody)"
	expect silence CLIENT "$SERVER_V4" client
	guard allow add "$CLIENT_V4" "$CLIENT_V6"
	expect 48 CLIENT "$SERVER_V4" client
	expect 48 CLIENT "$SERVER_V6" client
	expect silence ATTACKER "$SERVER_V4" client
	guard allow del "$CLIENT_V4" "$CLIENT_V6"
	expect silence CLIENT "$SERVER_V4" client
	expect silence CLIENT "$SERVER_V6" client
	expect_counter 2 request_allowed
}

@test "a client without an entry never synchronises, and does so soon after it was given one" {
	load_guard wan --policy "$(nobody)"
	start_client CLIENT client "$SERVER_V4"
	sleep 2
	run ! synchronised client
	run answers_taken client
	assert_output 0
	guard allow add "$CLIENT_V4"
	eventually synchronised client
	stop client
}

@test "a prefix lets in its addresses and no other" {
	load_guard wan --policy "$(nobody)"
	guard allow add 198.51.100.0/29 2001:db8:51::/48
	expect 48 CLIENT "$SERVER_V4" client
	expect 48 CLIENT "$SERVER_V6" client
	guard allow replace - <<<198.51.100.8/29
	expect silence CLIENT "$SERVER_V4" client
	expect silence CLIENT "$SERVER_V6" client
}

@test "a deny inside an allowed prefix prevails" {
	load_guard wan --policy "$(nobody)"
	guard allow add 198.51.100.0/24
	guard deny add "$CLIENT_V4"
	expect silence CLIENT "$SERVER_V4" client
	expect_counter 1 denied
	guard deny del "$CLIENT_V4"
	expect 48 CLIENT "$SERVER_V4" client
}

@test "adding what is listed and deleting what is not changes nothing and is no error" {
	load_guard wan --policy "$(nobody)"
	expect_exit 0 allow add "$CLIENT_V4"
	expect_exit 0 allow add "$CLIENT_V4"
	assert_regex "$output$stderr" unchanged
	expect_exit 0 allow del "$ATTACKER_V4"
	assert_regex "$output$stderr" unchanged
	run guard allow list --json
	assert_equal "$(jq -r '.entries | length' <<<"$output")" 1
}

@test "a bad prefix among good ones changes nothing" {
	load_guard wan --policy "$(nobody)"
	expect_exit 2 allow add "$CLIENT_V4" 198.51.100.0/33
	run guard allow list --json
	assert_equal "$(jq -r '.entries | length' <<<"$output")" 0
	expect silence CLIENT "$SERVER_V4" client
}

@test "ten edits at once: each waits for its turn, and none is lost" {
	local i pids=()
	load_guard wan --policy "$(nobody)"
	for i in {1..10}; do
		guard allow add "198.51.100.$i" -q 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	run guard allow list --json
	assert_equal "$(jq -r '[.entries[].prefix] | length' <<<"$output")" 10
	expect 48 CLIENT "$SERVER_V4" client
}

@test "clients are answered without a gap while the list is edited" {
	load_guard wan --policy "$(nobody)"
	guard allow add "$CLIENT_V4" -q
	edit_on_and_on 3>&- &
	local editor=$!
	for _ in {1..20}; do
		expect 48 CLIENT "$SERVER_V4" client client client client
	done
	kill "$editor"
	expect_counter 80 request_allowed
	expect_counter 0 not_allowed
	expect_counter 0 internal
}

edit_on_and_on() {
	while guard allow add 203.0.113.0/28 -q && guard allow del 203.0.113.0/28 -q; do
		:
	done
}
