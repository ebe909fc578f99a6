#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What ntpguard does, told with the numbers of this very run. All of it happens in network namespaces that
# are gone afterwards; nothing is sent beyond them. Ends with 0 only if every sentence was true.
set -u
# shellcheck source=tests/net/lib.bash
. "${BASH_SOURCE[0]%/*}/../net/lib.bash"

OWNER=$CLIENT_V4
OLD=192.0.2.3 # on the VPS's one interface, beside its chronyd: an ntpd that nobody updated since 2010
BURSTS=6 BURST=10000
FORGED=$((BURSTS * BURST))
QUERIES=300 # the owner's, meanwhile

say() { # FORMAT ARGUMENT...
	# shellcheck disable=SC2059 # the format is ours
	printf "$@"
}

# A sentence of the story is only told if it is true.
insist() { # WHAT COMMAND...
	"${@:2}" && return
	echo "This is not so: $1" >&2
	exit 1
}

show() { # COMMAND_LINE_OF_NTPGUARD
	say '\n  # ntpguard %s\n' "$*"
	guard "$@" 2>&1 | sed 's/^/  /'
	return "${PIPESTATUS[0]}"
}

# What ntpguard asks for the state of this host's clock: the VPS's own chronyd.
show_the_clock() {
	mkdir "$DIR/bin"
	printf '#!/bin/sh\nexec %s -h %s "$@"\n' "$(command -v chronyc)" "$DIR/vps/chronyd.sock" >"$DIR/bin/chronyc"
	chmod +x "$DIR/bin/chronyc"
	PATH=$DIR/bin:$PATH
}

# UDP payload that leaves port 123 of the VPS, to whomever, up to now.
bytes_sent() {
	packets udp_payload "$DIR/answers.pcap"
}

set_the_stage() {
	begin || exit 1
	address SERVER wan "$OLD/24"
	daemon_at ROUTER answers tcpdump -Z root -i server -Q in -U --immediate-mode -s 64 -B 16384 -w "$DIR/answers.pcap" \
		udp src port 123
	eventually grep -qs 'listening on' "$DIR/answers.log"
	start_chronyd ROUTER upstream <<-END
		local stratum 1
		allow
	END
	start_chronyd SERVER vps <<-END
		server 192.0.2.1 iburst minpoll -2 maxpoll 0
		bindaddress $SERVER_V4
		allow
	END
	daemon_at SERVER old /usr/bin/python3 "$ROOT/tests/net/packets.py" respond "::ffff:$OLD"
	insist "the VPS has its time from its server" eventually synchronised vps
	show_the_clock
	start_client CLIENT owner "$SERVER_V4"
	insist "the owner's client has its time from the VPS" eventually synchronised owner
	stop owner
	insist "the old daemon runs" eventually answers ROUTER "$OLD"
}

# What an attacker gets for a query, told as a line; sets ANSWERED.
probe() { # NAME ADDRESS QUERY
	local asked
	asked=$(packets size "$3")
	ANSWERED=$(ask ATTACKER "$2" "$3" --wait 0.5)
	[ "$ANSWERED" = silence ] && ANSWERED=0
	say '  %-34s %3d bytes asked, %6d answered\n' "$1" "$asked" "$ANSWERED"
}

owner_asks() { # COUNT; prints how many were answered
	local queries=() i
	for ((i = 0; i < $1; i++)); do
		queries+=(client)
	done
	ask CLIENT "$SERVER_V4" "${queries[@]}" --wait 1 --pause 0.004 | grep -cx 48
}

before() {
	local sent
	say '\n1. Without ntpguard\n\n'
	say 'A VPS runs chrony, and on the same interface an ntpd of 2010 that somebody forgot.\nAn attacker asks:\n\n'
	probe "monlist, of the old daemon" "$OLD" monlist_8
	insist "monlist amplifies" [ "$ANSWERED" -gt 1000 ]
	probe "READVAR, of the old daemon" "$OLD" readvar
	insist "READVAR amplifies" [ "$ANSWERED" -gt 100 ]
	probe "the time, of chrony" "$SERVER_V4" client
	insist "chrony answers everybody" [ "$ANSWERED" -eq 48 ]
	sent=$(bytes_sent)
	forge 100 "$OLD" monlist_8 >/dev/null
	sleep 0.5 # the last of 10,000 datagrams are on their way
	sent=$(($(bytes_sent) - sent))
	say '\nThen it asks monlist 100 times, in the names of 100 others:\n800 bytes came in, %d bytes went out, to people who never asked.\n' "$sent"
	insist "the VPS is a reflector" [ "$sent" -gt 1000000 ]
}

