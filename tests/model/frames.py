# SPDX-License-Identifier: GPL-2.0-only
"""Random policies, and frames that have something to do with them: conversations, borders, mutations."""
import ipaddress
import random
import struct

FARS = [ipaddress.ip_address(text) for text in (
    "192.0.2.1", "192.0.2.7", "192.0.2.66", "198.51.100.9", "203.0.113.5", "203.0.113.130", "10.1.2.3",
    "2001:db8::1", "2001:db8::7", "2001:db8:1::7", "2001:db8:ffff::2")]
HOST4, HOST6 = ipaddress.ip_address("198.18.0.1"), ipaddress.ip_address("fd00::1")
# Of lengths over 48 that NTP has, each endpoint uses one, because the design does not say which of several queries an
# answer spends.
LENGTHS = [0, 1, 2, 3, 4, 8, 11, 12, 16, 44, 47, 48, 49, 50, 51, 1141, 1144, 1300]
OWN_LENGTHS = [52, 68, 72, 120, 228, 332, 956, 1140]
BURST = 35  # frames
TICK = 17 * 10**6  # nanoseconds: what is this far apart has an order for the programs, too


def prefix(chance, far=None):
    far = far or chance.choice(FARS)
    bits = far.max_prefixlen
    length = chance.choice([0, 1, 4, 7, 8, 9, 15, 16, 20, 23, 24, 25, 28, 29, 30, 31, 32] if bits == 32 else
                           [0, 3, 16, 32, 33, 47, 48, 56, 64, 100, 125, 126, 127, 128])
    return str(ipaddress.ip_network((far, length), strict=False))


def policy(chance):
    lines = ["default " + chance.choice(["drop", "drop", "pass"])]
    often = chance.choice(FARS)  # so that prefixes lie in each other, and some on one level of four bits
    for _ in range(chance.randrange(12)):
        everything = chance.choice(["", "", "", "all "])
        far = chance.choice([often, often, None])
        lines.append("%s %s%s" % (chance.choice(["allow", "deny"]), everything, prefix(chance, far)))
    for word in ("control", "private"):
        for _ in range(chance.choice([0, 0, 1, 2])):
            lines.append("%s %s" % (word, prefix(chance)))
    for word in ("server", "peer"):
        for _ in range(chance.choice([0, 0, 1, 2])):
            lines.append("%s %s" % (word, chance.choice(FARS)))
    for word, choices in (("replies", ["solicited", "listed", "any"]), ("answers", ["guard", "guard", "off"]),
                          ("symmetric", ["drop", "limit"]), ("ntpv5", ["deny", "allow"]),
                          ("fragments", ["drop", "pass"]), ("port", ["123", "123", "123", "1123"])):
        if chance.random() < 0.4:
            lines.append("%s %s" % (word, chance.choice(choices)))
    return lines


def udp(source, destination, message, length=None):
    length = 8 + len(message) if length is None else length
    return struct.pack(">HHHH", source, destination, length & 0xFFFF, 0) + message


def ipv4(source, destination, payload, chance=None):
    options = b"\1" * (4 * chance.choice([0, 0, 0, 1, 10])) if chance else b""
    flags = chance.choice([0, 0, 0, 0, 0x4000, 0x2000, 1, 0x2001]) if chance else 0
    protocol = chance.choice([17] * 9 + [6]) if chance else 17
    total = 20 + len(options) + len(payload)
    total += chance.choice([0, 0, 0, 0, 0, -1, 1, -8]) if chance else 0
    return struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0, max(total, 0), 7, flags, 64, protocol, 0) + \
        source.packed + destination.packed + options + payload


def ipv6(source, destination, payload, chance=None):
    chain, first = b"", 17
    if chance and chance.random() < 0.4:
        kinds = [chance.choice([0, 43, 60, 44, 51, 60]) for _ in range(chance.choice([1, 1, 2, 7, 8, 9]))]
        first = kinds[0]
        for kind, following in zip(kinds, kinds[1:] + [17]):
            chain += extension(kind, following, chance)
    length = len(chain) + len(payload) + (chance.choice([0, 0, 0, 0, -1, 1, -40]) if chance else 0)
    return struct.pack(">IHBB", 6 << 28, max(length, 0), first, 64) + source.packed + destination.packed + chain + payload


