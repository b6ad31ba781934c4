#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that fire a row of the IEC 104 detections, and near misses.

usage: telecontrol.py PCAPS

PCAPS/iec104/NAME.pcap and NAME-ok.pcap are made anew: the first fires what its
name says, the second does the same as it should be done."""
import calendar
import os
import struct
import sys
import time

from frames import ACK, FIN, SYN, Segment, pcap

BEGIN = calendar.timegm((2026, 3, 2, 8, 0, 0)) * 10**9
PSH = 0x08
STARTDT, STARTED, STOPDT, STOPPED, TESTFR, TESTED = 7, 11, 19, 35, 67, 131
ACT, CON, DEACT, TERM = 6, 7, 8, 10
SPONTANEOUS, INTERROGATED = 3, 20
STATION = '10.20.0.5'


class Capture:
    """Packets of several connections, in order of time."""

    def __init__(self):
        self.ns, self.packets, self.port = BEGIN, [], 40000

    def wait(self, s):
        self.ns += int(s * 10**9)

    def link(self, master='10.20.0.1', station=STATION):
        self.port += 1
        return Link(self, master, station, self.port)

    def data(self):
        return pcap(self.packets)


def mac(ip):
    return b'\x02\x00' + ip


class Link:
    """A TCP connection, end 0 the master, with both ends' numbers."""

    def __init__(self, capture, master, station, port):
        self.c = capture
        self.ip = [bytes(map(int, x.split('.'))) for x in (master, station)]
        self.mac = [mac(x) for x in self.ip]
        self.ports, self.seq = [port, 2404], [port * 1000, port * 2000]
        self.ns, self.nr = [0, 0], [0, 0]
        self.segment(0, b'', SYN)
        self.segment(1, b'', SYN | ACK)
        self.segment(0, b'', ACK)

    def segment(self, end, data, flags):
        other = 1 - end
        self.c.wait(0.004)
        s = Segment(self.c.ns, self.mac[other], self.mac[end], self.ip[end],
                    self.ip[other], len(self.c.packets) & 0xFFFF,
                    self.ports[end], self.ports[other], self.seq[end],
                    self.seq[other] if flags & ACK else 0, flags, b'', data)
        self.c.packets.append((s.ns, s.frame()))
        self.seq[end] += len(data) + (1 if flags & (SYN | FIN) else 0)

    def apdu(self, end, body):
        self.segment(end, bytes((0x68, len(body))) + body, PSH | ACK)

    def u(self, end, code):
        self.apdu(end, bytes((code, 0, 0, 0)))

    def s(self, end):
        self.apdu(end, struct.pack('<HH', 1, self.nr[end] << 1))

    def i(self, end, kind, cot, ioa, element, ca=1, oa=0):
        """An I frame; None for ioa: element is all behind the CA."""
        asdu = struct.pack('<BBBBH', kind, 1, cot, oa, ca)
        if ioa is not None:
            asdu += struct.pack('<I', ioa)[:3]
        self.apdu(end, struct.pack('<HH', self.ns[end] << 1,
                                   self.nr[end] << 1) + asdu + element)
        self.ns[end] += 1
        self.nr[1 - end] = self.ns[end]

    def start(self):
        self.u(0, STARTDT)
        self.u(1, STARTED)

    def open(self, reports=3):
        """As every master begins."""
        self.start()
        self.ask(100, b'\x14')
        for k in range(reports):
            self.report(k)
        return self

    def ask(self, kind, element):
        self.i(0, kind, ACT, 0, element)
        self.i(1, kind, CON, 0, element)
        self.i(1, 1, INTERROGATED, 300, b'\x01')
        self.i(1, kind, TERM, 0, element)
        self.s(0)

    def report(self, value=0):
        self.i(1, 11, SPONTANEOUS, 700, struct.pack('<hB', value, 0))
        self.s(0)

    def command(self, ioa, element=b'\x01', kind=45, returns=True, oa=0,
                refused=False, term=True):
        """A command with its answers."""
        self.i(0, kind, ACT, ioa, element, oa=oa)
        if refused:
            self.i(1, kind, CON | 0x40, ioa, element, oa=oa)
            return
        self.i(1, kind, CON, ioa, element, oa=oa)
        if element[-1] & 0x80 and kind < 52:
            return
        if term:
            self.i(1, kind, TERM, ioa, element, oa=oa)
        if returns:
            self.report(ioa & 0x7FFF)

    def close(self):
        self.segment(0, b'', FIN | ACK)
        self.segment(1, b'', FIN | ACK)
        self.segment(0, b'', ACK)


