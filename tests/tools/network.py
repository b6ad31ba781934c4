#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that fire a row of the network, sensor and composite detections, and
near misses.

usage: network.py PCAPS

PCAPS/net/NAME.pcap, PCAPS/composite/NAME.pcap and the same with NAME-ok are made
anew: the first fires what its name says, the second is like it and does not."""
import os
import struct
import sys

sys.dont_write_bytecode = True
import meters  # noqa: E402: after the line above
import telecontrol  # noqa: E402
from frames import ACK, IPV4, RST, SYN, UDP, Segment, ethernet  # noqa: E402
from frames import ipv4, pcap, segment, udp  # noqa: E402
from telecontrol import PSH, Link, mac  # noqa: E402

ARP, GOOSE, ALL = 0x0806, 0x88B8, b'\xff' * 6
REQUEST, REPLY = 1, 2
GATEWAY, HOST, OTHER = '10.20.0.254', '10.20.0.1', '10.20.0.66'


def octets(ip):
    return bytes(map(int, ip.split('.')))


class Capture(telecontrol.Capture):
    """Frames of any kind."""

    def frame(self, to, source, kind, payload):
        self.wait(0.001)
        self.packets.append((self.ns, ethernet(
            to, source, kind, payload + bytes(max(0, 46 - len(payload))))))

    def arp(self, operation, at, ip, target, to=ALL):
        """Who has ip is at the MAC address `at`, as that one says."""
        asked = mac(octets(target)) if operation == REPLY else bytes(6)
        self.frame(to, at, ARP, struct.pack('!HHBBH', 1, IPV4, 6, 4, operation)
                   + at + octets(ip) + asked + octets(target))

    def ask(self, ip, target):
        self.arp(REQUEST, mac(octets(ip)), ip, target)

    def answer(self, ip, target, at=None):
        self.arp(REPLY, at or mac(octets(ip)), ip, target, mac(octets(target)))

    def announce(self, ip, at=None):
        self.arp(REQUEST, at or mac(octets(ip)), ip, ip)

    def syn(self, src, dst, port, answer=None):
        """A SYN, and what it meets: None, RST or SYN; the connection."""
        self.port += 1
        end = [octets(x) for x in (src, dst)]
        ports, seq = [self.port, port], [self.port * 1000, self.port * 2000]
        for way, flags in ((0, SYN), (1, answer)):
            if flags is None:
                break
            self.wait(0.002)
            s = Segment(self.ns, mac(end[1 - way]), mac(end[way]), end[way],
                        end[1 - way], 0, ports[way], ports[1 - way],
                        0 if flags == RST else seq[way],
                        seq[0] + 1 if way else 0,
                        flags | ACK if way else flags, b'', b'')
            self.packets.append((s.ns, s.frame()))
        return s


class Publisher:
    """A GOOSE control block whose data is one boolean."""

    def __init__(self, c, name, source):
        self.c, self.name, self.source = c, name.encode(), source
        self.st, self.sq, self.value, self.t = 1, 0, 0, c.ns // 10**9

    def change(self, states=1):
        self.st, self.sq, self.value = self.st + states, 0, 1 - self.value
        self.t = self.c.ns // 10**9

    def next(self, source=None, lost=False):
        tlv = meters.tlv
        body = tlv(0x80, self.name + b'/LLN0$GO$gcb01')
        body += tlv(0x81, struct.pack('!H', 4000))
        body += tlv(0x82, self.name + b'/LLN0$ds01')
        body += tlv(0x84, struct.pack('!IBBBB', self.t, 0, 0, 0, 10))
        body += tlv(0x85, struct.pack('!I', self.st))
        body += tlv(0x86, struct.pack('!I', self.sq))
        body += tlv(0x87, b'\0') + tlv(0x88, b'\1') + tlv(0x89, b'\0')
        body += tlv(0x8A, b'\1') + tlv(0xAB, tlv(0x83, bytes([self.value])))
        apdu = b'\x61' + bytes([len(body)]) + body
        self.sq += 1
        if not lost:
            self.c.frame(b'\x01\x0c\xcd\x01\x00\x01', source or self.source,
                         GOOSE, struct.pack('!HHHH', 0x1001, 8 + len(apdu), 0,
                                            0) + apdu)


def talk(c, *hosts):
    """Hosts find each other, as they do each minute."""
    for a in hosts:
        for b in hosts:
            if a != b:
                c.ask(a, b)
                c.answer(b, a)


def n01_device(c, bad):
    """With a policy: a laptop that is not in the inventory speaks to a station."""
    talk(c, HOST, GATEWAY)
    c.link().open()
    if bad:
        c.link('10.20.0.77')
    c.wait(2)
    src, dst = octets('10.20.0.77' if bad else HOST), octets(GATEWAY)
    for s, d, p in ((src, dst, (50000, 123)), (dst, src, (123, 50000))):
        c.frame(mac(d), mac(s), IPV4, ipv4(s, d, UDP, udp(s, d, *p, b'?' * 48)))


def n03_spoof(c, bad):
    """Another answers for the gateway; in the near miss it takes over."""
    for k in range(5):
        talk(c, HOST, GATEWAY)
        c.wait(60)
    at = mac(octets(OTHER))
    if not bad:
        c.announce(GATEWAY, at)
    for k in range(6):
        c.answer(GATEWAY, HOST, at)
        c.wait(2)
        if bad and k == 3:
            c.ask(HOST, GATEWAY)
            c.answer(GATEWAY, HOST)


def n03_flap(c, bad):
    """Two announce one address in turn; or a lease goes to another host."""
    talk(c, HOST, GATEWAY)
    c.announce('10.20.0.50')
    c.wait(10 if bad else 400)
    for k in range(4 if bad else 1):
        c.announce('10.20.0.50', mac(octets(OTHER)))
        c.wait(2)
        if bad:
            c.announce('10.20.0.50')
        c.wait(20)


def n03_virtual(c, bad):
    """A virtual router's address is claimed; or the routers change places."""
    router = b'\x00\x00\x5e\x00\x01\x0a'
    c.answer(GATEWAY, HOST, mac(octets('10.20.0.252')))
    for k in range(4):
        c.ask(HOST, GATEWAY)
        c.answer(GATEWAY, HOST, router)
        c.wait(20)
        if k == 2:
            c.answer(GATEWAY, HOST, mac(octets(OTHER)) if bad else router)


