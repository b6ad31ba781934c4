#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that fire a row of the DNP3 detections, and near misses.

usage: outstations.py PCAPS

PCAPS/dnp3/NAME.pcap and NAME-ok.pcap are made anew: the first fires what its
name says, the second does the same as it should be done."""
import os
import struct
import sys

from dnp3 import (ASSIGN, AUTH, AUTH_RESPONSE, CLASS_0, CLOSE, COLD, CON,
                  CONFIRM, CORRUPT, Capture, DELAY, DELETE, DIRECT, DIRECT_NR,
                  DISABLE, EVENT, EVENTS, FREEZE, FREEZE_CLEAR, INPUTS, LOCAL,
                  NEED_TIME, NO_OBJECT, OPEN, OPERATE, OVERFLOW, READ, RECORD,
                  RESPONSE, RESTART, SAVE, SELECT, STOP, TROUBLE, UNS, WRITE,
                  aggressive, challenge, clock, crob, file, proved, reply,
                  sized, status)


def p01_beside(c, bad):
    """A second master beside the first: it operates, or only reads."""
    a = c.link().start()
    b = c.link('10.30.0.66', addresses=(3, 10))
    b.both(READ, EVENTS + CLASS_0, INPUTS)
    if bad:
        b.both(DIRECT, crob(4), crob(4))
    a.poll(2)


def p01_same_link(c, bad):
    """The master's link address from another host, beside it or after it."""
    a = c.link().start()
    if not bad:
        a.close()
    b = c.link('10.30.0.2')
    b.both(READ, EVENTS, b'')
    if bad:
        a.poll(1)
    b.poll(1)


def p04_silent(c, bad):
    """Direct operate without acknowledgement, or with it."""
    a = c.link().start()
    a.ask(DIRECT_NR if bad else DIRECT, crob(2))
    if not bad:
        a.answer(crob(2))
    a.poll(1)


def p05_missing(c, bad):
    """An operate that nobody selected; a select and an operate, both twice."""
    a = c.link().start()
    for again in (False, True):
        if not bad:
            a.ask(SELECT, crob(3), again=again)
    if not bad:
        a.answer(crob(3))
    a.ask(OPERATE, crob(3))
    a.answer(crob(3, status=2 if bad else 0))
    if not bad:
        a.c.wait(2)
        a.ask(OPERATE, crob(3), again=True)
        a.answer(crob(3))


def p05_differs(c, bad):
    """Another output is operated than was selected."""
    a = c.link().start()
    a.both(SELECT, crob(3, 0x41), crob(3, 0x41))
    o = crob(3, 0x81 if bad else 0x41)
    a.both(OPERATE, o, o)


def p05_sequence(c, bad):
    """A poll between select and operate, or behind both."""
    a = c.link().start()
    a.both(SELECT, crob(3), crob(3))
    if bad:
        a.poll(1)
    a.both(OPERATE, crob(3), crob(3))
    a.poll(1)


def p05_late(c, bad):
    """An operate fifteen seconds behind its select, or nine."""
    a = c.link().start()
    a.both(SELECT, crob(3), crob(3))
    c.wait(15 if bad else 9)
    a.both(OPERATE, crob(3), crob(3))


def p06_row(c, bad):
    """Twelve controls in a row; or one after each poll, for minutes."""
    a = c.link().start()
    for k in range(12 if bad else 90):
        o = crob(2, 3 + (k & 1))
        if bad:
            c.wait(0.2)
        else:
            a.poll(1, 2 + k % 3)
        a.both(DIRECT, o, o)


def p06_points(c, bad):
    """Nine outputs within a minute, or eight."""
    a = c.link().start()
    for k in range(9 if bad else 8):
        a.poll(1, 3 + k % 2)
        a.both(DIRECT, crob(k), crob(k))


