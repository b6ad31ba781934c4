#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the program writes is JSON, and has the members that are promised.

usage: json_check.py PCAPS
"""
import re
import sys

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above

TIME = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z')
MAC = re.compile(r'[0-9a-f]{2}(:[0-9a-f]{2}){5}')
FLOW = re.compile(r'1:[A-Za-z0-9+/]{27}=')
ID = re.compile(r'(IEC[A-Z0-9-]+|\d+):\d+\.\d+')
VERDICTS = 'ok', 'truncated', 'malformed', 'trailing'
SEVERITIES = 'alarm', 'error', 'warning', 'notice'
STATES = 'complete', 'midstream', 'gapped', 'one_sided'
SAFE = 2**53


def text(pattern=None, among=None):
    def good(v):
        return (isinstance(v, str) and (among is None or v in among) and
                (pattern is None or pattern.fullmatch(v) is not None))
    return good


def number(least=0):
    return lambda v: isinstance(v, int) and least <= v <= SAFE and \
        not isinstance(v, bool)


def vlans(v):
    return isinstance(v, list) and 0 < len(v) <= 4 and \
        all(number()(x) and x < 4096 for x in v)


def end(v):
    kinds = {'mac': text(MAC), 'ip': text(), 'port': number()}
    return isinstance(v, dict) and set(v) <= set(kinds) and \
        all(kinds[k](x) for k, x in v.items())


def of(kind):
    return lambda v: isinstance(v, kind)


# member: whether it has to be there, and whether its value may stand there
RECORD = {
    'ts': (True, text(TIME)), 'frame': (True, number(1)),
    'capture': (True, text()), 'proto': (True, text()),
    'flow': (False, text(FLOW)), 'src': (True, end), 'dst': (True, end),
    'vlan': (False, vlans), 'verdict': (True, text(among=VERDICTS)),
    'flaw': (False, text()),
}
EVENT = {
    'ts': (True, text(TIME)), 'id': (True, text(ID)),
    'mnemonic': (True, text(re.compile('[A-Z][A-Z0-9_]*'))),
    'severity': (True, text(among=SEVERITIES)), 'det': (True, text()),
    'text': (True, text()), 'sqnum': (True, number(1)),
    'source': (True, text()), 'proto': (False, text()),
    'peer': (False, text()), 'role': (False, text()), 'src': (False, end),
    'dst': (False, end), 'vlan': (False, vlans),
    'flow': (False, text(FLOW)), 'frame': (True, number()),
    'capture': (True, text()), 'subject': (False, text()),
    'state': (True, text(among=STATES)),
    'confidence': (True, text(among=('high', 'low'))),
    'why': (False, of(dict)), 'attack': (False, of(list)),
    'allow': (False, text()), 'count': (True, number(1)), 'std': (False, text(ID)),
    'ref': (False, text(ID)), 'user': (False, text()),
}
SUMMARY = {
    'gridtap': (True, text()), 'captures': (True, of(list)),
    'packets': (True, number()), 'bytes': (True, number()),
    'first': (False, text(TIME)), 'last': (False, text(TIME)),
    'link': (True, of(dict)), 'ip': (True, of(dict)), 'tcp': (True, of(dict)),
    'protocols': (True, of(dict)), 'other': (True, of(dict)),
    'loss': (True, of(dict)),
    'events': (True, of(dict)), 'detections': (True, of(dict)),
    'dropped': (True, of(dict)),
}


def flaws(members, schema, also=()):
    for k, (needed, good) in schema.items():
        if k not in members:
            if needed:
                yield '%s is missing' % k
        elif not good(members[k]):
            yield '%s is %r' % (k, members[k])
    for k in members:
        if k not in schema and k not in also:
            yield '%s is not expected' % k


def numbers(v):
    """All numbers in a value, at any depth."""
    if isinstance(v, dict):
        v = list(v.values())
    if isinstance(v, list):
        for x in v:
            yield from numbers(x)
    elif isinstance(v, (int, float)):
        yield v


def of_result(r):
    for i, x in enumerate(r.records):
        found = list(flaws(x, RECORD, also=(x.get('proto'),)))
        if not isinstance(x.get(x.get('proto')), dict):
            found.append('no object of its protocol')
        found += ['%s is above 2^53' % n for n in numbers(x) if abs(n) > SAFE]
        for f in found:
            yield 'record %d: %s' % (i + 1, f)
    for i, x in enumerate(r.events):
        for f in flaws(x, EVENT):
            yield 'event %d: %s' % (i + 1, f)
        if x.get('sqnum') != i + 1:
            yield 'event %d has sqnum %s' % (i + 1, x.get('sqnum'))
    for f in flaws(r.summary, SUMMARY, also=('sum', 'stations', 'classified')):
        yield 'summary: %s' % f


def main():
    passed = failed = 0
    for path in gridtap.captures(sys.argv[1]):
        try:
            r = gridtap.replay([path])
            found = list(of_result(r))
            if r.status != 0:
                found.append('exit status %d: %s' % (r.status, r.errors))
        except (ValueError, OSError) as e:
            found = [str(e)]
        passed, failed = passed + (not found), failed + bool(found)
        for f in found[:5]:
            print('FAIL: %s: %s' % (path, f))
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(failed > 0 or passed == 0)


if __name__ == '__main__':
    main()
