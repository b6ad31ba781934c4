#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cuts and bends every capture: the program may complain, and must end well.

usage: mutate.py [-n COUNT] [-s SEED] [-k FOLDER] PCAPS...
COUNT changed copies of each capture are read, the same ones for the same SEED;
0 and 1 are good exit statuses.  What fails is kept in FOLDER.
"""
import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                'tools'))
import gridtap  # noqa: E402: after the lines above

BATCH = 40  # files that one run reads, in a state that they share
TIMEOUT = 60
FILE_HEAD = 24  # of the classic format: bent less often than what follows


def cut(r, data):
    return data[:r.randrange(len(data))]


def bent(r, data):
    """One to eight bits or octets that are other."""
    out = bytearray(data)
    for _ in range(r.randint(1, 8)):
        least = 0 if r.random() < 0.05 else min(FILE_HEAD, len(out) - 1)
        i = r.randrange(least, len(out))
        out[i] = out[i] ^ 1 << r.randrange(8) if r.random() < 0.5 else \
            r.choice((0, 1, 0x7F, 0x80, 0xFF, r.randrange(256)))
    return bytes(out)


def shortened(r, data):
    """Packets of which only the head was captured, as a snapshot would do."""
    if data[:4] != b'\xd4\xc3\xb2\xa1':
        return bent(r, data)
    out, at = [data[:24]], 24
    while at + 16 <= len(data):
        head = data[at:at + 8]
        n = int.from_bytes(data[at + 8:at + 12], 'little')
        keep = min(n, r.randint(14, 120))
        out.append(head + keep.to_bytes(4, 'little') +
                   data[at + 12:at + 16] + data[at + 16:at + 16 + keep])
        at += 16 + n
    return b''.join(out)


def copies(paths, count, seed):
    for k, path in enumerate(paths):
        with open(path, 'rb') as f:
            data = f.read()
        name = os.path.basename(path)
        r = random.Random('%d %s' % (seed, name))
        for i in range(count):
            change = r.choice((cut, bent, bent, bent, shortened))
            yield '%03d-%d-%s' % (k, i, name), change(r, data)


def verdict(paths):
    """What is wrong with the way the program ended, or nothing."""
    try:
        p = gridtap.call(['replay', '--quiet', '-o', 'json:/dev/null',
                          '--records', '/dev/null', '--summary', '/dev/null',
                          *paths], TIMEOUT)
    except subprocess.TimeoutExpired:
        return 'does not end'
    if p.returncode in (0, 1):
        return ''
    return 'exit status %d: %s' % (p.returncode,
                                   p.stderr.decode('utf-8', 'replace')[-800:])


def judge(batch, keep):
    why = verdict(batch)
    if not why:
        return 0
    bad = [(p, v) for p, v in ((p, verdict([p])) for p in batch) if v]
    for p, v in bad or [(batch[0], 'with those behind it: ' + why)]:
        os.makedirs(keep, exist_ok=True)
        for f in [p] if bad else batch:
            shutil.copy(f, keep)
        print('FAIL: %s: %s' % (os.path.join(keep, os.path.basename(p)), v))
    return max(1, len(bad))


def main():
    a = argparse.ArgumentParser(usage=__doc__.split('usage: ')[1])
    a.add_argument('-n', type=int, default=4)
    a.add_argument('-s', type=int, default=1)
    a.add_argument('-k', default='mutate.failed')
    a.add_argument('pcaps', nargs='+')
    a = a.parse_args()
    paths = [p for folder in a.pcaps for p in gridtap.captures(folder)]
    total = failed = 0
    with tempfile.TemporaryDirectory() as d:
        batch = []
        for name, data in copies(paths, a.n, a.s):
            batch.append(os.path.join(d, name))
            with open(batch[-1], 'wb') as f:
                f.write(data)
            total += 1
            if len(batch) == BATCH:
                failed += judge(batch, a.k)
                for p in batch:
                    os.unlink(p)
                batch = []
        failed += judge(batch, a.k) if batch else 0
    print('%d passed, %d failed' % (total - failed, failed))
    sys.exit(failed > 0 or total == 0)


if __name__ == '__main__':
    main()
