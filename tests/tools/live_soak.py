#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A live sensor for a while: traffic without end, a reload every minute, and
faults in turn: the link down, the disk full, a configuration that is wrong, and
with --clock the host's clock set by some seconds and back.  Memory and
descriptors stay as they were when it was warm; each fault is said and is over.

usage: live_soak.py [--clock] CAPTURE [MINUTES [PPS]]
Ends with 77 where there is no privilege for it.  GRIDTAP is the program."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above
import live_check  # noqa: E402
import netns  # noqa: E402

WARM = 2     # minutes
FLAT = 1.03  # of what it was when it was warm
DISK = 64    # MiB
# queues that are warm soon: an item of theirs is memory when it is first used
CONF = ['suppress_s: 0', 'limits:', '  events: 256', 'detections:', '  H-3:', '    down_s: 1']


class Soak:
    def __init__(self, name, sensor):
        self.name, self.sensor = name, sensor
        self.warm = None

    def said(self, det):
        return len([e for e in events('disk/events') if e['det'] == det])

    def use(self):
        pid = self.sensor.process.pid
        kib = int(re.search(r'RssAnon:\s+(\d+)', live_check.text(
            '/proc/%d/status' % pid)).group(1))
        return kib, len(os.listdir('/proc/%d/fd' % pid))

    def measure(self, minute):
        self.sensor.notified()
        kib, fds = self.use()
        status = self.sensor.status()
        print('minute %d: %d KiB, %d descriptors, %d packets, %d lost' % (
            minute, kib, fds, status['traffic']['packets'],
            live_check.seen(status) - status['traffic']['packets']),
            flush=True)
        if minute == WARM:
            self.warm = kib, fds
        elif minute > WARM:
            live_check.check(kib <= self.warm[0] * FLAT, 'memory', kib,
                             self.warm)
            live_check.check(fds == self.warm[1], 'descriptors', fds)

    def reload(self, number):
        live_check.configure(*CONF, '  G-23:', '    n: %d' % (5 + number % 2))
        r = self.sensor.ask('reload')
        live_check.check(r.stdout.startswith(b'done'), r)

    def refused(self):
        live_check.configure('nonsense: 1')
        r = self.sensor.ask('reload')
        live_check.check(r.stdout.startswith(b'refused'), r)

    def link(self):
        before = self.said('H-3')
        netns.inside(self.name, 'ip', 'link', 'set', 's0', 'down')
        live_check.wait_for(lambda: self.said('H-3') > before, 'H-3')
        netns.inside(self.name, 'ip', 'link', 'set', 's0', 'up')
        packets = self.sensor.status()['traffic']['packets']
        live_check.wait_for(lambda: self.sensor.status()['traffic'][
            'packets'] > packets, 'packets behind the link')

    def disk(self):
        """Full, until what fills it is gone and the file is a new one."""
        try:
            with open('disk/full', 'wb', buffering=0) as f:
                while f.write(bytes(4096)) > 0:
                    pass
        except OSError:
            pass
        errors = live_check.text('errors').count('cannot write')
        for i in range(20):
            self.reload(i)  # H-5 is a line to write
            if live_check.text('errors').count('cannot write') > errors:
                break
        live_check.check('cannot write' in live_check.text('errors'), 'full')
        os.remove('disk/full')
        self.reload(1)
        self.reload(2)
        live_check.wait_for(lambda: 'can be written again' in
                            live_check.text('errors'), 'room on the disk')

    def clock(self):
        before = self.said('H-7')
        for step in 5, -5:
            time.clock_settime(time.CLOCK_REALTIME, time.time() + step)
            time.sleep(3)
        live_check.wait_for(lambda: self.said('H-7') >= before + 2, 'H-7')

    def rotate(self):
        """The disk is small."""
        os.rename('disk/events', 'disk/old')
        self.sensor.process.send_signal(signal.SIGHUP)
        live_check.wait_for(lambda: os.path.exists('disk/events'), 'rotation')
        os.remove('disk/old')


def events(path):
    found = []
    for line in live_check.text(path).split('\n'):
        if line.endswith('}'):
            found.append(gridtap.parse(line))
    return found


def soak(name, capture, minutes, pps, faults):
    live_check.configure(*CONF)
    sensor = live_check.Sensor(name, ['m0'], '--quiet', '-c', 'conf', '-o',
                               'json:' + os.path.abspath('disk/events'))
    s = Soak(name, sensor)
    with subprocess.Popen(
            ['ip', 'netns', 'exec', name, 'tcpreplay', '-q', '-K', '-i', 's0',
             '--pps', str(pps), '--loop', '1000000', capture],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as traffic:
        start = time.monotonic()
        try:
            for minute in range(1, minutes + 1):
                getattr(s, faults[minute % len(faults)])()
                s.reload(minute)
                s.sensor.notified()
                s.rotate()
                live_check.check(traffic.poll() is None, 'no more traffic')
                time.sleep(max(0, start + 60 * minute - time.monotonic()))
                s.measure(minute)
        finally:
            traffic.kill()
            sensor.stop()


def main(arguments):
    faults = ['link', 'refused', 'disk']
    if arguments[0] == '--clock':
        arguments.pop(0)
        faults.append('clock')
    capture = os.path.abspath(arguments[0])
    minutes, pps = (list(map(int, arguments[1:])) + [30, 20000][
        len(arguments) - 1:])[:2]
    why = netns.sudo_less()
    if why is not None:
        print('live_soak.py: skipped:', why)
        sys.exit(77)
    gridtap.GRIDTAP = os.path.abspath(gridtap.GRIDTAP)
    with tempfile.TemporaryDirectory() as scratch, netns.wires(1) as name:
        os.chdir(scratch)
        os.chmod(scratch, 0o777)
        os.mkdir('disk')
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=%dm' % DISK,
                        'tmpfs', 'disk'], check=True)
        os.chmod('disk', 0o777)
        try:
            soak(name, capture, minutes, pps, faults)
        finally:
            subprocess.run(['umount', '-l', 'disk'], check=True)
            os.chdir('/')
    print('%d faults missed' % len(live_check.FAILED))
    sys.exit(1 if live_check.FAILED else 0)


if __name__ == '__main__':
    main(sys.argv[1:])
