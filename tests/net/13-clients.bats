#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Time is never broken: the matrix of clients. SERVER is the client here, behind a guard that was loaded
# with no configuration at all, and its servers are outside. All run at once; each test looks at one,
# through the client's own eyes. None of them can set this machine's clock.
load case

# Only one can have port 123 of an address: who asks from there has an address of its own.
PORT123_V4=192.0.2.101 PORT123_V6=2001:db8:2::101 PEER_V4=192.0.2.102
BOTH_V4=192.0.2.103 BOTH_V6=2001:db8:2::103 LOSSY_V4=192.0.2.104
# and outside
OTHER_V4=198.51.100.50 OTHER_V6=2001:db8:51::50
SEVERAL=(198.51.100.11 198.51.100.12 2001:db8:51::11 2001:db8:51::12)

setup_file() {
	export KEEP_LOADED=1
	begin
	address SERVER wan {"$PORT123_V4","$PEER_V4","$BOTH_V4","$LOSSY_V4"}/24 {"$PORT123_V6","$BOTH_V6"}/64
	address CLIENT wan {"$OTHER_V4","${SEVERAL[0]}","${SEVERAL[1]}"}/24 {"$OTHER_V6","${SEVERAL[2]}","${SEVERAL[3]}"}/64
	start_upstream
	capture ROUTER server in asked udp dst port 123
	clock_step >"$DIR/clock"
	load_guard wan
	start_clients
}

# Their packets never cease, so the law that no packet is lost is told once, when they are stopped.
teardown() {
	:
}

start_upstream() {
	cat >"$DIR/keys" <<-END
		1 MD5 HEX:0123456789abcdef0123456789abcdef
		2 SHA256 HEX:0123456789abcdef0123456789abcdef01234567
		3 AES128 HEX:00112233445566778899aabbccddeeff
	END
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=upstream \
		-addext "subjectAltName=IP:$CLIENT_V4,IP:$CLIENT_V6" -keyout "$DIR/key.pem" -out "$DIR/cert.pem" 2>/dev/null
	start_chronyd CLIENT upstream <<-END
		local stratum 2
		allow
		keyfile $DIR/keys
		ntsserverkey $DIR/key.pem
		ntsservercert $DIR/cert.pem
	END
	WAIT=0.2 eventually answers SERVER "$CLIENT_V4"
}

fast="minpoll -2 maxpoll -2" # four exchanges a second
often="iburst $fast"

start_clients() {
	local trust="ntstrustedcerts $DIR/cert.pem"
	local several=("${SEVERAL[@]/#/server }")
	several=("${several[@]/%/ $often}")
	start_timesyncd timesyncd4 "$CLIENT_V4"
	start_timesyncd timesyncd6 "$CLIENT_V6"
	start_openntpd
	start_asking plain4 "server $CLIENT_V4 $often"
	start_asking plain6 "server $CLIENT_V6 $often"
	start_asking burst "server $CLIENT_V4 iburst minpoll 1 maxpoll 1"
	start_asking interleaved4 "server $CLIENT_V4 $often xleave"
	start_asking interleaved6 "server $CLIENT_V6 $often xleave"
	start_asking version1 "server $CLIENT_V4 $often version 1"
	start_asking version2 "server $CLIENT_V6 $often version 2"
	start_asking version3 "server $CLIENT_V4 $often version 3"
	start_asking md5 "server $CLIENT_V4 $often key 1"
	start_asking sha256 "server $CLIENT_V6 $often key 2"
	start_asking aes128 "server $CLIENT_V4 $often key 3"
	start_asking port123v4 "server $CLIENT_V4 $often" "acquisitionport 123" "bindacqaddress $PORT123_V4"
	start_asking port123v6 "server $CLIENT_V6 $often" "acquisitionport 123" "bindacqaddress $PORT123_V6"
	start_asking several "server $CLIENT_V4 $often xleave" "${several[@]}"
	start_asking nts4 "server $CLIENT_V4 $often nts" "$trust"
	start_asking nts6 "server $CLIENT_V6 $often nts xleave" "$trust"
	start_asking lossy "server $CLIENT_V4 iburst minpoll 0 maxpoll 0 nts" "$trust" "bindacqaddress $LOSSY_V4"
	start_peer SERVER peer "$PEER_V4" ::1 "peer $CLIENT_V4 $fast"
}

