#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs the suites named (unit golden oracle fuzz lint packets torn limits model net vm) and closes with one line for
# all of them. A suite that ends badly without a count of its own counts as one failure.
set -u
cd "$(dirname "$0")/.." || exit 2

passed=0 failed=0 skipped=0
started=$SECONDS
failures=$(mktemp)
trap 'rm -f "$failures"' EXIT

# What a failed suite said besides its successes is said again at the end, where a reader of a long log looks
remember() { # NAME LOG
	{
		echo "==== $1"
		grep -vE '^ok ' "$2" | tail -n 40
	} >>"$failures"
}

add() { # NAME PASSED FAILED SKIPPED SECONDS
	passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
	printf -- '---- %s: %d passed, %d failed, %d skipped (%d s)\n' "$@"
}

# A suite that counts for itself, in its last line: NAME: N passed, N failed, N skipped
counting() { # NAME COMMAND...
	local name=$1 log begin=$SECONDS status counts
	shift
	log=$(mktemp)
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	counts=$(sed -nE 's/^.*: ([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' "$log" | tail -n 1)
	[ "$status" -eq 0 ] || remember "$name" "$log"
	rm -f "$log"
	if [ -z "$counts" ] || { [ "$status" -ne 0 ] && [[ $counts =~ ^[0-9]+\ 0\  ]]; }; then
		echo "$name ended with status $status and no count of its failures"
		counts="0 1 0"
	fi
	# shellcheck disable=SC2086 # three words
	add "$name" $counts $((SECONDS - begin))
}

# bats speaks TAP: ok N sentence [# skip why]
bats_files() { # NAME FILE...
	local name=$1 log begin=$SECONDS total ok bad skip
	shift
	log=$(mktemp)
	bats --tap --print-output-on-failure "$@" 2>&1 | tee "$log"
	total=$(sed -nE 's/^1\.\.([0-9]+)$/\1/p' "$log" | head -n 1)
	ok=$(grep -cE '^ok ' "$log")
	skip=$(grep -cE '^ok [0-9]+ .*# skip' "$log")
	# what was planned and never reported has failed
	bad=$((${total:-1} - ok))
	[ "$bad" -eq 0 ] || remember "$name" "$log"
	rm -f "$log"
	add "$name" $((ok - skip)) "$bad" "$skip" $((SECONDS - begin))
}

need_root() { # NAME
	[ "$(id -u)" -eq 0 ] && return 0
	echo "$1: skipped, it needs root"
	add "$1" 0 0 1 0
	return 1
}

for suite in "$@"; do
	case $suite in
	unit) counting unit tests/unit/run.sh ;;
	golden)
		counting golden tests/golden/run.sh
		counting chrony tests/golden/chrony.sh
		counting completion tests/golden/completion.sh
		counting man tests/man.sh
		counting errors tests/golden/errors.sh
		counting readme tests/readme.sh
		;;
	lint) counting lint tests/lint.sh ;;
	oracle)
		counting accheck tests/oracle/accheck.sh
		SEED=${SEED:-20261123} counting lint-oracle tests/oracle/lint.sh # other seeds: make fuzz
		;;
	fuzz) counting fuzz tests/fuzz/fuzz.sh replay ;;
	torn) need_root torn && counting torn build/tests/torn ;;
	limits) need_root limits && counting limits build/tests/limits ;;
	model) need_root model && counting model tests/model/compare.py build/ntpguard 200000 "${SEED:-$RANDOM$RANDOM}" ;;
	packets) need_root packets && counting packets build/tests/packets && counting property build/tests/packets --property 1000000 ;;
	net) need_root net && bats_files net tests/net/*.bats ;;
	vm) counting vm tests/vm/run.sh ;;
	*) echo "no suite is called $suite" >&2 && exit 2 ;;
	esac
done

cat "$failures"
echo "all suites took $((SECONDS - started)) s"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
