#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# ntpguardd: unmodified chronyc asks it, and sees what was sent, to the packet.
load case
load daemon

OTHERS=(198.51.100.{21..40}) # of CLIENT
UNHEARD=(203.0.113.{70..75}) # of ATTACKER

setup_file() {
	begin
	address CLIENT wan "${OTHERS[@]/%//24}"
	address ATTACKER wan "${UNHEARD[@]/%//24}"
	make_users
}

start_server_of_two() {
	start_chronyd SERVER server <<-END
		local stratum 3
		allow
		server 198.51.100.99 iburst
		server 2001:db8:51::99
	END
	WAIT=0.2 eventually answers ROUTER "$SERVER_V4"
}

setup() {
	start_server_of_two # it dies with the test
	load_guard wan --policy "$(limited)"
	start_ntpguardd
}

teardown() {
	stop ntpguardd
	kill -CONT "$(cat "$DIR/server.pid")" # which a test may have halted
	stop server
	unload_guard
}

# One packet in 64 s after the first four, and of the others one in 16.
limited() {
	printf 'default limit\n%s\n' 'ratelimit interval 6 burst 4 leak 4' | policy limited
}

send() { # COUNT HOST [SOURCE]
	send_udp CLIENT "$2" client --count "$1" ${3:+--source "$3"}
}

dropped() { # prints how many were, for a limit
	guard counters --json | jq '[.interfaces[].counters[]
		| select(.reason == "source_rate" or .reason == "prefix_rate" or .reason == "global_rate") | .packets] | add'
}

# ---- what it is ----

@test "who is asked has no privilege, and its keeper those it needs" {
	local pid
	pid=$(cat "$DIR/ntpguardd.pid")
	# shellcheck disable=SC2016 # awk's
	run -0 awk '/^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)/ { print $1 $2 }' "/proc/$pid/status"
	assert_output - <<-END
		Uid:$NTPGUARDD_ID
		Gid:$NTPGUARDD_ID
		Groups:
		CapInh:0000000000000000
		CapPrm:0000000000000000
		CapEff:0000000000000000
		CapBnd:0000000000000000
		CapAmb:0000000000000000
		NoNewPrivs:1
		Seccomp:2
	END
	# of all capabilities at most DAC_OVERRIDE, NET_ADMIN, SYS_ADMIN, SYS_RESOURCE, PERFMON, BPF
	# shellcheck disable=SC2016 # awk's
	run -0 awk '/^CapEff/ { print $2 }' "/proc/$(keeper)/status"
	[ $((0x$output & ~0xc001201002)) -eq 0 ]
}

@test "it listens on loopback only" {
	run -0 at SERVER ss -Hlnup sport = :11323
	assert_equal "${#lines[@]}" 2
	assert_regex "$output" '127.0.0.1:11323'
	assert_regex "$output" '\[::1\]:11323'
	run -0 at SERVER ss -Hlntp sport = :9623
	assert_equal "${#lines[@]}" 1
	assert_regex "$output" '127.0.0.1:9623'
}

@test "killed at once or ended, it takes nothing with it, and none of its processes stays" {
	local keeper
	send 10 "$SERVER_V4"
	keeper=$(keeper)
	kill -9 "$(cat "$DIR/ntpguardd.pid")"
	eventually test ! -d "/proc/$keeper"
	rm "$DIR/ntpguardd.pid"
	start_ntpguardd
	assert_equal "$(stat_of ipv4 'NTP packets dropped')" "$(dropped)"
	keeper=$(keeper)
	stop ntpguardd
	eventually test ! -d "/proc/$keeper"
	[ ! -e "$DIR/server/ntpguardd.sock" ]
}

@test "a second one at the same sockets is told so, and the first goes on" {
	run inside "$NTPGUARDD" --foreground --config "$DIR/ntpguardd.conf"
	assert_failure 7
	assert_output --partial '127.0.0.1:11323: Address already in use'
	chronyc_by unix activity
}

# ---- chronyd's own reports ----

# Some columns are of now.
same_report() { # WAY REPORT...
	local own
	own=$(chronyc_by chronyd -c "${@:2}")
	[ "$own" ] && [ "$own" = "$(chronyc_by "$1" -c "${@:2}")" ]
}

