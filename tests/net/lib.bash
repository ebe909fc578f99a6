# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the net tests and the demo share: a small internet of network namespaces, time daemons in it,
# and ntpguard on SERVER's one interface.
#
#   CLIENT   198.51.100.7, 2001:db8:51::7    ──┐
#                                              ├── ROUTER ──── wan, SERVER  192.0.2.2, 2001:db8:2::2
#   ATTACKER 203.0.113.66, 2001:db8:113::66  ──┘
#
# The kernel that this must run on has no bridge, so a router brings both to the one interface.
# Everything lives in namespaces and under $DIR; every process dies with the shell that started it.

ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
DAEMONS=$ROOT/build/daemons
NTPGUARD=${NTPGUARD:-$ROOT/build/ntpguard}

SERVER_V4=192.0.2.2 SERVER_V6=2001:db8:2::2
CLIENT_V4=198.51.100.7 CLIENT_V6=2001:db8:51::7
ATTACKER_V4=203.0.113.66 ATTACKER_V6=2001:db8:113::66
export SERVER_V4 SERVER_V6 CLIENT_V4 CLIENT_V6 ATTACKER_V4 ATTACKER_V6

export PATH=$DAEMONS/usr/sbin:$DAEMONS/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PYTHONPATH=$DAEMONS/usr/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1
LD_LIBRARY_PATH=$(echo "$DAEMONS"/usr/lib/*-linux-gnu*):$(echo "$DAEMONS"/lib/*-linux-gnu*)
export LD_LIBRARY_PATH

# ---- namespaces ----

# Runs a command in a namespace of this run.
at() { # NAMESPACE COMMAND...
	nsenter --net="/run/netns/$RUN-$1" -- "${@:2}"
}

# The same, in the background, until the shell that called it ends: a test's daemons end with the test.
daemon_at() { # NAMESPACE LOG COMMAND...
	nsenter --net="/run/netns/$RUN-$1" -- setpriv --pdeathsig KILL "${@:3}" >"$DIR/$2.log" 2>&1 3>&- &
	echo $! >"$DIR/$2.pid"
}

# A process that a test started is dead by now, and its number may be another's.
is_ours() { # PID
	tr '\0' '\n' 2>/dev/null <"/proc/$1/environ" | grep -qx "DIR=$DIR"
}

stop() { # LOG
	local pid
	pid=$(cat "$DIR/$1.pid" 2>/dev/null) || return 0
	rm "$DIR/$1.pid"
	is_ours "$pid" || return 0
	kill "$pid"
	eventually gone "$pid"
}

gone() { # PID
	! is_ours "$1"
}

# Tries a command for up to $PATIENCE seconds until it succeeds.
eventually() { # COMMAND...
	local end=$((SECONDS + ${PATIENCE:-20}))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# A veth pair from one namespace to another; its ends are named for where they lead or what they are.
link() { # NAMESPACE INTERFACE NAMESPACE INTERFACE
	ip link add "$2" netns "$RUN-$1" type veth peer name "$4" netns "$RUN-$3"
	at "$1" ip link set "$2" up
	at "$3" ip link set "$4" up
}

address() { # NAMESPACE INTERFACE ADDRESS/LENGTH...
	local prefix
	for prefix in "${@:3}"; do
		at "$1" ip address add "$prefix" dev "$2"
	done
}

# Without the check for duplicate addresses, during which an address cannot be used for a second or two.
make_namespace() { # NAMESPACE
	ip netns add "$RUN-$1"
	at "$1" sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.dad_transmits=0
	at "$1" ip link set lo up
}

# One end host behind ROUTER.
make_host() { # NAMESPACE INTERFACE ROUTER_INTERFACE IPV4_NET IPV6_NET HOST
	make_namespace "$1"
	link "$1" "$2" ROUTER "$3"
	address "$1" "$2" "$4.$6/24" "$5::$6/64"
	address ROUTER "$3" "$4.1/24" "$5::1/64"
	at "$1" ip route add default via "$4.1"
	at "$1" ip -6 route add default via "$5::1"
}

make_internet() {
	make_namespace ROUTER
	# reverse path filtering would do the attacker's forged addresses the honour of dropping them
	at ROUTER sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0
	make_host SERVER wan server 192.0.2 2001:db8:2 2
	make_host CLIENT wan client 198.51.100 2001:db8:51 7
	make_host ATTACKER wan attacker 203.0.113 2001:db8:113 66
	local host address
	for host in CLIENT ATTACKER; do
		for address in "$SERVER_V4" "$SERVER_V6"; do
			at "$host" ping -q -c 1 -W 5 "$address" >/dev/null
		done
	done
}

# ---- a run ----

# Leftovers of runs that were killed, told by the process id in their names.
sweep() {
	local path name pid
	for path in /run/netns/ng[0-9]*-* /tmp/ng[0-9]*.??????; do
		name=${path##*/ng}
		pid=${name%%[-.]*}
		if [ ! -e "$path" ] || [ -d "/proc/$pid" ]; then continue; fi
		case $path in
		/run/netns/*) ip netns delete "ng$name" ;;
		*) rm -rf "$path" ;;
		esac
	done
}

# ntpguard runs in a mount namespace of its own: the file systems of its pins, and of libxdp's, vanish with
# it, and its /etc is empty, so that neither this host's policy nor its chrony.conf has a say in a test.
make_etc() {
	nsenter --net="/run/netns/$RUN-SERVER" -- unshare --mount --propagation private setpriv --pdeathsig KILL \
		sh -c 'mount -t tmpfs none /etc && mkdir /etc/chrony && mount -t bpf none /sys/fs/bpf && echo ready &&
			exec sleep infinity' \
		>"$DIR/etc.log" 2>&1 3>&- &
	echo $! >"$DIR/etc.pid"
	eventually grep -qs ready "$DIR/etc.log"
}

inside() { # COMMAND...
	nsenter --net="/run/netns/$RUN-SERVER" --mount="/proc/$(cat "$DIR/etc.pid")/ns/mnt" -- "${@}"
}

# Sets RUN and DIR, on which all else stands. Call it where `exit` would end the tests: not in $().
begin() {
	[ -x "$NTPGUARD" ] || { echo "$NTPGUARD is not there: build it with make" >&2 && return 1; }
	"$ROOT/tests/net/daemons.sh"
	export RUN=ng$$
	DIR=$(mktemp -d "/tmp/$RUN.XXXXXX")
	export DIR NTPGUARD_BPFFS=$DIR/bpffs NTPGUARD_STATE=$DIR/state NTPGUARD_HOURS=$DIR/hours
	chmod 755 "$DIR"
	install -m 755 "$NTPGUARD" "$DIR/ntpguard" # for whoever may not enter the tree
	sweep
	make_internet
	make_etc
	count_wire ROUTER server
}

finish() {
	local file name
	[ -n "${DIR:-}" ] || return 0
	for file in "$DIR"/*.pid; do
		[ -e "$file" ] || continue
		name=${file##*/}
		stop "${name%.pid}"
	done
	for name in $(ip netns list | grep -oE "^$RUN-[A-Z0-9]+"); do
		ip netns delete "$name"
	done
	rm -rf "$DIR"
}

