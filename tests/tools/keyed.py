#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes captures of pcaps/dlms that keys open, and beside each the near miss:
NAME.known.keys.yaml has the keys.
usage: keyed.py FOLDER"""
import struct
import sys

import aesgcm
from meters import ASKED, CLIENT_TITLE, DONE, HES, NUMBER, Tcp, acse, action
from meters import get, got, granted, meter, octets, rows, secret, title, tlv
from meters import write_all


def made(*what):
    return secret('key', *what)[:16]


BOOK, BOOK_AUTH = bytes(range(16)), bytes(range(0xD0, 0xE0))
BREAKER, SETUP = '0.0.96.3.10.255', '0.0.43.0.0.255'


class Meter:
    """Its keys, and what both sides counted."""

    def __init__(self, n, key=None, auth=None, size=16):
        self.title, self.at = title(n), meter(n)
        self.key = key or secret('key', n)[:size]
        self.auth = auth or secret('auth', n)[:size]
        self.master = made('master', n)
        self.ic = {CLIENT_TITLE: 1000, self.title: 500}

    def protect(self, who, plain, sc=0x30, key=None, fields=b''):
        """Security header, text and tag."""
        ic, self.ic[who] = self.ic[who], self.ic[who] + 1
        iv = who + struct.pack('!I', ic)
        aad = bytes([sc]) + self.auth + fields
        if sc & 0x20:
            text, tag = aesgcm.seal(key or self.key, iv, plain, aad)
        else:
            text = plain
            tag = aesgcm.seal(key or self.key, iv, b'', aad + plain)[1]
        return bytes([sc]) + iv[8:] + text + (tag if sc & 0x10 else b'')


class Session:
    """An association by HLS with GMAC, ciphered throughout."""

    def __init__(self, c, m, dedicated=b'', sc=0x30):
        self.t, self.m, self.sc = Tcp(c, m.at), m, sc
        plain = ASKED if not dedicated else \
            b'\1\1' + bytes([len(dedicated)]) + dedicated + ASKED[2:]
        ask, answer = secret(m.at, c.now)[:8], secret(m.at, c.now, 1)[:8]
        self.send(0, 0x21, plain, lambda u: acse(
            0x60, CLIENT_TITLE, ask, u))
        self.send(1, 0x28, granted(0x00501F), lambda u: acse(
            0x61, m.title, answer, u, result=(0, 14)))
        self.ask(0xCB, action(15, '0.0.40.0.0.255', 1, octets(
            self.gmac(CLIENT_TITLE, answer))), 0xCF, DONE[:-1] + b'\1\0' +
                 octets(self.gmac(m.title, ask)))

    def gmac(self, who, challenge):
        sealed = self.m.protect(who, challenge, 0x10 | self.sc & 15)
        return sealed[:5] + sealed[-12:]

    def sealed(self, way, tag, plain, key=None):
        who = self.m.title if way else CLIENT_TITLE
        return tlv(tag, self.m.protect(who, plain, self.sc, key))

    def send(self, way, tag, plain, around=lambda u: u, key=None):
        self.t.apdu(way, around(self.sealed(way, tag, plain, key)))

    def ask(self, tag, request, back, answer, key=None):
        self.send(0, tag, request, key=key)
        self.send(1, back, answer, key=key)

    def read(self, n=2):
        for _ in range(n):
            self.ask(0xC8, get(3, '1.0.1.8.0.255', 2), 0xCC, got(NUMBER))


def flipped(apdu, at=-1):
    a = bytearray(apdu)
    a[at] ^= 1
    return bytes(a)


def d29_tampered(c, bad):
    """A disconnection of which an octet was changed on its way, and an answer
    of which the tag was; or neither."""
    s = Session(c, Meter(1))
    s.read()
    off = s.sealed(0, 0xCB, action(70, BREAKER, 1, b'\x0f\0'))
    s.t.apdu(0, flipped(off, 9) if bad else off)
    s.t.apdu(1, b'\xd8\2\5' if bad else s.sealed(1, 0xCF, DONE))
    c.wait(400)
    s.send(0, 0xC8, get(3, '1.0.1.8.0.255', 2))
    answer = s.sealed(1, 0xCC, got(NUMBER))
    s.t.apdu(1, flipped(answer) if bad else answer)
    s.t.close()


def general(m, way, info, key, plain, tamper):
    """general-ciphering, whose header is authenticated, too."""
    who, to = (CLIENT_TITLE, m.title)[::1 - 2 * way]
    head = tlv(0, b'\0' * 7 + b'\1')[1:] + tlv(0, who)[1:] + tlv(0, to)[1:] + \
        b'\0\0'
    body = m.protect(who, plain, 0x30, key, head)
    a = b'\xdd' + head + info + tlv(0, body)[1:]
    return flipped(a) if tamper else a


def d29_kinds(c, bad):
    """Keys of every kind: dedicated, wrapped, identified, of suite 2, and one
    that the meter is sent; the unit with the wrapped key is tampered with, or
    is not."""
    m = Meter(2)
    s = Session(c, m, made('dedicated'))
    for way, tag, plain in ((0, 0xD0, get(3, '1.0.1.8.0.255', 2)),
                            (1, 0xD4, got(NUMBER))):
        s.send(way, tag, plain, key=made('dedicated'))
    once = made('once')
    wrapped = b'\1\1\0' + tlv(0, aesgcm.wrap(m.master, once))[1:]
    s.t.apdu(0, general(m, 0, b'\1\0\0', None,
                        get(1, '0.0.96.1.0.255', 2), False))
    s.t.apdu(1, general(m, 1, wrapped, once, got(NUMBER), bad))
    fresh = made('fresh')
    s.ask(0xCB, action(64, SETUP, 2, b'\1\1\2\2\x16\0' + octets(
        aesgcm.wrap(m.master, fresh))), 0xCF, DONE)
    s.t.close()
    c.wait(60)
    m.key, m.ic = fresh, {CLIENT_TITLE: 1, m.title: 1}
    s = Session(c, m)
    s.read()
    s.t.close()
    s = Session(c, Meter(3, size=32), sc=0x32)
    s.read()
    s.t.close()


def d30_published(c, bad):
    """A meter with the keys of the books' examples, or with its own."""
    s = Session(c, Meter(4, BOOK, BOOK_AUTH) if bad else Meter(4))
    s.read()
    s.t.close()


def key_file():
    """All of the meters above; the published ones nobody has written down."""
    print('# What tests/tools/keyed.py seals with.\nmeters:')
    for n, size in ((1, 16), (2, 16), (3, 32), (4, 16)):
        m = Meter(n, size=size)
        print(f'  - title: {m.title.hex().upper()}\n'
              f'    encryption: {m.key.hex().upper()}\n'
              f'    authentication: {m.auth.hex().upper()}')
        if n == 2:
            print(f'    kek: {m.master.hex().upper()}')


if __name__ == '__main__':
    if sys.argv[1] == '--keys':
        key_file()
    else:
        write_all(sys.argv[1], rows(globals()))
