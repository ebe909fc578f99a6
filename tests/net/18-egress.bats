#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The program on the way out: there with the other one or not at all, put back where it was taken off, and
# left away where the user says so.
# shellcheck disable=SC2154 # bats sets stderr
load case

setup_file() {
	begin
}

# The ids of the programs that tcx has at the interface's egress; with "detach" it takes the first one off.
tcx() { # INTERFACE [detach]
	inside /usr/bin/python3 - "$@" <<-'END'
		import ctypes, os, socket, struct, sys
		libc = ctypes.CDLL(None, use_errno=True)
		BPF, PROG_DETACH, GET_FD_BY_ID, PROG_QUERY, TCX_EGRESS = 321, 9, 13, 16, 47

		def bpf(command, attributes):
		    buffer = ctypes.create_string_buffer(attributes, 64)
		    result = libc.syscall(BPF, command, buffer, 64)
		    if result < 0:
		        sys.exit(os.strerror(ctypes.get_errno()))
		    return result, buffer.raw

		index, ids = socket.if_nametoindex(sys.argv[1]), (ctypes.c_uint32 * 8)()
		_, seen = bpf(PROG_QUERY, struct.pack("IIIIQI", index, TCX_EGRESS, 0, 0, ctypes.addressof(ids), 8))
		found = list(ids)[:struct.unpack_from("I", seen, 24)[0]]
		print(*found)
		if sys.argv[2:]:
		    program, _ = bpf(GET_FD_BY_ID, struct.pack("I", found[0]))
		    bpf(PROG_DETACH, struct.pack("IIII", index, program, TCX_EGRESS, 0))
	END
}

need_tcx() {
	tcx wan >/dev/null 2>&1 || skip "this kernel has no tcx (Linux 6.6)"
}

has_egress() {
	guard status --json | jq -r '.interfaces[0].egress'
}

@test "load guards the way out, too, and unload leaves nothing there" {
	load_guard wan
	assert_equal "$(has_egress)" true
	need_tcx
	[ -n "$(tcx wan)" ]
	unload_guard
	assert_equal "$(tcx wan)" ""
}

@test "where the way in is refused, the way out is left as it was" {
	need_tcx
	printf '__attribute__((section("xdp"), used)) int pass(void *ctx) { return 2; }\nchar l[] __attribute__((section("license"), used)) = "GPL";\n' |
		clang -target bpf -O2 -x c -c - -o "$DIR/foreign.o"
	inside ip link set dev wan xdpdrv obj "$DIR/foreign.o" sec xdp
	expect_exit 7 load wan
	assert_equal "$(tcx wan)" ""
	inside ip link set dev wan xdpdrv off
}

@test "a program on the way out that somebody took off: status warns, and load puts it back" {
	need_tcx
	load_guard wan
	tcx wan detach
	assert_equal "$(has_egress)" false
	expect_exit 0 status
	assert_output --partial "its program on the way out is gone; run: ntpguard load wan"
	expect_exit 0 counters --prometheus
	assert_output --partial 'egress="lost"'
	expect_exit 0 load wan
	assert_regex "$stderr$output" "it is back"
	assert_equal "$(has_egress)" true
	at SERVER ping -q -c 1 -W 5 "$CLIENT_V4"
}

@test "--no-egress does without it, says so, and lets replies pass" {
	load_guard wan --no-egress
	assert_regex "$(cat "$DIR/load.log")" "without a program on the way out; replies any"
	expect_exit 0 counters --prometheus
	assert_output --partial 'egress="off"'
	assert_equal "$(has_egress)" false
	expect_exit 0 status
	assert_output --partial "was loaded with --no-egress"
	send_udp ATTACKER "$SERVER_V4" reply --sport 123 --dport 40000
	conservation
	expect_counter 1 reply_listed
	expect_exit 0 load wan
	assert_regex "$stderr$output" "unload it first"
}

@test "--no-egress with replies listed lets the listed servers' pass, and no other" {
	load_guard wan --no-egress --policy "$(policy listed < <(printf 'replies listed\nserver %s\n' "$CLIENT_V4"))"
	send_udp ATTACKER "$SERVER_V4" reply --sport 123 --dport 40000
	send_udp CLIENT "$SERVER_V4" reply --sport 123 --dport 40000
	conservation
	expect_counter 1 reply_listed
	expect_counter 1 unsolicited
}

@test "an interface without Ethernet frames is refused" {
	inside ip tuntap add mode tun name bare
	expect_exit 5 load bare
	assert_regex "$stderr$output" "bare carries no Ethernet frames"
	inside ip link del bare
}