# ---- ntpguard ----

guard() { # ARGUMENT...
	inside "$NTPGUARD" "$@"
}

# What ntpguard's mount namespace shows as /etc/chrony/chrony.conf.
chrony_conf() { # <TEXT
	inside tee /etc/chrony/chrony.conf >/dev/null
}

# A policy that imports nothing: each test writes what it is about.
policy() { # NAME <TEXT; prints the file's path
	cat >"$DIR/$1.policy"
	echo "$DIR/$1.policy"
}

# Loads, and from here on `conservation` can be told.
load_guard() { # ARGUMENT...
	guard load "$@" 2>"$DIR/load.log" || { cat "$DIR/load.log" >&2 && return 1; }
	mark
}

# Ends what load_guard began: every NTP packet since then is in the counters, or the test has failed.
unload_guard() {
	local status=0
	[ -e "$DIR/balance" ] || return 0
	conservation || status=1
	rm "$DIR/balance"
	guard unload --all -q || status=1
	return "$status"
}

# Packets of a row, of all families and interfaces unless one is named. They are on their way in unless
# DIRECTION is out.
counter() { # REASON [packets|bytes|would_drop] [FAMILY] [INTERFACE]
	guard counters --json | jq -e --arg reason "$1" --arg field "${2:-packets}" --arg family "${3:-}" \
		--arg name "${4:-}" --arg direction "${DIRECTION:-in}" '[.interfaces[]
			| select($name == "" or .name == $name) | .counters[] | select(.direction == $direction and .reason == $reason and ($family == "" or .family == $family))]
			| if length == 0 then error("no such row") else map(.[$field]) | add end'
}

