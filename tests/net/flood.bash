# SPDX-License-Identifier: GPL-2.0-only
# Floods of valid requests at SERVER, for tests that load this after case.
# shellcheck shell=bash

FLOOD=$ROOT/build/tests/flood

flood_is_built() {
	[ -x "$FLOOD" ] || { echo "$FLOOD is not there: build it with make build/tests/flood" >&2 && return 1; }
}

# Requests in others' names, straight into the wire to SERVER.
flood() { # ARGUMENT_OF_SEND...
	at ROUTER "$FLOOD" send server "$(at SERVER ip -j link show wan | jq -r '.[0].address')" "$SERVER_V4" "$@"
}

# What the flood redirects into the wire passes where no capture sees it; the wire itself counts it.
wire() {
	local frames bytes redirected
	read -r frames bytes < <(packets pcap "$DIR"/wire-*.pcap)
	redirected=$(at ROUTER ethtool -S server | awk '/tx_queue_.*_xdp_xmit:/ { sum += $2 } END { print sum + 0 }')
	echo $((frames + redirected)) $((bytes + redirected * FLOOD_FRAME))
}
FLOOD_FRAME=$((14 + 20 + 8 + 48))
