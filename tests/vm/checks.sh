#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The checks, inside the VM: eth0 is guarded, eth1 is shared with xdp-filter, and eth2, in a network
# namespace, is everybody else. One virtual cable joins them.

number=0
note=

result() { # ok|"not ok" SENTENCE
	number=$((number + 1))
	echo "$1 $number $2${note:+ ($note)}"
}

# What the command says is shown only where it fails. It may leave a note for the sentence.
check() { # SENTENCE COMMAND...
	local sentence=$1
	shift
	note=
	if "$@" >/tmp/said 2>&1; then
		result ok "$sentence"
	else
		result "not ok" "$sentence"
		tail -n 40 /tmp/said | cut -c 1-300 | sed 's/^/# /'
	fi
}

skip() { # SENTENCE REASON
	note=
	result ok "$1 # skip $2"
}

# ---- what a check may say ----

exits() { # STATUS COMMAND...
	local wanted=$1 status
	shift
	"$@"
	status=$?
	[ "$status" -eq "$wanted" ] || { echo "exit status $status, not $wanted" && return 1; }
}

fails() { # COMMAND...
	! "$@"
}

# For what another CPU, or the kernel's own clean-up, does in its own time.
eventually() { # COMMAND...
	local tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || return 1
		sleep 0.1
	done
}

has() { # TEXT PART...
	local text=$1 part
	shift
	echo "$text"
	for part in "$@"; do
		case $text in *"$part"*) ;; *) echo "lacks $part" && return 1 ;; esac
	done
}

same() { # GOT WANTED
	[ "$1" = "$2" ] || { printf 'got:\n%s\nwanted:\n%s\n' "$1" "$2" && return 1; }
}

seconds() {
	cut -d ' ' -f 1 /proc/uptime
}

timed() { # COMMAND...
	local begin status
	begin=$(seconds)
	"$@"
	status=$?
	note=$(seconds | awk -v begin="$begin" '{ printf "%.1f s", $1 - begin }')
	return $status
}

# ---- what ntpguard says ----

row() { # INTERFACE
	ntpguard status --json | tr '{' '\n' | grep "\"name\":\"$1\",\"ifindex\""
}

row_has() { # INTERFACE TEXT...
	local seen
	seen=$(row "$1")
	shift
	has "$seen" "$@"
}

# Every counter of arrivals that is not zero.
counts() { # INTERFACE
	ntpguard counters --json | tr '{' '\n' | awk -F '"' -v interface="$1" '
		$2 == "name" { ours = $4 == interface }
		ours && $4 == "in" { gsub(/[:,]/, "", $19); if ($19 != 0) print $8, $16, $19 }'
}

counts_are() { # INTERFACE LINES
	same "$(counts "$1")" "$2"
}

# All of ours that another program's loading and unloading could harm.
state() {
	row eth0
	row eth1
	counts eth0
	counts eth1
	ntpguard allow list --json
	find /sys/fs/bpf/ntpguard | sort
}

state_is() { # STATE
	same "$(state)" "$1"
}

# ---- the network ----

client=

at_client() { # COMMAND...
	nsenter -t "$client" -n "$@"
}

at_host() { # COMMAND...
	"$@"
}

# Duplicate address detection would take a second.
up() { # at_host|at_client INTERFACE ADDRESS...
	local at=$1 interface=$2 address
	shift 2
	$at sh -c "echo 0 >/proc/sys/net/ipv6/conf/$interface/accept_dad"
	$at ip link set "$interface" up
	for address in "$@"; do
		$at ip address add "$address" dev "$interface"
	done
}

has_own_network() { # PROCESS
	local its
	its=$(readlink "/proc/$1/ns/net") && [ "$its" != "$(readlink /proc/self/ns/net)" ]
}

