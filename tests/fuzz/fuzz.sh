#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# fuzz.sh replay         every corpus through its target once (part of make test)
# fuzz.sh SECONDS        each target for so long; then the canary: a bug planted in a copy of the
#                        parser, which must be found within 120 s, or fuzzing proves nothing
set -u
cd "$(dirname "$0")/../.." || exit 2

out=build/fuzz
flags="-std=gnu11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
	-Ibuild -Ibpf -Iloader -Iuserspace/policy -Iuserspace -Iuserspace/ntpguardd"
targets=$(for file in tests/fuzz/*.c; do basename "$file" .c; done)
passed=0 failed=0

report() { # NAME STATUS LOG
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1)) && echo "ok $1"
	else
		failed=$((failed + 1)) && echo "not ok $1" && tail -n 25 "$3"
	fi
}

build() { # TARGET SOURCES OUTPUT
	# shellcheck disable=SC2086 # lists of words
	clang $flags -o "$3" "tests/fuzz/$1.c" $2 -lm -ljansson
}

dictionary() {
	sed -nE 's/^NG_DIRECTIVE\(("[a-z0-9]+").*/\1/p' userspace/policy/directives.def
	sed -nE 's/^NG_CHRONY\(("[a-z_]+").*/\1/p; s/^NG_CHRONY_OPTION\([a-z]+, ("[a-z]+").*/\1/p' \
		userspace/policy/chrony_directives.def | sort -u
	sed -nE 's/^NG_SETTING\(("[a-z]+").*/\1/p' userspace/ntpguardd/settings.def
	printf '"%s"\n' '-A' --dport --sports '-p udp' '-j' nftables rule expr match payload right elem
	printf '"%s"\n' all chrony interval burst leak drop limit pass on off 192.168 2001:db8::/32 /12
}

replay() {
	local target
	for target in $targets; do
		"$out/$target" -runs=0 "tests/fuzz/corpus/$target" policies >"$out/$target.log" 2>&1
		report "$target replays its corpus" $? "$out/$target.log"
	done
}

hunt() { # SECONDS
	local target
	dictionary >"$out/dictionary"
	for target in $targets; do
		mkdir -p "$out/corpus/$target"
		"$out/$target" -max_total_time="$1" -dict="$out/dictionary" -artifact_prefix="$out/$target-" \
			"$out/corpus/$target" "tests/fuzz/corpus/$target" policies >"$out/$target.log" 2>&1
		report "$target for $1 s: $(grep -oE 'stat::number_of_executed_units: .*|Done [0-9]+ runs' "$out/$target.log" | tail -n 1)" \
			$? "$out/$target.log"
	done
}

# The bound on the words of a line goes; everything else is the product's own source.
canary() {
	mkdir -p "$out/canary"
	sed 's/parser->words == NG_WORDS_MAX/parser->words == NG_WORDS_MAX + 1/' userspace/policy/line.c >"$out/canary/line.c"
	if cmp -s "$out/canary/line.c" userspace/policy/line.c; then
		echo "the canary's bug could not be planted" >"$out/canary.log"
		report "canary" 1 "$out/canary.log"
		return
	fi
	build policy "$out/canary/line.c $(printf '%s\n' userspace/policy/*.c | grep -v /line.c)" "$out/canary/policy"
	if "$out/canary/policy" -max_total_time=120 -dict="$out/dictionary" -artifact_prefix="$out/canary/" \
		tests/fuzz/corpus/policy >"$out/canary.log" 2>&1; then
		report "the planted bug is found" 1 "$out/canary.log"
	else
		report "the planted bug is found, after $(grep -oE '#[0-9]+' "$out/canary.log" | tail -n 1) runs" 0 "$out/canary.log"
	fi
}

mkdir -p "$out"
for target in $targets; do
	sources="userspace/policy/*.c loader/state_file.c"
	[ "$target" != cmdmon ] || sources+=" userspace/ntpguardd/cmdmon.c userspace/ntpguardd/answer.c
		userspace/ntpguardd/listing.c userspace/ntpguardd/alone.c"
	[ "$target" != config ] || sources+=" userspace/ntpguardd/config.c"
	[ "$target" != rules ] || sources=userspace/doctor/rules.c
	build "$target" "$sources" "$out/$target" || exit 1
done
if [ "${1:-replay}" = replay ]; then
	replay
else
	hunt "$1"
	canary
fi
echo "fuzz: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
