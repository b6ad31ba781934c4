#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds learnt policies against labelled captures: shared_learn.py ROOT TSV

GRIDTAP is the program, TSV tells which captures are benign.  A benign capture
obeys the policy that was learnt of it, and its second half the one that was
learnt of its first half; an attack loses nothing by the policy of its capture.
"""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
import learnt  # noqa: E402: after the line above

# What is said of a second half, and why that is right.
EXPLAINED = {
    'dlms/made/h_clock_gmac.pcap':
        'the client with a title comes in the second half only',
}


def rows(path):
    with open(path, encoding='utf-8') as f:
        for line in f:
            if line.strip() and not line.startswith('#'):
                name, options, groups = line.rstrip('\n').split('\t')[:3]
                if options != 'keys':  # gridtap learn takes none
                    yield name, groups == '-'


def dets(said):
    return {e[0] for e in said}


def benign(path, name, folder):
    """What is wrong, in words."""
    policy = os.path.join(folder, 'policy.yaml')
    found = learnt.more(path, policy)
    if learnt.grave(found):
        yield 'of itself: %s' % dict(found)
    halves = learnt.split(path, folder)
    if halves is None or name in EXPLAINED:
        return
    learnt.learn([halves[0]], policy)
    found = learnt.more(halves[1], policy)
    if found:
        yield 'of its first half: %s' % dict(found)


def attack(path, name, folder):
    policy = os.path.join(folder, 'policy.yaml')
    before, after = learnt.events(path), learnt.events(path, policy)
    lost = dets(before) - dets(after)
    if lost:
        yield 'loses %s' % sorted(lost)
    if not learnt.grave(after) and learnt.grave(before):
        yield 'is no alarm any more'


def main(root, tsv):
    n = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, good in rows(tsv):
            path = os.path.join(root, name)
            if not os.path.exists(path):
                continue
            n += 1
            try:
                learnt.learn([path], os.path.join(folder, 'policy.yaml'))
                faults = list((benign if good else attack)(path, name, folder))
            except learnt.Failed as e:
                faults = [str(e)]
            for fault in faults:
                wrong += 1
                print('%s: learnt: %s' % (name, fault))
    for name in sorted(EXPLAINED):
        print('%s: explained: %s' % (name, EXPLAINED[name]))
    print('learnt: %d captures, %d differ' % (n, wrong))
    return wrong > 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
