#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What gridtap learns of captures, and what comes of it: learn_check.py PCAPS

GRIDTAP and GEN are the programs.  A policy that was learnt raises nothing where
all is as usual, and makes what is unusual visible."""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import gridtap  # noqa: E402: after the line above
import learnt  # noqa: E402

GEN = os.environ.get('GEN', 'tests/bench/gen')

# captures in which all is well: the second half is as the first one
USUAL = ('dlms/c_gmac_glo', 'dlms/j_hdlc_a', 'dlms/k_udp_a',
         'dlms/m_push_glo_udp', 'dlms/l_sn_read_write',
         'goose/goose-events', 'goose/goose-steady',
         'goose/rgoose-plain', 'goose/goose-prp-duplicates', 'goose/goose-qinq',
         'iec104/104-normal', 'iec104/104-testfr-idle', 'iec104/104-ipv6',
         'iec104/t02-takeover-ok', 'iec104/t14-habit-ok',
         'iec104/t28-again-ok', 'dnp3/dnp3-normal-tcp', 'dnp3/dnp3-udp')
PROTOCOLS = 'iec104', 'dnp3', 'dlms', 'goose'

# learnt from, options, replayed, what must be said that was not without
UNUSUAL = (
    ('iec104/104-normal', (), 'iec104/104-unauth-master-sc', 'T-01', 'alarm'),
    ('iec104/104-unauth-master-sc', (), 'iec104/104-unauth-master-sc',
     'T-01', 'alarm'),
    ('iec104/104-normal', ('--strict',), 'iec104/104-commands',
     'T-05', 'alarm'),
    ('iec104/104-normal', ('--strict',), 'iec104/104-commands',
     'T-04', 'alarm'),
    ('dlms/c_gmac_glo', (), 'dlms/x_live_replay_get_rejected',
     'D-16', 'alarm'),
    ('dlms/c_gmac_glo', (), 'dlms/x_live_replay_get_rejected',
     'D-17', 'alarm'),
    ('dlms/m-gateway-ok', (), 'dlms/m-gateway', 'D-62', 'warning'),
    ('goose/goose-events', (), 'goose/rgoose-plain', 'G-01', 'alarm'),
    ('goose/goose-62351-6-hmac', (), 'goose/goose-events', 'G-04', 'alarm'),
)

# what a person has to decide: a line that names it, and what must not be there
DECIDED = (
    ('iec104/104-reset-process', 'T-12 TELECONTROL_RESET by 10.10.1.10 at '
     '10.10.1.20, 1 time', '- 105\n'),
    ('iec104/104-unauth-master-sc', 'master 10.10.1.66 of 10.10.1.20, which '
     'was part of an alarm', '- address: 10.10.1.66\n'),
    ('dlms/a_access_service', 'request to disconnect or reconnect by', None),
    ('dlms/g_img_clear_noverify', 'firmware', 'firmware_sources'),
    ('dlms/i_lls_secret', 'D-43 DLMS_ROLE_VIOLATION by 10.20.0.10', 'sap: 17'),
    ('dlms/x_live_replay_get_rejected', 'D-21 DLMS_REPLAY by 10.20.0.66',
     '- 10.20.0.66\n'),
    ('dlms/e_lls_brute_then_ok', 'client 17 10.20.0.66 at 10.20.1.2',
     '10.20.0.66\n'),
    ('dnp3/dnp3-dangerous-functions', 'warm restart', '- 14\n'),
    ('goose/goose-two-macs', 'G-02 GSE_PUBLISHER_CHANGE', None),
)


class Checks:
    def __init__(self, pcaps, folder):
        self.pcaps, self.folder = pcaps, folder
        self.passed = self.failed = 0

    def path(self, name):
        return os.path.join(self.pcaps, name + '.pcap')

    def policy(self):
        return os.path.join(self.folder, 'policy.yaml')

    def check(self, good, *said):
        self.passed += bool(good)
        if not good:
            self.failed += 1
            print('FAIL:', *said)

    def generated(self, kind, flows='6'):
        path = os.path.join(self.folder, kind + '.pcap')
        subprocess.run([GEN, '--kind', kind, '--flows', flows, '--packets',
                        '4000', path], check=True, capture_output=True)
        return path

    def usual(self, capture):
        """The whole teaches nothing that it breaks, nor does its half."""
        learnt.learn([capture], self.policy())
        found = learnt.more(capture, self.policy())
        self.check(not found, capture, 'of itself:', found)
        first, second = learnt.split(capture, self.folder)
        learnt.learn([first], self.policy())
        found = learnt.more(second, self.policy())
        self.check(not found, capture, 'of its first half:', found)

    def unusual(self, base, options, attack, det, severity):
        learnt.learn([self.path(base)], self.policy(), *options)
        found = learnt.more(self.path(attack), self.policy())
        self.check(any(e[:2] == (det, severity) for e in found),
                   base, 'against', attack, 'without', det, found)

    def decided(self, name, line, absent):
        text = learnt.learn([self.path(name)], self.policy(), '--strict')
        named = re.search(r'# not taken in: [^\n]*' + re.escape(line) +
                          r'[^\n]*, frame \d+ of ' +
                          re.escape(os.path.basename(self.path(name))) +
                          ': decide yourself\n', text)
        self.check(named, name, 'does not name', line)
        self.check(absent is None or absent not in text, name, 'has', absent)

    def stable(self, capture):
        """Two runs, and two captures or one: the same octets."""
        text = learnt.learn([capture], self.policy())
        self.check(text == learnt.learn([capture], self.policy()),
                   capture, 'is learnt in two ways')
        first, second = learnt.split(capture, self.folder)
        self.check(text == learnt.learn([second, first], self.policy()),
                   capture, 'is not what its halves are')
        self.check(len(text) > 200, capture, 'teaches nothing')

    def tolerated(self):
        """A reset stays a person's decision even where it is no alarm."""
        text = learnt.learn([self.path('iec104/104-reset-process')],
                            self.policy(), '--strict', '--set',
                            'detections.T-12.severity=notice')
        self.check('# not taken in: reset of the process by 10.10.1.10' in text
                   and '- 100\n' in text and '- 105\n' not in text, text)

    def hostile(self):
        """Names from the wire stay names."""
        with open(self.path('goose/goose-steady'), 'rb') as f:
            data = f.read()
        name = re.search(rb'[A-Za-z0-9_]+/LLN0\$GO\$', data).group()[:12]
        good = learnt.learn([self.path('goose/goose-steady')], self.policy())
        for to, listed in ((b'"]\\: {&*!|>', True), (b"'\n- a: b\n  c", False),
                           (b'\xff\xfe\x80\x00ab\x7f\x1b[1m', False)):
            to = to[:len(name)].ljust(len(name), b'x')
            path = os.path.join(self.folder, 'host\n- \x1bile.pcap')
            with open(path, 'wb') as f:
                f.write(data.replace(name, to))
            text = learnt.learn([path], self.policy())
            checked = gridtap.call(['check', '--policy', self.policy()])
            self.check(checked.returncode == 0, to, checked.stderr)
            self.check(('- gocbref' in text) == listed, to, text)
            self.check(('no visible string' in text) != listed, to, text)
            self.check(text.isascii() and '\x1b' not in text, to)
        self.check('- gocbref' in good, 'goose-steady', good)

    def open_lists(self):
        """A list is closed when what is in it comes again and again."""
        text = learnt.learn([self.path('iec104/104-normal')], self.policy())
        self.check('# points:' in text and '\n      points:' not in text,
                   '104-normal closes its points')
        text = learnt.learn([self.path('iec104/104-normal')], self.policy(),
                            '--strict')
        self.check('\n      points:' in text, '--strict leaves points open')
        text = learnt.learn([self.generated('iec104', '2')], self.policy())
        self.check('\n          types:' in text, 'iec104 leaves types open')

    def uncomment(self, name):
        """Without their first hash the lists are those of --strict."""
        text = learnt.learn([self.path(name)], self.policy())
        text = re.sub(r'\n *# too little[^\n]*\n[^\n]*', '', text)
        text = re.sub(r'\n( *)# (?!complete:)(?=# |- |\w+:)', r'\n\1', text)
        strict = learnt.learn([self.path(name)], self.policy(), '--strict')
        self.check(text == strict, name, 'uncommented is not --strict', text)
        checked = gridtap.call(['check', '--policy', self.policy()])
        self.check(checked.returncode == 0, name, checked.stderr)

    def planned(self):
        """An SCL file and a capture of what it describes, or nearly."""
        scd = os.path.join(self.folder, 'bay.scd')
        with open(os.path.join(self.pcaps, '../tests/scl/bay.scd'),
                  encoding='utf-8') as f:
            good = f.read()
        if b'built without libxml2' in gridtap.call(
                ['learn', '--scl', scd]).stderr:
            return
        capture = self.path('goose/goose-events')
        for wrong, said in (
                ((), ()),
                (('confRev="1"', 'confRev="2"'), ('confrev is 1',)),
                (('>1000<', '>2000<'), ('appid is 0x1000',)),
                (('SS1_LIED10', 'OTHER'), ('seen, and not planned',))):
            with open(scd, 'w', encoding='utf-8') as f:
                f.write(good.replace(*wrong) if wrong else good)
            text = learnt.learn([capture], self.policy(), '--scl', scd)
            checked = gridtap.call(['check', '--policy', self.policy()])
            self.check(checked.returncode == 0, wrong, checked.stderr)
            self.check(('in the captures' in text) == (
                bool(said) and 'captures' in text and 'is ' in said[0]),
                       wrong, text)
            for s in said:
                self.check(s in text, wrong, s, text)
            self.check(text == learnt.learn([capture], self.policy(),
                                            '--scl', scd), wrong)
            found = learnt.more(capture, self.policy())
            self.check(bool(found) == bool(said), wrong, found)
            if not said:
                self.check('mac:' in text and 'types: [boolean, ' in text and
                           text.count('planned, and not seen') == 3, text)
        # what was not planned is as good as the rest without its hashes
        head, rest = text.split(said[0], 1)
        aside, rest = rest.split('\n    # planned', 1)
        with open(self.policy(), 'w', encoding='utf-8') as f:
            f.write(head + said[0] + aside.replace('\n    # ', '\n    ') +
                    '\n    # planned' + rest)
        found = learnt.more(capture, self.policy())
        self.check(not found, found)

    def contradictory(self):
        """Of captures that contradict each other the first holds, and the
        other is named."""
        captures = [self.path('goose/g04-configured'),
                    self.path('goose/g04-configured-ok')]
        text = learnt.learn(captures, self.policy())
        self.check(text == learnt.learn(captures[::-1], self.policy()), text)
        self.check('      confrev: 1\n' in text and
                   '# not as said since its first alarm, decide yourself: '
                   'confrev\n' in text, text)
        checked = gridtap.call(['check', '--policy', self.policy()])
        self.check(checked.returncode == 0, checked.stderr)

    def many_links(self):
        """How many connections there were at once, and who sent."""
        name = self.path('iec104/t03-more-ok')
        text = learnt.learn([name], self.policy())
        self.check('\n      links: 2\n' in text, text)
        text = learnt.learn([name], self.policy(), '--strict')
        self.check('\ndevices:\n  addresses:\n' in text and
                   '    - 10.20.0.5\n' in text and
                   '    - 02:00:0a:14:00:05\n' in text, text)
        found = learnt.more(name, self.policy())
        self.check(not found, found)
        found = learnt.more(self.path('iec104/t04-newcomer'), self.policy())
        self.check(any(e[0] == 'N-1' for e in found), found)
        text = learnt.learn([self.path('iec104/104-normal')], self.policy())
        self.check('# links: 1\n' in text and '# devices:\n' in text, text)

    def full(self):
        """What finds no room is told twice, and the policy can be read."""
        p = gridtap.call(['learn', '--set', 'limits.publishers=16', '--quiet',
                          self.generated('goose')])
        said = b'sightings found no room'
        self.check(p.returncode == 0 and said in p.stderr, 'full', p.stderr)
        self.check(p.stdout.count(b'- gocbref') == 16 and
                   b'# NOT COMPLETE: ' in p.stdout and said in p.stdout,
                   'full', p.stdout[:400])

    def wrong(self, said, *arguments):
        p = gridtap.call(['learn', *arguments])
        self.check(p.returncode == 2 and said in p.stderr.decode() and
                   not p.stdout, arguments, p)


def run(c):
    for name in USUAL:
        c.usual(c.path(name))
    for kind in PROTOCOLS:
        path = c.generated(kind)
        c.usual(path)
        c.stable(path)
    for row in UNUSUAL:
        c.unusual(*row)
    for row in DECIDED:
        c.decided(*row)
    c.tolerated()
    c.hostile()
    c.open_lists()
    c.full()
    for name in ('iec104/104-normal', 'dnp3/dnp3-controls-tcp',
                 'dlms/m_push_data_notification_tcp'):
        c.uncomment(name)
    c.wrong('no capture')
    c.planned()
    c.contradictory()
    c.many_links()


def main(pcaps):
    with tempfile.TemporaryDirectory() as folder:
        c = Checks(pcaps, folder)
        run(c)
    print('%d passed, %d failed' % (c.passed, c.failed))
    return c.failed > 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
