#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# `load` puts this command's programs in the place of another build's while packets arrive: each of them is judged,
# once, and what was counted, limited and asked stays.
# shellcheck disable=SC2154 # bats sets stderr
load case
load flood

OTHER=$ROOT/build/tests/ntpguard-other

setup_file() {
	[ -x "$OTHER" ] || { echo "$OTHER is not there: build it with make build/tests/ntpguard-other" >&2 && return 1; }
	flood_is_built
	begin
	at ROUTER ip route add blackhole 16.0.0.0/4
}

setup() {
	load_guard wan --policy "$(policy upgrade <<<'default drop')"
}

other() { # ARGUMENT...
	inside "$OTHER" "$@"
}

upgrade_back_and_forth() { # TIMES
	local turn
	for ((turn = 0; turn < $1; turn++)); do
		other load -q wan && guard load -q wan || return
	done
}

@test "load replaces the programs of another build, and says from which to which" {
	local before
	before=$(guard status --json | jq '.interfaces[0].program_id')
	run -0 other load wan
	assert_line --index 0 'wan: upgraded'
	assert_line --regexp '^wan: from ntpguard [0-9.]+ \(build [0-9a-f]{8}\) to [0-9.]+ \(build [0-9a-f]{8}\); counters and limits go on$'
	refute_line --partial 'loaded already'
	refute [ "$before" = "$(guard status --json | jq '.interfaces[0].program_id')" ]
	run -0 other load wan
	assert_line 'wan: unchanged, it was loaded already'
}

@test "status tells of programs of another build, and what to do" {
	run -0 guard status
	refute_line --partial 'another build'
	run -0 other status
	assert_line --regexp '^warning    wan runs programs of another build \(ntpguard [0-9.]+\); .*ntpguard load wan$'
	guard load -q wan
	assert_equal "$(guard status --json | jq -c '.interfaces[0] | [.egress, .mode]')" '[true,"native"]'
}

@test "20 upgrades under 100,000 packets a second: each packet is judged, and once" {
	flood --seconds 20 --rate 100000 >"$DIR/sent" 3>&- &
	sleep 1
	upgrade_back_and_forth 10
	kill -0 $! # all of them were under fire
	wait $!
	conservation
	assert [ "$(counter not_allowed)" -gt 1500000 ]
	assert_equal "$(counter internal)" 0
}

@test "so it is in generic mode" {
	unload_guard
	load_guard wan --mode generic --policy "$(policy upgrade <<<'default drop')"
	flood --seconds 8 --rate 20000 >"$DIR/sent" 3>&- &
	sleep 1
	upgrade_back_and_forth 2
	kill -0 $!
	wait $!
	conservation
	assert_equal "$(guard status --json | jq -r '.interfaces[0].mode')" generic
}

@test "monitor mode stays what the last load says, lists and policy what they were" {
	guard allow add 192.0.2.99
	run -0 other load wan
	run -0 other allow list
	assert_line --partial 192.0.2.99
	assert_equal "$(guard status --json | jq -c '[.policy.name, .interfaces[0].monitor]')" '["upgrade",false]'
}

@test "a query sent before is answered after" {
	start_chronyd ROUTER upstream <<-END
		local stratum 2
		allow
	END
	start_chronyd SERVER host <<-END
		server 192.0.2.1 iburst minpoll -2 maxpoll -2
		port 0
	END
	eventually synchronised host
	upgrade_back_and_forth 3
	keeps_time host
	assert_equal "$(counter unsolicited)" 0
	assert_equal "$(counter bad_origin)" 0
	stop host
	stop upstream
}

@test "what was spent before is spent after" {
	guard apply -q "$(policy limited <<<$'default limit\nratelimit interval 12 burst 4 leak 4')"
	flood --seconds 1 --rate 40 --from 16.1.0.0/32 --senders 1 >/dev/null
	local passed
	passed=$(counter request_in_limit)
	assert_equal "$passed" 4
	other load -q wan
	flood --seconds 1 --rate 40 --from 16.1.0.0/32 --senders 1 >/dev/null
	assert_equal "$(counter request_in_limit)" 4
}

@test "an interface of two is upgraded alone, the other when its turn comes" {
	link SERVER lan CLIENT lan
	guard load -q lan
	run -0 other load wan
	run -0 other status
	assert_line --regexp '^warning    lan runs programs of another build'
	refute_line --regexp '^warning    wan runs programs of another build'
	run -0 other load wan lan
	assert_line 'wan: unchanged, it was loaded already'
	assert_line 'lan: upgraded'
	guard unload -q lan
}

stamp() { # ABI [BYTES_OF_A_ROW]; prints the ABI before
	inside /usr/bin/python3 "$ROOT/tests/net/stamp.py" "$NTPGUARD_BPFFS/ntpguard/interfaces" "$@"
}

@test "pins of another ABI are refused with a sentence, and go on" {
	local abi
	abi=$(stamp 99)
	expect_exit 7 load wan
	assert_regex "$stderr" "was made by ntpguard [0-9.]+ \\(ABI 99\\); this is [0-9.]+ \\(ABI $abi\\)"
	assert_regex "$stderr" 'nothing was changed; the loaded programs go on'
	assert_regex "$stderr" 'unload with the version that loaded it'
	expect silence ATTACKER "$SERVER_V4" client
	stamp "$abi"
	expect_exit 0 status
	conservation
}

@test "so they are where their rows are longer than any we know" {
	local abi
	inside ln "$NTPGUARD_BPFFS/ntpguard/interfaces" "$NTPGUARD_BPFFS/ntpguard/kept" || skip "this bpffs has no links"
	abi=$(stamp 99 2048)
	expect_exit 7 status
	assert_regex "$stderr" "ABI 99\\); this is [0-9.]+ \\(ABI $abi\\)"
	inside mv "$NTPGUARD_BPFFS/ntpguard/kept" "$NTPGUARD_BPFFS/ntpguard/interfaces"
	expect_exit 0 status
}
