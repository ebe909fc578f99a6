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

# Frames that the veth pair had no room for never came to the interface.
lost() {
	at ROUTER ip -s -j link show server | jq '.[0].stats64.tx | .dropped'
}

flood() { # QUERY...
	local mac
	mac=$(at ROUTER ip -j link show attacker | jq -r '.[0].address')
	at ATTACKER /usr/bin/python3 "$ROOT/tests/net/packets.py" flood wan "$mac" "$SERVER_V4" "$@" --count 20000
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

@test "an allowed client is answered during a flood" {
	local answered=0
	flood monlist readvar client >/dev/null 3>&- &
	for _ in {1..5}; do
		answered=$((answered + $(ask CLIENT "$SERVER_V4" --wait 1 client client client client | grep -cx 48)))
	done
	wait $!
	assert_equal "$answered" 20
}
