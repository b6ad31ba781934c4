#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that fire a row of the DNP3 detections, and near misses.

usage: outstations.py PCAPS

PCAPS/dnp3/NAME.pcap and NAME-ok.pcap are made anew: the first fires what its
name says, the second does the same as it should be done."""
import calendar
import os
import struct
import sys

from frames import ACK, FIN, SYN, Segment, pcap

BEGIN = calendar.timegm((2026, 3, 2, 8, 0, 0)) * 10**9
PSH = 0x08
STATION, MASTER = '10.30.0.5', '10.30.0.1'
CON, UNS = 0x20, 0x10
(CONFIRM, READ, WRITE, SELECT, OPERATE, DIRECT, DIRECT_NR, FREEZE, _,
 FREEZE_CLEAR) = range(10)
COLD, STOP, SAVE, ENABLE, DISABLE, ASSIGN = 13, 18, 19, 20, 21, 22
DELAY, RECORD, OPEN, CLOSE, DELETE = 23, 24, 25, 26, 27
AUTH, RESPONSE, UNSOLICITED, AUTH_RESPONSE = 32, 129, 130, 131
NEED_TIME, RESTART, TROUBLE, LOCAL = 0x1000, 0x8000, 0x4000, 0x2000
NO_FUNCTION, NO_OBJECT, OVERFLOW, CORRUPT = 1, 2, 8, 0x20
CLASS_0, EVENTS = b'\x3c\x01\x06', b'\x3c\x02\x06\x3c\x03\x06\x3c\x04\x06'
INPUTS = b'\x01\x02\x00\x00\x03' + b'\x01' * 4
EVENT = b'\x02\x01\x28\x01\x00\x02\x00\x81'


def crc(data):
    c = 0
    for o in data:
        c ^= o
        for _ in range(8):
            c = c >> 1 ^ 0xA6BC if c & 1 else c >> 1
    return struct.pack('<H', ~c & 0xFFFF)


def link(control, dst, src, user=b''):
    head = struct.pack('<BBBBHH', 5, 0x64, 5 + len(user), control, dst, src)
    out = head + crc(head)
    for k in range(0, len(user), 16):
        out += user[k:k + 16] + crc(user[k:k + 16])
    return out


class Capture:
    """Packets of several connections, in order of time."""

    def __init__(self):
        self.ns, self.packets, self.port = BEGIN, [], 40000

    def wait(self, s):
        self.ns += int(s * 10**9)

    def link(self, master=MASTER, station=STATION, addresses=(1, 10)):
        self.port += 1
        return Link(self, master, station, self.port, addresses)

    def data(self):
        return pcap(self.packets)


class Link:
    """A TCP connection, end 0 the master, with both ends' numbers."""

    def __init__(self, capture, master, station, port, addresses):
        self.c, self.addresses = capture, addresses
        self.ip = [bytes(map(int, x.split('.'))) for x in (master, station)]
        self.ports, self.tcp = [port, 20000], [port * 1000, port * 2000]
        self.seq, self.uns, self.transport = 15, 15, [0, 0]
        self.iin = 0
        self.segment(0, b'', SYN)
        self.segment(1, b'', SYN | ACK)
        self.segment(0, b'', ACK)

    def segment(self, end, data, flags):
        other = 1 - end
        self.c.wait(0.004)
        s = Segment(self.c.ns, b'\x02\x00' + self.ip[other],
                    b'\x02\x00' + self.ip[end], self.ip[end],
                    self.ip[other], len(self.c.packets) & 0xFFFF,
                    self.ports[end], self.ports[other], self.tcp[end],
                    self.tcp[other] if flags & ACK else 0, flags, b'', data)
        self.c.packets.append((s.ns, s.frame()))
        self.tcp[end] += len(data) + (1 if flags & (SYN | FIN) else 0)

    def frame(self, end, control, user=b'', dst=None, src=None):
        """A link frame; DIR is not in control."""
        own, other = self.addresses[end], self.addresses[1 - end]
        self.segment(end, link(control | (0 if end else 0x80),
                               other if dst is None else dst,
                               own if src is None else src, user), PSH | ACK)

    def say(self, end, control, function, rest, confirmed=None, **addresses):
        user = bytes((0xC0 | self.transport[end], 0xC0 | control, function))
        self.transport[end] = (self.transport[end] + 1) & 63
        self.frame(end, 0x44 if confirmed is None else 0x53 | confirmed << 5,
                   user + rest, **addresses)

    def ask(self, function, objects=b'', again=False, **addresses):
        """A request; again: with the number of the last."""
        if not again:
            self.seq = (self.seq + 1) & 15
        self.say(0, self.seq, function, objects, **addresses)

    def answer(self, objects=b'', iin=None, seq=None, function=RESPONSE,
               **addresses):
        iin = self.iin if iin is None else iin
        self.say(1, self.seq if seq is None else seq, function,
                 struct.pack('>H', iin) + objects, **addresses)

    def both(self, function, objects=b'', back=b'', iin=None):
        self.ask(function, objects)
        self.answer(back, iin)

    def poll(self, n=1, every=1):
        for _ in range(n):
            self.c.wait(every)
            self.both(READ, EVENTS)

    def spontaneous(self, objects=EVENT, confirm=True, again=False, bits=UNS):
        if not again:
            self.uns = (self.uns + 1) & 15
        self.say(1, CON | bits | self.uns, UNSOLICITED,
                 struct.pack('>H', self.iin) + objects)
        if confirm:
            self.say(0, UNS | self.uns, CONFIRM, b'')

    def start(self, polls=3):
        """As every master begins."""
        self.iin = RESTART
        self.both(DISABLE, EVENTS)
        self.iin = 0
        self.both(WRITE, b'\x50\x01\x00\x07\x07\x00')
        self.both(READ, EVENTS + CLASS_0, INPUTS)
        self.both(ENABLE, EVENTS)
        self.poll(polls)
        return self

    def close(self):
        self.segment(0, b'', FIN | ACK)
        self.segment(1, b'', FIN | ACK)
        self.segment(0, b'', ACK)


