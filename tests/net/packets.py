#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Sends, answers and counts packets for the tests in tests/net and tests/demo.

ask HOST QUERY...    a line per query: the bytes of UDP payload that came back, or "silence"
send HOST QUERY...   no waiting; prints the datagrams and bytes of payload sent
echo PORT            sends back what comes to this port, TCP and UDP
listen PORT          prints a line per datagram that comes to this port: its bytes and its sender
respond [ADDRESS]    an old NTP daemon: answers what a client, monlist or READVAR asks, as ntpd did, or worse
flood INTERFACE MAC  frames from --count forged addresses; prints the frames and bytes sent
forge INTERFACE MAC  --count replies in the name of a server, to every port from which a host asks, with
                     origin timestamps that are wrong (each fourth is zero); prints the frames and bytes sent
size QUERY           prints its bytes
pcap FILE...         prints the frames of captures and their bytes
udp_payload FILE...  prints the bytes of payload in captures of UDP

A QUERY is a name of QUERIES, or bytes in hexadecimal.
"""
import argparse
import errno
import ipaddress
import os
import random
import select
import socket
import struct
import sys
import time

# What tools really send: ntp-facts.md section 7 tells which.
QUERIES = {
    "client": "23" + "00" * 39 + "c54f234b71b152f3",
    "client_v3": "1b" + "00" * 47,
    "client_v1": "08" + "00" * 47,
    "client_nmap": "e30004fa0001000000010000" + "00" * 28 + "c54f234b71b152f3",
    "symmetric": "21" + "00" * 47,
    "broadcast": "25" + "00" * 47,
    "client_interleaved": "23" + "00" * 23 + "11" * 8 + "22" * 8 + "33" * 8,
    "reply": "24010300" + "00" * 44,
    "reply_passive": "22010300" + "00" * 44,
    "reply_to_client": "240106ec" + "00" * 20 + "c54f234b71b152f3" + "00" * 16,
    "reply_to_interleaved": "240106ec" + "00" * 20 + "22" * 8 + "00" * 16,
    "short": "23" + "00" * 46,
    "version_7": "3b" + "00" * 47,
    "monlist": "1700032a" + "00" * 44,
    "monlist_8": "1700032a" + "00" * 4,
    "monlist_old": "1700022a" + "00" * 4,
    "monlist_192": "1700032a" + "00" * 188,
    "monlist_zgrab": "1f000314" + "00" * 44,
    "peer_list": "17000300" + "00" * 44,
    "reslist": "17000310" + "00" * 44,
    "private_response": "9700032a" + "00" * 44,
    "monlist_part": "d705032a00060048" + "00" * 432,
    "control_response": "168200010000000000000000" + "00" * 348,
    "readvar": "160200010000000000000000",
    "readvar_v4": "260200010000000000000000",
    "readstat": "160100010000000000000000",
    "nonce": "160c00010000000000000000",
    "unsettrap": "161f00010000000000000000",
}


def payload(word):
    return bytes.fromhex(QUERIES.get(word, word))


def open_socket(args, host):
    info = socket.getaddrinfo(host, args.dport, type=socket.SOCK_DGRAM)[0]
    sock = socket.socket(info[0], socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if args.sport or args.source:
        sock.bind((str(args.source or ("::" if info[0] == socket.AF_INET6 else "0.0.0.0")), args.sport))
    sock.connect(info[4])
    return sock


def ask_all(args, queries):
    """All are asked at once, each from a socket of its own, so that silence is waited for once."""
    if args.sport and len(queries) > 1:
        raise ValueError("one query at a time from one port: whose answer would it be?")
    received = {}
    for query in queries:
        sock = open_socket(args, args.host)
        sock.send(query)
        received[sock] = []
        time.sleep(args.pause)
    start = time.monotonic()
    while True:
        # an answer may have several datagrams: once all have one, a moment is left for the others
        patience = args.wait if not all(received.values()) else min(args.wait, 0.1)
        left = start + patience - time.monotonic()
        ready, _, _ = select.select(list(received), [], [], max(0, left))
        if not ready and left <= 0:
            break
        for sock in ready:
            try:
                received[sock].append(len(sock.recv(65535)))
            except ConnectionRefusedError:
                received[sock].append("refused")
    return list(received.values())


def ask(args):
    for got in ask_all(args, [payload(word) for word in args.query]):
        if "refused" in got:
            print("refused")
        else:
            print(sum(got) if got else "silence")


def send(args):
    sock = open_socket(args, args.host)
    if args.first:
        args.source = args.first
        open_socket(args, args.host).send(payload(args.query[0]))
    sizes = [sock.send(payload(word)) for _ in range(args.count) for word in args.query]
    print(len(sizes), sum(sizes))


def listen(args):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", args.port))
    while True:
        data, sender = sock.recvfrom(65535)
        print(len(data), sender[0], sender[1], flush=True)


def answers(query, size=48):
    """What ntpd of 2010 said: 100 datagrams of 440 bytes to monlist (600 clients remembered)."""
    mode = query[0] & 7
    if mode == 7 and len(query) >= 8 and query[0] < 0x40 and query[3] in (20, 42):
        return [bytes([0xd7 if part < 99 else 0x97, part]) + query[2:4] + b"\0" * 436 for part in range(100)]
    if mode == 6 and len(query) >= 12 and query[1] == 2:
        return [query[:1] + b"\x82" + query[2:4] + b"\0" * 8 + b'version="ntpd 4.2.6"'.ljust(348)]
    if mode == 3 and len(query) >= 48:
        reply = bytes([query[0] & 0x38 | 4, 1, 6, 0xec]) + b"\0" * 8 + b"GPS\0" + b"\0" * 8 + query[40:48] + b"\0" * 16
        return [reply.ljust(size, b"\0")]
    return []


def respond(args):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind((args.address, 123))
    while True:
        query, sender = sock.recvfrom(2048)
        for part in answers(query, args.size) if query else []:
            sock.sendto(part, sender)


def echo(args):
    udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    tcp = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    for sock in (udp, tcp):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("::", args.port))
    tcp.listen()
    while True:
        ready, _, _ = select.select([udp, tcp], [], [])
        if udp in ready:
            udp.sendto(*udp.recvfrom(65535))
        if tcp in ready:
            with tcp.accept()[0] as connection:
                connection.sendall(connection.recv(65535))


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def forged_frame(macs, source, args, query):
    """An IPv4 frame from an address that is not ours. Without a UDP checksum, as attackers' tools do."""
    udp = struct.pack("!HHHH", args.sport or random.randrange(1024, 65536), args.dport, 8 + len(query), 0) + query
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, source,
                       socket.inet_aton(args.target))
    return macs + b"\x08\x00" + head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


