#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The JSON is a contract: these keys and no others, "schema": 1 first.
# shellcheck disable=SC2154,SC2030,SC2031 # bats sets stderr and output
load case

setup_file() {
	begin
	start_server
	export KEEP_LOADED=1
	load_guard wan --policy "$(policy json <<-END
		default drop
		allow $CLIENT_V4
	END
	)"
}

# Keys in their order, as one line.
keys() { # FILTER <JSON
	jq -c "$1 | keys_unsorted | sort"
}

expect_keys() { # FILTER KEY...
	assert_equal "$(keys "$1" <<<"$output")" "$(jq -nc '$ARGS.positional | sort' --args "${@:2}")"
}

expect_schema() {
	assert_equal "$(jq -c 'to_entries[0] | [.key, .value]' <<<"$output")" '["schema",1]'
}

@test "counters --json has the keys of the contract" {
	expect_exit 0 counters --json
	expect_schema
	expect_keys . schema interfaces limits
	expect_keys '.interfaces[0]' name monitor counters
	expect_keys '.interfaces[0].counters[0]' direction family verdict reason packets bytes would_drop
	assert_equal "$(jq -c '[.interfaces[0].counters[] | keys] | unique | length' <<<"$output")" 1
}

@test "counters --json has every reason of bpf/verdicts.def once a direction and family, zeros too" {
	expect_exit 0 counters --json
	jq -r '.interfaces[0].counters[] | select(.direction == "in") | "\(.reason) \(.verdict) \(.family)"' <<<"$output" |
		sort >"$DIR/has"
	sed -nE 's/^NG_VERDICT\([0-9]+, [A-Z0-9_]+, (IN|ANY), (PASS|DROP), "([a-z0-9_]+)".*/\3 \L\2/p' \
		"$ROOT/bpf/verdicts.def" | awk '{ print $0, "ipv4"; print $0, "ipv6" }' | sort >"$DIR/wants"
	[ -s "$DIR/wants" ]
	run diff "$DIR/wants" "$DIR/has"
	assert_output ""
}

@test "status --json has the keys of the contract" {
	expect_exit 0 status --json
	expect_schema
	expect_keys . schema policy interfaces access amplification limits daemon
	expect_keys .policy name file generation hash
	expect_keys '.interfaces[0]' name ifindex mode dispatcher egress monitor program_id
	expect_keys .access allow deny control
	expect_keys .amplification bytes_in bytes_out factor
	expect_keys .daemon running
	assert_equal "$(jq -c '[.policy.name, .access.allow, .interfaces[0].name]' <<<"$output")" '["json",1,"wan"]'
}

@test "a bare ntpguard is ntpguard status" {
	assert_equal "$(guard --json)" "$(guard status --json)"
}

@test "allow list --json has the keys of the contract" {
	guard allow add 203.0.113.0/24 --comment "the office"
	expect_exit 0 allow list --json
	expect_schema
	expect_keys . schema entries
	expect_keys '.entries[0]' prefix comment expires
	assert_equal "$(jq -c '.entries[] | select(.comment != "")' <<<"$output")" \
		'{"prefix":"203.0.113.0/24","comment":"the office","expires":null}'
	guard allow del 203.0.113.0/24
}

@test "test --json prints a line per address, with the keys of the contract" {
	expect_exit 1 test --json "$CLIENT_V4" "$ATTACKER_V4"
	assert_equal "$(wc -l <<<"$output")" 2
	output=${lines[0]}
	expect_schema
	expect_keys . schema address verdict reason rule source
	assert_equal "$(jq -c '[.address, .verdict, .reason]' <<<"$output")" "[\"$CLIENT_V4\",\"pass\",\"request_allowed\"]"
	output=${lines[1]}
	assert_equal "$(jq -c '[.verdict, .reason, .rule]' <<<"$output")" '["drop","not_allowed","default drop"]'
	assert_regex "$(jq -r .source <<<"$output")" 'json.policy:1$'
}

@test "test foretells what happens" {
	local query mode reason before
	while read -r mode query; do
		reason=$(guard test "$CLIENT_V4" --mode "$mode" --length "$(packets size "$query")" --json | jq -r .reason)
		before=$(counter "$reason")
		send_udp CLIENT "$SERVER_V4" "$query"
		conservation
		expect_counter $((before + 1)) "$reason"
	done <<-END
		3 client
		6 readvar
		7 monlist
		5 broadcast
		1 symmetric
		3 short
	END
}

expect_error() { # CODE LABEL ARGUMENT...
	expect_exit "$1" "${@:3}" --json
	expect_schema
	expect_keys . schema error
	expect_keys .error code message hint
	assert_equal "$(jq -r .error.code <<<"$output")" "$2"
	[ -n "$(jq -r .error.message <<<"$output")" ]
}

@test "errors are JSON too, on standard output, with the exit code's name" {
	expect_error 5 interface load nosuch0
	expect_error 3 not_loaded unload lo
	expect_error 2 usage load
	export NTPGUARD_BPFFS=$DIR/nowhere
	expect_error 3 not_loaded status
	expect_error 3 not_loaded counters
	expect_error 3 not_loaded allow list
	expect_error 3 not_loaded unload wan
	NTPGUARD_BPFFS=$DIR/bpffs
}

@test "data goes to standard output, talk to standard error, and -q silences talk" {
	expect_exit 0 allow add "$ATTACKER_V4"
	assert_equal "$output" ""
	[ -n "$stderr" ]
	expect_exit 0 allow del "$ATTACKER_V4" -q
	assert_equal "$output$stderr" ""
	expect_exit 0 counters
	assert_equal "$stderr" ""
}
