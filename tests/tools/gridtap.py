# SPDX-License-Identifier: Apache-2.0
"""Runs the program that GRIDTAP names and reads what it wrote, strictly."""
import collections
import json
import os
import subprocess
import sys
import tempfile

GRIDTAP = os.environ.get('GRIDTAP', './gridtap')
# a sanitizer's end is not to be taken for a capture that cannot be read
SANITIZED = {name: os.environ.get(name, '') + ':exitcode=99'
             for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS')}
Result = collections.namedtuple(
    'Result', 'status errors records events summary')


def captures(folder):
    """All captures below a folder, in an order that is always the same."""
    found = []
    for place, folders, files in os.walk(folder):
        folders.sort()
        found += [os.path.join(place, f) for f in sorted(files)
                  if f.endswith(('.pcap', '.pcapng', '.pcap.gz',
                                 '.pcapng.gz'))]
    return found


def _no_twins(pairs):
    keys = [k for k, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError('a key stands twice: %s' % keys)
    return dict(pairs)


def _no_constant(name):
    raise ValueError('%s is not JSON' % name)


def parse(text):
    """JSON as RFC 8259 has it; ValueError for all else."""
    return json.loads(text, object_pairs_hook=_no_twins,
                      parse_constant=_no_constant)


def lines(path):
    """A file of one JSON object a line, each of them ended."""
    with open(path, 'rb') as f:
        text = f.read().decode('utf-8')
    if text and not text.endswith('\n'):
        raise ValueError('the last line has no end')
    return [parse(line) for line in text.split('\n')[:-1]]


def call(arguments, timeout=60, **how):
    if not os.access(GRIDTAP, os.X_OK):
        sys.exit('GRIDTAP is not a program: ' + GRIDTAP)
    return subprocess.run([GRIDTAP] + arguments, capture_output=True,
                          timeout=timeout, check=False,
                          env={**os.environ, **SANITIZED}, **how)


def replay(paths, *options):
    with tempfile.TemporaryDirectory() as d:
        p = call(['replay', '--quiet', '-o', 'json:%s/events' % d,
                  '--records', d + '/records', '--summary', d + '/summary',
                  *options, *paths])
        if not os.path.exists(d + '/summary'):
            raise OSError('exit status %d: %s' % (
                p.returncode, p.stderr.decode('utf-8', 'replace')[:800]))
        with open(d + '/summary', 'rb') as f:
            summary = parse(f.read().decode('utf-8'))
        return Result(p.returncode, p.stderr.decode('utf-8', 'replace'),
                      lines(d + '/records'), lines(d + '/events'), summary)
