#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes seeds for the fuzzers out of captures.

usage: seeds.py PCAPS CORPUS
Writes CORPUS/capture and CORPUS/dissector, in the formats that the harnesses
tests/fuzz/fuzz_*.c say; what stands there under other names stays.
"""
import os
import sys

sys.dont_write_bytecode = True
from frames import read_pcap, segment  # noqa: E402: after the line above

PACKETS, OCTETS, STREAM = 24, 3000, 700
TCP_PORTS = {2404: 'iec104', 20000: 'dnp3'}
ETHERNET, SUMMARY = 0, 0x08


def octet(name):
    """As fuzz_dissector_octet() has it."""
    return sum(name.encode()) & 0xFF


def of_capture(packets):
    out, last = [bytes([ETHERNET, SUMMARY])], packets[0][0]
    for ns, p in packets[:PACKETS]:
        step = min(255, int(((ns - last) / 10**6) ** 0.5))
        out.append(len(p).to_bytes(2, 'big') + bytes([0, step]) + p)
        last = ns
        if sum(map(len, out)) > OCTETS:
            break
    return b''.join(out)


def payload(p):
    """Protocol, direction and octets of what an Ethernet frame carries."""
    kind, at = p[12:14], 14
    while kind in (b'\x81\x00', b'\x88\xa8'):
        kind, at = p[at + 2:at + 4], at + 4
    if kind in (b'\x88\xb8', b'\x88\xb9'):
        n = int.from_bytes(p[at + 2:at + 4], 'big')
        return 'goose', 1, p[at:at + max(n, 8)]
    if kind == b'\x08\x00' and p[at + 9] == 17:
        udp = at + (p[at] & 15) * 4
        dport = int.from_bytes(p[udp + 2:udp + 4], 'big')
        if dport == 102:
            return 'rgoose', 0, p[udp + 8:]
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
            TCP_PORTS.get(min(sport, dport))
        if name:
            yield name, sport < dport, data


def of_dissectors(packets, folder):
    seeds = [u for u in (payload(p) for _, p in packets) if u][:2]
    seeds += streams(packets, folder)
    for name, server, data in seeds:
        yield name, bytes([octet(name), 0xFF if server else 0, 0]) + \
            data[:STREAM]


def main():
    pcaps, corpus = sys.argv[1:3]
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
            packets = read_pcap(os.path.join(place, file))
            stem = file[:-len('.pcap')]
            seeds = [('capture', stem, of_capture(packets))]
            seeds += [('dissector', '%s-%s-%d' % (name, stem, i), data)
                      for i, (name, data) in enumerate(
                          of_dissectors(packets, folder))][:2]
            for kind, name, data in seeds:
                with open(os.path.join(corpus, kind, name), 'wb') as f:
                    f.write(data)
                count += 1
    print('%d seeds' % count)


if __name__ == '__main__':
    main()
