#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What is not NTP passes, under a policy that drops every NTP request.
load case

setup_file() {
	begin
	local port
	for port in 53 122 123 124 1123; do
		daemon_at SERVER "echo-$port" /usr/bin/python3 "$ROOT/tests/net/packets.py" echo "$port"
	done
	for port in 53 122 123 124 1123; do
		WAIT=0.2 eventually answers ATTACKER "$SERVER_V4" readvar --dport "$port"
	done
	load_guard wan --policy "$(policy nobody <<<'default drop')"
	export KEEP_LOADED=1
}

# No NTP packet was among them.
expect_nothing_counted() {
	run rows
	assert_output ""
}

@test "ARP: the router finds the server's address anew" {
	at ROUTER ip neigh flush dev server
	at SERVER ip neigh flush dev wan
	run -0 at CLIENT ping -q -c 2 -i 0.1 -W 2 "$SERVER_V4"
	run at ROUTER ip -4 neigh show dev server
	assert_output --regexp "^$SERVER_V4 lladdr .* (REACHABLE|DELAY|STALE)"
	expect_nothing_counted
}

@test "neighbour discovery: the router finds the server's IPv6 address anew" {
	at ROUTER ip -6 neigh flush dev server
	at SERVER ip -6 neigh flush dev wan
	run -0 at CLIENT ping -q -c 2 -i 0.1 -W 2 "$SERVER_V6"
	run at ROUTER ip -6 neigh show dev server
	assert_output --regexp "$SERVER_V6 lladdr .* (REACHABLE|DELAY|STALE)"
	expect_nothing_counted
}

@test "ping passes, small and large, with and without fragments" {
	local address size
	for address in "$SERVER_V4" "$SERVER_V6"; do
		for size in 0 1400 8000; do
			run -0 at ATTACKER ping -q -c 1 -W 2 -s "$size" "$address"
		done
	done
	expect_nothing_counted
}

tcp_echo() { # ADDRESS PORT
	at ATTACKER timeout 5 bash -c "exec 7<>/dev/tcp/$1/$2 && echo hello >&7 && head -n 1 <&7"
}

@test "TCP passes, also to port 123 and from it" {
	local address port
	for address in "$SERVER_V4" "$SERVER_V6"; do
		for port in 53 122 123 124; do
			run tcp_echo "$address" "$port"
			assert_output hello
		done
	done
	expect_nothing_counted
}

@test "UDP of other ports passes, whatever its bytes say" {
	local port
	for port in 53 122 124 1123; do
		expect 48 ATTACKER "$SERVER_V4" client monlist --dport "$port"
		expect 12 ATTACKER "$SERVER_V6" readvar --dport "$port"
	done
	expect_nothing_counted
}

@test "UDP datagrams of other ports pass in fragments" {
	local large
	large=$(printf '17%.0s' {1..4000})
	expect 4000 ATTACKER "$SERVER_V4" "$large" --dport 1123
	expect 4000 ATTACKER "$SERVER_V6" "$large" --dport 1123
	expect_nothing_counted
}

@test "the same bytes to port 123 do not pass" {
	expect silence ATTACKER "$SERVER_V4" client monlist
	expect silence ATTACKER "$SERVER_V6" readvar
	expect_counter 1 not_allowed packets ipv4
	expect_counter 1 mode7 packets ipv4
	expect_counter 1 mode6 packets ipv6
}
