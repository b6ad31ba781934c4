# SPDX-License-Identifier: Apache-2.0
"""How a TCP stream may be cut, repeated, disordered, lost and disturbed."""
from frames import ACK, FIN, SYN

KEEPALIVE_NS = 5 * 10**5


def data_only(change):
    """change(i, s) says what becomes of the i-th segment that has data."""
    def run(segments):
        out, i = [], 0
        for s in segments:
            if s.data:
                out += change(i, s)
                i += 1
            else:
                out.append(s)
        return out
    return run


def pieces(s, cuts):
    """s in segments that begin at 0 and at each of cuts."""
    edges = [0] + [c for c in cuts if 0 < c < len(s.data)] + [len(s.data)]
    return [s.but(ns=s.ns + 2000 * k, ident=(s.ident + k) & 0xFFFF,
                  seq=s.seq + a, data=s.data[a:b])
            for k, (a, b) in enumerate(zip(edges, edges[1:]))]


def overlapping(i, s):
    """Two segments that have two octets in common."""
    a, b = s.but(data=s.data[:len(s.data) // 2 + 1]), len(s.data) // 2 - 1
    return [a, s.but(ns=s.ns + 2000, seq=s.seq + b, data=s.data[b:])]


def retransmitted(i, s):
    """Every second one again after 20 ms, as a sender would do it."""
    again = s.but(ns=s.ns + 20 * 10**6, ident=s.ident + 300)
    return [s, again] if i % 2 else [s]


def in_time(change):
    """Sorted by time, for what change() puts off."""
    return lambda segments: sorted(change(segments), key=lambda s: s.ns)


def bare(s):
    return not s.data and not s.flags & (SYN | FIN)


def disordered(segments):
    """Data of one direction change places; what confirms them comes behind."""
    out, rest = [], list(segments)
    while rest:
        s, k = rest.pop(0), 0
        while k < len(rest) and bare(rest[k]) and rest[k].src != s.src:
            k += 1
        t = rest[k] if k < len(rest) else s
        if not s.data or not t.data or t.src != s.src or t.ns - s.ns > 10**7:
            out.append(s)
            continue
        acks = [a.but(ns=s.ns + 2000 + i) for i, a in enumerate(rest[:k])]
        out += [t.but(ns=s.ns), s.but(ns=s.ns + 1000)] + acks
        del rest[:k + 1]
    return out


def answered_first(segments):
    """Of data and what confirms them the latter is captured first."""
    out = list(segments)
    for i in range(len(out) - 1):
        s, t = out[i], out[i + 1]
        if s.data and bare(t) and t.src == s.dst:
            out[i], out[i + 1] = t.but(ns=s.ns), s.but(ns=s.ns + 20000)
    return out


def coalesced(segments):
    """Data wait for more of their direction; what confirms them goes."""
    out, held = [], {}
    for s in segments:
        if s.dst in held:
            if bare(s):
                continue
            out.append(held.pop(s.dst).but(ns=s.ns - 1000))
        h = held.pop(s.src, None)
        if h:
            s = s.but(seq=h.seq, data=h.data + s.data)
        if bare(s) or s.flags & (SYN | FIN) or len(s.data) > 200:
            out.append(s)
        else:
            held[s.src] = s
    return out


def shifted(segments):
    """Both ends' numbers pass 2^32 after 60 octets of their data."""
    first = {}
    for s in segments:
        first.setdefault(s.src, s.seq)
    out = []
    for s in segments:
        move = {k: (1 << 32) - 60 - v for k, v in first.items()}
        out.append(s.but(
            seq=(s.seq + move[s.src]) & 0xFFFFFFFF,
            ack=(s.ack + move[s.dst]) & 0xFFFFFFFF if s.flags & ACK else 0))
    return out


def kept_alive(segments):
    """
    Probes of 0 and of 1 octet one below the next number (RFC 9293), of who
    sends nothing else until then.
    """
    out, i = [], 0
    for k, s in enumerate(segments):
        out.append(s)
        probe = s.but(ns=s.ns + KEEPALIVE_NS, ident=s.ident + 500,
                      seq=s.seq + len(s.data) - 1, flags=ACK,
                      data=b'\0' if i % 2 else b'')
        speaks = any(t.src == s.src and t.ns <= probe.ns and not bare(t)
                     for t in segments[k + 1:])
        if s.data and not speaks:
            i += 1
            out.append(probe)
    return out


def without_syn(segments):
    return [s for s in segments if not s.flags & SYN][1:]


def moved(segments, at, n):
    """The numbers of a stream into which n octets come before segment at."""
    first, out = segments[at], []
    for i, s in enumerate(segments):
        if i >= at and s.src == first.src and not i == at:
            s = s.but(seq=s.seq + n)
        if i > at and s.src != first.src:
            s = s.but(ack=s.ack + n)
        out.append(s)
    return out


def with_junk(octets, which):
    """octets before the which-th segment that has data."""
    def run(segments):
        at = numbered(segments, which)
        out = moved(segments, at, len(octets))
        out[at] = out[at].but(data=octets + out[at].data)
        return out
    return run


def numbered(segments, which):
    return [i for i, s in enumerate(segments) if s.data][which]


def lost(which):
    """Without the which-th segment that has data: the capture missed it."""
    def run(segments):
        at = numbered(segments, which)
        return segments[:at] + segments[at + 1:]
    return run


def picked_up(which, octet):
    """From an octet within the which-th segment that has data."""
    def run(segments):
        at = numbered(segments, which)
        s = segments[at]
        return [s.but(seq=s.seq + octet, data=s.data[octet:])] + \
            segments[at + 1:]
    return run


SAME = [
    ('one-octet-segments', 'one octet in each segment',
     data_only(lambda i, s: pieces(s, range(1, len(s.data))))),
    ('split-anywhere', 'each segment in two, cut at another place each time',
     data_only(lambda i, s: pieces(s, [1 + i % max(1, len(s.data) - 1)]))),
    ('split-in-three', 'each segment in three',
     data_only(lambda i, s: pieces(s, [1, 4 + i % 9]))),
    ('overlap-same', 'each segment in two that have two octets in common',
     data_only(overlapping)),
    ('retransmission', 'every other segment again 20 ms later',
     in_time(data_only(retransmitted))),
    ('out-of-order', 'neighbours of one direction change places', disordered),
    ('confirmed-first',
     'each acknowledgement 20 us before the data: two ports of a tap',
     answered_first),
    ('coalesced', 'several units in a segment', coalesced),
    ('sequence-wrap', 'sequence numbers pass 2^32', shifted),
    ('keep-alives', 'probes of no and of one octet', in_time(kept_alive)),
    ('without-syn', 'begins behind the handshake', without_syn),
]
