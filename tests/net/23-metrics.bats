#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What Prometheus sees is what the counters say, to the packet; and what is shipped for it is right.
load case
load daemon

PACKAGING=$ROOT/userspace/packaging

setup_file() {
	begin
	make_users
}

setup() {
	start_server # which dies with the test
	load_guard wan --policy "$(printf 'default limit\n%s\n' 'ratelimit interval 6 burst 4 leak 4' \
		'prefixlimit 24 56 interval 0 burst 200 leak 4' 'globallimit 5000' 'deny 203.0.113.0/24' \
		'control 192.0.2.0/24' | policy limited)"
}

teardown() {
	stop prometheus
	stop ntpguardd
	stop server
	unload_guard
}

send_some() {
	send_udp CLIENT "$SERVER_V4" client --count 60
	send_udp CLIENT "$SERVER_V6" client --count 30
	send_udp CLIENT "$SERVER_V4" monlist --count 7
	send_udp ATTACKER "$SERVER_V6" readvar --count 11
	send_udp ATTACKER "$SERVER_V4" client --count 5
	conservation
}

# The rows of --json as the series of --prometheus, sorted.
as_series() {
	guard counters --json | jq -r '.interfaces[] | .name as $name | .counters[]
		| "device=\"\($name)\",direction=\"\(.direction)\",family=\"\(.family)\",verdict=\"\(.verdict)\",reason=\"\(.reason)\"" as $labels
		| "ntpguard_packets_total{\($labels)} \(.packets)", "ntpguard_bytes_total{\($labels)} \(.bytes)",
			(select(.verdict == "drop") | "ntpguard_would_drop_packets_total{\($labels)} \(.would_drop)")' | sort
}

@test "counters --prometheus says what --json says, and promtool has nothing to say" {
	send_some
	guard counters --prometheus >"$DIR/metrics"
	assert_equal "$(grep -E '^ntpguard_(packets|bytes|would_drop_packets)_total' "$DIR/metrics" | sort)" "$(as_series)"
	run -0 promtool check metrics <"$DIR/metrics"
	assert_output ''
	run -0 jq -r '.amplification | .bytes_in, .bytes_out' <<<"$(guard status --json)"
	assert_equal "$(awk '/^ntpguard_(query|answer)_bytes_total\{device="wan"\} / { print $2 }' "$DIR/metrics")" "$output"
	grep -qx 'ntpguard_access_entries{set="deny",family="ipv4"} 1' "$DIR/metrics"
	grep -qx 'ntpguard_access_entries{set="control",family="ipv4"} 1' "$DIR/metrics"
	grep -qx 'ntpguard_interface_attached{device="wan"} 1' "$DIR/metrics"
	grep -qx 'ntpguard_limit_capacity{limit="prefix",ipv4_length="24",ipv6_length="56"} 32768' "$DIR/metrics"
	grep -qx "ntpguard_policy_info{name=\"limited\",hash=\"$(guard status --json | jq -r .policy.hash)\"} 1" "$DIR/metrics"
}

@test "no client's address is anywhere, and every reason is, before anything came" {
	local reason
	guard counters --prometheus >"$DIR/metrics"
	sed -nE 's/^NG_VERDICT\(.*, "([a-z0-9_]+)",$/\1/p' "$ROOT/bpf/verdicts.def" >"$DIR/reasons"
	[ "$(wc -l <"$DIR/reasons")" -gt 25 ]
	while read -r reason; do
		grep -q "reason=\"$reason\"" "$DIR/metrics" || fail "$reason"
	done <"$DIR/reasons"
	send_some
	run guard counters --prometheus
	refute_output --regexp "198\.51\.100|203\.0\.113|2001:db8"
}

@test "a policy of any name is a label" {
	guard apply -q "$(policy 'we"ird\name' <<<'default drop')" 2>/dev/null
	guard counters --prometheus >"$DIR/metrics"
	grep -qF 'ntpguard_policy_info{name="we\"ird\\name",' "$DIR/metrics"
	run -0 promtool check metrics <"$DIR/metrics"
	assert_output ''
	# a file's name in Latin-1; of such a byte Prometheus would not read the rest either
	guard apply -q "$(policy $'caf\xe9' <<<'default drop')" 2>/dev/null
	guard counters --prometheus >"$DIR/metrics"
	grep -qF $'ntpguard_policy_info{name="caf\xef\xbf\xbd",' "$DIR/metrics"
	assert_equal "$(guard status --json | jq -r .policy.name)" $'caf\xef\xbf\xbd'
	run -0 promtool check metrics <"$DIR/metrics"
	assert_output ''
}

