#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Two interfaces share one policy and one access list; each has counters of its own.
load case

LAN_SERVER=10.123.0.2 LAN_CLIENT=10.123.0.7

# Beside wan, SERVER gets lan: a wire of its own to CLIENT.
setup_file() {
	begin
	link SERVER lan CLIENT lan
	address SERVER lan "$LAN_SERVER/24" 2001:db8:123::2/64
	address CLIENT lan "$LAN_CLIENT/24" 2001:db8:123::7/64
	count_wire CLIENT lan
	start_server
}

@test "one load guards both" {
	load_guard wan lan --policy "$(policy nobody <<<'default drop')"
	assert_equal "$(guard status --json | jq -c '[.interfaces[].name] | sort')" '["lan","wan"]'
	expect silence ATTACKER "$SERVER_V4" client
	expect silence CLIENT "$LAN_SERVER" client
	expect silence CLIENT 2001:db8:123::2 client
}

@test "one entry lets a client in through both" {
	load_guard wan lan --policy "$(policy nobody <<<'default drop')"
	guard allow add "$CLIENT_V4" "$LAN_CLIENT"
	expect 48 CLIENT "$SERVER_V4" client
	expect 48 CLIENT "$LAN_SERVER" client
	expect silence ATTACKER "$SERVER_V4" client
}

@test "the second is guarded later, by the policy in force" {
	load_guard wan --policy "$(policy client <<<"allow $CLIENT_V4")"
	expect 48 CLIENT "$LAN_SERVER" client
	guard load lan
	expect silence CLIENT "$LAN_SERVER" client
	expect 48 CLIENT "$SERVER_V4" client
	assert_equal "$(guard status --json | jq -r .policy.name)" client
	mark
}

@test "counters are kept apart" {
	load_guard wan lan --policy "$(policy nobody <<<'default drop')"
	send_udp ATTACKER "$SERVER_V4" monlist --count 5
	send_udp CLIENT "$LAN_SERVER" readvar --count 7
	send_udp CLIENT 2001:db8:123::2 readvar --count 2
	conservation
	expect_counter 5 mode7 packets ipv4 wan
	expect_counter 0 mode7 packets ipv4 lan
	expect_counter 0 mode6 packets ipv4 wan
	expect_counter 7 mode6 packets ipv4 lan
	expect_counter 2 mode6 packets ipv6 lan
}

@test "monitor mode is each interface's own" {
	load_guard wan --policy "$(policy nobody <<<'default drop')"
	guard load lan --monitor
	mark
	expect silence ATTACKER "$SERVER_V4" client
	expect 48 CLIENT "$LAN_SERVER" client
	expect_counter 1 not_allowed packets ipv4 wan
	expect_counter 0 not_allowed would_drop ipv4 wan
	expect_counter 0 not_allowed packets ipv4 lan
	expect_counter 1 not_allowed would_drop ipv4 lan
	assert_equal "$(guard status --json | jq -c '[.interfaces[] | {(.name): .monitor}] | add')" '{"wan":false,"lan":true}'
}

@test "an edit of the lists does not end an interface's monitor mode" {
	load_guard wan --policy "$(policy nobody <<<'default drop')"
	guard load lan --monitor
	mark
	guard allow add "$CLIENT_V4"
	expect 48 CLIENT "$LAN_SERVER" client
	expect silence ATTACKER "$SERVER_V4" client
}

@test "unloading one leaves the other guarded, and its counters" {
	load_guard wan lan --policy "$(policy nobody <<<'default drop')"
	send_udp ATTACKER "$SERVER_V4" monlist --count 5
	conservation
	rm "$DIR/balance"
	guard unload lan
	expect 48 CLIENT "$LAN_SERVER" client
	expect silence ATTACKER "$SERVER_V4" client
	expect_counter 5 mode7 packets ipv4 wan
	expect_counter 1 not_allowed packets ipv4 wan
	guard unload wan
}

@test "an interface that is loaded again starts from zero" {
	load_guard wan lan --policy "$(policy nobody <<<'default drop')"
	send_udp CLIENT "$LAN_SERVER" readvar --count 7
	conservation
	guard unload lan
	guard load lan
	mark
	expect_counter 0 mode6 packets ipv4 lan
	send_udp CLIENT "$LAN_SERVER" readvar --count 3
	conservation
	expect_counter 3 mode6 packets ipv4 lan
}

@test "clients on both interfaces synchronise" {
	load_guard wan lan --policy "$(policy nobody <<<'default drop')"
	guard allow add "$CLIENT_V4" "$LAN_CLIENT"
	start_client CLIENT wan "$SERVER_V4"
	start_client CLIENT lan "$LAN_SERVER"
	eventually synchronised wan
	eventually synchronised lan
}
