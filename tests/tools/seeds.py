#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes seeds for the fuzzers out of captures.

usage: seeds.py [--whole] PCAPS CORPUS
Writes CORPUS/capture and CORPUS/dissector, in the formats that the harnesses
tests/fuzz/fuzz_*.c say; what stands there under other names stays.  A seed is
the beginning of a capture; --whole: all of it, in larger pieces, of which a
fuzzer's -merge=1 takes what it has not seen.
"""
import os
import struct
import sys

sys.dont_write_bytecode = True
from frames import read_pcap, segment  # noqa: E402: after the line above

PACKETS, OCTETS, STREAM = 24, 3000, 700
WHOLE = 120, 12000, 4000  # the same, in pieces of all of it
PIECES = 40  # of one capture at most
PORTS = {2404: 'iec104', 20000: 'dnp3', 4059: 'dlms'}
ETHERNET, SUMMARY = 0, 0x08


def octet(name):
    """As fuzz_dissector_octet() has it."""
    return sum(name.encode()) & 0xFF


def of_capture(packets, most, octets):
    """Pieces of up to so many packets and, about, octets."""
    head = bytes([ETHERNET, SUMMARY])
    out, n, last = head, 0, packets[0][0]
    for ns, p in packets:
        step = min(255, int((max(0, ns - last) / 10**6) ** 0.5))
        out += len(p).to_bytes(2, 'big') + bytes([0, step]) + p
        n, last = n + 1, ns
        if n == most or len(out) > octets:
            yield out
            out, n = head, 0
    if n:
        yield out


def payload(p):
    """Protocol, direction and octets of what an Ethernet frame carries."""
    kind, at = p[12:14], 14
    while kind in (b'\x81\x00', b'\x88\xa8'):
        kind, at = p[at + 2:at + 4], at + 4
    if kind in (b'\x88\xb8', b'\x88\xb9'):
        n = int.from_bytes(p[at + 2:at + 4], 'big')
        return 'goose', 1, p[at:at + max(n, 8)]
    if kind == b'\x08\x00' and p[at + 9] == 17 and not p[at + 7]:
        udp = at + (p[at] & 15) * 4
        sport, dport = struct.unpack('!HH', p[udp:udp + 4])
        if dport == 102:
            return 'rgoose', 0, p[udp + 8:]
        name = PORTS.get(dport) or PORTS.get(sport)
        return name and (name, sport in PORTS, p[udp + 8:])
    return None


def streams(packets, folder):
    """The octets of each direction as far as they came in order."""
    by, following = {}, {}
    for ns, p in packets:
        s = segment(ns, p)
        if not s or not s.data:
            continue
        key = s.src, s.dst, s.sport, s.dport
        if s.seq == following.setdefault(key, s.seq):
            by[key] = by.get(key, b'') + s.data
            following[key] += len(s.data)
    for (_, _, sport, dport), data in by.items():
        name = folder if folder == 'dlms' else \
            PORTS.get(min(sport, dport))
        if name:
            yield name, sport < dport, data


def of_dissectors(packets, folder, stream):
    """The name, and pieces of what one end said in one connection."""
    seeds = [u for u in (payload(p) for _, p in packets) if u]
    for name, server, data in seeds + list(streams(packets, folder)):
        head = bytes([octet(name), 0xFF if server else 0, 0])
        for at in range(0, len(data), stream):
            yield name, head + data[at:at + stream]


def of_file(path, folder, whole):
    """(kind, name, octets) of each seed."""
    packets = read_pcap(path)
    stem = os.path.basename(path)[:-len('.pcap')]
    most, octets, stream = WHOLE if whole else (PACKETS, OCTETS, STREAM)
    pieces = PIECES if whole else 1
    for i, data in enumerate(of_capture(packets, most, octets)):
        if i < pieces:
            yield 'capture', stem + ('-%d' % i if whole else ''), data
    pieces = 4 * PIECES if whole else 2
    for i, (name, data) in enumerate(of_dissectors(packets, folder, stream)):
        if i < pieces:
            yield 'dissector', '%s-%s-%d' % (name, stem, i), data


def is_plain(path):
    """Whether read_pcap() reads it, and it is of Ethernet."""
    with open(path, 'rb') as f:
        head = f.read(24)
    return head[:4] == b'\xd4\xc3\xb2\xa1' and head[20] == 1


def main():
    whole = sys.argv[1] == '--whole'
    pcaps, corpus = sys.argv[1 + whole:3 + whole]
    count = 0
    for kind in 'capture', 'dissector':
        os.makedirs(os.path.join(corpus, kind), exist_ok=True)
    for folder in sorted(os.listdir(pcaps)):
        place = os.path.join(pcaps, folder)
        if folder == 'transport' or not os.path.isdir(place):
            continue
        for file in sorted(os.listdir(place)):
            if not file.endswith('.pcap'):
                continue
            path = os.path.join(place, file)
            if not is_plain(path):
                continue
            for kind, name, data in of_file(path, folder, whole):
                with open(os.path.join(corpus, kind, name), 'wb') as f:
                    f.write(data)
                count += 1
    print('%d seeds' % count)


if __name__ == '__main__':
    main()
