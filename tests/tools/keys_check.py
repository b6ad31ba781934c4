#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether anything of a key is to be found where it must not be: in what the
program writes, in its state file, its environment, or in memory that a core
dump would hold; and whether two runs with keys write the same.

usage: keys_check.py GRIDTAP PCAPS"""
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import keyed

CAPTURE = 'dlms/d29-kinds-ok'
OUTPUTS = ('events', 'lines', 'text', 'records', 'summary', 'meters')
SMALL = 'flows=64 meters=64 sessions=64 links=64 points=64 associations=64 ' \
    'publishers=64 hosts=64 duplicates=64 messages=16 blocks=64 large_blocks=4'
MAP = re.compile(r'([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)')


def secrets(known):
    """Octets of every key: of the file, and those that went over the wire."""
    words = re.findall(r'\b(?:[0-9A-F]{64}|[0-9A-F]{32})\b', known)
    assert len(words) == 9, words
    return [bytes.fromhex(w) for w in words] + \
        [keyed.made(w) for w in ('dedicated', 'once', 'fresh')]


def patterns(key):
    """As octets and as digits; half of them is enough."""
    yield key[:8]
    yield key.hex().encode()[:16]
    yield key.hex().upper().encode()[:16]


def found(where, data, keys):
    return [f'{where}: {k.hex()[:4]}...' for k in keys
            for p in patterns(k) if p in data]


def filler(data):
    """Frames of an ethertype for experiments, later than the capture."""
    seconds, = struct.unpack_from('<I', data, 24)
    frame = bytes(12) + b'\x88\xb5' + bytes(1400)
    head = struct.pack('<IIII', seconds + 3600, 0, len(frame), len(frame))
    return (head + frame) * 400


class Run:
    """A replay of standard input that has read it and waits for more."""

    def __init__(self, gridtap, folder, keys):
        self.folder = folder
        cmd = [gridtap, 'replay', '--quiet', '--keys', keys, '--state',
               'state.db']
        for what in SMALL.split():
            cmd += ['--set', f'limits.{what}']
        for what, form in (('events', 'json'), ('lines', 'syslog'),
                           ('text', 'text')):
            cmd += ['-o', f'{form}:{what}']
        for what in OUTPUTS[3:]:
            cmd += ['--' + what, what]
        self.p = subprocess.Popen(cmd + ['-'], cwd=folder,
                                  stdin=subprocess.PIPE,
                                  stderr=subprocess.PIPE)

    def feed(self, data):
        """Until it waits in read() with nothing left to do; it reads so much
        at once that nobody's frames have to follow."""
        self.p.stdin.write(data + filler(data))
        self.p.stdin.flush()
        idle, before = 0, None
        while idle < 5 and self.p.poll() is None:
            stat = self.proc('stat').decode().rsplit(')', 1)[1].split()
            now = (stat[0], stat[11], stat[12])
            idle = idle + 1 if now == before and now[0] == 'S' else 0
            before = now
            time.sleep(0.02)

    def proc(self, name):
        with open(f'/proc/{self.p.pid}/{name}', 'rb') as f:
            return f.read()

    def seen(self, dumped=True):
        """What a core dump would hold: all but what is marked "dd"; or that."""
        at = None
        with open(f'/proc/{self.p.pid}/mem', 'rb', buffering=0) as mem:
            for line in self.proc('smaps').decode().split('\n'):
                m = MAP.fullmatch(line)
                if m:
                    at = m
                if not line.startswith('VmFlags:') or \
                        ('dd' in line.split()) == dumped or \
                        at[3][0] != 'r' or \
                        at[4].startswith('[v'):
                    continue
                begin, end = int(at[1], 16), int(at[2], 16)
                for where in range(begin, end, 1 << 24):
                    try:
                        mem.seek(where)
                        yield mem.read(min(1 << 24, end - where))
                    except OSError:
                        pass

    def end(self):
        self.p.stdin.close()
        err = self.p.stderr.read()
        return err, self.p.wait()