def n03_still(c, bad):
    """One announces a station's address, which goes on sending; or moved."""
    talk(c, HOST, telecontrol.STATION)
    a = c.link().open()
    c.wait(30)
    at = mac(octets(OTHER))
    c.announce(telecontrol.STATION, at)
    if not bad:
        a.mac[1] = at
    for k in range(5):
        c.wait(4)
        a.report(k)


def n04_ports(c, bad):
    """Forty ports of a station are refused; or a few, again and again."""
    c.link().open()
    for k in range(40):
        c.wait(0.05)
        c.syn(OTHER, telecontrol.STATION, 20 + (k if bad else k % 14), RST)


def n04_hosts(c, bad):
    """Nobody answers; or a control centre begins, with some stations down."""
    links = []
    for k in range(60):
        if bad:
            c.syn(OTHER, '10.20.1.%d' % k, 2404)
        elif k % 6 == 0:
            c.syn(HOST, '10.20.1.%d' % k, 2404)
        else:
            links.append(c.link(HOST, '10.20.1.%d' % k))
    c.wait(6)
    for a in links:
        a.open(1)
    c.wait(1)
    c.link(station='10.20.2.1')


def n04_half(c, bad):
    """Connections are reset as soon as they stand; or they stand by."""
    for k in range(20):
        s = c.syn(OTHER, '10.20.1.%d' % k, 20000, SYN)
        c.wait(0.001)
        end = s.but(ns=c.ns, to=s.source, source=s.to, src=s.dst, dst=s.src,
                    sport=s.dport, dport=s.sport, seq=s.ack, ack=s.seq + 1,
                    flags=RST if bad else ACK)
        c.packets.append((c.ns, end.frame()))
    c.wait(6)
    c.link()


