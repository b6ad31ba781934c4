# SPDX-License-Identifier: Apache-2.0
"""DNP3 masters and outstations that say what they are told, over TCP."""
import calendar
import struct

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
