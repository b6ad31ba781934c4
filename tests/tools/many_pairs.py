#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes pcaps/dnp3/dnp3-many-pairs.pcap: fragments of 130 pairs of addresses
begin on one connection, more than it may have buffers for, and two of them
end; then a link length that cannot be.

usage: many_pairs.py PCAPS"""
import struct
import sys

from frames import ACK, SYN, Segment, pcap

START = 1780000000 * 10**9
PAIRS, MASTER, FIRST = 130, 1, 100
TO_MASTER = 0x44  # unconfirmed user data of an outstation
FIR, FIN = 0x40, 0x80
RESPONSE = bytes.fromhex('c0810000')
INPUTS = bytes.fromhex('0102000007') + b'\x01' * 8  # g1v2, eight of them


def crc(data):
    """Reflected 0x3d65, inverted (IEEE 1815, 9.2.4.1)."""
    c = 0
    for octet in data:
        c ^= octet
        for _ in range(8):
            c = c >> 1 ^ (0xA6BC if c & 1 else 0)
    return data + struct.pack('<H', ~c & 0xFFFF)


def frame(station, data):
    head = struct.pack('<BBBBHH', 5, 0x64, 5 + len(data), TO_MASTER, MASTER,
                       station)
    return crc(head) + b''.join(crc(data[i:i + 16])
                                for i in range(0, len(data), 16))


def segments():
    a, b = bytes([10, 30, 0, 1]), bytes([10, 30, 3, 1])
    macs = {a: bytes.fromhex('0200000a1e01'), b: bytes.fromhex('0200000a1e31')}
    ports, seq = {a: 50001, b: 20000}, {a: 1000, b: 2000}
    ns = START

    def say(src, flags, data=b''):
        nonlocal ns
        dst = b if src == a else a
        ns += 10**7
        s = Segment(ns, macs[dst], macs[src], src, dst, ns // 10**7 & 0xFFFF,
                    ports[src], ports[dst], seq[src], seq[dst], flags, b'',
                    data)
        seq[src] += len(data) + (flags & SYN != 0)
        return ns, s.frame()

    yield say(a, SYN)
    yield say(b, SYN | ACK)
    yield say(a, ACK)
    begin = bytes([FIR]) + RESPONSE + INPUTS
    for i in range(PAIRS):
        yield say(b, ACK, frame(FIRST + i, begin))
    end = bytes([FIN | 1]) + INPUTS
    for station in FIRST, FIRST + PAIRS - 1:
        yield say(b, ACK, frame(station, end))
    yield say(b, ACK, crc(struct.pack('<BBBBHH', 5, 0x64, 4, TO_MASTER,
                                      MASTER, FIRST)))
    yield say(a, ACK)


if __name__ == '__main__':
    with open(sys.argv[1] + '/dnp3/dnp3-many-pairs.pcap', 'wb') as f:
        f.write(pcap(list(segments())))
