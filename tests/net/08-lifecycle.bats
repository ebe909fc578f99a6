#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Loading, unloading, and everything that can be in the way: each has its exit code, changes nothing it
# does not say, and leaves nothing behind.
# shellcheck disable=SC2154 # bats sets stderr
load case

setup_file() {
	begin
	start_server
	inside mkdir "$NTPGUARD_BPFFS"
	inside mount -t bpf -o mode=0700 none "$NTPGUARD_BPFFS"
	state >"$DIR/pristine"
}

setup() {
	cp "$DIR/pristine" "$DIR/before"
}

# All that a load could leave behind: programs on interfaces, qdiscs and filters, pins.
state() {
	inside ip -d link show
	inside tc qdisc show
	inside tc filter show dev wan ingress
	inside tc filter show dev wan egress
	inside find "$NTPGUARD_BPFFS"
	# libxdp and iproute2 leave empty directories of their own here
	inside find /sys/fs/bpf -type f
}

expect_unchanged() {
	run -0 diff "$DIR/before" <(state)
}

nobody() {
	policy nobody <<<"default drop"
}

# Which program the interface has; nothing, if none.
program_id() { # INTERFACE
	inside ip -j -d link show "$1" | jq -r '.[0].xdp.prog.id // empty'
}

@test "load guards the interface, and status says so" {
	load_guard wan --policy "$(nobody)"
	[ -n "$(program_id wan)" ]
	expect_exit 0 status
	assert_regex "$output" "wan +native"
	assert_equal "$(guard status --json | jq -r '.interfaces[0].program_id')" "$(program_id wan)"
}

@test "loading twice changes nothing and says so" {
	load_guard wan --policy "$(nobody)"
	state >"$DIR/loaded"
	expect_exit 0 load wan
	assert_regex "$output$stderr" unchanged
	run -0 diff "$DIR/loaded" <(state)
}

@test "unload leaves no program, no pin and no qdisc behind" {
	load_guard wan --policy "$(nobody)"
	unload_guard
	expect_unchanged
	expect 48 ATTACKER "$SERVER_V4" client
}

@test "unload leaves a qdisc that was there before" {
	inside tc qdisc add dev wan clsact
	state >"$DIR/before"
	load_guard wan --policy "$(nobody)"
	unload_guard
	expect_unchanged
	inside tc qdisc del dev wan clsact
}

@test "unload by name does what unload --all does" {
	load_guard wan --policy "$(nobody)"
	rm "$DIR/balance"
	guard unload wan
	expect_unchanged
}

@test "unloading what is not loaded exits 3" {
	expect_exit 3 unload wan
	assert_regex "$stderr" "not loaded"
	expect_unchanged
	load_guard wan --policy "$(nobody)"
	expect_exit 3 unload lo
	assert_regex "$stderr" "lo"
}

@test "unload --all of nothing has nothing to do" {
	expect_exit 0 unload --all
}

@test "what needs a loaded guard exits 3 without one" {
	expect_exit 3 status
	expect_exit 3 counters
	expect_exit 3 allow list
	expect_exit 3 allow add "$CLIENT_V4"
	expect_exit 3 test "$CLIENT_V4"
	expect_unchanged
}

@test "an interface that does not exist exits 5, and leaves nothing" {
	expect_exit 5 load nosuch0
	assert_regex "$stderr" nosuch0
	expect_unchanged
}

@test "one interface missing of two exits 9, and the other is guarded" {
	expect_exit 9 load wan nosuch0 --policy "$(nobody)"
	assert_regex "$stderr" nosuch0
	expect silence ATTACKER "$SERVER_V4" client
	guard unload wan
	expect_unchanged
}

@test "another XDP program on the interface exits 7 and stays" {
	attach_foreign
	state >"$DIR/before"
	expect_exit 7 load wan
	assert_regex "$stderr" "wan"
	expect_unchanged
	inside ip link set dev wan xdp off
}

@test "unload does not touch another XDP program" {
	attach_foreign
	state >"$DIR/before"
	expect_exit 3 unload wan
	expect_exit 0 unload --all
	expect_unchanged
	inside ip link set dev wan xdp off
}

@test "whoever is not root gets exit 4 and a sentence" {
	local verb
	for verb in "load wan" "unload wan" status "allow add $CLIENT_V4"; do
		# shellcheck disable=SC2086 # two words
		run -4 --separate-stderr inside setpriv --reuid 65534 --regid 65534 --clear-groups "$DIR/ntpguard" $verb
		assert_regex "$stderr" "root|permi"
	done
	expect_unchanged
}

