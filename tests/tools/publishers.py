#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that fire a row of the GOOSE detections, and near misses.

usage: publishers.py PCAPS

PCAPS/goose/NAME.pcap and NAME-ok.pcap are made anew: the first fires what its
name says, the second does the same as it should be done."""
import calendar
import dataclasses
import hashlib
import hmac
import os
import struct
import sys

from frames import ethernet, pcap

BEGIN = calendar.timegm((2026, 3, 2, 8, 0, 0)) * 10**9
GOOSE = 0x88B8
MAC, OTHER = bytes.fromhex('020000000001'), bytes.fromhex('020000000066')
GROUP = bytes.fromhex('010ccd010001')
OFF, ON = bytes.fromhex('830100840206 40'), bytes.fromhex('830101840206 80')
CURVE = (0.004, 0.008, 0.016, 0.5)
KEY = b'0123456789ABCDEF0123456789ABCDEF'
SYNCHRONISED, UNSYNCHRONISED = 0x0A, 0x2A


def tlv(tag, value):
    n = len(value)
    return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x81, n])) + value


def number(tag, n):
    """As INTEGER: without a sign, in as few octets as it needs."""
    return tlv(tag, n.to_bytes(n.bit_length() // 8 + 1, 'big'))


@dataclasses.dataclass
class Publisher:
    """One control block, and what its next message says."""
    c: 'Capture'
    ref: str = 'IED1CTRL/LLN0$GO$gcb01'
    mac: bytes = MAC
    to: bytes = GROUP
    appid: int = 0x1001
    goid: str = 'gcb01'
    st: int = 5
    sq: int = 0
    tal: int = 2000
    confrev: int = 1
    data: bytes = OFF
    entries: int = 2
    t_ns: int = BEGIN
    quality: int = SYNCHRONISED
    simulation: bool = False
    nds: bool = False
    reserved1: int = 0

    def pdu(self):
        s, part = divmod(self.t_ns, 10**9)
        t = struct.pack('!I', s) + (part * 2**24 // 10**9).to_bytes(3, 'big')
        body = tlv(0x80, self.ref.encode()) + number(0x81, self.tal) + \
            tlv(0x82, (self.ref[:8] + '/LLN0$ds').encode()) + \
            tlv(0x83, self.goid.encode()) + \
            tlv(0x84, t + bytes([self.quality])) + \
            number(0x85, self.st) + number(0x86, self.sq) + \
            tlv(0x87, bytes([self.simulation])) + \
            number(0x88, self.confrev) + tlv(0x89, bytes([self.nds])) + \
            number(0x8A, self.entries) + tlv(0xAB, self.data)
        return tlv(0x61, body)

    def frame(self, extension=b''):
        pdu = self.pdu()
        head = struct.pack('!HHHH', self.appid, 8 + len(pdu) + len(extension),
                           self.reserved1, 0)
        return ethernet(self.to, self.mac, GOOSE, head + pdu + extension)

    def send(self, extension=b''):
        self.c.put(self.frame(extension))
        self.sq += 1
        return self

    def steady(self, n, step=1.0):
        for _ in range(n):
            self.send()
            self.c.wait(step)
        return self

    def event(self, n=3):
        """A new state, which comes again faster at first."""
        self.st, self.sq, self.t_ns = self.st + 1, 0, self.c.ns
        self.data = OFF if self.data == ON else ON
        for k in range(n):
            self.send()
            self.c.wait(CURVE[min(k, 3)])
        return self

    def but(self, **changes):
        """The same with something else: the original goes on as it was."""
        return dataclasses.replace(self, **changes)


class Capture:
    def __init__(self):
        self.ns, self.packets = BEGIN, []

    def wait(self, s):
        self.ns += int(s * 10**9)

    def put(self, frame):
        self.packets.append((self.ns, frame))

    def write(self, path):
        with open(path, 'wb') as out:
            out.write(pcap(sorted(self.packets, key=lambda p: p[0])))


def g02_changed(c, bad):
    """Another device publishes after a pause, or the same does."""
    p = Publisher(c).steady(6)
    c.wait(30)
    p.mac = OTHER if bad else MAC
    p.steady(4)


def g02_neighbour(c, bad):
    """A device publishes its neighbour's control block, or only its own."""
    p = Publisher(c)
    q = Publisher(c, ref='IED2CTRL/LLN0$GO$gcb01', mac=OTHER, appid=0x1002,
                  goid='other')
    for k in range(6):
        p.steady(1, 0.1)
        q.steady(1, 0.9)
    (p.but(mac=OTHER) if bad else q).send()
    for k in range(4):
        q.steady(1, 0.5)
        p.steady(1, 0.5)


