#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A host behind ntpguard amplifies nothing, whatever its daemon says: what leaves the NTP port is judged
# too. The daemon is the one of 2010, worse where a test says so, and what it says unasked is sent from
# its port by hand.
load case

setup_file() {
	begin
	local victim
	for victim in ATTACKER CLIENT; do
		daemon_at "$victim" "victim-$victim" /usr/bin/python3 "$ROOT/tests/net/packets.py" listen 40000
		eventually listens "$victim" 40000
	done
}

# What leaves SERVER's NTP port during a test.
setup() {
	rm -f "$DIR/said.log"
	capture ROUTER server in said udp src port 123
}

listens() { # NAMESPACE PORT
	[ -n "$(at "$1" ss -Hlun sport = "$2")" ]
}

teardown() {
	stop old
	stop said
	unload_guard
}

start_old_ntpd() { # [ARGUMENT_OF_RESPOND...]
	daemon_at SERVER old /usr/bin/python3 "$ROOT/tests/net/packets.py" respond "$@"
	eventually listens SERVER 123
}

# Answers everybody, so that nothing but the way out protects the victim.
open_policy() { # LINE...
	policy open < <(printf '%s\n' "default pass" "$@")
}

# A client request of so many bytes.
request() { # BYTES
	printf '23%0*d' $((2 * $1 - 2)) 0
}

# Says it COUNT times to a victim who never asked; prints nothing.
say_to() { # VICTIM_ADDRESS COUNT WHAT...
	send_udp SERVER "$1" "${@:3}" --count "$2" --sport 123 --dport 40000 >/dev/null
}

# Frames, and bytes of payload: counted at the router.
said_frames() {
	packets pcap "$DIR/said.pcap" | cut -d ' ' -f 1
}

said_bytes() {
	packets udp_payload "$DIR/said.pcap"
}

has_said() { # FRAMES
	[ "$(said_frames)" -eq "$1" ]
}

# So many frames and no more have left: an honest answer, sent last, leaves last.
expect_said() { # FRAMES
	say_to "$CLIENT_V4" 1 reply
	eventually has_said $(($1 + 1)) || assert_equal "$(said_frames)" $(($1 + 1))
}

expect_out() { # NUMBER COUNTER_ARGUMENT...
	DIRECTION=out expect_counter "$@"
}

@test "mode 7 answers that nobody may have do not leave: a burst of monlist at a victim" {
	load_guard wan --policy "$(open_policy)"
	say_to "$ATTACKER_V4" 100 monlist_part
	say_to "$ATTACKER_V6" 100 monlist_part
	expect_out 100 answer_mode7 packets ipv4
	expect_out 100 answer_mode7 packets ipv6
	expect_said 0
	assert_equal "$(cat "$DIR/victim-ATTACKER.log")" ""
}

@test "mode 6 answers that nobody may have do not leave" {
	load_guard wan --policy "$(open_policy)"
	say_to "$ATTACKER_V4" 50 control_response
	say_to "$ATTACKER_V6" 50 control_response
	expect_out 50 answer_mode6 packets ipv4
	expect_out 50 answer_mode6 packets ipv6
	expect_said 0
}

@test "mode 6 and 7 answers to another's NTP port do not leave either" {
	load_guard wan --policy "$(open_policy)"
	send_udp SERVER "$ATTACKER_V4" control_response --sport 123
	send_udp SERVER "$ATTACKER_V4" monlist_part --sport 123
	expect_out 1 answer_mode6
	expect_out 1 answer_mode7
	expect_said 0
}

@test "every one of these bursts does leave without ntpguard" {
	say_to "$ATTACKER_V4" 100 monlist_part
	say_to "$ATTACKER_V4" 50 control_response
	expect_said 150
}

@test "an address of the control list gets its mode 6 answers, and its mode 7 queries none" {
	start_old_ntpd
	load_guard wan --policy "$(open_policy "control $CLIENT_V4" "control $CLIENT_V6")"
	expect 360 CLIENT "$SERVER_V4" readvar
	expect 360 CLIENT "$SERVER_V6" readvar
	expect silence CLIENT "$SERVER_V4" monlist
	expect silence ATTACKER "$SERVER_V4" readvar
	stop old
	say_to "$CLIENT_V4" 10 monlist_part
	expect_out 2 answer_sent
	expect_out 0 answer_mode6
	expect_out 10 answer_mode7
}

@test "an address of the private list gets its mode 7 answers, and its mode 6 queries none" {
	start_old_ntpd
	load_guard wan --policy "$(open_policy "private $CLIENT_V4" "private $CLIENT_V6")"
	expect 44000 CLIENT "$SERVER_V4" monlist
	expect 44000 CLIENT "$SERVER_V6" monlist
	expect silence CLIENT "$SERVER_V4" readvar
	expect silence ATTACKER "$SERVER_V4" monlist
	stop old
	say_to "$CLIENT_V4" 10 control_response
	expect_out 200 answer_sent
	expect_out 0 answer_mode7
	expect_out 10 answer_mode6
}

@test "an answer as large as its query leaves, whatever its size" {
	start_old_ntpd --size 228
	load_guard wan --policy "$(open_policy)"
	expect 228 CLIENT "$SERVER_V4" "$(request 228)"
	expect 228 CLIENT "$SERVER_V6" "$(request 228)"
	expect 228 CLIENT "$SERVER_V4" "$(request 956)"
	expect_out 3 answer_sent
	expect_out 0 answer_amplified
}