@test "whoever is not root gets exit 4 while ntpguard is loaded, too, and changes nothing" {
	local verb
	load_guard wan --policy "$(nobody)"
	state >"$DIR/loaded"
	for verb in "load wan" "unload wan" status "allow add $CLIENT_V4"; do
		# shellcheck disable=SC2086 # two words
		run -4 --separate-stderr inside setpriv --reuid 65534 --regid 65534 --clear-groups "$DIR/ntpguard" $verb
		assert_regex "$stderr" "root|permi"
	done
	run -0 diff "$DIR/loaded" <(state)
}

@test "whoever is not root can check a policy and ask what it would do" {
	nobody
	run -0 inside setpriv --reuid 65534 --regid 65534 --clear-groups "$DIR/ntpguard" check "$DIR/nobody.policy"
	run -1 inside setpriv --reuid 65534 --regid 65534 --clear-groups "$DIR/ntpguard" test "$CLIENT_V4" --policy "$DIR/nobody.policy"
}

@test "a policy with errors exits 1, says where, and leaves nothing loaded" {
	policy broken <<-END
		default drop
		allow 192.0.2.300
	END
	expect_exit 1 load wan --policy "$DIR/broken.policy"
	assert_regex "$stderr" "broken.policy:2:"
	expect_unchanged
}

@test "a policy with errors leaves the one in force" {
	load_guard wan --policy "$(policy client <<<"allow $CLIENT_V4")"
	policy broken <<<"default perhaps"
	expect_exit 1 load wan --policy "$DIR/broken.policy"
	expect 48 CLIENT "$SERVER_V4" client
	assert_equal "$(guard status --json | jq -r '.policy.name')" client
}

@test "nonsense on the command line exits 2" {
	expect_exit 2 load
	expect_exit 2 nosuchverb
	expect_exit 2 load wan --nosuchoption
	expect_exit 2 load wan --mode sideways
	expect_unchanged
}

@test "two loads at once: both succeed" {
	local first
	nobody
	guard load wan --policy "$DIR/nobody.policy" 3>&- &
	first=$!
	guard load wan --policy "$DIR/nobody.policy"
	wait "$first"
	expect silence ATTACKER "$SERVER_V4" client
	guard unload wan
	expect_unchanged
}

@test "generic mode does the same" {
	load_guard wan --mode generic --policy "$(nobody)"
	assert_equal "$(guard status --json | jq -r '.interfaces[0].mode')" generic
	expect silence ATTACKER "$SERVER_V4" client
	guard allow add "$CLIENT_V4"
	expect 48 CLIENT "$SERVER_V4" client
	unload_guard
	expect_unchanged
}

@test "an interface that vanished does not stand in the way" {
	link SERVER brief ROUTER brief
	guard load brief --policy "$(nobody)"
	inside ip link del brief
	expect_exit 0 status
	load_guard wan
	expect silence ATTACKER "$SERVER_V4" client
	unload_guard
	expect_unchanged
}

@test "an interface that goes down and up is guarded still" {
	load_guard wan --policy "$(nobody)"
	inside ip link set wan down
	inside ip link set wan up
	inside ip route add default via 192.0.2.1
	eventually at SERVER ping -q -c 1 -W 1 192.0.2.1
	expect silence ATTACKER "$SERVER_V4" client
	inside ip address replace "$SERVER_V6/64" dev wan
	inside ip -6 route replace default via 2001:db8:2::1
}

@test "load killed at any moment leaves nothing that the next load does not repair" {
	local moment
	nobody
	for moment in 0.005 0.05 0.1 0.2 0.35 0.5; do
		run inside timeout -s KILL "$moment" "$NTPGUARD" load wan --policy "$DIR/nobody.policy"
		guard load wan --policy "$DIR/nobody.policy"
		expect silence ATTACKER "$SERVER_V4" client
		expect_counter 1 not_allowed
		guard unload wan
		expect_unchanged
	done
}

@test "the BPF file system is mounted where it is missing" {
	export NTPGUARD_BPFFS=$DIR/fresh
	load_guard wan --policy "$(nobody)"
	assert_equal "$(inside stat -f -c %T "$NTPGUARD_BPFFS")" bpf_fs
	unload_guard
}
