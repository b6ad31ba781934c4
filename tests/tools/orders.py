#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the captures of pcaps/dlms/dNN-*.pcap about what clients ask meters
to do, in clear, and beside each a near miss.
usage: orders.py FOLDER"""
import datetime
import struct
import sys

from meters import DENIED, DONE, NUMBER, START, THIEF, WRITTEN, Tcp, action
from meters import get, got, meter, octets, put, refused, rows, secret
from meters import write_all

RELAY, CLOCK, IMAGE = '0.0.96.3.10.255', '0.0.1.0.0.255', '0.0.44.0.0.255'
SECURITY, BLOCK = '0.0.43.0.0.255', 64
RATE = '0.0.13.0.0.255'


def enum(n):
    return bytes([22, n])


def u16(n):
    return struct.pack('!BH', 18, n)


def u32(n):
    return struct.pack('!BI', 6, n)


def struct_of(*parts):
    return bytes([2, len(parts)]) + b''.join(parts)


NEW_KEY = action(BLOCK, SECURITY, 2, b'\1\1' + struct_of(
    enum(0), octets(secret('k')[:24])))


def clock(s):
    """The time s seconds after the capture's begin, of UTC."""
    t = datetime.datetime.fromtimestamp(START // 10**9 + s,
                                        datetime.timezone.utc)
    return octets(struct.pack('!HBBBBBBBhB', t.year, t.month, t.day,
                              t.isoweekday(), t.hour, t.minute, t.second, 0,
                              0, 0))


def manager(c, n=1):
    """Client 1, which may do all."""
    return Tcp(c, meter(n)).prove()


def d35_keys(c, bad):
    """New keys are sent, or the security policy is read."""
    t = manager(c)
    if bad:
        t.do(NEW_KEY, DONE)
    else:
        t.do(get(BLOCK, SECURITY, 2), got(enum(3)))
    t.close()


def d35_unlisted(c, bad):
    """New keys from a client without the right, or from the manager."""
    t = Tcp(c, meter(1), sap=17 if bad else 1).prove()
    t.do(NEW_KEY, DONE)
    t.close()


def d36_certificates(c, bad):
    """A certificate is imported, or one is read."""
    t = manager(c)
    if bad:
        t.do(action(BLOCK, SECURITY, 6, octets(secret('x'))), DONE)
    else:
        t.do(get(BLOCK, SECURITY, 6), got(b'\1\0'))
    t.close()


def d37_policy(c, bad):
    """The security policy becomes less than it was, or more."""
    t = manager(c)
    t.do(get(BLOCK, SECURITY, 2), got(enum(3 if bad else 0)))
    t.do(action(BLOCK, SECURITY, 1, enum(0 if bad else 3)), DONE)
    t.close()


def d37_set(c, bad):
    """The security policy is set, or read."""
    t = manager(c)
    t.do(get(BLOCK, SECURITY, 2), got(enum(0)))
    if bad:
        t.do(action(BLOCK, SECURITY, 1, enum(3)), DONE)
    t.close()


def d38_secret(c, bad):
    """The password is changed, or another attribute of the association."""
    t = manager(c)
    t.do(put(15, '0.0.40.0.2.255', 7 if bad else 10, octets(b'newsecret')),
         WRITTEN)
    t.close()


def d39_users(c, bad):
    """A user is added to an association, or users are read."""
    t = manager(c)
    if bad:
        t.do(action(15, '0.0.40.0.0.255', 5, struct_of(
            b'\x11\x07', octets(b'me'))), DONE)
    else:
        t.do(get(15, '0.0.40.0.0.255', 10), got(b'\1\0'))
    t.close()


def d40_disconnect(c, bad):
    """The supply is cut by a client without the right; or its state read."""
    t = Tcp(c, meter(1), sap=17).prove()
    if bad:
        t.do(action(70, RELAY, 1, b'\x0f\0'), DONE)
    else:
        t.do(get(70, RELAY, 2), got(b'\3\1'))
    t.close()


def d40_unasked(c, bad):
    """The supply is cut in the manager's name, but without an association;
    or by the manager."""
    t = Tcp(c, meter(1), THIEF) if bad else manager(c)
    t.do(action(70, RELAY, 1, b'\x0f\0'), DONE)
    t.close()


def d41_series(c, bad):
    """Three meters are disconnected in a row; or the third much later."""
    for n in (1, 2, 3):
        if n == 3 and not bad:
            c.wait(700)
        t = manager(c, n)
        t.do(action(70, RELAY, 1, b'\x0f\0'), DONE)
        t.close()
        c.wait(60)


def d41_mass(c, bad):
    """Ten meters are disconnected in ten minutes, or nine."""
    for n in range(1, 11 if bad else 10):
        t = manager(c, n)
        t.do(action(70, RELAY, 1, b'\x0f\0'), DONE)
        t.close()
        c.wait(30)


