#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The manual pages render without a warning, on 80 columns, and know every word of the tables.
set -u
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C.UTF-8
passed=0 failed=0

report() { # SENTENCE STATUS SAID
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1)) && echo "ok $1"
	else
		failed=$((failed + 1)) && printf 'not ok %s\n%s\n' "$1" "$3"
	fi
}

# What a renderer has to say of a page is a failure.
silent() { # SENTENCE COMMAND...
	local said
	said=$("${@:2}" 2>&1) || said+=" (status $?)"
	[ -z "$said" ]
	report "$1" $? "$said"
}

knows() { # PAGE WHAT WORD...
	local text word missing=""
	text=$(render "$1")
	for word in "${@:3}"; do
		grep -qF -- "$word" <<<"$text" || missing+=" $word"
	done
	[ -z "$missing" ] && [ $# -gt 2 ]
	report "$1 knows every $2" $? "missing:$missing"
}

render() { # PAGE
	MANWIDTH=80 man -l "build/man/$1" 2>/dev/null | col -bx
}

words() { # MACRO FILE: the first string of each row
	tr '\n' ' ' <"$2" | grep -oE "$1\([^\"]*\"[^\"]+\"" | sed 's/.*"\(.*\)"/\1/'
}

for page in ntpguard.8 ntpguardd.8 ntpguard.policy.5; do
	silent "groff renders $page without a warning" groff -ww -z -man -Tutf8 -rLL=80n "build/man/$page"
	silent "mandoc finds nothing wrong in $page" mandoc -T lint -W warning "build/man/$page"
	[ "$(render "$page" | wc -L)" -le 80 ]
	report "$page fits 80 columns" $? "its longest line has $(render "$page" | wc -L)"
done
mapfile -t verbs < <(build/ntpguard help | awk '/^  ntpguard / { print $2 }' | sort -u)
knows ntpguard.8 verb "${verbs[@]}"
mapfile -t verdicts < <(tr '\n' ' ' <bpf/verdicts.def | grep -oE '(PASS|DROP), "[a-z0-9_]+"' | grep -oE '[a-z0-9_]+"' | tr -d '"')
knows ntpguard.8 verdict "${verdicts[@]}"
mapfile -t exits < <(words 'NG_EXIT_CODE' loader/exits.def)
knows ntpguard.8 'exit status' "${exits[@]}"
mapfile -t directives < <(words 'NG_DIRECTIVE' userspace/policy/directives.def)
knows ntpguard.policy.5 directive "${directives[@]}"
mapfile -t settings < <(words 'NG_SETTING' userspace/ntpguardd/settings.def)
knows ntpguardd.8 setting "${settings[@]}"
mapfile -t metrics < <(words 'NG_FAMILY' userspace/metrics.def)
knows ntpguardd.8 metric "${metrics[@]}"

echo "man: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