@test "an answer that is four bytes larger than its query does not leave" {
	start_old_ntpd --size 232
	load_guard wan --policy "$(open_policy)"
	expect silence CLIENT "$SERVER_V4" "$(request 228)"
	expect silence CLIENT "$SERVER_V6" "$(request 228)"
	expect 232 CLIENT "$SERVER_V4" "$(request 232)"
	expect_out 1 answer_amplified packets ipv4
	expect_out 1 answer_amplified packets ipv6
	expect_out 1 answer_sent
}

@test "468 bytes to a question of 48 do not leave, and 48 do" {
	start_old_ntpd --size 468
	load_guard wan --policy "$(open_policy)"
	expect silence ATTACKER "$SERVER_V4" client
	expect silence ATTACKER "$SERVER_V6" client
	expect_out 2 answer_amplified
	stop old
	start_old_ntpd
	expect 48 ATTACKER "$SERVER_V4" client
	expect 48 ATTACKER "$SERVER_V6" client
	expect_out 2 answer_amplified
}

@test "who asked is not told by his address alone: another port's large query allows no large answer" {
	load_guard wan --policy "$(open_policy)"
	send_udp CLIENT "$SERVER_V4" "$(request 468)" --sport 40001
	conservation
	send_udp SERVER "$CLIENT_V4" "24${ZEROS:0:934}" --sport 123 --dport 40000
	expect_out 1 answer_amplified
}
ZEROS=$(printf '%02000d' 0)

@test "an answer of 48 bytes to nobody knows which query leaves, and a larger one does not" {
	load_guard wan --policy "$(open_policy)"
	say_to "$ATTACKER_V4" 5 reply
	say_to "$ATTACKER_V6" 5 reply
	say_to "$ATTACKER_V4" 7 "24${ZEROS:0:102}"
	say_to "$ATTACKER_V4" 7 "24${ZEROS:0:934}"
	expect_out 10 answer_sent
	expect_out 14 answer_amplified
	expect_said 10
}

@test "'answers off' lets everything leave" {
	start_old_ntpd --size 468
	load_guard wan --policy "$(open_policy "answers off")"
	expect 468 ATTACKER "$SERVER_V4" client
	expect 468 ATTACKER "$SERVER_V6" client
	stop old
	say_to "$ATTACKER_V4" 10 monlist_part control_response
	expect_out 0 answer_amplified
	expect_out 0 answer_mode6
	expect_out 0 answer_mode7
}

@test "monitor mode lets everything leave, and says what would not have" {
	load_guard wan --monitor --policy "$(open_policy)"
	say_to "$ATTACKER_V4" 10 monlist_part control_response
	say_to "$ATTACKER_V4" 10 "24${ZEROS:0:934}"
	expect_said 30
	expect_out 10 answer_mode7 would_drop
	expect_out 10 answer_mode6 would_drop
	expect_out 10 answer_amplified would_drop
	expect_out 0 answer_mode7
}

amplification() { # FIELD
	guard status --json | jq ".amplification.$1"
}

# What is sent is added up in $asked: packets.py tells the bytes.
asked=0
send_and_add() { # NAMESPACE ARGUMENT_OF_SEND...
	local bytes
	read -r _ bytes < <(send_udp "$@")
	asked=$((asked + bytes))
}

# Asks for a request of so many bytes ten times, each from a port of its own, and is answered.
ask_and_add() { # ANSWER NAMESPACE ADDRESS BYTES
	local question
	question=$(request "$4")
	expect "$1" "$2" "$3" "$question"{,,,,,,,,,}
	asked=$((asked + 10 * $4))
}

@test "the amplification factor is what the test itself sent and saw, to the byte, and at most 1" {
	local address
	start_old_ntpd --size 228
	load_guard wan --policy "$(open_policy "deny $CLIENT_V6")"
	assert_equal "$(amplification bytes_in) $(amplification bytes_out)" "0 0"
	for address in "$SERVER_V4" "$SERVER_V6"; do
		send_and_add ATTACKER "$address" monlist readvar monlist_8 short --count 10
		send_and_add CLIENT "$address" symmetric --count 10
		ask_and_add 228 ATTACKER "$address" 228
		ask_and_add 228 ATTACKER "$address" 956
		ask_and_add silence ATTACKER "$address" 48
	done
	ask_and_add 228 CLIENT "$SERVER_V4" 228
	ask_and_add silence CLIENT "$SERVER_V6" 228
	conservation
	assert_equal "$(amplification bytes_in)" "$asked"
	eventually has_left $((50 * 228)) || assert_equal "$(said_bytes)" $((50 * 228))
	assert_equal "$(amplification bytes_out)" $((50 * 228))
	assert_equal "$(guard status --json | jq '.amplification | .factor <= 1
		and ((.factor - .bytes_out / .bytes_in) | fabs) < 0.001')" true
}

has_left() { # BYTES
	[ "$(said_bytes)" -eq "$1" ]
}

@test "without the guard of answers the factor says how bad it is" {
	start_old_ntpd
	load_guard wan --policy "$(open_policy "private $ATTACKER_V4" "answers off")"
	expect 44000 ATTACKER "$SERVER_V4" monlist
	assert_equal "$(amplification bytes_in) $(amplification bytes_out)" "48 44000"
	assert_equal "$(guard status --json | jq '.amplification.factor > 916 and .amplification.factor < 917')" true
}