start_peer() { # NAMESPACE NAME IPV4 IPV6 LINE_OF_CONFIGURATION...
	start_chronyd "$1" "$2" < <(printf 'bindaddress %s\n' "$3" "$4" && printf '%s\n' "${@:5}")
}

# A chronyd on the guarded host that only asks.
start_asking() { # NAME LINE_OF_CONFIGURATION...
	start_chronyd SERVER "$1" < <(printf '%s\n' "${@:2}" "keyfile $DIR/keys" nosystemcert "port 0")
}

# A daemon that may not set the clock, and that has /etc, /run and /var/lib to itself.
start_confined() { # NAME <SCRIPT
	{
		echo "for place in /etc /run /var/lib; do mount -t tmpfs -o mode=755 none \$place; done"
		cat
	} >"$DIR/$1.sh"
	daemon_at SERVER "$1" unshare --mount --propagation private setpriv --bounding-set=-sys_time --inh-caps=-sys_time \
		--pdeathsig KILL sh -e "$DIR/$1.sh"
}

# It drops root's rights by itself only where it may keep the right to set the clock.
start_timesyncd() { # NAME SERVER_ADDRESS
	start_confined "$1" <<-END
		mkdir -p /etc/systemd /var/lib/systemd/timesync /run/systemd/timesync
		chown 65534:65534 /var/lib/systemd/timesync /run/systemd/timesync
		printf '[Time]\nNTP=$2\nFallbackNTP=\nPollIntervalMinSec=16\nPollIntervalMaxSec=17\n' >/etc/systemd/timesyncd.conf
		export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:$(echo "$DAEMONS"/usr/lib/*-linux-gnu*/systemd)
		export SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console
		exec setpriv --reuid 65534 --regid 65534 --clear-groups --pdeathsig KILL $DAEMONS/lib/systemd/systemd-timesyncd
	END
}

start_openntpd() {
	start_confined openntpd <<-END
		mkdir -p /etc/jail /var/lib/openntpd/db /var/lib/openntpd/run
		echo 'ntpd:x:65533:65533::/etc/jail:/bin/false' >/etc/passwd
		echo 'ntpd:x:65533:' >/etc/group
		echo 'ntp 123/udp' >/etc/services
		printf 'server $CLIENT_V4\nserver $CLIENT_V6\n' >/etc/ntpd.conf
		exec $DAEMONS/openntpd/usr/sbin/ntpd -d -v -f /etc/ntpd.conf
	END
}

# Changes when somebody sets this machine's clock.
clock_step() {
	/usr/bin/python3 -c 'import time; print(time.time() - time.monotonic())'
}

# ---- what the guard says of it ----

# Replies passed because they were asked for, and none for its sender's sake.
expect_solicited() {
	[ "$(drops)" -eq 0 ] || { rows && return 1; }
	[ "$(DIRECTION=out counter query_sent)" -gt 0 ]
	[ "$(counter reply_solicited)" -gt 0 ]
	expect_counter 0 reply_listed
}

# ---- what the clients say ----

# Synchronised, by its own account, and it stays so: four more answers were valid.
synchronises() { # NAME
	local before
	eventually synchronised "$1" || complain "$1"
	before=$(answers_taken "$1")
	eventually takes_more_answers "$1" $((before + 4)) || complain "$1"
	synchronised "$1" || complain "$1"
}

complain() { # NAME
	ask_chronyd "$1" sources
	ask_chronyd "$1" ntpdata
	cat "$DIR/$1.log"
	return 1
}

# The last answer was of this kind, in the words of `chronyc ntpdata`: Interleaved or Authenticated.
ntpdata_says() { # NAME FIELD VALUE
	ask_chronyd "$1" ntpdata | cut -d, -f "$2" | grep -qx "$3"
}
VERSION=7 INTERLEAVED=27 AUTHENTICATED=28

