# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Readline cuts words at : and =, so what stands before the last of them is not printed again.
_ntpguard() {
	local line=${COMP_LINE:0:COMP_POINT} candidate current words
	read -ra words <<<"$line"
	[[ $line != *[[:space:]] ]] || words+=("")
	current=${words[-1]}
	COMPREPLY=()
	while IFS= read -r candidate; do
		if [[ $candidate == '<files>' ]]; then
			compopt -o filenames 2>/dev/null
			while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "${current##*=}")
		else
			candidate=${candidate#"${current%"${current##*[:=]}"}"}
			[ -z "$candidate" ] || printf -v candidate %q "$candidate" # an interface may be called $(x)
			candidate=${candidate//\\,/,}
			COMPREPLY+=("$candidate")
		fi
	done < <("$1" completion words -- "${words[@]:1}" 2>/dev/null)
}
complete -F _ntpguard ntpguard
