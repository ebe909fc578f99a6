#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The policy language as examples, and the help. NAME.policy with
#   NAME.ok    is good: `check -v` prints exactly this, the canonical form, which gives itself again;
#   NAME.says  and says exactly this on standard error (without the file: nothing);
#   NAME.err   is refused: exit 1, nothing on standard output, exactly this on standard error.
# Every file in policies/ passes too. *.conf are what the examples import.
#   tests/golden/run.sh [NAME...]   all, or these examples only
set -u
cd "$(dirname "$0")" || exit 2
root=$(cd ../.. && pwd)
ntpguard=${NTPGUARD:-$root/build/ntpguard}
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset NTPGUARD_BPFFS

[ -x "$ntpguard" ] || { echo "$ntpguard is not built" && echo "golden: 0 passed, 1 failed, 0 skipped" && exit 1; }

# What went wrong with the example in hand; nothing: it is good.
wrong() {
	printf '%s\n' "$*" >>"$work/wrong"
}

verdict() { # NAME
	if [ -s "$work/wrong" ]; then
		failed=$((failed + 1))
		printf 'not ok %s\n' "$1"
		sed 's/^/  /' "$work/wrong"
	else
		passed=$((passed + 1))
		printf 'ok %s\n' "$1"
	fi
	: >"$work/wrong"
}

