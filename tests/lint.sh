#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The house rules that a machine can check. A rule is a function rule_NAME that prints the places
# where it is broken, as FILE:LINE: text, and prints nothing where it holds.
#   tests/lint.sh [RULE...]    all rules, or these
#   tests/lint.sh --self-test  plants a violation of every rule in a copy of the tree: each must trip
set -u
cd "$(dirname "$0")/.." || exit 2

rules=(actions floors one-home pure-policy spdx function-length top-level verdicts clang-format shellcheck cppcheck)
declare -A why=(
	[actions]="only bpf/settle.h turns a verdict into an action, and only loader/program.c reads one back, from a test run"
	[floors]="libbpf and libxdp are the loader's business; nothing above it includes them"
	[one-home]="a fact that is said to be repeated elsewhere needs one home, or a static assert"
	[pure-policy]="the policy code is pure: no exit, no file, no socket, no resolver, no output of its own, no loader"
	[spdx]="every source file says its licence in its first lines: SPDX-License-Identifier: GPL-2.0-only"
	[function-length]="a function of more than 60 lines wants to be several"
	[top-level]="the top level is bpf loader userspace policies tests Makefile README.md LICENSE and dotfiles"
	[verdicts]="verdicts.def counts from 0 without a gap, and no label comes twice"
	[clang-format]="C is formatted by clang-format -i"
	[shellcheck]="shell scripts pass shellcheck"
	[cppcheck]="cppcheck finds nothing to warn of"
)

# ---- which files ----

sources() { # find's arguments: files of the project, what is built and what is hidden left out
	find bpf loader userspace policies tests -name build -prune -o -type f "$@" -print | sort
}

c_files() {
	sources -name '*.[ch]'
}

# By name, and whatever says in its first line that a shell runs it.
shell_files() {
	sources \( -name '*.sh' -o -name '*.bash' \)
	find .ci tests userspace -type f ! -name '*.*' -exec grep -lE '^#! ?/.*[/ ](ba|da)?sh\b' {} + 2>/dev/null
}

# ---- the rules ----

rule_actions() {
	grep -rnwE '(XDP_(DROP|PASS|ABORTED)|TC_ACT_[A-Z]+)' bpf loader userspace | grep -vE '^(bpf/settle\.h|loader/program\.c):'
}

rule_floors() {
	grep -rnE '#[[:space:]]*include[[:space:]]*[<"](bpf|xdp)/' userspace
}

# The brackets keep the pattern from finding itself.
rule_one-home() {
	grep -rniE '(keep[ ]in sync|must[ ]match|same[ ]as in)' bpf loader userspace policies Makefile \
		--include='*.[chS]' --include='*.def' --include='*.policy' --include=Makefile
	sources \( -name '*.[ch]' -o -name '*.sh' -o -name '*.bash' -o -name '*.bats' -o -name '*.py' \) | grep '^tests/' |
		xargs -r grep -niE '(keep[ ]in sync|must[ ]match|same[ ]as in)' /dev/null
}

rule_pure-policy() {
	local calls='_?exit|abort|getaddrinfo|gethostbyname|socket|f?open|popen|system|getenv|printf|puts|perror'
	grep -rnE "(^|[^A-Za-z0-9_.>])($calls)[[:space:]]*\(|(^|[^A-Za-z0-9_])(stdout|stderr)([^A-Za-z0-9_]|\$)" \
		userspace/policy
	grep -rnE '#[[:space:]]*include[[:space:]]*[<"](.*/)?(loader|pins|command|snapshot|sys/socket|netdb)\.h' userspace/policy
}

rule_spdx() {
	{
		sources \( -name '*.[chS]' -o -name '*.def' -o -name '*.sh' -o -name '*.bash' -o -name '*.bats' -o -name '*.py' \
			-o -name '*.mk' \)
		shell_files
		echo Makefile
	} | sort -u | while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2\.0-only\( \*/\)\?$' || echo "$file:1: no SPDX line"
	done
}

# From brace to brace; both stand in the first column, as clang-format puts them.
rule_function-length() {
	# shellcheck disable=SC2016 # they are awk's dollars
	c_files | xargs awk '
		FNR == 1 { start = 0 }
		/^\{/ { start = FNR; name = last }
		/^\}/ && start { if (FNR - start + 1 > 60) print FILENAME ":" start ": " FNR - start + 1 " lines: " name; start = 0 }
		{ last = $0 }'
}

