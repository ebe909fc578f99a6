#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What no client of ntpguardd's would send, or chronyc has no word for.

junk.py ADDRESS...       junk to each: HOST:PORT by UDP and TCP, /PATH as what it is
junk.py --form LENGTH    asks 127.0.0.1:11323 for serverstats in so many bytes: reply code and length
junk.py --stopped PID PATH OWN   asks 127.0.0.1:11323, and from OWN the Unix socket at PATH, while the process is
                         halted for 1.2 s: how many answers come to that, and to the next question
junk.py --notify PATH    a service manager's socket: prints what it is told
"""
import os
import random
import signal
import socket
import struct
import sys
import time


def request(command, length, version=6, kind=1):
    return struct.pack(">BBBBHHI", version, kind, 0, 0, command, 0, 7).ljust(length, b"\0")[:length]


def datagrams():
    rng = random.Random(7)
    for length in (0, 1, 27, 28, 47, 48, 859, 860, 861, 1400):
        yield request(54, length)
        yield rng.randbytes(length)
    for command in range(0, 80):
        yield request(command, 860)
    yield request(54, 72, version=5)
    yield request(54, 72, version=4)
    yield request(54, 72, kind=2)


def connect(address, kind):
    if address.startswith("/"):
        sock = socket.socket(socket.AF_UNIX, kind)
        sock.connect(address)
    else:
        host, port = address.rsplit(":", 1)
        sock = socket.socket(socket.AF_INET, kind)
        sock.connect((host, int(port)))
    sock.settimeout(2)
    return sock


def send_junk(address):
    rng = random.Random(9)
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        if kind == socket.SOCK_SEQPACKET and not address.startswith("/"):
            continue
        try:
            for data in list(datagrams()) + [rng.randbytes(60000)]:
                sock = connect(address, kind)
                sock.send(data)
                if kind == socket.SOCK_DGRAM:
                    sock.setblocking(False)
                    try:
                        assert len(sock.recv(2000)) <= len(data)
                    except OSError:
                        pass
                sock.close()
            held = [connect(address, kind) for _ in range(40)]  # that say nothing
            for sock in held:
                sock.close()
        except (ConnectionRefusedError, ConnectionResetError, BrokenPipeError, OSError):
            continue  # not of that kind


def ask_form(length):
    sock = connect("127.0.0.1:11323", socket.SOCK_DGRAM)
    sock.send(request(54, length))
    reply = sock.recv(2000)
    print(struct.unpack(">H", reply[6:8])[0], len(reply))


def stopped(pid, path, own):
    udp = connect("127.0.0.1:11323", socket.SOCK_DGRAM)
    unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    unix.bind(own)
    os.chmod(own, 0o777)
    unix.connect(path)
    unix.settimeout(2)
    os.kill(pid, signal.SIGSTOP)
    for sock in (udp, unix):
        sock.send(request(54, 72))
    time.sleep(1.2)
    os.kill(pid, signal.SIGCONT)
    for sock in (udp, unix):
        sock.settimeout(0.7)
        print(answers(sock), end=" ")
        sock.send(request(14, 32))
        print(answers(sock))


def answers(sock):
    count = 0
    try:
        while sock.recv(2000):
            count += 1
    except TimeoutError:
        return count


def notify(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(path)
    os.chmod(path, 0o777)
    while True:
        print(sock.recv(1000).decode(), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--form":
        ask_form(int(sys.argv[2]))
    elif sys.argv[1] == "--stopped":
        stopped(int(sys.argv[2]), sys.argv[3], sys.argv[4])
    elif sys.argv[1] == "--notify":
        notify(sys.argv[2])
    else:
        for argument in sys.argv[1:]:
            send_junk(argument)
