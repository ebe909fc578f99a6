#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Floods from forged addresses die at the interface, are counted to the last packet, and do not stop a
# client that is allowed.
load case

setup_file() {
	begin
	start_server
	start_client CLIENT client "$SERVER_V4"
	eventually synchronised client
}

setup() {
	load_guard wan --policy "$(policy client <<-END
		default drop
		allow $CLIENT_V4
	END
	)"
}

flood() { # QUERY...
	forge 20000 "$SERVER_V4" "$@"
}

@test "monlist from 20,000 forged addresses is dropped to the last packet" {
	local before
	before=$(lost)
	flood monlist_8
	conservation
	expect_counter $((20000 - $(lost) + before)) mode7
	keeps_time client
}

@test "client requests from 20,000 forged addresses are dropped to the last packet" {
	local before
	before=$(lost)
	flood client
	conservation
	expect_counter $((20000 - $(lost) + before)) not_allowed
	keeps_time client
}

# The router's own queues may lose one on a busy machine.
@test "an allowed client is answered during a flood" {
	local answered
	forge 40000 "$SERVER_V4" monlist readvar client >/dev/null 3>&- &
	answered=$(ask CLIENT "$SERVER_V4" --wait 1 --pause 0.04 client{,,,,,,,,,,,,,,,,,,,} | grep -cx 48)
	wait $!
	[ "$answered" -ge 18 ]
}
