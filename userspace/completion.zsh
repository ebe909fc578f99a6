#compdef ntpguard
# SPDX-License-Identifier: GPL-2.0-only
_ntpguard() {
	local -a candidates
	candidates=("${(@f)$($words[1] completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	if (( ${candidates[(Ie)<files>]} )); then
		candidates=("${(@)candidates:#<files>}")
		_files
	fi
	compadd -a candidates
}
if [[ ${funcstack[1]-} == _ntpguard ]]; then
	_ntpguard "$@"
else
	compdef _ntpguard ntpguard
fi
