#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The report for the abuse desk: it says what the counters say, its checksums hold, and it is whole or not there.
# shellcheck disable=SC2154 # stderr is what run leaves
load case
load daemon

POLICY=$'default drop\nallow 198.51.100.7 # the owner\n'

setup_file() {
	begin
	make_users
	start_server
}

setup() {
	load_guard wan --policy "$(printf '%s' "$POLICY" | policy evidence)"
}

teardown() {
	stop ntpguardd
	rm -rf "$DIR"/hours* "$DIR"/report*
	unload_guard
}

# 3 of monlist, 2 of READVAR, 4 of a stranger, and 5 that are answered.
traffic() {
	send_udp ATTACKER "$SERVER_V4" monlist monlist monlist readvar readvar client client client client
	ask CLIENT "$SERVER_V4" client client client client client --wait 2
}

report() { # ARGUMENT...
	guard evidence -q -o "$DIR/report" "$@"
}

# Of the report's JSON.
told() { # JQ_FILTER
	jq -c "$1" "$DIR/report/evidence.json"
}

checksums() {
	(cd "$DIR/report" && sha256sum -c --strict SHA256SUMS)
}

hours() {
	guard evidence --json | jq -c '[.hours | (map(.packets_in) | add), (map(.dropped.mode7) | add)]'
}

hours_are() { # JSON
	[ "$(hours)" = "$1" ]
}

hours_are_kept() {
	[ -s "$NTPGUARD_HOURS" ]
}

@test "it says what the counters say" {
	traffic
	expect_exit 0 evidence -o "$DIR/report"
	assert_output "$DIR/report"
	assert_equal "$(told '[.totals | .packets_in, .dropped.mode7, .dropped.mode6, .dropped.not_allowed]')" '[14,3,2,4]'
	assert_equal "$(told '.interfaces[0].counters')" "$(guard counters --json | jq -c '.interfaces[0].counters')"
	assert_equal "$(told .amplification.factor)" "$(guard status --json | jq -c .amplification.factor)"
	assert_equal "$(told '[.schema, .interfaces[0].name, .policy.lists.allow, .amplification.impossible]')" '[1,"wan",1,true]'
	assert_equal "$(told .policy.hash)" "$(guard status --json | jq -c .policy.hash)"
	run cat "$DIR/report/evidence.txt"
	assert_output --partial 'Since then 14 NTP packets came in and 9 of them were dropped'
	assert_output --regexp ' 3  mode7 .*monlist'
	assert_equal "$(guard save)" "$(cat "$DIR/report/policy.txt")"
}

@test "the self-test is the policy's, and is not counted" {
	report
	assert_equal "$(told '[.self_test[] | "\(.packet) \(.family) \(.reason)"]')" '["monlist ipv4 mode7","monlist ipv6 mode7","readvar ipv4 mode6","readvar ipv6 mode6","client ipv4 not_allowed","client ipv6 not_allowed","answer_mode7 ipv4 answer_mode7","answer_mode7 ipv6 answer_mode7","answer_large ipv4 answer_amplified","answer_large ipv6 answer_amplified"]'
	assert_equal "$(drops)" 0
	rm -r "$DIR/report"
	guard apply -q "$(printf 'default limit\nratelimit\n' | policy open)"
	report
	assert_equal "$(told '[.self_test[] | select(.packet == "client") | .verdict]')" '["pass","pass"]'
	assert_equal "$(told .amplification.impossible)" true
}

@test "monitor mode, and a policy that lets out what it should not, are told" {
	guard load -q wan --monitor
	traffic
	report
	assert_equal "$(told '[.amplification.impossible, .interfaces[0].acts, .totals.would_drop]')" '[false,false,9]'
	run cat "$DIR/report/evidence.txt"
	assert_output --partial 'MONITOR MODE'
	assert_output --partial 'On wan it is NOT so'
	rm -r "$DIR/report"
	guard load -q wan
	guard apply -q "$(printf 'answers off\n' | policy off)"
	report
	assert_equal "$(told .amplification.impossible)" false
}

@test "the checksums hold, and show what was tampered with" {
	report
	run -0 checksums
	assert_equal "${#lines[@]}" 3
	assert_equal "$(stat -c %a "$DIR/report" "$DIR/report/policy.txt")" $'700\n600'
	sed -i 's/allow/deny/' "$DIR/report/policy.txt"
	run -1 checksums
	assert_output --partial 'policy.txt: FAILED'
}

@test "what is there is not overwritten" {
	mkdir "$DIR/report"
	echo mine >"$DIR/report/evidence.txt"
	expect_exit 7 evidence -o "$DIR/report"
	assert_regex "$stderr" 'report: File exists.*nothing was written'
	assert_equal "$(cat "$DIR/report/"*)" mine
	expect_exit 7 evidence --json -o "$DIR/report"
	assert_equal "$(jq -r .error.code <<<"$output")" conflict
	ln -s "$DIR/nowhere" "$DIR/report-link"
	expect_exit 7 evidence -o "$DIR/report-link"
	[ ! -e "$DIR/nowhere" ]
	expect_exit 1 evidence -o "$DIR/no/where"
}

@test "a full disk leaves nothing behind" {
	local kilobytes
	mkdir "$DIR/report-disk"
	for kilobytes in 4 8 12 16 20; do
		inside mount -t tmpfs -o "size=${kilobytes}k" none "$DIR/report-disk"
		expect_exit 1 evidence -o "$DIR/report-disk/here"
		assert_regex "$stderr" 'No space left on device.*nothing of one is left'
		assert_equal "$(inside ls "$DIR/report-disk")" ""
		inside umount "$DIR/report-disk"
	done
}