# Both server addresses hang on one cable: each interface answers for its own only.
network() {
	ip link set lo up
	echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore
	unshare -n sleep 1000 &
	client=$!
	eventually has_own_network "$client"
	ip link set eth2 netns "$client"
	up at_host eth0 192.0.2.1/24 2001:db8::1/64
	up at_host eth1 198.51.100.1/24
	up at_client eth2 192.0.2.7/24 192.0.2.66/24 198.51.100.7/24 2001:db8::7/64
}

request() { # SOURCE DESTINATION
	at_client send "$1" "$2" 123 48 23
}

monlist() { # SOURCE DESTINATION
	at_client send "$1" "$2" 123 8 1700032a
}

# Datagrams that came to a port where nobody listens, which is what the NTP port is here.
arrived() {
	awk '$1 == "Udp:" && $3 ~ /^[0-9]+$/ { print $3 }' /proc/net/snmp
}

arrived_is() { # COUNT
	same "$(arrived)" "$1"
}

# ---- the checks ----

check_kernel() {
	check "Linux $(uname -r) has eth0, eth1 and eth2" test -e /sys/class/net/eth0 -a -e /sys/class/net/eth1 -a \
		-e /sys/class/net/eth2
}

verifier() { # OBJECT
	note=$(plain load "$1" 2>/tmp/libbpf) || { echo "$note" && tail -n 5 /tmp/libbpf && note= && return 1; }
}

# As many instructions as were noted for this kernel, or a tenth more at most; a kernel without a note has none to hold.
within() { # PROGRAM INSTRUCTIONS
	awk -v release="$(uname -r)" -v program="$1" -v count="$2" '
		index(release, $1) == 1 && $2 == program && count + 0 > $3 * 1.1 {
			print count " instructions, where there were " $3; over = 1
		}
		END { exit over }' /instructions.txt
}

held_verifier() { # OBJECT
	local name=${1##*/}
	verifier "$1" && within "${name%.bpf.o}" "${note%% *}"
}

check_verifier() {
	local object
	for object in /objects/*.bpf.o; do
		check "the verifier takes ${object##*/} as a plain program, in no more steps than before" held_verifier "$object"
	done
}

# The verifier judges a replacement of a dispatcher's slot by rules of its own.
dispatched() { # INTERFACE
	note="$(plain programs | awk '$1 == "ntpguard" { print $2 }') instructions processed"
	row_has "$1" '"mode":"native"' '"dispatcher":true' && within dispatched "${note%% *}"
}

check_load() {
	local before
	printf 'default drop\nallow 192.0.2.7\nallow 2001:db8::7\n' >/tmp/vm.policy
	check "load eth0" timed ntpguard load eth0 --policy /tmp/vm.policy
	check "status: native mode, through the dispatcher" dispatched eth0
	before=$(state)
	check "load again says unchanged" has "$(ntpguard load eth0 2>&1)" unchanged
	check "load again changes nothing" state_is "$before"
	check "counters --json prints zeros" has "$(ntpguard counters --json)" '"schema":1' '"reason":"mode7","packets":0,'
}

check_packets() {
	local before
	before=$(arrived)
	monlist 192.0.2.66 192.0.2.1
	request 192.0.2.7 192.0.2.1
	request 192.0.2.66 192.0.2.1
	request 2001:db8::7 2001:db8::1
	check "a monlist, a listed and an unlisted request over IPv4, a listed one over IPv6: those counters move" \
		eventually counts_are eth0 "ipv4 mode7 1
ipv4 request_allowed 1
ipv4 not_allowed 1
ipv6 request_allowed 1"
	check "of the three over IPv4 only the listed request reaches the host" eventually arrived_is $((before + 1))
}

has_clsact() { # INTERFACE
	tc qdisc show dev "$1" | grep clsact
}

query_is_counted() {
	ntpguard counters --json | tr '{' '\n' | grep '"reason":"query_sent","packets":1,'
}