def memory(run, keys):
    """What is found of the running program."""
    wrong = []
    if not re.search(rb'Max core file size\s+0\s+0\s', run.proc('limits')):
        wrong.append('it may dump core')
    try:
        environment = run.proc('environ')
    except PermissionError:
        print('not root: memory and environment are not to be seen')
        return wrong
    if any(int(m[2], 16) - int(m[1], 16) > 1 << 36 for m in
           map(MAP.fullmatch, run.proc('maps').decode().split('\n')) if m):
        print('memory of a sanitizer is not looked through')
        return wrong
    wrong += found('environment', environment, keys)
    wrong += found('command line', run.proc('cmdline'), keys)
    octets = 0
    vault = b''.join(run.seen(False))
    if not all(k[:8] in vault for k in keys[:-2] + keys[-1:]):
        wrong.append('keys are not where they should be: nothing was seen')
    for part in run.seen():
        octets += len(part)
        wrong += found('memory', part, keys)
    if octets < 1 << 20:
        wrong.append(f'of its memory only {octets} octets were seen')
    return wrong + core(run, keys)


def core(run, keys):
    """The same by a debugger, where there is one."""
    if shutil.which('gcore') is None:
        return []
    name = os.path.join(run.folder, 'image')
    p = subprocess.run(['gcore', '-o', name, str(run.p.pid)],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    name += f'.{run.p.pid}'
    if p.returncode or not os.path.exists(name):
        return []
    with open(name, 'rb') as f:
        data = f.read()
    os.unlink(name)
    print(f'a core image of {len(data) >> 20} MiB was looked through')
    return found('core', data, keys)


def outputs(run, keys):
    wrong = []
    for name in os.listdir(run.folder):
        if name != 'keys.yaml':
            with open(os.path.join(run.folder, name), 'rb') as f:
                wrong += found(name, f.read(), keys)
    return wrong


def replay(gridtap, data, known, keys, look):
    """What is wrong, and what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'keys.yaml')
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), 'w') as f:
            f.write(known)
        run = Run(gridtap, folder, path)
        run.feed(data)
        wrong = memory(run, keys) if look else []
        err, status = run.end()
        if status or err:
            wrong.append(f'exit {status}: {err.decode()[-200:]}')
        wrong += outputs(run, keys)
        said = {}
        for name in OUTPUTS:
            with open(os.path.join(folder, name), 'rb') as f:
                said[name] = f.read()
    if b'"inner":[' not in said['records'] or b'D-35' not in said['events']:
        wrong.append('the keys opened nothing')
    return wrong, said


def aborted(gridtap, data, known):
    """Killed so that others would leave a core."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'keys.yaml')
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), 'w') as f:
            f.write(known)
        run = Run(gridtap, folder, path)
        run.feed(data)
        run.p.send_signal(signal.SIGABRT)
        run.end()
        return [f'it left {n}' for n in os.listdir(folder) if 'core' in n]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.split('\n\n')[1])
    gridtap, pcaps = sys.argv[1:]
    with open(os.path.join(pcaps, CAPTURE + '.pcap'), 'rb') as f:
        data = f.read()
    with open(os.path.join(pcaps, CAPTURE + '.known.keys.yaml'),
              encoding='utf-8') as f:
        known = f.read()
    keys = secrets(known)
    wrong, first = replay(gridtap, data, known, keys, True)
    again, second = replay(gridtap, data, known, keys, False)
    wrong += again + aborted(gridtap, data, known)
    wrong += [f'{n} differs in a second run' for n in OUTPUTS
              if first[n] != second[n]]
    for w in wrong:
        print('FAIL:', w)
    print(f'{len(keys)} keys were looked for, {len(wrong)} failed')
    sys.exit(len(wrong) > 0)


if __name__ == '__main__':
    main()
