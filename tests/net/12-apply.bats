#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Whole policies: applied or not at all, taken back by hand and by themselves; entries that expire.
load case

setup_file() {
	begin
	start_server
	inside mkdir -p /etc/ntpguard
}

nobody() {
	policy nobody <<<"default drop"
}

client_only() {
	policy only-client <<-END
		default drop
		allow $CLIENT_V4 # the client
		allow $CLIENT_V6
	END
}

# The process of this run that waits for a confirmation.
kill_waiting() {
	local pid
	for pid in $(pgrep -x ntpguard-later); do
		is_ours "$pid" && kill -KILL "$pid" && return
	done
	return 1
}

@test "apply puts another policy in force, and counters go on" {
	load_guard wan --policy "$(nobody)"
	expect silence CLIENT "$SERVER_V4" client
	expect_exit 0 apply "$(client_only)"
	expect 48 CLIENT "$SERVER_V4" client
	expect silence ATTACKER "$SERVER_V4" client
	expect_counter 2 not_allowed
	expect_counter 1 request_allowed
}

@test "a policy with errors changes nothing, and the last word is what is in force" {
	load_guard wan --policy "$(client_only)"
	run -1 --separate-stderr guard apply "$(policy broken <<<$'default drop\nalow 192.0.2.1\nallow 192.0.2.300')"
	assert_regex "$stderr" "broken.policy:2:1: alow: no such directive; did you mean allow\?"
	assert_regex "$stderr" "broken.policy:3:7: 192.0.2.300: "
	assert_equal "${stderr##*$'\n'}" "  policy not applied; generation 1 still in force"
	expect 48 CLIENT "$SERVER_V4" client
}

@test "a rehearsal shows what would change, and changes nothing" {
	load_guard wan --policy "$(nobody)"
	run -0 --separate-stderr guard apply "$(client_only)" --diff --dry-run
	assert_output $'+ allow 198.51.100.7 # the client\n+ allow 2001:db8:51::7'
	assert_equal "$(guard status --json | jq .policy.generation)" 1
	expect silence CLIENT "$SERVER_V4" client
}

@test "rollback puts the policy before in force again" {
	load_guard wan --policy "$(client_only)"
	guard apply "$(nobody)"
	expect silence CLIENT "$SERVER_V4" client
	guard rollback
	expect 48 CLIENT "$SERVER_V4" client
	assert_equal "$(guard status --json | jq -c '[.policy.name, .policy.generation]')" '["only-client",3]'
}

@test "what is not confirmed goes back by itself, with the command and its terminal gone" {
	load_guard wan --policy "$(client_only)"
	inside setsid "$NTPGUARD" apply "$(nobody)" --confirm 3
	expect silence CLIENT "$SERVER_V4" client
	expect_exit 7 allow add "$CLIENT_V4"
	PATIENCE=15 eventually answers CLIENT "$SERVER_V4" client --wait 0.2
	assert_equal "$(guard status --json | jq -r .policy.name)" only-client
}

@test "what is not confirmed goes back at the next command, should the process that waits have been killed" {
	load_guard wan --policy "$(client_only)"
	guard apply "$(nobody)" --confirm 2
	eventually kill_waiting
	sleep 2.1
	guard allow add 192.0.2.1
	expect 48 CLIENT "$SERVER_V4" client
}

@test "what is confirmed stays" {
	load_guard wan --policy "$(nobody)"
	guard apply "$(client_only)" --confirm 4
	guard confirm
	sleep 5.5
	expect 48 CLIENT "$SERVER_V4" client
	assert_equal "$(guard status --json | jq -r .policy.name)" only-client
}

@test "an interface that is not confirmed is unloaded, and nothing stays behind" {
	guard load wan --policy "$(nobody)" --confirm 3
	expect silence CLIENT "$SERVER_V4" client
	PATIENCE=15 eventually answers CLIENT "$SERVER_V4" client --wait 0.2
	expect_exit 3 status
	run inside ls "$NTPGUARD_BPFFS/ntpguard"
	assert_failure
}

@test "an entry that expires lets nobody in any more" {
	load_guard wan --policy "$(nobody)"
	guard allow add "$CLIENT_V4" --for 2s --comment guest
	expect 48 CLIENT "$SERVER_V4" client
	assert_equal "$(guard allow list --json | jq -c '.entries[0] | [.comment, (.expires - now | . > 0 and . <= 2)]')" \
		'["guest",true]'
	sleep 3.5
	expect silence CLIENT "$SERVER_V4" client
	assert_equal "$(guard allow list --json | jq '.entries | length')" 0
}

@test "save prints what apply takes, and it means the same" {
	load_guard wan --policy "$(client_only)"
	guard deny add 198.51.100.0/29
	guard save >"$DIR/saved.policy"
	run guard save
	guard apply "$(nobody)"
	guard apply "$DIR/saved.policy"
	assert_output "$(guard save)"
}

@test "an edit with --save is in the policy file, beside every comment that was there" {
	load_guard wan --policy "$(nobody)"
	inside tee /etc/ntpguard/ntpguard.policy >/dev/null <<-END
		# my own notes
		default drop   # strangers stay out
		allow 192.0.2.9 # the office

		# what ntpq may ask
		control 192.0.2.10
	END
	guard allow add "$CLIENT_V4" --save --comment "the client"
	guard control del 192.0.2.10 --save
	run inside cat /etc/ntpguard/ntpguard.policy
	assert_output - <<-END
		# my own notes
		default drop   # strangers stay out
		allow 192.0.2.9 # the office
		allow $CLIENT_V4 # the client

		# what ntpq may ask
	END
	guard apply
	expect 48 CLIENT "$SERVER_V4" client
	inside rm /etc/ntpguard/ntpguard.policy
}

@test "a policy file that cannot be written is told, and the edit is live" {
	load_guard wan --policy "$(nobody)"
	inside mount -t tmpfs -o ro none /etc/ntpguard
	expect_exit 6 allow add "$CLIENT_V4" --save
	inside umount /etc/ntpguard
	assert_regex "$stderr" "Read-only file system"
	expect 48 CLIENT "$SERVER_V4" client
}

@test "the shell completes prefixes of the list that is meant" {
	load_guard wan --policy "$(client_only)"
	guard deny add -q 2001:db8:6::/48 203.0.113.0/24
	run -0 guard completion words -- deny del 2001:
	assert_output 2001:db8:6::/48
	run -0 guard completion words -- deny del ''
	assert_line 203.0.113.0/24
	refute_line "$CLIENT_V4"
	run -0 guard completion words -- allow test "${CLIENT_V4%.*}"
	assert_line "$CLIENT_V4"
	unload_guard
	run -0 guard completion words -- deny del ''
	assert_output ''
}
