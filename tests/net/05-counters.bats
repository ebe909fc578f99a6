#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The counters equal what was sent: packet for packet and byte for byte, by reason and by family.
load case

setup_file() {
	begin
	start_server
}

# What is sent, how often, and the row it belongs to under `default drop`.
sent="client 3 not_allowed
client_v1 2 not_allowed
monlist 5 mode7
monlist_8 1 mode7
readvar 7 mode6
symmetric 4 peer_denied
broadcast 2 broadcast
short 1 malformed
version_7 6 malformed"

send_all() { # ADDRESS
	local query count
	while read -r query count _; do
		send_udp ATTACKER "$1" "$query" --count "$count"
	done <<<"$sent"
}

# The lines "REASON packets bytes" that sending all must have left, sorted. A frame of a packet has
# Ethernet's header, IP's and UDP's before its payload.
wanted() { # BYTES_OF_HEADERS
	local query count reason
	while read -r query count reason; do
		echo "$reason $count $((count * ($1 + $(packets size "$query"))))"
	done <<<"$sent" | awk '{ packets[$1] += $2; bytes[$1] += $3 }
		END { for (r in packets) print r, packets[r], bytes[r] }' | sort
}

counted() { # packets|would_drop FAMILY
	guard counters --json | jq -r --arg field "$1" --arg family "$2" '.interfaces[].counters[]
		| select(.direction == "in" and .family == $family and .bytes > 0)
		| "\(.reason) \(.[$field]) \(.bytes)"' | sort
}

@test "every IPv4 packet and byte is in the row of its reason" {
	load_guard wan --policy "$(policy nobody <<<'default drop')"
	send_all "$SERVER_V4"
	conservation
	assert_equal "$(counted packets ipv4)" "$(wanted 42)"
	assert_equal "$(counted packets ipv6)" ""
}

@test "every IPv6 packet and byte is in the row of its reason" {
	load_guard wan --policy "$(policy nobody <<<'default drop')"
	send_all "$SERVER_V6"
	conservation
	assert_equal "$(counted packets ipv6)" "$(wanted 62)"
	assert_equal "$(counted packets ipv4)" ""
}

@test "monitor mode counts what it would drop as such, and as nothing else" {
	load_guard wan --monitor --policy "$(policy nobody <<<'default drop')"
	send_all "$SERVER_V4"
	conservation
	assert_equal "$(counted would_drop ipv4)" "$(wanted 42)"
	assert_equal "$(guard counters --json | jq '[.interfaces[].counters[] | select(.direction == "in").packets] | add')" 0
}

@test "monitor mode drops nothing" {
	load_guard wan --monitor --policy "$(policy nobody <<<'default drop')"
	expect 48 ATTACKER "$SERVER_V4" client client_v3
	expect 48 ATTACKER "$SERVER_V6" client client_v3
	expect_counter 4 not_allowed would_drop
	expect_counter 0 not_allowed packets
	assert_equal "$(guard counters --json | jq '.interfaces[0].monitor')" true
}

@test "what monitor mode would pass counts as passed" {
	load_guard wan --monitor --policy "$(policy nobody <<<'default drop')"
	guard allow add "$CLIENT_V4"
	expect 48 CLIENT "$SERVER_V4" client
	expect_counter 1 request_allowed packets
	expect_counter 0 request_allowed would_drop
}

@test "loading again without --monitor goes live, and with it goes back" {
	load_guard wan --monitor --policy "$(policy nobody <<<'default drop')"
	expect 48 ATTACKER "$SERVER_V4" client
	guard load wan
	expect silence ATTACKER "$SERVER_V4" client
	guard load wan --monitor
	expect 48 ATTACKER "$SERVER_V4" client
	expect_counter 1 not_allowed packets
	expect_counter 2 not_allowed would_drop
}

@test "counters survive edits of the lists" {
	load_guard wan --policy "$(policy nobody <<<'default drop')"
	send_udp ATTACKER "$SERVER_V4" monlist --count 9
	guard allow add "$CLIENT_V4"
	guard deny add 203.0.113.0/24
	send_udp ATTACKER "$SERVER_V4" monlist --count 9
	conservation
	expect_counter 18 mode7
}

@test "of a datagram in fragments the first is dropped as such, and none of it is answered" {
	local large
	large=23$(printf '00%.0s' {1..1999})
	load_guard wan --policy "$(policy everybody <<<'default pass')"
	send_udp ATTACKER "$SERVER_V4" "$large"
	conservation
	expect_counter 1 fragment packets ipv4
	expect_counter 0 malformed packets ipv4
}

@test "a jumbo frame counts with all its bytes" {
	local large
	large=17$(printf '00%.0s' {1..7999})
	jumbo 9000
	load_guard wan --policy "$(policy nobody <<<'default drop')"
	send_udp ATTACKER "$SERVER_V4" "$large"
	conservation
	expect_counter 1 mode7
	expect_counter 8042 mode7 bytes
	unload_guard
	jumbo 1500
}

jumbo() { # MTU
	at SERVER ip link set wan mtu "$1"
	at ROUTER ip link set server mtu "$1"
	at ROUTER ip link set attacker mtu "$1"
	at ATTACKER ip link set wan mtu "$1"
}
