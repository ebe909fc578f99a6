#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Valid requests from a million random addresses at a real chronyd, and a thousand a second from regulars in
# the same stream: who is answered, defence by defence.
#   tests/flood/bench.sh [--rounds N] [--seconds S] [--rates 'PPS...'] [--only NAME] [--list]
#
# ROUTER floods. SERVER has two wires to it, one with ntpguard and one without. What receives their packets (a
# kernel thread) and chronyd share CPU 1, the generator has CPU 0. Defences take turns within each round
# (A B C ... A B C ...), because on a shared machine nothing else holds still; medians are printed. Rate 0 is
# as fast as the generator goes.
set -eu
# shellcheck source=tests/net/lib.bash
. "${BASH_SOURCE[0]%/*}/../net/lib.bash"

FLOOD=$ROOT/build/tests/flood
REGULARS=198.18.0.0/18
rounds=5 seconds=2 rates="300000 1000000 0" only=

# ---- what is compared ----

# A name, and the words that make it so.
defences() {
	cat <<-END
		none:plain
		chronyd's ratelimit:own
		nft ingress, per address:nftables ingress address
		nft raw, per address:nftables raw address
		nft raw, 20000/s in all:nftables raw host
		ntpguard, as shipped:guarded
		ntpguard, 50000/s burst 5000:guarded 50000 5000 on
		ntpguard, 20000/s burst 2000:guarded 20000 2000 on
		ntpguard, 20000/s burst 200:guarded 20000 200 on
		ntpguard, 10000/s burst 1000:guarded 10000 1000 on
		ntpguard, 20000/s, no regulars:guarded 20000 2000 off
	END
}

plain() {
	use plain
}

# chrony's own limit, in the words of the public policy.
own() {
	use plain "$(grep '^ratelimit ' "$ROOT/policies/public-server.policy")"
}

# The same limit in nftables' words, and one like the guard's on the host.
nftables() { # ingress|raw address|host
	use plain
	at SERVER nft -f - <<-END
		table $(nft_family "$1") flood {
			set senders { type ipv4_addr; size 1048576; flags dynamic,timeout; timeout 60s; };
			chain guard { type filter hook $(nft_hook "$1"); udp dport 123 $(nft_limit "$2") drop; };
		};
	END
}

nft_family() { # ingress|raw
	case $1 in
	ingress) echo netdev ;;
	raw) echo ip ;;
	esac
}

nft_hook() { # ingress|raw
	case $1 in
	ingress) echo "ingress device $(device plain) priority -500" ;;
	raw) echo "prerouting priority raw" ;;
	esac
}

nft_limit() { # address|host
	case $1 in
	address) echo "update @senders { ip saddr limit rate over 30/minute burst 16 packets }" ;;
	host) echo "limit rate over 20000/second burst 2000 packets" ;;
	esac
}

# The public policy, as it is or with other numbers.
guarded() { # [PPS BURST on|off]
	use guarded
	guard apply -q "$(public "$@")" 2>/dev/null
}

public() { # [PPS BURST on|off]; prints the file's path
	sed "${1:+s/^globallimit .*/globallimit $1 burst $2/; s/^regulars .*/regulars $3/}" \
		"$ROOT/policies/public-server.policy" | policy public
}

# ---- the wires ----

# Named for this run, because the kernel's threads are named for them.
device() { # plain|guarded
	echo "${1:0:1}$$"
}

network() { # plain|guarded
	case $1 in
	plain) echo 198.19.1 ;;
	guarded) echo 198.19.2 ;;
	esac
}

hardware_address() { # NAMESPACE INTERFACE
	at "$1" ip -j link show "$2" | jq -r '.[0].address'
}

make_wire() { # plain|guarded
	local end
	end=$(device "$1")
	link ROUTER "$1" SERVER "$end"
	address ROUTER "$1" "$(network "$1").1/24"
	address SERVER "$end" "$(network "$1").2/24"
	at SERVER ip neigh replace "$(network "$1").1" lladdr "$(hardware_address ROUTER "$1")" dev "$end" nud permanent
	# a veth takes redirected frames while GRO is on, and begins to when it is switched on
	at SERVER ethtool -K "$end" gro off
	at SERVER ethtool -K "$end" gro on
	ip netns exec "$RUN-SERVER" sh -c "echo 1 >/sys/class/net/$end/threaded"
}

