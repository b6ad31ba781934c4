#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Splits a capture (pcap, pcapng) by its frames: halves.py CAPTURE FIRST SECOND

The first file gets the first half of the frames, the second one the others;
each is a capture of the same format and the same interfaces."""
import gzip
import struct
import sys

PCAP = {0xa1b2c3d4, 0xa1b23c4d}
NG = 0x0a0d0d0a
PACKETS = {2, 3, 6}     # the obsolete, the simple, the enhanced block


def order_of(octets, magics):
    for order in '<>':
        if struct.unpack(order + 'I', octets)[0] in magics:
            return order
    return None


def of_pcap(data, order):
    """The head, and the records."""
    records, at = [], 24
    while at + 16 <= len(data):
        n = 16 + struct.unpack(order + 'I', data[at + 8:at + 12])[0]
        if at + n > len(data):
            break
        records.append(data[at:at + n])
        at += n
    return data[:24], records


def of_pcapng(data):
    """Blocks that are no packets, and packets; all sections are one here."""
    head, records, at, order = [], [], 0, '<'
    while at + 12 <= len(data):
        kind = struct.unpack(order + 'I', data[at:at + 4])[0]
        if kind == NG:
            order = order_of(data[at + 8:at + 12], {0x1a2b3c4d})
        n = struct.unpack(order + 'I', data[at + 4:at + 8])[0]
        if n < 12 or at + n > len(data):
            break
        (records if kind in PACKETS else head).append(data[at:at + n])
        at += n
    return b''.join(head), records


def main(source, first, second):
    """Whether there was anything to split."""
    with (gzip.open if source.endswith('.gz') else open)(source, 'rb') as f:
        data = f.read()
    order = order_of(data[:4], PCAP)
    head, records = of_pcap(data, order) if order else of_pcapng(data)
    half = len(records) // 2
    for path, part in (first, records[:half]), (second, records[half:]):
        with open(path, 'wb') as f:
            f.write(head + b''.join(part))
    return half > 0


if __name__ == '__main__':
    main(*sys.argv[1:])
