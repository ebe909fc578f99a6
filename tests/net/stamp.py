#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes pins look like those of another ABI: stamp.py PIN_OF_INTERFACES ABI [BYTES_OF_A_ROW].

Prints the ABI that stood there. With a size, the pin becomes a map of such rows.
"""
import ctypes
import os
import struct
import sys

LOOKUP, UPDATE, CREATE, PIN, GET = 1, 2, 0, 6, 7
SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
STAMP = 32  # the row after the last interface
ARRAY = 2
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    result = libc.syscall(SYS_BPF, command, buffer, 128)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def by_path(command, path, fd=0):
    name = ctypes.create_string_buffer(path.encode())
    return bpf(command, struct.pack("=QI", ctypes.addressof(name), fd))


def element(command, fd, value):
    key = ctypes.c_uint32(STAMP)
    bpf(command, struct.pack("=I4xQQQ", fd, ctypes.addressof(key), ctypes.addressof(value), 0))


def main(path, abi, size=None):
    value = ctypes.create_string_buffer(4096)
    fd = by_path(GET, path)
    element(LOOKUP, fd, value)
    print(struct.unpack_from("=I", value, 4)[0])
    struct.pack_into("=I", value, 4, int(abi))
    if size:
        fd = bpf(CREATE, struct.pack("=IIII", ARRAY, 4, int(size), STAMP + 1))
        os.unlink(path)
        by_path(PIN, path, fd)
    element(UPDATE, fd, value)


main(*sys.argv[1:])
