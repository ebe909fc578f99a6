#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What a bash that has read `ntpguard completion bash` offers for a line as far as it was typed.
set -u
cd "$(dirname "$0")" || exit 2
ntpguard=${NTPGUARD:-$(cd ../.. && pwd)/build/ntpguard}
passed=0 failed=0
# shellcheck disable=SC1090
. <("$ntpguard" completion bash)

# What of the last word is after its last : or = is all that is offered anew.
offers() { # LINE CANDIDATE...
	local want
	COMP_LINE=$1 COMP_POINT=${#1}
	_ntpguard "$ntpguard"
	want=$(printf '%s\n' "${@:2}" | sort)
	if [ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = "$want" ]; then
		passed=$((passed + 1))
		echo "ok completion of '$1'"
	else
		failed=$((failed + 1))
		printf "not ok completion of '%s'\n  offered: %s\n  wanted: %s\n" "$1" "${COMPREPLY[*]}" "${*:2}"
	fi
}

mapfile -t verbs < <("$ntpguard" help | awk '/^  ntpguard / { print $2 }')

offers 'ntpguard ' "${verbs[@]}"
offers 'ntpguard lo' load
offers 'ntpguard frob'
offers 'ntpguard frob x'
offers 'ntpguard -' --json --quiet --verbose --help --no-color --bpffs
offers 'ntpguard unload --a' --all
offers 'ntpguard unload --m'
offers 'ntpguard load l' lo
offers 'ntpguard load lo l' lo
offers 'ntpguard load lo --policy pub' public-server public.conf
offers 'ntpguard load --policy=obs' observe
offers 'ntpguard load --mode ' auto native generic
offers 'ntpguard load --mode native l' lo
offers 'ntpguard test --mode '
offers 'ntpguard top -n '
offers 'ntpguard check -v v' vps
offers 'ntpguard check vps v'
offers 'ntpguard help ver' version
offers 'ntpguard help version v'
offers 'ntpguard chrony ' lint import
offers 'ntpguard chrony lint completion.' completion.sh
offers 'ntpguard chrony lint --f' --fix
offers 'ntpguard deny re' replace
offers 'ntpguard deny del completion.'
offers 'ntpguard deny list completion.'
offers 'ntpguard deny replace completion.' completion.sh
offers 'ntpguard monitor --reason mo' mode7 mode6
offers 'ntpguard monitor --reason mode7,mo' mode7,mode7 mode7,mode6
offers 'ntpguard monitor --f' --from
offers 'ntpguard capture -w completion.' completion.sh
offers 'ntpguard completion ' bash zsh
offers 'ntpguard --bpffs completion.' completion.sh
offers 'ntpguard --json sta' status

echo "completion: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
