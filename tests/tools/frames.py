# SPDX-License-Identifier: Apache-2.0
"""Capture files; segments and datagrams, taken apart and put together."""
import dataclasses
import gzip
import struct

ETHERNET, IPV4, IPV6 = 1, 0x0800, 0x86DD
ICMP, TCP, UDP, GRE = 1, 6, 17, 47
SYN, FIN, RST, ACK = 0x02, 0x01, 0x04, 0x10


def read_pcap(path):
    """The packets of a classic file in microseconds: (nanoseconds, octets)."""
    data = open(path, 'rb').read()
    assert data[:4] == b'\xd4\xc3\xb2\xa1', path
    packets, at = [], 24
    while at < len(data):
        s, us, n, _ = struct.unpack_from('<IIII', data, at)
        packets.append((s * 10**9 + us * 1000, data[at + 16:at + 16 + n]))
        at += 16 + n
    return packets


def pcap(packets, link=ETHERNET, nano=False, order='<'):
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = [struct.pack(order + 'IHHIIII', magic, 2, 4, 0, 0, 262144, link)]
    for ns, p in packets:
        part = ns % 10**9 if nano else ns % 10**9 // 1000
        out.append(struct.pack(order + 'IIII', ns // 10**9, part, len(p),
                               len(p)) + p)
    return b''.join(out)


def _block(order, kind, body):
    body += bytes(-len(body) % 4)
    n = struct.pack(order + 'I', len(body) + 12)
    return struct.pack(order + 'I', kind) + n + body + n


def pcapng(packets, link=ETHERNET, order='<', interfaces=1):
    """Times in nanoseconds; the packets are of all interfaces in turn."""
    out = [_block(order, 0x0A0D0D0A,
                  struct.pack(order + 'IHHq', 0x1A2B3C4D, 1, 0, -1))]
    resolution = struct.pack(order + 'HHB3xHH', 9, 1, 9, 0, 0)
    for _ in range(interfaces):
        out.append(_block(order, 1, struct.pack(order + 'HHI', link, 0, 0) +
                          resolution))
    for i, (ns, p) in enumerate(packets):
        head = struct.pack(order + 'IIIII', i % interfaces, ns >> 32,
                           ns & 0xFFFFFFFF, len(p), len(p))
        out.append(_block(order, 6, head + p))
    return b''.join(out)


def gzipped(data):
    return gzip.compress(data, 9, mtime=0)


def checksum(data):
    data += bytes(len(data) % 2)
    s = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


def ethernet(to, source, kind, payload):
    return to + source + struct.pack('!H', kind) + payload


def ipv4(src, dst, proto, payload, ident=0, flags=0x4000, options=b''):
    head = struct.pack('!BBHHHBBH4s4s', 0x45 + len(options) // 4, 0,
                       20 + len(options) + len(payload), ident, flags, 64,
                       proto, 0, src, dst) + options
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + payload


def ipv6(src, dst, proto, payload):
    return struct.pack('!IHBB16s16s', 6 << 28, len(payload), proto, 64, src,
                       dst) + payload


def mapped(address):
    """An IPv6 address of the documentation prefix for an IPv4 one."""
    return bytes.fromhex('20010db80000000000000000') + address


def _sum_over(src, dst, proto, payload, at):
    pseudo = src + dst + (struct.pack('!BBH', 0, proto, len(payload))
                          if len(src) == 4 else
                          struct.pack('!IHBB', len(payload), 0, 0, proto))
    s = checksum(pseudo + payload[:at] + b'\0\0' + payload[at + 2:])
    return payload[:at] + struct.pack('!H', s) + payload[at + 2:]


def udp(src, dst, sport, dport, payload):
    body = struct.pack('!HHHH', sport, dport, 8 + len(payload), 0) + payload
    return _sum_over(src, dst, UDP, body, 6)


@dataclasses.dataclass(frozen=True)
class Packet:
    """What carries data over IPv4; proto and body() are those of its kind."""
    ns: int
    to: bytes
    source: bytes
    src: bytes
    dst: bytes
    ident: int
    sport: int
    dport: int

    def ip(self, **how):
        return ipv4(self.src, self.dst, self.proto, self.body(), self.ident,
                    **how)

    def frame(self):
        return ethernet(self.to, self.source, IPV4, self.ip())

    def but(self, **changes):
        return dataclasses.replace(self, **changes)


@dataclasses.dataclass(frozen=True)
class Datagram(Packet):
    data: bytes
    proto = UDP
    sum_at = 6

    def body(self, src=None, dst=None):
        return udp(src or self.src, dst or self.dst, self.sport, self.dport,
                   self.data)


@dataclasses.dataclass(frozen=True)
class Segment(Packet):
    """A TCP segment with all that is needed to send it again, changed."""
    seq: int
    ack: int
    flags: int
    options: bytes
    data: bytes
    proto = TCP
    sum_at = 16

    def body(self, src=None, dst=None):
        head = struct.pack('!HHIIBBHHH', self.sport, self.dport,
                           self.seq & 0xFFFFFFFF, self.ack & 0xFFFFFFFF,
                           (20 + len(self.options)) // 4 << 4, self.flags,
                           512, 0, 0) + self.options + self.data
        return _sum_over(src or self.src, dst or self.dst, TCP, head, 16)


def packet(ns, frame):
    """
    What a frame holds, or None when that is no TCP or UDP over IPv4, a
    fragment, or cut.
    """
    if frame[12:14] != b'\x08\x00' or frame[23] not in (TCP, UDP):
        return None
    n, _, offset = struct.unpack('!HHH', frame[16:22])
    ip = frame[14:14 + n]
    if offset & 0x3FFF or len(ip) < n:
        return None
    t = ip[(ip[0] & 15) * 4:]
    ends = (ns, frame[:6], frame[6:12], ip[12:16], ip[16:20],
            *struct.unpack('!H', ip[4:6]), *struct.unpack('!HH', t[:4]))
    if ip[9] == UDP:
        return Datagram(*ends, t[8:])
    seq, ack, off, flags = struct.unpack('!IIBB', t[4:14])
    n = (off >> 4) * 4
    return Segment(*ends, seq, ack, flags, t[20:n], t[n:])


def segment(ns, frame):
    """The same, or None when that is no TCP."""
    p = packet(ns, frame)
    return p if isinstance(p, Segment) else None
