#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/vm/run.sh [PACKAGE...]: boots Debian's kernels (kernels.txt) under QEMU and runs checks.sh in
# each. Software emulation, because a machine that is itself a VM may have no working KVM. Nothing
# is installed: what this machine lacks is unpacked below build/vm, once. Root is not needed.
# shellcheck disable=SC2317 # what fetch and trap call by name is not unreachable
set -u
cd "$(dirname "$0")/../.." || exit 2

VM=$PWD/build/vm
TOOLS=$VM/tools
LIMIT=300 # seconds, from power on to the last check
mkdir -p "$VM"
WORK=$(mktemp -d "$VM/run.XXXXXX") || exit 2
declare -A machines=()
kernels=() passed=0 failed=0 skipped=0

clean_up() {
	[ ${#machines[@]} -eq 0 ] || kill "${machines[@]}" 2>/dev/null
	wait
	rm -rf "$WORK"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

finish() {
	echo "vm: $passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

number() {
	echo $((passed + failed + skipped + 1))
}

pass() { # SENTENCE
	echo "ok $(number) $1"
	passed=$((passed + 1))
}

skip() { # SENTENCE REASON
	echo "ok $(number) $1 # skip $2"
	skipped=$((skipped + 1))
}

fail() { # SENTENCE [FILE]: its end tells why
	echo "not ok $(number) $1"
	failed=$((failed + 1))
	[ $# -eq 1 ] || tail -n 30 "$2" | sed 's/^/# /'
}

# ---- what is booted, and what boots it ----

apt() { # download|update|install ARGUMENT...
	apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=0 -o Acquire::http::Timeout=15 "$@" 2>>"$WORK/apt.log"
}

# Into a directory, whole or not at all, so that one that is there can be used.
unpack() { # DIRECTORY PACKAGE...
	local into=$1 part=$WORK/part deb
	shift
	rm -rf "$part"
	mkdir -p "$part/debs"
	[ $# -eq 0 ] || (cd "$part/debs" && apt download "$@") >>"$WORK/apt.log" || return
	for deb in "$part"/debs/*.deb; do
		[ ! -e "$deb" ] || dpkg -x "$deb" "$part" || return
	done
	rm -rf "$part/debs"
	mv -T "$part" "$into"
}

# QEMU and the rest, with those of their dependencies that are not installed here.
unpack_tools() {
	local wanted
	[ ! -d "$TOOLS" ] || return 0
	wanted=$(apt install --simulate --no-install-recommends qemu-system-x86 busybox-static xdp-tools) || return
	# shellcheck disable=SC2046 # one word a package
	unpack "$TOOLS" $(awk '$1 == "Inst" && $3 !~ /^\[/ { print $2 }' <<<"$wanted")
}

# A package such as linux-image-cloud-amd64 holds nothing but the name of the newest kernel's.
unpack_kernel() { # PACKAGE
	local real
	[ ! -d "$VM/$1" ] || return 0
	real=$(apt-cache show --no-all-versions "$1" 2>>"$WORK/apt.log" |
		sed -nE 's/^Depends: *(linux-image-[^ ,]+).*/\1/p')
	unpack "$VM/$1" "${real:-$1}"
}

# Package lists that are old name versions that the archive has no more.
fetch() { # COMMAND...
	"$@" || { apt update >>"$WORK/apt.log" && "$@"; }
}

use_tools() {
	local libraries
	export PATH=$TOOLS/usr/bin:$TOOLS/usr/sbin:$TOOLS/bin:$PATH:/usr/sbin:/sbin
	libraries=$(find "$TOOLS" -name '*.so.*' -printf '%h\n' | sort -u | paste -s -d :)
	export LD_LIBRARY_PATH=$libraries
}

# ---- the VM's file system ----

# A program, and the shared libraries that it names, where the linker looks.
place() { # FILE
	local library
	cp "$1" "$WORK/root/bin/" || return
	for library in $(ldd "$1" 2>/dev/null | grep -oE '/[^ ]+'); do
		case $library in
		*/ld-linux*) cp -L --parents "$library" "$WORK/root/" ;;
		*) cp -L "$library" "$WORK/root/lib/" ;;
		esac || return
	done
}

archive() { # DIRECTORY
	(cd "$1" && find . | busybox cpio -o -H newc -R 0:0 2>/dev/null)
}

stage() {
	local root=$WORK/root program
	mkdir -p "$root"/{bin,lib,dev,proc,sys,run,tmp,etc,objects}
	cc -O2 -Wall -Wextra -Werror -o "$WORK/plain" tests/vm/plain.c -lbpf || return
	cc -O2 -Wall -Wextra -Werror -o "$WORK/send" tests/vm/send.c || return
	for program in "$WORK/plain" "$WORK/send" build/ntpguard build/ntpguardd build/tests/packets build/tests/ntpguard-other \
		"$(command -v busybox)" "$(command -v xdp-loader)" "$(command -v xdp-filter)"; do
		[ ! -f "$program" ] || place "$program" || return
	done
	cp build/bpf/*.bpf.o "$root/objects/" || return
	# libxdp's dispatcher, where libxdp looks for it
	cp --parents /usr/lib/*/bpf/*.o "$root/" || return
	cp tests/vm/init tests/vm/checks.sh tests/vm/instructions.txt "$root/" || return
	printf '%s\n' root:x:0:0::/:/bin/sh ntpguard:x:64123:64123::/:/bin/false \
		reader:x:64124:64123::/:/bin/sh >"$root/etc/passwd"
	printf '%s\n' root:x:0: ntpguard:x:64123: >"$root/etc/group"
	archive "$root" >"$WORK/root.cpio"
}

# Copies a module after those that it needs, and writes down the order. No such file: built in.
module() { # PACKAGE NAME
	local into=$WORK/$1/modules file name need
	file=$(find "$VM/$1/lib/modules" -name "${2//_/[_-]}.ko*" | head -n 1)
	name=$(basename "$file" .xz)
	[ -n "$file" ] && [ ! -e "$into/$name" ] || return 0
	case $file in
	*.xz) busybox xzcat "$file" >"$into/$name" ;;
	*) cp "$file" "$into/$name" ;;
	esac || return
	for need in $(grep -zao '^depends=.*' "$into/$name" | tr -d '\0' | cut -d = -f 2 | tr , ' '); do
		module "$1" "$need"
	done
	echo "$name" >>"$into/order"
}

# The kernel unpacks one archive after the other.
initramfs() { # PACKAGE
	local name
	mkdir -p "$WORK/$1/modules"
	: >"$WORK/$1/modules/order"
	for name in virtio_pci virtio_net veth sch_ingress cls_bpf; do
		module "$1" "$name" || return
	done
	{ cat "$WORK/root.cpio" && archive "$WORK/$1"; } >"$WORK/$1.initramfs"
}

# ---- the VM ----

# Three interfaces on one cable inside QEMU, which ends there.
boot() { # PACKAGE
	local network=() i
	for i in 0 1 2; do
		network+=(-netdev "hubport,id=port$i,hubid=0"
			-device "virtio-net-pci,netdev=port$i,romfile=,mac=52:54:00:00:02:0$i")
	done
	timeout "$LIMIT" qemu-system-x86_64 -L "$TOOLS/usr/share/qemu" -L "$TOOLS/usr/share/seabios" \
		-L /usr/share/qemu -L /usr/share/seabios \
		-accel tcg,thread=multi -cpu max -smp 2 -m 1024 -nodefaults -no-user-config -display none -no-reboot \
		-serial "file:$WORK/$1.console" -kernel "$VM/$1"/boot/vmlinuz-* -initrd "$WORK/$1.initramfs" \
		-append 'console=ttyS0 loglevel=1 panic=-1' "${network[@]}" >"$WORK/$1.qemu" 2>&1 </dev/null 9>&- &
	machines[$1]=$!
}

# Its checks under this run's own numbers, and one more if it did not come to its end.
report() { # PACKAGE STATUS
	local lines=$WORK/$1.lines line planned
	cat "$WORK/$1.qemu" "$WORK/$1.console" | tr -d '\r' >"$lines"
	while IFS= read -r line; do
		case $line in
		'ok '*' # skip '*) line=${line#ok * } && skip "$1: ${line% # skip *}" "${line#* # skip }" ;;
		'ok '*) pass "$1: ${line#ok * }" ;;
		'not ok '*) fail "$1: ${line#not ok * }" ;;
		'# '*) echo "$line" ;;
		esac
	done <"$lines"
	planned=$(sed -nE 's/^1\.\.([0-9]+)$/\1/p' "$lines")
	[ "$planned" = "$(grep -cE '^(not )?ok ' "$lines")" ] ||
		fail "$1: all checks end within $LIMIT s (QEMU's status: $2)" "$lines"
}

prepare() { # PACKAGE
	if ! fetch unpack_kernel "$1"; then
		skip "$1 boots" "the package cannot be had: $(tail -n 1 "$WORK/apt.log")"
	elif ! initramfs "$1"; then
		fail "$1: its initramfs can be made"
	else
		boot "$1"
	fi
}

run() { # PACKAGE...
	local kernel
	if ! fetch unpack_tools; then
		skip "a VM boots" "QEMU cannot be had: $(tail -n 1 "$WORK/apt.log")"
		return
	fi
	use_tools
	stage >"$WORK/stage.log" 2>&1 || { fail "the VM's file system can be made" "$WORK/stage.log" && return; }
	for kernel in "$@"; do
		prepare "$kernel"
	done
	for kernel in "$@"; do
		[ -n "${machines[$kernel]:-}" ] || continue
		wait "${machines[$kernel]}"
		report "$kernel" $?
		unset "machines[$kernel]"
	done
}

exec 9>"$VM/lock"
flock 9
[ $# -gt 0 ] || mapfile -t kernels < <(grep -v '^#' tests/vm/kernels.txt)
if [ ! -x build/ntpguard ]; then
	fail "build/ntpguard is there (make builds it)"
elif ! command -v apt-get >/dev/null || [ "$(dpkg --print-architecture)" != amd64 ]; then
	skip "a VM boots" "the kernels are Debian's, for amd64"
else
	run "$@" "${kernels[@]}"
fi
finish
