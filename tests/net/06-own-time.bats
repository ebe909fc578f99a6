#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Loading ntpguard with no configuration at all cannot break this host's own time. SERVER is the client
# here, and its servers are outside.
load case

setup_file() {
	begin
	start_upstream
	start_client SERVER own4 "$CLIENT_V4"
	start_client SERVER own6 "$CLIENT_V6"
	eventually synchronised own4
	eventually synchronised own6
}

start_upstream() {
	start_chronyd CLIENT upstream <<-END
		local stratum 2
		allow
	END
	WAIT=0.2 eventually answers SERVER "$CLIENT_V4"
}

# Drops of any reason, both directions.
expect_no_drop() {
	run guard counters --json
	assert_equal "$(jq '[.interfaces[].counters[] | select(.verdict == "drop") | .packets] | add' <<<"$output")" 0
}

@test "the host's chronyd keeps its time when ntpguard is loaded without any configuration" {
	load_guard wan
	keeps_time own4
	keeps_time own6
	expect_no_drop
}

@test "the host's chronyd, started under ntpguard, synchronises" {
	load_guard wan
	start_client SERVER late4 "$CLIENT_V4"
	start_client SERVER late6 "$CLIENT_V6" xleave
	eventually synchronised late4
	eventually synchronised late6
	expect_no_drop
}

@test "a chronyd that asks from port 123 synchronises" {
	load_guard wan
	start_chronyd SERVER from123 <<-END
		server $CLIENT_V4 iburst minpoll -2 maxpoll 0
		acquisitionport 123
		port 0
	END
	eventually synchronised from123
	expect_no_drop
}

@test "ntpsec's ntpd, which asks from port 123, reaches its server" {
	load_guard wan
	start_ntpd SERVER ntpsec <<<"server $CLIENT_V4 iburst minpoll 0 maxpoll 3"
	eventually reaches_server
	expect_no_drop
}

# The reach register of its only source is not zero.
reaches_server() {
	at SERVER ntpq -n -p 127.0.0.1 | awk -v server="$CLIENT_V4" 'index($1, server) && $7 > 0 { reached = 1 } END { exit !reached }'
}

@test "ntpdig on the host gets an answer" {
	load_guard wan
	run -0 at SERVER ntpdig -j "$CLIENT_V4"
	assert_output --partial '"stratum":2'
	run -0 at SERVER ntpdig -j "$CLIENT_V6"
	assert_output --partial '"stratum":2'
	expect_no_drop
}

@test "two hosts as symmetric peers keep each other's time" {
	load_guard wan
	start_chronyd SERVER peer <<-END
		peer $CLIENT_V4 minpoll 0 maxpoll 0
	END
	eventually synchronised peer
}

@test "no stranger is answered meanwhile" {
	load_guard wan
	expect silence ATTACKER "$SERVER_V4" client monlist readvar
	keeps_time own4
}
