#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A replay that is killed again and again, and goes on each time, tells what one
that is not disturbed tells: nothing is missed, and nothing else is said.

usage: kill_check.py [-n KILLS] [-s SEED] [CAPTURE...]
Without a capture one is made that is long enough to be killed in.
"""
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above
import meters as make  # noqa: E402

OPTIONS = ['--quiet', '--set', 'state.interval_s=1', '--state', 'state.db',
           '--set', 'classify.enabled=false', '--summary', 'summary']
RESUMED = []  # packets that a last run did not read again


def events(path):
    """Whole lines; the last of a killed run may be torn."""
    if not os.path.exists(path):
        return []
    with open(path, 'rb') as f:
        return f.read().split(b'\n')[:-1]


def forget():
    for end in '', '-wal', '-shm':
        if os.path.exists('state.db' + end):
            os.remove('state.db' + end)


def generation():
    try:
        with sqlite3.connect('file:state.db?mode=ro', uri=True) as db:
            return db.execute('SELECT generation FROM mark').fetchone()[0]
    except sqlite3.Error:
        return 0


def wait_for_mark():
    before, until = generation(), time.monotonic() + 3
    while generation() < before + 2 and time.monotonic() < until:
        time.sleep(0.005)


def replay(data, kill, out):
    """Feeds data; kills behind kill octets, if that is not None."""
    with subprocess.Popen(
            [gridtap.GRIDTAP, 'replay', '-o', 'json:' + out, *OPTIONS, '-'],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **gridtap.SANITIZED}) as p:
        if kill is None:
            _, said = p.communicate(data)
            return p.returncode, said
        p.stdin.write(data[:kill])
        p.stdin.flush()
        # at any moment of starting, reading, marking and writing
        if random.random() < 0.75:
            wait_for_mark()
        time.sleep(random.choice((0, 0.005, 0.02, 0.05)))
        p.kill()
        p.wait()
    return 0, b''


def made(path):
    """Some hundred sessions, among them replays, resets and regressions."""
    c = make.Capture()
    for turn in range(24):
        for n in range(1, 41):
            t = make.Tcp(c, make.meter(n))
            ic = 5000 + 10 * turn if turn % 12 < 9 or n % 8 else turn
            t.open(make.title(n), ic, 700 + 10 * turn)
            t.read(ic + 1, 701 + 10 * turn)
            if n % 20 == turn:
                t.apdu(0, make.glo(0xC8, max(5001, ic - 29)))
            t.close()
            c.wait(1)
        c.wait(600)
    c.write(path)


def check(path, kills):
    with open(path, 'rb') as f:
        data = f.read()
    forget()
    status, said = replay(data, None, 'whole')
    whole, seen = events('whole'), []
    if status != 0:
        return 'exit status %d: %s' % (status, said)
    forget()
    for i, kill in enumerate(sorted(random.randrange(len(data) // 4, len(data))
                                    for _ in range(kills))):
        replay(data, kill, 'part%d' % i)
        seen += events('part%d' % i)
    status, said = replay(data, None, 'last')
    seen += events('last')
    if status != 0:
        return 'exit status %d: %s' % (status, said)
    missing, more = set(whole) - set(seen), set(seen) - set(whole)
    with open('summary', 'rb') as f:
        RESUMED.append(gridtap.parse(f.read().decode()).get('read_before', 0))
    if missing or more:
        return '\n'.join(['%d missing, %d more' % (len(missing), len(more))] +
                         ['  - %s' % e.decode()[:500]
                          for e in sorted(missing)[:3]] +
                         ['  + %s' % e.decode()[:500]
                          for e in sorted(more)[:3]])
    return None


def main(arguments):
    kills, seed = 3, 1
    while arguments[:1] in (['-n'], ['-s']):
        if arguments[0] == '-n':
            kills = int(arguments[1])
        else:
            seed = int(arguments[1])
        arguments = arguments[2:]
    random.seed(seed)
    paths = [os.path.abspath(p) for p in arguments] or ['made.pcap']
    gridtap.GRIDTAP = os.path.abspath(gridtap.GRIDTAP)
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        made('made.pcap')
        for p in paths:
            wrong = check(p, kills)
            if wrong is not None:
                print('FAIL: %s, seed %d: %s' % (
                    os.path.basename(p), seed, wrong))
                failed += 1
        os.chdir('/')
    print('%d passed, %d failed, %d packets not read again' % (
        len(paths) - failed, failed, sum(RESUMED)))
    failed += sum(RESUMED) == 0
    return failed > 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
