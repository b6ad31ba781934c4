#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gridtap meters on what a replay left in its state file: the table, its JSON,
acknowledgements, and files that are none.  usage: state_check.py PCAPS"""
import os
import pty
import random
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above
import meters as make  # noqa: E402

PCAPS = os.path.abspath(sys.argv[1])
WHO = make.title(1)
TITLE = WHO.hex().upper()
FAILED = []


def check(what, good, *shown):
    if not good:
        FAILED.append(what)
        print('FAIL: %s: %s' % (what, ' '.join(str(s)[:400] for s in shown)))


def meters(*arguments):
    return gridtap.call(['meters', *arguments])


def refused(what, status, pattern, *arguments):
    p = meters(*arguments)
    text = p.stderr.decode()
    check(what, p.returncode == status and text.count('\n') == 1 and
          re.search(pattern, text) and not p.stdout, p.returncode, text)


def capture(name, at, *counters):
    """Sessions of one meter, each with its own counters, an hour apart."""
    c = make.Capture()
    c.now = make.START + at * 10**9
    c.port += at % 1000
    for ic, mic in counters:
        make.session(c, make.meter(1), WHO, ic, mic)
        c.wait(3600)
    c.write(name)
    return name


def split(data):
    """The file's head, and all behind it."""
    return data[:24], data[24:]


def events(name, db, *options):
    return gridtap.replay([name], '--state', db, *options).events


def count(found, det, mnemonic=None):
    return sum(e['det'] == det and mnemonic in (None, e['mnemonic'])
               for e in found)


def tables():
    db = 'table.db'
    gridtap.replay(
        [PCAPS + '/dlms/e_sap_scan.pcap', PCAPS + '/dlms/c_gmac_glo.pcap'],
        '--state', db, '--meters', 'table.json')
    p = meters('--state', db, '--json')
    with open('table.json', 'rb') as f:
        check('--json is what --meters is', p.stdout == f.read() and
              len(p.stdout) > 100, p.stdout)
    rows = gridtap.parse(p.stdout.decode())
    text = meters('--state', db).stdout.decode()
    check('no colour but on a terminal', '\x1b' not in text, text)
    for m in rows:
        check('each meter has a line',
              re.search('^' + (m['title'] or m['addresses'][0]), text, re.M),
              text)
    lines = [s for s in text.split('\n') if 'client glo' in s]
    check('columns stand below each other',
          len({s.index(' auth+enc') for s in lines}) == 1, lines)
    with open('conf.yaml', 'w', encoding='utf-8') as f:
        f.write('state:\n  path: %s\n' % db)
    check('-c names the file', meters('-c', 'conf.yaml', '--json').stdout ==
          p.stdout)
    for no, coloured in ('', True), ('1', False):
        shown = on_terminal(['meters', '--state', db], no)
        check('NO_COLOR "%s"' % no, (b'\x1b[' in shown) == coloured, shown)


def on_terminal(arguments, no_color):
    ours, theirs = pty.openpty()
    env = {**os.environ, 'TERM': 'xterm', 'NO_COLOR': no_color}
    with subprocess.Popen([gridtap.GRIDTAP] + arguments, stdout=theirs,
                          env=env) as p:
        os.close(theirs)
        shown = b''
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
        p.wait()
    os.close(ours)
    return shown


def acknowledged():
    """A reset is an alarm once; after an acknowledgement the next is none."""
    first = capture('first.pcap', 0, (50000, 70000), (50010, 3))
    again = capture('again.pcap', 8000, (50020, 300), (50030, 1))
    before = events(first, 'ack.db')
    check('a reset is said', count(before, 'D-24', 'DLMS_IC_RESET') == 1,
          before)
    events(first, 'not.db')
    check('without it the next one is said, too',
          count(events(again, 'not.db'), 'D-24', 'DLMS_IC_RESET') == 1)
    p = meters('ack', TITLE.lower(), '--reset', '--reason', 'exch "1"\n\x1b',
               '--state', 'ack.db')
    check('ack', p.returncode == 0 and not p.stdout + p.stderr, p)
    check('a run without a packet tells nothing',
          events(first, 'ack.db') == [])
    after = events(again, 'ack.db')
    told = [e for e in after
            if e['mnemonic'] == 'DLMS_IC_RESET_ACKNOWLEDGED']
    check('it is told once', len(told) == 1 and
          told[0]['subject'] == TITLE and told[0]['frame'] == 1 and
          told[0]['why']['reason'].startswith('exch "1"'), told)
    check('and no reset', count(after, 'D-24') == 1, after)
    third = capture('third.pcap', 200000, (50040, 1000), (50050, 2))
    later = events(third, 'ack.db')
    check('a day later there is an alarm again, and nothing told',
          count(later, 'D-24') == 1 and
          count(later, 'D-24', 'DLMS_IC_RESET') == 1, later)