# Runs the command; leaves its exit code in $status, its output in $work/out and $work/err.
run() {
	"$ntpguard" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

want_exit() { # CODE WHAT...
	[ "$status" -eq "$1" ] || wrong "${*:2}: exit $status, want $1"
}

want_same() { # EXPECTED GOT WHAT...
	cmp -s "$1" "$2" || wrong "${*:3} (- expected, + got):"$'\n'"$(diff -a -U 99 "$1" "$2" | tail -n +4)"
}

# check -v of what check -v printed is the same.
want_fixpoint() { # CANONICAL
	"$ntpguard" check -v - <"$1" >"$work/again" 2>"$work/err"
	status=$?
	sed -i '/^-: default limit: this version/d' "$work/err" # which is said every time
	want_exit 0 "check -v of the canonical form"
	want_same /dev/null "$work/err" "said of the canonical form"
	want_same "$1" "$work/again" "the canonical form of the canonical form"
}

good() { # NAME
	local says=$1.says entries
	[ -e "$says" ] || says=/dev/null
	run check -v "$1.policy"
	want_exit 0 "check -v"
	want_same "$1.ok" "$work/out" "canonical form"
	# -v also lists what an import skipped
	sed '/^skipped, because/,$d' "$work/err" >"$work/spoken"
	want_same "$says" "$work/spoken" "said"
	want_fixpoint "$1.ok"
	# without -v: the same, and one sentence in place of the text
	entries=$(grep -cE '^(allow|deny|control|private|server|peer) ' "$1.ok")
	{ cat "$says" && echo "policy $1 is good: $entries entries"; } >"$work/sentence"
	run check "$1.policy"
	want_exit 0 "check"
	want_same /dev/null "$work/out" "printed by check"
	want_same "$work/sentence" "$work/err" "said by check"
	run check -q "$1.policy"
	want_exit 0 "check -q"
	want_same /dev/null "$work/err" "said by check -q"
}

bad() { # NAME
	run check -v "$1.policy"
	want_exit 1 "check -v"
	want_same /dev/null "$work/out" "printed, though refused"
	want_same "$1.err" "$work/err" "said"
	run check "$1.policy"
	want_exit 1 "check"
	want_same "$1.err" "$work/err" "said by check"
	run check -q "$1.policy"
	want_exit 1 "check -q"
	want_same "$1.err" "$work/err" "said by check -q"
}

example() { # NAME
	if [ ! -e "$1.policy" ] || { [ -e "$1.ok" ] && [ -e "$1.err" ]; }; then
		wrong "an example is NAME.policy with either NAME.ok or NAME.err"
	elif [ -e "$1.ok" ]; then
		good "$1"
	elif [ -e "$1.err" ]; then
		bad "$1"
	else
		wrong "neither $1.ok nor $1.err is there"
	fi
	verdict "$1"
}

# Shipped policies. `allowself` and `import` depend on the host, the rest prints nothing but itself.
shipped() { # FILE
	local name
	name=$(basename "$1" .policy)
	run check -v "$1"
	want_exit 0 "check -v"
	cp "$work/out" "$work/canonical"
	if ! grep -qE '^[[:space:]]*(allowself|import)' "$1"; then
		want_same /dev/null "$work/err" "said"
	fi
	want_fixpoint "$work/canonical"
	# the command carries the same policy by its name
	run check -v "$name"
	want_exit 0 "check -v $name"
	want_same "$work/canonical" "$work/out" "the built-in policy of that name"
	verdict "policies/$name.policy"
}

# ---- the help ----

usage() { # what must be refused with exit 2, a message, a hint, and nothing printed
	run "$@"
	want_exit 2 "$*"
	want_same /dev/null "$work/out" "printed by $*"
	grep -q '^ntpguard: ' "$work/err" || wrong "$*: no message: $(cat "$work/err")"
	grep -q '^  hint: ntpguard help' "$work/err" || wrong "$*: no hint: $(cat "$work/err")"
}

help_whole() {
	run help
	want_exit 0 "help"
	want_same /dev/null "$work/err" "said by help"
	cp "$work/out" "$work/help"
	for asked in --help -h "help --help"; do
		# shellcheck disable=SC2086 # a verb and an option
		run $asked
		want_exit 0 "$asked"
		want_same "$work/help" "$work/out" "printed by $asked"
	done
	awk 'length > 120 { exit 1 }' "$work/help" || wrong "a line of the help is over 120 characters"
	verdict "help"
}

help_verb() { # VERB
	awk -v "verb=$1" '$1 == "ntpguard" && $2 == verb { getline; exit !/^        [^ ]/ }' "$work/help" ||
		wrong "$1 has no sentence"
	run help "$1"
	want_exit 0 "help $1"
	want_same /dev/null "$work/err" "said by help $1"
	head -n 1 "$work/out" | grep -qE "^ntpguard $1( |\$)" || wrong "help $1 starts with: $(head -n 1 "$work/out")"
	[ "$(sed -n 3p "$work/out")" ] || wrong "help $1 has no sentence"
	cp "$work/out" "$work/verb"
	[ "$1" != help ] || cp "$work/help" "$work/verb" # `help --help` is the whole of it
	run "$1" --help
	want_exit 0 "$1 --help"
	want_same "$work/verb" "$work/out" "printed by $1 --help"
	usage "$1" --no-such-option
	usage "$1" -Z
	verdict "help $1"
}

unknown() { # WHAT WORD...
	local what=$1
	shift
	usage "$@"
	verdict "usage: $what"
}

json_usage() {
	run --json frobnicate
	want_exit 2 "--json frobnicate"
	grep -q '^{"schema":1,"error":{"code":"[a-z_]*","message":"frobnicate: no such verb","hint":"[^"]*"}}$' \
		"$work/out" || wrong "as JSON: $(cat "$work/out")"
	verdict "usage: an unknown verb, as JSON"
}

missing_file() {
	run check no-such.policy
	want_exit 1 "check no-such.policy"
	want_same /dev/null "$work/out" "printed"
	head -n 1 "$work/err" | grep -qx 'ntpguard: policy no-such.policy: No such file or directory' ||
		wrong "said: $(cat "$work/err")"
	verdict "check of a file that is not there"
}

from_standard_input() {
	printf 'allow 192.0.2.1\nport x\n' | "$ntpguard" check - >"$work/out" 2>"$work/err"
	status=$?
	want_exit 1 "check -"
	head -n 1 "$work/err" | grep -qx -e '-:2:6: port x: must be 1 to 65535' || wrong "said: $(cat "$work/err")"
	verdict "check of standard input"
}

# Limits that hold nobody are no error, and told.
idle_limits() {
	printf 'allow 10\nprefixlimit 24 56\n' | "$ntpguard" check - >"$work/out" 2>"$work/err"
	status=$?
	want_exit 0 "check -"
	grep -qx -e '-:2: limits hold under default limit only; this policy has default drop' "$work/err" ||
		wrong "said: $(cat "$work/err")"
	verdict "limits under default drop are told of"
}

# `test` names the line that decided, and no other: a person will go and change that line.
decides() { # POLICY WANT ARGUMENT...
	printf '%b' "$1" | "$ntpguard" test -q --policy - "${@:3}" >"$work/out" 2>/dev/null
	printf '%s\n' "$2" >"$work/want"
	want_same "$work/want" "$work/out" "test ${*:3}"
	verdict "test ${*:3} says what decided"
}

tests() {
	local size="not an NTP message: its version, length or mode 0 is not one that NTP has"
	decides 'allow 10\n' "10.1.1.1: pass (request_allowed), by: allow 10.0.0.0/8 (-:1)" 10.1.1.1
	decides 'allow 10\n\ndeny 10.1\n' "10.1.1.1: drop (denied), by: deny 10.1.0.0/16 (-:3)" 10.1.1.1
	decides '\ndefault pass\n' "10.1.1.1: pass (request_default), by: default pass (-:2)" 10.1.1.1
	decides 'default limit\n' "10.1.1.1: pass (request_in_limit), by: default limit (-:1)" 10.1.1.1
	decides 'allow ::/0\n' "10.1.1.1: drop (not_allowed), by: default drop (built in)" 10.1.1.1
	decides 'allow 10\npeer 10.1.1.1\n' "10.1.1.1: pass (reply_listed), by: peer 10.1.1.1 (-:2)" 10.1.1.1 --mode 5
	decides 'private 10\n' "10.1.1.1: pass (control_allowed), by: private 10.0.0.0/8 (-:1)" 10.1.1.1 --mode 7
	decides 'allow 10\n' "10.1.1.1: drop (unsolicited), by: replies solicited (passes if this host asked for it) (built in)" \
		10.1.1.1 --mode 4
	decides 'replies listed\nserver 10.1.1.1\n' "10.1.1.1: pass (reply_listed), by: server 10.1.1.1 (-:2)" 10.1.1.1 --mode 4
	# what the bytes alone decide was decided by no line of the policy
	decides 'allow 10\n' "10.1.1.1: drop (malformed), by: $size (built in)" 10.1.1.1 --length 47
}

if [ $# -eq 0 ]; then
	for file in *.policy *.ok *.err; do
		echo "${file%.*}"
	done | sort -u >"$work/names"
	while read -r name; do
		example "$name"
	done <"$work/names"
	for file in "$root"/policies/*.policy; do
		shipped "$file"
	done
	missing_file
	from_standard_input
	idle_limits
	help_whole
	mapfile -t verbs < <(awk '/^  ntpguard / { print $2 }' "$work/help")
	[ ${#verbs[@]} -ge 10 ] || wrong "only ${#verbs[@]} verbs"
	verdict "help names the verbs"
	for verb in "${verbs[@]}"; do
		help_verb "$verb"
	done
	unknown "an unknown verb" frobnicate
	unknown "a verb in capitals" CHECK
	unknown "an unknown option" --frobnicate
	unknown "an unknown letter" -Z
	unknown "an option without its value" check --bpffs
	unknown "an option of another verb" check --all
	unknown "two policies at once" check empty.policy empty.policy
	unknown "help for no verb" help frobnicate
	unknown "help for two verbs" help check load
	json_usage
	tests
else
	for name; do
		example "$name"
	done
fi
echo "golden: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
