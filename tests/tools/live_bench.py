#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The highest rate without loss, of gridtap monitor and of tcpdump -w /dev/null,
with the same kernel buffer, on a veth pair.  At each rate what was counted and
what is said to be lost must be what was sent.  GRIDTAP is the program.

usage: live_bench.py CAPTURE [SECONDS [BUFFER_MIB]]
Ends with 77 where there is no privilege for it."""
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above
import live_check  # noqa: E402
import netns  # noqa: E402

RATES = [25, 50, 100, 150, 200, 300, 400, 600, 0]
AIM = 0.5  # of what tcpdump does


def send(name, capture, packets, rate):
    """Packets sent, and how many a second that were."""
    speed = ['--pps', str(rate * 1000)] if rate else ['--topspeed']
    r = netns.inside(name, 'tcpreplay', '-q', '-K', '-i', 's0', *speed,
                     '--limit', str(packets), '--loop', '100000', capture,
                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = r.stdout.decode()
    sent = int(re.search(r'Actual: (\d+) packets', said).group(1))
    failed = int(re.search(r'Failed packets:\s+(\d+)', said).group(1))
    return sent - failed, float(re.search(r'([\d.]+) pps', said).group(1))


def with_gridtap(name, buffer_mib, sending):
    sensor = live_check.Sensor(name, ['m0'], '--quiet', '--set',
                               'monitor.buffer_mib=%d' % buffer_mib)
    sent, pps = sending()
    live_check.wait_for(lambda: live_check.seen(sensor.status()) >= sent,
                        'all packets')
    status = sensor.status()
    counted = status['traffic']['packets']
    lost = live_check.seen(status) - counted
    sensor.stop()
    return sent, pps, counted, lost


def with_tcpdump(name, buffer_mib, sending):
    before = live_backlog()
    with subprocess.Popen(
            ['ip', 'netns', 'exec', name, 'tcpdump', '-n', '-i', 'm0', '-B',
             str(buffer_mib * 1024), '-w', '/dev/null'],
            stderr=subprocess.PIPE) as p:
        p.stderr.readline()
        sent, pps = sending()
        live_check.time.sleep(1.5)
        p.send_signal(signal.SIGINT)
        said = p.stderr.read().decode()
    counted = int(re.search(r'(\d+) packets captured', said).group(1))
    lost = int(re.search(r'(\d+) packets dropped by kernel', said).group(1))
    return sent, pps, counted, lost + live_backlog() - before


def live_backlog():
    with open('/proc/net/softnet_stat', encoding='ascii') as f:
        return sum(int(line.split()[1], 16) for line in f)


def highest(what, run, name, capture, seconds, buffer_mib):
    best = 0.0
    for rate in RATES:
        packets = int((rate or 300) * 1000 * seconds)
        sent, pps, counted, lost = run(
            name, buffer_mib, lambda: send(name, capture, packets, rate))
        print('%-8s %9.0f pps: %9d sent %9d counted %9d lost' % (
            what, pps, sent, counted, lost), flush=True)
        if what == 'gridtap' and counted + lost != sent:
            live_check.fail('counted and lost is not what was sent')
        if lost > 0 or counted < sent:
            break
        best = max(best, pps)
    return best


def main(capture, seconds=3.0, buffer_mib=64):
    why = netns.sudo_less()
    if why is not None:
        print('live_bench.py: skipped:', why)
        sys.exit(77)
    gridtap.GRIDTAP = os.path.abspath(gridtap.GRIDTAP)
    capture = os.path.abspath(capture)
    with tempfile.TemporaryDirectory() as scratch, netns.wires(1) as name:
        os.chdir(scratch)
        os.chmod(scratch, 0o777)
        _, alone = send(name, capture, int(300000 * seconds), 0)
        print('sender alone %9.0f pps' % alone)
        dump = highest('tcpdump', with_tcpdump, name, capture, seconds,
                       buffer_mib)
        live = highest('gridtap', with_gridtap, name, capture, seconds,
                       buffer_mib)
        os.chdir('/')
    print('highest without loss: gridtap %.0f pps, tcpdump %.0f pps, ratio '
          '%.2f (aim %.1f), buffer %d MiB' % (
              live, dump, live / dump if dump else 0, AIM, buffer_mib))
    sys.exit(1 if live_check.FAILED else 0)


if __name__ == '__main__':
    main(sys.argv[1], *map(float, sys.argv[2:3]), *map(int, sys.argv[3:4]))
