# SPDX-License-Identifier: Apache-2.0
"""How a packet may be carried: tags, links, tunnels, fragments."""
import itertools
import struct

from frames import (GRE, ICMP, IPV4, IPV6, TCP, UDP, checksum, ethernet, ipv4,
                    ipv6, mapped, udp)

APART_NS = 6 * 10**6
OUTER = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
NUMBERS = itertools.count(1)  # of PRP and HSR frames
# an option of IPv4 with room for one address (RFC 791, 3.1)
RECORD_ROUTE = bytes.fromhex('0707040000000000')
OUTER_MAC = bytes.fromhex('0200c0000202'), bytes.fromhex('0200c0000201')


def tagged(*tags):
    """802.1Q and its kin, outermost first: (type, priority and VLAN)."""
    raw = b''.join(struct.pack('!HH', *t) for t in tags)
    return lambda ns, p: [(ns, p[:12] + raw + p[12:])]


def prp(ns, p):
    """Both LANs, 80 us apart (IEC 62439-3, 4.2.7)."""
    p += bytes(max(0, 60 - len(p)))
    size = len(p) - 14 + 6
    number = next(NUMBERS) & 0xFFFF
    return [(ns + i * 80000,
             p + struct.pack('!HHH', number, lan << 12 | size, 0x88FB))
            for i, lan in enumerate((0xA, 0xB))]


def hsr(ns, p):
    """Both ways round the ring, 40 us apart (IEC 62439-3, 5.7)."""
    number = next(NUMBERS) & 0xFFFF
    size = len(p) - 14 + 6
    return [(ns + i * 40000, p[:12] + struct.pack('!HHH', 0x892F,
             path << 12 | size, number) + p[12:])
            for i, path in enumerate((0, 1))]


def threefold(ns, p):
    return [(ns, p)] * 3


def two_ports(ns, p):
    """A mirror port that shows a frame on its way in and on its way out."""
    return [(ns, p[:12] + bytes.fromhex('81000064') + p[12:]),
            (ns + 15000, p[:12] + bytes.fromhex('810000c8') + p[12:])]


def trailer(ns, p):
    """Padding and a check sequence, as some cards leave them."""
    return [(ns, p + bytes(max(0, 60 - len(p))) + bytes.fromhex('5a6b7c8d'))]


def mpls(*labels):
    def change(ns, p):
        """Only IP: what has no IP goes as a pseudowire would take it."""
        stack = b''.join(struct.pack('!I', l << 12 | (i == len(labels) - 1)
                                     << 8 | 64) for i, l in enumerate(labels))
        kind = struct.unpack('!H', p[12:14])[0]
        inner = p[14:] if kind in (IPV4, IPV6) else bytes(4) + p
        return [(ns, p[:12] + struct.pack('!H', 0x8847) + stack + inner)]
    return change


def tunnelled(proto, wrap):
    """An IPv4 tunnel whose headers wrap() puts before the whole frame."""
    def change(ns, p):
        inner = wrap(p)
        if proto == UDP:
            inner = udp(*OUTER, 49500, 4789, inner)
        return [(ns, ethernet(*OUTER_MAC, IPV4, ipv4(*OUTER, proto, inner)))]
    return change


def gre_ethernet(p):
    """Key and sequence number present, transparent bridging (RFC 2890)."""
    return struct.pack('!HHII', 0x3000, 0x6558, 7, 1) + p


def erspan1(p):
    return struct.pack('!HH', 0, 0x88BE) + p


def erspan2(p):
    return struct.pack('!HHIHHI', 0x1000, 0x88BE, 1, 1 << 12 | 100, 5,
                       3) + p


def erspan3(p):
    """With the platform's own subheader: the O bit."""
    return struct.pack('!HHIHHIHH', 0x1000, 0x22EB, 1, 2 << 12 | 100, 5,
                       12345, 0, 1) + bytes(8) + p


def vxlan(p):
    return struct.pack('!II', 0x08000000, 77 << 8) + p


FRAMES = [
    ('vlan', 'an 802.1Q tag', tagged((0x8100, 100))),
    ('vlan0', 'an 802.1Q tag that is only a priority',
     tagged((0x8100, 4 << 13))),
    ('qinq', '802.1ad outside, 802.1Q inside',
     tagged((0x88A8, 200), (0x8100, 101))),
    ('9100', '0x9100 outside, 802.1Q inside',
     tagged((0x9100, 300), (0x8100, 101))),
    ('9100-three-tags', 'two tags 0x9100 and an 802.1Q tag',
     tagged((0x9100, 300), (0x9100, 301), (0x8100, 5))),
    ('prp', 'both LANs of PRP with their trailers', prp),
    ('hsr', 'both ways round an HSR ring', hsr),
    ('threefold', 'each frame three times at the same time', threefold),
    ('two-ports', 'each frame twice with two VLAN tags: a mirror of two ports',
     two_ports),
    ('trailer', 'padding and a frame check sequence behind the packet',
     trailer),
    ('mpls', 'two MPLS labels; what is no IP as a pseudowire', mpls(16, 17)),
    ('gre-ethernet', 'frames in GRE with key and sequence number',
     tunnelled(GRE, gre_ethernet)),
    ('erspan1', 'ERSPAN I: GRE without a header of its own',
     tunnelled(GRE, erspan1)),
    ('erspan2', 'ERSPAN II', tunnelled(GRE, erspan2)),
    ('erspan3', 'ERSPAN III with the subheader of a platform',
     tunnelled(GRE, erspan3)),
    ('vxlan', 'VXLAN', tunnelled(UDP, vxlan)),
]


def cooked1(p):
    """LINUX_SLL: what is left of an Ethernet header."""
    return struct.pack('!HHH6s2x', 0, 1, 6, p[6:12]) + p[12:]


