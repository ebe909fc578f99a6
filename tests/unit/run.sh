#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds the unit binaries where they are out of date, runs them all and sums what they say.
#   tests/unit/run.sh              all of them
#   tests/unit/run.sh NAME...      these
#   tests/unit/run.sh --coverage   branches of judge.h, parse.h, access.h and userspace/policy, by gcov
set -u
cd "$(dirname "$0")/../.." || exit 2

build() { # VARIABLE=VALUE... to make
	make -s -j2 -f Makefile -f tests/unit/unit.mk unit-binaries "$@"
}

# Headers are counted where they are compiled in: the best of all binaries that include them.
coverage() {
	local into=build/unit-coverage
	rm -rf "$into"
	build UNIT_B=$into UNIT_SANITIZE="--coverage -O0" || exit 1
	for program in tests/unit/*.c; do
		"$into/$(basename "$program" .c)" >/dev/null 2>&1
	done
	find "$into" -name '*.gcda' -exec gcov -b -c -n {} + 2>/dev/null |
		awk '/^File/ { file = $2; gsub("\047", "", file) }
			/^Lines executed/ { split($2, part, ":"); lines[file] = part[2] > lines[file] ? part[2] : lines[file] }
			/^Taken at least once/ { split($4, part, ":")
				if (!(file in branches) || part[2] + 0 > branches[file] + 0) branches[file] = part[2] " of " $6 }
			END { for (file in branches) if (file ~ /^(bpf|userspace)/)
				printf "%-36s branches taken %s\n", file, branches[file] }' | sort
}

if [ "${1-}" = --coverage ]; then
	coverage
	exit
fi

passed=0 failed=0 skipped=0
build || { echo "unit: 0 passed, 1 failed, 0 skipped" && exit 1; }

count() { # WORD LOG: the number in cmocka's line "[  WORD  ] N test(s)"
	sed -nE "s/^\[ +$1 +\] ([0-9]+) test\(s\).*/\1/p" "$2" | head -n 1
}

[ $# -gt 0 ] || { set -- tests/unit/*.c && set -- "${@##*/}" && set -- "${@%.c}"; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for name; do
	"build/unit/$name" >"$log" 2>&1
	status=$?
	cat "$log"
	bad=$(count FAILED "$log")
	# a sanitizer ends a program without a count: that is a failure of its own
	[ "$status" -eq 0 ] || [ "${bad:-0}" -gt 0 ] || { echo "$name ended with status $status" && bad=1; }
	passed=$((passed + $(count PASSED "$log" | grep . || echo 0)))
	failed=$((failed + ${bad:-0}))
	skipped=$((skipped + $(count SKIPPED "$log" | grep . || echo 0)))
done
echo "unit: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