# By tcx on Linux 6.6 and later, else in a clsact qdisc.
check_egress() {
	check "status: the way out is guarded, too" row_has eth0 '"egress":true'
	send 192.0.2.1 192.0.2.7 123 48 23
	check "a query of the host's own is counted as it leaves" eventually query_is_counted
	plain clsact eth1
	check "load eth1, which has a clsact qdisc" ntpguard load eth1
	check "unload eth1, which had one" ntpguard unload eth1
	check "a clsact qdisc that was there before is left there" has_clsact eth1
	check "that qdisc can be removed" plain no-clsact eth1
	check "load eth1, which has none" ntpguard load eth1
	check "unload eth1, which had none" ntpguard unload eth1
	check "no clsact qdisc of ours stays behind" fails has_clsact eth1
}

check_edits() {
	check "allow add" ntpguard allow add 192.0.2.66 198.51.100.7 --comment 'the other client'
	check "allow add of what is there is no error" ntpguard allow add 192.0.2.66
	check "allow list shows the address and its comment" has "$(ntpguard allow list)" 192.0.2.66 'the other client'
	check "allow test finds the address" ntpguard allow test 192.0.2.66
	request 192.0.2.66 192.0.2.1
	check "the next request from there passes" eventually has_count eth0 "ipv4 request_allowed 2"
	check "allow del" ntpguard allow del 192.0.2.66
	check "allow test finds it no more" exits 1 ntpguard allow test 192.0.2.66
}

has_count() { # INTERFACE LINE
	counts "$1" | grep -x "$2"
}

programs_on_eth1() {
	xdp-loader status eth1 | grep -oE ' (ntpguard|xdpfilt_[a-z_]*) ' | sort | tr -d ' \n'
}

programs_are() { # NAMES
	same "$(programs_on_eth1)" "$1"
}

check_beside() {
	local before
	check "load eth1, alone" ntpguard load eth1
	before=$(state)
	check "xdp-filter loads beside ntpguard" xdp-filter load eth1
	check "ntpguard and xdp-filter share eth1" programs_are ntpguardxdpfilt_alw_all
	check "the dispatcher that xdp-filter built left program, counters, lists and pins as they were" state_is "$before"
	monlist 198.51.100.7 198.51.100.1
	check "a monlist is dropped beside xdp-filter" eventually counts_are eth1 "ipv4 mode7 1"
	before=$(state)
	check "xdp-filter unloads from beside ntpguard" xdp-filter unload eth1
	check "ntpguard stays on eth1" programs_are ntpguard
	check "the dispatcher that xdp-filter left behind changed nothing of ours" state_is "$before"
	request 198.51.100.7 198.51.100.1
	check "a listed request passes when xdp-filter is gone" eventually has_count eth1 "ipv4 request_allowed 1"
	check "unload eth1, alone" ntpguard unload eth1
}

check_beside_second() {
	check "xdp-filter loads on eth1, alone" xdp-filter load eth1
	check "load eth1, beside xdp-filter" ntpguard load eth1
	check "xdp-filter and ntpguard share eth1, whoever came first" programs_are ntpguardxdpfilt_alw_all
	monlist 198.51.100.7 198.51.100.1
	check "a monlist is dropped, whoever came first" eventually counts_are eth1 "ipv4 mode7 1"
	check "unload eth1, beside xdp-filter" ntpguard unload eth1
	check "xdp-filter stays on eth1" programs_are xdpfilt_alw_all
	check "xdp-filter unloads, alone" xdp-filter unload eth1
}

fire() {
	while [ -e /tmp/fire ]; do
		monlist 198.51.100.7 198.51.100.1
	done
}

# Each of what the fire sent is dropped: none reaches the host. For a moment both programs are there, and some are
# counted by both.
upgrade_under_fire() {
	local before pid status=0
	before=$(arrived)
	touch /tmp/fire
	fire &
	pid=$!
	eventually has_count_over eth1 "ipv4 mode7" 20
	ntpguard-other load eth1 && ntpguard load eth1 || status=1
	rm /tmp/fire
	wait $pid
	note="$(counts eth1 | tr '\n' ' ')"
	arrived_is "$before" && return $status
}

