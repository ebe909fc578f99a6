#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# monitor tells of packets as they are dropped, capture keeps them; at a bounded rate, for as long as somebody listens.
# shellcheck disable=SC2154 # bats sets stderr
load case
load flood

setup_file() {
	flood_is_built
	begin
	at ROUTER ip route add blackhole 16.0.0.0/4
	start_server
}

setup() {
	rm -f "$DIR"/heard* "$DIR"/*.pcapng
	load_guard wan --policy "$(policy monitor <<<$'default drop\nallow 192.0.2.1')"
}

# Starts a listener, to be ended by its pid in $HEARER; what it prints is in $DIR/heard.
hear() { # VERB ARGUMENT...
	nsenter --net="/run/netns/$RUN-SERVER" --mount="/proc/$(cat "$DIR/etc.pid")/ns/mnt" -- \
		"$NTPGUARD" "$@" >"$DIR/heard" 2>"$DIR/heard.talk" 3>&- &
	HEARER=$!
	eventually grep -qsE 'Ctrl-C ends it|others are listening' "$DIR/heard.talk"
}

heard_lines() { # COUNT
	[ "$(wc -l <"$DIR/heard")" -ge "$1" ]
}

has_heard() { # REGEXP
	grep -qE -- "$1" "$DIR/heard"
}

# Ended as a user ends it; sets ENDED.
end_hearing() {
	kill -INT "$HEARER"
	ENDED=0
	wait "$HEARER" || ENDED=$?
}

@test "a monlist is told with mode, name, length and what it asks for" {
	hear monitor
	expect silence ATTACKER "$SERVER_V4" monlist_8
	eventually has_heard "^[0-9:]{8} wan   from [0-9.]+ +drop  mode7       monlist 8 B x5500$"
	expect silence ATTACKER "$SERVER_V4" readvar
	eventually has_heard 'drop  mode6       READVAR 12 B x30$'
	expect silence ATTACKER "$SERVER_V4" client
	eventually has_heard 'drop  not_allowed client v4 48 B$'
	expect 48 ROUTER "$SERVER_V4" client # passes, and is not asked about
	end_hearing
	assert_equal "$ENDED" 0
	assert_equal "$(wc -l <"$DIR/heard")" 3
	assert_equal "$(tail -n 1 "$DIR/heard.talk")" '3 packets shown, of 3'
}

@test "so it is over IPv6" {
	hear monitor
	expect silence ATTACKER "$SERVER_V6" monlist_8
	eventually has_heard 'from 2001:db8:[0-9a-f:]+ +drop  mode7 .*monlist 8 B'
	end_hearing
}

@test "--json is a line for each, as it comes" {
	hear monitor --json -n 1
	expect silence ATTACKER "$SERVER_V4" monlist_8
	wait "$HEARER"
	run -0 jq -c '[.schema, .interface, .direction, .family, .verdict, .reason, .monitor, .mode, .version, .length, .request, .amplification, .weight]' "$DIR/heard"
	assert_output '[1,"wan","in","ipv4","drop","mode7",false,7,2,8,"monlist",5500,1]'
	run -0 jq ".time > $(date +%s) - 60 and .time <= $(date +%s) + 1 and .port > 0 and .frame_bytes >= 50" "$DIR/heard"
	assert_output true
}

@test "--reason chooses, also what passes; --from chooses whom" {
	hear monitor --reason request_allowed,mode7
	expect silence ATTACKER "$SERVER_V4" client
	expect 48 ROUTER "$SERVER_V4" client
	eventually has_heard 'from 192.0.2.1 +pass  request_allowed client v4 48 B'
	end_hearing
	assert_equal "$(wc -l <"$DIR/heard")" 1
	hear monitor --from 192.0.2.0/24 --reason not_allowed,request_allowed
	expect silence ATTACKER "$SERVER_V4" client
	expect 48 ROUTER "$SERVER_V4" client
	eventually heard_lines 1
	end_hearing
	assert_equal "$(grep -c 'from 192.0.2.1 ' "$DIR/heard")" "$(wc -l <"$DIR/heard")"
}

@test "answers that leave can be heard" {
	hear monitor --reason answer_sent -n 1
	expect 48 ROUTER "$SERVER_V4" client
	wait "$HEARER"
	has_heard ' to   192.0.2.1 +pass  answer_sent server v4 48 B'
}

@test "in monitor mode it says would" {
	unload_guard
	load_guard wan --monitor --policy "$DIR/monitor.policy"
	hear monitor -n 1
	ask ATTACKER "$SERVER_V4" monlist_8 --wait 0.2 >/dev/null
	wait "$HEARER"
	has_heard 'would mode7'
}

@test "of a flood it tells a few, each with how many it stands for, and nothing is lost for it" {
	hear monitor --json
	flood --seconds 3 --rate 50000 >"$DIR/sent"
	sleep 0.2
	end_hearing
	assert_equal "$ENDED" 0
	conservation
	# four a tick and CPU: 250 ticks a second at most here, two CPUs
	assert [ "$(wc -l <"$DIR/heard")" -le $((4 * $(getconf CLK_TCK) * 10 * $(nproc) * 4)) ]
	assert [ "$(wc -l <"$DIR/heard")" -ge 100 ]
	assert [ "$(jq -s 'map(.weight) | add' "$DIR/heard")" -ge $(($(counter not_allowed) * 9 / 10)) ]
	assert [ "$(jq -s 'map(.weight) | add' "$DIR/heard")" -le "$(counter not_allowed)" ]
}

@test "four can listen, the fifth is told; one that was killed makes room" {
	local pids=()
	while [ ${#pids[@]} -lt 4 ]; do
		hear monitor
		pids+=("$HEARER")
		: >"$DIR/heard.talk"
	done
	expect_exit 7 monitor
	assert_regex "$stderr" '4 others are listening already'
	kill -KILL "${pids[0]}"
	sleep 5.5
	hear monitor -n 1
	expect silence ATTACKER "$SERVER_V4" monlist_8
	wait "$HEARER"
	kill "${pids[@]:1}"
	wait "${pids[@]:1}" || true
}

@test "whoever listens is told when ntpguard is unloaded" {
	hear monitor
	unload_guard
	ENDED=0
	wait "$HEARER" || ENDED=$?
	assert_equal "$ENDED" 3
	grep -q 'ntpguard was unloaded meanwhile' "$DIR/heard.talk"
}

@test "capture keeps the packets, with their verdicts as comments" {
	hear capture -w "$DIR/drops.pcapng"
	expect silence ATTACKER "$SERVER_V4" monlist_8
	expect silence ATTACKER "$SERVER_V4" readvar
	sleep 0.2
	end_hearing
	assert_equal "$ENDED" 0
	assert_equal "$(tail -n 1 "$DIR/heard.talk")" '2 packets captured, of 2'
	run -0 tcpdump -nr "$DIR/drops.pcapng"
	assert_line --partial '> 192.0.2.2.123: NTPv2, Reserved, length 8'
	run -0 strings "$DIR/drops.pcapng"
	assert_line --partial 'drop mode7: private (ntpdc) query such as monlist'
	assert_line --partial 'drop mode6: control (ntpq) query such as READVAR'
}

@test "replay judges a capture as the programs did" {
	hear capture -w "$DIR/all.pcapng" --reason mode7,mode6,not_allowed,request_allowed
	expect silence ATTACKER "$SERVER_V4" monlist_8
	expect silence ATTACKER "$SERVER_V4" client
	expect 48 ROUTER "$SERVER_V4" client
	sleep 0.2
	end_hearing
	run -0 guard replay "$DIR/all.pcapng" --policy "$DIR/monitor.policy" --json
	assert_equal "$(jq -r .reason <<<"$output" | sort | tr '\n' ' ')" 'mode7 not_allowed request_allowed '
}

@test "a file that is there stays as it is; a full disk is told, and what is there can be read" {
	echo mine >"$DIR/mine.pcapng"
	expect_exit 1 capture -w "$DIR/mine.pcapng"
	assert_regex "$stderr" 'mine.pcapng: File exists'
	assert_regex "$stderr" 'it stays as it is'
	assert_equal "$(cat "$DIR/mine.pcapng")" mine
	inside mkdir -p "$DIR/small"
	inside mount -t tmpfs -o size=16k none "$DIR/small"
	hear capture -w "$DIR/small/full.pcapng"
	flood --seconds 1 --rate 20000 >"$DIR/sent"
	ENDED=0
	wait "$HEARER" || ENDED=$?
	assert_equal "$ENDED" 1
	grep -q 'No space left on device' "$DIR/heard.talk"
	grep -qE '[0-9]+ packets are in it whole' "$DIR/heard.talk"
	run -0 /usr/bin/python3 -c "import scapy.utils, sys; print(len(list(scapy.utils.RawPcapNgReader(sys.argv[1]))))" "/proc/$(cat "$DIR/etc.pid")/root$DIR/small/full.pcapng"
	inside umount "$DIR/small"
}

@test "what is asked wrongly is refused with what was probably meant" {
	expect_exit 2 monitor --reason mode8
	assert_regex "$stderr" 'mode8: no such reason; is mode[67] meant\?'
	expect_exit 2 monitor --from 192.0.2.1/24
	assert_regex "$stderr" 'is 192.0.2.0/24 meant\?'
	expect_exit 2 monitor -n 0
	expect_exit 2 capture
	assert_regex "$stderr" 'into which file\?'
	guard unload -q wan
	rm "$DIR/balance"
	expect_exit 3 monitor
	expect_exit 3 capture -w "$DIR/none.pcapng"
	assert [ ! -e "$DIR/none.pcapng" ]
}