def d42_limit(c, bad):
    """A limiter is set to a twentieth of what it was, or to a half."""
    t = Tcp(c, meter(1), sap=17).prove()
    t.do(put(71, '0.0.17.0.0.255', 4, u32(10000)), WRITTEN)
    t.do(put(71, '0.0.17.0.0.255', 4, u32(500 if bad else 5000)), WRITTEN)
    t.close()


def d42_script(c, bad):
    """The disconnector's script is run, or that of a tariff."""
    t = manager(c)
    t.do(action(9, '0.0.10.0.106.255' if bad else '0.0.10.0.100.255', 1,
                u16(1)), DONE)
    t.close()


def d43_role(c, bad):
    """A client without a role writes a secret, or a register."""
    t = Tcp(c, meter(1), sap=17).prove()
    if bad:
        t.do(put(15, '0.0.40.0.2.255', 7, octets(b'newsecret')), WRITTEN)
    else:
        t.do(put(3, '1.0.1.8.0.255', 2, u32(7)), WRITTEN)
    t.close()


def d44_clock(c, bad):
    """A clock is set two hours back, or by five seconds."""
    t = manager(c)
    t.do(get(8, CLOCK, 2), got(clock(0)))
    t.do(put(8, CLOCK, 2, clock(-7200 if bad else 5)), WRITTEN)
    t.close()


def d44_set(c, bad):
    """A clock is set, or read."""
    t = manager(c)
    t.do(get(8, CLOCK, 2), got(clock(0)))
    if bad:
        t.do(put(8, CLOCK, 2, clock(5)), WRITTEN)
    t.close()


def d45_calendar(c, bad):
    """A calendar is activated, or read."""
    t = manager(c)
    if bad:
        t.do(action(20, RATE, 1, b'\x0f\0'), DONE)
    else:
        t.do(get(20, RATE, 2), got(octets(b'summer')))
    t.close()


def d46_erased(c, bad):
    """An event log is erased; or a billing period ends, by its script."""
    t = manager(c)
    if bad:
        t.do(action(7, '0.0.99.98.0.255', 1, b'\x0f\0'), DONE)
    else:
        t.do(action(9, '0.0.10.0.1.255', 1, u16(1)), DONE)
    t.close()


def image(t, blocks, skip=None, verify=True):
    t.do(action(18, IMAGE, 1, struct_of(octets(b'fw-2'), u32(blocks * 32))),
         DONE)
    for k in range(blocks):
        if k != skip:
            t.do(action(18, IMAGE, 2, struct_of(u32(k), octets(
                secret('fw', k)))), DONE)
    if verify:
        t.do(action(18, IMAGE, 3, b'\x0f\0'), DONE)
    t.do(action(18, IMAGE, 4, b'\x0f\0'), DONE)


def d47_holes(c, bad):
    """An image is activated with a block missing, unverified; or whole."""
    t = manager(c)
    image(t, 6, 3 if bad else None, not bad)
    t.close()


def d47_transfer(c, bad):
    """An image is transferred, or what is active is read."""
    t = manager(c)
    if bad:
        image(t, 3)
    else:
        t.do(get(18, IMAGE, 6), got(enum(0)))
    t.close()


def d48_schedule(c, bad):
    """An image is to be activated by schedule; or a billing period to end."""
    t = manager(c)
    t.do(put(22, '0.0.15.0.2.255' if bad else '0.0.15.0.0.255', 4,
             b'\1\1' + struct_of(octets(bytes(4)), octets(bytes(5)))), WRITTEN)
    t.close()


def d50_push(c, bad):
    """Pushes go elsewhere, or where they go is read."""
    t = manager(c)
    where = struct_of(enum(0), octets(b'10.30.0.66:4059'), enum(0))
    if bad:
        t.do(put(40, '0.0.25.9.0.255', 3, where), WRITTEN)
    else:
        t.do(get(40, '0.0.25.9.0.255', 3), got(where))
    t.close()


def d51_undefined(c, bad):
    """More than twenty objects that are not there within a minute."""
    t = Tcp(c, meter(1), THIEF, 16)
    t.ask()
    t.grant()
    for k in range(21 if bad else 20):
        t.do(get(3, f'1.0.{k + 1}.8.0.255', 2), refused(4))
    t.close()


def d53_denied(c, bad):
    """Five reads are denied, or four."""
    t = Tcp(c, meter(1), sap=17).prove()
    for k in range(5 if bad else 4):
        t.do(get(64, SECURITY, k + 2), refused(DENIED))
        c.wait(2)
    t.do(get(3, '1.0.1.8.0.255', 2), got(NUMBER))
    t.close()


if __name__ == '__main__':
    write_all(sys.argv[1], rows(globals()))
