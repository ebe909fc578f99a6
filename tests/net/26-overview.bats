#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ntpguard alone: one screen for who wants to know whether all is well.
# shellcheck disable=SC2154 # bats sets lines, output and stderr
load case
load flood

setup_file() {
	flood_is_built
	begin
	at ROUTER ip route add blackhole 16.0.0.0/4
	link SERVER lan CLIENT lan
	count_wire CLIENT lan
	inside mount -t tmpfs none /run # where this host's chronyd would be found
	start_chronyd CLIENT reference <<-END
		local stratum 3
		allow
	END
}

teardown() {
	stop clock
	unload_guard
}

limiting() {
	policy limiting <<-END
		default limit
		ratelimit interval 0 burst 16 leak 2
	END
}

nobody() {
	policy nobody <<<'default drop'
}

# SERVER's own chronyd, where chronyc looks for one.
start_clock() { # <CHRONY.CONF
	{
		cat
		printf '%s\n' "bindcmdaddress /" "pidfile $DIR/clock.chronyd" "cmdport 323"
	} >"$DIR/clock.conf"
	daemon_at SERVER clock chronyd -x -d -U -u root -f "$DIR/clock.conf"
	eventually clock_answers
}

clock_answers() {
	at SERVER chronyc -h 127.0.0.1 -n -c tracking >/dev/null
}

clock_is_synchronised() {
	at SERVER chronyc -h 127.0.0.1 -n -c tracking | grep -q ',Normal$'
}

# NTP packets that came in, dropped or not.
arrived() {
	guard counters --json | jq '[.interfaces[].counters[] | select(.direction == "in") | .packets] | add'
}

# The screen; fails where a line is too long or something is for terminals only.
screen() { # ARGUMENT...
	run -0 --separate-stderr guard "$@"
	assert_equal "$stderr" ""
	refute_output --partial $'\033'
	printf '%s\n' "$output" | awk 'length > 80 { print "too long: " $0; found = 1 } END { exit found }'
}

# The same, on a terminal of this size; without the progress, which the screen is drawn over.
terminal() { # COLUMNS ROWS [ARGUMENT...]
	inside script -qec "stty cols $1 rows $2; $NTPGUARD ${*:3}" /dev/null </dev/null | tr -d '\r' |
		sed 's/.*\x1b\[K//' >"$DIR/terminal"
}

@test "not loaded: exit 3, and how to load it" {
	expect_exit 3
	assert_output ""
	assert_equal "$stderr" "ntpguard: ntpguard is not loaded on any interface
  hint: load it with: ntpguard load INTERFACE"
}

@test "protected, and nothing happens" {
	load_guard wan --policy "$(nobody)"
	screen
	assert_line --index 0 'Protected:     yes, on wan, on the way in and out'
	assert_line --regexp '^Policy:        nobody, generation [0-9]+, in force since [-0-9]+ [:0-9]+$'
	assert_line 'Coming in:     0 packets/s now, 0 of them dropped'
	assert_line 'Amplification: 0.00 since load'
	assert_line --regexp '^wan +native +guarded +no +0 +0$'
	assert_line 'No NTP packet was seen yet.'
	refute_line --regexp '^Warning'
}

@test "protected on two interfaces" {
	load_guard wan lan --policy "$(nobody)"
	screen
	assert_line --index 0 --regexp '^Protected: +yes, on (wan, lan|lan, wan), on the way in and out$'
}

@test "monitor mode only watches, and says what it would drop" {
	load_guard wan --monitor --policy "$(nobody)"
	ask CLIENT "$SERVER_V4" readvar --wait 0.1 >/dev/null
	screen
	assert_line --index 0 'Protected:     only watching (monitor mode): nothing is dropped on wan'
	assert_line --regexp '^ +0 +1 would drop mode6 +control'
	assert_line --regexp '^wan +native +guarded +yes '
}

@test "partly: one interface is only watched" {
	load_guard wan --policy "$(nobody)"
	guard load lan --monitor -q
	screen
	assert_line --index 0 'Protected:     partly: nothing is dropped on lan'
}

@test "partly: the way out is open, and a warning says what that means" {
	load_guard wan --no-egress --policy "$(nobody)"
	screen
	assert_line --index 0 'Protected:     partly: the way out of wan is not guarded'
	assert_line --regexp '^wan +native +open '
	assert_line --regexp '^Warning: +wan was loaded with --no-egress'
}

@test "partly: the policy leaves something open" {
	load_guard wan --policy "$(printf 'default drop\nanswers off\nreplies any\n' | policy open)"
	screen
	assert_line --index 0 --regexp '^Protected: +partly: the policy lets in replies'
	assert_line --regexp '\(answers off\)$'
}

@test "no: the program is gone, and what to do" {
	guard load lan --policy "$(nobody)" -q
	inside ip link set lan xdp off
	screen
	assert_line --index 0 'Protected:     no, because the program of lan is gone'
	assert_line --regexp '^Warning: +lan is not guarded: its program is gone; run: ntpguard load lan$'
	assert_line --regexp '^lan +gone '
	guard unload --all -q
}