# ROUTER, too, has an interface called wan now, and SERVER's guard is its guard.
@test "interfaces of one name, in two namespaces, are two" {
	at ROUTER ip link add wan type veth peer name other
	nsenter --net="/run/netns/$RUN-ROUTER" --mount="/proc/$(cat "$DIR/etc.pid")/ns/mnt" -- "$NTPGUARD" load wan -q 2>/dev/null
	guard counters --prometheus >"$DIR/metrics"
	nsenter --net="/run/netns/$RUN-ROUTER" --mount="/proc/$(cat "$DIR/etc.pid")/ns/mnt" -- "$NTPGUARD" unload wan -q
	at ROUTER ip link del wan
	run -0 sed -nE 's/^ntpguard_interface_attached\{device="(.*)"\} .*/\1/p' "$DIR/metrics"
	assert_output $'wan\nwan/2'
	run sh -c "grep -v '^#' '$DIR/metrics' | sed 's/ [^ ]*\$//' | sort | uniq -d"
	assert_output ''
}

counts() { # NUMBER REASON
	[ "$(counter "$2")" = "$1" ]
}

# Prometheus takes a counter that falls for one that began anew, and all that is left for an increase.
@test "no counter falls when one of several interfaces is unloaded" {
	link SERVER lan CLIENT lan
	address SERVER lan 10.123.0.2/24
	address CLIENT lan 10.123.0.7/24
	guard load lan -q 2>/dev/null
	send_udp CLIENT "$SERVER_V4" client --count 3
	send_udp CLIENT 10.123.0.2 client --count 4
	eventually counts 7 request_in_limit
	guard counters --prometheus | sed -nE 's/^([a-z_]+_total.*) ([0-9]+)$/\1\t\2/p' | sort >"$DIR/before"
	guard unload lan -q
	guard counters --prometheus | sed -nE 's/^([a-z_]+_total.*) ([0-9]+)$/\1\t\2/p' | sort >"$DIR/after"
	at SERVER ip link del lan
	grep -q $'^ntpguard_query_bytes_total{device="lan"}\t192$' "$DIR/before"
	grep -q $'^ntpguard_query_bytes_total{device="wan"}\t144$' "$DIR/after"
	run awk -F '\t' 'NR == FNR { before[$1] = $2; next } $2 < before[$1] { print }' "$DIR/before" "$DIR/after"
	assert_output ''
}

@test "counters --prometheus: nothing on standard output where there is nothing to say" {
	unload_guard
	run -3 --separate-stderr guard counters --prometheus
	assert_output ''
	run -2 --separate-stderr guard counters --prometheus --json
	assert_regex "$stderr" 'not both'
}

@test "the daemon says the same, in both formats" {
	send_some
	start_ntpguardd
	assert_equal "$(metrics | grep -E '^ntpguard_(packets|bytes|would_drop_packets)_total' | sort)" "$(as_series)"
	run -0 promtool check metrics <<<"$(metrics)"
	assert_output ''
	assert_equal "$(metric ntpguard_chronyd_up)" 1
	stop server
	assert_equal "$(metric ntpguard_chronyd_up)" 0
	start_server
	assert_equal "$(metric ntpguard_chronyd_up)" 1
	run -0 fetch -H 'Accept: application/openmetrics-text; version=1.0.0' -D "$DIR/head"
	assert_equal "${lines[-1]}" '# EOF'
	grep -qi '^content-type: application/openmetrics-text; version=1.0.0' "$DIR/head"
	/usr/bin/python3 "$ROOT/tests/net/openmetrics.py" <<<"$output"
	fetch -D "$DIR/head" >/dev/null
	grep -qi '^content-type: text/plain; version=0.0.4' "$DIR/head"
}

@test "requests of chrony's clients are counted by command and status" {
	start_ntpguardd
	assert_equal "$(metric 'ntpguard_cmdmon_requests_total{command="tracking",status="success"}')" 0
	chronyc_by ipv4 tracking >/dev/null
	chronyc_by ipv6 tracking >/dev/null
	run chronyc_by unix online
	assert_equal "$(metric 'ntpguard_cmdmon_requests_total{command="tracking",status="success"}')" 2
	assert_equal "$(metric 'ntpguard_cmdmon_requests_total{command="online",status="unauth"}')" 1
}

@test "HTTP: only GET and HEAD, only /metrics; unloaded is not unwell" {
	start_ntpguardd
	run -0 fetch -o "$DIR/body" -w '%{http_code}' -X POST -d junk
	assert_output 405
	run -0 fetch -o "$DIR/body" -w '%{http_code}' -I
	assert_output 200
	run -0 at SERVER curl -sS -o "$DIR/body" -w '%{http_code}' http://127.0.0.1:9623/
	assert_output 404
	unload_guard
	assert_equal "$(metric ntpguard_loaded)" 0
	guard load wan --policy "$DIR/limited.policy" -q 2>/dev/null
	assert_equal "$(metric ntpguard_loaded)" 1
	mark
}

