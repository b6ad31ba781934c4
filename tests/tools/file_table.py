#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""File by file what expected.tsv asks for and what comes, tab-separated.

usage: file_table.py FOLDER EXPECTED.tsv
FOLDER has what the file's first column names.
"""
import collections
import csv
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above

COLUMNS = 'file', 'expected', 'worst besides', 'besides at any', 'came'


def came(events):
    """Each detection with its worst severity, its frames and how often."""
    found = collections.OrderedDict()
    for e in events:
        found.setdefault((e['det'], e['severity']), []).append(e['frame'])
    return ' '.join(
        '%s:%s@%s' % (det, severity, ','.join(
            [str(f) for f in frames[:3]] + ['...'] * (len(frames) > 3)))
        for (det, severity), frames in found.items()) or '-'


def keys_file(folder, to):
    """Keys of the labelled meters, as --keys reads them; its options."""
    source = os.path.join(folder, 'dlms', 'keys.json')
    if not os.path.exists(source):
        return []
    with open(source, encoding='utf-8') as f, open(
            os.open(to, os.O_WRONLY | os.O_CREAT, 0o600), 'w',
            encoding='utf-8') as out:
        out.write('meters:\n')
        for m in json.load(f)['meters']:
            out.write('  - title: "%s"\n' % m['serverTitle'])
            for name, key in (('encryption', 'blockCipherKey'),
                              ('authentication', 'authenticationKey'),
                              ('kek', 'kek')):
                if m.get(key):
                    out.write('    %s: "%s"\n' % (name, m[key]))
    return ['--keys', to]


def main(folder, expected):
    with tempfile.TemporaryDirectory() as scratch:
        keys = keys_file(folder, os.path.join(scratch, 'keys.yaml'))
        table(folder, expected, keys)


def table(folder, expected, keys):
    print('\t'.join(COLUMNS))
    with open(expected, encoding='utf-8', newline='') as f:
        for row in csv.reader(f, delimiter='\t', quoting=csv.QUOTE_NONE):
            if not row or row[0].startswith('#'):
                continue
            path = os.path.join(folder, row[0])
            if os.path.exists(path):
                options = keys if row[1] == 'keys' else []
                shown = came(gridtap.replay([path], *options).events)
            else:
                shown = 'absent'
            print('\t'.join((row[0] + ' +keys' * (row[1] == 'keys'), *row[2:5],
                             shown)))


if __name__ == '__main__':
    main(*sys.argv[1:])
