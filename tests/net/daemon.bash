# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# ntpguardd beside SERVER's chronyd, as users that exist in SERVER's /etc only.

NTPGUARDD=${NTPGUARDD:-$ROOT/build/ntpguardd}
NTPGUARDD_ID=64123

make_users() {
	printf '%s\n' "ntpguard:x:$NTPGUARDD_ID:$NTPGUARDD_ID::/:/bin/false" "root:x:0:0::/:/bin/sh" |
		inside tee /etc/passwd >/dev/null
	printf '%s\n' "ntpguard:x:$NTPGUARDD_ID:" "root:x:0:" | inside tee /etc/group >/dev/null
}

# As daemon_at, where SERVER's file systems are.
daemon_inside() { # LOG COMMAND...
	nsenter --net="/run/netns/$RUN-SERVER" --mount="/proc/$(cat "$DIR/etc.pid")/ns/mnt" -- \
		setpriv --pdeathsig KILL "${@:2}" >"$DIR/$1.log" 2>&1 3>&- &
	echo $! >"$DIR/$1.pid"
}

settings() { # [LINE...]
	printf '%s\n' "bpffs $NTPGUARD_BPFFS" "bindcmdaddress $DIR/run/cmdmon/ntpguardd.sock" \
		"controlsocket $DIR/run/control.sock" "chronyd $DIR/server/chronyd.sock" "$@" "hours $NTPGUARD_HOURS" >"$DIR/ntpguardd.conf"
}

start_ntpguardd() { # [SETTING...]
	settings "$@"
	rm -f "$DIR/ntpguardd.log" # whose last word is that another one serves
	export NTPGUARD_CONTROL=$DIR/run/control.sock
	daemon_inside ntpguardd "$NTPGUARDD" --foreground --config "$DIR/ntpguardd.conf"
	eventually grep -qs serves "$DIR/ntpguardd.log" || { cat "$DIR/ntpguardd.log" && return 1; }
}

# Its two processes: the one that was started, and its keeper.
keeper() {
	pgrep -P "$(cat "$DIR/ntpguardd.pid")"
}

# chronyc, unmodified: -h by one of the ways to ntpguardd, or chronyd's own.
chronyc_by() { # unix|ipv4|ipv6|chronyd CHRONYC_ARGUMENT...
	local host
	case $1 in
	unix) host=$DIR/run/cmdmon/ntpguardd.sock ;;
	ipv4) host=127.0.0.1 ;;
	ipv6) host=::1 ;;
	chronyd) host=$DIR/server/chronyd.sock ;;
	esac
	at SERVER chronyc -h "$host" -p 11323 -n "${@:2}"
}

# A line of serverstats.
stat_of() { # unix|ipv4|ipv6|chronyd LINE...
	chronyc_by "$1" serverstats | sed -n "s/^${*:2} *: //p"
}

# Columns of a client in the list of clients: NTP, drops, interval, limited interval, last, commands ...
client_of() { # unix|ipv4|ipv6|chronyd ADDRESS
	chronyc_by "$1" -c clients | awk -F, -v address="$2" '$1 == address { print $2, $3, $4, $5, $6, $7 }'
}

# shellcheck disable=SC2120 # by the tests
fetch() { # [CURL_ARGUMENT...]
	at SERVER curl -sS --max-time 5 "$@" http://127.0.0.1:9623/metrics
}

metrics() {
	# shellcheck disable=SC2119
	fetch
}

# A series' number.
metric() { # SERIES
	metrics | awk -v series="$1" '{ number = $NF; sub(/ [^ ]*$/, "") } $0 == series { print number }'
}