# Packets that were dropped, both ways and of all reasons.
drops() {
	guard counters --json | jq '[.interfaces[].counters[] | select(.verdict == "drop") | .packets] | add'
}

# Every row that is not zero, one a line: handy in a failed test's output, and to compare whole states.
rows() {
	guard counters --json | jq -r '.interfaces[] | .name as $name | .counters[]
		| select(.packets + .would_drop > 0 and .direction == "in")
		| "\($name) \(.family) \(.verdict) \(.reason) packets=\(.packets) would_drop=\(.would_drop)"'
}

# ---- conservation: what the wire carried is what the rows hold ----

# Counts, apart from ntpguard, the NTP frames that leave an interface towards SERVER.
count_wire() { # NAMESPACE INTERFACE
	capture "$1" "$2" out "wire-$2" udp port 123
}

# What passes an interface that way is in $DIR/NAME.pcap.
capture() { # NAMESPACE INTERFACE in|out NAME FILTER...
	daemon_at "$1" "$4" tcpdump -Z root -i "$2" -Q "$3" -U --immediate-mode -s 64 -B 16384 -w "$DIR/$4.pcap" "${@:5}"
	eventually grep -qs 'listening on' "$DIR/$4.log"
}

packets() { # VERB ARGUMENT...
	/usr/bin/python3 "$ROOT/tests/net/packets.py" "$@"
}

# Frames and bytes on the wire.
wire() {
	packets pcap "$DIR"/wire-*.pcap
}

# Those less the ones in the rows: constant, as long as nothing is lost.
balance() {
	guard counters --json | jq -r --arg wire "$(wire)" '($wire | split(" ") | map(tonumber)) as $seen
		| [.interfaces[].counters[] | select(.direction == "in")]
		| "\($seen[0] - (map(.packets + .would_drop) | add)) \($seen[1] - (map(.bytes) | add))"'
}

# Takes two equal readings: between them nothing was under way.
mark() {
	local last="" now
	while now=$(balance) && [ "$now" != "$last" ]; do
		last=$now
		sleep 0.02
	done
	[ -n "$now" ] && echo "$now" >"$DIR/balance"
}

is_balanced() {
	[ "$(balance)" = "$(cat "$DIR/balance")" ]
}

conservation() {
	PATIENCE=10 eventually is_balanced && return
	echo "the wire's frames and bytes, less ntpguard's, were $(cat "$DIR/balance") and are $(balance)"
	rows
	return 1
}

# ---- time daemons ----

# A chronyd that never touches the clock (-x). Its command socket is its own.
start_chronyd() { # NAMESPACE NAME <CHRONY.CONF
	install -d -m 700 "$DIR/$2"
	{
		cat
		echo "bindcmdaddress $DIR/$2/chronyd.sock"
		echo "pidfile $DIR/$2/chronyd.pid"
		echo "cmdport 0"
	} >"$DIR/$2/chrony.conf"
	daemon_at "$1" "$2" chronyd -x -d -U -u root -f "$DIR/$2/chrony.conf"
	eventually test -S "$DIR/$2/chronyd.sock" || { cat "$DIR/$2.log" && return 1; }
}

