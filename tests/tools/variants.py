#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes pcaps/transport/: one session and one publisher, carried in any way.

usage: variants.py PCAPS
PCAPS holds iec104/104-normal.pcap and goose/goose-steady.pcap; the variants
and transport/RELATION, which says what each must have in common with its base,
are made anew and are always the same octets.
"""
import os
import sys

sys.dont_write_bytecode = True
import carriers  # noqa: E402: after the line above
import streams  # noqa: E402
from frames import gzipped, pcap, pcapng, read_pcap, segment  # noqa: E402

BASE_104, BASE_GOOSE = 'iec104/104-normal.pcap', 'goose/goose-steady.pcap'
# what a variant's records have in common with its base's
SAME = 'same'  # all but time, frame number and what carried it
READDRESSED = 'readdressed'  # the same, with other IP addresses
MORE = 'more'  # every good one of the base, and some flaws


# link types as capture files number them
LINKS = {'null': 0, 'ppp': 9, 'raw': 101, 'loop': 108, 'cooked1': 113,
         'cooked2': 276}


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


def of_ip(segments):
    for name, text, where, head in carriers.BARE:
        yield (name + '.pcap', text,
               pcap([(s.ns, head + s.ip()) for s in segments], LINKS[where]),
               SAME)
    def changed(change):
        return pcap([x for i, s in enumerate(segments) for x in change(i, s)])
    for name, text, change in carriers.PACKETS:
        yield (name + '.pcap', text, changed(change),
               READDRESSED if 'ipv6' in name else SAME)
    for name, text, missing, change in carriers.LESS:
        yield name + '.pcap', text, changed(change), 'missing %d' % missing


def of_streams(segments):
    for relation, table in (SAME, streams.SAME), (MORE, streams.MORE):
        for name, text, change in table:
            yield (name + '.pcap', text, pcap(encode(change(segments))),
                   relation)
    for name, text, missing, change in streams.LESS:
        yield (name + '.pcap', text, pcap(encode(change(segments))),
               'missing %d' % missing)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n\n')[1])
    os.chdir(sys.argv[1])
    packets = read_pcap(BASE_104)
    segments = [s for s in (segment(*p) for p in packets) if s]
    goose = read_pcap(BASE_GOOSE)
    made = [(BASE_104, '104-', v) for source in (
        of_files(packets), of_links(packets), of_ip(segments),
        of_streams(segments)) for v in source]
    made += [(BASE_GOOSE, 'goose-', v) for v in of_links(goose)]
    os.makedirs('transport', exist_ok=True)
    for old in os.listdir('transport'):
        if '.pcap' in old:
            os.unlink('transport/' + old)
    with open('transport/RELATION', 'w', encoding='utf-8') as table:
        for base, prefix, (name, text, data, relation) in made:
            with open('transport/' + prefix + name, 'wb') as f:
                f.write(data)
            table.write('\t'.join((prefix + name, relation, base, text)) +
                        '\n')
    print('%d variants' % len(made))


if __name__ == '__main__':
    main()