def crob(index, code=3, count=1, status=0):
    return (b'\x0c\x01\x28\x01\x00' +
            struct.pack('<HBBIIB', index, code, count, 100, 100, status))


def clock(c, s=0):
    return b'\x32\x01\x07\x01' + struct.pack('<Q', c.ns // 10**6 +
                                             int(s * 1000))[:6]


def sized(variation, body):
    """An object of g120 behind its size."""
    return struct.pack('<BBBBH', 120, variation, 0x5B, 1, len(body)) + body


def challenge(csq, value=b'abcd', mal=4):
    return sized(1, struct.pack('<IHBB', csq, 0, mal, 1) + value)


def reply(csq):
    return sized(2, struct.pack('<IH', csq, 1) + bytes(16))


def aggressive(csq, objects):
    return (b'\x78\x03\x07\x01' + struct.pack('<IH', csq, 1) + objects +
            sized(9, bytes(16)))


def status(ksq, state, value=b'efgh'):
    return sized(5, struct.pack('<IHBBBH', ksq, 1, 2, state, 4, len(value)) +
                 value + (bytes(16) if state == 1 else b''))


def file(function, mode=0, name=b'a.cfg'):
    body = struct.pack('<HH', 26, len(name)) + bytes(6) + struct.pack(
        '<HIIHHH', 0, 0, 0, mode, 1024, 1) + name
    return function, struct.pack('<BBBBH', 70, 3, 0x5B, 1, len(body)) + body


def proved(a, csq, function, objects):
    """A request that is challenged."""
    a.ask(function, objects)
    a.answer(challenge(csq, struct.pack('<Q', csq * 7919)),
             function=AUTH_RESPONSE)
    a.ask(AUTH, reply(csq), again=True)
    a.answer(objects)


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


def p32_both(c, bad):
    """Two connections of one master are in use; or one after the other."""
    a = c.link().start()
    if not bad:
        a.close()
    b = c.link()
    b.both(READ, EVENTS + CLASS_0, INPUTS)
    (a if bad else b).poll(2)
    b.poll(1)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n\n')[1])
    rows = [f for n, f in sorted(globals().items())
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
    main()