def g03_both(c, bad):
    """Two devices publish by turns, or one after the other."""
    p = Publisher(c).steady(6)
    q = p.but(mac=OTHER)
    if not bad:
        c.wait(30)
    for _ in range(3):
        q.steady(1, 0.5)
        if bad:
            p.steady(1, 0.5)


def g04_configured(c, bad):
    """confRev changes in the middle, or with a new start."""
    p = Publisher(c).steady(6)
    p.confrev = 2
    if not bad:
        c.wait(20)
        p.st, p.sq, p.t_ns = 1, 0, c.ns
    p.steady(5)


def g05_replayed(c, bad):
    """A state that is over comes again, or a new one comes."""
    p = Publisher(c).steady(4)
    old = p.but()
    p.event(6)
    (old.but(sq=0) if bad else p).steady(1, 0.2)
    p.steady(4)


def g05_false_state(c, bad):
    """A state with other data amid an old one that goes on; or a true one."""
    p = Publisher(c).steady(5)
    if bad:
        p.but().event(2)
        p.steady(5)
    else:
        p.event(6)


def g05_false_states(c, bad):
    """Several states in a row amid an old one that goes on; or true ones."""
    p = Publisher(c).steady(5)
    q = p.but() if bad else p
    for _ in range(4):
        q.event(1)
        c.wait(0.1)
    p.steady(5)


def g06_restarts(c, bad):
    """A device restarts four times, or twice."""
    p = Publisher(c).steady(4)
    for _ in range(4 if bad else 2):
        c.wait(20)
        p.st, p.sq, p.t_ns = 1, 0, c.ns
        p.steady(5)


def g06_restart(c, bad):
    """A device restarts, or was only silent."""
    p = Publisher(c).steady(4)
    c.wait(20)
    if bad:
        p.st, p.sq, p.t_ns = 1, 0, c.ns
    p.steady(5)


def g07_poisoned(c, bad):
    """A state number far ahead, or a few that the capture missed."""
    p = Publisher(c).steady(5)
    q = p.but(st=p.st + (100000 if bad else 2))
    q.event(1)
    if not bad:
        p = q
    p.steady(5)


def g07_missed(c, bad):
    """Two states were missed, or none."""
    p = Publisher(c).steady(5)
    p.st += 2 if bad else 0
    p.event(6)


def g08_back(c, bad):
    """A number of the state comes again, or its copy of the other LAN."""
    p = Publisher(c).steady(8)
    if bad:
        p.but(sq=3).send()
    else:
        c.wait(-0.995)
        p.but(sq=p.sq - 1).send()
        c.wait(0.995)
    p.steady(4)


def g08_far(c, bad):
    """A number of the state that is a million ahead, or two."""
    p = Publisher(c).steady(8)
    q = p.but(sq=p.sq + (10**6 if bad else 2))
    q.send()
    c.wait(0.5)
    (p if bad else q).steady(5)


def g08_gap(c, bad):
    """Two messages are missing, or none."""
    p = Publisher(c).steady(5)
    p.sq += 2 if bad else 0
    p.steady(5)


def g09_begin(c, bad):
    """A new state begins in its middle, or with one message missing."""
    p = Publisher(c).steady(5)
    p.st, p.sq, p.t_ns, p.data = p.st + 1, 9 if bad else 1, c.ns, ON
    p.steady(5)


def g10_data(c, bad):
    """Data change in a state, or with a new one."""
    p = Publisher(c).steady(5)
    if bad:
        p.data = ON
        p.steady(5)
    else:
        p.event(5)


def g10_same_number(c, bad):
    """A number comes again with other data; or with the same, as a copy."""
    p = Publisher(c).steady(5)
    p.send()
    c.wait(0.003)
    p.but(sq=p.sq - 1, data=ON if bad else OFF).send()
    c.wait(0.997)
    p.steady(4)


def g11_time(c, bad):
    """A new state with the time of the old one, or with its own."""
    p = Publisher(c).steady(5)
    t = p.t_ns
    p.st, p.sq, p.t_ns, p.data = p.st + 1, 0, t if bad else c.ns, ON
    p.steady(5)


def g12_skew(c, bad):
    """A clock that was right for a day is an hour off, or a minute."""
    p = Publisher(c, tal=90000000).event().event()
    c.wait(90000)
    p.event().event(0)
    p.t_ns += (3600 if bad else 60) * 10**9
    p.steady(4)