load() {
	say '\n2. One command\n\nchrony.conf allows this host and its owner, %s; ntpguard reads that.\n' "$OWNER"
	printf 'allow 127.0.0.1\nallow ::1\nallow %s\n' "$OWNER" | chrony_conf
	insist "ntpguard loads" show load wan
	mark
}

after() {
	local answered
	say '\n3. The same questions\n\n'
	probe "monlist, of the old daemon" "$OLD" monlist_8
	insist "monlist is silent" [ "$ANSWERED" -eq 0 ]
	probe "READVAR, of the old daemon" "$OLD" readvar
	insist "READVAR is silent" [ "$ANSWERED" -eq 0 ]
	probe "the time, of chrony" "$SERVER_V4" client
	insist "a stranger gets no time" [ "$ANSWERED" -eq 0 ]
	answered=$(owner_asks 10)
	say '  %-34s %3d times asked, %6d answered\n' "the time, asked by the owner" 10 "$answered"
	insist "the owner is answered" [ "$answered" -eq 10 ]
}

# The owner asks while the flood is on, the operator looks, and what leaves the VPS then is for the owner.
flood() {
	local sent dropped answered start lost i looks
	say '\n4. A flood\n\n'
	sent=$(bytes_sent)
	dropped=$(drops) lost=$(lost) start=$(date +%s%N)
	owner_asks $QUERIES >"$DIR/answered" &
	looks=($!)
	guard >"$DIR/overview" 2>&1 &
	looks+=($!)
	guard monitor -n 4 >"$DIR/monitor" 2>&1 &
	looks+=($!)
	for ((i = 0; i < BURSTS; i++)); do
		forge $BURST "$OLD" monlist_8 readvar client >/dev/null
	done
	TOOK=$((($(date +%s%N) - start) / 1000000))
	wait "${looks[@]}"
	answered=$(cat "$DIR/answered")
	insist "the counters hold every packet of the wire" conservation
	dropped=$(($(drops) - dropped))
	sent=$(($(bytes_sent) - sent - 48 * answered))
	tell_flood "$dropped" "$sent" "$answered"
	insist "all of the flood was dropped" [ "$dropped" -eq $((FORGED + lost - $(lost))) ]
	insist "nobody was hit" [ "$sent" -eq 0 ]
	# on a busy machine the router's own queues may lose some
	insist "the owner was served" [ "$answered" -ge $((QUERIES * 95 / 100)) ]
	insist "the VPS kept its own time" keeps_time vps
	say '  the VPS itself                     still synchronised to its own server\n'
}

tell_flood() { # DROPPED SENT ANSWERED
	say '%d packets of monlist, READVAR and client queries, in forged names, in %d ms:\n\n' $FORGED "$TOOK"
	say '  dropped at the interface           %6d\n' "$1"
	say '  bytes sent to forged addresses     %6d\n' "$2"
	say '  the owner asked meanwhile          %6d times, and was answered %d times\n' $QUERIES "$3"
}

meanwhile() {
	say '\n5. What the operator saw meanwhile\n\n  # ntpguard\n'
	sed 's/^/  /' "$DIR/overview"
	insist "the overview says yes" grep -q '^Protected: *yes' "$DIR/overview"
	say '\n  # ntpguard monitor -n 4\n'
	sed 's/^/  /' "$DIR/monitor"
	insist "monitor tells of the flood" grep -q 'drop ' "$DIR/monitor"
}

drops() {
	guard counters --json | jq '[.interfaces[].counters[] | select(.verdict == "drop") | .packets] | add'
}

end() {
	say '\n6. What ntpguard counted\n'
	insist "the counters can be read" show counters
	insist "unload leaves nothing" unload_guard
	insist "the old daemon is reachable again" answers ATTACKER "$OLD"
	say '\nUnloaded: the VPS is as it was. All of this took %d s.\n' "$SECONDS"
}

[ "$(id -u)" -eq 0 ] || { echo "the demo makes network namespaces: run it as root" >&2 && exit 4; }
trap finish EXIT
trap 'exit 130' INT TERM HUP
say 'ntpguard: a demonstration\n'
set_the_stage
before
load
after
flood
meanwhile
end