has_count_over() { # INTERFACE ROW NUMBER
	counts "$1" | awk -v row="$2" -v number="$3" '$1 " " $2 == row && $3 > number { found = 1 } END { exit !found }'
}

filters_on() { # INTERFACE
	tc filter show dev "$1" egress | grep -c ntpguard
}

check_upgrade() {
	check "xdp-filter loads on eth1, to stay" xdp-filter load eth1
	check "load eth1, to be upgraded" ntpguard load eth1
	request 198.51.100.7 198.51.100.1
	check "a listed request is counted before the upgrade" eventually has_count eth1 "ipv4 request_allowed 1"
	check "another build's load replaces our program inside the dispatcher, and back, and no packet gets by" upgrade_under_fire
	check "one ntpguard and xdp-filter share eth1 after the upgrades" programs_are ntpguardxdpfilt_alw_all
	check "counters went on over the upgrades" has_count eth1 "ipv4 request_allowed 1"
	check "the upgrades left one program on the way out" has_one_egress eth1
	check "xdp-filter unloads after the upgrades" xdp-filter unload eth1
	check "unload eth1 after the upgrades" ntpguard unload eth1
}

# clsact's filters, or tcx's programs, of which this tc knows nothing.
has_one_egress() { # INTERFACE
	row_has "$1" '"egress":true' && [ "$(filters_on "$1")" -le 1 ]
}

is_linux() { # MAJOR MINOR: this or later
	uname -r | awk -F . -v major="$1" -v minor="$2" '{ exit !($1 > major || ($1 == major && $2 >= minor)) }'
}

# virtio_net takes a program at this MTU only if the program takes frames in fragments, from 6.3 on.
check_jumbo() {
	ip link set eth1 mtu 9000
	if is_linux 6 3; then
		check "load eth1 in native mode at MTU 9000" ntpguard load --mode native eth1
		check "unload eth1 at MTU 9000" ntpguard unload eth1
	else
		check "load eth1 in native mode at MTU 9000: the driver refuses" exits 5 ntpguard load --mode native eth1
		check "load eth1 says so in the driver's own words, and a remedy" has "$(cat /tmp/said)" 'MTU too large' 'mtu 1500'
		check "load eth1 leaves nothing there when refused" programs_are ""
	fi
	ip link set eth1 mtu 1500
}

# lo has no native mode.
check_generic() {
	check "load lo, which has no native mode" ntpguard load lo
	check "load lo says that the mode is generic, and why" has "$(cat /tmp/said)" 'generic mode' 'refuses native mode'
	check "status: generic mode" row_has lo '"mode":"generic"'
}

# Of one interface's dispatcher, which libxdp keeps by the interface's index.
has_no_pins() { # INDEX
	same "$(find /sys/fs/bpf -path "*dispatch-$1-*")" ""
}

# A command that is killed halfway leaves the same.
check_taken_off() {
	plain off lo
	check "unload lo, whose program was taken off by other means" ntpguard unload lo
	check "unload lo leaves no pin of its dispatcher" has_no_pins "$(cat /sys/class/net/lo/ifindex)"
	xdp-loader clean >/tmp/clean
}

check_vanished() {
	local index
	ip link add near type veth peer name far
	index=$(cat /sys/class/net/near/ifindex)
	check "load near" ntpguard load near
	ip link del near
	check "unload near, which is gone" ntpguard unload near
	check "unload near leaves no pin of its dispatcher" has_no_pins "$index"
	xdp-loader clean >/tmp/clean
}

check_packet_table() {
	if [ -x /bin/packets ]; then
		check "the packet table gives the same verdicts here" packet_table
	else
		skip "the packet table gives the same verdicts here" "build/tests/packets is not built"
	fi
}