@test "chronyd's reports pass as they are, by every way" {
	local way report
	for way in unix ipv4 ipv6; do
		for report in tracking sources sourcestats activity selectdata authdata ntpdata \
			"ntpdata 198.51.100.99" smoothing rtcdata "accheck 198.51.100.7" "cmdaccheck 198.51.100.7"; do
			# shellcheck disable=SC2086 # words
			PATIENCE=5 eventually same_report "$way" $report || {
				case $report in
				smoothing | rtcdata) # which this chronyd does not do: it is said alike
					assert_equal "$(chronyc_by "$way" $report)" "$(chronyc_by chronyd $report)"
					;;
				*) fail "$report by $way: $(chronyc_by "$way" -c $report), not $(chronyc_by chronyd -c $report)" ;;
				esac
			}
		done
		run -0 chronyc_by "$way" -N sources
		assert_output --partial '198.51.100.99'
	done
}

@test "what changes chronyd is refused, by every way" {
	local way command
	for way in unix ipv4 ipv6; do
		for command in online offline makestep 'deny all' 'allow 0/0' 'add server 198.51.100.98' 'delete 198.51.100.99' \
			shutdown 'burst 1/1' refresh rekey 'manual on' reselect 'reset sources' dump; do
			# shellcheck disable=SC2086 # words
			run chronyc_by "$way" $command
			assert_output --partial '501 Not authorised'
		done
	done
	assert_equal "$(chronyc_by chronyd -c activity)" "$(chronyc_by unix -c activity)"
	assert_equal "$(chronyc_by chronyd accheck 203.0.113.1)" '208 Access allowed'
}

@test "accheck is of chronyd and of the policy" {
	assert_equal "$(chronyc_by ipv4 accheck 203.0.113.66)" '208 Access allowed'
	guard deny add 203.0.113.0/24 -q 2>/dev/null
	assert_equal "$(chronyc_by ipv4 accheck 203.0.113.66)" '209 Access denied'
	assert_equal "$(chronyc_by chronyd accheck 203.0.113.66)" '208 Access allowed'
	assert_equal "$(chronyc_by ipv4 accheck 2001:db8::1)" '208 Access allowed'
	guard deny add 2001:db8::/64 -q 2>/dev/null
	assert_equal "$(chronyc_by ipv4 accheck 2001:db8::1)" '209 Access denied'
	chronyc_by chronyd deny 198.51.100.7
	assert_equal "$(chronyc_by ipv4 accheck 198.51.100.7)" '209 Access denied'
	chronyc_by chronyd allow 198.51.100.7
}

# ---- merged reports ----

@test "serverstats: all that was sent, by every way" {
	local received dropped way
	received=$(stat_of chronyd 'NTP packets received')
	dropped=$(stat_of chronyd 'NTP packets dropped')
	send 200 "$SERVER_V4"
	send 100 "$SERVER_V6"
	conservation
	[ "$(dropped)" -gt 200 ]
	for way in unix ipv4 ipv6; do
		assert_equal "$(stat_of "$way" 'NTP packets received')" $((received + 300))
		assert_equal "$(stat_of "$way" 'NTP packets dropped')" $((dropped + $(dropped)))
	done
	# chronyd never counts these
	send_udp CLIENT "$SERVER_V4" monlist --count 50
	send_udp CLIENT "$SERVER_V4" readvar --count 50
	guard deny add 203.0.113.66 -q 2>/dev/null
	send_udp ATTACKER "$SERVER_V4" client --count 50
	conservation
	assert_equal "$(stat_of ipv4 'NTP packets received')" $((received + 300))
}

@test "serverstats: command packets are those that were sent to either, and no others" {
	local before
	before=$(stat_of ipv4 'Command packets received')
	chronyc_by ipv4 tracking >/dev/null
	chronyc_by unix clients >/dev/null
	chronyc_by chronyd tracking >/dev/null
	run chronyc_by ipv6 online
	metrics >/dev/null
	# and this one
	assert_equal "$(stat_of ipv4 'Command packets received')" $((before + 5))
}

@test "monitor mode adds nothing: chronyd has seen those packets" {
	local received
	guard load wan --monitor -q 2>/dev/null
	received=$(stat_of chronyd 'NTP packets received')
	send 100 "$SERVER_V4"
	conservation
	assert_equal "$(stat_of chronyd 'NTP packets received')" $((received + 100))
	assert_equal "$(stat_of ipv4 'NTP packets received')" $((received + 100))
}

