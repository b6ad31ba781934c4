#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""More captures that fire a row of the IEC 104 detections, and near misses.

usage: links.py PCAPS

As telecontrol.py, of which this has the connections: how they are numbered
and acknowledged, who has them, and what rarely is seen on them."""
import struct
import sys

from telecontrol import ACT, CON, STOPDT, STOPPED, TESTED, TESTFR, when
from telecontrol import write_rows

DAY = 86400
TESTED_COT, UNKNOWN_IOA = 0x80, 47


def chat(link, seconds, step=1):
    """Reports, one each step."""
    for k in range(int(seconds / step)):
        link.c.wait(step)
        link.report(k)


def t02_dead(c, bad):
    """Another master starts and the first gets nothing more; or he had been
    silent before, for longer than t1."""
    a = c.link().open()
    chat(a, 30)
    if not bad:
        c.wait(17)
    b = c.link('10.20.0.2').open()
    chat(b, 9)


def t03_more(c, bad):
    """Three masters at once, a day after there were never more than two."""
    a, b = c.link().open(), c.link('10.20.0.2').open()
    for _ in range(2):
        chat(a, 6)
        chat(b, 6)
    c.wait(DAY + 60)
    chat(a, 3)
    chat(b, 3)
    if not bad:
        b.close()
    d = c.link('10.20.0.3').open()
    chat(d, 3)
    chat(a, 3)


def t04_newcomer(c, bad):
    """A master beside one that is at work commands, or only interrogates."""
    a = c.link().open()
    chat(a, 20, 5)
    b = c.link('10.20.0.66')
    b.start()
    b.ask(100, b'\x14')
    if bad:
        b.command(5000)
    chat(b, 3)
    chat(a, 3)


def t04_standby(c, bad):
    """A master who stood by commands beside the one at work; or when that one
    has stopped."""
    a, b = c.link().open(), c.link('10.20.0.2')
    for _ in range(3):
        chat(a, 19)
        b.u(0, TESTFR)
        b.u(1, TESTED)
    if not bad:
        a.u(0, STOPDT)
        a.u(1, STOPPED)
    b.start()
    b.ask(100, b'\x14')
    b.command(5000)
    chat(b, 3)
    if bad:
        chat(a, 3)


def t04_served(c, bad):
    """A second centre commands after a minute beside the first; or after
    three."""
    a = c.link().open()
    chat(a, 3)
    b = c.link('10.20.0.2')
    b.start()
    b.ask(100, b'\x14')
    for _ in range(12 if bad else 36):
        chat(a, 5, 5)
        b.report()
    b.command(5000)
    chat(a, 3)
    chat(b, 3)


def t05_rare(c, bad):
    """A point that was not commanded in a month, or one that was."""
    a = c.link().open()
    a.command(5000)
    a.close()
    c.wait(31 * DAY)
    a = c.link().open()
    a.command(5001 if bad else 5000)
    chat(a, 2)


def t07_loop(c, bad):
    """Forty set points within a minute and a half, by fits and starts, or as
    a control loop gives them."""
    a = c.link().open()
    for k in range(40):
        c.wait((0.2, 4, 1.2)[k % 3] if bad else 2)
        a.command(6200, struct.pack('<hB', k, 0), kind=49)


def t07_reads(c, bad):
    """An object is read six hundred times and more in a few seconds, or
    twenty times."""
    a = c.link().open()
    for k in range(610 if bad else 20):
        a.i(0, 102, 5, 700, b'')
        if k % 8 == 7:
            a.s(1)


def t12_reset(c, bad):
    """A reset of the process, or an interrogation."""
    a = c.link().open()
    if bad:
        a.ask(105, b'\x01')
        c.wait(30)
        a.i(1, 70, 4, 0, b'\x02')
    else:
        a.ask(100, b'\x14')


def t14_anew(c, bad):
    """Connections that begin by interrogation, one after another, or some."""
    for k in range(22 if bad else 9):
        a = c.link().open()
        c.wait(2 + k * k % 7)
        a.close()


def t14_freezes(c, bad):
    """Counters are read nine times within the hour, by fits and starts; or
    frozen and read, each quarter of an hour."""
    a = c.link().open()
    for k in range(9 if bad else 5):
        if not bad:
            a.ask(101, b'\x45')
        c.wait(5)
        a.ask(101, b'\x05')
        c.wait(30 + 40 * (k * k % 5) if bad else 880)


def t15_parameter(c, bad):
    """A parameter of a measured value is written, or a set point is."""
    a = c.link().open()
    kind = 110 if bad else 48
    a.command(6000, struct.pack('<hB', 100, 1 if bad else 0), kind=kind)


def t16_listed(c, bad):
    """The files of a station are listed, or a value is read."""
    a = c.link().open()
    c.wait(5)
    if bad:
        a.i(0, 122, 5, 0, bytes(4))
        a.i(1, 126, 5, 0, bytes(13))
    else:
        a.i(0, 102, 5, 700, b'')
        a.i(1, 11, 5, 700, b'\0\0\0')


def t17_test(c, bad):
    """A command with the test bit, or without."""
    a = c.link().open()
    test = TESTED_COT if bad else 0
    a.i(0, 45, ACT | test, 5000, b'\x01')
    a.i(1, 45, CON | test, 5000, b'\x01')


def t18_refused(c, bad):
    """Three objects that are not there, or two."""
    a = c.link().open()
    for k in range(3 if bad else 2):
        c.wait(2)
        a.i(0, 45, ACT, 9000 + k, b'\x01')
        a.i(1, 45, UNKNOWN_IOA | 0x40, 9000 + k, b'\x01')


def t19_injected(c, bad):
    """A frame with a number that was used, or one that goes on."""
    a = c.link().open()
    chat(a, 5)
    if bad:
        a.ns[0] = 0
    a.i(0, 45, ACT, 5000, b'\x01')
    a.i(1, 45, CON, 5000, b'\x01')
    chat(a, 3)


def t19_unsent(c, bad):
    """What was never sent is acknowledged, or what was."""
    a = c.link().open()
    chat(a, 5)
    a.nr[0] += 7 if bad else 0
    a.s(0)
    a.nr[0] -= 7 if bad else 0
    chat(a, 3)


def t20_window(c, bad):
    """A station sends thirty frames in a row, or twelve at a time."""
    a = c.link().open()
    for k in range(30):
        a.i(1, 11, 3, 700, struct.pack('<hB', k, 0))
        if not bad and k % 12 == 11:
            a.s(0)
    a.s(0)


def t20_slow(c, bad):
    """A master acknowledges twenty frames at once, or each eighth."""
    a = c.link().open()
    for k in range(20):
        c.wait(0.2)
        a.i(1, 11, 3, 700, struct.pack('<hB', k, 0))
        if not bad and k % 8 == 7:
            a.s(0)
    a.s(0)


def t20_late(c, bad):
    """An acknowledgement comes after half a minute, or within ten seconds."""
    a = c.link().open()
    for k in range(3):
        a.i(1, 11, 3, 700, struct.pack('<hB', k, 0))
    c.wait(30 if bad else 9)
    a.s(0)


def t23_stop(c, bad):
    """Data transfer is stopped, or the connection is only closed."""
    a = c.link().open()
    if bad:
        a.u(0, STOPDT)
        a.u(1, STOPPED)
    a.close()


def t25_originator(c, bad):
    """Commands of another originator, or of none."""
    a = c.link().open()
    for k in range(6):
        c.wait(5)
        a.command(5000, bytes((k & 1,)), oa=1 if k < 5 else 9 * bad)


def t28_older(c, bad):
    """Of two commands to an object the first comes again in a new connection,
    or a third one does."""
    a = c.link().open()
    tags = []
    for k in range(2):
        c.wait(20)
        tags.append(when(c.ns))
        a.command(5000, bytes((k,)) + tags[k], kind=58)
    a.close()
    c.wait(5)
    a = c.link().open()
    a.command(5000, b'\0' + (tags[0] if bad else when(c.ns)), kind=58)


def t29_address(c, bad):
    """A second station answers for the address of one that is at work; or
    for one of its own."""
    a = c.link().open()
    chat(a, 90, 10)
    b = c.link(station='10.20.0.99')
    b.start()
    for k in range(6):
        c.wait(1)
        b.i(1, 11, 3, 700, struct.pack('<hB', k, 0), ca=1 if bad else 2)
        b.s(0)
        a.report(k)


def t30_addresses(c, bad):
    """A station restarts three times, or once with three common addresses."""
    a = c.link().open()
    for k in range(3):
        c.wait(60 if bad else 0.1)
        a.i(1, 70, 4, 0, b'\0', ca=1 if bad else 1 + k)
    chat(a, 3)


def t34_flood(c, bad):
    """Five frames that cannot be read within a minute, or four."""
    a = c.link().open()
    for k in range(5 if bad else 4):
        c.wait(2)
        a.i(0, 45, ACT, 5000, b'')
    chat(a, 3)


def t34_flaw(c, bad):
    """A command that ends too early, or one that is whole."""
    a = c.link().open()
    a.i(0, 45, ACT, 5000, b'' if bad else b'\x01')
    chat(a, 3)


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n\n')[1])
    write_rows(globals(), sys.argv[1])
