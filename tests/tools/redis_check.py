#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Events in a Redis stream: all of them, as the JSON lines of the same run, while
a real redis-server is killed, stands still, is full and refuses.

usage: redis_check.py [-k KILLS] [-e EVENTS] [-s SEED]"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import gridtap
import many_events
import receivers

SERVER, CLIENT = 'redis-server', 'redis-cli'
PASSED, FAILED = [], []


def check(what, right, said=''):
    (PASSED if right else FAILED).append(what)
    if not right:
        print('FAIL: %s %s' % (what, str(said)[:800]))


def server_program():
    """Debian's redis-tools has the server under the name of a tool."""
    found = shutil.which(SERVER)
    if found is None and shutil.which('redis-check-rdb'):
        found = os.path.abspath(SERVER)
        if not os.path.exists(found):
            os.symlink(shutil.which('redis-check-rdb'), found)
    return found


class Server:
    """What it acknowledged is on disk."""

    def __init__(self, password=None):
        self.port, self.password = receivers.free_port(), password
        self.process = None
        self.folder = os.path.abspath('redis-%d' % self.port)
        os.makedirs(self.folder)

    def start(self):
        command = [server_program(), '--port', str(self.port), '--bind',
                   '127.0.0.1', '--dir', self.folder, '--save', '',
                   '--appendonly', 'yes', '--appendfsync', 'always']
        if self.password:
            command += ['--requirepass', self.password]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            if self.ask('PING', check=False).strip() == 'PONG':
                return self
            time.sleep(0.02)
        raise OSError('redis-server does not start')

    def ask(self, *words, check=True):
        command = [CLIENT, '-p', str(self.port), '--raw']
        environment = dict(os.environ)
        if self.password:
            environment['REDISCLI_AUTH'] = self.password
        return subprocess.run(command + list(words), env=environment,
                              capture_output=True, text=True,
                              check=check).stdout

    def stop(self, how=signal.SIGKILL):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def events(self, stream='gridtap:events'):
        said = self.ask('XRANGE', stream, '-', '+').split('\n')
        return [json.loads(line) for line in said if line.startswith('{')]


def configure(server, **more):
    d = {'name': 'stream', 'type': 'redis', 'transport': 'tcp',
         'insecure': 'true', 'host': '127.0.0.1', 'port': server.port,
         'format': 'json', 'retry_s': 1, 'timeout_s': 2}
    d.update(more)
    shutil.rmtree('spool', ignore_errors=True)
    with open('gridtap.yaml', 'w', encoding='utf-8') as f:
        f.write('suppress_s: 0\nspool:\n  path: spool\n  wait_s: 20\n'
                'outputs:\n  - ' + '\n    '.join(
                    '%s: %s' % p for p in d.items()) + '\n')


def replay(capture='small.pcap', wait=None):
    command = ['replay', '-c', 'gridtap.yaml', '--quiet', '-o', 'json:raised']
    if wait is not None:
        command += ['--set', 'spool.wait_s=%d' % wait]
    return gridtap.call(command + [capture], timeout=300)


def raised():
    with open('raised', encoding='utf-8') as f:
        return [json.loads(line) for line in f]


def key(e):
    return e['sqnum'], e['id'], e['subject']


def all_of_them():
    with Server('secret word') as server:
        with open('password', 'w', encoding='utf-8') as f:
            f.write('secret word\n')
        configure(server, password_file='password')
        done = replay()
        check('status', done.returncode == 0, done.stderr)
        check('as they were raised', server.events() == raised())
        configure(server, password_file='password', stream='short',
                  stream_length=50)
        replay()
        n = int(server.ask('XLEN', 'short'))
        check('about its length', 50 <= n < len(raised()), n)


def refusals():
    with Server('secret') as server:
        configure(server)
        done = replay(wait=1)
        check('no password', done.returncode == 1 and
              b'the server refuses: NOAUTH' in done.stderr, done.stderr)
        configure(server, password_file='missing')
        done = replay(wait=1)
        check('no file', done.returncode == 1 and
              b'missing: cannot read the password' in done.stderr, done.stderr)
        check('nothing arrived', server.ask('XLEN', 'gridtap:events') == '0\n')
    with Server() as server:
        server.ask('CONFIG', 'SET', 'maxmemory', '1')
        configure(server)
        done = replay(wait=1)
        check('out of memory', done.returncode == 1 and
              b'the server refuses: OOM' in done.stderr, done.stderr)
        server.ask('CONFIG', 'SET', 'maxmemory', '0')
        want = raised()
        replay('none.pcap')
        check('kept until there is room', server.events() == want,
              len(server.events()))


def killed(kills, events):
    """Killed again and again, and once it only stands still."""
    server = Server().start()
    configure(server)
    with open('many.pcap', 'rb') as f:
        data = f.read()
    with subprocess.Popen([gridtap.GRIDTAP, 'replay', '-c', 'gridtap.yaml',
                           '--quiet', '-o', 'json:raised', '-'],
                          stdin=subprocess.PIPE,
                          stderr=subprocess.PIPE) as p:
        def feed():
            part = len(data) // (kills * 4) + 1
            for at in range(0, len(data), part):
                p.stdin.write(data[at:at + part])
                p.stdin.flush()
                time.sleep(0.05)
            p.stdin.close()
        feeder = threading.Thread(target=feed)
        drain = threading.Thread(target=p.stderr.read)
        feeder.start()
        drain.start()
        for i in range(kills):
            time.sleep(random.uniform(0.02, 0.3))
            if i == kills // 2:
                server.process.send_signal(signal.SIGSTOP)
                time.sleep(3)
                server.process.send_signal(signal.SIGCONT)
                continue
            server.stop()
            time.sleep(random.uniform(0, 0.2))
            server.start()
        feeder.join()
        status = p.wait()
        drain.join()
    want, got = [key(e) for e in raised()], [key(e) for e in server.events()]
    server.stop()
    check('%d kills: status' % kills, status == 0, status)
    check('%d kills, none missing' % kills,
          not set(want) - set(got) and len(want) >= events,
          sorted(set(want) - set(got))[:5])
    check('%d kills, no other' % kills, not set(got) - set(want))
    first = list(dict.fromkeys(got))
    check('in order', first == sorted(first), first[:5])
    print('%d events, %d arrived, %d kills' % (len(want), len(got), kills))


def main(arguments):
    kills, events, seed = 3, 2000, 1
    while arguments[:1] in (['-k'], ['-e'], ['-s']):
        value = int(arguments[1])
        kills, events, seed = (
            value if arguments[0] == '-k' else kills,
            value if arguments[0] == '-e' else events,
            value if arguments[0] == '-s' else seed)
        arguments = arguments[2:]
    random.seed(seed)
    gridtap.GRIDTAP = os.path.abspath(gridtap.GRIDTAP)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        if server_program() is None or shutil.which(CLIENT) is None:
            print('skipped: no redis-server here')
            return 77
        many_events.main('small.pcap', 300)
        many_events.main('none.pcap', 0)
        many_events.main('many.pcap', events)
        all_of_them()
        refusals()
        killed(kills, events)
        os.chdir('/')
    print('%d passed, %d failed' % (len(PASSED), len(FAILED)))
    return len(FAILED) > 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
