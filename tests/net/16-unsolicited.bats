#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Only what the host itself asked for comes back in: replies that nobody asked for, or that do not answer
# what was asked, die at the interface.
load case

# SERVER is the client here. This is the port that it asks from, where a listener tells what comes in.
PORT=40000
# Beside wan, SERVER has lan: a wire of its own to CLIENT.
LAN_SERVER=10.123.0.2 LAN_CLIENT=10.123.0.7

setup_file() {
	begin
	link SERVER lan CLIENT lan
	address SERVER lan "$LAN_SERVER/24"
	address CLIENT lan "$LAN_CLIENT/24"
	count_wire CLIENT lan
	daemon_at SERVER listener /usr/bin/python3 "$ROOT/tests/net/packets.py" listen "$PORT"
	WAIT=0.2 eventually hears_marker
}

setup() {
	arrived_before=$(arrived)
}

# SERVER asks, and does not wait.
question() { # ADDRESS WHAT... [ARGUMENT_OF_SEND...]
	send_udp SERVER "$1" --sport "$PORT" "${@:2}" >/dev/null
}

# Somebody's NTP port sends it there.
reply() { # NAMESPACE ADDRESS WHAT... [ARGUMENT_OF_SEND...]
	send_udp "$1" "$2" --sport 123 --dport "$PORT" "${@:3}" >/dev/null
}

# Datagrams from any NTP port that the listener has had.
arrived() {
	heard_from 123
}

markers() {
	heard_from 9999
}

heard_from() { # PORT
	awk -v port="$1" '$3 == port' "$DIR/listener.log" | wc -l
}

# What is not NTP comes in, and all that came before it is in the log by then.
hears_marker() {
	local before
	before=$(markers)
	send_udp CLIENT "$SERVER_V4" 00 --sport 9999 --dport "$PORT" >/dev/null
	PATIENCE=5 eventually has_marker "$before"
}

has_marker() { # NUMBER_BEFORE
	[ "$(markers)" -gt "$1" ]
}

# Since the test began.
expect_arrived() { # NUMBER
	conservation
	hears_marker
	assert_equal $(($(arrived) - arrived_before)) "$1"
}

@test "a reply that nobody asked for is dropped" {
	load_guard wan
	reply ATTACKER "$SERVER_V4" reply --count 10
	reply ATTACKER "$SERVER_V6" reply --count 10
	expect_arrived 0
	expect_counter 10 unsolicited packets ipv4
	expect_counter 10 unsolicited packets ipv6
}

@test "so it is when it comes to the NTP port, from whatever port" {
	load_guard wan
	send_udp ATTACKER "$SERVER_V4" reply --sport 123
	send_udp ATTACKER "$SERVER_V4" reply --sport 40001
	send_udp ATTACKER "$SERVER_V6" reply --sport 123
	conservation
	expect_counter 2 unsolicited packets ipv4
	expect_counter 1 unsolicited packets ipv6
}

@test "answers of other modes that nobody asked for are dropped: symmetric passive, control, private" {
	local answer
	load_guard wan
	for answer in reply_passive control_response private_response monlist_part; do
		reply ATTACKER "$SERVER_V4" "$answer"
		send_udp ATTACKER "$SERVER_V4" "$answer" --sport 123
	done
	expect_arrived 0
	expect_counter 8 unsolicited
}

@test "a broadcast from a stranger is dropped, and one from a server of the policy passes" {
	load_guard wan --policy "$(policy listening <<<"server $CLIENT_V4")"
	send_udp ATTACKER "$SERVER_V4" broadcast --sport 123
	send_udp CLIENT "$SERVER_V4" broadcast --sport 123
	conservation
	expect_counter 1 broadcast
	expect_counter 1 reply_listed
}

@test "the answer to a question passes" {
	load_guard wan
	question "$ATTACKER_V4" client
	question "$ATTACKER_V6" client
	reply ATTACKER "$SERVER_V4" reply_to_client
	reply ATTACKER "$SERVER_V6" reply_to_client
	expect_arrived 2
	expect_counter 1 reply_solicited packets ipv4
	expect_counter 1 reply_solicited packets ipv6
	DIRECTION=out expect_counter 1 query_sent packets ipv4
	DIRECTION=out expect_counter 1 query_sent packets ipv6
}

@test "an answer with another origin timestamp is dropped, and the true one still passes" {
	local wrong=240106ec0000000000000000000000000000000000000000deadbeefdeadbeef00000000000000000000000000000000
	load_guard wan
	question "$ATTACKER_V4" client
	reply ATTACKER "$SERVER_V4" "$wrong" --count 100
	expect_arrived 0
	expect_counter 100 bad_origin
	reply ATTACKER "$SERVER_V4" reply_to_client
	expect_arrived 1
	expect_counter 1 reply_solicited
}