def g12_unsynchronised(c, bad):
    """A clock is not synchronised any more, or never was."""
    p = Publisher(c, quality=SYNCHRONISED if bad else UNSYNCHRONISED)
    p.steady(5)
    p.quality = UNSYNCHRONISED
    p.event(4)


def g13_silent(c, bad):
    """No message for three times TAL, or for once."""
    p = Publisher(c).steady(5)
    c.wait(5 if bad else 1)
    p.steady(3)


def g14_long(c, bad):
    """TAL is thirty times what it was, or five times."""
    p = Publisher(c).steady(12)
    p.tal *= 30 if bad else 5
    p.steady(3)


def g14_none(c, bad):
    """TAL is nothing, or short."""
    p = Publisher(c).steady(4)
    p.tal = 0 if bad else 4
    p.event(2)


def g15_flood(c, bad):
    """Three hundred messages in a second, or a hundred and fifty."""
    p = Publisher(c).steady(4)
    p.steady(300 if bad else 150, 0.003)
    p.steady(2)


def g16_simulated(c, bad):
    """A message says that it is simulated, or only its header has other bits.
    """
    p = Publisher(c).steady(4)
    p.simulation, p.reserved1 = bad, 0x8000 if bad else 0x4000
    p.steady(4)


def g17_commissioning(c, bad):
    """ndsCom becomes true, or a state."""
    p = Publisher(c).steady(4)
    p.nds = bad
    p.event(3)


def extension(p):
    """Version, key, times and HMAC in BER: one public reading of 62351-6."""
    body = tlv(0x80, b'\2') + tlv(0x83, b'\0\0\0\7')
    mac = hmac.new(KEY, p.pdu(), hashlib.sha256).digest()
    return tlv(0xA0, body + tlv(0x85, mac[:16]))


def g18_bare(c, bad):
    """Messages with an extension are followed by one without, or with."""
    p = Publisher(c)
    for k in range(9):
        p.send(b'' if bad and k == 6 else extension(p))
        c.wait(1)


def secured(p):
    """A message with the MAC over all from the ethertype to the APDU's end."""
    pdu, rest = p.pdu(), tlv(0x80, b'\2') + tlv(0x83, b'\0\0\0\7')
    size = len(tlv(0xA0, rest + tlv(0x85, bytes(16))))
    head = struct.pack('!HHHH', p.appid, 8 + len(pdu) + size, p.reserved1, 0)
    mac = hmac.new(KEY, struct.pack('!H', GOOSE) + head + pdu,
                   hashlib.sha256).digest()
    return tlv(0xA0, rest + tlv(0x85, mac[:16]))


def g19_forged(c, bad):
    """With keys: a message whose state was changed on its way, or was not."""
    p = Publisher(c)
    for k in range(9):
        e = secured(p)
        q = p.but(data=ON) if bad and k == 6 else p
        q.send(e)
        p.sq = q.sq
        c.wait(1)


def g20_extension(c, bad):
    """An extension that is cut off, or a whole one."""
    p = Publisher(c)
    for k in range(9):
        e = extension(p)
        p.send(e[:-9] if bad and k > 5 else e)
        c.wait(1)


def g23_cut(c, bad):
    """A message without stNum, or with all."""
    p = Publisher(c).steady(4)
    f = p.frame()
    at = f.index(number(0x85, p.st))
    short = f[:at] + b'\x95' + f[at + 1:] if bad else f
    c.put(short)
    p.sq += 1
    c.wait(1)
    p.steady(3)


def g23_flood(c, bad):
    """Five messages that cannot be read within a minute, or four."""
    p = Publisher(c).steady(4)
    for _ in range(5 if bad else 4):
        f = p.frame()
        at = f.index(number(0x85, p.st))
        c.put(f[:at] + b'\x95' + f[at + 1:])
        p.sq += 1
        c.wait(1)
    p.steady(3)


def write_rows(names):
    """Both captures of each function that is named as a detection."""
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n\n')[1])
    rows = [f for n, f in sorted(names.items())
            if n[0] == 'g' and n[1:3].isdigit()]
    for f in rows:
        for bad in (True, False):
            c = Capture()
            f(c, bad)
            name = f.__name__.replace('_', '-') + ('' if bad else '-ok')
            c.write(os.path.join(sys.argv[1], 'goose', name + '.pcap'))
    print('%d captures' % (2 * len(rows)))


if __name__ == '__main__':
    write_rows(globals())