rule_top-level() {
	find . -mindepth 1 -maxdepth 1 ! -name '.*' -printf '%P\n' | sort |
		grep -vxE 'bpf|loader|userspace|policies|tests|Makefile|README\.md|LICENSE|build' | sed 's/$/:1: does not belong here/'
}

rule_verdicts() {
	awk -F '[(,]' '
		/^NG_VERDICT\(/ {
			if ($2 + 0 != rows || $2 !~ /^[0-9]+$/) print FILENAME ":" FNR ": number " $2 ", want " rows
			rows = $2 + 1
			if (split($0, part, "\"") < 3) print FILENAME ":" FNR ": no label in its row"
			else if (part[2] in seen) print FILENAME ":" FNR ": label " part[2] " is also in line " seen[part[2]]
			else if (part[2] !~ /^[a-z][a-z0-9_]*$/) print FILENAME ":" FNR ": label " part[2] " is no label"
			seen[part[2]] = FNR
			if ($3 in ids) print FILENAME ":" FNR ": id" $3 " is also in line " ids[$3]
			ids[$3] = FNR
		}
		END { if (!rows) print FILENAME ":1: no verdicts" }' bpf/verdicts.def
}

rule_clang-format() {
	c_files | xargs clang-format --dry-run -Werror 2>&1 | awk -F : '
		/: error: / { if (!count[$1]++) first[$1] = $2 }
		END { for (file in count) print file ":" first[file] ": " count[file] " places are not as clang-format has them" }' |
		sort
}

# In bats every test is a subshell of its own, and `run --separate-stderr` assigns what shellcheck 0.9
# does not know of.
rule_shellcheck() {
	shell_files | sort -u | xargs -r shellcheck -x -f gcc
	sources -name '*.bats' | xargs -r shellcheck -x --shell=bats --exclude=SC2030,SC2031 -f gcc |
		grep -vE 'stderr(_lines)? is referenced but not assigned'
}

# Macros of libbpf and libxdp that are statements, which cppcheck does not know without their headers
# (with them it is slow and warns about theirs). The one suppression: the embedded BPF object is all
# that lies between two symbols of object.S, which are one object, and which C sees as two.
rule_cppcheck() {
	cppcheck -q -j2 --std=c11 --enable=warning,portability --inline-suppr --template='{file}:{line}: {id}: {message}' \
		-Ibpf -Iloader -Iuserspace -Iuserspace/policy -D__x86_64__ -D'SEC(name)=' \
		-D'LIBBPF_OPTS(type,name,...)=struct type name = { __VA_ARGS__ }' \
		-D'DECLARE_LIBBPF_OPTS(type,name,...)=struct type name = { __VA_ARGS__ }' \
		-D'DECLARE_LIBXDP_OPTS(type,name,...)=struct type name = { __VA_ARGS__ }' \
		--suppress=comparePointers:loader/pins.c bpf loader userspace tests 2>&1
}

# ---- running them ----

passed=0 failed=0 skipped=0

check() { # RULE
	local found where
	case $1 in
	clang-format | shellcheck | cppcheck)
		if ! command -v "$1" >/dev/null; then
			skipped=$((skipped + 1))
			echo "ok $1 # skip: $1 is not installed"
			return
		fi
		;;
	esac
	found=$("rule_$1")
	if [ -z "$found" ]; then
		passed=$((passed + 1))
		echo "ok $1"
		return
	fi
	failed=$((failed + 1))
	while IFS= read -r where; do
		echo "not ok $1: $where"
	done <<<"$found"
	echo "  $1: ${why[$1]}"
}

# ---- the rules' own test ----