# What a flood meets: this wire, no rule of nftables, and a chronyd with this line in its configuration. Answers
# leave where the questions came from.
use() { # plain|guarded [LINE]
	wire=$1
	at SERVER ip route replace default via "$(network "$1").1" dev "$(device "$1")"
	at SERVER nft flush ruleset
	[ "${chronyd_line-none}" != "${2-}" ] || return 0
	chronyd_line=${2-}
	stop server
	start_chronyd SERVER server <<<"$(printf 'local stratum 10\nallow all\n%s' "$chronyd_line")"
	taskset -pc 1 "$(cat "$DIR/server.pid")" >/dev/null
}

pin_receiver() {
	local thread
	for thread in /proc/[0-9]*/comm; do
		grep -qs "^napi/$(device "$wire")-" "$thread" || continue
		thread=${thread#/proc/}
		taskset -pc 1 "${thread%/comm}" >/dev/null
	done
}

# ---- measuring ----

# Packets so far that the wire's receiver took, and that chronyd's socket had no room for.
seen() {
	at SERVER ethtool -S "$(device "$wire")" | awk '$1 == "rx_queue_0_xdp_packets:" { print $2 }'
	at SERVER cat /proc/net/snmp | awk '$1 == "Udp:" && $2 ~ /^[0-9]+$/ { print $6 }'
}

# Prints what `flood send` does, and how far seen() went.
measure() { # RATE
	local before after sent
	pin_receiver
	mapfile -t before < <(seen)
	sent=$(send "$1")
	mapfile -t after < <(seen)
	echo "$sent $((after[0] - before[0])) $((after[1] - before[1]))"
}

send() { # RATE
	at ROUTER taskset -c 0 "$FLOOD" send "$wire" "$(hardware_address SERVER "$(device "$wire")")" "$(network "$wire").2" \
		--seconds "$seconds" --rate "$1" --regulars "$REGULARS"
}

measure_all() { # ROUND; a line per defence and rate: RATE, NAME and what measure() printed, by tabs
	local name words rate
	while IFS=: read -r name words; do
		[[ $name == *"$only"* ]] || continue
		# shellcheck disable=SC2086 # several words
		$words
		for rate in $rates; do
			printf '%s\t%s\t%s\n' "$rate" "$name" "$(measure "$rate")"
		done
	done < <(defences)
	echo "round $1 of $rounds" >&2
}

# Medians of what measure_all printed.
table() {
	awk -F '\t' -v rates="$rates" '
		function median(list,    value, n, i, j, t) {
			n = split(list, value, " ")
			for (i = 2; i <= n; i++)
				for (j = i; j > 1 && value[j - 1] + 0 > value[j] + 0; j--) {
					t = value[j]; value[j] = value[j - 1]; value[j - 1] = t
				}
			return n % 2 ? value[(n + 1) / 2] : (value[n / 2] + value[n / 2 + 1]) / 2
		}
		!($2 in known) { known[$2]; name[++names] = $2 }
		{
			split($3, got, " ")
			at = $1 SUBSEP $2
			sent[at] = sent[at] " " (got[1] + got[3]) / got[5]
			strangers[at] = strangers[at] " " 100 * got[2] / got[1]
			regulars[at] = regulars[at] " " 100 * got[4] / got[3]
			received[at] = received[at] " " 100 * got[6] / (got[1] + got[3])
			overflow[at] = overflow[at] " " got[7] / got[5]
		}
		END {
			n = split(rates, rate, " ")
			for (r = 1; r <= n; r++) {
				printf "\n%-32s %10s %12s %12s %12s %12s\n", rate[r] ? rate[r] " packets/s" : "as fast as possible",
					"regulars %", "strangers %", "sent/s", "received %", "overflow/s"
				for (i = 1; i <= names; i++) {
					at = rate[r] SUBSEP name[i]
					printf "%-32s %10.1f %12.2f %12.0f %12.1f %12.0f\n", name[i], median(regulars[at]),
						median(strangers[at]), median(sent[at]), median(received[at]), median(overflow[at])
				}
			}
		}'
}

parse_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		--rounds) rounds=$2 && shift ;;
		--seconds) seconds=$2 && shift ;;
		--rates) rates=$2 && shift ;;
		--only) only=$2 && shift ;;
		--list) defences | cut -d : -f 1 && exit ;;
		*) echo "bench.sh: what is $1?" >&2 && exit 2 ;;
		esac
		shift
	done
}

parse_options "$@"
trap finish EXIT
begin
make_wire plain
make_wire guarded
guard load -q "$(device guarded)" --policy "$(public)" 2>/dev/null
echo "regulars: $(inside "$FLOOD" regulars "$NTPGUARD_BPFFS" "$REGULARS"), $REGULARS"
for round in $(seq "$rounds"); do
	measure_all "$round"
done >"$DIR/measured"
table <"$DIR/measured"