# Of this one chronyd hears nothing: another takes the host's one packet a second just before. Should a second end between
# the two, there is another address.
send_unheard() { # leaves its address in $unheard
	for unheard in "${UNHEARD[@]:1}"; do
		send_udp ATTACKER "$SERVER_V4" client --first "${UNHEARD[0]}" --source "$unheard" --count 40
		[[ $(client_of unix "$unheard") != '40 40 '* ]] || return 0
	done
	return 1
}

@test "clients: each with all that it sent, the wholly dropped too, page by page" {
	local number sent unheard
	chronyc_by unix clients -r >/dev/null
	for number in "${!OTHERS[@]}"; do
		send $((10 + number)) "$SERVER_V4" "${OTHERS[number]}"
	done
	send 77 "$SERVER_V6"
	printf 'default limit\n%s\n' 'ratelimit interval 12 burst 1 leak 4' 'globallimit 1 burst 1' | policy none >/dev/null
	guard apply -q "$DIR/none.policy" 2>/dev/null
	send 30 "$SERVER_V4" "${OTHERS[0]}"
	send_unheard
	conservation
	sent=$((10 + 30))
	for number in "${!OTHERS[@]}"; do
		run -0 client_of ipv4 "${OTHERS[number]}"
		assert_equal "${output%% *}" "$sent"
		sent=$((11 + number))
	done
	run -0 client_of ipv6 "$CLIENT_V6"
	assert_equal "${output%% *}" 77
	run -0 client_of chronyd "$unheard"
	assert_output ''
	# the sum of the list's drops is what serverstats says was dropped
	assert_equal "$(chronyc_by ipv4 -c clients | awk -F, '{ drops += $3 } END { print drops }')" "$(dropped)"
}

@test "clients: -p hides who sent less, -r begins anew and is not for everybody" {
	chronyc_by unix clients -r >/dev/null
	send 50 "$SERVER_V4"
	send 10 "$SERVER_V4" "${OTHERS[3]}"
	conservation
	run -0 chronyc_by ipv4 -c clients -p 50
	assert_equal "${#lines[@]}" 1
	assert_regex "$output" "^$CLIENT_V4,50,"
	run chronyc_by ipv4 clients -r
	assert_output --partial '501 Not authorised'
	run -0 client_of unix "$CLIENT_V4"
	assert_regex "$output" '^50 '
	chronyc_by unix clients -r >/dev/null
	run -0 client_of unix "$CLIENT_V4"
	assert_regex "$output" '^0 0 '
	send 5 "$SERVER_V4"
	conservation
	run -0 client_of unix "$CLIENT_V4"
	assert_regex "$output" '^5 '
}

# ---- a chronyd that is not well ----

within_a_second() { # COMMAND...
	local start=${EPOCHREALTIME/./}
	run "$@"
	[ $((${EPOCHREALTIME/./} - start)) -lt 1000000 ] || fail "$*: took longer than a second"
}

@test "chronyd hangs: an answer within a second, and no counter goes down" {
	local pid received
	pid=$(cat "$DIR/server.pid")
	received=$(stat_of ipv4 'NTP packets received')
	kill -STOP "$pid"
	within_a_second chronyc_by ipv4 serverstats
	assert_output --partial "NTP packets received       : $received"
	within_a_second chronyc_by ipv6 tracking
	assert_output '500 Failure'
	within_a_second chronyc_by unix clients
	kill -CONT "$pid"
	sleep 1.1 # before that it is not asked again
	run -0 chronyc_by ipv4 -c tracking
	assert_equal "$(stat_of ipv4 'NTP packets received')" "$received"
}

@test "a question that waited too long gets no answer, and the next one its own" {
	run -0 at SERVER /usr/bin/python3 "$ROOT/tests/net/junk.py" --stopped "$(cat "$DIR/ntpguardd.pid")" \
		"$DIR/run/cmdmon/ntpguardd.sock" "$DIR/run/cmdmon/own.sock"
	assert_output $'0 1\n0 1'
}