def after_one_unit():
    """One unit only came behind the reset: where it stood is where it goes on
    from, however far the next is."""
    c = make.Capture()
    make.session(c, make.meter(1), WHO, 50000, 70000)
    c.wait(60)
    t = make.Tcp(c, make.meter(1))
    t.apdu(1, make.general(WHO, 2))
    t.close()
    c.write('one.pcap')
    check('one unit is a reset', count(events('one.pcap', 'one.db'),
                                       'D-24', 'DLMS_IC_RESET') == 1)
    meters('ack', TITLE, '--reset', '--reason', 'x', '--state', 'one.db')
    found = events(capture('next.pcap', 900000, (50010, 4000)), 'one.db')
    check('it went on from there', not count(found, 'D-23') and
          count(found, 'D-24') == 1, found)


def wait_for(what, *do):
    """Until what() is true; do() each time before."""
    until = time.monotonic() + 60
    while not what():
        if time.monotonic() > until:
            return False
        for each in do:
            each()
        time.sleep(0.02)
    return True


def running():
    """A sensor that runs takes an acknowledgement in, and tells it once."""
    first = capture('first.pcap', 0, (50000, 70000), (50010, 3))
    again = capture('again.pcap', 8000, (50020, 300), (50030, 1))
    with open(first, 'rb') as f:
        head, early = split(f.read())
    with open(again, 'rb') as f:
        late = split(f.read())[1]
    at = [make.START // 10**9 + 7500]

    def told():
        with open('run.json', 'rb') as events_:
            return b'DLMS_IC_RESET_ACKNOWLEDGED' in events_.read()

    def pass_time():
        at[0] += 1
        for i in range(40):  # what reads has a buffer
            pipe.write(struct.pack('<IIII', at[0], 0, 60, 60) + bytes(12) +
                       b'\x88\xb5' + bytes([i]) * 46)
        pipe.flush()

    def acknowledge():
        return meters('ack', TITLE, '--reset', '--reason', 'x', '--state',
                      'run.db').returncode == 0

    os.mkfifo('run')
    with subprocess.Popen(
            [gridtap.GRIDTAP, 'replay', '--quiet', '-o', 'json:run.json',
             '--state', 'run.db', '--set', 'state.interval_s=1', 'run'],
            stderr=subprocess.PIPE) as p:
        with open('run', 'wb') as pipe:
            pipe.write(head + early)
            check('it is acknowledged while it runs',
                  wait_for(acknowledge, pass_time))
            check('and told while it runs', wait_for(told, pass_time))
            at[0] = make.START // 10**9 + 7999
            pipe.write(late)
        said = p.stderr.read()
    with open('run.json', 'rb') as f:
        found = [gridtap.parse(line.decode()) for line in f]
    check('it ran', p.returncode == 0 and not said, p.returncode, said)
    check('told once', count(found, 'D-24',
                             'DLMS_IC_RESET_ACKNOWLEDGED') == 1, found)
    check('and no second reset', count(found, 'D-24', 'DLMS_IC_RESET') == 1,
          found)
    check('nor told again', count(events(first, 'run.db'), 'D-24',
                                  'DLMS_IC_RESET_ACKNOWLEDGED') == 0)


def evicted():
    """Sixteen places for forty meters: who had to leave is found again."""
    c = make.Capture()
    for turn in range(3):
        for n in range(1, 41):
            t = make.Tcp(c, make.meter(n))
            ic = 5000 + 10 * turn
            t.open(make.title(n), ic, 700 + 10 * turn)
            if turn == 2 and n <= 5:
                t.apdu(0, make.glo(0xCB, 5000))
            t.close()
            c.wait(1)
        c.wait(600)
    c.write('many.pcap')
    few = ['--set', 'limits.meters=16']
    whole = [e for e in gridtap.replay(['many.pcap']).events]
    kept = gridtap.replay(['many.pcap'], '--state', 'many.db', *few)
    check('what is said of many', count(whole, 'D-21') == 5, whole)
    check('and of many in few places',
          [e['subject'] for e in kept.events if e['det'] == 'D-21'] ==
          [e['subject'] for e in whole if e['det'] == 'D-21'] and
          not set(e['det'] for e in kept.events) - {'D-21', 'H-8'},
          kept.events)
    check('it is said and counted that they leave',
          count(kept.events, 'H-8') == 1 and
          kept.summary['dropped']['meters_evicted'] >= 100 and
          kept.summary['dropped']['meters_unkept'] == 0,
          kept.summary['dropped'])
    check('without a file nobody is found again',
          count(gridtap.replay(['many.pcap'], *few).events, 'D-21') == 0)
    rows = gridtap.parse(
        meters('--state', 'many.db', '--json').stdout.decode())
    check('the file has all of them', len(rows) == 40 and
          all(sum(s['pdus'] for s in m['counters']) >= 6 for m in rows), rows)


def damaged():
    """Whatever octets a file holds, it is read to its end, and so is what
    comes behind it."""
    parts = [PCAPS + '/dlms/d47-transfer.pcap', PCAPS + '/dlms/m-clone.pcap']
    random.seed(7)
    for turn in range(12):
        name = 'damaged%d.db' % turn
        gridtap.replay(parts[:1], '--state', name)
        with sqlite3.connect(name) as db:
            for table in 'meter', 'piece', 'fold':
                what = 'event' if table == 'fold' else 'body'
                key = {'piece': 'rowid', 'meter': 'id', 'fold': 'place'}[table]
                if table == 'piece':
                    rows = db.execute(
                        'SELECT owner, number, body FROM piece').fetchall()
                else:
                    rows = [(None, *r) for r in db.execute(
                        'SELECT %s, %s FROM %s' % (key, what, table))]
                for owner, number, body in rows:
                    body = bytearray(body)
                    for _ in range(random.randrange(4)):
                        body[random.randrange(len(body))] = \
                            random.choice((0, 1, 127, 255))
                    if random.randrange(8) == 0:
                        del body[random.randrange(len(body)):]
                    if owner is None:
                        db.execute('UPDATE %s SET %s=? WHERE %s=?' % (
                            table, what, key), (bytes(body), number))
                    else:
                        db.execute('UPDATE piece SET body=? WHERE owner=? AND '
                                   'number=?', (bytes(body), owner, number))
        p = gridtap.call(['replay', '--quiet', '-o', 'json:/dev/null',
                          '--state', name, *parts])
        check('damaged file %d' % turn, p.returncode == 0, p)
        p = meters('--state', name)
        check('table of damaged file %d' % turn, p.returncode == 0, p)


def held(db):
    """The file while a replay of a fifo, which never ends, keeps it."""
    os.mkfifo('fifo')
    with subprocess.Popen(
            [gridtap.GRIDTAP, 'replay', '--quiet', '-o', 'json:/dev/null',
             '--state', db, 'fifo'], stderr=subprocess.PIPE) as p:
        with open('fifo', 'wb') as f:
            f.write(b'\xd4\xc3\xb2\xa1')
            f.flush()
            q = gridtap.call(['replay', '--quiet', '-o', 'json:/dev/null',
                              '--state', db, 'first.pcap'])
            check('two sensors', q.returncode == 1 and
                  q.stderr.count(b'\n') == 1 and b'another gridtap' in
                  q.stderr, q)
            check('the table is read all the same',
                  meters('--state', db).returncode == 0)
            check('an acknowledgement goes in, too', meters(
                'ack', TITLE, '--reset', '--reason', 'x', '--state',
                db).returncode == 0)
            p.kill()
        p.wait()
    q = gridtap.replay(['first.pcap'], '--state', db)
    check('a lock dies with its holder', q.status == 0, q.errors)


def wrong():
    good = ('--state', 'ack.db')
    ack = ('--reset', '--reason', 'x', *good)
    for bad in 'XY', TITLE + '0', 'G' * 16, '':
        refused('title ' + bad, 2, 'expected a system title', 'ack', bad, *ack)
    refused('stranger', 1, 'no meter of this title', 'ack', '00' * 8, *ack)
    refused('no title', 2, 'expected its system title', 'ack', *ack)
    refused('no reset', 2, 'expected --reset', 'ack', TITLE, *ack[1:])
    refused('no reason', 2, 'expected --reason', 'ack', TITLE, '--reset',
            *good)
    refused('long reason', 2, 'at most 127', 'ack', TITLE, '--reset',
            '--reason', 'x' * 128, *good)
    refused('a word', 2, '"show" is not expected', 'show', *good)
    refused('no file', 2, 'expected --state DB or -c FILE')
    refused('reset alone', 2, 'are for ack', '--reset', *good)
    refused('missing', 1, 'missing.db: No such file', '--state', 'missing.db')
    check('it was not made', not os.path.exists('missing.db'))
    with open('conf.yaml', 'w', encoding='utf-8') as f:
        f.write('source: x\n')
    refused('no state.path', 2, 'expected state.path', '-c', 'conf.yaml')
    with open('text.db', 'w', encoding='utf-8') as f:
        f.write('no database at all' * 100)
    refused('text', 1, 'text.db: .*not a database', '--state', 'text.db')
    with sqlite3.connect('other.db') as other:
        other.execute('CREATE TABLE t (a)')
    refused('other', 1, "another program's", '--state', 'other.db')
    with sqlite3.connect('late.db') as late:
        late.execute('PRAGMA application_id=%d' % 0x67746170)
        late.execute('PRAGMA user_version=99')
        late.execute('CREATE TABLE t (a)')
    refused('later', 1, 'version 99.*later gridtap', '--state', 'late.db')
    busy = sqlite3.connect('ack.db', isolation_level=None)
    busy.execute('PRAGMA journal_mode=DELETE')
    busy.execute('BEGIN EXCLUSIVE')
    refused('locked', 1, 'ack.db.*in use', *good)
    busy.execute('ROLLBACK')
    busy.close()
    check('help', b'--reason TEXT' in meters('--help').stdout)


with tempfile.TemporaryDirectory() as scratch:
    gridtap.GRIDTAP = os.path.abspath(gridtap.GRIDTAP)
    os.chdir(scratch)
    tables()
    acknowledged()
    after_one_unit()
    running()
    evicted()
    damaged()
    held('ack.db')
    wrong()
    os.chdir('/')
print('%d failed' % len(FAILED))
sys.exit(bool(FAILED))