def p07_restart(c, bad):
    """A cold restart and what follows; a delay is measured instead."""
    a = c.link().start()
    a.both(COLD if bad else DELAY, b'', b'\x34\x02\x07\x01\x88\x13')
    a.close()
    c.wait(5)
    b = c.link()
    b.iin = RESTART if bad else 0
    b.spontaneous(b'')


def p08_stop(c, bad):
    """The application is stopped, or its classes are read."""
    a = c.link().start()
    a.both(STOP if bad else READ, EVENTS)


def p09_save(c, bad):
    """The configuration is saved, or the time that it takes is measured."""
    a = c.link().start()
    a.both(SAVE if bad else DELAY, b'', b'\x34\x02\x07\x01\x00\x00')


def p10_disable(c, bad):
    """Unsolicited responses are disabled in the middle, or after a restart."""
    a = c.link().start(5)
    if not bad:
        a.spontaneous(b'')
        a.poll(1, 70)
        a.iin = RESTART
        a.spontaneous(b'')
    a.both(DISABLE, EVENTS)


def p11_drift(c, bad):
    """A clock is set a minute ahead, or three seconds."""
    a = c.link().start()
    a.iin = NEED_TIME
    for s in (0, 0, 60 if bad else 3):
        a.poll(1, 20)
        a.both(WRITE, clock(c, s))


def p11_lan(c, bad):
    """The procedure for LANs, to 1999 or to now: told once."""
    a = c.link().start()
    a.both(RECORD)
    t = clock(c) if not bad else b'\x32\x03\x07\x01' + bytes(6)
    a.both(WRITE, t)


def p11_flood(c, bad):
    """The clock is set eleven times in a minute, or ten."""
    a = c.link().start()
    a.iin = NEED_TIME
    for k in range(11 if bad else 10):
        a.poll(1)
        a.both(WRITE, clock(c))


def p12_clear(c, bad):
    """The restart flag is cleared though it was not set, or was."""
    a = c.link().start()
    a.iin = 0 if bad else RESTART
    a.poll(1)
    a.both(WRITE, b'\x50\x01\x00\x07\x07\x00', iin=0)


def p13_often(c, bad):
    """Three restarts; or a flag that nobody clears, over three connections."""
    for k in range(4):
        a = c.link()
        a.iin = RESTART if k or not bad else 0
        a.spontaneous(b'')
        a.iin = 0 if bad else RESTART
        a.poll(2, 2)
        a.close()
        c.wait(60)


def p14_trouble(c, bad):
    """Trouble, local control, a corrupt configuration: new, or from always."""
    a = c.link()
    a.iin = 0 if bad else TROUBLE | LOCAL | CORRUPT
    a.poll(2)
    a.iin = TROUBLE | LOCAL | CORRUPT
    a.poll(3)


def p15_probe(c, bad):
    """Five groups that the outstation does not have, or four."""
    a = c.link().start()
    for k in range(5 if bad else 4):
        c.wait(1)
        a.both(READ, bytes((100 + k, 0, 6)), iin=NO_OBJECT)


def p16_overflow(c, bad):
    """The event buffer overflows, or did before."""
    a = c.link()
    a.iin = 0 if bad else OVERFLOW
    a.poll(2)
    a.iin = OVERFLOW
    a.poll(2)


def p17_delete(c, bad):
    """A file is deleted, or one is read and closed."""
    a = c.link().start()
    handle = struct.pack('<I', 7)
    if bad:
        a.both(*file(DELETE))
        return
    a.both(*file(OPEN, 1))
    block = b'\x46\x05\x5b\x01\x08\x00' + handle + b'\0\0\0\x80'
    a.both(READ, block, b'\x46\x05\x5b\x01\x0a\x00' + handle + b'\0\0\0\x80hi')
    a.both(CLOSE, b'\x46\x04\x5b\x01\x0d\x00' + handle + bytes(9))


def p18_clear(c, bad):
    """Counters are frozen and cleared, or only frozen."""
    a = c.link().start()
    a.both(FREEZE_CLEAR if bad else FREEZE, b'\x14\x00\x06')