def flood(args):
    random.seed(123)  # every run forges the same addresses
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((args.interface, 0))
    macs = bytes.fromhex(args.mac.replace(":", "")) + sock.getsockname()[4]
    queries = [payload(word) for word in args.query]
    sources = random.sample(range(0x14000000, 0x60000000), args.count)
    forged = [forged_frame(macs, struct.pack("!I", source), args, queries[i % len(queries)])
              for i, source in enumerate(sources)]
    for i, frame in enumerate(forged):
        sock.send(frame)
        if i % 64 == 63:
            time.sleep(args.pause)
    print(len(forged), sum(map(len, forged)))


def send_patiently(sock, frame):
    """Until the interface has room for it. Returns the tries: the interface counts those that failed as lost."""
    for tries in range(1, 1000):
        try:
            sock.send(frame)
            return tries
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            time.sleep(0.001)
    raise OSError(errno.ENOBUFS, "the interface is stuck")


def forge(args):
    """Each frame is one template with another port and origin timestamp; IPv4, no UDP checksum."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((args.interface, 0))
    macs = bytes.fromhex(args.mac.replace(":", "")) + sock.getsockname()[4]
    args.sport, args.dport = 123, 0
    frame = bytearray(forged_frame(macs, args.source.packed, args, payload("reply")))
    sent = 0
    ports = [123, *range(32768, 61000)]
    random.shuffle(ports)
    for i in range(args.count):
        origin = random.getrandbits(64) if i % 4 else 0
        # the port behind Ethernet's and IP's headers, the timestamp behind UDP's too
        struct.pack_into("!H", frame, 36, ports[i % len(ports)])
        struct.pack_into("!Q", frame, 42 + 24, origin)
        sent += send_patiently(sock, frame)
    print(sent, sent * len(frame))


def size(args):
    print(len(payload(args.query)))


def frames(path):
    """(bytes stored, length on the wire) of each frame, up to one that tcpdump is still writing."""
    with open(path, "rb") as capture:
        capture.read(24)
        while len(head := capture.read(16)) == 16:
            _, _, stored, length = struct.unpack("=IIII", head)
            data = capture.read(stored)
            if len(data) < stored:
                return
            yield data, length


def pcap(args):
    lengths = [length for path in args.file for _, length in frames(path)]
    print(len(lengths), sum(lengths))


def udp_payload(args):
    """Of frames with IPv4 or IPv6 and UDP, without options."""
    total = 0
    for path in args.file:
        for data, length in frames(path):
            total += length - (42 if data[12:14] == b"\x08\x00" else 62)
    print(total)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for verb in (ask, send, echo, listen, respond, flood, forge, size, pcap, udp_payload):
        sub = verbs.add_parser(verb.__name__)
        sub.set_defaults(run=verb)
        if verb in (ask, send, flood, forge):
            sub.add_argument("--sport", type=int, default=0)
            sub.add_argument("--dport", type=int, default=123)
            sub.add_argument("--count", type=int, default=1)
            sub.add_argument("--source", type=ipaddress.ip_address)
            sub.add_argument("--first", type=ipaddress.ip_address, help="send: one from this address before all")
            sub.add_argument("--wait", type=float, default=0.4)
            sub.add_argument("--pause", type=float, default=0.0005 if verb is flood else 0)
        if verb in (ask, send):
            sub.add_argument("host")
        if verb in (flood, forge):
            sub.add_argument("interface")
            sub.add_argument("mac")
            sub.add_argument("target")
        if verb in (ask, send, flood):
            sub.add_argument("query", nargs="+")
        if verb is respond:
            sub.add_argument("address", nargs="?", default="::")
            sub.add_argument("--size", type=int, default=48, help="bytes of an answer to a client")
        if verb is size:
            sub.add_argument("query")
        if verb in (echo, listen):
            sub.add_argument("port", type=int)
        if verb in (pcap, udp_payload):
            sub.add_argument("file", nargs="+")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse()
    try:
        arguments.run(arguments)
    except (OSError, KeyboardInterrupt, ValueError) as error:
        sys.exit("packets.py: %s" % error)
    sys.stdout.flush()
    os._exit(0)
