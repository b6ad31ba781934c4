#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""More captures that fire a row of the GOOSE detections, and near misses.

usage: insiders.py PCAPS

As publishers.py, of which this has the publishers: what a device of the
station says in the name of another, or whoever took its place."""
from publishers import OFF, ON, Publisher, write_rows


def g05_false_restart(c, bad):
    """A restart amid a state that goes on, or a true one."""
    p = Publisher(c).steady(5)
    q = p.but(st=1, sq=0, t_ns=c.ns, data=ON)
    for _ in range(6):
        q.steady(1, 0.01)
    (p if bad else q).steady(5)


def g05_twice(c, bad):
    """A state begins twice, and one of both is gone on with; or once, and a
    copy of its first message comes by the longer way."""
    p = Publisher(c).steady(5)
    q = p.but()
    q.event(3)
    if bad:
        c.wait(0.1)
        p.event(3)
        p.steady(5)
        return
    c.wait(-0.02)
    q.but(sq=0).send()
    c.wait(0.02)
    q.steady(5)


def g05_other_day(c, bad):
    """The messages of a morning come again when nobody speaks; or the device
    starts anew then."""
    p = Publisher(c, st=1)
    said = []
    for k in range(5):
        said.append(p.but())
        p.steady(1)
    p.event(3)
    p.steady(4)
    c.wait(3600)
    if bad:
        for m in said:
            m.steady(1)
    else:
        p.but(st=1, sq=0, t_ns=c.ns, data=OFF).steady(5)


def g07_last(c, bad):
    """The last state number there is, again and again; or the next one."""
    p = Publisher(c).steady(5)
    q = p.but(st=2**32 - 1 if bad else p.st + 1, sq=0, t_ns=c.ns, data=ON)
    for _ in range(5):
        q.steady(1, 0.01)
    (p if bad else q).steady(5)


def g08_early(c, bad):
    """A number is sent before its time, and when it is due; or the same, and
    the publisher goes on from there."""
    p = Publisher(c).steady(5)
    c.wait(-0.6)
    (p.but() if bad else p).send()
    c.wait(0.6)
    p.steady(5)


def g14_soon(c, bad):
    """TAL is thirty times what the few messages before had, or five times."""
    p = Publisher(c).steady(6)
    p.tal *= 30 if bad else 5
    p.steady(3)


def g15_copies(c, bad):
    """One message a thousand times in a second, or thirty times as a mirror
    port with many sources has it."""
    p = Publisher(c).steady(5)
    f = p.frame()
    for _ in range(1000 if bad else 30):
        c.put(f)
        c.wait(0.001 if bad else 0.0001)
    p.sq += 1
    p.steady(3)


def g15_creeping(c, bad):
    """A flood that begins in the middle of a second, or a hundred messages
    in each."""
    p = Publisher(c).steady(3)
    c.wait(0.5)
    p.steady(750 if bad else 250, 0.004 if bad else 0.01)
    p.steady(2)


if __name__ == '__main__':
    write_rows(globals())