# A client in basic mode leaves its receive timestamp zero, which is no leave to answer with zero.
@test "an answer with a zero origin timestamp is dropped, unless the question's transmit timestamp was zero" {
	load_guard wan
	question "$ATTACKER_V4" client
	reply ATTACKER "$SERVER_V4" reply
	expect_arrived 0
	expect_counter 1 bad_origin
	question "$ATTACKER_V6" client_v3
	reply ATTACKER "$SERVER_V6" reply
	expect_arrived 1
	expect_counter 1 reply_solicited packets ipv6
}

@test "the answer to a question in interleaved mode passes by either of its timestamps" {
	local basic=240106ec0000000000000000000000000000000000000000333333333333333300000000000000000000000000000000
	load_guard wan
	question "$ATTACKER_V4" client_interleaved
	reply ATTACKER "$SERVER_V4" reply_to_interleaved
	question "$ATTACKER_V4" client_interleaved
	reply ATTACKER "$SERVER_V4" "$basic"
	expect_arrived 2
	expect_counter 2 reply_solicited
}

@test "an answer from another address, or to another port, is dropped" {
	load_guard wan
	question "$ATTACKER_V4" client
	reply CLIENT "$SERVER_V4" reply_to_client
	send_udp ATTACKER "$SERVER_V4" reply_to_client --sport 123 --dport $((PORT + 1))
	expect_arrived 0
	expect_counter 2 unsolicited
	reply ATTACKER "$SERVER_V4" reply_to_client
	expect_arrived 1
}

@test "a peer that the host asks may answer, and ask itself" {
	load_guard wan
	send_udp ATTACKER "$SERVER_V4" symmetric --sport 123
	conservation
	expect_counter 1 peer_denied
	send_udp SERVER "$ATTACKER_V4" symmetric --sport 123 # with a transmit timestamp of zero
	send_udp ATTACKER "$SERVER_V4" reply_passive --sport 123
	send_udp ATTACKER "$SERVER_V4" symmetric --sport 123
	conservation
	expect_counter 1 reply_solicited
	expect_counter 1 peer_allowed
	expect_counter 1 peer_denied
}

@test "what the host asks with ntpq and ntpdc is answered, in many datagrams" {
	daemon_at ATTACKER old /usr/bin/python3 "$ROOT/tests/net/packets.py" respond
	WAIT=0.2 eventually answers ROUTER "$ATTACKER_V4"
	load_guard wan
	expect 360 SERVER "$ATTACKER_V4" readvar
	expect 360 SERVER "$ATTACKER_V6" readvar
	expect 44000 SERVER "$ATTACKER_V4" monlist
	stop old
	assert_equal "$(drops)" 0
}

@test "a control answer with another sequence number is dropped" {
	load_guard wan
	question "$ATTACKER_V4" readvar
	reply ATTACKER "$SERVER_V4" 168200020000000000000000
	expect_arrived 0
	reply ATTACKER "$SERVER_V4" control_response
	expect_arrived 1
}

# WireGuard's message types are NTP's modes 1 to 4, of version 0.
@test "what is not NTP comes back from a remote port 123 to which the host sent, and only then" {
	local handshake response transport junk
	handshake=01000000$(printf '%0288d' 0) response=02000000$(printf '%0176d' 0)
	transport=04000000$(printf '%064d' 0) junk=ffeeddccbb
	load_guard wan
	reply ATTACKER "$SERVER_V4" "$response" "$transport" "$junk"
	expect_arrived 0
	question "$ATTACKER_V4" "$handshake"
	question "$ATTACKER_V6" "$transport"
	reply ATTACKER "$SERVER_V4" "$response" "$transport" "$junk"
	reply ATTACKER "$SERVER_V6" "$transport" "$transport"
	expect_arrived 5
	reply CLIENT "$SERVER_V4" "$transport"
	expect_arrived 5
}

@test "a question that left by one interface is answered through another" {
	load_guard wan lan
	send_udp SERVER "$CLIENT_V4" client --sport "$PORT" --source "$LAN_SERVER"
	send_udp CLIENT "$LAN_SERVER" reply_to_client --sport 123 --dport "$PORT" --source "$CLIENT_V4"
	expect_arrived 1
	DIRECTION=out expect_counter 1 query_sent packets ipv4 wan
	expect_counter 1 reply_solicited packets ipv4 lan
}

