#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Events reach rsyslog and syslog-ng over mutual TLS and RELP, and what arrives
equals what was raised, field by field, as their own parsers read it; what keeps
them from arriving is said, and keeps them.

usage: siem_check.py [-k KILLS] [-e EVENTS] [KIND...]"""
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above
import many_events  # noqa: E402
import receivers  # noqa: E402

KINDS = ['syslog-ng-tls', 'rsyslog-tls', 'rsyslog-relp']
FAILED = []
PASSED = []


def check(what, right, said=''):
    (PASSED if right else FAILED).append(what)
    if not right:
        print('FAIL: %s %s' % (what, str(said)[:1500]))


def outputs(*destinations, spool='spool', **others):
    """A configuration; each destination a dictionary."""
    text = 'suppress_s: 0\nspool:\n  path: %s\n  wait_s: %d\noutputs:\n' % (
        spool, others.get('wait', 20))
    for d in destinations:
        text += '  - ' + '\n    '.join('%s: %s' % p for p in d.items()) + '\n'
    with open(others.get('file', 'gridtap.yaml'), 'w', encoding='utf-8') as f:
        f.write(text)


def to(port, name='siem', **more):
    d = {'name': name, 'host': '127.0.0.1', 'port': port,
         'server_name': receivers.NAME, 'ca': 'ca.pem',
         'certificate': 'client.pem', 'key': 'client.key', 'timeout_s': 2}
    d.update(more)
    return {k: v for k, v in d.items() if v is not None}


def to_receiver(r, **more):
    return to(r.port, transport='relp' if 'relp' in r.kind else 'tls', **more)


def replay(capture='small.pcap', conf='gridtap.yaml', to_file='raised'):
    return gridtap.call(['replay', '-c', conf, '--quiet', '-o',
                         'syslog:' + to_file, capture], timeout=300)


def raised(path='raised'):
    with open(path, 'rb') as f:
        return f.read().split(b'\n')[:-1]


SD = re.compile(rb'\[([^ \]]+)((?: [^ =]+="(?:[^"\\\]]|\\.)*")*)\]')
PARAM = re.compile(rb' ([^ =]+)="((?:[^"\\\]]|\\.)*)"')


def read(line):
    """A message of RFC 5424: host, program, msgid, elements, text."""
    head = re.match(rb'<(\d+)>1 (\S+) (\S+) (\S+) - (\S+) ', line)
    at, found = head.end(), {}
    while line[at:at + 1] == b'[':
        m = SD.match(line, at)
        found[m.group(1).decode()] = {
            k.decode(): re.sub(rb'\\(.)', rb'\1', v).decode()
            for k, v in PARAM.findall(m.group(2))}
        at = m.end()
    return [int(head.group(1)), head.group(2).decode()[:26]] + [
        g.decode() for g in head.groups()[2:]] + [
        found, line[at + 1:].decode()]


FACILITY = {'security': 13}
SEVERITY = {'alert': 1, 'err': 3, 'warning': 4, 'notice': 5}


def flat(element, above=''):
    """syslog-ng takes the dots of a name for levels."""
    found = {}
    for k, v in element.items():
        if isinstance(v, dict):
            found.update(flat(v, above + k + '.'))
        else:
            found[above + k] = v
    return found


def arrived(event):
    """The same of what a receiver wrote."""
    found = {k: flat(v) for k, v in receivers.elements(event).items()}
    if 'pri' in event:
        return [int(event['pri']), event['time'][:26], event['host'],
                event['app'], event['msgid'], found, event['msg'].lstrip(' ')]
    return [FACILITY[event['FACILITY']] * 8 + SEVERITY[event['PRIORITY']],
            event['ISODATE'][:26], event['HOST'], event['PROGRAM'],
            event['MSGID'], found, event['MESSAGE']]


def wait_for(lines, n, seconds=30):
    until = time.monotonic() + seconds
    while len(lines()) < n and time.monotonic() < until:
        time.sleep(0.02)
    return lines()


def equal_fields(kind):
    """What arrives equals what was raised."""
    with receivers.Receiver(kind) as r:
        outputs(to_receiver(r), spool='equal-' + kind)
        done = replay()
        wrong = raised()
        check(kind + ': replay', done.returncode == 0, done.stderr)
        wait_for(r.lines, len(wrong))
        got = [arrived(e) for e in r.events()]
        want = [read(line) for line in wrong]
        check(kind + ': as many', len(got) == len(want) > 200,
              (len(got), len(want)))
        for a, b in zip(got, want):
            if a != b:
                check(kind + ': equal', False, (a, b))
                break
        else:
            check(kind + ': equal', True)
        # all was acknowledged, or read: nothing comes twice
        replay('none.pcap')
        check(kind + ': once', len(r.lines()) == len(want), len(r.lines()))


def numbers_of(r):
    return receivers.numbers(r.events())


def killed_receiver(kind, kills, events):
    """The receiver is killed again and again."""
    r = receivers.Receiver(kind)
    outputs(to_receiver(r, retry_s=1), spool='kill-' + kind)
    r.start()
    with subprocess.Popen([gridtap.GRIDTAP, 'replay', '-c', 'gridtap.yaml',
                           '--quiet', '-o', 'syslog:raised', '-'],
                          stdin=subprocess.PIPE,
                          stderr=subprocess.PIPE) as p:
        feeder = threading.Thread(target=feed, args=(p, kills))
        drain = threading.Thread(target=p.stderr.read)
        feeder.start()
        drain.start()
        for _ in range(kills):
            time.sleep(random.uniform(0.02, 0.3))
            r.stop(signal.SIGKILL)
            time.sleep(random.uniform(0, 0.2))
            r.start()
        feeder.join()
        status = p.wait()
        drain.join()
    want = [int(read(line)[5]['62351-14@41912']['SqNum'])
            for line in raised()]
    wait_for(lambda: set(numbers_of(r)), len(want), 10)
    r.stop()
    got = numbers_of(r)
    missing = set(want) - set(got)
    check('%s: %d kills: status' % (kind, kills), status == 0, status)
    check('%s: %d kills, none missing' % (kind, kills),
          not missing and len(want) > events, sorted(missing)[:10])
    check('%s: %d kills, no other' % (kind, kills), not set(got) - set(want))
    first = list(dict.fromkeys(got))
    if 'relp' in kind:
        check('%s: in order' % kind, first == sorted(first), first[:5])
    print('%s: %d events, %d arrived, %d kills' % (
        kind, len(want), len(got), kills))


def feed(p, kills):
    """As long as it is killed: a part now and then."""
    with open('many.pcap', 'rb') as f:
        data = f.read()
    n = len(data) // (kills * 4) + 1
    for at in range(0, len(data), n):
        p.stdin.write(data[at:at + n])
        p.stdin.flush()
        time.sleep(0.06)
    p.stdin.close()


def killed_sensor(kind, kills, events):
    """gridtap is killed, and reads the capture again from its mark on: what any
    of the runs raised arrives, and that is what an undisturbed one raises."""
    with open('many.pcap', 'rb') as f:
        data = f.read()
    gridtap.call(['replay', '--quiet', '--set', 'suppress_s=0', '-o',
                  'syslog:undisturbed', 'many.pcap'], timeout=300)
    all_of_it = {line_key(read(line)) for line in raised('undisturbed')}
    with receivers.Receiver(kind) as r:
        outputs(to_receiver(r, retry_s=1, timeout_s=30),
                spool='sensor-' + kind)
        command = [gridtap.GRIDTAP, 'replay', '-c', 'gridtap.yaml', '--quiet',
                   '--state', kind + '.db', '--set', 'state.interval_s=1',
                   '-o']
        want = set()
        for i in range(1, kills + 1):
            with subprocess.Popen(command + ['syslog:raised', '-'],
                                  stdin=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL) as p:
                try:
                    p.stdin.write(data[:len(data) * i // (kills + 1)])
                    p.stdin.flush()
                except BrokenPipeError:
                    pass
                time.sleep(random.uniform(0, 0.3))
                p.kill()
            want |= {line_key(read(line)) for line in raised()}
        done = subprocess.run(command + ['syslog:raised', '-'], input=data,
                              capture_output=True, check=False)
        want |= {line_key(read(line)) for line in raised()}
        check('%s: sensor: status' % kind, done.returncode == 0, done.stderr)
        wait_for(lambda: {line_key(arrived(e)) for e in r.events()},
                 len(want), 10)
        got = [line_key(arrived(e)) for e in r.events()]
        check('%s: %d kills of gridtap, none missing' % (kind, kills),
              want <= set(got) and all_of_it <= set(got) and
              len(all_of_it) > events, sorted(all_of_it - set(got))[:5])
        numbers = {}
        for e in r.events():
            numbers.setdefault(receivers.standard(e)['SqNum'], set()).add(
                line_key(arrived(e)))
        twice = {k: v for k, v in numbers.items() if len(v) > 1}
        check('%s: %d kills of gridtap, no number for two' % (kind, kills),
              not twice, sorted(twice.items())[:3])
        print('%s: %d events, %d arrived, gridtap killed %d times' % (
            kind, len(want), len(got), kills))


def line_key(fields):
    """What it is about, which is another meter in each."""
    return fields[5]['gridtap@32473']['subject']


class Silent:
    """Accepts and says nothing; reads or does not."""

    def __init__(self, reads):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port, self.kept = self.socket.getsockname()[1], []
        threading.Thread(target=self.run, args=(reads,), daemon=True).start()

    def run(self, reads):
        while True:
            c, _ = self.socket.accept()
            self.kept.append(c)
            if reads:
                threading.Thread(target=self.drain, args=(c,),
                                 daemon=True).start()

    @staticmethod
    def drain(c):
        while c.recv(65536):
            pass


def waiting(spool, name='siem'):
    """What lies in the spool."""
    import sqlite3
    with sqlite3.connect('file:%s/%s.spool?mode=ro' % (spool, name),
                         uri=True) as db:
        return db.execute('SELECT count(*) FROM message').fetchone()[0]


def refused(name, d, said):
    spool = 'refused-' + name.replace(' ', '-')
    outputs(d, spool=spool, wait=4, file=spool + '.yaml')
    done = replay('small.pcap', spool + '.yaml', spool + '.raised')
    n = len(raised(spool + '.raised'))
    text = done.stderr.decode()
    check(name + ': said', 'destination siem (127.0.0.1 port' in text
          and said in text, text)
    check(name + ': status', done.returncode == 1, done.returncode)
    check(name + ': kept', waiting(spool) == n > 200, (waiting(spool), n))


def refusals():
    """Each gives a clear diagnostic and keeps the events."""
    good = receivers.Receiver('syslog-ng-tls').start()
    other = receivers.Receiver('syslog-ng-tls', server='expired').start()
    gone = receivers.Receiver('syslog-ng-tls', server='gone').start()
    silent, plain = Silent(False), Silent(True)
    cases = [
        ('wrong CA', to(good.port, ca='other.pem'),
         'is not by a CA of other.pem'),
        ('wrong name', to(good.port, server_name='a.example'),
         'is for "siem.example"; expected "a.example"'),
        ('expired', to(other.port), 'expired: 2020-02-01'),
        ('revoked', to(gone.port, crl='ca.crl'), 'is revoked'),
        ('never reads', to(silent.port), 'one that does not read (2 s)'),
        ('plain server', to(plain.port), 'a server without TLS'),
        ('nobody there', to(receivers.free_port()), 'Connection refused'),
        ('no certificate of ours',
         to(good.port, certificate=None, key=None, insecure='true'),
         'the server refuses'),
        ('no RELP', to(good.port, transport='relp'), ''),
    ]
    threads = [threading.Thread(target=refused, args=case) for case in cases]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for r in good, other, gone:
        r.stop()


def subscriber_fails():
    """The others are told when one cannot be reached, once."""
    with receivers.Receiver('syslog-ng-tls') as r:
        outputs(to_receiver(r, name='a'), to(receivers.free_port(), 'b'),
                spool='fails', wait=2)
        replay()
        n = len(raised())
        wait_for(r.lines, n)
        told = [e for e in r.events()
                if receivers.standard(e)['ID'] == 'IEC62351-14:9.5']
        check('9.5: once', len(told) == 1, told)
        own = receivers.elements(told[0])['gridtap@32473'] if told else {}
        check('9.5: whom', own.get('subject') == 'b' and 'refused' in
              own.get('why', {}).get('reason', ''), own)
        check('9.5: all', len(r.lines()) == n and waiting('fails', 'b') == n)


def formats():
    """Other formats are the text of a syslog message; documents are none."""
    with receivers.Receiver('syslog-ng-tls') as r:
        for f in 'json', 'cef', 'leef':
            outputs(to_receiver(r, format=f), spool='format-' + f)
            before = len(r.lines())
            done = gridtap.call(['replay', '-c', 'gridtap.yaml', '--quiet',
                                 '-o', f + ':raised', 'small.pcap'])
            want = [line.decode() for line in raised()]
            wait_for(r.lines, before + len(want))
            got = [e['MESSAGE'] for e in r.events()[before:]]
            check('format %s' % f, got == want and len(want) > 200, (
                done.stderr, got[:1], want[:1]))
    outputs(to(1, format='xml'))
    done = gridtap.call(['check', '-c', 'gridtap.yaml'])
    check('format xml', done.returncode == 2 and b'destination siem: format is '
          b'"xml"; expected one of' in done.stderr, done.stderr)


def plain():
    """Octet counts over TCP, datagrams over UDP, where that is wanted."""
    got = {'tcp': b'', 'udp': []}
    with socket.create_server(('127.0.0.1', 0)) as tcp, \
            socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(('127.0.0.1', 0))
        def stream():
            c, _ = tcp.accept()
            while data := c.recv(65536):
                got['tcp'] += data
        def datagrams():
            while data := udp.recv(65536):
                got['udp'].append(data)
        takers = [threading.Thread(target=t) for t in (stream, datagrams)]
        for t in takers:
            t.start()
        outputs(*({'name': kind, 'transport': kind, 'insecure': 'true',
                   'host': '127.0.0.1', 'port': s.getsockname()[1]}
                  for kind, s in (('tcp', tcp), ('udp', udp))), spool='plain')
        done = replay()
        udp.sendto(b'', udp.getsockname())
        for t in takers:
            t.join()
    want, framed = [line.rstrip(b'\n') for line in raised()], []
    while got['tcp']:
        n, _, rest = got['tcp'].partition(b' ')
        framed.append(rest[:int(n)])
        got['tcp'] = rest[int(n):]
    check('tcp', framed == want and done.returncode == 0, done.stderr)
    check('udp, but for losses', len(got['udp']) > 50 and
          [w for w in want if w in got['udp']] == got['udp'], len(got['udp']))
    check('insecure', done.stderr.count(b'outside IEC 62351') == 2)


def full_disk():
    """Capture goes on, it is said, and what can be sent from memory is."""
    here = ['unshare', '-rm', 'sh', '-c',
            'mount -t tmpfs -o size=400k none "$0" && exec "$@"']
    os.mkdir('full')
    if subprocess.run(here + ['full', 'true'], check=False,
                      capture_output=True).returncode != 0:
        print('skipped: a full disk: no file system can be mounted here')
        return
    with receivers.Receiver('syslog-ng-tls') as r:
        outputs(to_receiver(r, name='a'), to(receivers.free_port(), 'b'),
                spool='full', wait=3)
        done = subprocess.run(
            here + ['full', gridtap.GRIDTAP, 'replay', '-c', 'gridtap.yaml',
                    '--quiet', '-o', 'syslog:raised', 'disk.pcap'],
            capture_output=True, check=False)
        lines = raised()
        check('full disk: goes on', len(lines) > 2000 and
              done.returncode == 1, done)
        check('full disk: said', b'cannot write the spool: database or disk '
              b'is full' in done.stderr, done.stderr)
        check('full disk: an event', any(b'SENSOR_SPOOL_FAIL' in line
                                         for line in lines))
        wait_for(r.lines, len(lines), 5)
        check('full disk: from memory',
              set(numbers_of(r)) == {
                  int(read(line)[5]['62351-14@41912']['SqNum'])
                  for line in lines}, (len(r.lines()), len(lines)))


def bound():
    """What finds no room is counted, and an event; no alarm is lost."""
    outputs(to(receivers.free_port(), spool_mib=1, format='json'),
            spool='bound', wait=2)
    done = replay('many.pcap')
    told = [line for line in raised() if b'SENSOR_EVENTS_DROPPED' in line]
    check('bound: an event', len(told) >= 1, done.stderr)
    check('bound: said', b'the spool is full' in done.stderr, done.stderr)
    check('bound: kept', 500 < waiting('bound') < len(raised()),
          waiting('bound'))


def group():
    """The first of a group that can be reached has all, the other nothing."""
    with receivers.Receiver('syslog-ng-tls') as r:
        outputs(to(receivers.free_port(), 'a', group='g'),
                to_receiver(r, name='b', group='g'), spool='group')
        done = replay()
        wait_for(r.lines, len(raised()))
        check('group', len(r.lines()) == len(raised()) and
              done.returncode == 0, done.stderr)


def prepare(events):
    receivers.authority('ca')
    receivers.authority('other')
    receivers.certificate('server', 'ca', 'server', receivers.NAME)
    receivers.certificate('client', 'ca', 'client')
    receivers.certificate('gone', 'ca', 'server', receivers.NAME)
    receivers.expire('expired', 'ca')
    receivers.revoke('gone', 'ca')
    many_events.main('small.pcap', 300)
    many_events.main('none.pcap', 0)
    many_events.main('disk.pcap', 2000)
    many_events.main('many.pcap', events)


def main(arguments):
    kills, events, seed = 3, 2000, 1
    while arguments[:1] in (['-k'], ['-e'], ['-s']):
        if arguments[0] == '-k':
            kills = int(arguments[1])
        elif arguments[0] == '-e':
            events = int(arguments[1])
        else:
            seed = int(arguments[1])
        arguments = arguments[2:]
    kinds = [k for k in arguments or KINDS if receivers.Receiver.is_there(k)]
    if len(kinds) < len(arguments or KINDS):
        print('skipped: neither installed nor in %s: %s' % (
            receivers.PEERS, set(arguments or KINDS) - set(kinds)))
    if not kinds:
        return 77
    random.seed(seed)
    gridtap.GRIDTAP = os.path.abspath(gridtap.GRIDTAP)
    receivers.PEERS = os.path.abspath(receivers.PEERS)
    receivers.ETC = os.path.abspath(receivers.ETC)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        prepare(events)
        for kind in kinds:
            equal_fields(kind)
            killed_receiver(kind, kills, events)
            killed_sensor(kind, kills, events)
        if 'syslog-ng-tls' in kinds:
            refusals()
            subscriber_fails()
            group()
            formats()
            full_disk()
        plain()
        bound()
        os.chdir('/')
    print('%d passed, %d failed' % (len(PASSED), len(FAILED)))
    return len(FAILED) > 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
