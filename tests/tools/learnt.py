# SPDX-License-Identifier: Apache-2.0
"""What learnt policies make of captures: for learn_check, shared_learn."""
import collections
import os

import gridtap
import halves


class Failed(Exception):
    pass


def learn(captures, policy, *options):
    """Learns, writes the policy to a file and returns its text."""
    p = gridtap.call(['learn', '--quiet', *options, *captures])
    if p.returncode != 0 or p.stderr:
        raise Failed('learn: exit %d: %s' % (
            p.returncode, p.stderr.decode('utf-8', 'replace')))
    with open(policy, 'wb') as f:
        f.write(p.stdout)
    return p.stdout.decode('utf-8')


def events(capture, policy=None):
    """How often each thing was said, of whom and how gravely."""
    options = ['--policy', policy] if policy else []
    r = gridtap.replay([capture], *options)
    if r.status != 0:
        raise Failed('%s: exit %d: %s' % (capture, r.status, r.errors))
    return collections.Counter(
        (e['det'], e['severity'], e.get('subject', ''), e['mnemonic'])
        for e in r.events)


def grave(said):
    return {e: n for e, n in said.items() if e[1] in ('error', 'alarm')}


def more(capture, policy):
    """What is said with the policy and not without."""
    return events(capture, policy) - events(capture)


def split(capture, folder):
    """The two halves of a capture; None when it has too little."""
    first = os.path.join(folder, 'first.pcap')
    second = os.path.join(folder, 'second.pcap')
    return (first, second) if halves.main(capture, first, second) else None