@test "chronyd is gone, and comes back: the guard answers alone, and then not" {
	local received
	send 30 "$SERVER_V4"
	conservation
	stop server
	within_a_second chronyc_by ipv4 serverstats
	assert_output --regexp "NTP packets received +: $(dropped)"
	within_a_second chronyc_by ipv4 -c tracking
	assert_output --regexp '^4B45524E,KERN,0,'
	within_a_second chronyc_by ipv4 -c sources
	assert_output ''
	within_a_second chronyc_by ipv4 -c activity
	assert_output '0,0,0,0,0'
	within_a_second chronyc_by ipv4 accheck 203.0.113.66
	assert_output '208 Access allowed'
	run -0 client_of ipv4 "$CLIENT_V4"
	assert_regex "$output" "^$(dropped) $(dropped) "
	start_server_of_two
	within_a_second chronyc_by ipv4 -c tracking
	assert_output --partial ',3,'
}

@test "a guard that is unloaded and loaded again is read again" {
	guard unload --all -q
	within_a_second chronyc_by ipv4 -c tracking
	assert_success
	guard load wan --policy "$DIR/limited.policy" -q 2>/dev/null
	mark
	send 40 "$SERVER_V4"
	conservation
	run -0 client_of ipv4 "$CLIENT_V4"
	assert_regex "$output" ' '
	assert_equal "$(chronyc_by ipv4 -c clients | awk -F, '{ drops += $3 } END { print drops }')" "$(dropped)"
}

@test "while a long apply has the lock, it answers" {
	seq 0 65535 | awk '{ for (i = 0; i < 4; i++) printf "deny 100.%d.%d.%d/32\n", $1 / 256, $1 % 256, i * 8 + 1 }' |
		cat - "$DIR/limited.policy" | policy large >/dev/null
	guard apply "$DIR/large.policy" -q 2>/dev/null &
	while kill -0 $! 2>/dev/null; do
		within_a_second chronyc_by ipv4 -c serverstats
		assert_success
	done
	wait $!
}

# ---- the socket of its own ----

as() { # USER_ID GROUP_ID NTPGUARD_ARGUMENT...
	inside setpriv --reuid="$1" --regid="$2" --clear-groups "$DIR/ntpguard" "${@:3}"
}

@test "members of the group read without root, and nobody else does" {
	send 20 "$SERVER_V4"
	conservation
	local verb
	for verb in status counters; do
		assert_equal "$(as 65534 "$NTPGUARDD_ID" $verb --json)" "$(guard $verb --json)"
		assert_equal "$(as 65534 "$NTPGUARDD_ID" $verb)" "$(guard $verb)"
	done
	run -0 as 65534 "$NTPGUARDD_ID"
	assert_line --index 0 --regexp '^Protected: +yes'
	run -0 as 65534 "$NTPGUARDD_ID" top --json
	assert_equal "$(jq -r '.addresses[0].address' <<<"$output")" "$CLIENT_V4"
	run -4 as 65534 65534 status
	assert_output --partial 'member of group ntpguard'
	run -4 as 65534 "$NTPGUARDD_ID" deny add 192.0.2.1
	assert_equal "$(guard status --json | jq .daemon.running)" true
	stop ntpguardd
	assert_equal "$(guard status --json | jq .daemon.running)" false
	run -4 as 65534 "$NTPGUARDD_ID" status
	assert_output --partial 'ntpguardd does not run'
}

@test "members of the group ask by the Unix socket, and cannot take it away" {
	run -0 inside setpriv --reuid=65534 --regid="$NTPGUARDD_ID" --clear-groups "$DAEMONS/usr/bin/chronyc" \
		-h "$DIR/run/cmdmon/ntpguardd.sock" -c serverstats
	assert_regex "$output" '^[0-9]+,'
	run inside setpriv --reuid=65534 --regid="$NTPGUARDD_ID" --clear-groups rm -f "$DIR/run/cmdmon/ntpguardd.sock"
	assert_failure
	run inside setpriv --reuid=65534 --regid=65534 --clear-groups "$DAEMONS/usr/bin/chronyc" \
		-h "$DIR/run/cmdmon/ntpguardd.sock" -c serverstats
	assert_failure
}

@test "junk at every socket ends nothing" {
	at SERVER /usr/bin/python3 "$ROOT/tests/net/junk.py" 127.0.0.1:11323 "$DIR/run/cmdmon/ntpguardd.sock" \
		"$DIR/run/control.sock" 127.0.0.1:9623
	assert_equal "$(chronyc_by ipv4 -c tracking | cut -d, -f3)" 3
	as 65534 "$NTPGUARDD_ID" status >/dev/null
	metrics >/dev/null
	run grep -c . "$DIR/ntpguardd.log"
	[ "$output" -lt 10 ]
}

