# SPDX-License-Identifier: GPL-2.0-only
"""What becomes of a packet, told again: written from the design and the facts about NTP and chrony, not from the C.

judge() takes frames in the order of their times, both ways, and keeps what the programs would remember. Limits by rate
are not modelled: policies with `default limit` are not made.
"""
import ipaddress
import struct

OUTSTANDING = 16.0  # seconds that a query waits for its reply, and a long query for its answer
KEPT = 3  # outstanding queries of one endpoint
REMEMBERED = 8  # of its queries that were long
MIN, MAX, UNIT = 48, 1140, 4  # lengths of NTP messages


class Policy:
    """The words of a policy, as they were written, in order."""

    def __init__(self, lines):
        self.lists = []  # (is_allow, all, network)
        self.sets = {"control": [], "private": [], "server": [], "peer": []}
        self.words = {"default": "drop", "replies": "solicited", "answers": "guard", "symmetric": "drop",
                      "ntpv5": "deny", "fragments": "drop", "port": "123"}
        for line in lines:
            self.take(line.split())

    def take(self, words):
        if words[0] in ("allow", "deny"):
            rest = [word for word in words[1:] if word != "all"]
            networks = [ipaddress.ip_network(rest[0], strict=False)] if rest else \
                [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
            for network in networks:
                self.lists.append((words[0] == "allow", "all" in words, network))
        elif words[0] in self.sets:
            self.sets[words[0]].append(ipaddress.ip_network(words[1], strict=False))
        elif words[0] in self.words:
            self.words[words[0]] = words[1]

    def port(self):
        return int(self.words["port"])

    def holds(self, name, address):
        return any(network.version == address.version and address in network for network in self.sets[name])

    def access(self, address):
        """chrony's tree of four bits a level: the deepest level decides, within one the later line. None: neither."""
        levels = {}
        for is_allow, everything, network in self.lists:
            if network.version != address.version or address not in network:
                continue
            level = (network.prefixlen + 3) // 4
            levels[level] = is_allow
            if everything:
                levels = {deep: known for deep, known in levels.items() if deep <= level}
        return levels[max(levels)] if levels else None


class Packet:
    """A UDP datagram, or its first fragment; `parsed` is False for whatever else a frame may hold."""

    def __init__(self, frame, leaves):
        self.parsed = False
        self.frame = frame
        at, kind = 12, self.word(12)
        for _ in range(2):
            if kind in (0x8100, 0x88A8):
                at += 4
                kind = self.word(at)
        if kind == 0x0800:
            self.take_ipv4(at + 2, leaves)
        elif kind == 0x86DD:
            self.take_ipv6(at + 2, leaves)

    def word(self, at):
        return struct.unpack_from(">H", self.frame, at)[0] if at + 2 <= len(self.frame) else None

    def take_ipv4(self, at, leaves):
        header = self.frame[at:at + 20]
        if len(header) < 20:
            return
        size, total, flags = (header[0] & 15) * 4, self.word(at + 2), self.word(at + 6)
        if header[0] >> 4 != 4 or size < 20 or total < size or header[9] != 17 or flags & 0x1FFF:
            return
        self.first_fragment = bool(flags & 0x2000)
        self.far = ipaddress.IPv4Address(header[16:20] if leaves else header[12:16])
        self.take_udp(at + size, total - size, leaves)

    def take_ipv6(self, at, leaves):
        header = self.frame[at:at + 40]
        if len(header) < 40 or header[0] >> 4 != 6:
            return
        left, kind, offset, fragment = self.word(at + 4), header[6], at + 40, 0
        for _ in range(8):
            if kind == 17:
                break
            extension = self.frame[offset:offset + 8]
            if kind not in (0, 43, 60, 44, 51) or len(extension) < 8:
                return
            size = 8 if kind == 44 else (extension[1] + 2) * 4 if kind == 51 else (extension[1] + 1) * 8
            if kind == 44:
                fragment |= self.word(offset + 2)
            if size > left:
                return
            left, offset, kind = left - size, offset + size, extension[0]
        if kind != 17 or fragment & 0xFFF8:
            return
        self.first_fragment = bool(fragment & 1)
        self.far = ipaddress.IPv6Address(header[24:40] if leaves else header[8:24])
        self.take_udp(offset, left, leaves)

    def take_udp(self, at, left, leaves):
        if at + 8 > len(self.frame):
            return
        source, destination, length = struct.unpack_from(">HHH", self.frame, at)
        length = min(length, left)
        if length < 8:
            return
        self.message = self.frame[at + 8:at + length]
        self.source, self.destination = source, destination
        self.far_port, self.own_port = (destination, source) if leaves else (source, destination)
        first = self.message[0] if self.message else 0
        self.mode, self.version = first & 7, first >> 3 & 7
        self.parsed = True

    def is_response(self):
        at = 0 if self.mode == 7 else 1
        return len(self.message) > at and self.message[at] >> 7 == 1

    def stamp(self, at):
        return self.message[at:at + 8]

    def sequence(self):
        """Of modes 6 and 7, what tells their answers: bytes 2 and 3, if both are there."""
        return self.message[2:4] if len(self.message) >= 4 else bytes(2)

    def endpoint(self):
        return self.far, self.far_port, self.own_port


class Model:
    def __init__(self, policy):
        self.policy = policy
        self.queries = {}  # endpoint: [(time, mode or None: anything is welcome, proofs, life)], the newest last
        self.lengths = {}  # endpoint: [(time, length)]

    def judge(self, frame, leaves, now):
        """(verdict, reason)"""
        packet = Packet(frame, leaves)
        if not packet.parsed or self.policy.port() not in (packet.source, packet.destination):
            return "pass", "not_ntp"
        return self.leaving(packet, now) if leaves else self.arriving(packet, now)

    def is_on_the_border(self, frame, leaves, now):
        """Whether what decides may or may not be forgotten already: the programs count in ticks of 17 ms, and renew an
        open flow once a second only."""
        packet = Packet(frame, leaves)
        if not packet.parsed:
            return False
        ages = [(now - query[0], query[3]) for query in self.queries.get(packet.endpoint(), [])]
        ages += [(now - long[0], OUTSTANDING) for long in self.lengths.get(packet.endpoint(), [])]
        return any(life - 1.1 < age < life + 0.1 for age, life in ages)

    # ---- on the way in ----

    def arriving(self, packet, now):
        verdict = self.arrival(packet, now)
        if verdict[0] == "pass" and packet.destination == self.policy.port() and packet.mode < 6 and \
                len(packet.message) > MIN:
            known = self.lengths.get(packet.endpoint(), []) + [(now, len(packet.message))]
            self.lengths[packet.endpoint()] = known[-REMEMBERED:]
        return verdict

    def arrival(self, packet, now):
        words, to_port = self.policy.words, packet.destination == self.policy.port()
        asked = self.asked(packet, now)
        # A question to the design, which says both that rows are tried in order and that the host's own packets open
        # the way for whatever comes back: the programs let what was asked for in, whatever its shape.
        if not to_port and asked in ("open", "so"):
            return "pass", "reply_solicited"
        if packet.first_fragment and words["fragments"] == "drop":
            return "drop", "fragment"
        if packet.mode in (6, 7) and to_port and not packet.is_response():
            listed = self.policy.holds("private" if packet.mode == 7 else "control", packet.far)
            return ("pass", "control_allowed") if listed else ("drop", "mode%d" % packet.mode)
        if packet.mode < 6 and not self.is_message(packet):
            return "drop", "malformed"
        if packet.mode in (2, 4, 6, 7) or not to_port:
            return self.reply(packet, asked)
        if packet.mode == 1:
            return self.symmetric(packet, asked)
        if packet.mode == 5:
            friend = self.policy.holds("server", packet.far) or self.policy.holds("peer", packet.far)
            return ("pass", "reply_listed") if friend else ("drop", "broadcast")
        return self.request(packet)

    def is_message(self, packet):
        size = len(packet.message)
        newest = 5 if self.policy.words["ntpv5"] == "allow" else 4
        if size < MIN or size > MAX or size % UNIT or not 1 <= packet.version <= newest:
            return False
        return packet.mode != 0 or (packet.version == 1 and packet.source != self.policy.port())

    def reply(self, packet, asked):
        if asked in ("open", "so"):
            return "pass", "reply_solicited"
        replies = self.policy.words["replies"]
        if replies == "any":
            return "pass", "reply_listed"
        if replies == "listed" and (self.policy.holds("server", packet.far) or self.policy.holds("peer", packet.far)):
            return "pass", "reply_listed"
        return "drop", "bad_origin" if asked in ("seen", "peer") else "unsolicited"

    def symmetric(self, packet, asked):
        access = self.policy.access(packet.far)
        if access is False:
            return "drop", "denied"
        if access or self.policy.holds("peer", packet.far) or asked in ("peer", "so", "open"):
            return "pass", "peer_allowed"
        return self.request(packet) if self.policy.words["symmetric"] == "limit" else ("drop", "peer_denied")

    def request(self, packet):
        access = self.policy.access(packet.far)
        if access is not None:
            return ("pass", "request_allowed") if access else ("drop", "denied")
        return ("drop", "not_allowed") if self.policy.words["default"] == "drop" else ("pass", "request_default")

    def asked(self, packet, now):
        """None, or what is outstanding towards its sender: seen, peer (symmetric), so (this very reply), open."""
        said = None
        # A second question: the programs take a message that is too short for an origin timestamp for one of 0, which
        # is right for a query whose transmit timestamp is 0.
        origin = packet.stamp(24) if len(packet.message) >= 32 else bytes(8)
        alive = [query for query in self.queries.get(packet.endpoint(), []) if now - query[0] <= query[3]]
        if any(query[1] is None for query in alive):
            return "open"
        for _, mode, proofs, _ in alive:
            if mode in (6, 7) or packet.mode in (6, 7):
                if mode == packet.mode and packet.sequence() == proofs[0]:
                    return "so"
                said = said or "seen"
            elif origin in proofs:
                return "so"
            else:
                said = "peer" if mode == 1 or said == "peer" else "seen"
        return said

    # ---- on the way out ----

    def leaving(self, packet, now):
        verdict = self.departure(packet, now)
        if verdict[1] == "query_sent":
            self.note(packet, now)
        return verdict

    def is_query(self, packet):
        if packet.mode in (6, 7):
            return not packet.is_response()
        size = len(packet.message)
        whole = MIN <= size <= MAX and size % UNIT == 0
        if packet.mode == 0:
            return whole and packet.version == 1
        return packet.mode in (1, 3) and whole and 1 <= packet.version <= 5

    def departure(self, packet, now):
        port, policy = self.policy.port(), self.policy
        to_port = packet.destination == port
        if to_port and (packet.source != port or self.is_query(packet) or packet.mode == 5):
            return "pass", "query_sent"
        if policy.words["answers"] == "off":
            return "pass", "answer_sent"
        if packet.mode in (6, 7):
            listed = policy.holds("private" if packet.mode == 7 else "control", packet.far)
            return ("pass", "answer_sent") if listed else ("drop", "answer_mode%d" % packet.mode)
        if len(packet.message) <= MIN and not packet.first_fragment:
            return "pass", "query_sent" if self.is_query(packet) and packet.mode else "answer_sent"
        if not packet.first_fragment and self.spend(packet, now):
            return "pass", "answer_sent"
        friend = policy.holds("server", packet.far) or policy.holds("peer", packet.far)
        if packet.mode in (1, 3) and friend:
            return "pass", "query_sent"
        if packet.mode == 2 and policy.holds("peer", packet.far):
            return "pass", "answer_sent"
        return "drop", "answer_amplified"

    def spend(self, packet, now):
        known = self.lengths.get(packet.endpoint(), [])
        for entry in known:
            if now - entry[0] <= OUTSTANDING and entry[1] >= len(packet.message):
                known.remove(entry)
                return True
        return False

    def note(self, packet, now):
        if self.is_query(packet):
            entry = (now, packet.mode or 3, self.proofs(packet), self.life(packet))
        elif packet.source != self.policy.port():
            entry = (now, None, (), OUTSTANDING)
        else:
            return  # a broadcast asks for nothing
        known = [one for one in self.queries.get(packet.endpoint(), []) if now - one[0] <= one[3]]
        if any(one[1] is None for one in known) or entry[1] is None:
            entry = (now, None, (), OUTSTANDING)  # an open flow stays open
            known = [one for one in known if one[1] is not None]
        self.queries[packet.endpoint()] = (known + [entry])[-KEPT:]

    def proofs(self, packet):
        if packet.mode in (6, 7):
            return (packet.sequence(),)
        if packet.version == 5:
            return (packet.stamp(24),)
        receive = packet.stamp(32)
        return (packet.stamp(40),) + ((receive,) if any(receive) else ())

    def life(self, packet):
        """A symmetric peer polls when it likes: two of our own polls at least."""
        if packet.mode != 1:
            return OUTSTANDING
        poll = packet.message[2]
        return OUTSTANDING * 2 ** (1 if poll > 127 or poll < 4 else min(poll - 2, 12))
