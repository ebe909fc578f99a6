#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Loading, changing, reloading and unloading in the middle of others' exchanges costs at most the packets
# that are under way at that moment.
load case

setup_file() {
	begin
	start_server
	start_chronyd CLIENT upstream <<-END
		local stratum 2
		allow
	END
	WAIT=0.2 eventually answers SERVER "$CLIENT_V4"
	local options="minpoll -4 maxpoll -4" # sixteen exchanges a second
	# shellcheck disable=SC2086 # several words
	start_client SERVER own4 "$CLIENT_V4" $options
	# shellcheck disable=SC2086
	start_client SERVER own6 "$CLIENT_V6" $options xleave
	eventually synchronised own4
	eventually synchronised own6
}

@test "the host's clients keep their time when ntpguard is loaded without any configuration" {
	load_guard wan
	keeps_time own4
	keeps_time own6
}

# Questions without an answer, ever. One may be under way.
unanswered() { # NAME
	ask_chronyd "$1" ntpdata | awk -F, '{ asked += $31; answered += $33 } END { print asked - answered }'
}

client_only() {
	policy "$1" <<-END
		default drop
		allow $CLIENT_V4
		allow $CLIENT_V6
		${*:2}
	END
}

# Ten loads, ten applies and ten unloads, and applies and loads that change nothing between them.
disturb() {
	local one two
	one=$(client_only one)
	two=$(client_only two "deny 203.0.113.0/24")
	for _ in {1..10}; do
		guard load wan -q --policy "$one" || return
		guard apply -q "$two" || return
		guard apply -q "$two" || return
		guard load wan -q || return
		guard unload wan -q || return
		sleep 0.1 # some exchanges without a guard
	done 2>"$DIR/disturb.log"
}

# Fifty questions a second, until it is enough.
ask_on() {
	until [ -e "$DIR/enough" ]; do
		ask CLIENT "$SERVER_V4" --pause 0.02 --wait 2 client{,,,,,,,,,}
	done
}

# On an idle machine nothing is lost at all: an exchange takes a fraction of a millisecond. The bound is
# one exchange in ten disturbances, of each who asks.
@test "thirty loads, applies and unloads cost the host's own clients and a client of its no exchange, or hardly one" {
	local own4 own6 asked
	own4=$(unanswered own4) own6=$(unanswered own6)
	ask_on >"$DIR/asked" 3>&- &
	disturb || { cat "$DIR/disturb.log" && false; }
	touch "$DIR/enough"
	wait $!
	asked=$(wc -l <"$DIR/asked")
	own4=$(($(unanswered own4) - own4)) own6=$(($(unanswered own6) - own6))
	echo "# lost: own4 $own4, own6 $own6, and $((asked - $(grep -cx 48 "$DIR/asked"))) of $asked questions" | tee /dev/fd/3
	[ "$own4" -le 3 ]
	[ "$own6" -le 3 ]
	[ "$asked" -ge 100 ]
	[ "$((asked - $(grep -cx 48 "$DIR/asked")))" -le 3 ]
	synchronised own4
	synchronised own6
}
