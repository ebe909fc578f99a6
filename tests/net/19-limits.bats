#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A public server under a flood of valid requests: real clients keep their time if they are regulars, heavy
# senders and networks are held, and nothing else is touched.
load case
load flood

# Of CLIENT's addresses; what comes from the first of them, CLIENT_V4, is no regular.
REGULARS=198.51.100.8/30 REGULAR_V4=(198.51.100.8 198.51.100.9 198.51.100.10)

setup_file() {
	export KEEP_LOADED=1
	flood_is_built
	begin
	address CLIENT wan "${REGULAR_V4[@]/%//24}"
	# nobody has to be told that a forged address is nowhere
	at ROUTER ip route add blackhole 16.0.0.0/4
	start_server
	load_guard wan --policy "$(public)"
	inside "$FLOOD" regulars "$NTPGUARD_BPFFS" "$REGULARS" >"$DIR/regulars"
}

setup() {
	guard counters --json >"$DIR/before.json"
}

# The policy that is shipped, for clients that ask 32 times as often as it wants, as ours must if a test is to
# be short; with one more line, and with what the host bears of strangers.
public() { # [LINE...]; prints the file's path
	{
		sed 's/^ratelimit interval 1 /ratelimit interval -4 /; s/^globallimit .*/globallimit 5000 burst 500/' \
			"$ROOT/policies/public-server.policy"
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} | policy public
}

apply() { # FILE
	guard apply -q "$1" 2>/dev/null
}

# Of a row, since the test began.
since() { # REASON [packets|would_drop]
	echo $(($(counter "$@") - $(jq --arg reason "$1" --arg field "${2:-packets}" \
		'[.interfaces[].counters[] | select(.direction == "in" and .reason == $reason) | .[$field]] | add' "$DIR/before.json")))
}

at_least() { # NUMBER WHAT_IS...
	run -0 "${@:2}"
	[ "$output" -ge "$1" ] || { echo "${*:2}: $output, want $1 or more" && rows && return 1; }
}

at_most() { # NUMBER WHAT_IS...
	run -0 "${@:2}"
	[ "$output" -le "$1" ] || { echo "${*:2}: $output, want $1 or less" && rows && return 1; }
}

# ---- real clients ----

start_asking() { # NAME ADDRESS
	start_chronyd CLIENT "$1" <<-END
		server $SERVER_V4 iburst minpoll -1 maxpoll -1
		bindacqaddress $2
		port 0
	END
}

start_clients() {
	local i
	for i in "${!REGULAR_V4[@]}"; do
		start_asking "regular$i" "${REGULAR_V4[i]}"
	done
	start_asking newcomer "$CLIENT_V4"
	for i in regular{0,1,2} newcomer; do
		eventually synchronised "$i"
	done
}

# Queries sent and answers taken, ever, by these clients together.
asked_and_answered() { # NAME...
	local name
	for name; do
		ask_chronyd "$name" ntpdata
	done | awk -F, '{ asked += $31; answered += $33 } END { print asked, answered }'
}

# Percent of the queries answered between two such readings.
share() { # BEFORE AFTER
	awk -v before="$1" -v after="$2" 'BEGIN {
		split(before, b, " "); split(after, a, " ")
		asked = a[1] - b[1]
		print (asked ? int(100 * (a[2] - b[2]) / asked) : "nobody asked")
	}'
}

# How often a client was seen without its lock while a process ran; samples are taken five times a second.
lost_locks() { # PID NAME...
	local name lost=0 samples=0
	while kill -0 "$1" 2>/dev/null; do
		for name in "${@:2}"; do
			synchronised "$name" || lost=$((lost + 1))
		done
		samples=$((samples + 1))
		sleep 0.2
	done
	[ "$samples" -ge 3 ] && echo "$lost"
}

@test "regulars keep their time under 300,000 valid requests a second, where a newcomer is hardly answered" {
	local regulars newcomer
	assert_equal "$(cat "$DIR/regulars")" 4
	start_clients
	regulars=$(asked_and_answered regular{0,1,2})
	newcomer=$(asked_and_answered newcomer)
	flood --seconds 6 --rate 300000 >"$DIR/sent" 3>&- &
	lost_locks $! regular{0,1,2} >"$DIR/lost"
	wait $!
	regulars=$(share "$regulars" "$(asked_and_answered regular{0,1,2})")
	newcomer=$(share "$newcomer" "$(asked_and_answered newcomer)")
	assert_equal "$(cat "$DIR/lost")" 0
	at_least 80 echo "$regulars"
	at_most 50 echo "$newcomer"
	at_least 10 since request_regular
	at_least 100000 since global_rate
	keeps_time regular0
	keeps_time newcomer
}

