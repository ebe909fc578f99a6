#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# fuzz.sh replay         every corpus through its target once (part of make test)
# fuzz.sh SECONDS        each target for so long; then the canaries: bugs planted in copies, each of which must
#                        be found within 120 s, or fuzzing proves nothing
# fuzz.sh coverage       which branches of the data path the corpus takes
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

# The data path is included by the target: from elsewhere, where a directory says so.
build() { # TARGET SOURCES OUTPUT [DIRECTORY]
	# shellcheck disable=SC2086 # lists of words
	clang ${flags/-Ibpf/-I${4:-.}/bpf -I${4:-.}} -o "$3" "tests/fuzz/$1.c" $2 -lm -ljansson
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

# A bug is planted in a copy of one source; everything else is the product's own. The hunt must find it.
canary() { # TARGET SOURCE SED_EXPRESSION
	local target=$1 copy=$out/canary/$2 sources=""
	rm -rf "$out/canary"
	mkdir -p "$out/canary/bpf" "$out/canary/$(dirname "$2")" "$out/canary/found"
	cp bpf/* "$out/canary/bpf"
	sed "$3" "$2" >"$copy"
	if cmp -s "$copy" "$2"; then
		echo "the bug could not be planted" >"$out/canary.log"
		report "$2 with $3" 1 "$out/canary.log"
		return
	fi
	sources=$(printf '%s\n' userspace/policy/*.c loader/state_file.c | grep -vx "$2")
	[[ $2 == bpf/* ]] || sources+=" $copy"
	build "$target" "-I$out/canary/bpf $sources" "$out/canary/$target" "$out/canary"
	if "$out/canary/$target" -max_total_time=120 -dict="$out/dictionary" -artifact_prefix="$out/canary/" \
		"$out/canary/found" "tests/fuzz/corpus/$target" >"$out/canary.log" 2>&1; then
		report "the bug planted in $2 is found ($3)" 1 "$out/canary.log"
	else
		report "the bug planted in $2 is found, after $(grep -oE '#[0-9]+' "$out/canary.log" | tail -n 1) runs" 0 "$out/canary.log"
	fi
}

canaries() {
	canary policy userspace/policy/line.c 's/parser->words == NG_WORDS_MAX/parser->words == NG_WORDS_MAX + 1/'
	canary datapath bpf/parse.h 's/(const void \*)ntp > end/(const void *)udp > end/'
	canary datapath bpf/judge.h 's/return is_private ? NG_V_MODE7 : NG_V_MODE6;/return NG_V_CONTROL_ALLOWED;/'
	canary datapath bpf/settle.h 's/row->would_drop++;/;/'
}

# Branches of the data path that the corpus takes.
coverage() {
	local flags=${flags/-fsanitize=fuzzer,address,undefined/-fsanitize=fuzzer -fprofile-instr-generate -fcoverage-mapping}
	sources_of datapath
	build datapath "$sources" "$out/datapath-coverage"
	LLVM_PROFILE_FILE=$out/coverage.raw "$out/datapath-coverage" -runs=0 tests/fuzz/corpus/datapath >"$out/coverage.log" 2>&1
	llvm-profdata merge -o "$out/coverage" "$out/coverage.raw"
	llvm-cov report "$out/datapath-coverage" -instr-profile="$out/coverage" -show-branch-summary 2>/dev/null |
		awk '/bpf\// && $(NF - 2) > 0 { printf "%-24s %s of %d branches\n", $1, $NF, $(NF - 2) }'
}

sources_of() { # TARGET; sets sources
	sources="userspace/policy/*.c loader/state_file.c"
	[ "$1" != cmdmon ] || sources+=" userspace/ntpguardd/cmdmon.c userspace/ntpguardd/answer.c
		userspace/ntpguardd/listing.c userspace/ntpguardd/alone.c"
	[ "$1" != config ] || sources+=" userspace/ntpguardd/config.c"
	[ "$1" != hours ] || sources+=" userspace/hours.c -lz"
	[ "$1" != rules ] || sources=userspace/doctor/rules.c
}

mkdir -p "$out"
if [ "${1:-replay}" = coverage ]; then
	coverage
	exit
fi
for target in $targets; do
	sources_of "$target"
	build "$target" "$sources" "$out/$target" || exit 1
done
if [ "${1:-replay}" = replay ]; then
	replay
else
	hunt "$1"
	canaries
fi
echo "fuzz: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
