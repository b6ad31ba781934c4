#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""With keys: tags that verify and APDUs within, against the facts of labelled
captures.  GRIDTAP is the program.

usage: shared_keys.py FOLDER

FOLDER holds dlms/ with its captures, facts/ and keys.json."""
import glob
import json
import os
import subprocess
import sys
import tempfile

# What differs, and why that is right.
EXPLAINED = {
    'synth_n_gbt_get_response': 'what blocks carry is within, too',
    'synth_n_gbt_inside_glo': 'what blocks carry is within, too',
    'synth_d_general_ciphering_keyagreement':
        'a key that is agreed on, or wrapped by one that nobody has, is none',
}


def write_keys(source, path):
    with open(source, encoding='utf-8') as f:
        meters = json.load(f)['meters']
    with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), 'w') as f:
        f.write('meters:\n')
        for m in meters:
            f.write(f'  - title: "{m["serverTitle"]}"\n'
                    f'    encryption: {m["blockCipherKey"]}\n'
                    f'    authentication: {m["authenticationKey"]}\n')
            if m.get('kek'):
                f.write(f'    kek: {m["kek"]}\n')
            for name, key in (('also', 'otherKeys'),
                              ('also_authentication', 'otherAuthKeys')):
                if m.get(key):
                    f.write(f'    {name}: [{", ".join(m[key])}]\n')


def summary(capture, keys):
    p = subprocess.run([os.environ['GRIDTAP'], 'replay', '--quiet', '-o',
                        'json:/dev/null', '--summary', '-', '--keys', keys,
                        capture], capture_output=True, timeout=120)
    return json.loads(p.stdout)


def differs(fact, s):
    """What is not as the facts have it, in words."""
    want = {k[12:]: v for k, v in fact['counts'].items()
            if k.startswith('(deciphered)')}
    got = s['protocols'].get('dlms', {}).get('inner', {})
    for k in sorted(set(want) | set(got)):
        if want.get(k, 0) != got.get(k, 0):
            yield f'{k}: expected {want.get(k, 0)}, got {got.get(k, 0)}'
    right = sum(c['tag_ok'] for c in fact['counters'])
    wrong = sum(len(c['tag_fail']) for c in fact['counters'])
    k = s['keys']
    if k['right'] + k['unchecked'] != right or k['wrong'] + k['unfit'] != wrong:
        yield f'tags: expected {right} right and {wrong} wrong, got {k}'


def main(folder):
    n = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        keys = os.path.join(scratch, 'keys.yaml')
        write_keys(os.path.join(folder, 'dlms', 'keys.json'), keys)
        for path in sorted(glob.glob(f'{folder}/dlms/facts/*.json')):
            name = os.path.basename(path)[:-5]
            capture = glob.glob(f'{folder}/dlms/' +
                                name.replace('_', '/', 1) + '.pcap*')
            if not capture:
                continue
            n += 1
            with open(path, encoding='utf-8') as f:
                fact = json.load(f)
            for what in differs(fact, summary(capture[0], keys)):
                if name in EXPLAINED:
                    print(f'{name}: {what}; {EXPLAINED[name]}')
                    continue
                failed += 1
                print(f'FAIL: {name}: {what}')
    print(f'with keys: {n} captures, {failed} differences')
    return failed > 0 or n == 0


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n\n')[1])
    sys.exit(main(sys.argv[1]))
