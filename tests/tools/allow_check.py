#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an event's "allow" is worth: allow_check.py PCAPS

A policy of that line alone lets the event be.  The events are those of the
golden files, which golden.sh compares; GRIDTAP is the program."""
import glob
import json
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above

EACH = 3    # of a detection: more of the same prove nothing more
LEAST = 20  # detections that have a line


def events(pcaps):
    """Of each detection some that differ, with their captures."""
    found = {}
    for path in sorted(glob.glob(os.path.join(pcaps, '*/*.events.jsonl'))):
        capture = re.sub(r'(\.[^./]*)?\.events\.jsonl$', '', path) + '.pcap'
        if not os.path.exists(capture):
            continue
        with open(path, encoding='utf-8') as f:
            for e in map(json.loads, f):
                if 'allow' in e:
                    key = e['det'], re.sub(r'[0-9a-fA-F.:]+', '', e['allow'])
                    of = found.setdefault(key, [])
                    if len(of) < EACH:
                        of.append((capture, e))
    return found


def is_same(a, b):
    return a['why'].keys() == b.get('why', {}).keys() and all(
        a.get(k) == b.get(k) for k in ('det', 'mnemonic', 'subject', 'frame'))


def main(pcaps):
    passed = failed = 0
    found = events(pcaps)
    with tempfile.TemporaryDirectory() as folder:
        policy = os.path.join(folder, 'policy.yaml')
        for capture, e in (x for of in found.values() for x in of):
            with open(policy, 'w', encoding='utf-8') as f:
                f.write('version: 1\n%s\n' % e['allow'])
            r = gridtap.replay([capture], '--policy', policy)
            good = r.status == 0 and not any(is_same(e, x) for x in r.events)
            passed += good
            failed += not good
            if not good:
                print('FAIL:', capture, e['det'], e['frame'], e['allow'])
    dets = {det for det, _ in found}
    if len(dets) < LEAST:
        print('FAIL: only', sorted(dets))
        failed += 1
    print('%d passed, %d failed' % (passed, failed))
    return failed > 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