def cooked2(p):
    """LINUX_SLL2, whose protocol comes first."""
    return p[12:14] + struct.pack('!HIHBB6s2x', 0, 2, 1, 0, 6,
                                  p[6:12]) + p[14:]


COOKED = [
    ('cooked1', 'Linux cooked capture', cooked1),
    ('cooked2', 'Linux cooked capture v2', cooked2),
]

# what stands before the IP header
BARE = [
    ('raw', 'packets without a link header', 'raw', b''),
    ('null', 'BSD loopback, little-endian', 'null', struct.pack('<I', 2)),
    ('null-big-endian', 'BSD loopback, big-endian', 'null',
     struct.pack('>I', 2)),
    ('loop', 'OpenBSD loopback', 'loop', struct.pack('>I', 2)),
    ('ppp', 'PPP', 'ppp', bytes.fromhex('0021')),
    ('ppp-hdlc', 'PPP with address and control octets', 'ppp',
     bytes.fromhex('ff030021')),
]


def framed(kind, payload):
    return lambda i, s: [(s.ns, ethernet(s.to, s.source, kind, payload(s)))]


def framed6(payload):
    """
    Without an identification two datagrams with the same octets are one that
    was captured twice, unless there is some time between them.
    """
    def change(i, s):
        ns = s.ns + (i * APART_NS if s.proto == UDP else 0)
        return [(ns, ethernet(s.to, s.source, IPV6, payload(s)))]
    return change


def pppoe(s):
    ip = s.ip()
    return struct.pack('!BBHHH', 0x11, 0, 9, len(ip) + 2, 0x0021) + ip


def cut(data, size):
    """(offset, more follows, piece) of each fragment."""
    return [(at, at + size < len(data), data[at:at + size])
            for at in range(0, len(data), size)]


def fragments4(s, size=24):
    return [ethernet(s.to, s.source, IPV4,
                     ipv4(s.src, s.dst, s.proto, piece, s.ident,
                          more << 13 | at // 8))
            for at, more, piece in cut(s.body(), size)]


def fragments6(s, size=24):
    src, dst = mapped(s.src), mapped(s.dst)
    return [ethernet(s.to, s.source, IPV6,
                     ipv6(src, dst, 44,
                          struct.pack('!BBHI', s.proto, 0, at | more,
                                      s.ident) + piece))
            for at, more, piece in cut(s.body(src, dst), size)]


def in_turn(fragments, order=lambda frames: frames):
    return lambda i, s: [(s.ns + 1000 * k, f)
                         for k, f in enumerate(order(fragments(s)))]


def shuffled(frames):
    """The last one first, then the rest, the second of them twice."""
    return [frames[-1]] + frames[:-1] + frames[1:2]


def plain6(s):
    src, dst = mapped(s.src), mapped(s.dst)
    return ipv6(src, dst, s.proto, s.body(src, dst))


def extended6(s):
    """Hop-by-hop options, routing that is done, destination options."""
    src, dst = mapped(s.src), mapped(s.dst)
    chain = (struct.pack('!BB6x', 43, 0) +
             struct.pack('!BBBB4x', 60, 0, 253, 0) +
             struct.pack('!BBBB4x', s.proto, 0, 1, 4))
    return ipv6(src, dst, 0, chain + s.body(src, dst))


def quoted(i, s):
    """The segment, then a router that complains of it and quotes it."""
    ip = s.ip()
    body = struct.pack('!BBHI', 11, 0, 0, 0) + ip
    body = body[:2] + struct.pack('!H', checksum(body)) + body[4:]
    error = ipv4(OUTER[0], s.src, ICMP, body)
    return [(s.ns, s.frame()), (s.ns + 500, ethernet(*OUTER_MAC, IPV4, error))]


def spoiled(i, s):
    """Every other checksum is what an offloading sender leaves: wrong."""
    f, at = s.frame(), 34 + s.sum_at
    return [(s.ns, f if i % 2 else f[:at] + b'\x12\x34' + f[at + 2:])]


def contested(which):
    """Of one segment's fragments the first comes again with other octets."""
    def change(i, s):
        if i != which:
            return [(s.ns, s.frame())]
        frames = fragments4(s)
        other = frames[0][:-8] + bytes(8)
        return [(s.ns, f) for f in frames[:1] + [other] + frames[1:]]
    return change


def within(proto, head=b''):
    return lambda i, s: [(s.ns, ethernet(*OUTER_MAC, IPV4, ipv4(
        *OUTER, proto, head + s.ip())))]


PACKETS = [
    ('ipv6', 'over IPv6', framed6(plain6)),
    ('ipv6-extended',
     'IPv6 with hop-by-hop options, routing and destination options',
     framed6(extended6)),
    ('ipv6-fragments', 'fragments of IPv6', in_turn(fragments6)),
    ('ipv6-fragments-shuffled',
     'the last fragment of IPv6 first, one of them twice',
     in_turn(fragments6, shuffled)),
    ('fragments', 'fragments of IPv4', in_turn(fragments4)),
    ('fragments-shuffled',
     'the last fragment of IPv4 first, one of them twice',
     in_turn(fragments4, shuffled)),
    ('ipv4-options', 'an option in the IPv4 header',
     framed(IPV4, lambda s: s.ip(options=RECORD_ROUTE))),
    ('gre', 'packets in GRE', within(GRE, struct.pack('!HH', 0, IPV4))),
    ('ipip', 'packets in IPv4', within(4)),
    ('pppoe', 'PPPoE', framed(0x8864, pppoe)),
    ('icmp-quotes', 'ICMP errors that quote each segment', quoted),
    ('bad-checksums', 'a wrong TCP checksum in every other segment', spoiled),
]
