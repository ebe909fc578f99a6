#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What the command says when something is wrong: a transcript of every error that can be brought about, beside the one
# that is kept (errors.txt; as root also errors-root.txt, in namespaces that vanish with it). --write keeps a new one.
# Each command runs again with --json: then its error must be one JSON object that says the same, by its code.
# shellcheck disable=SC2016,SC2317 # command lines are evaluated later, and so their functions are called
set -u
cd "$(dirname "$0")" || exit 2
ROOT=$(cd ../.. && pwd)
NTPGUARD=${NTPGUARD:-$ROOT/build/ntpguard}
export LC_ALL=C.UTF-8 TZ=UTC0
unset NTPGUARD_BPFFS NTPGUARD_STATE NO_COLOR
passed=0 failed=0 skipped=0

# What differs from run to run, and from build to build.
normalise() {
	sed -E "s|$TMP|TMP|g; s/(ntpguard|this is) [0-9]+\.[0-9]+\.[0-9]+/\1 VERSION/g; s/\(ABI [0-9]+\)/(ABI N)/g; s/\(id [0-9]+\)/(id N)/g
		s/(for|in) [0-9]+ s( more)?\b/\1 N s\2/; s/build [0-9a-f]{8}/build HASH/g"
}

run() { # COMMAND_LINE; `ntpguard` in it is the one that is tested
	(
		cd "$TMP" || exit 99
		ntpguard() { "$NTPGUARD" "$@"; }
		as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$TMP/ntpguard" "$@"; }
		eval "$1"
	) </dev/null
}

# The error's code, if all that --json must say is there.
code() { # COMMAND_LINE FIRST_LINE_OF_ITS_TALK
	local line="$1 "
	line=${line/ntpguard /ntpguard --json }
	run "${line/as_nobody /as_nobody --json }" 2>/dev/null >"$TMP/json"
	jq -er --arg line "$2" 'select(.error) | if .schema == 1 and ("ntpguard: " + .error.message) == $line and
		(.error.hint | type) == "string" then .error.code else "wrong: \(.)" end' "$TMP/json" 2>/dev/null ||
		printf none
}

# A command, what it says, its exit code, and its error's code in JSON.
say() { # COMMAND_LINE
	local status
	printf '$ %s\n' "$1"
	run "$1" >"$TMP/out" 2>"$TMP/err"
	status=$?
	sed 's/^/  /' "$TMP/out" "$TMP/err"
	printf 'exit %d, json %s\n\n' "$status" "$(code "$1" "$(grep -m 1 '^ntpguard: ' "$TMP/err")")"
}

# Each line of what follows it.
say_all() { # <COMMAND_LINES
	local line
	while IFS= read -r line; do
		[ -z "$line" ] || say "$line"
	done
}

without_root() {
	printf 'default drp\nallow 192.0.2.0/33\nfrobnicate\n' >"$TMP/bad.policy"
	printf 'default drop\n' >"$TMP/good.policy"
	printf 'server ntp.nict.jp iburst # x\n' >"$TMP/bad.conf"
	printf 'no capture\n' >"$TMP/no.pcap"
	say_all <<-'END'
		ntpguard frobnicate
		ntpguard lod
		ntpguard --frobnicate
		ntpguard status --policy vps
		ntpguard load --policy
		ntpguard status x
		ntpguard help x
		ntpguard help status x
		ntpguard version x
		ntpguard completion
		ntpguard completion fish
		ntpguard load
		ntpguard load x --mode fast
		ntpguard load x --memory 1
		ntpguard load x --memory 12Q
		ntpguard load x --confirm soon
		ntpguard unload
		ntpguard unload x --all
		ntpguard check bad.policy
		ntpguard check missing.policy
		ntpguard check /
		ntpguard check a b
		ntpguard check pubic-server
		ntpguard apply a b
		ntpguard apply --confirm x
		ntpguard confirm x
		ntpguard rollback x
		ntpguard save x
		ntpguard save-state a b
		ntpguard allow
		ntpguard allow ad 192.0.2.1
		ntpguard allow add
		ntpguard allow add 192.0.2.256
		ntpguard allow add 192.0.2.1 --for 1year
		ntpguard allow add 192.0.2.1 --for 1h --save
		ntpguard allow list x
		ntpguard allow flush x
		ntpguard allow import
		ntpguard deny import missing.txt
		ntpguard control test ntp.nict.jp
		ntpguard counters x
		ntpguard counters --prometheus --json
		ntpguard counters --watch 0
		ntpguard counters --watch x
		ntpguard counters --watch 1 2
		ntpguard counters --watch --prometheus
		ntpguard top x
		ntpguard top -n 0
		ntpguard top -n many
		ntpguard top --sort adress
		ntpguard monitor x
		ntpguard monitor -n 0
		ntpguard monitor --reason mode8
		ntpguard monitor --reason xyz
		ntpguard monitor --reason ,
		ntpguard monitor --from 192.0.2.1/24
		ntpguard monitor --from 192.0.2.0/33
		ntpguard capture
		ntpguard capture x -w y
		ntpguard test
		ntpguard test 192.0.2.0/24 --policy good.policy
		ntpguard test 192.0.2.1 --mode 9 --policy good.policy
		ntpguard test 192.0.2.1 --length 70000 --policy good.policy
		ntpguard test 192.0.2.1 --policy missing.policy
		ntpguard test 192.0.2.1 --policy good.policy
		ntpguard replay
		ntpguard replay a b
		ntpguard replay missing.pcap
		ntpguard replay no.pcap
		ntpguard replay no.pcap --local 192.0.2.0/24
		ntpguard replay no.pcap --local here
		ntpguard chrony
		ntpguard chrony lnt
		ntpguard chrony lint a b
		ntpguard chrony lint missing.conf
		ntpguard chrony lint bad.conf
		ntpguard chrony lint --fix - <bad.conf
		ntpguard chrony import --fix
		ntpguard chrony import missing.conf
		ntpguard doctor nowhere0
		ntpguard evidence x
		ntpguard evidence --lang fr
		ntpguard evidence -o ''
		ntpguard help >/dev/full
	END
}

