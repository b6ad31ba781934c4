#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the captures of pcaps/dlms/m-*.pcap: what meters give away by their
titles and counters, and beside each what looks like it and is no attack.
usage: meters.py FOLDER"""
import hashlib
import struct
import sys

from frames import ACK, FIN, IPV4, SYN, TCP, UDP, Segment, ethernet, ipv4
from frames import pcap, udp

HES, THIEF = bytes([10, 30, 0, 10]), bytes([10, 30, 0, 66])
START = 1780000000 * 10**9
CLIENT_TITLE = b'HES\0\0\0\0\x01'
CONFORMANCE = 0x00501F
DECIPHERING = 5  # a service error of an exception-response


def meter(n):
    return bytes([10, 30, 1, n])


def title(n):
    return b'MTR\0\0\0\0' + bytes([n])


def tlv(tag, value):
    return bytes([tag, len(value)]) + value


def name(group, arc):
    return bytes.fromhex('6085740508') + bytes([group, arc])


def secret(*what):
    """Octets that nobody can read, the same at every run."""
    return hashlib.sha256(repr(what).encode()).digest()


def cipher(sc, ic, *what):
    body = secret(ic, *what)
    return bytes([sc]) + struct.pack('!I', ic) + body[:13] + body[20:32]


def glo(tag, ic, sc=0x30, *what):
    return tlv(tag, cipher(sc, ic, tag, *what))


def general(who, ic, sc=0x30, tag=0xDB, *what):
    return tlv(tag, who) + tlv(0, cipher(sc, ic, who, *what))[1:]


def acse(tag, who, challenge, user, mechanism=5, context=3, result=None):
    body = tlv(0xA1, tlv(6, name(1, context)))
    if result is not None:
        body += tlv(0xA2, tlv(2, bytes([result[0]])))
        body += tlv(0xA3, tlv(0xA1, tlv(2, bytes([result[1]]))))
    if who is not None:
        body += tlv(0xA6 if tag == 0x60 else 0xA4, tlv(4, who))
    if mechanism:
        asks = tag == 0x60
        body += tlv(0x8A if asks else 0x88, b'\x07\x80')
        body += tlv(0x8B if asks else 0x89, name(2, mechanism))
        body += tlv(0xAC if asks else 0xAA, tlv(0x80, challenge))
    return tlv(tag, body + tlv(0xBE, tlv(4, user)))


def granted(conformance):
    return bytes.fromhex('0800065f1f0400') + \
        struct.pack('!I', conformance)[1:] + bytes.fromhex('04000007')


ASKED = bytes.fromhex('01000000065f1f0400007e1f0400')


class Capture:
    def __init__(self):
        self.packets, self.now, self.port = [], START, 40000

    def wait(self, seconds):
        self.now += int(seconds * 10**9)

    def put(self, src, dst, payload, proto):
        """An IP packet; MAC addresses follow from the IP ones."""
        macs = [b'\x02\0' + a for a in (dst, src)]
        self.packets.append((self.now, ethernet(
            *macs, IPV4, ipv4(src, dst, proto, payload))))
        self.wait(0.02)

    def write(self, path):
        open(path, 'wb').write(pcap(self.packets))


class Tcp:
    """A connection of a client to a meter."""

    def __init__(self, c, server, client=HES, sap=1):
        self.c, self.server, self.client, self.sap = c, server, client, sap
        self.device = 1  # the server's SAP
        c.port += 1
        self.port, self.seq = c.port, [1000, 5000]
        self.send(0, b'', SYN)
        self.send(1, b'', SYN | ACK)
        self.send(0, b'', ACK)

    def send(self, way, data, flags=ACK):
        ends = (self.client, self.server)
        ports = (self.port, 4059)
        s = Segment(0, b'', b'', ends[way], ends[1 - way], 0, ports[way],
                    ports[1 - way], self.seq[way], self.seq[1 - way],
                    flags, b'', data)
        self.c.put(ends[way], ends[1 - way], s.body(), TCP)
        self.seq[way] += len(data) + (flags & (SYN | FIN) != 0)

    def apdu(self, way, apdu):
        saps = (self.sap, self.device)
        self.send(way, struct.pack('!HHHH', 1, saps[way], saps[1 - way],
                                   len(apdu)) + apdu)

    def close(self):
        self.send(0, b'', FIN | ACK)
        self.send(1, b'', FIN | ACK)
        self.send(0, b'', ACK)

    def open(self, who, ic, mic, sc=0x30, conformance=CONFORMANCE):
        once = (self.port, self.c.now)
        self.apdu(0, acse(0x60, CLIENT_TITLE, secret('c', once)[:16], ASKED))
        self.apdu(1, acse(0x61, who, secret('s', once)[:16],
                          granted(conformance), result=(0, 14)))
        self.apdu(0, glo(0xCB, ic, sc))
        self.apdu(1, glo(0xCF, mic, sc))

    def read(self, ic, mic, sc=0x30):
        self.apdu(0, glo(0xC8, ic, sc))
        self.apdu(1, glo(0xCC, mic, sc))

    def ask(self, mechanism=0, context=1, secret=b'', who=None, user=ASKED):
        self.apdu(0, acse(0x60, who, secret, user, mechanism, context))

    def grant(self, mechanism=0, context=1, secret=b'', who=None,
              result=(0, 0)):
        self.apdu(1, acse(0x61, who, secret, granted(CONFORMANCE), mechanism,
                          context, result))

    def log_in(self, password):
        """Low-level security."""
        self.ask(1, secret=password)
        self.grant()
        return self

    def prove(self, mechanism=5, context=1, who=None, result=0):
        """High-level security, its passes 3 and 4 in clear."""
        once = (self.port, self.c.now)
        self.ask(mechanism, context, secret('c', once)[:16],
                 CLIENT_TITLE if who else None)
        self.grant(mechanism, context, secret('s', once)[:16], who, (0, 14))
        self.apdu(0, action(15, '0.0.40.0.0.255', 1, octets(
            secret('3', once)[:17])))
        self.apdu(1, bytes([0xC7, 1, 0xC1, result]) + (
            b'\0' if result else b'\1\0' + octets(secret('4', once)[:17])))
        return self

    def do(self, request, answer):
        self.apdu(0, request)
        if answer is not None:
            self.apdu(1, answer)


def octets(b):
    return tlv(9, b)


def named(kind, cls, obis, index):
    """The head of a normal request for one attribute or method."""
    return bytes([kind, 1, 0xC1]) + struct.pack('!H', cls) + \
        bytes(map(int, obis.split('.'))) + bytes([index])


def get(cls, obis, attribute):
    return named(0xC0, cls, obis, attribute) + b'\0'


def put(cls, obis, attribute, data):
    return named(0xC1, cls, obis, attribute) + b'\0' + data


def action(cls, obis, method, data=None):
    return named(0xC3, cls, obis, method) + (
        b'\0' if data is None else b'\1' + data)


def got(data):
    return b'\xc4\1\xc1\0' + data


def refused(code):
    return b'\xc4\1\xc1\1' + bytes([code])


WRITTEN, DONE, DENIED = b'\xc5\1\xc1\0', b'\xc7\1\xc1\0\0', 3
NUMBER = bytes.fromhex('0600001388')


def session(c, at, who, ic, mic, sc=0x30, reads=3, sap=1, **how):
    t = Tcp(c, at, HES, sap)
    t.open(who, ic, mic, sc, **how)
    for i in range(1, reads + 1):
        t.read(ic + i, mic + i, sc)
    t.close()


def exchanged(c, other):
    """D-18: another meter answers where one had been."""
    session(c, meter(1), title(1), 5000, 700)
    c.wait(3600)
    session(c, meter(1), title(2 if other else 1), 5010, 710)


def clone(c, other):
    """D-19: two meters count under one title, or one that moved."""
    session(c, meter(1), title(1), 5000, 700)
    c.wait(60)
    session(c, meter(2), title(1), 5010, 300 if other else 710)


def suite(c, other):
    """D-09: suite 0 becomes suite 1; or it is 1 all along."""
    session(c, meter(1), title(1), 5000, 700, 0x30 if other else 0x31)
    c.wait(600)
    session(c, meter(1), title(1), 5010, 710, 0x31)


def counter_read(c, other):
    """D-28: the counter is read, and nothing follows."""
    t = Tcp(c, meter(1), THIEF if other else HES, 16)
    t.apdu(0, acse(0x60, None, b'', ASKED, 0, 1))
    t.apdu(1, acse(0x61, None, b'', granted(CONFORMANCE), 0, 1, (0, 0)))
    t.apdu(0, bytes.fromhex('c001c1000100002b0100ff0200'))
    t.apdu(1, bytes.fromhex('c401c1000600001388'))
    t.close()
    c.wait(1)
    session(c, meter(2 if other else 1), title(2 if other else 1), 5001, 700)
    c.wait(300)
    session(c, meter(2), title(2), 6000, 800)


def broadcast(c, other):
    """D-32: the key of a group in a conversation of two, or by UDP."""
    for n in (1, 2, 3):
        apdu = general(CLIENT_TITLE, 9000, 0x70)
        if other:
            t = Tcp(c, meter(n))
            t.apdu(0, apdu)
            t.close()
            continue
        c.put(HES, meter(n), udp(HES, meter(n), 4059, 4059, struct.pack(
            '!HHHH', 1, 48, 127, len(apdu)) + apdu), UDP)


def copies(c, other):
    """D-21 over UDP: again after a minute, or a second copy at once."""
    for ic in range(100, 106):
        apdu = general(title(1), ic)
        unit = struct.pack('!HHHH', 1, 1, 103, len(apdu)) + apdu
        for _ in range(2):
            c.put(meter(1), HES, udp(meter(1), HES, 4059, 4059, unit), UDP)
            if other and ic == 103:
                c.wait(60)
        c.wait(900)


def complaints(c, other):
    """D-31: three times in a row nothing deciphers, or twice."""
    t = Tcp(c, meter(1))
    t.open(title(1), 5000, 700)
    for i in range(3 if other else 2):
        t.apdu(0, glo(0xC8, 5001 + i))
        t.apdu(1, bytes([0xD8, 2, DECIPHERING]))
    t.close()


def conformance(c, other):
    """D-61: fewer services than it granted before, or more."""
    session(c, meter(1), title(1), 5000, 700)
    c.wait(600)
    session(c, meter(1), title(1), 5010, 710,
            conformance=0x00101F if other else 0x00D01F)


def ask(obis, class_id=1, attribute=2):
    return bytes.fromhex('c001c1') + struct.pack('!H', class_id) + obis + \
        bytes([attribute, 0])


def public(c, at, sap=16):
    t = Tcp(c, at, HES, sap)
    t.apdu(0, acse(0x60, None, b'', ASKED, 0, 1))
    t.apdu(1, acse(0x61, None, b'', granted(CONFORMANCE), 0, 1, (0, 0)))
    return t


def gateway(c, other):
    """D-62, with a policy: a network behind the gateway that has no place."""
    t = public(c, meter(1))
    to = bytes([8 if other else 7, 2, 0, 9])
    t.apdu(0, b'\xe6' + to + ask(bytes.fromhex('0000600100ff')))
    t.apdu(1, b'\xe7' + to + bytes.fromhex('c401c10009024142'))
    t.close()


def signing(c, other):
    """D-34, with a policy: requests that are signed, and one that is not."""
    t = public(c, meter(1))
    for i in range(3):
        asks = ask(bytes.fromhex('0000600100ff'))
        if not other or i != 1:
            asks = b'\xdf' + tlv(8, struct.pack('!Q', i))[1:] + \
                tlv(8, CLIENT_TITLE)[1:] + tlv(8, title(1))[1:] + b'\0\0' + \
                tlv(0, asks)[1:] + tlv(0, secret('sign', i) * 2)[1:]
        t.apdu(0, asks)
        t.apdu(1, bytes.fromhex('c401c10009024142'))
    t.close()


def act(method, data):
    return bytes.fromhex('c301c1001200002c0000ff') + bytes([method, 1]) + data


def image(c, other):
    """D-47, with a policy: an image of that name and size, with other octets."""
    octets = secret('image') + secret('more')[:28 - other] + b'x' * other
    t = public(c, meter(1), 1)
    done = bytes.fromhex('c701c10000')
    t.apdu(0, act(1, bytes.fromhex('0202') + tlv(9, b'FW-2') +
                  struct.pack('!BI', 6, len(octets))))
    t.apdu(1, done)
    for n in range(0, 2):
        t.apdu(0, act(2, bytes.fromhex('0202') + struct.pack('!BI', 6, n) +
                      tlv(9, octets[32 * n:32 * n + 32])))
        t.apdu(1, done)
    t.apdu(0, act(3, b'\x0f\0'))
    t.apdu(1, done)
    t.apdu(0, act(4, b'\x0f\0'))
    t.apdu(1, done)
    t.close()


def scope(c, other):
    """D-24 where a policy says that both SAPs share a counter."""
    session(c, meter(1), title(1), 5000, 700)
    c.wait(600)
    session(c, meter(1), title(1), 40 if other else 5010, 710, sap=2)


def stranger(c, other):
    """D-16, with a policy: one whom it does not list, or whose log-in was not
    seen."""
    session(c, meter(1), title(1), 5000, 700)
    if not other:
        c.packets = c.packets[4:]


def push(c, other):
    """D-58, with a policy: an event told in clear, or protected."""
    t = Tcp(c, meter(1))
    t.open(title(1), 5000, 700)
    t.read(5001, 701)
    t.apdu(1, bytes.fromhex('c20000010000600100ff020600000001') if other else
           glo(0xCA, 702))
    t.close()


def version(c, other):
    """D-49: a meter names an older firmware than before, or the same."""
    for text in b'1.10.3', b'1.9.12' if other else b'1.10.3':
        t = Tcp(c, meter(1), HES, 16)
        t.apdu(0, acse(0x60, None, b'', ASKED, 0, 1))
        t.apdu(1, acse(0x61, None, b'', granted(CONFORMANCE), 0, 1, (0, 0)))
        t.apdu(0, bytes.fromhex('c001c1000101000002 00ff0200'))
        t.apdu(1, bytes.fromhex('c401c1000906') + text)
        t.close()
        c.wait(86400)


def silent(c, other):
    """D-60: of two meters that are read every six hours one is silent for
    more than a day, or for one reading."""
    for i in range(10):
        session(c, meter(1), title(1), 5000 + 9 * i, 700 + 9 * i, reads=0)
        if i < 4 or not other and i != 4:
            session(c, meter(2), title(2), 5000 + 9 * i, 700 + 9 * i, reads=0)
        c.wait(6 * 3600)


CAPTURES = {'exchanged': exchanged, 'clone': clone, 'suite': suite,
            'counter-read': counter_read, 'broadcast': broadcast,
            'copies': copies, 'complaints': complaints,
            'conformance': conformance, 'gateway': gateway,
            'push': push, 'signing': signing, 'stranger': stranger, 'image': image, 'scope': scope,
            'version': version, 'silent': silent}


def write_all(folder, made):
    """What makes a pair of captures, by the name of the first."""
    for what, make in made.items():
        for other in (True, False):
            capture = Capture()
            make(capture, other)
            capture.write(f'{folder}/{what}{"" if other else "-ok"}.pcap')


def rows(names):
    """The functions of a module that are named as a detection."""
    return {n.replace('_', '-'): f for n, f in sorted(names.items())
            if n[0] == 'd' and n[1:3].isdigit()}


if __name__ == '__main__':
    write_all(sys.argv[1], {f'm-{k}': f for k, f in CAPTURES.items()})