def extension(kind, following, chance):
    if kind == 44:
        return struct.pack(">BBHI", following, chance.choice([0, 9]), chance.choice([0, 0, 0, 1, 8, 9]), 7)
    units = chance.choice([0, 0, 1, 2])
    size = (units + 2) * 4 if kind == 51 else (units + 1) * 8
    return bytes([following, units]) + bytes(size - 2)


def ethernet(payload, kind, chance=None):
    tags = b""
    for _ in range(chance.choice([0, 0, 0, 0, 1, 2, 3]) if chance else 0):
        tags += struct.pack(">HH", chance.choice([0x8100, 0x88A8]), 100)
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + tags + struct.pack(">H", kind) + payload


def message(chance, length=None):
    mode, version = chance.choice([3, 3, 3, 4, 4, 0, 1, 2, 5, 6, 6, 7, 7]), chance.choice([4, 4, 4, 3, 2, 1, 0, 5, 6, 7])
    size = chance.choice(LENGTHS) if length is None and chance.random() < 0.5 else 48 if length is None else length
    body = bytearray(chance.choice([b"\0", b"\1", b"\xa5"]) * size)
    for at, value in ((0, chance.choice([0, 0, 0xC0, 0x80]) | version << 3 | mode), (1, chance.choice([0, 2, 0x82, 0x1f])),
                      (2, chance.choice([0, 3, 6, 10, 17, 200])), (3, chance.choice([0, 1, 42]))):
        if at < size:
            body[at] = value
    for at in (24, 32, 40):
        if size >= at + 8 and chance.random() < 0.8:
            body[at:at + 8] = chance.choice([b"\0" * 8, b"ABCDEFGH", b"12345678", b"zyxwvuts"])
    return bytes(body)


def frame(chance, port, leaves):
    """Of a few endpoints, so that what was asked is answered; sometimes spoilt."""
    far, odd = chance.choice(FARS), chance if chance.random() < 0.15 else None
    host = HOST4 if far.version == 4 else HOST6
    near_port, far_port = chance.choice([(port, port), (port, 4000), (4000, port), (4000, port), (4001, 4002)])
    length = chance.choice([None, None, OWN_LENGTHS[int(far) % len(OWN_LENGTHS)]])
    ends = (near_port, far_port) if leaves else (far_port, near_port)
    payload = udp(*ends, message(chance, length), chance.choice([None] * 30 + [0, 7, 8, 20, 65535]))
    pair = (host, far) if leaves else (far, host)
    whole = ethernet((ipv4 if far.version == 4 else ipv6)(*pair, payload, odd), 0x0800 if far.version == 4 else 0x86DD, odd)
    if chance.random() < 0.05:
        whole = mutate(whole, chance)
    return whole[:chance.randrange(14, len(whole))] if chance.random() < 0.02 else whole


def exchange(chance, port):
    """A long query and two answers as long, of which the first spends it."""
    far = chance.choice(FARS)
    length, host = OWN_LENGTHS[int(far) % len(OWN_LENGTHS)], HOST4 if far.version == 4 else HOST6
    kind, wrap = (0x0800, ipv4) if far.version == 4 else (0x86DD, ipv6)
    query = ethernet(wrap(far, host, udp(4000, port, b"\x23" + bytes(length - 1))), kind)
    answer = ethernet(wrap(host, far, udp(port, 4000, b"\x24" + bytes(length - 1))), kind)
    return [(query, False), (answer, True), (answer, True)]


def mutate(whole, chance):
    changed = bytearray(whole)
    for _ in range(chance.randrange(1, 4)):
        changed[chance.randrange(12, len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def pcap(path, packets):
    """[(nanoseconds, frame)] as a capture with times in nanoseconds."""
    with open(path, "wb") as file:
        file.write(struct.pack("=IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for when, whole in packets:
            file.write(struct.pack("=IIII", when // 10**9, when % 10**9, len(whole), len(whole)) + whole)


def sequence(chance, count, port):
    """[(nanoseconds, frame, leaves)]: bursts of less than a second, within which an open flow is not renewed; three of
    them within what is outstanding, and then a pause that ends it."""
    now, packets, waiting = 1800000000 * 10**9, [], []
    for number in range(count):
        now += TICK + chance.randrange(8 * 10**6)
        if number % BURST == 0:
            now += (70 if number // BURST % 3 == 0 else 5) * 10**9
        if not waiting and chance.random() < 0.01:
            waiting = exchange(chance, port)
        leaves = chance.random() < 0.4
        packets.append((now, *(waiting.pop(0) if waiting else (frame(chance, port, leaves), leaves))))
    return packets
