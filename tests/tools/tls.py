#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that fire a row of the TLS detections, and near misses.

usage: tls.py PCAPS

PCAPS/tls/NAME.pcap and NAME-ok.pcap are made anew.  Handshakes are written from
RFC 5246 and 8446; what is encrypted there is filled with octets of no meaning,
and nobody signed the certificates."""
import os
import struct
import sys
import time

import telecontrol
from frames import ACK
from telecontrol import BEGIN, PSH, Link

ALERT, HANDSHAKE, DATA = 21, 22, 23
TLS10, TLS12, TLS13, SSL3 = 0x0301, 0x0303, 0x0304, 0x0300
GCM, CHACHA = 0xC02F, 0xCCA8
RSA, EC = 1, 2
GOOD_ALGORITHMS = (0x0403, 0x0804, 0x0401)
DAY = 86400


def u16(*values):
    return struct.pack('!%dH' % len(values), *values)


def vector(size, data):
    return len(data).to_bytes(size, 'big') + data


def extension(kind, data):
    return u16(kind) + vector(2, data)


def der(tag, *parts):
    body = b''.join(parts)
    n = len(body)
    head = bytes([n]) if n < 128 else \
        bytes([0x80 | (n.bit_length() + 7) // 8]) + \
        n.to_bytes((n.bit_length() + 7) // 8, 'big')
    return bytes([tag]) + head + body


def oid(text):
    return der(6, bytes.fromhex(text))


SHA256_RSA, SHA1_RSA = '2a864886f70d01010b', '2a864886f70d010105'
MD5_RSA = '2a864886f70d010104'


def name_of(common_name):
    return der(0x30, der(0x31, der(0x30, oid('550403'),
                                   der(0x0C, common_name.encode()))))


def date(s):
    return der(0x17, time.strftime('%y%m%d%H%M%SZ', time.gmtime(s)).encode())


def certificate(subject='station', issuer='the utility', start=-100 * DAY,
                end=300 * DAY, bits=2048, key=RSA, signed=SHA256_RSA, pad=0):
    now = BEGIN // 10**9
    if key == RSA:
        modulus = b'\x00' + b'\xc5' * (bits // 8)
        public = der(0x30, der(0x30, oid('2a864886f70d010101'), der(5)),
                     der(3, b'\0', der(0x30, der(2, modulus),
                                       der(2, b'\1\0\1'))))
    else:
        public = der(0x30, der(0x30, oid('2a8648ce3d0201'),
                               oid('2a8648ce3d030107')),
                     der(3, b'\0\4' + b'\x17' * 64))
    extensions = der(0xA3, der(0x30, der(0x30, oid('551d20'),
                                         der(4, bytes(pad))))) if pad else b''
    body = der(0x30, der(0xA0, der(2, b'\2')), der(2, b'\x2a'),
               der(0x30, oid(signed), der(5)), name_of(issuer),
               der(0x30, date(now + start), date(now + end)),
               name_of(subject), public, extensions)
    return der(0x30, body, der(0x30, oid(signed), der(5)),
               der(3, b'\0' + b'\x5a' * 256))


def client_hello(version=TLS12, suites=(GCM, CHACHA), algorithms=GOOD_ALGORITHMS,
                 secure=True, modern=False, session=b''):
    extensions = b''
    if algorithms:
        extensions += extension(13, vector(2, u16(*algorithms)))
    if secure:
        extensions += extension(0xFF01, b'\0')
    if modern:
        extensions += extension(43, vector(1, u16(0x3A3A, TLS13, TLS12)))
    body = u16(version) + b'\x11' * 32 + vector(1, session) + \
        vector(2, u16(*suites)) + b'\1\0'
    return b'\1' + vector(3, body + (vector(2, extensions) if extensions
                                     else b''))


def server_hello(version=TLS12, suite=GCM, secure=True, modern=False,
                 end=b'\x22' * 8, session=b''):
    extensions = extension(0xFF01, b'\0') if secure else b''
    if modern:
        extensions = extension(43, u16(TLS13))
    body = u16(version) + b'\x22' * 24 + end + vector(1, session) + \
        u16(suite) + b'\0'
    return b'\2' + vector(3, body + (vector(2, extensions) if extensions
                                     else b''))


def certificates(*chain):
    return b'\x0b' + vector(3, vector(3, b''.join(vector(3, c)
                                                  for c in chain)))


def key_exchange(algorithm=0x0804):
    return b'\x0c' + vector(3, b'\3' + u16(23) + vector(1, b'\4' + bytes(64)) +
                            u16(algorithm) + vector(2, b'\x33' * 256))


REQUEST = b'\x0d' + vector(3, vector(1, b'\1\x40') +
                           vector(2, u16(*GOOD_ALGORITHMS)) + vector(2, b''))
DONE = b'\x0e' + vector(3, b'')
CLIENT_KEY = b'\x10' + vector(3, vector(1, b'\4' + bytes(64)))
VERIFY = b'\x0f' + vector(3, u16(0x0804) + vector(2, b'\x44' * 256))


class Session(Link):
    """End 0 is the client."""

    def __init__(self, capture, port=19998, client='10.60.0.1',
                 server='10.60.0.5'):
        self.server_port = port
        capture.port += 1
        super().__init__(capture, client, server, capture.port)

    def segment(self, end, data, flags):
        self.ports[1] = self.server_port
        super().segment(end, data, flags)

    def record(self, end, content, body, version=TLS12):
        self.segment(end, bytes([content]) + u16(version) + vector(2, body),
                     PSH | ACK)

    def send(self, end, *messages, version=TLS12, size=16384):
        flight = b''.join(messages)
        for at in range(0, len(flight), size):
            self.record(end, HANDSHAKE, flight[at:at + size], version)

    def finish(self, version=TLS12, ends=(0, 1)):
        for end in ends:
            self.record(end, 20, b'\1', version)
            self.record(end, HANDSHAKE, b'\x99' * 40, version)
        for end in (0, 1):
            self.record(end, DATA, b'\x77' * 300, version)

    def alert(self, end, description, level=2):
        self.record(end, ALERT, bytes((level, description)))

    def full(self, hello=None, answer=None, chain=None, mine=None,
             exchange=None, request=True, version=TLS12, size=16384):
        """A handshake of TLS 1.2 with certificates of both ends."""
        self.send(0, hello or client_hello(), version=TLS10)
        flight = [answer or server_hello(), certificates(
            *(chain or [certificate()])), exchange or key_exchange()]
        self.send(1, *flight, *([REQUEST] if request else []), DONE,
                  version=version, size=size)
        own = [certificates(*([certificate('control centre')]
                              if mine is None else mine))] if request else []
        self.send(0, *own, CLIENT_KEY, *([VERIFY] if own and mine != []
                                         else []), version=version)
        self.finish(version)
        return self

    def hellos(self, hello=None, answer=None):
        self.send(0, hello or client_hello(), version=TLS10)
        self.send(1, answer or server_hello())
        return self

    def modern(self):
        """TLS 1.3: nothing but the hellos is in clear."""
        self.hellos(client_hello(modern=True, suites=(0x1301, GCM)),
                    server_hello(suite=0x1301, modern=True))
        self.record(1, 20, b'\1')
        self.record(1, DATA, b'\x88' * 1500)
        self.record(0, DATA, b'\x88' * 90)
        return self


def l01_session(c, bad):
    """A session; or only hellos."""
    s = Session(c)
    if bad:
        s.full()
    else:
        s.hellos()


def l01_modern(c, bad):
    """TLS 1.3; or syslog over it."""
    Session(c, 19999 if bad else 6514).modern()


def l02_ssl(c, bad):
    """SSL 3; or the version of the record layer of a client's first hello."""
    s = Session(c)
    if bad:
        s.full(client_hello(SSL3, algorithms=()), server_hello(SSL3),
               version=SSL3)
    else:
        s.record(0, HANDSHAKE, client_hello(), SSL3)
        s.send(1, server_hello())