client() { # NAME [FIELD VALUE]
	synchronises "$1"
	[ $# -eq 1 ] || eventually ntpdata_says "$@" || complain "$1"
	expect_solicited
}

@test "client: chronyd, IPv4, four exchanges a second: synchronises and stays so" {
	client plain4
}

@test "client: chronyd, IPv6, four exchanges a second: synchronises and stays so" {
	client plain6
}

@test "client: chronyd, iburst: synchronises and stays so" {
	client burst
}

@test "client: chronyd, xleave, IPv4: synchronises in interleaved mode and stays so" {
	client interleaved4 $INTERLEAVED Yes
}

@test "client: chronyd, xleave, IPv6: synchronises in interleaved mode and stays so" {
	client interleaved6 $INTERLEAVED Yes
}

@test "client: chronyd, port 123 to port 123, IPv4: synchronises and stays so" {
	client port123v4
}

@test "client: chronyd, port 123 to port 123, IPv6: synchronises and stays so" {
	client port123v6
}

@test "client: chronyd, NTP version 1: synchronises and stays so" {
	client version1 $VERSION 1
}

@test "client: chronyd, NTP version 2: synchronises and stays so" {
	client version2 $VERSION 2
}

@test "client: chronyd, NTP version 3: synchronises and stays so" {
	client version3 $VERSION 3
}

@test "client: chronyd, MD5 key: synchronises, authenticated, and stays so" {
	client md5 $AUTHENTICATED Yes
}

@test "client: chronyd, SHA256 key: synchronises, authenticated, and stays so" {
	client sha256 $AUTHENTICATED Yes
}

@test "client: chronyd, AES128 key: synchronises, authenticated, and stays so" {
	client aes128 $AUTHENTICATED Yes
}

@test "client: chronyd, Network Time Security, IPv4: synchronises, authenticated, and stays so" {
	client nts4 $AUTHENTICATED Yes
	assert_equal "$(cookies nts4)" 8
}

@test "client: chronyd, Network Time Security and xleave, IPv6: synchronises, authenticated, and stays so" {
	client nts6 $AUTHENTICATED Yes
	eventually ntpdata_says nts6 $INTERLEAVED Yes
}

cookies() { # NAME
	ask_chronyd "$1" authdata | cut -d, -f 9
}

# Whoever lost answers asks with placeholders for the cookies in them, and the answer is as large.
@test "client: chronyd, Network Time Security, after an outage: queries of 644 bytes and more are answered" {
	client lossy $AUTHENTICATED Yes
	at ROUTER ip route add blackhole "$LOSSY_V4"
	eventually has_lost_cookies lossy
	at ROUTER ip route del blackhole "$LOSSY_V4"
	eventually has_all_cookies lossy
	synchronised lossy
	run -0 at ROUTER tcpdump -c 1 -n -r "$DIR/asked.pcap" "src $LOSSY_V4 and greater $((42 + 644))"
	assert_output --partial "$LOSSY_V4"
	expect_solicited
}

has_lost_cookies() { # NAME
	[ "$(cookies "$1")" -le 4 ]
}

has_all_cookies() { # NAME
	[ "$(cookies "$1")" -eq 8 ]
}

@test "client: chronyd, five sources at once over IPv4 and IPv6: synchronises, and all stay in reach" {
	client several
	eventually reaches_all several 5
}

# The last eight answers of each of its sources came.
reaches_all() { # NAME NUMBER
	[ "$(ask_chronyd "$1" sources | awk -F, '$6 == 377' | wc -l)" -eq "$2" ]
}

@test "client: chronyd as peer of one that does not know it (modes 1 and 2), IPv4: synchronises and stays so" {
	client peer
}

# Here the other's mode 1 packets are both its questions and its answers.
peers() { # NAME OWN_ADDRESS OTHER_ADDRESS OPTION...
	local own=("$2" ::1) other=("$3" ::1)
	[[ $2 != *:* ]] || own=(127.0.0.1 "$2") other=(127.0.0.1 "$3")
	start_peer SERVER "$1" "${own[@]}" "peer $3 $fast ${*:4}"
	eventually has_asked "$1" || complain "$1"
	start_peer CLIENT "other-$1" "${other[@]}" "local stratum 2" "peer $2 $fast ${*:4}"
	synchronises "$1"
	eventually takes_more_answers "other-$1" 4 || complain "other-$1"
}

has_asked() { # NAME
	[ "$(ask_chronyd "$1" ntpdata | cut -d, -f 31)" -gt 0 ]
}

@test "client: chronyd, each the other's peer (mode 1), IPv4: synchronises and stays so" {
	peers both4 "$BOTH_V4" "$OTHER_V4"
	expect_solicited
}

@test "client: chronyd, each the other's peer (mode 1), xleave, IPv6: synchronises and stays so" {
	peers both6 "$BOTH_V6" "$OTHER_V6" xleave
	eventually ntpdata_says both6 $INTERLEAVED Yes || complain both6
	expect_solicited
}

@test "client: ntpdig of ntpsec, IPv4 and IPv6: gets the time" {
	local address
	for address in "$CLIENT_V4" "$CLIENT_V6"; do
		run -0 at SERVER ntpdig -j "$address"
		assert_output --partial '"stratum":2'
	done
	expect_solicited
}

@test "client: ntpdate of ntpsec, IPv4 and IPv6: gets the time" {
	local address
	for address in "$CLIENT_V4" "$CLIENT_V6"; do
		run -0 at SERVER ntpdate -q "$address"
		assert_output --partial "$address s2 no-leap"
	done
	expect_solicited
}

@test "client: ntplib of Python (NTP version 2), IPv4 and IPv6: gets the time" {
	local address
	for address in "$CLIENT_V4" "$CLIENT_V6"; do
		run -0 at SERVER /usr/bin/python3 -c "import ntplib; print(ntplib.NTPClient().request('$address').stratum)"
		assert_output 2
	done
	expect_solicited
}

# It takes the answer, and then is not let set the clock. It asks each 16 s.
accepted_by_timesyncd() { # NAME NUMBER
	[ "$(grep -c 'Failed to call clock_adjtime(): Operation not permitted' "$DIR/$1.log")" -ge "$2" ]
}

@test "client: systemd-timesyncd, IPv4: accepts its server's answers" {
	PATIENCE=40 eventually accepted_by_timesyncd timesyncd4 2 || { cat "$DIR/timesyncd4.log" && false; }
	expect_solicited
}

@test "client: systemd-timesyncd, IPv6: accepts its server's answers" {
	PATIENCE=40 eventually accepted_by_timesyncd timesyncd6 2 || { cat "$DIR/timesyncd6.log" && false; }
	expect_solicited
}

valid_to_openntpd() { # SERVER_ADDRESS
	grep -q "peer $1 now valid" "$DIR/openntpd.log"
}

@test "client: ntpd of OpenNTPD, IPv4 and IPv6: takes its servers' answers and holds both valid" {
	local address
	for address in "$CLIENT_V4" "$CLIENT_V6"; do
		PATIENCE=40 eventually valid_to_openntpd "$address" || { cat "$DIR/openntpd.log" && false; }
	done
	expect_solicited
}

# It wants port 123 of every address, and so it is the last.
@test "client: ntpd of ntpsec, port 123 to port 123, IPv4 and IPv6: reaches its servers" {
	local name
	for name in port123v4 port123v6 peer; do
		stop "$name"
	done
	start_ntpd SERVER ntpsec < <(printf 'server %s minpoll 0 maxpoll 0\n' "$CLIENT_V4" "$CLIENT_V6")
	eventually reaches "$CLIENT_V4" || { at SERVER ntpq -n -p 127.0.0.1 && cat "$DIR/ntpsec.log" && false; }
	eventually reaches "$CLIENT_V6"
	expect_solicited
}

# No answer was lost, at least four came, and ntpd chooses this server or considers it.
reaches() { # SERVER_ADDRESS
	at SERVER ntpq -n -p 127.0.0.1 | awk -v server="$1" '$1 ~ "^[*+]" && index($1, server) == 2 && $7 ~ "^[137]7+$" { found = 1 }
		END { exit !found }'
}

@test "every packet that they sent is in the counters, and every one that they got" {
	local file name asked
	for file in "$DIR"/*/chrony.conf "$DIR"/*.sh; do
		name=${file%/chrony.conf}
		name=$(basename "${name%.sh}")
		[ "$name" = upstream ] || stop "$name"
	done
	conservation
	assert_equal "$(drops)" 0
	read -r asked _ < <(packets pcap "$DIR/asked.pcap")
	assert_equal "$(guard counters --json | jq '[.interfaces[].counters[] | select(.direction == "out") | .packets] | add')" "$asked"
}

@test "nobody has set this machine's clock" {
	run awk -v before="$(cat "$DIR/clock")" -v now="$(clock_step)" 'BEGIN { print (now - before) ^ 2 < 0.01 ^ 2 }'
	assert_output 1
}

@test "no stranger is answered meanwhile" {
	expect silence ATTACKER "$SERVER_V4" client monlist readvar
}

@test "a peer whom only the access list knows is answered (mode 2), and synchronises" {
	guard allow add "$OTHER_V4"
	start_peer SERVER passive "$BOTH_V4" ::1 "local stratum 2" allow
	start_peer CLIENT active "$OTHER_V4" ::1 "peer $BOTH_V4 $fast"
	synchronises active
	[ "$(counter peer_allowed)" -gt 0 ]
	[ "$(DIRECTION=out counter answer_sent)" -gt 0 ]
}
