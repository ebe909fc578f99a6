#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The README's tables are the program's own words: this tells whether they still are; --write puts
# them in.
set -eu
cd "$(dirname "$0")/.."

help_block() {
	printf '```\n' && build/ntpguard help && printf '```\n'
}

# NG_...("word", parser, "arguments", "sentence"), which may go over several lines
table_of() { # MACRO FILE
	printf '| %s | |\n|---|---|\n' "$(tr '[:upper:]' '[:lower:]' <<<"${1#NG_}")"
	tr '\n' ' ' <"$2" | sed "s/$1(\"/\n&/g" |
		sed -nE 's/^NG_[A-Z]+\("([^"]+)",[[:space:]]*[a-z0-9_]+,[[:space:]]*"([^"]*)",[[:space:]]*"([^"]*)"[,)].*/\1\t\2\t\3/p' |
		awk -F '\t' '{ gsub(/\|/, "\\|", $2); printf "| `%s%s` | %s |\n", $1, $2 == "" ? "" : " " $2, $3 }'
}

directives_block() {
	table_of NG_DIRECTIVE userspace/policy/directives.def
}

settings_block() {
	table_of NG_SETTING userspace/ntpguardd/settings.def
}

# README.md with its blocks as they should be
render() {
	local line name=""
	while IFS= read -r line; do
		[ "$line" != '<!-- end -->' ] || name=""
		[ -n "$name" ] || printf '%s\n' "$line"
		if [[ $line =~ ^'<!-- '([a-z]+): ]]; then
			name=${BASH_REMATCH[1]}
			"${name}_block"
		fi
	done <README.md
}

render >build/README.md
if [ "${1:-}" = --write ]; then
	cp build/README.md README.md
elif diff -u README.md build/README.md; then
	echo "readme: 1 passed, 0 failed, 0 skipped"
else
	echo "readme: 0 passed, 1 failed, 0 skipped"
	exit 1
fi
