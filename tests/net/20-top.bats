#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Who is busiest, and what the limits have to do, as top, status and counters tell it.
load case
load flood

HEAVY=16.255.0.1

setup_file() {
	flood_is_built
	begin
	at ROUTER ip route add blackhole 16.0.0.0/4
}

setup() {
	load_guard wan --policy "$(printf 'default limit\n%s\n' 'ratelimit interval 0 burst 16 leak 2' \
		'prefixlimit 20 48 interval -8 burst 255' 'globallimit 50000' | policy top)"
}

# Floods for so long, and looks before it ends.
look_during() { # SECONDS ARGUMENT_OF_SEND...
	flood --seconds "$1" "${@:2}" >"$DIR/sent" 3>&- &
	sleep $(($1 - 1))
	guard top --json >"$DIR/top.json"
	wait $!
}

is_true() { # JQ_EXPRESSION FILE
	jq -e "$1" "$2" >"$DIR/said" || { echo "not so: $1" && cat "$2" && return 1; }
}

@test "top tells who sends, how much, and what becomes of it" {
	look_during 4 --rate 2000 --from 16.1.0.0/32 --senders 1
	is_true '.schema == 1 and .seconds > 0 and .samples > 0' "$DIR/top.json"
	is_true '.addresses | length == 1' "$DIR/top.json"
	# three seconds or so of the last ten
	is_true '.addresses[0] | .address == "16.1.0.0" and .packets > 3000 and .packets < 9000' "$DIR/top.json"
	is_true '.addresses[0] | .reason == "source_rate" and .regular == false' "$DIR/top.json"
	is_true '.addresses[0] | .dropped == .limited and .limited > 0.6 * .packets and .limited < 0.9 * .packets' "$DIR/top.json"
	is_true '.prefixes[0].prefix == "16.1.0.0/20"' "$DIR/top.json"
}

@test "the busier comes first, with its share" {
	look_during 4 --rate 1000 --from 16.2.0.0/32 --senders 1 --regulars 16.1.0.0/32 --regular-rate 4000
	is_true '[.addresses[].address] == ["16.1.0.0", "16.2.0.0"]' "$DIR/top.json"
	is_true '.addresses | .[0].packets / .[1].packets | . > 2 and . < 8' "$DIR/top.json"
}

@test "a flood from a million addresses hides no heavy sender" {
	look_during 4 --rate 100000 --regulars $HEAVY/32 --regular-rate 10000
	is_true ".addresses[0] | .address == \"$HEAVY\" and .packets > 0" "$DIR/top.json"
	is_true '.addresses[0].packets > 5 * .addresses[1].packets' "$DIR/top.json"
	is_true '.addresses | length == 10' "$DIR/top.json"
	guard top --json -n 3 >"$DIR/three.json"
	is_true '.addresses | length == 3' "$DIR/three.json"
}

@test "top is a table where nobody wants JSON, and quiet where nothing came" {
	run -0 guard top
	assert_line --index 0 --regexp '^0 packets/s of NTP came in over the last 10\.0 s \(0 samples\)$'
	flood --rate 100 --from 16.3.0.0/32 --senders 1 >/dev/null
	run -0 guard top --once
	assert_line --regexp '^16\.3\.0\.0 +[0-9.]+ +100 % +[0-9]+ % +[0-9]+ % +(source_rate|request_in_limit)'
	assert_line --regexp '^16\.3\.0\.0/20 '
}

@test "IPv6 senders are told, too" {
	ask CLIENT "$SERVER_V6" client >/dev/null
	run -0 guard top
	assert_line --regexp '^2001:db8:51::7 +[0-9.]+ +100 %'
	assert_line --regexp '^2001:db8:51::/48 '
}

@test "buckets fill with senders and empty again" {
	guard counters --json >"$DIR/counters.json"
	is_true '.limits | .enforced and .memory_bytes == 4194304 and .tables[0].live == 0' "$DIR/counters.json"
	is_true '.limits.tables | map([.ipv4_length, .ipv6_length]) == [[32, 128], [20, 48]]' "$DIR/counters.json"
	is_true '.limits.regulars | .capacity == 262144 and .known == 0 and .learning' "$DIR/counters.json"
	flood --rate 20000 --senders 1024 >/dev/null
	guard counters --json >"$DIR/counters.json"
	is_true '.limits.tables[0] | .live > 900 and .live <= 1024 and .displaced == 0' "$DIR/counters.json"
	# all 16 of a burst of one a second, at most
	sleep 17
	guard status --json >"$DIR/status.json"
	is_true '.limits.tables[0].live == 0' "$DIR/status.json"
}

@test "a table that is too small says so" {
	unload_guard
	load_guard wan --memory 64K --policy "$(printf 'default limit\nratelimit interval 6\n' | policy small)"
	flood --rate 20000 --senders 65536 >/dev/null
	guard counters --json >"$DIR/counters.json"
	is_true '.limits | .memory_bytes == 65536 and .tables[0].capacity == 2048' "$DIR/counters.json"
	is_true '.limits.tables[0] | .live > 1900 and .displaced > 5000' "$DIR/counters.json"
	run -0 guard status
	assert_line --regexp '^limits +64 KiB, [0-9]+ of 2048 addresses \([0-9]+ displaced\)$'
}

@test "the host's limit says that it refuses, and when" {
	flood --rate 150000 >/dev/null
	guard status --json >"$DIR/status.json"
	is_true '.limits.host | .limit_pps == 50000 and .saturated and .refused_seconds_ago < 20' "$DIR/status.json"
	is_true '.limits.regulars.learning == false' "$DIR/status.json"
	run -0 guard status
	assert_line --regexp '^host +50000 packets/s, burst [0-9]+ % spent, strangers refused [0-9]+ s ago$'
	refute_line --regexp 'source_rate'
}

@test "status warns where one request in twenty is over its address's limit" {
	flood --rate 1000 --from 16.5.0.0/32 --senders 1 >/dev/null
	run -0 guard status
	assert_line --regexp '^warning +[0-9]+ % of all requests were over .*source_rate'
	guard status --json >"$DIR/status.json"
	is_true '.limits.limited_share > 0.05' "$DIR/status.json"
}

@test "a policy without limits says that they are idle" {
	unload_guard
	load_guard wan --policy "$(printf 'allow 16/4\n' | policy idle)"
	run -0 guard status
	assert_line --regexp '^limits +4096 KiB, idle'
	guard counters --json >"$DIR/counters.json"
	is_true '.limits.enforced == false' "$DIR/counters.json"
}