@test "an edit, another policy and another load do not forget what was asked" {
	load_guard wan
	question "$ATTACKER_V4" client
	guard allow add 192.0.2.77
	reply ATTACKER "$SERVER_V4" reply_to_client
	expect_arrived 1
	question "$ATTACKER_V4" client
	guard apply "$(policy nobody <<<'default drop')"
	guard load wan
	reply ATTACKER "$SERVER_V4" reply_to_client
	expect_arrived 2
	assert_equal "$(drops)" 0
}

@test "'replies listed' passes those of the policy's servers, and no others'" {
	load_guard wan --policy "$(policy listed <<<$'replies listed\nserver '"$CLIENT_V4")"
	reply CLIENT "$SERVER_V4" reply
	reply ATTACKER "$SERVER_V4" reply
	expect_arrived 1
	expect_counter 1 reply_listed
	expect_counter 1 unsolicited
}

@test "'replies any' passes all, and 'replies solicited' is what holds without a word" {
	load_guard wan --policy "$(policy any <<<'replies any')"
	reply ATTACKER "$SERVER_V4" reply
	expect_arrived 1
	expect_counter 1 reply_listed
	guard apply "$(policy solicited <<<'replies solicited')"
	reply ATTACKER "$SERVER_V4" reply
	expect_arrived 1
	expect_counter 1 unsolicited
}

@test "monitor mode lets in what nobody asked for, and says so" {
	load_guard wan --monitor
	reply ATTACKER "$SERVER_V4" reply
	question "$ATTACKER_V4" client
	reply ATTACKER "$SERVER_V4" reply
	expect_arrived 2
	expect_counter 1 unsolicited would_drop
	expect_counter 1 bad_origin would_drop
}

@test "an answer may take ten seconds, and not twenty" {
	load_guard wan
	question "$ATTACKER_V4" client
	sleep 10
	reply ATTACKER "$SERVER_V4" reply_to_client
	expect_arrived 1
	sleep 10
	reply ATTACKER "$SERVER_V4" reply_to_client
	expect_arrived 1
	expect_counter 1 unsolicited
}

# ---- the flood ----

# UDP datagrams that came up to SERVER's sockets, or to ports without one.
delivered() {
	at SERVER cat /proc/net/snmp | awk '$1 == "Udp:" && $2 ~ /^[0-9]+$/ { print $2 + $3 + $4 }'
}

# Equal, once nothing is under way between the counters and the sockets.
delivered_only_solicited() { # DELIVERED_BEFORE
	[ $(($(delivered) - $1)) -eq "$(counter reply_solicited)" ]
}

start_flooded_clients() {
	start_chronyd CLIENT upstream <<-END
		local stratum 2
		allow
	END
	WAIT=0.2 eventually answers SERVER "$CLIENT_V4"
	start_client SERVER own "$CLIENT_V4" minpoll -2 maxpoll -2
	start_chronyd SERVER own123 <<-END
		server $CLIENT_V4 iburst minpoll -2 maxpoll -2
		acquisitionport 123
		port 0
	END
}

# In the name of its own server, from the NTP port to all ports it may ask from. The router itself sends
# them, so that none is lost on the way; and nobody but the guard counts them, for the same reason.
flood_of_replies() { # COUNT
	local mac
	mac=$(at SERVER ip -j link show wan | jq -r '.[0].address')
	at ROUTER /usr/bin/python3 "$ROOT/tests/net/packets.py" forge server "$mac" "$SERVER_V4" --source "$CLIENT_V4" --count "$1"
}

@test "a million forged replies in its server's name do not reach a client, which keeps its lock" {
	local count=1000000 sent flood before lost_before samples=0 unlocked=0 dropped
	stop wire-server
	guard load wan -q
	before=$(delivered)
	start_flooded_clients
	eventually synchronised own
	eventually synchronised own123
	lost_before=$(lost)
	flood_of_replies $count >"$DIR/flood" 3>&- &
	flood=$!
	while kill -0 "$flood" 2>/dev/null; do
		samples=$((samples + 1))
		synchronised own && synchronised own123 || unlocked=$((unlocked + 1))
		sleep 0.2
	done
	wait "$flood"
	read -r sent _ <"$DIR/flood"
	[ "$sent" -ge $count ]
	keeps_time own
	keeps_time own123
	assert_equal "$unlocked" 0
	[ "$samples" -ge 3 ]
	dropped=$(($(counter bad_origin) + $(counter unsolicited)))
	assert_equal "$dropped" $((sent - $(lost) + lost_before))
	assert_equal "$(drops)" "$dropped"
	[ "$(counter bad_origin)" -gt 0 ]
	[ "$(counter unsolicited)" -gt 0 ]
	PATIENCE=10 eventually delivered_only_solicited "$before"
	guard unload --all -q
}