@test "a refused apply is there to be seen, until one is not refused" {
	local before
	before=$(date +%s)
	start_ntpguardd
	assert_equal "$(metric ntpguard_policy_refused_timestamp_seconds)" 0
	printf 'default nonsense\n' | policy bad >/dev/null
	run guard apply --dry-run "$DIR/bad.policy"
	assert_equal "$(metric ntpguard_policy_refused_timestamp_seconds)" 0
	run guard apply "$DIR/bad.policy"
	[ "$(metric ntpguard_policy_refused_timestamp_seconds)" -ge "$before" ]
	run -0 guard status
	assert_output --partial 'warning    ntpguard apply was refused at'
	guard allow add 198.51.100.7 -q 2>/dev/null
	[ "$(metric ntpguard_policy_refused_timestamp_seconds)" -ge "$before" ]
	guard apply "$DIR/limited.policy" -q 2>/dev/null
	assert_equal "$(metric ntpguard_policy_refused_timestamp_seconds)" 0
	run guard apply "$DIR/bad.policy"
	[ "$(metric ntpguard_policy_refused_timestamp_seconds)" -ge "$before" ]
	guard load wan --policy "$DIR/limited.policy" -q 2>/dev/null
	assert_equal "$(metric ntpguard_policy_refused_timestamp_seconds)" 0
}

# ---- a real Prometheus ----

query() { # EXPRESSION
	at SERVER curl -sS --max-time 5 --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query |
		jq -r '.data.result[0].value[1]'
}

answers_with() { # NUMBER EXPRESSION
	[ "$(query "$2")" = "$1" ]
}

@test "a real Prometheus scrapes it, and answers with what was sent" {
	start_ntpguardd
	printf '%s\n' 'global: {scrape_interval: 1s, evaluation_interval: 1s}' "rule_files: [$PACKAGING/prometheus/ntpguard.rules.yml]" \
		'scrape_configs:' '  - job_name: ntpguard' '    static_configs: [{targets: ["127.0.0.1:9623"]}]' >"$DIR/prometheus.yml"
	daemon_at SERVER prometheus prometheus --config.file="$DIR/prometheus.yml" --storage.tsdb.path="$DIR/tsdb" \
		--web.listen-address=127.0.0.1:9090
	PATIENCE=30 eventually answers_with 1 'up{job="ntpguard"}' || { cat "$DIR/prometheus.log" && return 1; }
	send_some
	PATIENCE=10 eventually answers_with 7 'sum(ntpguard_packets_total{reason="mode7"})'
	eventually answers_with 11 'sum(ntpguard_packets_total{reason="mode6"})'
	eventually answers_with 5 'sum(ntpguard_packets_total{reason="denied"})'
	eventually answers_with 90 'sum(ntpguard_packets_total{reason=~"source_rate|request_in_limit|request_leaked"})'
	assert_equal "$(query 'ntpguard_interface_attached')" 1
	stop ntpguardd
	eventually answers_with 0 'up{job="ntpguard"}'
}

# ---- what is shipped ----

@test "the alert rules are right, and do what they say" {
	cd "$PACKAGING/prometheus"
	run -0 promtool check rules ntpguard.rules.yml
	run -0 promtool test rules ntpguard.rules.test.yml
}

@test "rules and dashboard name no metric that there is not" {
	local name
	start_ntpguardd
	metrics | sed -nE 's/^([a-z_]+)[{ ].*/\1/p' | sort -u >"$DIR/names"
	cat "$PACKAGING/prometheus/ntpguard.rules.yml" "$PACKAGING/grafana/ntpguard.json" | grep -oE '\bntpguard_[a-z_]+' | sort -u >"$DIR/named"
	[ "$(wc -l <"$DIR/named")" -gt 15 ]
	run -0 comm -13 "$DIR/names" "$DIR/named"
	assert_output ''
	# shellcheck disable=SC2016 # it is Grafana's
	jq -e '.__inputs[0].name == "DS_PROMETHEUS" and ([.panels[].targets[].datasource.uid] | unique == ["${DS_PROMETHEUS}"])' \
		"$PACKAGING/grafana/ntpguard.json" >/dev/null
	# every expression is one
	# shellcheck disable=SC2016
	jq -r '.panels[].targets[].expr' "$PACKAGING/grafana/ntpguard.json" | sed 's/\$__rate_interval/5m/g; s/\$[a-z]*/x/g' |
		while read -r name; do
			printf 'groups: [{name: g, rules: [{record: "a:b", expr: %s}]}]\n' "$(jq -R . <<<"$name")" >"$DIR/expr.yml"
			promtool check rules "$DIR/expr.yml" >/dev/null || fail "$name"
		done
}
