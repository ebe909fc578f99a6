#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Records the demo, and counters --watch during a flood, as the pictures that README shows (demo.svg, watch.svg).
# Needs root, a terminal, and termtosvg (a Debian package), which nothing else here needs.
set -eu
# shellcheck source=tests/net/lib.bash
. "${BASH_SOURCE[0]%/*}/../net/lib.bash"

HERE=$ROOT/tests/demo

picture() { # NAME COLUMNSxROWS COMMAND
	termtosvg record "$DIR/$1.cast" -g "$2" -c "$3"
	termtosvg render "$DIR/$1.cast" "$HERE/$1.svg" -t window_frame -M 1500 -D 8000
}

# A flood that ends and comes again, at a guard that knows one client.
make_the_scene() {
	begin
	start_server
	load_guard wan --policy "$(printf 'default drop\nallow %s\n' "$CLIENT_V4" | policy vps)"
	(
		while sleep 1; do
			forge 9000 "$SERVER_V4" monlist_8 readvar client >/dev/null
			ask CLIENT "$SERVER_V4" client{,,,,} --pause 0.05 >/dev/null
		done
	) 3>&- &
	ATTACK=$!
}

command -v termtosvg >/dev/null || { echo "termtosvg is not there (apt install termtosvg)" >&2 && exit 2; }
DIR=$(mktemp -d)
picture demo 96x100 "$HERE/demo.sh"
rm -rf "$DIR"
trap 'kill "$ATTACK"; finish' EXIT
make_the_scene
sleep 2
inside=(nsenter "--net=/run/netns/$RUN-SERVER" "--mount=/proc/$(cat "$DIR/etc.pid")/ns/mnt")
LC_ALL=C.UTF-8 picture watch 80x16 "timeout --foreground -s INT 14 ${inside[*]} $NTPGUARD counters --watch"