# Violations, one a line: RULE|FILE|a sed script for it (the file is made if there is none).
plants() {
	cat <<-'EOT'
		actions|bpf/judge.h|$a /* never XDP_DROP */
		actions|loader/planted.c|1i int planted = XDP_PASS;
		actions|bpf/planted.h|1i return TC_ACT_SHOT;
		actions|userspace/planted.c|1i return XDP_ABORTED;
		floors|userspace/planted.c|1i #include <bpf/bpf.h>
		floors|userspace/policy/planted.c|1i # include "xdp/libxdp.h"
		one-home|loader/planted.c|1i /* keep this in mind; Keep\x20in sync with maps.h */
		one-home|bpf/ntpguard.h|$a /* must\x20match the loader */
		one-home|tests/planted.sh|1i # the same\x20as in lib.bash
		pure-policy|userspace/policy/line.c|$a void planted(void) { exit(1); }
		pure-policy|userspace/policy/line.c|$a void planted(void) { getaddrinfo("x", 0, 0, 0); }
		pure-policy|userspace/policy/line.c|$a int planted(void) { return socket(2, 1, 0); }
		pure-policy|userspace/policy/line.c|$a FILE *planted(void) { return fopen("x", "r"); }
		pure-policy|userspace/policy/line.c|$a void planted(void) { fputs("x", stderr); }
		pure-policy|userspace/policy/line.c|$a void planted(void) { printf("x"); }
		pure-policy|userspace/policy/line.c|1i #include "loader.h"
		spdx|userspace/planted.c|1i int planted;
		spdx|bpf/verdicts.def|1d
		spdx|tests/planted.sh|1i #!/bin/sh
		spdx|tests/planted.py|1i print("x")
		spdx|tests/planted.bats|1i @test "x" { true; }
		spdx|loader/object.S|/SPDX/d
		spdx|bpf/judge.h|s/GPL-2.0-only/GPL-2.0-or-later/
		function-length|loader/log.c|/^{/{:a;s/$/\n\t;/;/\(\n\t;\)\{60\}/!ba}
		top-level|CHANGES|1i Nothing
		top-level|docs/planted|1i Nothing
		verdicts|bpf/verdicts.def|s/VERDICT(3,/VERDICT(4,/
		verdicts|bpf/verdicts.def|/VERDICT(5,/,+1d
		verdicts|bpf/verdicts.def|s/"mode6"/"mode7"/
		verdicts|bpf/verdicts.def|s/, MODE6,/, MODE7,/
		clang-format|userspace/table.c|s/^\t/        /
		clang-format|bpf/judge.h|s/ == /==/
		shellcheck|tests/planted.sh|1i #!/bin/sh\nrm $1/*
		shellcheck|tests/planted.bats|1i #!/usr/bin/env bats\n@test "x" { run $foo; cd x; }
		shellcheck|.ci/run|$a echo $1
		cppcheck|userspace/planted.c|1i int planted(void) { int a[2]; a[2] = 0; return a[0]; }
		cppcheck|loader/attach.c|$a int planted(void) { char *p = 0; return *p; }
	EOT
}

# Plants one violation in the copy and wants the rule to name that file, whatever else it finds.
try_plant() { # COPY RULE FILE SCRIPT
	local file=$1/$3 named=$3 output
	[ "$2" != top-level ] || named=${3%%/*}
	mkdir -p "${file%/*}"
	[ -e "$file" ] && cp "$file" "$1/.saved"
	[ -e "$file" ] || echo >"$file"
	sed -i "$4" "$file"
	output=$("$1/tests/lint.sh" "$2")
	if grep -q "^not ok $2: $named:" <<<"$output" && grep -q "^  $2: ." <<<"$output"; then
		passed=$((passed + 1))
		echo "ok $2 trips over $3: $4"
	else
		failed=$((failed + 1))
		echo "not ok $2 does not see $3: $4"
	fi
	rm "$file"
	[ -e "$1/.saved" ] && mv "$1/.saved" "$file"
	rmdir -p --ignore-fail-on-non-empty "${file%/*}"
}

self_test() {
	local copy rule file script
	copy=$(mktemp -d)
	tar -c --exclude=./build --exclude=./.git . | tar -x -C "$copy"
	for rule in "${rules[@]}"; do
		plants | grep -q "^$rule|" || { failed=$((failed + 1)) && echo "not ok $rule has no violation to try"; }
	done
	while IFS='|' read -r rule file script; do
		try_plant "$copy" "$rule" "$file" "$script"
	done < <(plants)
	rm -rf "$copy"
}

if [ "${1-}" = --self-test ]; then
	self_test
	echo "lint-self-test: $passed passed, $failed failed, $skipped skipped"
else
	[ $# -gt 0 ] || set -- "${rules[@]}"
	for rule; do
		[ -n "${why[$rule]-}" ] || { echo "no rule is called $rule" >&2 && exit 2; }
		check "$rule"
	done
	echo "lint: $passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" -eq 0 ]
