#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A capture in two runs with a state file gives the events of one run.

usage: split_check.py [-n PLACES] [--but DET] CAPTURE...
at so many places each, evenly; events of DET are not compared
"""
import collections
import json
import os
import re
import struct
import sys
import tempfile

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above

# of the packets' numbers, which begin anew
PLACED = 'frame', 'capture'
BUT = None
PLACED_WHY = re.compile('frame$|^commanded_in$')


def records(data):
    """The file's head, and each packet with its own."""
    order = '<' if data[:1] in b'\xd4\x4d' else '>'
    at, found = 24, []
    while at + 16 <= len(data):
        n = struct.unpack(order + 'I', data[at + 8:at + 12])[0]
        found.append(data[at:at + 16 + n])
        at += 16 + n
    return data[:24], found


def plain(event):
    e = {k: v for k, v in event.items() if k not in PLACED}
    if BUT is not None:
        del e['sqnum']  # that counts those, too
    e['why'] = {k: v for k, v in e.get('why', {}).items()
                if not PLACED_WHY.search(k)}
    return json.dumps(e, sort_keys=True)


def run(*paths):
    """The events of one run after the other, with one state file."""
    if os.path.exists('state.db'):
        for end in '', '-wal', '-shm':
            if os.path.exists('state.db' + end):
                os.remove('state.db' + end)
    found = []
    for p in paths:
        found += [plain(e)
                  for e in gridtap.replay([p], '--state', 'state.db').events
                  if e['det'] != BUT]
    return collections.Counter(found)


def write(path, head, packets):
    with open(path, 'wb') as f:
        f.write(head + b''.join(packets))


def check(path, places):
    with open(path, 'rb') as f:
        head, packets = records(f.read())
    write('a.pcap', head, packets)
    whole, bad, done = run('a.pcap'), [], 0
    for i in range(1, places + 1):
        n = len(packets) * i // (places + 1)
        if not 0 < n < len(packets):
            continue
        write('b.pcap', head, packets[:n])
        write('c.pcap', head, packets[n:])
        parts = run('b.pcap', 'c.pcap')
        done += 1
        if parts != whole:
            bad.append((n, whole - parts, parts - whole))
    return done, bad


def main(arguments):
    global BUT
    places = 12
    if arguments[:1] == ['-n']:
        places, arguments = int(arguments[1]), arguments[2:]
    if arguments[:1] == ['--but']:
        BUT, arguments = arguments[1], arguments[2:]
    paths = [os.path.abspath(p) for p in arguments]
    gridtap.GRIDTAP = os.path.abspath(gridtap.GRIDTAP)
    good = wrong = 0
    # a state file waits for the disk, which is not what is tried here
    with tempfile.TemporaryDirectory(
            dir='/dev/shm' if os.access('/dev/shm', os.W_OK) else None
    ) as scratch:
        os.chdir(scratch)
        for p in paths:
            done, bad = check(p, places)
            good += done - len(bad)
            wrong += len(bad)
            for n, missing, more in bad:
                print('FAIL: %s behind packet %d' % (os.path.basename(p), n))
                for sign, events in ('-', missing), ('+', more):
                    for e in sorted(events)[:3]:
                        print('  %s %s' % (sign, e[:600]))
        os.chdir('/')
    print('%d passed, %d failed' % (good, wrong))
    return wrong > 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
