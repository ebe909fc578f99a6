#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What would have happened: captures, judged by the real programs at the captures' own times, touching no
# interface and nothing that is loaded.
load case

setup_file() {
	begin
	/usr/bin/python3 "$ROOT/tests/net/captures.py" "$DIR"
}

replay() { # ARGUMENT...
	inside "$NTPGUARD" replay "$@"
}

# REASON... in the order of the packets
reasons() { # FILE ARGUMENT...
	replay "$@" --json -q | jq -r .reason | tr '\n' ' '
}

all="mode7 query_sent reply_solicited bad_origin unsolicited not_ntp answer_mode7 request_allowed answer_sent answer_amplified "

@test "each packet is judged, the host's own on their way out" {
	assert_equal "$(reasons "$DIR/ethernet.pcap" --local "$SERVER_V4" --policy "$(policy one <<<"allow $CLIENT_V4")")" "$all"
}

@test "a line of JSON for each packet has just the keys of the contract" {
	run -0 --separate-stderr replay "$DIR/ethernet.pcap" --local "$SERVER_V4" --json -q
	assert_equal "${#lines[@]}" 10
	assert_line --index 0 '{"packet":1,"time":1700000000.001000000,"direction":"in","verdict":"drop","reason":"mode7"}'
	assert_line --index 1 '{"packet":2,"time":1700000000.002000000,"direction":"out","verdict":"pass","reason":"query_sent"}'
	assert_line --index 5 '{"packet":6,"time":1700000020.005000000,"direction":"in","verdict":"pass","reason":"not_ntp"}'
}

@test "raw IP, Linux cooked captures and pcapng are judged alike" {
	local kind
	for kind in raw.pcap cooked.pcap cooked2.pcap ethernet.pcapng; do
		run -0 reasons "$DIR/$kind" --local "$SERVER_V4" --policy "$(policy one <<<"allow $CLIENT_V4")"
		assert_output "$all"
	done
}

@test "a Linux cooked capture tells itself which packets left" {
	run -0 reasons "$DIR/cooked.pcap" --policy "$(policy one <<<"allow $CLIENT_V4")"
	assert_output "$all"
}

@test "the summary counts by reason and has the amplification factor" {
	run -0 --separate-stderr replay "$DIR/ethernet.pcap" --local "$SERVER_V4" --policy "$(policy one <<<"allow $CLIENT_V4")"
	assert_line --regexp '^in +drop +mode7 +1$'
	assert_line --regexp '^out +drop +answer_mode7 +1$'
	assert_line "10 packets; 48 bytes of answers for 56 bytes of queries: amplification factor 0.86"
}

@test "the same capture comes out the same each time" {
	assert_equal "$(replay "$DIR/ethernet.pcap" --json -q | md5sum)" "$(replay "$DIR/ethernet.pcap" --json -q | md5sum)"
}

@test "allowself speaks of the addresses that --local names" {
	run -0 reasons "$DIR/ethernet.pcap" --local "$CLIENT_V4" --policy "$(policy own <<<allowself)"
	assert_output --partial query_sent
}

@test "packets that a capture cut short are judged by what they were" {
	run -0 reasons "$DIR/cut.pcap" --local "$SERVER_V4" --policy "$(policy one <<<"allow $CLIENT_V4")"
	assert_output "mode7 query_sent "
}

# The kernel refuses to run a program on less than the IP header that the frame speaks of.
@test "a leaving packet that was cut within its IP header is none of ours, and ends nothing" {
	/usr/bin/python3 - "$DIR/short.pcap" <<-'END'
		import struct, sys
		ethernet = bytes(12) + b"\x86\xdd"
		cut = [ethernet, ethernet + b"\x60" + bytes(7) + bytes([0xfd]) + bytes(30), bytes(12) + b"\x08\x00\x45"]
		with open(sys.argv[1], "wb") as file:
		    file.write(struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
		    for frame in cut:
		        file.write(struct.pack("=IIII", 1, 0, len(frame), len(frame)) + frame)
	END
	run -0 reasons "$DIR/short.pcap" --local fd00:: --local 0.0.0.0 --policy "$(policy one <<<"allow $CLIENT_V4")"
	assert_output "not_ntp not_ntp not_ntp "
}

@test "what is no capture, or of another link layer, is told and changes nothing" {
	run -1 replay "$DIR/nothing.pcap"
	assert_output --partial "nothing.pcap: "
	echo "this is text" >"$DIR/text.pcap"
	run -1 replay "$DIR/text.pcap"
	assert_output --partial "text.pcap: "
	run -1 replay "$DIR/bluetooth.pcap"
	assert_output --partial "link layer"
	run -1 replay "$DIR/torn.pcap"
	assert_output --partial "torn.pcap: "
	run -2 replay "$DIR/ethernet.pcap" --local 10.0.0.0/8
	assert_output --partial "one address, not a prefix"
}

@test "without root it says so" {
	cp "$NTPGUARD" "$DIR/for-anybody"
	chmod 755 "$DIR" "$DIR/for-anybody"
	run -4 setpriv --reuid 65534 --regid 65534 --clear-groups "$DIR/for-anybody" replay "$DIR/ethernet.pcap"
	assert_output --partial "run it as root"
}

@test "what is loaded is not touched" {
	local before
	load_guard wan
	before=$(guard status --json; guard counters --json; inside find /sys/fs/bpf)
	replay "$DIR/ethernet.pcap" -q >/dev/null
	assert_equal "$(guard status --json; guard counters --json; inside find /sys/fs/bpf)" "$before"
}

@test "200,000 packets take seconds" {
	local begin=$EPOCHREALTIME end
	run -0 --separate-stderr replay "$DIR/long.pcap" --local "$SERVER_V4" -q
	end=$EPOCHREALTIME
	assert_line --partial "200000 packets;"
	echo "# 200,000 packets in $(awk -v a="$begin" -v b="$end" 'BEGIN { printf "%.1f", b - a }') s" >&3
	[ "${end%.*}" -lt $((${begin%.*} + 60)) ]
}