def p19_classes(c, bad):
    """Classes are assigned in the middle, or at the beginning."""
    a = c.link()
    if bad:
        a.start()
    a.both(ASSIGN, b'\x3c\x02\x06\x01\x00\x06')
    if not bad:
        a.start()


def p20_identity(c, bad):
    """Who made the device is read, or what it measures."""
    a = c.link().start()
    a.both(READ, b'\x00\xfe\x00\x00\x00' if bad else b'\x1e\x00\x06')


def p21_disabled(c, bad):
    """Data come though they were disabled; or the null response does."""
    a = c.link()
    a.both(DISABLE, EVENTS)
    a.both(READ, CLASS_0, INPUTS)
    c.wait(15)
    for k in range(3):
        c.wait(5)
        a.spontaneous(EVENT if bad else b'', False, again=k > 0)
    a.poll(1)


def p21_bit(c, bad):
    """UNS is missing, or there."""
    a = c.link().start()
    a.spontaneous(bits=0 if bad else UNS)


def p22_two(c, bad):
    """Two responses that differ; or the same twice, as for a retry."""
    a = c.link().start()
    a.ask(READ, b'\x01\x02\x06')
    a.answer(INPUTS)
    if not bad:
        a.ask(READ, b'\x01\x02\x06', again=True)
    a.answer(INPUTS[:-1] + (b'\x81' if bad else b'\x01'))
    a.poll(1)


def p22_unasked(c, bad):
    """A response to nothing, or one that is late."""
    a = c.link().start()
    a.ask(READ, b'\x01\x02\x06')
    if bad:
        a.answer(INPUTS)
    a.poll(1, 4)
    a.answer(INPUTS, seq=(a.seq + (7 if bad else -1)) & 15)
    a.poll(1)


def p22_fragments(c, bad):
    """A response in two fragments; one of the first comes once more."""
    a = c.link().start()
    for k in range(2):
        a.ask(READ, CLASS_0)
        for n, control in enumerate((0x80 | CON, 0x40)):
            user = bytes((0xC0 | a.transport[1], control | a.seq + n & 15,
                          RESPONSE, 0, 0))
            a.transport[1] = (a.transport[1] + 1) & 63
            a.frame(1, 0x44, user + INPUTS)
            if control & CON:
                a.say(0, a.seq, CONFIRM, b'')
        a.seq = (a.seq + 1) & 15
    if bad:
        a.answer(EVENT)
    a.close()


def p23_broadcast(c, bad):
    """A control to all outstations, or the time."""
    a = c.link().start()
    a.ask(DIRECT if bad else WRITE, crob(1) if bad else clock(c), dst=0xFFFF)
    a.poll(1)


def p23_resets(c, bad):
    """The link is reset four times in a minute, or three."""
    a = c.link().start()
    for k in range(4 if bad else 3):
        c.wait(3)
        a.frame(0, 0x40)
        a.frame(1, 0x00)
    a.poll(1)


def p23_fcb(c, bad):
    """The same FCB with another request, or with the same once more."""
    a = c.link()
    a.frame(0, 0x40)
    a.frame(1, 0x00)
    for k in (1, 0, 1):
        a.seq = (a.seq + 1) & 15
        a.say(0, a.seq, READ, EVENTS, k)
        a.frame(1, 0x00)
        a.answer()
    if bad:
        a.seq = (a.seq + 1) & 15
    else:
        a.transport[0] -= 1
    a.say(0, a.seq, READ, EVENTS, 1)
    a.frame(1, 0x00)
    a.answer()


def p23_direction(c, bad):
    """A request without DIR, or a question of the link layer."""
    a = c.link().start()
    if bad:
        a.say(1, 3, READ, EVENTS)
    else:
        a.frame(1, 0x49)
        a.frame(0, 0x0B)
    a.poll(1)


