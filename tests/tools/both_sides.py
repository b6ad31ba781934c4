#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether each detection has a capture that fires it and a near miss.

usage: both_sides.py PCAPS IDS

PCAPS/COVERAGE.tsv has a row for both: the id, with :SEVERITY where it is the
event from there on that only one of them has, the first capture, the second;
or instead of a capture what it is read with, NAME.WORD.policy.yaml or
NAME.WORD.keys.yaml beside it.  What cannot
fire has a reason in their place.  IDS names every detection, one a line; a row
is asked of those whose letter is in FAMILIES.  The events are those of the
golden files, which golden.sh compares."""
import collections
import json
import os
import re
import sys

FAMILIES = 'CDGLNPT'
# what stands in place of the captures
REASONS = {}
SEVERITIES = ('notice', 'warning', 'error', 'alarm')
ALIKE = 0.5  # of what the first capture is made of is in the near miss, too


def lines(path):
    with open(path, encoding='utf-8') as f:
        return [json.loads(x) for x in f]


def events(pcaps, name):
    return os.path.join(pcaps, re.sub(r'\.pcap(ng)?(\.gz)?$|\.(policy|keys)\.yaml$',
                                      '', name) + '.events.jsonl')


def records(pcaps, name):
    return os.path.join(pcaps, re.sub(
        r'\.pcap(ng)?(\.gz)?$|(\.[^./]*)?\.(policy|keys)\.yaml$', '',
        name) + '.records.jsonl')


def severity(word):
    """Their order; what is less than a notice is none."""
    return SEVERITIES.index(word) if word in SEVERITIES else -1


def says(pcaps, capture, det, least):
    return sum(det in (e['det'], e.get('why', {}).get('rule')) and
               severity(e['severity']) >= least
               for e in lines(events(pcaps, capture)))


def made_of(pcaps, capture):
    """The kinds of units, as far as a record tells."""
    kinds = collections.Counter()
    for r in lines(records(pcaps, capture)):
        m = r.get(r.get('proto'), {})
        kinds[(r.get('proto'),) + tuple(
            str(m.get(k)) for k in ('tag', 'type', 'format', 'function'))] += 1
    return kinds


def alike(pcaps, first, second):
    a, b = made_of(pcaps, first), made_of(pcaps, second)
    return len(a.keys() & b.keys()) / len(a) if a else 1  # nothing to compare


def pair(pcaps, det, least, first, second):
    """What is wrong with a row."""
    for capture in (first, second):
        if not os.path.exists(os.path.join(pcaps, capture)):
            return f'{capture} is missing'
    if first == second:
        return 'one capture cannot be both'
    if not says(pcaps, first, det, least):
        return f'{first} does not fire it'
    if says(pcaps, second, det, least):
        return f'{second} fires it'
    if alike(pcaps, first, second) < ALIKE:
        return f'{second} is nothing like {first}'
    return None


def check(pcaps, row, ids):
    """The id of a row, and what is wrong with it."""
    det, _, word = row[0].partition(':')
    if det not in ids:
        return det, 'no detection has this id'
    if len(row) == 2:
        return det, None if row[1] in REASONS else 'no reason that is known'
    if len(row) != 3 or (word and word not in SEVERITIES):
        return det, 'the row cannot be read'
    return det, pair(pcaps, det, severity(word) if word else 0, *row[1:])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.split('\n\n')[1])
    pcaps = sys.argv[1]
    ids = open(sys.argv[2], encoding='utf-8').read().split()
    passed, failed, seen = 0, 0, set()
    with open(os.path.join(pcaps, 'COVERAGE.tsv'), encoding='utf-8') as f:
        rows = [x.rstrip('\n').split('\t') for x in f if x[0] not in '#\n']
    for row in rows:
        det, wrong = check(pcaps, row, ids)
        seen.add(det)
        passed += wrong is None
        if wrong:
            failed += 1
            print(f'FAIL: {row[0]}: {wrong}')
    for det in sorted(set(ids) - seen):
        if det[0] in FAMILIES:
            failed += 1
            print(f'FAIL: {det} has no row in COVERAGE.tsv')
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