ask_chronyd() { # NAME CHRONYC_ARGUMENT...
	chronyc -h "$DIR/$1/chronyd.sock" -n -c "${@:2}" 2>/dev/null
}

# A server that would answer everybody: whoever gets no answer was stopped before it.
start_server() {
	echo "1 SHA1 HEX:0123456789abcdef0123456789abcdef01234567" >"$DIR/keys"
	start_chronyd SERVER server <<-END
		local stratum 3
		allow
		keyfile $DIR/keys
	END
	WAIT=0.2 eventually answers ROUTER "$SERVER_V4"
}

# A client that takes about 3 s to synchronise.
start_client() { # NAMESPACE NAME SERVER_ADDRESS [SOURCE_OPTION...]
	start_chronyd "$1" "$2" <<-END
		server $3 iburst minpoll -2 maxpoll 0 ${*:4}
		keyfile $DIR/keys
		port 0
	END
}

# Leap status normal, and a source selected.
synchronised() { # NAME
	ask_chronyd "$1" tracking | grep -q ',Normal$' && ask_chronyd "$1" sources | grep -q '^.,\*,'
}

# Answers that this client got of its sources, ever.
answers_taken() { # NAME
	ask_chronyd "$1" ntpdata | awk -F, '{ answers += $33 } END { print answers + 0 }'
}

# Synchronised, and its sources go on answering.
keeps_time() { # NAME
	local before
	synchronised "$1" || return 1
	before=$(answers_taken "$1")
	PATIENCE=5 eventually takes_more_answers "$1" $((before + 2))
}

takes_more_answers() { # NAME NUMBER
	[ "$(answers_taken "$1")" -ge "$2" ]
}

# An ntpd with `noquery` taken out of Debian's restrictions: it answers mode 6 to the world. It may not
# set the clock: the capability for that is taken from it too.
start_ntpd() { # NAMESPACE NAME <MORE_CONFIGURATION
	mkdir -p "$DIR/$2"
	{
		echo "disable ntp"
		echo "unrestrict default noquery limited"
		cat
	} >"$DIR/$2/ntp.conf"
	daemon_at "$1" "$2" setpriv --bounding-set=-sys_time --inh-caps=-sys_time \
		ntpd -n -c "$DIR/$2/ntp.conf" -f "$DIR/$2/drift"
	# asked on the loopback interface, which is not guarded
	WAIT=0.2 eventually answers "$1" 127.0.0.1 readvar
}

# ---- questions ----

# A line per query: the bytes of its answers, or "silence".
ask() { # NAMESPACE ARGUMENT_OF_PACKETS...
	at "$1" /usr/bin/python3 "$ROOT/tests/net/packets.py" ask "${@:2}"
}

send_udp() { # NAMESPACE ARGUMENT_OF_PACKETS...
	at "$1" /usr/bin/python3 "$ROOT/tests/net/packets.py" send "${@:2}"
}

answers() { # NAMESPACE ADDRESS [QUERY [ARGUMENT_OF_ASK...]]
	[[ $(ask "$1" "$2" "${3:-client}" --wait "${WAIT:-2}" "${@:4}") =~ ^[0-9] ]]
}

# Queries that ATTACKER sends in the names of COUNT others. They end in this run's namespaces: ROUTER
# knows no way to the forged addresses.
forge() { # COUNT ADDRESS QUERY...
	local mac
	mac=$(at ROUTER ip -j link show attacker | jq -r '.[0].address')
	at ATTACKER /usr/bin/python3 "$ROOT/tests/net/packets.py" flood wan "$mac" "$2" "${@:3}" --count "$1"
}

# Frames that the veth pair to SERVER had no room for: they never came to the interface.
lost() {
	at ROUTER ip -s -j link show server | jq '.[0].stats64.tx.dropped'
}
