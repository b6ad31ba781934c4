#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the captures of pcaps/dlms/dNN-*.pcap about who opens an association,
how it is protected and how it is counted, and beside each a near miss.
usage: associations.py FOLDER"""
import struct
import sys

from frames import UDP, udp
from meters import ASKED, CLIENT_TITLE, CONFORMANCE, DECIPHERING, DENIED
from meters import HES, NUMBER
from meters import THIEF, Tcp, acse, action, cipher, general, get, glo, got
from meters import granted, meter, octets, refused, rows, secret, session
from meters import title, tlv, write_all

CLOCK = get(8, '0.0.1.0.0.255', 2)
REGISTER = get(3, '1.0.1.8.0.255', 2)
WRONG, COUNTER_ERROR = (1, 13), 6


def d01_none(c, bad):
    """No authentication, by a client that is not the public one."""
    t = Tcp(c, meter(1), sap=32 if bad else 16)
    t.ask()
    t.grant()
    t.do(REGISTER, got(NUMBER))
    t.close()


def d02_password(c, bad):
    """A password in AARQ, or a challenge."""
    t = Tcp(c, meter(1), sap=17)
    if bad:
        t.log_in(b'aXy7pQ3z')
    else:
        t.prove()
    t.do(REGISTER, got(NUMBER))
    t.close()


def d03_shared(c, bad):
    """One password opens two meters, or each has its own."""
    for n in (1, 2):
        t = Tcp(c, meter(n), sap=17)
        t.log_in(b'aXy7pQ3z' if bad else b'aXy7pQ3' + bytes([64 + n]))
        t.do(REGISTER, got(NUMBER))
        t.close()
        c.wait(60)


def d03_default(c, bad):
    """A password that is published, or one of the same length."""
    t = Tcp(c, meter(1), sap=17).log_in(b'12345678' if bad else b'12845673')
    t.do(REGISTER, got(NUMBER))
    t.close()


def d04_weak(c, bad):
    """High-level security by MD5, or by GMAC."""
    t = Tcp(c, meter(1)).prove(3 if bad else 5)
    t.do(REGISTER, got(NUMBER))
    t.close()


def d05_mechanism(c, bad):
    """A password where a challenge was asked for; or of another client."""
    Tcp(c, meter(1)).prove().close()
    c.wait(600)
    Tcp(c, meter(1), sap=1 if bad else 17).log_in(b'aXy7pQ3z').close()


def d06_context(c, bad):
    """A ciphered association becomes one in clear; or of the public one."""
    session(c, meter(1), title(1), 5000, 700)
    c.wait(600)
    if bad:
        Tcp(c, meter(1)).prove(who=title(1)).close()
        return
    t = Tcp(c, meter(1), sap=16)
    t.ask()
    t.grant()
    t.do(REGISTER, got(NUMBER))
    t.close()


def d07_plain(c, bad):
    """A read in clear amid ciphered ones; or by the public client."""
    t = Tcp(c, meter(1))
    t.open(title(1), 5000, 700)
    t.read(5001, 701)
    if bad:
        t.do(REGISTER, got(NUMBER))
    t.read(5002, 702)
    t.close()
    if not bad:
        t = Tcp(c, meter(1), sap=16)
        t.ask()
        t.grant()
        t.do(REGISTER, got(NUMBER))
        t.close()


def d08_unencrypted(c, bad):
    """A write that is encrypted only; or only its answer is."""
    t = Tcp(c, meter(1))
    t.open(title(1), 5000, 700)
    for k in (1, 2):
        t.apdu(0, glo(0xC9, 5000 + k, 0x20 if bad else 0x30))
        t.apdu(1, glo(0xCD, 700 + k, 0x20))
    t.close()


def d10_credential(c, bad):
    """Refused for what it said; or accepted so far, as HLS is."""
    t = Tcp(c, meter(1), sap=17)
    if bad:
        t.ask(1, secret=b'wrong')
        t.grant(result=WRONG)
    else:
        t.prove()
    t.close()


def d11_rejected(c, bad):
    """Refused, since the context is not known; or accepted."""
    t = Tcp(c, meter(1), sap=17)
    t.ask(5, 3, secret('c')[:16], CLIENT_TITLE)
    t.grant(5, 3, secret('s')[:16], title(1), (1, 2) if bad else (0, 14))
    t.close()


def d12_guesses(c, bad):
    """Five wrong passwords in a row, or four."""
    for k in range(5 if bad else 4):
        t = Tcp(c, meter(1), THIEF, 17)
        t.ask(1, secret=b'guess%d' % k)
        t.grant(result=WRONG)
        t.close()
        c.wait(10)


def d12_spray(c, bad):
    """One guess each at twenty meters, or at nineteen."""
    for n in range(1, 21 if bad else 20):
        t = Tcp(c, meter(n), THIEF, 17)
        t.ask(1, secret=b'guess')
        t.grant(result=WRONG)
        t.close()
        c.wait(5)


def d13_pass4(c, bad):
    """The meter does not take the answer to its challenge; or it does."""
    t = Tcp(c, meter(1)).prove(result=DENIED if bad else 0)
    if not bad:
        t.do(REGISTER, got(NUMBER))
    t.close()


def d13_ciphered(c, bad):
    """The meter cannot decipher pass 3; or a request behind it."""
    t = Tcp(c, meter(1))
    t.apdu(0, acse(0x60, CLIENT_TITLE, secret('c')[:16], ASKED))
    t.apdu(1, acse(0x61, title(1), secret('s')[:16], granted(CONFORMANCE),
                   result=(0, 14)))
    t.apdu(0, glo(0xCB, 5000))
    if not bad:
        t.apdu(1, glo(0xCF, 700))
        t.apdu(0, glo(0xC8, 5001))
    t.apdu(1, bytes([0xD8, 2, DECIPHERING]))
    t.close()


def d14_bypass(c, bad):
    """A register is read before HLS is done; or the meter refuses it."""
    t = Tcp(c, meter(1))
    t.ask(5, secret=secret('c')[:16])
    t.grant(5, secret=secret('s')[:16], result=(0, 14))
    t.do(REGISTER, got(NUMBER) if bad else refused(DENIED))
    t.close()


def d15_challenge(c, bad):
    """A challenge of an earlier session; or of the same AARQ, sent again."""
    for k in range(3):
        t = Tcp(c, meter(1))
        old = secret('c', 0 if bad and k == 2 else k)[:16]
        t.ask(5, secret=old)
        if k == 1 and not bad:
            c.wait(3)
            t.ask(5, secret=old)
        t.grant(5, secret=secret('s', k)[:16], result=(0, 14))
        t.apdu(0, action(15, '0.0.40.0.0.255', 1, octets(
            secret('3', k)[:17])))
        t.apdu(1, b'\xc7\1\xc1\0\1\0' + octets(secret('4', k)[:17]))
        t.close()
        c.wait(60)


def d15_reflected(c, bad):
    """The meter sends the client's challenge back; or a short own one."""
    t = Tcp(c, meter(1))
    t.ask(5, secret=secret('c')[:8])
    t.grant(5, secret=secret('c' if bad else 's')[:8], result=(0, 14))
    t.close()


