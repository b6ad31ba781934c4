#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Events formatted, spooled and delivered over TLS: how many a second, and the
share of one core; what arrives is counted.
usage: siem_rate.py PROGRAM [RATE [SECONDS [KIND...]]]"""
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'tools'))
import receivers  # noqa: E402: after the line above
import siem_check  # noqa: E402


def measure(program, kind, rate, seconds):
    with receivers.Receiver(kind) as r:
        siem_check.outputs(siem_check.to_receiver(r, spool_mib=4096))
        done = subprocess.run([program, 'gridtap.yaml', rate, seconds],
                              capture_output=True, check=False)
        if done.returncode != 0:
            print(done.stderr.decode()[-1000:])
            return False
        put, lost, took, cpu = map(float, done.stdout.split())
        before = -1
        while before != os.path.getsize(r.out):
            before = os.path.getsize(r.out)
            time.sleep(1)
        r.stop()
        got = len(r.lines())
    print('%-16s %7.0f events, %5.0f a second, %3.0f %% of a core, '
          '%d lost, %d arrived' % (kind, put, put / took, 100 * cpu / took,
                                   lost, got))
    return lost == 0 and got >= put


def main(program, rate='20000', seconds='60', *kinds):
    right = True
    program = os.path.abspath(program)
    receivers.PEERS = os.path.abspath(receivers.PEERS)
    receivers.ETC = os.path.abspath(receivers.ETC)
    with tempfile.TemporaryDirectory(dir='.') as scratch:
        os.chdir(scratch)
        receivers.authority('ca')
        receivers.certificate('server', 'ca', 'server', receivers.NAME)
        receivers.certificate('client', 'ca', 'client')
        for kind in kinds or siem_check.KINDS:
            if receivers.Receiver.is_there(kind):
                right = measure(program, kind, rate, seconds) and right
            else:
                print('%-16s is not there' % kind)
        os.chdir('..')
    return not right


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
