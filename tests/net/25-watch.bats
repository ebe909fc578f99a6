#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# counters --watch and top, as they are drawn: on a terminal, in a pipe, as JSON; by keys, and to their end.
# shellcheck disable=SC2154 # bats sets stderr
load case
load flood

setup_file() {
	flood_is_built
	begin
	at ROUTER ip route add blackhole 16.0.0.0/4
}

setup() {
	load_guard wan --policy "$(policy watched <<<'default drop')"
}

# Runs a command on a terminal of its own of 80 columns and 24 rows, types keys a second apart, and ends it by the last;
# what it drew is in $DIR/drawn.
on_terminal() { # KEYS ARGUMENT...
	/usr/bin/python3 "$ROOT/tests/net/terminal.py" "$DIR/drawn" "$1" -- \
		nsenter --net="/run/netns/$RUN-SERVER" --mount="/proc/$(cat "$DIR/etc.pid")/ns/mnt" -- "$NTPGUARD" "${@:2}"
}

# The last drawing's lines.
last_drawing() {
	awk 'BEGIN { RS = "\033\\[H\033\\[2J" } { last = $0 } END { print last }' "$DIR/drawn" | tr -d '\r'
}

@test "counters --watch tells rates, and the last minute of each verdict" {
	flood --seconds 5 --rate 5000 >"$DIR/sent" 3>&- &
	LC_ALL=C.UTF-8 on_terminal '   q' counters --watch
	wait $!
	run -0 last_drawing
	assert_line --index 0 --regexp '^[0-9:]{8}  coming in: [0-9]{4} packets/s, [0-9]{4} of them dropped; amplification 0\.00$'
	assert_line --partial 'interfaces: wan; policy watched'
	assert_line --regexp '^drop not_allowed +[0-9]{4} +[0-9]{4} +[0-9k.]{4,5} +[▁▂▃▄▅▆▇█.]+$'
	assert [ "$(last_drawing | wc -L)" -le 80 ]
}

@test "where the locale has no blocks, it draws digits" {
	flood --seconds 3 --rate 5000 >"$DIR/sent" 3>&- &
	LC_ALL=C on_terminal '  q' counters --watch
	wait $!
	run -0 last_drawing
	assert_line --regexp '^drop not_allowed .* [1-8.]+$'
}

@test "the terminal is as before, also after Ctrl-C" {
	on_terminal ' q' counters --watch
	assert_equal "$(cat "$DIR/drawn.after")" same
	run -0 grep -c $'\033\\[?25h' "$DIR/drawn"
	on_terminal $' \003' counters --watch
	assert_equal "$(cat "$DIR/drawn.after")" same
	assert_equal "$(cat "$DIR/drawn.exit")" 0
}

@test "in a pipe there is a block each time, and no escape" {
	flood --seconds 3 --rate 1000 >"$DIR/sent" 3>&- &
	run inside timeout 2.5 "$NTPGUARD" counters --watch
	wait $!
	refute_output --partial $'\033'
	assert [ "$(grep -c 'coming in:' <<<"$output")" -ge 3 ]
}

@test "with --json it is a line each time" {
	flood --seconds 4 --rate 1000 --from 16.1.0.0/32 --senders 1 >"$DIR/sent" 3>&- &
	inside timeout 3.5 "$NTPGUARD" counters --watch --json >"$DIR/lines" || true
	wait $!
	assert [ "$(wc -l <"$DIR/lines")" -ge 2 ]
	run -0 jq -s -c 'map(.schema == 1 and .seconds > 0.9 and (.rates | type) == "array") | all' "$DIR/lines"
	assert_output true
	run -0 jq -s -c '[.[1].rates[] | select(.reason == "not_allowed")] | .[0] | [.interface, .direction, .family, .verdict, (.pps > 500 and .pps < 2000), (.bytes_per_second > 40000)]' "$DIR/lines"
	assert_output '["wan","in","ipv4","drop",true,true]'
}

@test "it ends, and says so, when ntpguard is unloaded" {
	nsenter --net="/run/netns/$RUN-SERVER" --mount="/proc/$(cat "$DIR/etc.pid")/ns/mnt" -- \
		"$NTPGUARD" counters --watch >"$DIR/lines" 2>"$DIR/talk" 3>&- &
	sleep 0.5
	unload_guard
	local ended=0
	wait $! || ended=$?
	assert_equal "$ended" 3
	grep -q 'ntpguard is not loaded' "$DIR/talk"
}

@test "wrong numbers are refused" {
	expect_exit 2 counters --watch 0
	assert_regex "$stderr" 'must be seconds, from 1 to 3600'
	expect_exit 2 counters --watch x
	expect_exit 2 counters --watch 1 2
	assert_regex "$stderr" 'takes one number of seconds, not 2'
	expect_exit 2 counters --watch --prometheus
}

@test "top is drawn again by keys, and says whom it shows" {
	flood --seconds 6 --rate 1000 --from 16.2.0.0/32 --senders 1 --regulars 16.1.0.0/32 --regular-rate 3000 >"$DIR/sent" 3>&- &
	sleep 2
	on_terminal ' aq' top
	wait $!
	run -0 last_drawing
	assert_line --partial 'most likely its victims'
	assert_line 'by address; keys: p packets, d dropped, l limited, a address, q ends'
	assert_equal "$(last_drawing | awk '/^16\.[12]\.0\.0 / { print $1 }' | tr '\n' ' ')" '16.1.0.0 16.2.0.0 '
	assert_equal "$(cat "$DIR/drawn.after")" same
}

@test "top --sort orders, and names what it knows" {
	flood --seconds 3 --rate 1000 --from 16.1.0.0/32 --senders 1 --regulars 16.2.0.0/32 --regular-rate 3000 >"$DIR/sent"
	assert_equal "$(guard top --json | jq -r '.addresses[0].address')" 16.2.0.0
	assert_equal "$(guard top --json --sort address | jq -r '.addresses[0].address')" 16.1.0.0
	expect_exit 2 top --sort adress
	assert_regex "$stderr" 'is address meant\?'
}