def d17_elsewhere(c, bad):
    """The head-end's title from a second address, or another title."""
    session(c, meter(1), title(1), 5000, 700)
    c.wait(600)
    t = Tcp(c, meter(2), THIEF)
    t.apdu(0, acse(0x60, CLIENT_TITLE if bad else b'HES\0\0\0\0\2',
                   secret('c', 2)[:16], ASKED))
    t.apdu(1, acse(0x61, title(2), secret('s', 2)[:16],
                   granted(CONFORMANCE), result=(0, 14)))
    t.close()


def d20_title(c, bad):
    """A title of digits; or of lower-case letters and what is no text."""
    who = b'123\0\0\0\0\1' if bad else b'mtr\xff\xfe\0\0\1'
    session(c, meter(1), who, 5000, 700)


def d22_reused(c, bad):
    """A counter again with other octets; or the same one to a neighbour."""
    t = Tcp(c, meter(1))
    t.open(title(1), 5000, 700)
    t.read(5001, 701)
    if bad:
        t.apdu(0, glo(0xC8, 5001, 0x30, 'other'))
        t.apdu(1, glo(0xCC, 702))
    t.close()
    t = Tcp(c, meter(2))
    t.open(title(2), 5000, 700)
    t.apdu(0, glo(0xC8, 5001, 0x30, 'other'))
    t.apdu(1, glo(0xCC, 701))
    t.close()


