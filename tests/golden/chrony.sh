#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# ntpguard chrony as a user meets it. chrony/NAME.conf or NAME.sources with NAME.lint: lint prints exactly
# this, then on standard error what follows a line "--", and exits with the number of the last line.
#   tests/golden/chrony.sh [--write]   compares, or writes what lint says now, for a person to read
set -u
cd "$(dirname "$0")/chrony" || exit 2
root=$(cd ../../.. && pwd)
ntpguard=${NTPGUARD:-$root/build/ntpguard}
passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() { # SENTENCE COMMAND...
	if "${@:2}" >"$work/why" 2>&1; then
		passed=$((passed + 1)) && echo "ok $1"
	else
		failed=$((failed + 1)) && echo "not ok $1" && sed 's/^/  /' "$work/why"
	fi
}

lint() { # ARGUMENT...; leaves $status, $work/out and $work/err
	"$ntpguard" chrony lint "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

whole() { # FILE
	lint "$1"
	cat "$work/out" && echo -- && cat "$work/err" && echo "$status"
}

example() { # FILE
	diff -a "${1%.*}.lint" <(whole "$1")
}

is() { # GOT WANTED
	[ "$1" = "$2" ] || { echo "got $1, want $2" && return 1; }
}

no_control_bytes() {
	whole hostile.conf | LC_ALL=C tr -d '\n' | LC_ALL=C grep -aq '[[:cntrl:]]' && return 1
	# neither does what the user sees run backwards
	! whole hostile.conf | grep -aq $'\u202e'
}

json() {
	lint --json two-lost-hours.conf
	is "$(cat "$work/out")" '{"schema":1,"file":"two-lost-hours.conf","refused":true,"fatal_at_start":false,"findings":[{"file":"two-lost-hours.conf","line":1,"column":27,"severity":"error","message":"a comment must have a line of its own: to chronyd, # and what follows belong to the directive","text":"server ntp.nict.jp iburst # 東京","should":"# 東京\nserver ntp.nict.jp iburst"}]}'
}

json_of_bytes() {
	lint --json hostile.conf
	jq -e '.refused and (.findings | length == 3) and .findings[2].text == "log \ufffd"' "$work/out"
}

standard_input() {
	"$ntpguard" chrony lint -q - <good.conf >"$work/out" 2>&1 && is "$(cat "$work/out")" ""
}

missing() {
	lint no-such.conf
	is "$status" 1 && head -n 1 "$work/err" | grep -qx 'ntpguard: no-such.conf: No such file or directory'
}

usage() { # ARGUMENT...
	"$ntpguard" chrony "$@" >"$work/out" 2>"$work/err" </dev/null
	is $? 2 && is "$(cat "$work/out")" "" && grep -q '^  hint: ntpguard help chrony' "$work/err"
}

fresh() { # makes $work/fix anew, with a file that two lines are to be mended of
	rm -rf "$work/fix"
	mkdir "$work/fix"
	printf 'port 123 # x\nallow 10\nrtcsync # y\n' >"$work/fix/c.conf"
	printf '# x\nport 123\nallow 10\n# y\nrtcsync\n' >"$work/fix/wanted"
	cp "$work/fix/c.conf" "$work/fix/old"
}

fix() {
	fresh && chmod 640 "$work/fix/c.conf"
	lint --fix "$work/fix/c.conf"
	is "$status" 0 && cmp "$work/fix/c.conf" "$work/fix/wanted" && cmp "$work/fix/c.conf.bak" "$work/fix/old" &&
		is "$(stat -c %a "$work/fix/c.conf" "$work/fix/c.conf.bak" | sort -u)" 640 &&
		is "$(ls "$work/fix")" $'c.conf\nc.conf.bak\nold\nwanted' && grep -q '2 lines mended' "$work/err" &&
		is "$(grep -c ': fixed: ' "$work/out")" 2
}

fix_takes_no_name() {
	fresh && touch "$work/fix/c.conf.bak" "$work/fix/c.conf.bak.1"
	lint --fix "$work/fix/c.conf"
	[ ! -s "$work/fix/c.conf.bak" ] && cmp "$work/fix/c.conf.bak.2" "$work/fix/old" && grep -q 'c.conf.bak.2$' "$work/err"
}

fix_follows_links() {
	fresh && mkdir "$work/fix/d" && ln -s ../c.conf "$work/fix/d/link.conf"
	lint --fix "$work/fix/d/link.conf"
	[ -L "$work/fix/d/link.conf" ] && cmp "$work/fix/c.conf" "$work/fix/wanted" && [ -e "$work/fix/c.conf.bak" ]
}

fix_nothing() {
	local before
	fresh && cp "$work/fix/wanted" "$work/fix/c.conf" && before=$(stat -c '%i %y' "$work/fix/c.conf")
	lint --fix "$work/fix/c.conf"
	is "$status" 0 && is "$(stat -c '%i %y' "$work/fix/c.conf")" "$before" && grep -q 'untouched' "$work/err" &&
		[ ! -e "$work/fix/c.conf.bak" ]
}

fix_leaves_errors() {
	fresh && echo 'frobnicate' >>"$work/fix/c.conf"
	lint --fix "$work/fix/c.conf"
	is "$status" 1 && grep -q ':6:1: error: chrony has no directive frobnicate' "$work/out" &&
		is "$(tail -n 1 "$work/fix/c.conf")" frobnicate
}

fix_as_json() {
	fresh
	lint --json -q --fix "$work/fix/c.conf"
	jq -e '.refused == false and .fixed == 2 and (.backup | endswith("c.conf.bak")) and (.changes | length == 2)' "$work/out"
}

fix_names_others() {
	fresh && printf 'include %s\n' "$work/fix/c.conf" >"$work/fix/main.conf"
	lint --fix "$work/fix/main.conf"
	is "$status" 1 && cmp "$work/fix/c.conf" "$work/fix/old" &&
		grep -q "ntpguard chrony lint --fix $work/fix/c.conf\$" "$work/err"
}

# A directory in which nothing may be made: as root, one that belongs to nobody else's rights either.
fix_fails_whole() {
	fresh && chmod 755 "$work" && chmod 555 "$work/fix" && chmod 644 "$work/fix/c.conf"
	local as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	install -m 755 "$ntpguard" "$work/ntpguard"
	"${as[@]}" "$work/ntpguard" chrony lint --fix "$work/fix/c.conf" >"$work/out" 2>"$work/err"
	is $? 4 && cmp "$work/fix/c.conf" "$work/fix/old" && is "$(ls "$work/fix")" $'c.conf\nold\nwanted' &&
		grep -q 'nothing was changed' "$work/err"
}

import() {
	printf 'allow 10\ndeny 10.1\nserver 192.0.2.1 iburst\nallow 11 # x\nuser \033[31m\n' >"$work/import.conf"
	"$ntpguard" chrony import "$work/import.conf" >"$work/policy" 2>"$work/err" &&
		is "$(grep -E '^(allow|deny|server)' "$work/policy")" $'allow 10.0.0.0/8\ndeny 10.1.0.0/16\nserver 192.0.2.1' &&
		grep -q ':4: left out' "$work/err" && grep -qF 'user \x1B[31m' "$work/err" &&
		"$ntpguard" check - <"$work/policy" &&
		"$ntpguard" chrony import -q - <"$work/import.conf" 2>"$work/err" | cmp - "$work/policy" && is "$(cat "$work/err")" ""
}

import_missing() {
	"$ntpguard" chrony import "$work/no-such.conf" >"$work/out" 2>"$work/err"
	is $? 1 && is "$(cat "$work/out")" "" && grep -q 'No such file' "$work/err"
}

if [ "${1-}" = --write ]; then
	for file in *.conf *.sources; do
		whole "$file" >"${file%.*}.lint"
	done
	exit
fi
for file in *.conf *.sources; do
	check "lint $file" example "$file"
done
check "what a file holds does not speak to the terminal" no_control_bytes
check "lint --json" json
check "lint --json of what is not UTF-8" json_of_bytes
check "lint -" standard_input
check "lint of a file that is not there" missing
check "chrony alone" usage
check "chrony frobnicate" usage frobnicate
check "lint of two files" usage lint a b
check "lint --fix -" usage lint --fix -
check "import --fix" usage import --fix good.conf
check "--fix mends, keeps the mode, and keeps the old file" fix
check "--fix overwrites no backup" fix_takes_no_name
check "--fix follows a symbolic link" fix_follows_links
check "--fix leaves a good file alone" fix_nothing
check "--fix leaves what it cannot mend, and exits 1" fix_leaves_errors
check "--fix --json" fix_as_json
check "--fix leaves included files, and tells how" fix_names_others
check "--fix that cannot write changes nothing" fix_fails_whole
check "import" import
check "import of a file that is not there" import_missing
echo "chrony: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
