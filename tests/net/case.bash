# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What every bats file of the net suite begins with.
load lib
bats_load_library bats-support
bats_load_library bats-assert
bats_require_minimum_version 1.5.0

teardown_file() {
	finish
}

# The law that holds after every test: what the wire carried is what the counters hold. A file whose
# tests share one load says so with KEEP_LOADED.
teardown() {
	if [ -n "${KEEP_LOADED:-}" ]; then
		conservation
	else
		unload_guard
	fi
}

# Every query gets this answer: bytes, silence, or refused. An answer is waited for with patience;
# silence, which the counters confirm in the end, is not.
expect() { # ANSWER NAMESPACE ARGUMENT_OF_ASK...
	local line wait=2
	[ "$1" != silence ] || wait=0.25
	run -0 ask "${@:2}" --wait "$wait"
	for line in "${lines[@]:-none}"; do
		assert_equal "$line" "$1"
	done
}

# A row of the counters, on its way in.
expect_counter() { # NUMBER COUNTER_ARGUMENT...
	run counter "${@:2}"
	assert_output "$1"
}

# Runs ntpguard and wants this exit code; what it said is in $output (stdout) and $stderr.
expect_exit() { # CODE ARGUMENT...
	run "-$1" --separate-stderr guard "${@:2}"
}

# A program that is not of libxdp, and so cannot share the interface.
attach_foreign() {
	printf '__attribute__((section("xdp"), used)) int pass(void *ctx) { return 2; }\nchar l[] __attribute__((section("license"), used)) = "GPL";\n' |
		clang -target bpf -O2 -x c -c - -o "$DIR/foreign.o"
	inside ip link set dev wan xdpdrv obj "$DIR/foreign.o" sec xdp
}