def pushed(c, ics):
    for ic in ics:
        apdu = general(title(1), ic)
        unit = struct.pack('!HHHH', 1, 1, 103, len(apdu)) + apdu
        c.put(meter(1), HES, udp(meter(1), HES, 4059, 4059, unit), UDP)
        c.wait(10)


def d23_backwards(c, bad):
    """A counter that falls by a hundred; or datagrams that overtook."""
    first = list(range(1000, 1010))
    pushed(c, first + ([905] if bad else [1012, 1011, 1010]) + [1013, 1014])


def d24_reset(c, bad):
    """Counters begin anew; or do so after new keys were sent and taken."""
    session(c, meter(1), title(1), 5000, 7000)
    c.wait(60)
    if not bad:
        t = Tcp(c, meter(1)).prove()
        t.do(action(64, '0.0.43.0.0.255', 2, bytes.fromhex('010102021600') +
                    octets(secret('k')[:24])), b'\xc7\1\xc1\0\0')
        t.close()
    c.wait(60)
    session(c, meter(1), title(1), 5020, 1)


def d25_jump(c, bad):
    """A meter leaves out two hundred thousand, or as many as it may."""
    session(c, meter(1), title(1), 5000, 700)
    c.wait(60)
    session(c, meter(1), title(1), 5020, 200700 if bad else 90700)


def d26_spent(c, bad):
    """A counter comes near to its end, or not yet."""
    at = 0xF0000000 - (3 if bad else 30)
    session(c, meter(1), title(1), 5000, at, reads=8)


def d27_rejected(c, bad):
    """The meter does not like three counters, or two."""
    t = Tcp(c, meter(1))
    t.open(title(1), 5000, 700)
    for k in range(3 if bad else 2):
        t.apdu(0, glo(0xC8, 5001 + k))
        t.apdu(1, bytes([0xD8, 2, COUNTER_ERROR]))
    t.close()


def d33_dedicated(c, bad):
    """A dedicated key in clear, or within ciphering."""
    key = b'\1\1' + tlv(0x10, secret('d')[:16])[1:] + ASKED[2:]
    t = Tcp(c, meter(1))
    user = key if bad else tlv(0x21, cipher(0x30, 5000, 'i'))
    t.apdu(0, acse(0x60, CLIENT_TITLE, secret('c')[:16], user))
    t.apdu(1, acse(0x61, title(1), secret('s')[:16], granted(CONFORMANCE),
                   result=(0, 14)))
    t.apdu(0, glo(0xCB, 5001))
    t.apdu(1, glo(0xCF, 700))
    t.close()


def d52_clients(c, bad):
    """Five client addresses one after another, or four."""
    for sap in range(1, 6 if bad else 5):
        t = Tcp(c, meter(1), THIEF, sap)
        t.ask()
        t.close()
        c.wait(2)


def d52_servers(c, bad):
    """Six devices of a meter that do not answer; or of a concentrator."""
    for device in range(1, 7):
        t = Tcp(c, meter(1), THIEF, 16)
        t.device = device
        t.ask()
        if not bad:
            t.grant()
        t.close()
        c.wait(2)


def d54_flood(c, bad):
    """Five units that cannot be read within a minute, or four."""
    t = Tcp(c, meter(1), sap=16)
    t.ask()
    t.grant()
    for _ in range(5 if bad else 4):
        t.apdu(0, b'\xc0\1\xc1\0')
        c.wait(2)
    t.do(REGISTER, got(NUMBER))
    t.close()


def d54_cut(c, bad):
    """A request that ends too early, or one that is whole."""
    t = Tcp(c, meter(1), sap=16)
    t.ask()
    t.grant()
    t.apdu(0, REGISTER[:-4] if bad else REGISTER)
    t.close()


def d55_second(c, bad):
    """Another address opens what is open; or after the first was closed."""
    first = Tcp(c, meter(1)).prove()
    first.do(REGISTER, got(NUMBER))
    if not bad:
        first.close()
    c.wait(5)
    other = Tcp(c, meter(1), bytes([10, 30, 0, 11])).prove()
    other.do(REGISTER, got(NUMBER))
    other.close()


def d57_unasked(c, bad):
    """A request without an association; or by a pre-established client."""
    t = Tcp(c, meter(1), sap=1 if bad else 102)
    t.do(REGISTER, got(NUMBER))
    t.do(CLOCK, got(NUMBER))
    t.close()


if __name__ == '__main__':
    write_all(sys.argv[1], rows(globals()))
