#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether captures that carry the same in another way give the same.

Those that have all of their base in common give its records and its events.

usage: same_records.py PCAPS [WORD]
PCAPS/transport/RELATION names each variant, its base and what they have in
common; WORD selects variants.  What differs by nature is left aside: time,
frame number, capture, VLANs and link addresses.
"""
import concurrent.futures
import json
import os
import sys

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above

ASIDE = 'ts', 'frame', 'capture', 'vlan'


def plain(record, addresses):
    """A record without what the carrier changed, as text."""
    r = {k: v for k, v in record.items() if k not in ASIDE}
    for end in 'src', 'dst':
        r[end] = {k: v for k, v in r.get(end, {}).items()
                  if k == 'port' or k == 'ip' and addresses}
    if not addresses:
        r.pop('flow', None)
    return json.dumps(r, sort_keys=True)


def sides(records, addresses=True, good=False):
    """
    The records of each direction in order: a variant may mix the two.  good:
    only those of which all could be read and nothing is odd.
    """
    by = {}
    for r in records:
        if not good or (r['verdict'] == 'ok' and 'flaw' not in r):
            key = r['proto'], r['src'].get('port'), r['dst'].get('port')
            by.setdefault(key, []).append(plain(r, addresses))
    return by


def fewer(base, variant, missing):
    """Where the variant's records are not the base's without some of them."""
    left = 0
    for key, want in base.items():
        rest = iter(want)
        have = variant.get(key, [])
        for r in have:
            if r not in rest:  # consumes rest up to r
                return 'another record: ' + r
        left += len(want) - len(have)
    if set(variant) - set(base):
        return 'another direction: %s' % (set(variant) - set(base))
    return '' if left == missing else '%d are missing, not %d' % (left,
                                                                  missing)


def difference(base, variant):
    for key in sorted(set(base) | set(variant), key=str):
        a, b = base.get(key, []), variant.get(key, [])
        if a == b:
            continue
        for x, y in zip(a, b):
            if x != y:
                return '%s\n  is %s' % (x, y)
        return '%s: %d records, not %d' % (key, len(b), len(a))
    return ''


def others(base, variant):
    if base == variant:
        return ''
    return 'other events: %s\n  and not %s' % (variant, base)


def said(events):
    """What was detected, without the health of the sensor."""
    return sorted((e['det'], e['mnemonic'], e['severity'], e['count'])
                  for e in events if not e['det'].startswith('H-'))


def judge(relation, base, variant):
    if variant.status != 0:
        return 'exit status %d: %s' % (variant.status, variant.errors)
    if relation in ('same', 'readdressed'):
        addresses = relation == 'same'
        return difference(sides(base.records, addresses),
                          sides(variant.records, addresses)) or \
            others(said(base.events), said(variant.events))
    if relation == 'more':
        return difference(sides(base.records, good=True),
                          sides(variant.records, good=True))
    return fewer(sides(base.records, good=True),
                 sides(variant.records, good=True), int(relation.split()[1]))


def compare(pcaps, name, relation, base, bases):
    """Why a variant is not as its base is, or nothing."""
    try:
        if not bases[base].records:
            return 'the base has no records'
        return judge(relation, bases[base], gridtap.replay(
            [os.path.join(pcaps, 'transport', name)]))
    except (ValueError, OSError) as e:
        return str(e)


def main():
    pcaps, word = sys.argv[1], ''.join(sys.argv[2:3])
    passed = failed = 0
    with open(os.path.join(pcaps, 'transport/RELATION'),
              encoding='utf-8') as f:
        rows = [line.rstrip('\n').split('\t') for line in f]
    rows = [r[:3] for r in rows if word in r[0]]
    bases = {base: gridtap.replay([os.path.join(pcaps, base)])
             for base in {r[2] for r in rows}}
    # each of them waits for a program of its own
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = pool.map(lambda r: compare(pcaps, *r, bases), rows)
    for (name, relation, _), why in zip(rows, answers):
        passed, failed = passed + (not why), failed + bool(why)
        if why:
            print('FAIL: %s (%s): %s' % (name, relation, why))
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(failed > 0 or passed == 0)


if __name__ == '__main__':
    main()