# ---- what it does by itself ----

# What waits in its stead, where no daemon runs, is killed.
alone() {
	local pid
	for pid in $(pgrep -x ntpguard-later); do
		is_ours "$pid" && kill -9 "$pid"
	done
	return 0
}

@test "an entry expires to the second" {
	local before after
	guard deny add 203.0.113.66 --for 2s -q 2>/dev/null
	alone
	before=$(guard deny list --json | jq '.entries[0].expires')
	[ "$before" != null ]
	until [ "$(guard deny list --json | jq '.entries | length')" = 0 ]; do
		after=$(date +%s)
		[ "$after" -le $((before + 3)) ] || fail "still there at $after, though it was to end at $before"
		sleep 0.05
	done
	[ "$(date +%s)" -ge "$before" ] && [ "$(date +%s)" -le $((before + 1)) ]
}

is_guarded() { # INTERFACE
	guard status --json | jq -e --arg name "$1" '.interfaces[] | select(.name == $name and .mode != "gone")' >/dev/null
}

@test "an interface that vanishes and comes back is guarded again, by its last name too" {
	at SERVER ip link add spare type veth peer name far
	at SERVER ip link set spare up
	guard load spare --monitor -q 2>/dev/null
	at SERVER ip link delete spare
	run -0 guard status --json
	assert_equal "$(jq -r '.interfaces[] | select(.name == "spare") | .mode' <<<"$output")" gone
	at SERVER ip link add spare type veth peer name far
	PATIENCE=15 eventually is_guarded spare
	assert_equal "$(guard status --json | jq '.interfaces[] | select(.name == "spare") | .monitor')" true
	at SERVER ip link set spare name spare7
	eventually is_guarded spare7
	sleep 1.5 # until its name is written down
	at SERVER ip link delete spare7
	at SERVER ip link add spare7 type veth peer name far
	PATIENCE=15 eventually is_guarded spare7
	guard unload spare7 -q
	at SERVER ip link delete spare7
}

@test "an interface of the settings is guarded when it appears, and left alone once it was unloaded" {
	stop ntpguardd
	start_ntpguardd "interface later generic"
	at SERVER ip link add later type veth peer name far
	at SERVER ip link set later up
	PATIENCE=15 eventually is_guarded later
	assert_equal "$(guard status --json | jq -r '.interfaces[] | select(.name == "later") | .mode')" generic
	sleep 1.2
	guard unload later -q
	sleep 2.5
	run is_guarded later
	assert_failure
	at SERVER ip link delete later
}

# ---- settings ----

@test "settings are read again at SIGHUP, and bad ones change nothing" {
	assert_equal "$(at SERVER /usr/bin/python3 "$ROOT/tests/net/junk.py" --form 416)" '25 196'
	settings 'serverstats 3'
	kill -HUP "$(cat "$DIR/ntpguardd.pid")"
	eventually grep -q 'was read again' "$DIR/ntpguardd.log"
	assert_equal "$(at SERVER /usr/bin/python3 "$ROOT/tests/net/junk.py" --form 416)" '24 72'
	settings 'serverstats 9'
	kill -HUP "$(cat "$DIR/ntpguardd.pid")"
	eventually grep -q 'must be 1 to 4' "$DIR/ntpguardd.log"
	assert_equal "$(at SERVER /usr/bin/python3 "$ROOT/tests/net/junk.py" --form 416)" '24 72'
}

@test "settings with errors are told with their line, and nothing starts" {
	stop ntpguardd
	settings 'cmdprot 11323' 'metricsport 70000'
	run -1 inside "$NTPGUARDD" --foreground --config "$DIR/ntpguardd.conf"
	assert_output --partial "ntpguardd.conf:5:1: cmdprot: no such setting; is cmdport meant?"
	assert_output --partial "ntpguardd.conf:6:13: metricsport 70000: must be 0 to 65535"
	settings "chronyd $DIR/run/cmdmon/ntpguardd.sock"
	run -1 inside "$NTPGUARDD" --foreground --config "$DIR/ntpguardd.conf"
	assert_output --partial "$DIR/run/cmdmon/ntpguardd.sock is wanted twice"
	settings "bindcmdaddress $DIR/server/ntpguardd.sock"
	run -1 inside "$NTPGUARDD" --foreground --config "$DIR/ntpguardd.conf"
	assert_output --partial "$DIR/server/ntpguardd.sock is wanted twice"
	run -1 inside "$NTPGUARDD" --foreground --config "$DIR/nowhere.conf"
	assert_output --partial 'nowhere.conf: No such file or directory'
	run -1 inside "$NTPGUARDD" --check --config /dev/zero
	assert_output --partial '/dev/zero: File too large'
}

