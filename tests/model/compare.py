#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""compare.py NTPGUARD FRAMES SEED: random frames under random policies, by ntpguard replay and by the model.

A first part of them is judged by spoilt models, too: each must be found out, or the comparison proves nothing.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import types

sys.dont_write_bytecode = True  # the tree stays as it is
import frames  # noqa: E402
import model  # noqa: E402

BATCH = 20000  # frames of one policy
SPOILT_BATCHES = 16  # that the spoilt models must be found out by
SPOILT_FRAMES = 2500

# What is changed in the model's text, once each.
SPOILT = (
    ("packet.mode in (6, 7) and to_port", "packet.mode == 7 and to_port"),
    ('"private" if packet.mode == 7 else "control"', '"control"'),
    ("size < MIN", "size < MIN - 4"),
    ("size > MAX", "size > MAX + 4"),
    ("size % UNIT", "size % 2"),
    ("1 <= packet.version <= newest", "packet.version <= newest"),
    ("packet.source != self.policy.port()", "True"),
    ("KEPT = 3", "KEPT = 4"),
    ("OUTSTANDING = 16.0", "OUTSTANDING = 4.0"),
    ("(network.prefixlen + 3) // 4", "network.prefixlen"),
    ("deep <= level", "True"),
    ("flags & 0x1FFF", "flags & 0x1000"),
    ("range(8)", "range(7)"),
    ("range(2)", "range(1)"),
    ("(extension[1] + 2) * 4", "(extension[1] + 1) * 8"),
    ("known.remove(entry)", "pass"),
    ("len(packet.message) <= MIN and not", "len(packet.message) <= MAX and not"),
    ("((receive,) if any(receive) else ())", "()"),
)


def replay(ntpguard, directory, lines, packets):
    policy, capture = os.path.join(directory, "model.policy"), os.path.join(directory, "model.pcap")
    with open(policy, "w") as file:
        file.write("\n".join(lines) + "\n")
    frames.pcap(capture, [packet[:2] for packet in packets])
    said = subprocess.run([ntpguard, "replay", capture, "--policy", policy, "--json", "--local", str(frames.HOST4), "--local",
                           str(frames.HOST6)], capture_output=True, text=True)
    if said.returncode:
        sys.exit("replay: " + said.stderr)
    return [json.loads(line) for line in said.stdout.splitlines()]


def make(ntpguard, directory, seed, count):
    """Policy lines, packets, and what ntpguard says of each."""
    chance = random.Random(seed)
    lines = frames.policy(chance)
    packets = frames.sequence(chance, count, model.Policy(lines).port())
    return lines, packets, replay(ntpguard, directory, lines, packets)


def differences(oracle, packets, answers):
    """(packet, answer, what the model says) of each that is not the same, but for those on a border of time."""
    for packet, said in zip(packets, answers):
        leaves, now = said["direction"] == "out", packet[0] / 1e9
        border = oracle.is_on_the_border(packet[1], leaves, now)
        wanted = oracle.judge(packet[1], leaves, now)
        if wanted != (said["verdict"], said["reason"]) and not border:
            yield packet, said, wanted


def compare(ntpguard, directory, seed, count):
    """How many differ; the first is shown."""
    lines, packets, answers = make(ntpguard, directory, seed, count)
    different = list(differences(model.Model(model.Policy(lines)), packets, answers))
    for packet, said, wanted in different[:1]:
        print("not ok seed %s: frame %d is %s/%s to ntpguard, %s/%s to the model" % (
            seed, said["packet"], said["verdict"], said["reason"], *wanted))
        print("  policy: " + "; ".join(lines))
        print("  %s: %s" % (said["direction"], packet[1].hex()))
    return len(different) + abs(len(packets) - len(answers))


def spoil(change):
    """The model with one change."""
    with open(model.__file__) as file:
        text = file.read()
    if text.count(change[0]) < 1:
        sys.exit("cannot be spoilt: " + change[0])
    spoilt = types.ModuleType("spoilt")
    exec(text.replace(*change, 1), spoilt.__dict__)
    return spoilt


def find_spoilt(ntpguard, directory):
    """How many spoilt models nobody found out."""
    made = [make(ntpguard, directory, "spoilt %d" % number, SPOILT_FRAMES) for number in range(SPOILT_BATCHES)]
    hidden = 0
    for change in SPOILT:
        spoilt = spoil(change)
        found = any(True for lines, packets, answers in made
                    for _ in differences(spoilt.Model(spoilt.Policy(lines)), packets, answers))
        if not found:
            print("not ok a model with %s in place of %s is not found out" % change[::-1])
            hidden += 1
    return hidden


def main(ntpguard, count, seed):
    print("seed %s, %s frames" % (seed, count))
    left, number, failed = int(count), 0, 0
    with tempfile.TemporaryDirectory() as directory:
        hidden = find_spoilt(ntpguard, directory)
        while left > 0:
            size = min(left, BATCH)
            failed += compare(ntpguard, directory, "%s.%d" % (seed, number), size)
            left, number = left - size, number + 1
    print("model: %d passed, %d failed, 0 skipped" % (int(count) - failed + len(SPOILT) - hidden, failed + hidden))
    return failed + hidden > 0


sys.exit(main(*sys.argv[1:]))