@test "a flood: rates of now, totals, and the sentence of each verdict" {
	load_guard wan --policy "$(limiting)"
	flood --seconds 6 --rate 2000 --from 16.1.0.0/32 --senders 1 >/dev/null 3>&- &
	sleep 2
	local before packets dropped seen
	before=$(arrived)
	screen
	seen=$(($(arrived) - before)) # in more than the second that the screen tells of
	wait $!
	read -r packets dropped < <(sed -nE 's!^Coming in: +([0-9]+) packets/s now, ([0-9]+) of them dropped$!\1 \2!p' <<<"$output")
	echo "$packets/s, $dropped dropped; $seen seen meanwhile"
	[ "$packets" -gt $((seen / 4)) ] && [ "$packets" -le $((seen + seen / 20)) ]
	[ "$dropped" -gt $((packets * 6 / 10)) ] && [ "$dropped" -lt $((packets * 9 / 10)) ]
	assert_line --regexp '^Amplification: 0\.00 now: 0 bytes/s out for [0-9.]+k? bytes/s in; 0\.00 since load$'
	assert_line --regexp "^ *$dropped +[0-9]+ drop source_rate +client request over its address's limit"
	assert_line --regexp '^ *[0-9]+ +[0-9]+ pass request_leaked +client request over a limit'
	assert_line --regexp '^Warning: +[0-9]+ % of all requests were over'
	screen -q
	assert_line --regexp '^Coming in: +[0-9]+ packets since load, [0-9]+ of them dropped$'
	assert_line --regexp '^ +- +[0-9]+ drop source_rate '
}

@test "more than this host's limit is told" {
	load_guard wan --policy "$(printf 'default limit\ngloballimit 1000 burst 10\n' | policy global)"
	flood --seconds 2 --rate 10000 >/dev/null
	screen
	assert_line --regexp 'more than the globallimit'
}

@test "the clock: chronyd is synchronised, and to whom" {
	load_guard wan --policy "$(nobody)"
	start_clock <<<"server $CLIENT_V4 iburst minpoll -2 maxpoll 0"
	eventually clock_is_synchronised
	screen
	assert_line --regexp "^Clock: +synchronised to $CLIENT_V4 \(stratum 4\), [0-9]+\.[0-9]{3} ms off \(chronyd\)\$"
}

@test "the clock: chronyd has no source, or only its own clock" {
	load_guard wan --policy "$(nobody)"
	start_clock <<<"server 192.0.2.99"
	screen
	assert_line --regexp '^Clock: +not synchronised: chronyd has no source that it can use'
	stop clock
	start_clock <<<"local stratum 5"
	screen
	assert_line --regexp "^Clock: +not synchronised: chronyd has only this host's own clock \(local,\$"
	assert_line '               stratum 5); see chronyc -n sources'
}

@test "the clock: no chronyd answers, so the kernel is asked; a chronyd that hangs delays nobody for long" {
	local began
	load_guard wan --policy "$(nobody)"
	screen
	assert_output --regexp 'Clock: +(synchronised to within [0-9.]+ m?s, says the kernel;|not synchronised, says the kernel,)'
	start_clock <<<"server $CLIENT_V4"
	kill -STOP "$(cat "$DIR/clock.pid")"
	began=$SECONDS
	screen
	kill -CONT "$(cat "$DIR/clock.pid")"
	[ $((SECONDS - began)) -le 3 ]
	assert_output --regexp 'Clock: .* says the kernel'
}

@test "colours on a terminal, unless unwanted; the words are the same" {
	load_guard wan --policy "$(nobody)"
	TERM=xterm terminal 80 24
	grep -q $'Protected:     \033\[32myes\033\[0m, on wan' "$DIR/terminal"
	TERM=xterm terminal 80 24 --no-color
	refute grep -q $'\033\[3' "$DIR/terminal"
	grep -q 'Protected:     yes, on wan' "$DIR/terminal"
	TERM=xterm NO_COLOR=1 terminal 80 24
	refute grep -q $'\033\[3' "$DIR/terminal"
	TERM=dumb terminal 80 24
	refute grep -q $'\033\[3' "$DIR/terminal"
}

@test "a small terminal shows the busiest, and says that there are more" {
	local kind
	load_guard wan --policy "$(nobody)"
	for kind in readvar monlist client client_v1; do
		ask CLIENT "$SERVER_V4" "$kind" --wait 0.05 >/dev/null
	done
	TERM=xterm terminal 60 15 --no-color
	refute grep -E '.{61}' "$DIR/terminal"
	grep -q '^\.\.\. and [0-9]* quieter: ntpguard counters$' "$DIR/terminal"
	[ "$(wc -l <"$DIR/terminal")" -lt 15 ]
}

@test "with --json it is status" {
	load_guard wan --policy "$(nobody)"
	assert_equal "$(guard --json)" "$(guard status --json)"
}

@test "options and verbs that do not belong here are refused" {
	expect_exit 2 --once
	assert_equal "${stderr%%$'\n'*}" "ntpguard: ntpguard without a verb does not take that option"
	expect_exit 2 overview
	assert_equal "${stderr%%$'\n'*}" "ntpguard: overview: no such verb"
}
