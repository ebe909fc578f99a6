# SPDX-License-Identifier: GPL-2.0-only
"""captures.py DIRECTORY: the captures that 17-replay.bats replays, of ten packets told below."""
import sys

from scapy.all import IP, TCP, UDP, CookedLinux, CookedLinuxV2, Ether, PcapNgWriter, PcapWriter

SERVER, CLIENT, ATTACKER = "192.0.2.2", "198.51.100.7", "203.0.113.66"
STAMP, OTHER = b"ABCDEFGH", b"ABCDEFGI"


def udp(source, destination, sport, dport, payload):
    return IP(src=source, dst=destination) / UDP(sport=sport, dport=dport) / payload


def reply(origin):
    return b"\x24" + bytes(23) + origin + bytes(16)


def packets():
    """(seconds, packet): what each is judged stands in 17-replay.bats."""
    query = b"\x23" + bytes(39) + STAMP
    yield 0.001, udp(ATTACKER, SERVER, 5, 123, b"\x17\x00\x03\x2a" + bytes(4))
    yield 0.002, udp(SERVER, CLIENT, 40000, 123, query)
    yield 0.003, udp(CLIENT, SERVER, 123, 40000, reply(STAMP))
    yield 0.004, udp(CLIENT, SERVER, 123, 40000, reply(OTHER))
    yield 20.004, udp(CLIENT, SERVER, 123, 40000, reply(STAMP))
    yield 20.005, IP(src=CLIENT, dst=SERVER) / TCP()
    yield 20.006, udp(SERVER, ATTACKER, 123, 5, b"\x97\x00\x03\x2a" + bytes(436))
    yield 20.007, udp(CLIENT, SERVER, 50000, 123, query)
    yield 20.008, udp(SERVER, CLIENT, 123, 50000, reply(STAMP))
    yield 20.009, udp(SERVER, CLIENT, 123, 50000, reply(STAMP) + bytes(420))


def cook(header, packet):
    header.pkttype = 4 if packet[IP].src == SERVER else 0
    header.proto = 0x0800
    return header / packet


def write(path, make, writer=PcapWriter, **options):
    with writer(path, **options) as to:
        for seconds, packet in packets():
            framed = make(packet)
            framed.time = 1700000000 + seconds
            to.write(framed)


def raw(path, link_type, count, frames):
    """A classic capture of (seconds, microseconds, bytes, length on the wire), as bytes."""
    with open(path, "wb") as to:
        to.write(b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(8) + (262144).to_bytes(4, "little") + link_type.to_bytes(4, "little"))
        for _ in range(count):
            for seconds, micros, frame, length in frames:
                for field in (seconds, micros, len(frame), length):
                    to.write(field.to_bytes(4, "little"))
                to.write(frame)


def main(directory):
    write(f"{directory}/ethernet.pcap", lambda packet: Ether() / packet)
    write(f"{directory}/ethernet.pcapng", lambda packet: Ether() / packet, PcapNgWriter)
    write(f"{directory}/raw.pcap", lambda packet: packet, linktype=101)
    write(f"{directory}/cooked.pcap", lambda packet: cook(CookedLinux(), packet))
    write(f"{directory}/cooked2.pcap", lambda packet: cook(CookedLinuxV2(), packet), linktype=276)
    all_frames = [(1700000000, 0, bytes(Ether() / packet), len(Ether() / packet)) for _, packet in packets()]
    raw(f"{directory}/cut.pcap", 1, 1, [(s, m, frame[:90], length) for s, m, frame, length in all_frames[:2]])
    raw(f"{directory}/bluetooth.pcap", 187, 1, all_frames)
    raw(f"{directory}/long.pcap", 1, 20000, all_frames)
    with open(f"{directory}/ethernet.pcap", "rb") as whole, open(f"{directory}/torn.pcap", "wb") as torn:
        torn.write(whole.read()[:-7])


main(sys.argv[1])
