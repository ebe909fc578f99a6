#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Time daemons and their clients for the tests, unpacked under build/daemons. They are not installed:
# Debian lets only one of them be installed at a time, and installing one starts it on this host's clock.
# Prints nothing once all is there, and then needs no network.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages="prometheus collectd-core chrony ntpsec ntpsec-ntpdig ntpsec-ntpdate python3-ntp systemd-timesyncd openntpd python3-ntplib"
daemons=build/daemons

die() {
	echo "daemons.sh: $*" >&2
	exit 1
}

is_installed() { # PACKAGE
	[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]
}

# The libraries that the packages need and that this host lacks, and what those need in turn; libjs-* are for browsers.
libraries() {
	local found="" new=$packages name
	while [ -n "$new" ]; do
		# shellcheck disable=SC2046,SC2086 # several words
		set -- $(apt-cache depends --important $new | sed -nE '/: libjs-/d; s/^ *Depends: (lib[^:]+)$/\1/p' | sort -u)
		new=""
		for name; do
			[[ " $found " == *" $name "* ]] || is_installed "$name" || new+=" $name"
		done
		found+=$new
	done
	echo "$found"
}

is_complete() {
	[ "$(cat "$daemons/complete" 2>/dev/null)" = "$packages" ]
}

is_complete && exit 0
command -v apt-get >/dev/null || die "chrony and ntpsec come from Debian packages, and there is no apt-get here"
room=$PWD/build/daemons.$$
trap 'rm -rf "$room"' EXIT
mkdir -p "$room/packages" "$room/root"
apt-cache show chrony >/dev/null 2>&1 || apt-get update -qq || die "no package lists, and none to be had (offline?)"
# shellcheck disable=SC2046,SC2086 # several words
(cd "$room/packages" && apt-get download -qq -o APT::Sandbox::User=root $packages $(libraries)) ||
	die "cannot download: $packages (offline?); nothing was unpacked"
for package in "$room"/packages/*.deb; do
	case ${package##*/} in
	openntpd_*) dpkg -x "$package" "$room/root/openntpd" ;; # its ntpd has the name of ntpsec's
	*) dpkg -x "$package" "$room/root" ;;
	esac
done
# ntpsec's Python looks for its library beside itself before it looks where the package puts it.
(cd "$room/root/usr/lib/python3/dist-packages/ntp" && ln -s ../../../*/ntp/libntpc.so .)
echo "$packages" >"$room/root/complete"
# Whole or not at all: nobody sees half of it, and the second of two runs finds the first one's. What an
# older list of packages left goes out of the way.
is_complete || [ ! -e "$daemons" ] || mv -T "$daemons" "$room/old"
mv -T "$room/root" "$daemons" 2>/dev/null || is_complete || die "$daemons is in the way: remove it"