def l02_v2(c, bad):
    """A hello of SSL 2.0; or one of TLS 1.2 of about the same length."""
    s = Session(c)
    if bad:
        body = b'\1' + u16(2, 6, 0, 16) + b'\x07\0\xc0\x05\0\x80' + \
            b'\x55' * 16
        s.segment(0, u16(0x8000 | len(body)) + body, PSH | ACK)
    else:
        s.hellos()


def l03_weak(c, bad):
    """TLS 1.0 is agreed; or offered beside better ones."""
    if bad:
        Session(c).full(answer=server_hello(TLS10), version=TLS10)
    else:
        Session(c).full()


def l04_change(c, bad):
    """TLS 1.3, later 1.2; or the same version again."""
    Session(c).modern()
    c.wait(60)
    if bad:
        Session(c).full()
    else:
        Session(c).modern()


def l04_sentinel(c, bad):
    """The server could do 1.3, as the client can; or the client cannot."""
    hello = client_hello(modern=bad)
    Session(c).full(hello, server_hello(end=b'DOWNGRD\1'))


def l05_proposed(c, bad):
    """RC4 is offered; or GREASE and signalling values."""
    odd = (0x0005,) if bad else (0x2A2A, 0x00FF, 0x5600)
    Session(c).full(client_hello(suites=odd + (GCM,)))


def l05_selected(c, bad):
    """3DES is selected; or AES-GCM."""
    suites = (GCM, 0xC012) if bad else (GCM,)
    Session(c).full(client_hello(suites=suites),
                    server_hello(suite=suites[-1]))


def l05_null(c, bad):
    """Nothing is encrypted; or by ChaCha20."""
    Session(c).full(client_hello(suites=(0x003B if bad else CHACHA,)),
                    server_hello(suite=0x003B if bad else CHACHA))


