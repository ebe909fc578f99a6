#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Our answer to chrony's allow and deny lists against chronyd's own (chronyc accheck).

Random directive lists, short prefixes that collide inside a 4-bit level above all, are given to a
real chronyd over its Unix socket and to the compiled table; every address must get one answer."""

import argparse
import ipaddress
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import time

ALLOW, ALLOWALL, DENY, DENYALL, ACCHECK = 17, 18, 19, 20, 25  # candm.h
ACCESS_ALLOWED, ACCESS_DENIED = 8, 9


class Chronyd:
    """A chronyd that touches no clock and no network, and its command socket."""

    def __init__(self, binary):
        self.directory = tempfile.mkdtemp(prefix="ntpguard-oracle-")
        os.chmod(self.directory, 0o700)
        path = os.path.join(self.directory, "chronyd.sock")
        conf = os.path.join(self.directory, "chrony.conf")
        with open(conf, "w", encoding="ascii") as file:
            file.write(f"port 0\ncmdport 0\nbindcmdaddress {path}\npidfile {self.directory}/pid\n")
        command = [binary, "-x", "-d", "-U", "-u", "root", "-f", conf]
        # pylint: disable=consider-using-with  # it lives as long as this object
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(os.path.join(self.directory, "client.sock"))
        self.socket.settimeout(5)
        for _ in range(100):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.sequence = 0

    def close(self):
        self.process.terminate()
        self.process.wait()
        subprocess.run(["rm", "-rf", self.directory], check=False)

    def ask(self, command, network=None):
        """One command with an address and (but for accheck) a prefix length; the reply's status."""
        self.sequence += 1
        if network is None:
            address, family, bits = bytes(16), 0, 0
        else:
            address = network.network_address.packed.ljust(16, b"\0")
            family, bits = (1 if network.version == 4 else 2), network.prefixlen
        body = address + struct.pack("!HH", family, 0)
        if command != ACCHECK:
            body += struct.pack("!i", bits)
        head = struct.pack("!BBBBHHIII", 6, 1, 0, 0, command, 0, self.sequence, 0, 0)
        self.socket.send(head + body)
        reply = self.socket.recv(1024)
        assert struct.unpack("!I", reply[16:20])[0] == self.sequence
        return struct.unpack("!H", reply[8:10])[0]


def random_network(rng, version):
    """Near others on purpose: few distinct leading bytes, every prefix length."""
    bits = 32 if version == 4 else 128
    if version == 4:
        value = rng.choice([0x0A000000, 0x0A100000, 0xC0A80000, 0xC6336400]) ^ (rng.getrandbits(32) & rng.choice(
            [0, 0xFF, 0xFFFF, 0xF0F0, 0xFFFFFF, 0x00F00000]))
    else:
        value = (0x20010DB8 << 96) ^ (rng.getrandbits(128) & rng.choice(
            [0, 0xFF, (1 << 64) - 1, 0xFFFF << 64, 0xF << 92, (1 << 96) - 1]))
    short = rng.random() < 0.6
    length = rng.randint(0, 16 if version == 4 else 40) if short else rng.randint(0, bits)
    return ipaddress.ip_network((value, length), strict=False)


def random_list(rng):
    directives = []
    for _ in range(rng.randint(1, 14)):
        word = rng.choice(["allow", "deny"])
        everything = rng.random() < 0.2
        network = None if rng.random() < 0.04 else random_network(rng, rng.choice([4, 4, 6]))
        directives.append((word, everything, network))
    return directives


def probes(rng, directives, count):
    """Edges of the prefixes in the list, and strangers."""
    chosen = []
    networks = [network for _, _, network in directives if network is not None]
    for _ in range(count):
        if networks and rng.random() < 0.85:
            network = rng.choice(networks)
            top = (1 << network.max_prefixlen) - 1
            first, last = int(network.network_address), int(network.broadcast_address)
            value = rng.choice([first, last, first - 1, last + 1, rng.randint(first, last)])
            chosen.append(type(network.network_address)(min(max(value, 0), top)))
        else:
            chosen.append(random_network(rng, rng.choice([4, 6])).network_address)
    return chosen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--chronyd", required=True)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--lists", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    rng = random.Random(seed)
    chronyd = Chronyd(options.chronyd)
    passed = failed = 0
    codes = {("allow", False): ALLOW, ("allow", True): ALLOWALL, ("deny", False): DENY, ("deny", True): DENYALL}
    try:
        # pylint: disable=consider-using-with  # both ends close below
        ours = subprocess.Popen([options.ours], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(options.lists):
            directives = random_list(rng)
            addresses = probes(rng, directives, 20)
            lines = [f"{w}{' all' if a else ''}{'' if n is None else f' {n}'}" for w, a, n in directives]
            ours.stdin.write("\n".join(lines) + "\n--\n" + "\n".join(map(str, addresses)) + "\n--\n")
            ours.stdin.flush()
            chronyd.ask(DENYALL)
            for word, everything, network in directives:
                assert chronyd.ask(codes[word, everything], network) == 0
            for address in addresses:
                status = chronyd.ask(ACCHECK, ipaddress.ip_network(address))
                theirs = {ACCESS_ALLOWED: "allow", ACCESS_DENIED: "deny"}[status]
                answer = ours.stdout.readline().strip()
                if answer == theirs:
                    passed += 1
                    continue
                failed += 1
                if failed <= 5:
                    print(f"{address}: chronyd says {theirs}, we say {answer or 'nothing'}:", *lines, sep="\n  ")
        ours.stdin.close()
        if ours.wait():
            failed += 1
    finally:
        chronyd.close()
    print(f"{options.lists} random lists, seed {seed}, {passed + failed} addresses: {failed} differences")
    print(f"accheck: {1 if not failed else 0} passed, {1 if failed else 0} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
