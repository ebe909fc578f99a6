#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Regulars, kept over a reboot: what save-state writes is what load reads, and bad files do no harm.
load case
load flood

setup_file() {
	flood_is_built
	begin
}

setup() {
	load_public
	inside "$FLOOD" regulars "$NTPGUARD_BPFFS" 198.51.100.0/28 >"$DIR/regulars"
	guard save-state -q
}

load_public() { # ARGUMENT...
	load_guard wan --policy "$(printf 'default limit\nratelimit\ngloballimit 1000\n' | policy public)" "$@"
}

regulars() {
	guard status --json | jq .limits.regulars.known
}

# The flag of a guard that is there; unload_guard ends it.
not_loaded() {
	expect_exit 3 status
	assert_equal "$stderr" "ntpguard: ntpguard is not loaded on any interface
  hint: load it with: ntpguard load INTERFACE"
}

@test "who was regular before is regular after" {
	assert_equal "$(cat "$DIR/regulars")" 16
	assert_equal "$(regulars)" 16
	assert_equal "$(stat -c %a "$NTPGUARD_STATE")" 600
	unload_guard
	mv "$NTPGUARD_STATE" "$DIR/aside"
	load_public
	assert_equal "$(regulars)" 0
	unload_guard
	load_public --state "$DIR/aside"
	assert_equal "$(regulars)" 16
	# found again by the key that came with them
	assert_equal "$(inside "$FLOOD" regulars "$NTPGUARD_BPFFS" 198.51.100.0/28)" 16
	assert_equal "$(regulars)" 16
}

@test "regulars stay over apply, and a policy without them keeps them" {
	expect_exit 0 apply "$(printf 'default drop\n' | policy other)"
	assert_equal "$(guard counters --json | jq .limits.enforced)" false
	assert_equal "$(regulars)" 16
	expect_exit 0 apply "$(printf 'default limit\nglobal%s\n' 'limit 1000' | policy again)"
	assert_equal "$(regulars)" 16
}

@test "what was loaded before needs no state" {
	expect_exit 0 load wan --state "$NTPGUARD_STATE"
	assert_regex "$stderr" 'not read, because ntpguard is loaded already'
	assert_equal "$(regulars)" 16
}

@test "a default file that is bad is told of, and load goes on" {
	unload_guard
	truncate -s -1 "$NTPGUARD_STATE"
	load_public
	assert_regex "$(cat "$DIR/load.log")" 'warning: .*cut off, or too long; regulars are learned anew'
	assert_equal "$(regulars)" 0
}

@test "a named file that is bad is refused, and nothing is loaded" {
	local size at
	unload_guard
	size=$(stat -c %s "$NTPGUARD_STATE")
	expect_exit 1 load wan --state "$DIR/nowhere"
	not_loaded
	for at in 0 8 12 16 24 32 64 72 80 $((size - 1)); do
		cp "$NTPGUARD_STATE" "$DIR/bad"
		printf '\377' | dd of="$DIR/bad" bs=1 seek="$at" conv=notrunc status=none
		expect_exit 1 load wan --state "$DIR/bad"
		assert_regex "$stderr" 'nothing was loaded'
		not_loaded
	done
	head -c 20 "$NTPGUARD_STATE" >"$DIR/bad"
	expect_exit 1 load wan --state "$DIR/bad"
	assert_regex "$stderr" 'it is cut off'
	: >"$DIR/bad"
	expect_exit 1 load wan --state "$DIR/bad"
	not_loaded
}

@test "a file that others may write is not believed" {
	unload_guard
	chmod 666 "$NTPGUARD_STATE"
	expect_exit 1 load wan --state "$NTPGUARD_STATE"
	assert_regex "$stderr" 'others may write it'
	not_loaded
}

@test "memory is given at the first load, and another size afterwards is a conflict" {
	expect_exit 7 load wan --memory 8M
	assert_regex "$stderr" 'nothing was changed'
	expect_exit 0 load wan --memory 4M
	unload_guard
	load_public --memory 1M
	assert_regex "$(cat "$DIR/load.log")" 'it was saved with another --memory'
	assert_equal "$(guard status --json | jq -c '[.limits.memory_bytes, .limits.regulars.capacity]')" '[1048576,65536]'
	for size in 63K 257M x -1 '' 4G 4MB; do
		expect_exit 2 load wan --memory "$size"
		assert_regex "$stderr" 'must be 64K to 256M'
	done
}

@test "a file that cannot be written leaves the one that is there" {
	local before
	before=$(sha256sum <"$NTPGUARD_STATE")
	expect_exit 1 save-state "$DIR/no/such/directory/state"
	assert_regex "$stderr" 'the state was not saved'
	expect_exit 2 save-state a b
	unload_guard
	expect_exit 3 save-state
	assert_equal "$(sha256sum <"$NTPGUARD_STATE")" "$before"
}