def when(ns, iv=0):
    """CP56Time2a."""
    t = time.gmtime(ns // 10**9)
    return struct.pack('<HBBBBB', t.tm_sec * 1000 + ns // 10**6 % 1000,
                       t.tm_min | iv, t.tm_hour, t.tm_mday, t.tm_mon,
                       t.tm_year - 2000)


def t02_takeover(c, bad):
    """Another master starts, and the first gets nothing more."""
    a = c.link().open()
    for k in range(6):
        c.wait(1)
        a.report(k)
    b = c.link('10.20.0.2')
    b.start()
    b.ask(100, b'\x14')
    for k in range(9):
        c.wait(1)
        b.report(k)
        if not bad:
            a.report(k)


def t07_burst(c, bad):
    """Twelve commands in a row, as malware writes them."""
    a = c.link().open()
    for k in range(12):
        c.wait(0.1 if bad else 4)
        a.command(5000 + k % 2, bytes((k & 1,)), returns=not bad)


def t08_sweep(c, bad):
    """Every object from 5000 on, a command each."""
    a = c.link().open()
    order = (0, 4, 2, 6, 1, 7, 3, 5, 0, 2)
    for k in range(10):
        c.wait(1)
        a.command(5000 + (k if bad else order[k]))


def t09_missing(c, bad):
    """A point that was selected three times is executed at once."""
    a = c.link().open()
    for k in range(4):
        c.wait(5)
        if k < 3 or not bad:
            a.command(5100, bytes((0x80 | k & 1,)))
        a.command(5100, bytes((k & 1,)))


def t10_differs(c, bad):
    """One state is selected, the other executed."""
    a = c.link().open()
    c.wait(5)
    a.command(5100, b'\x82', kind=46)
    a.command(5100, b'\x01' if bad else b'\x02', kind=46)


def t13_clock(c, bad):
    """A clock in another time zone, then set two hours and a bit away."""
    a = c.link().open()
    for s in (7200, 7200, 7200 + 7321 if bad else 7201):
        c.wait(5)
        t = when(c.ns + s * 10**9)
        a.i(0, 103, ACT, 0, t)
        a.i(1, 103, CON, 0, t)


def t14_reset(c, bad):
    """Counters are frozen and reset by command, or only asked for."""
    a = c.link().open()
    c.wait(5)
    a.ask(101, b'\x85' if bad else b'\x05')


def t14_habit(c, bad):
    """An interrogation each half minute, or by fits and starts."""
    a = c.link().open()
    for k in range(9):
        c.wait(3 + 7 * (k * k % 5) if bad else 600)
        a.ask(100, b'\x14')


def t16_delete(c, bad):
    """A file is deleted, or read as disturbance records are."""
    a = c.link().open()
    c.wait(5)
    a.i(0, 122, 13, 30000, b'\x01\x00\x00' + (b'\x04' if bad else b'\x01'))
    if not bad:
        a.i(1, 120, 13, 30000, b'\x01\x00\x10\x00\x00\x00')


def t21_testfr(c, bad):
    """A test frame that nobody confirms, then the end of the connection."""
    a = c.link().open()
    c.wait(20)
    a.u(0, TESTFR)
    if not bad:
        a.u(1, TESTED)
    c.wait(17)
    a.u(0, TESTFR)
    a.close()


def t22_stopped(c, bad):
    """A report behind the confirmation of STOPDT, or before it."""
    a = c.link().open()
    a.u(0, STOPDT)
    if not bad:
        a.report(1)
    a.u(1, STOPPED)
    if bad:
        a.report(1)


def t23_permanent(c, bad):
    """A permanent link stops; the near miss has another that goes on."""
    a = c.link('10.20.0.1').open()
    if not bad:
        b = c.link('10.20.0.2').open()
    a.u(0, STOPDT)
    a.u(1, STOPPED)
    for _ in range(4):
        c.wait(4)
        if not bad:
            b.report()
        a.u(0, TESTFR)
        a.u(1, TESTED)


def t24_direction(c, bad):
    """The master sends measured values; a station commands both ways."""
    a = c.link().open()
    if not bad:
        a.i(1, 45, ACT, 1, b'\x01')
    a.i(0, 36, SPONTANEOUS, 10, struct.pack('<fB', 1.5, 0) + when(c.ns))


def t26_broadcast(c, bad):
    """A command to common address 65535; an interrogation is legal there."""
    a = c.link().open()
    a.i(0, 45 if bad else 100, ACT, 5000 if bad else 0,
        b'\x01' if bad else b'\x14', ca=65535)


def t27_stale(c, bad):
    """A time tag that is twenty minutes old."""
    a = c.link().open()
    for s in (0, 0, 1200 if bad else 2):
        c.wait(5)
        a.command(5000 + s, b'\x01' + when(c.ns - s * 10**9), kind=58)


def t28_replay(c, bad):
    """A time-tagged command comes again in a new connection."""
    a = c.link().open()
    t = when(c.ns)
    a.command(5000, b'\x01' + t, kind=58)
    a.close()
    c.wait(20)
    b = c.link().open()
    b.command(5000, b'\x01' + (t if bad else when(c.ns)), kind=58)


def t29_dual(c, bad):
    """Reports come from two MAC addresses in turn, or fail over once."""
    a = c.link().open()
    for k in range(12):
        c.wait(1)
        other = k % 3 == 1 if bad else k > 5
        a.mac[1] = b'\x02\x00\x00\x00\x66\x66' if other else mac(a.ip[1])
        a.report(k)


def t30_restart(c, bad):
    """Three restarts in an hour; in other stations it is how they greet."""
    for k in range(4):
        a = c.link()
        a.start()
        if not bad:
            a.i(1, 70, 4, 0, b'\x00')
        a.report(k)
        if bad and k < 3:
            a.i(1, 70, 4, 0, b'\x00')
        a.close()
        c.wait(600)


def t31_silent(c, bad):
    """A command that the station does not confirm."""
    a = c.link().open()
    a.command(5000)
    a.i(0, 45, ACT, 5001, b'\x01')
    for k in range(9):
        c.wait(3)
        a.report(k)
        if k == 3 and not bad:
            a.i(1, 45, CON, 5001, b'\x01')


def t35_reply(c, bad):
    """A challenge without a reply."""
    a = c.link().open()
    for k in range(2):
        c.wait(5)
        tail = struct.pack('<BIHBBH', 0xC0, k + 1, 1, 4, 1, 4)
        a.i(1, 81, 14, None, tail[:1] + tail[1:] + bytes(4))
        if not bad:
            a.i(0, 82, 14, None,
                struct.pack('<BIHH', 0xC0, k + 1, 1, 16) + bytes(16))
    c.wait(5)
    a.report(1)


def t36_missing(c, bad):
    """Three commands were challenged, and one is not."""
    a = c.link().open()
    for k in range(4):
        c.wait(5)
        a.i(0, 45, ACT, 5000 + k, b'\x01')
        if k < 3 or not bad:
            a.i(1, 81, 14, None,
                struct.pack('<BIHBBH', 0xC0, k + 1, 1, 4, 1, 4) + bytes(4))
            a.i(0, 82, 14, None,
                struct.pack('<BIHH', 0xC0, k + 1, 1, 16) + bytes(16))
        a.i(1, 45, CON, 5000 + k, b'\x01')
        a.i(1, 45, TERM, 5000 + k, b'\x01')
        a.report(k)


def t08_types(c, bad):
    """Objects upwards, by one type of command or by two in turn."""
    a = c.link().open()
    for k in range(10):
        c.wait(1)
        two = k % 2 and not bad
        a.command(5000 + k, b'\x02' if two else b'\x01',
                  kind=46 if two else 45)


def t10_type(c, bad):
    """A point is selected by one type and executed by another."""
    a = c.link().open()
    c.wait(5)
    a.command(5100, b'\x81', kind=45)
    a.command(5100, b'\x01', kind=46 if bad else 45)


def t11_strike(c, bad):
    """A short session that only commands; of a master that asked before."""
    if not bad:
        c.link().open().close()
        c.wait(30)
    a = c.link()
    a.start()
    a.command(5000)
    a.close()
    c.wait(5)


def t28_again(c, bad):
    """The same time tag again in another connection, or in the same."""
    a = c.link().open()
    t = when(c.ns)
    a.command(5000, b'\x01' + t, kind=58)
    if bad:
        a.close()
        a = c.link().open()
    a.command(5000, b'\x01' + t, kind=58)


def t31_closed(c, bad):
    """No confirmation, and the connection goes on, or ends before its time."""
    a = c.link().open()
    a.i(0, 45, ACT, 5001, b'\x01')
    if not bad:
        a.close()
        a = c.link().open()
    for k in range(9):
        c.wait(3)
        a.report(k)


def write_rows(names, folder):
    """Both captures of each function that is named as a detection."""
    rows = [f for n, f in sorted(names.items())
            if n[0] == 't' and n[1:3].isdigit()]
    for f in rows:
        for bad in (True, False):
            c = Capture()
            f(c, bad)
            name = f.__name__.replace('_', '-') + ('' if bad else '-ok')
            path = os.path.join(folder, 'iec104', name + '.pcap')
            with open(path, 'wb') as out:
                out.write(c.data())
    print('%d captures' % (2 * len(rows)))


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n\n')[1])
    write_rows(globals(), sys.argv[1])
