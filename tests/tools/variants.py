#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes pcaps/transport/: a few sessions, carried in any way.

usage: variants.py PCAPS
PCAPS holds the captures that BASES names; the variants and transport/RELATION,
which says what each must have in common with its base, are made anew and are
always the same octets.
"""
import collections
import os
import sys

sys.dont_write_bytecode = True
import carriers  # noqa: E402: after the line above
import streams  # noqa: E402
from frames import (Segment, gzipped, packet, pcap, pcapng,  # noqa: E402
                    read_pcap)

# what a variant's records have in common with its base's
SAME = 'same'  # all but time, frame number and what carried it
READDRESSED = 'readdressed'  # the same, with other IP addresses
MORE = 'more'  # every good one of the base, and some flaws

# link types as capture files number them
LINKS = {'null': 0, 'ppp': 9, 'raw': 101, 'loop': 108, 'cooked1': 113,
         'cooked2': 276}

# what has no business in a stream: name, what it is, octets, and before which
# segment that has data
Junk = collections.namedtuple('Junk', 'name text octets which')
# what a capture may miss: name, what it is, how many units fewer, how
Less = collections.namedtuple('Less', 'name text missing change')
# contested: the packet whose fragments overlap, and how many units it has
Base = collections.namedtuple('Base', 'path prefix contested junk less')


def junk(unit, like_a_start, between=9, behind=12):
    return [
        Junk('junk-first', 'two octets before the first ' + unit,
             bytes.fromhex('0564' if unit == 'APDU' else '6804'), 0),
        Junk('junk-between', 'three octets between two %ss' % unit,
             bytes.fromhex('00ff17'), between),
        Junk('junk-like-a-start',
             'octets between two %ss that look like the start of one' % unit,
             bytes.fromhex(like_a_start), between),
        Junk('junk-long', '135 octets between two %ss' % unit,
             bytes(range(0x69, 0xF0)), behind),
    ]


def picked_up(name, text, missing, *where):
    return Less('pick-up-' + name, text, missing, streams.picked_up(*where))


def lost(missing, which):
    return Less('lost-segment', 'the capture missed a segment', missing,
                streams.lost(which))


BASES = [
    Base('iec104/104-normal.pcap', '104-', (24, 1),
         junk('APDU', '6804ffff'),
         [picked_up('in-apdu', 'begins within an APDU', 7, 6, 40),
          picked_up('behind-start', 'begins behind the start octet of an APDU',
                    5, 4, 1), lost(1, 12)]),
    Base('goose/goose-steady.pcap', 'goose-', None, [], []),
    Base('dnp3/dnp3-controls-tcp.pcap', 'dnp3-', (24, 1),
         junk('frame', '0564ffff'),
         [picked_up('in-frame', 'begins within a frame', 14, 11, 40),
          picked_up('behind-start', 'begins behind the first start octet', 5,
                    4, 1), lost(1, 12)]),
    Base('dnp3/dnp3-udp.pcap', 'dnp3-udp-', (9, 1), [], []),
    Base('dlms/n_gbt_cipher.pcap', 'dlms-', (20, 1),
         [j for j in junk('APDU', '') if j.octets],
         [Less('junk-like-a-start', 'octets between two APDUs that are the '
               'head of one: nothing in it would be wrong', 1,
               streams.with_junk(bytes.fromhex('00010001ffff'), 9)),
          lost(1, 20)]),
    Base('dlms/k_udp_a.pcap', 'dlms-udp-', (31, 1), [], []),
    Base('dlms/j_hdlc_segmented_and_window.pcap', 'hdlc-', (5, 1),
         junk('frame', '7ea0')[1:],
         [Less('junk-first', 'two octets before the first frame, on a port '
               'of no protocol: the next one tells what it is', 1,
               streams.with_junk(bytes.fromhex('6804'), 0)),
          picked_up('in-frame', 'begins within a frame', 19, 18, 10),
          lost(1, 18)]),
]


def encode(segments):
    return [(s.ns, s.frame()) for s in segments]


def of_files(packets):
    yield ('nanosecond.pcap', 'times in nanoseconds', pcap(packets, nano=True),
           SAME)
    yield ('big-endian.pcap', 'written by a big-endian machine',
           pcap(packets, order='>'), SAME)
    yield 'ng.pcapng', 'pcapng', pcapng(packets), SAME
    yield ('ng-big-endian.pcapng', 'pcapng, big-endian, of two interfaces',
           pcapng(packets, order='>', interfaces=2), SAME)
    yield 'gzip.pcap.gz', 'compressed', gzipped(pcap(packets)), SAME
    yield ('ng-gzip.pcapng.gz', 'pcapng, compressed', gzipped(pcapng(packets)),
           SAME)


def of_links(packets):
    for name, text, change in carriers.FRAMES:
        yield (name + '.pcap', text,
               pcap([x for p in packets for x in change(*p)]), SAME)
    for name, text, change in carriers.COOKED:
        yield (name + '.pcap', text,
               pcap([(ns, change(p)) for ns, p in packets], LINKS[name]), SAME)


def of_ip(base, packets):
    for name, text, where, head in carriers.BARE:
        yield (name + '.pcap', text,
               pcap([(s.ns, head + s.ip()) for s in packets], LINKS[where]),
               SAME)
    def changed(change):
        return pcap([x for i, s in enumerate(packets) for x in change(i, s)])
    for name, text, change in carriers.PACKETS:
        yield (name + '.pcap', text, changed(change),
               READDRESSED if 'ipv6' in name else SAME)
    which, missing = base.contested
    yield ('fragments-overlap.pcap',
           'fragments of a packet overlap: it is refused',
           changed(carriers.contested(which)), 'missing %d' % missing)


def of_streams(base, segments):
    for name, text, change in streams.SAME:
        yield name + '.pcap', text, pcap(encode(change(segments))), SAME
    for j in base.junk:
        change = streams.with_junk(j.octets, j.which)
        yield j.name + '.pcap', j.text, pcap(encode(change(segments))), MORE
    for l in base.less:
        yield (l.name + '.pcap', l.text, pcap(encode(l.change(segments))),
               'missing %d' % l.missing)


def variants(base):
    frames = read_pcap(base.path)
    packets = [p for p in (packet(*f) for f in frames) if p]
    if packets:
        yield from of_files(frames)
    yield from of_links(frames)
    if packets:
        yield from of_ip(base, packets)
    if packets and all(isinstance(p, Segment) for p in packets):
        yield from of_streams(base, packets)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n\n')[1])
    os.chdir(sys.argv[1])
    os.makedirs('transport', exist_ok=True)
    for old in os.listdir('transport'):
        if '.pcap' in old:
            os.unlink('transport/' + old)
    count = 0
    with open('transport/RELATION', 'w', encoding='utf-8') as table:
        for base in BASES:
            for name, text, data, relation in variants(base):
                name = base.prefix + name
                with open('transport/' + name, 'wb') as f:
                    f.write(data)
                table.write('\t'.join((name, relation, base.path, text)) +
                            '\n')
                count += 1
    print('%d variants' % count)


if __name__ == '__main__':
    main()