# In a network and a mount namespace of its own, with an empty /etc.
with_root() {
	mount -t tmpfs none /etc && mkdir /etc/ntpguard /etc/chrony || return
	export NTPGUARD_BPFFS=$TMP/bpffs NTPGUARD_STATE=$TMP/state
	chmod 755 "$TMP"
	install -m 755 "$NTPGUARD" "$TMP/ntpguard"
	ip link add t0 type veth peer name t1
	ip link set t0 up
	ip tuntap add tun0 mode tun
	printf 'default drop\n' >"$TMP/good.policy"
	printf 'default drop\nalow 192.0.2.1\n' >"$TMP/bad.policy"
	printf '192.0.2.1\n192.0.2.x\n' >"$TMP/bad.txt"
	printf 'damaged' >"$TMP/damaged.state"
	printf '\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\1\0\0\0' >"$TMP/empty.pcap"
	mkdir "$TMP/small" && mount -t tmpfs -o size=4k none "$TMP/small" && head -c 4096 /dev/zero >"$TMP/small/full"
	say_all <<-'END'
		ntpguard
		ntpguard status
		ntpguard counters
		ntpguard counters --watch
		ntpguard top --once
		ntpguard monitor
		ntpguard capture -w new.pcap
		ntpguard unload t0
		ntpguard apply good.policy
		ntpguard confirm
		ntpguard rollback
		ntpguard save
		ntpguard save-state
		ntpguard allow add 192.0.2.1
		ntpguard allow list
		ntpguard evidence
		ntpguard test 192.0.2.1
		ntpguard load nowhere0
		ntpguard load tun0
		ntpguard load t0 --policy missing.policy
		ntpguard load t0 --policy bad.policy
		ntpguard load t0 --policy good.policy --state damaged.state
		ntpguard load t0 --policy good.policy --state /
		as_nobody load t0 --policy good.policy
		as_nobody replay empty.pcap
	END
	run 'ntpguard load -q t0 --policy good.policy'
	say_all <<-'END'
		as_nobody status
		as_nobody allow add 192.0.2.1
		ntpguard load t0 nowhere0
		ntpguard load t0 --memory 64K
		ntpguard unload nowhere0
		ntpguard apply bad.policy
		ntpguard apply missing.policy
		ntpguard rollback
		ntpguard allow import bad.txt
		ntpguard allow import /
		ntpguard allow test 192.0.2.1
		ntpguard test 192.0.2.1
		ntpguard save-state small/state
		ntpguard save-state good.policy/state
		ntpguard capture -w good.policy
		ntpguard capture -w nowhere/new.pcap
		ntpguard evidence -o good.policy
		ntpguard evidence -o small/report
	END
	run 'ntpguard apply -q --confirm 10 client-only'
	say_all <<-'END'
		ntpguard allow add 192.0.2.1
		ntpguard apply vps
	END
	run 'ntpguard rollback -q'
	run '/usr/bin/python3 $ROOT/tests/net/stamp.py bpffs/ntpguard/interfaces 99 >abi'
	say_all <<-'END'
		ntpguard status
		ntpguard load t0
	END
	run '/usr/bin/python3 $ROOT/tests/net/stamp.py bpffs/ntpguard/interfaces $(cat abi) >/dev/null; ntpguard unload -q --all'
}

compare() { # KEPT TRANSCRIPT
	local blocks
	blocks=$(grep -c '^exit ' "$2")
	[ "$WRITE" != --write ] || cp "$2" "$1"
	if diff -u "$1" "$2"; then
		passed=$((passed + blocks))
	else
		failed=$((failed + 1))
	fi
	if grep -n 'json wrong' "$2"; then
		failed=$((failed + 1))
	fi
}

if [ "${1:-}" = --in-namespaces ]; then
	TMP=$2
	with_root
	exit
fi
WRITE=${1:-}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
without_root >"$TMP/transcript"
normalise <"$TMP/transcript" >"$TMP/normal"
compare errors.txt "$TMP/normal"
if [ "$(id -u)" -eq 0 ]; then
	unshare --net --mount --propagation private "$ROOT/tests/golden/errors.sh" --in-namespaces "$TMP" >"$TMP/transcript"
	normalise <"$TMP/transcript" >"$TMP/normal"
	compare errors-root.txt "$TMP/normal"
else
	skipped=1
	echo "the errors of a loaded guard are skipped: they need root"
fi
echo "errors: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