def n09_overlap(c, bad):
    """A segment comes again with another octet in it; or as it was."""
    a = c.link().open()
    for k in range(4):
        c.wait(1)
        a.report(k)
        if k == 2:
            again = segment(*c.packets[-2])
            data = bytearray(again.data)
            data[-1] ^= 0x80 if bad else 0
            c.wait(0.3)
            c.packets.append((c.ns, again.but(ns=c.ns, data=bytes(data))
                              .frame()))


def h01_goose(c, bad):
    """Of two publishers each seventh message is not captured; or one is not."""
    pair = [Publisher(c, 'BAY%d' % k, mac(octets('10.20.0.%d' % (100 + k))))
            for k in (1, 2)]
    for k in range(60):
        for n, p in enumerate(pair):
            lost = k % 7 == 3 + n if bad else (k, n) == (30, 1)
            p.next(lost=lost)
        c.wait(1)


def h01_iec104(c, bad):
    """A mirror port that loses segments of a station; or none of them."""
    a = c.link().open()
    for k in range(60):
        c.wait(0.5)
        n = len(c.packets)
        a.report(k)
        if bad and k % 5 == 2:
            del c.packets[n]
    a.close()


class Meters(meters.Capture):
    """As the meters' captures, to be written like the others."""

    def data(self):
        return pcap(self.packets)


def c1_firmware(c, bad):
    """New firmware, then a counter begins anew; or it goes on."""
    at, title = meters.meter(1), meters.title(1)
    meters.session(c, at, title, 5000, 700)
    c.wait(600)
    meters.image(c, False)
    c.wait(3600)
    meters.session(c, at, title, 5 if bad else 5010, 710)


def c2_switch(c, bad):
    """With a policy: an unlisted client switches the supply; or a listed one."""
    t = meters.Tcp(c, meters.meter(1), meters.THIEF if bad else meters.HES, 1)
    t.apdu(0, meters.acse(0x60, None, b'', meters.ASKED, 0, 1))
    t.apdu(1, meters.acse(0x61, None, b'', meters.granted(meters.CONFORMANCE),
                          0, 1, (0, 0)))
    t.apdu(0, bytes.fromhex('c301c1004600006003 0aff01010f00'))
    t.apdu(1, bytes.fromhex('c701c10000'))
    t.close()


def c3_burst(c, bad):
    """With a policy: an unlisted master's burst; or that of a listed one."""
    other = Link(c, OTHER, telecontrol.STATION, 50001)
    other.start()
    a = other if bad else c.link().open()
    c.wait(5)
    for k in range(14):
        c.wait(0.1)
        a.command(5000 + k % 2, bytes((k & 1,)), returns=False)


def c4_poison(c, bad):
    """A far state from another source; or the publisher moves to another."""
    p = Publisher(c, 'BAY1', mac(octets('10.20.0.101')))
    for k in range(12):
        p.next()
        c.wait(1)
    was = p.st, p.sq, p.value, p.t
    p.change(9000 if bad else 1)
    for k in range(2 if bad else 8):
        p.next(mac(octets(OTHER)))
        c.wait(0.1 if bad else 1)
    if bad:
        p.st, p.sq, p.value, p.t = was
        for k in range(6):
            p.next()
            c.wait(1)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n\n')[1])
    for name, make in list(globals().items()):
        if name[0] not in 'nhc' or not name[1:2].isdigit():
            continue
        folder = 'composite' if name[0] == 'c' else 'net'
        for bad in (True, False):
            dlms = name in ('c1_firmware', 'c2_switch')
            c = Meters() if dlms else Capture()
            make(c, bad)
            path = '%s/%s/%s%s.pcap' % (sys.argv[1], folder,
                                        name.replace('_', '-'),
                                        '' if bad else '-ok')
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as f:
                f.write(c.data())


if __name__ == '__main__':
    main()
