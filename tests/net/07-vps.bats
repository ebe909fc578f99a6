#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The case that ntpguard was written for: a VPS whose chrony.conf allows itself and one address of its
# owner, and `ntpguard load` with nothing else said.
load case

OWNER=162.43.5.61

setup_file() {
	begin
	address CLIENT wan "$OWNER/32"
	at ROUTER ip route add "$OWNER" via "$CLIENT_V4"
	owners_conf >"$DIR/chrony.conf"
	chrony_conf <"$DIR/chrony.conf"
	start_upstream
	start_vps
}

# As Debian ships it, with the owner's lines; the names in it are never resolved.
owners_conf() {
	cat <<-END
		# Welcome to the chrony configuration file.
		confdir /etc/chrony/conf.d
		pool 2.debian.pool.ntp.org iburst
		server ntp.nict.jp iburst
		keyfile /etc/chrony/chrony.keys
		driftfile /var/lib/chrony/chrony.drift
		ntsdumpdir /var/lib/chrony
		logdir /var/log/chrony
		maxupdateskew 100.0
		rtcsync
		makestep 1 3
		leapsectz right/UTC

		allow 127.0.0.1
		allow ::1
		allow $OWNER
	END
}

start_upstream() {
	start_chronyd CLIENT upstream <<-END
		local stratum 2
		allow
	END
	WAIT=0.2 eventually answers SERVER "$CLIENT_V4"
}

# The same allow lines, with servers that exist here.
start_vps() {
	start_chronyd SERVER vps <<-END
		$(grep '^allow' "$DIR/chrony.conf")
		server $CLIENT_V4 iburst minpoll -2 maxpoll 0
		server $CLIENT_V6 iburst minpoll -2 maxpoll 0
	END
	eventually synchronised vps
}

# One datagram from the owner's address, which CLIENT has beside its own.
expect_owner() { # ANSWER QUERY...
	expect "$1" CLIENT --source "$OWNER" "$SERVER_V4" "${@:2}"
}

@test "load reads the allow lines of chrony.conf" {
	load_guard wan
	run guard allow list --json
	for prefix in 127.0.0.1/32 ::1/128 "$OWNER/32"; do
		jq -e --arg prefix "$prefix" 'any(.entries[].prefix; . == $prefix or . + "/32" == $prefix or . + "/128" == $prefix)' \
			<<<"$output"
	done
	assert_equal "$(guard status --json | jq -r .policy.name)" vps
}

@test "the owner's address is answered" {
	load_guard wan
	expect_owner 48 client
	expect_owner 48 client_nmap
	expect_counter 2 request_allowed packets ipv4
}

@test "a client at the owner's address synchronises" {
	load_guard wan
	start_chronyd CLIENT owner <<-END
		server $SERVER_V4 iburst minpoll -2 maxpoll 0
		bindacqaddress $OWNER
		port 0
	END
	eventually synchronised owner
}

@test "nobody else is answered, over IPv4 and IPv6" {
	load_guard wan
	expect silence CLIENT "$SERVER_V4" client
	expect silence ATTACKER "$SERVER_V4" client client_v3
	expect silence ATTACKER "$SERVER_V6" client client_v3
	expect_counter 5 not_allowed
}

@test "neither the owner nor anybody else gets monlist or READVAR" {
	load_guard wan
	expect_owner silence monlist readvar
	expect silence ATTACKER "$SERVER_V6" monlist readvar
	expect_counter 2 mode7
	expect_counter 2 mode6
}

@test "the host asks itself, at its loopback addresses and at its own" {
	load_guard wan
	expect 48 SERVER 127.0.0.1 client
	expect 48 SERVER ::1 client
	run -0 at SERVER ntpdig -j 127.0.0.1
	assert_output --partial '"stratum":3'
}

@test "the host keeps its time" {
	load_guard wan
	keeps_time vps
}

@test "the host's own queries are answered when the allowed address is the host's" {
	at SERVER ip address add "$OWNER/32" dev lo
	load_guard wan
	expect 48 SERVER --source "$OWNER" 127.0.0.1 client
	keeps_time vps
	expect silence ATTACKER "$SERVER_V4" client
	at SERVER ip address del "$OWNER/32" dev lo
}

@test "test says who is let in, by which line of which file" {
	load_guard wan
	expect_exit 0 test "$OWNER" --json
	assert_equal "$(jq -r '.verdict + " " + .reason' <<<"$output")" "pass request_allowed"
	assert_regex "$(jq -r .rule <<<"$output")" "^allow $OWNER"
	assert_equal "$(jq -r .source <<<"$output")" "/etc/chrony/chrony.conf:$(grep -n "allow $OWNER" "$DIR/chrony.conf" | cut -d: -f1)"
	expect_exit 1 test "$ATTACKER_V4" --json
	assert_equal "$(jq -r '.verdict + " " + .reason' <<<"$output")" "drop not_allowed"
}

@test "without a chrony.conf load works too, and lets in the host's own addresses alone" {
	inside rm /etc/chrony/chrony.conf
	load_guard wan
	expect_owner silence client
	keeps_time vps
	chrony_conf <"$DIR/chrony.conf"
}