# Emulation is slow, on some hosts very: the first group has the time that it takes, and what else there is time
# for must be right, too.
packet_table() {
	local pid status
	packets &
	pid=$!
	eventually has_ended_a_group $pid
	sleep 6
	kill $pid 2>/dev/null
	wait $pid
	status=$?
	note="$(grep -c '^ok' /tmp/said) groups"
	grep -q '^ok' /tmp/said && ! grep -qE '^(not ok|FAILED)' /tmp/said && { [ $status -eq 0 ] || [ $status -eq 143 ]; }
}

has_ended_a_group() { # PID
	grep -qE '^(ok|not ok|FAILED)' /tmp/said || [ ! -d "/proc/$1" ]
}

# ---- the daemon, on a kernel where all of libxdp works ----

metrics_have() { # PART...
	has "$(wget -qO - http://127.0.0.1:9623/metrics)" "$@"
}

has_no_privilege() { # PID
	has "$(cat "/proc/$1/status")" "CapPrm:	0000000000000000" "CapEff:	0000000000000000" "Uid:	64123" "Seccomp:	2"
}

by_the_group() {
	su reader -c 'ntpguard status --json' # a user whose group is ntpguard
}

check_daemon() {
	local pid
	ntpguardd --foreground 2>/tmp/ntpguardd.log &
	pid=$!
	check "ntpguardd serves, and sees eth0 through the dispatcher" eventually metrics_have \
		'ntpguard_interface_attached{device="eth0"} 1' \
		'ntpguard_interface_info{device="eth0",mode="native",dispatcher="true",egress="true",monitor="false"} 1'
	check "ntpguardd has no privilege" has_no_privilege "$pid"
	check "whoever is of group ntpguard reads the status without root" has "$(by_the_group)" '"dispatcher":true' '"running":true'
	ip link add near type veth peer name far
	ntpguard load near
	ip link delete near
	ip link add near type veth peer name far
	check "an interface that comes back is guarded again" eventually row_has near '"mode":"native"'
	ntpguard unload near
	ip link delete near
	kill "$pid"
	check "ntpguardd ends" eventually test ! -d "/proc/$pid"
}


# ---- doctor, where a real card's driver answers ----

check_doctor() { # WHEN TEXT_OF_THE_GUARD TEXT_OF_THE_DRIVER
	local said
	said=$(ntpguard doctor --json eth0)
	check "doctor $1: the guard, the card and the kernel" has "$said" "$2" "$3" '"check":"mtu","interface":"eth0","state":"ok"' \
		'"check":"kernel","interface":null,"state":"ok"' '"check":"btf","interface":null,"state":"ok"' \
		'"check":"jit","interface":null,"state":"ok"' '"check":"lockdown","interface":null,"state":"ok"'
	check "doctor $1 asks from a namespace of its own, and leaves nothing" has "$said" '"check":"asked","interface":null,"state":"ok"'
	check "doctor's way to its namespace is gone" fails grep ngask /proc/net/dev
}

leftovers() {
	find /sys/fs/bpf -path '*ntpguard*' -o -path '*dispatch-*'
	plain programs | grep -E '^(ng_|ntpguard|xdp_dispatcher)'
	plain maps | grep -E '^(ng_|ntpguard)'
	tc qdisc show | grep clsact
}

is_clean() {
	same "$(leftovers)" ""
}

check_unload() {
	check "unload --all" ntpguard unload --all
	check "unload --all leaves no pin, program, map or queueing discipline of ours" eventually is_clean
	check "status: not loaded" exits 3 ntpguard status
}

kernel_complaints() {
	dmesg | grep -E 'WARNING:|BUG:|Oops|general protection|UBSAN|KASAN'
}

check_kernel
network
check_verifier
check_doctor "before loading" "ntpguard is not loaded here" "virtio_net runs XDP natively"
check_load
check_doctor "after loading" "loaded, native mode, both ways" "virtio_net runs the guard natively"
check_packets
check_egress
check_edits
check_beside
check_beside_second
check_upgrade
check_generic
check_taken_off
check_vanished
check_jumbo
check_daemon
check_packet_table
check_unload
check "the kernel has no complaint" fails kernel_complaints
echo "1..$number"