def l05_sha1(c, bad):
    """CBC with SHA-1 is selected; or offered only."""
    Session(c).full(client_hello(suites=(GCM, 0xC013)),
                    server_hello(suite=0xC013 if bad else GCM))


def l06_unasked(c, bad):
    """The server wants no certificate; or resumes a session."""
    if bad:
        Session(c).full(request=False)
    else:
        s = Session(c)
        s.hellos(client_hello(session=b'\x66' * 32),
                 server_hello(session=b'\x66' * 32))
        s.finish(ends=(1, 0))


def l06_empty(c, bad):
    """The client shows no certificate; or one, in many records."""
    Session(c).full(mine=[] if bad else None, size=300)


def l07_secure(c, bad):
    """The client says nothing of RFC 5746; or as a suite."""
    suites = (GCM,) if bad else (GCM, 0x00FF)
    Session(c).full(client_hello(secure=False, suites=suites))


def l07_server(c, bad):
    """The server does not answer it; or 1.3 is agreed, which has none."""
    if bad:
        Session(c).full(answer=server_hello(secure=False))
    else:
        Session(c).modern()


def l10_missing(c, bad):
    """No signature_algorithms; or SHA-1 beside others."""
    Session(c).full(client_hello(algorithms=() if bad else
                                 (0x0201, 0x0401)))


def l10_only(c, bad):
    """Nothing but SHA-1 and MD5; or ed25519 beside them."""
    more = () if bad else (0x0807,)
    Session(c).full(client_hello(algorithms=(0x0201, 0x0101) + more))


def l10_signed(c, bad):
    """The server signs by SHA-1; or by SHA-256."""
    Session(c).full(exchange=key_exchange(0x0201 if bad else 0x0401))


def l15_expired(c, bad):
    """Yesterday; or its root did, which nobody sent."""
    Session(c).full(chain=[certificate(end=-DAY if bad else 200 * DAY)])


def l15_early(c, bad):
    """From tomorrow on; or since today."""
    Session(c).full(chain=[certificate(start=DAY if bad else -60)])


def l15_short(c, bad):
    """RSA of 1024 bits; or an elliptic curve of 256."""
    Session(c).full(chain=[certificate(bits=1024,
                                       key=RSA if bad else EC)])


def l15_tiny(c, bad):
    """The client's, RSA of 512 bits; or 3072."""
    Session(c).full(mine=[certificate(bits=512 if bad else 3072)])


def l15_hash(c, bad):
    """An authority between signed by SHA-1; or the root signed itself so."""
    above = certificate('the utility', 'root' if bad else 'the utility',
                        signed=SHA1_RSA)
    Session(c).full(chain=[certificate(), above])


def l15_md5(c, bad):
    """Signed by MD5; or SHA-256."""
    Session(c).full(chain=[certificate(signed=MD5_RSA if bad else
                                       SHA256_RSA)])


def l15_large(c, bad):
    """More than 8192 octets; or a little less."""
    Session(c).full(chain=[certificate(pad=8000 if bad else 6000)], size=4096)


def l16_soon(c, bad):
    """In 20 days; or in 40."""
    Session(c).full(chain=[certificate(end=(20 if bad else 40) * DAY)])


def l17_changed(c, bad):
    """Another one long before the first expires; or near to its end."""
    end = 300 if bad else 15
    Session(c).full(chain=[certificate(end=end * DAY)])
    c.wait(30)
    Session(c).full(chain=[certificate('station, renewed')])


def l18_alerts(c, bad):
    """Three times the CA is not known; or twice, and one that ends."""
    for k in range(3):
        s = Session(c)
        s.send(0, client_hello(), version=TLS10)
        s.send(1, server_hello(), certificates(certificate()), DONE)
        s.alert(0, 48 if bad or k < 2 else 0, 2 if bad or k < 2 else 1)
        c.wait(20)


def l18_mac(c, bad):
    """Handshakes fail for several reasons, each often; or each once."""
    for k in range(9):
        s = Session(c)
        s.send(0, client_hello(), version=TLS10)
        s.alert(1, (40, 20, 44)[k % 3] if bad or k < 3 else 90)
        c.wait(20)


def l20_tls(c, bad):
    """TLS to port 2404; or where it belongs."""
    Session(c, 2404 if bad else 19998).full()


def l20_clear(c, bad):
    """IEC 104 in clear to port 19998; or to some other port."""
    s = Session(c, 19998 if bad else 12404)
    s.open()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split('\n\n')[1])
    folder = os.path.join(sys.argv[1], 'tls')
    os.makedirs(folder, exist_ok=True)
    for name, make in sorted(globals().items()):
        if name[0] != 'l' or not name[1:3].isdigit():
            continue
        for bad in (True, False):
            c = telecontrol.Capture()
            make(c, bad)
            path = '%s/%s%s.pcap' % (folder, name.replace('_', '-'),
                                     '' if bad else '-ok')
            with open(path, 'wb') as f:
                f.write(c.data())


if __name__ == '__main__':
    main()