def p25_reply(c, bad):
    """A challenge without a reply."""
    a = c.link().start()
    a.ask(DIRECT, crob(1))
    a.answer(challenge(1), function=AUTH_RESPONSE)
    if not bad:
        a.ask(AUTH, reply(1), again=True)
        a.answer(crob(1))
    a.poll(3, 2)


def p25_error(c, bad):
    """A reply that proves nothing, or does."""
    a = c.link().start()
    a.ask(DIRECT, crob(1))
    a.answer(challenge(1), function=AUTH_RESPONSE)
    a.ask(AUTH, reply(1), again=True)
    if bad:
        a.answer(sized(7, struct.pack('<IHHB', 1, 1, 0, 1) + bytes(6)),
                 function=AUTH_RESPONSE)
    else:
        a.answer(crob(1))


def p26_aggressive(c, bad):
    """A CSQ of aggressive mode comes again, or rises."""
    a = c.link().start()
    proved(a, 4, DIRECT, crob(1))
    for n in (5, 6, 6 if bad else 7):
        a.poll(1)
        a.ask(DIRECT, aggressive(n, crob(n)))
        a.answer(crob(n))
    a.poll(1)


def p26_outlier(c, bad):
    """A challenge far ahead moves nothing: only an old one is wrong."""
    a = c.link().start()
    for n in (4, 5, 900000, 3 if bad else 6, 7, 8):
        a.poll(1)
        proved(a, n, DIRECT, crob(1))


def p27_status(c, bad):
    """Keys that were good cannot be proved; or are not there yet."""
    a = c.link().start()
    for k, state in enumerate((2, 1, 4) if bad else (2, 1)):
        c.wait(1)
        if k:
            a.ask(AUTH, sized(6, struct.pack('<IH', k, 1) + bytes(64)))
        else:
            a.ask(AUTH, b'\x78\x04\x07\x01\x01\x00')
        a.answer(status(k + 1, state, struct.pack('<I', 7 * k)),
                 function=AUTH_RESPONSE)


def p28_weak(c, bad):
    """The same challenge for each command, or another."""
    a = c.link().start()
    for n in (1, 2):
        a.poll(1)
        a.ask(DIRECT, crob(1))
        a.answer(challenge(n, b'abcd' if bad else struct.pack('<I', n)),
                 function=AUTH_RESPONSE)
        a.ask(AUTH, reply(n), again=True)
        a.answer(crob(1))


def p29_user(c, bad):
    """A user is deleted, or the state of the keys is asked for."""
    a = c.link().start()
    body = struct.pack('<BBIHHHHH', 0, 2, 1, 1, 0, 4, 0, 0) + b'jane'
    a.ask(AUTH, sized(10, body) if bad else b'\x78\x04\x07\x01\x01\x00')
    a.answer(b'' if bad else status(1, 2), function=AUTH_RESPONSE)


def p30_missing(c, bad):
    """Three commands were challenged, and one is not."""
    a = c.link().start()
    for n in range(1, 5):
        a.poll(1)
        if n < 4 or not bad:
            proved(a, n, DIRECT, crob(1))
        else:
            a.both(DIRECT, crob(1), crob(1))
    a.poll(1)


def p32_both(c, bad):
    """Two connections of one master are in use; or one after the other."""
    a = c.link().start()
    if not bad:
        a.close()
    b = c.link()
    b.both(READ, EVENTS + CLASS_0, INPUTS)
    (a if bad else b).poll(2)
    b.poll(1)


def write_rows(names):
    """Both captures of each function that is named as a detection."""
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n\n')[1])
    rows = [f for n, f in sorted(names.items())
            if n[0] == 'p' and n[1:3].isdigit()]
    for f in rows:
        for bad in (True, False):
            c = Capture()
            f(c, bad)
            name = f.__name__.replace('_', '-') + ('' if bad else '-ok')
            path = os.path.join(sys.argv[1], 'dnp3', name + '.pcap')
            with open(path, 'wb') as out:
                out.write(c.data())
    print('%d captures' % (2 * len(rows)))


if __name__ == '__main__':
    write_rows(globals())
