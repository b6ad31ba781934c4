#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""More captures that fire a row of the DNP3 detections, and near misses.

usage: probes.py PCAPS

As outstations.py: who looks around, who waits before he commands, and what is
seen of that when the capture ends."""
import struct

from dnp3 import (AUTH, AUTH_RESPONSE, CLASS_0, DIRECT, EVENTS, INPUTS, READ,
                  crob, proved, sized)
from outstations import write_rows


def set_point(index, value):
    """g41v3."""
    return b'\x29\x03\x28\x01\x00' + struct.pack('<HfB', index, value, 0)


def p01_served(c, bad):
    """A second master commands after a minute beside the first; or after
    three."""
    a = c.link().start()
    b = c.link('10.30.0.2', addresses=(2, 10))
    b.both(READ, EVENTS + CLASS_0, INPUTS)
    for _ in range(12 if bad else 36):
        c.wait(5)
        a.poll(1, 0)
        b.poll(1, 0)
    b.both(DIRECT, crob(4), crob(4))
    a.poll(2)


def p06_steady(c, bad):
    """Twelve outputs by equal steps, or as many set points."""
    a = c.link().start()
    for k in range(12):
        a.poll(1)
        o = crob(k) if bad else set_point(k, 1.5)
        a.both(DIRECT, o, o)


def p15_groups(c, bad):
    """Fifteen groups are read, some of which are there; or ten."""
    a = c.link().start()
    for g in range(1, 16 if bad else 11):
        a.both(READ, bytes((g, 0, 6)), INPUTS if g == 1 else b'')


def p19_set_point(c, bad):
    """A set point of 150, or of 50: see the policies beside."""
    a = c.link().start()
    o = set_point(3, 150 if bad else 50)
    a.both(DIRECT, o, o)
    a.poll(1)


def p21_never(c, bad):
    """Data come of an outstation that was polled for minutes, and in which
    nobody enabled that; or a null response does."""
    a = c.link()
    a.both(READ, EVENTS + CLASS_0, INPUTS)
    a.poll(24, 15)
    if bad:
        a.spontaneous()
    else:
        a.spontaneous(b'')
    a.poll(1)


def p22_last(c, bad):
    """The capture ends with an answer to nothing; or to a request that it has
    not."""
    a = c.link().start()
    c.wait(5)
    if not bad:
        a.ask(READ, b'\x01\x02\x06')
        c.packets.pop()
    a.answer(INPUTS, seq=a.seq if not bad else (a.seq + 7) & 15)


def p23_addresses(c, bad):
    """Twenty outstations are tried behind one address, of which one is there;
    or four that all are."""
    a = c.link().start(1)
    for k in range(20 if bad else 4):
        a.frame(0, 0x49, dst=20 + k)
        if not bad:
            a.frame(1, 0x0B, src=20 + k)
    a.poll(1)


def p23_eager(c, bad):
    """The link is reset before an acknowledgement can have come, or when that
    is overdue."""
    a = c.link()
    a.frame(0, 0x40)
    a.frame(1, 0x00)
    for k in range(5):
        a.seq = (a.seq + 1) & 15
        a.say(0, a.seq, READ, EVENTS, 1 - k % 2)
        if k < 4:
            a.frame(1, 0x00)
            a.answer()
    c.wait(0.05 if bad else 2)
    a.frame(0, 0x40)
    a.frame(1, 0x00)
    a.poll(2)


def p28_wrap(c, bad):
    """Keys are wrapped by AES-128, or by AES-256: see the policies beside."""
    a = c.link().start()
    a.ask(AUTH, b'\x78\x04\x07\x01\x01\x00')
    body = struct.pack('<IHBBBH', 1, 1, 1 if bad else 2, 2, 4, 4) + b'efgh'
    a.answer(sized(5, body), function=AUTH_RESPONSE)


def p30_last(c, bad):
    """The capture ends with a command that nobody proved, or one that was."""
    a = c.link().start()
    for n in range(1, 5):
        a.poll(1)
        if n < 4 or not bad:
            proved(a, n, DIRECT, crob(1))
        else:
            a.both(DIRECT, crob(1), crob(1))


if __name__ == '__main__':
    write_rows(globals())