@test "takeover: on chronyd's own port, where chronyd has cmdport 0" {
	stop ntpguardd
	start_ntpguardd 'cmdport 323'
	run -0 at SERVER chronyc -h 127.0.0.1 -n -c tracking
	assert_equal "$output" "$(chronyc_by chronyd -c tracking)"
	run -0 at SERVER chronyc -h ::1 -n serverstats
	assert_output --partial 'NTP packets received'
	# whom chronyc asks where nothing is said of a host, and the caller may not enter chronyd's directory
	run -0 at SERVER setpriv --reuid=65534 --regid=65534 --clear-groups "$DAEMONS/usr/bin/chronyc" -n -c serverstats
}

@test "a service manager is told that it serves, is alive, and ends" {
	stop ntpguardd
	daemon_at SERVER notify /usr/bin/python3 "$ROOT/tests/net/junk.py" --notify "$DIR/notify.sock"
	eventually test -S "$DIR/notify.sock"
	settings
	NOTIFY_SOCKET=$DIR/notify.sock WATCHDOG_USEC=400000 JOURNAL_STREAM=1:1 daemon_inside ntpguardd \
		"$NTPGUARDD" --foreground --config "$DIR/ntpguardd.conf"
	eventually grep -q '^READY=1' "$DIR/notify.log"
	eventually grep -q '^WATCHDOG=1' "$DIR/notify.log"
	grep -q '^<5>version' "$DIR/ntpguardd.log"
	kill -HUP "$(cat "$DIR/ntpguardd.pid")"
	eventually grep -q '^RELOADING=1' "$DIR/notify.log"
	stop ntpguardd
	eventually grep -q '^STOPPING=1' "$DIR/notify.log"
	stop notify
}

@test "without --foreground it returns when it serves" {
	stop ntpguardd
	settings
	run -0 inside "$NTPGUARDD" --config "$DIR/ntpguardd.conf"
	chronyc_by ipv4 activity
	pgrep -u "$NTPGUARDD_ID" -x ntpguardd >"$DIR/ntpguardd.pid"
	stop ntpguardd
}

# ---- others that ask ----

# The last value that collectd wrote down.
collected() { # NAME
	local line
	line=$(tail -qn 1 "$DIR/collectd/csv/server/chrony/$1"-2* 2>/dev/null) || return
	sed -E 's/.*,//; s/(\.[0-9]*[1-9])0+$/\1/; s/\.0+$//' <<<"$line"
}

@test "collectd's chrony plugin reads what chronyd says" {
	mkdir -p "$DIR/collectd"
	cat >"$DIR/collectd.conf" <<-END
		BaseDir "$DIR/collectd"
		PluginDir "$DAEMONS/usr/lib/collectd"
		TypesDB "$DAEMONS/usr/share/collectd/types.db"
		Hostname "server"
		Interval 1
		LoadPlugin csv
		LoadPlugin chrony
		<Plugin csv>
			DataDir "$DIR/collectd/csv"
		</Plugin>
		<Plugin chrony>
			Host "127.0.0.1"
			Port "11323"
		</Plugin>
	END
	daemon_at SERVER collectd collectd -f -C "$DIR/collectd.conf" -P "$DIR/collectd/pid"
	PATIENCE=10 eventually collected clock_stratum-198.51.100.99
	assert_equal "$(collected clock_stratum-chrony)" 3
	# in seconds and ppm, as chronyc has them
	assert_equal "$(collected root_dispersion-chrony)" "$(chronyc_by chronyd -c tracking | cut -d, -f12 | sed 's/0*$//; s/\.$//')"
	assert_equal "$(collected frequency_error-chrony)" "$(chronyc_by chronyd -c tracking | cut -d, -f8 | sed 's/0*$//; s/\.$//')"
	stop collectd
}
