#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs a command on a terminal of its own: terminal.py FILE KEYS -- COMMAND...

Types the keys a second apart (a space is none), and waits for the command to end. FILE gets what it drew, FILE.exit its
exit status, FILE.after whether it left the terminal's settings as they were.
"""
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

PATIENCE = 20  # seconds that it has to end after the last key


def main(path, keys, command):
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    before = termios.tcgetattr(its)
    process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, preexec_fn=lambda: take(its))
    drawn = b""
    started = time.monotonic()
    while process.poll() is None and time.monotonic() < started + len(keys) + PATIENCE:
        if keys and time.monotonic() > started + 1:
            if keys[0] != " ":
                os.write(ours, keys[0].encode())
            keys, started = keys[1:], time.monotonic()
        drawn += read(ours, 0.1)
    process.kill()
    drawn += read(ours, 0.1)
    with open(path, "wb") as file:
        file.write(drawn)
    with open(path + ".exit", "w") as file:
        print(process.wait(), file=file)
    with open(path + ".after", "w") as file:
        print("same" if termios.tcgetattr(its) == before else "changed", file=file)


def take(terminal):
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def read(terminal, patience):
    return os.read(terminal, 65536) if select.select([terminal], [], [], patience)[0] else b""


main(sys.argv[1], sys.argv[2], sys.argv[4:])