# Percent of those regulars' queries answered that are in the flood's own stream.
share_of_regulars() { # ARGUMENT_OF_SEND...
	flood --seconds 2 --regulars "$REGULARS" --regular-rate 40 "$@" | awk '{ print int(100 * $4 / $3) }'
}

@test "with 'regulars' they come first, as fast as a flood can be" {
	apply "$(public)"
	at_least 60 share_of_regulars
	at_least 10 since request_regular
}

@test "without 'regulars' they fare as everybody does" {
	apply "$(public 'regulars off')"
	at_most 30 share_of_regulars
	assert_equal "$(since request_regular)" 0
	at_least 100000 since global_rate
}

@test "without limits nobody is refused" {
	apply "$(public 'default pass')"
	share_of_regulars --rate 300000 >"$DIR/share"
	assert_equal "$(since request_regular)" 0
	assert_equal "$(since global_rate)" 0
	at_least 100000 since request_default
}

# ---- who is held, and who is not ----

# CLIENT's questions, each waited for; prints how many were answered.
asks() { # NUMBER
	local queries
	mapfile -t queries < <(yes client | head -n "$1")
	ask CLIENT "$SERVER_V4" --wait 1 --pause 0.05 "${queries[@]}" | grep -cx 48
}

# Prints how many of CLIENT's 20 questions were answered while somebody floods.
asks_during() { # ARGUMENT_OF_SEND...
	local answered
	flood --seconds 3 "$@" >"$DIR/sent" 3>&- &
	sleep 0.5
	answered=$(asks 20)
	wait $!
	echo "$answered"
}

# Percent of what was over a limit that passed all the same.
leaked_share() { # REASON_OF_DROPS
	local leaked dropped
	leaked=$(since request_leaked) dropped=$(since "$1")
	echo $((100 * leaked / (leaked + dropped)))
}

@test "an address over its limit is held but for what leaks, and another is answered" {
	apply "$(public)"
	at_least 18 asks_during --from "$ATTACKER_V4/32" --senders 1 --rate 800
	at_least 20 leaked_share source_rate
	at_most 30 leaked_share source_rate
	# its own: 16 at once and 16 a second, three seconds long, and CLIENT's 20
	at_most $((16 + 16 * 4 + 20)) since request_in_limit
	assert_equal "$(since prefix_rate)" 0
	assert_equal "$(since global_rate)" 0
}

@test "a network whose addresses are each within their limit is held, and another is answered" {
	apply "$(public)"
	at_least 18 asks_during --from 16.1.1.0/24 --rate 3000
	at_least 1000 since prefix_rate
	at_least 20 leaked_share prefix_rate
	at_most 30 leaked_share prefix_rate
	assert_equal "$(since source_rate)" 0
	assert_equal "$(since global_rate)" 0
}

# One bit away from the test above: 256 networks are not one.
@test "as many addresses of many networks are not held" {
	apply "$(public)"
	at_least 18 asks_during --from 16.0.0.0/4 --senders 256 --rate 3000
	at_least 3000 since request_in_limit
	assert_equal "$(since prefix_rate)" 0
	assert_equal "$(since source_rate)" 0
}

@test "an address that the policy allows has no limit, whatever comes from others" {
	apply "$(public "allow $CLIENT_V4")"
	at_least 18 asks_during --rate 300000
	assert_equal "$(since request_allowed)" 20
	at_least 100000 since global_rate
}

@test "monitor mode drops nothing, and says what it would have" {
	apply "$(public monitor)"
	at_least 18 asks_during --from "$ATTACKER_V4/32" --senders 1 --rate 800
	at_least 500 since source_rate would_drop
	assert_equal "$(since source_rate)" 0
	apply "$(public)"
}

@test "another policy with the same limits finds those who are held held" {
	local limits=$'default limit\nratelimit interval 6 burst 4 leak 4'
	apply "$(policy first <<<"$limits")"
	send_udp ATTACKER "$SERVER_V6" client --count 4
	conservation
	assert_equal "$(since request_in_limit)" 4
	apply "$(policy second <<<"$limits"$'\nallow 192.0.2.77')"
	send_udp ATTACKER "$SERVER_V6" client --count 100
	send_udp CLIENT "$SERVER_V6" client --count 4
	conservation
	assert_equal "$(since request_in_limit)" 8
	assert_equal "$(($(since source_rate) + $(since request_leaked)))" 100
}

# The wire has room for 256 packets, so a few may get lost in it, whatever they are.
@test "what is not NTP passes as if nothing was" {
	apply "$(public)"
	flood --seconds 3 --rate 300000 >"$DIR/sent" 3>&- &
	run -0 at CLIENT ping -q -c 20 -i 0.1 -W 2 "$SERVER_V4"
	wait $!
	[[ $output =~ ([0-9]+)\ received ]]
	[ "${BASH_REMATCH[1]}" -ge 18 ]
	at_least 100000 since global_rate
}