@test "without -o it goes to a directory that is named for host and time" {
	mkdir "$DIR/report-here"
	run -0 --separate-stderr inside sh -c "cd '$DIR/report-here' && exec '$NTPGUARD' evidence"
	assert_regex "$output" "^ntpguard-evidence-$(uname -n)-[0-9]{8}T[0-9]{6}Z\$"
	assert_equal "$(ls "$DIR/report-here/$output")" $'SHA256SUMS\nevidence.json\nevidence.txt\npolicy.txt'
	mkdir "$DIR/report-empty"
	run -0 --separate-stderr inside sh -c "cd '$DIR/report-empty' && exec '$NTPGUARD' evidence --json"
	assert_equal "$(jq .schema <<<"$output")" 1
	assert_equal "$(ls "$DIR/report-empty")" ""
}

@test "in Japanese, to the last line" {
	traffic
	report --lang ja
	iconv -f UTF-8 -t UTF-8 "$DIR/report/evidence.txt" >/dev/null
	run cat "$DIR/report/evidence.txt"
	assert_output --partial '届いた NTP パケットは 14 個で'
	assert_output --partial '踏み台'
	# but for names, every line of words is Japanese
	run grep -vP '[\p{Han}\p{Hiragana}\p{Katakana}]|^[-\s]*$|^[-– 0-9:rcgUTC()+]*$|^ +\(\w+\)$' "$DIR/report/evidence.txt"
	assert_output ""
	expect_exit 2 evidence --lang de
	expect_exit 2 evidence wan
}

@test "no client is named" {
	traffic
	report
	run cat "$DIR/report/evidence.txt" "$DIR/report/evidence.json"
	refute_output --partial "$CLIENT_V4"
	refute_output --partial "$ATTACKER_V4"
}

@test "not loaded, or no root: said so, and nothing is written" {
	unload_guard
	expect_exit 3 evidence -o "$DIR/report"
	[ ! -e "$DIR/report" ]
	load_guard wan --policy "$DIR/evidence.policy"
	run -4 --separate-stderr inside setpriv --reuid=65534 --regid=65534 --clear-groups "$DIR/ntpguard" evidence -o /tmp/none
}

# ---- the hours ----

@test "without the daemon there are no hours, and the report says so" {
	report
	assert_equal "$(told '[.hours, .daemon.running]')" '[[],false]'
	run cat "$DIR/report/evidence.txt"
	assert_output --partial 'There are no hourly totals: ntpguardd'
}

@test "the daemon's hours are what came while it ran, over its restart" {
	traffic
	start_ntpguardd
	eventually hours_are_kept
	assert_equal "$(hours)" '[0,0]'
	traffic
	assert_equal "$(hours)" '[14,3]'
	stop ntpguardd
	traffic
	start_ntpguardd
	eventually hours_are '[28,6]'
	report
	run cat "$DIR/report/evidence.txt"
	assert_output --regexp ' 28 +18 +10 '
	assert_equal "$(stat -c '%a %u' "$NTPGUARD_HOURS")" "600 0"
}

@test "unloaded and loaded again, nothing is counted twice" {
	start_ntpguardd
	eventually hours_are_kept
	traffic
	assert_equal "$(hours)" '[14,3]'
	unload_guard
	load_guard wan --policy "$DIR/evidence.policy"
	send_udp ATTACKER "$SERVER_V4" monlist
	# what came after the last look before the unloading, at most 10 s before, is lost with its counters
	assert_equal "$(hours)" '[1,1]'
	assert_equal "$(guard evidence --json | jq '.hours[-1].counters_began_anew')" true
}

@test "a damaged file is refused, told, and put aside" {
	start_ntpguardd
	eventually hours_are_kept
	stop ntpguardd
	printf x | dd of="$NTPGUARD_HOURS" bs=1 seek=5000 conv=notrunc status=none
	report
	run cat "$DIR/report/evidence.txt"
	assert_output --partial 'its checksum is wrong'
	start_ntpguardd
	assert_regex "$(cat "$DIR/ntpguardd.log")" 'its checksum is wrong; hourly totals begin anew'
	eventually hours_are_kept
	[ -s "$NTPGUARD_HOURS.bad" ]
	assert_equal "$(hours)" '[0,0]'
}

@test "a file that cannot be written is told of, once, and the daemon goes on" {
	export NTPGUARD_HOURS=$DIR/no/where/hours
	start_ntpguardd
	eventually grep -q 'hourly totals are not written: No such file' "$DIR/ntpguardd.log"
	expect_exit 0 status
	stop ntpguardd
	export NTPGUARD_HOURS=/
	start_ntpguardd
	sleep 2
	run cat "$DIR/ntpguardd.log"
	refute_output --partial 'hourly'
}

@test "who may be sent more than was asked with is told" {
	guard apply -q "$(printf 'allow 198.51.100.7\ncontrol 198.51.100.7\nprivate 198.51.100.0/24\n' | policy more)"
	report
	assert_equal "$(told '[.amplification.impossible, .amplification.exceptions]')" '[true,2]'
	run cat "$DIR/report/evidence.txt"
	assert_output --partial 'Only who is in the lists control and private (2 entries)'
}

@test "an interface without its way out is told" {
	unload_guard
	load_guard wan --no-egress --policy "$DIR/evidence.policy"
	report
	assert_equal "$(told .amplification.impossible)" false
	run cat "$DIR/report/evidence.txt"
	assert_output --partial 'answers are NOT checked on the way out'
	assert_output --partial 'does not rule out amplification'
}
