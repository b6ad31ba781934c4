# SPDX-License-Identifier: Apache-2.0
"""AES-GCM and the wrap of keys (RFC 3394), as slow as it is short."""
import struct


def _tables():
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= (p << 1) ^ (0x11B if p & 0x80 else 0)
        p &= 0xFF
        for n in (1, 2, 4):
            q ^= q << n
        q &= 0xFF
        q ^= 0x09 if q & 0x80 else 0
        x = q
        for n in range(1, 5):
            x ^= (q << n | q >> (8 - n)) & 0xFF
        box[p] = x ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


BOX = _tables()


def _twice(x):
    return (x << 1 ^ (0x1B if x & 0x80 else 0)) & 0xFF


def _schedule(key):
    n, words = len(key) // 4, [list(key[i:i + 4]) for i in
                               range(0, len(key), 4)]
    constant = 1
    for i in range(n, 4 * (n + 7)):
        w = list(words[-1])
        if i % n == 0:
            w = [BOX[x] for x in w[1:] + w[:1]]
            w[0] ^= constant
            constant = _twice(constant)
        elif n > 6 and i % n == 4:
            w = [BOX[x] for x in w]
        words.append([a ^ b for a, b in zip(words[i - n], w)])
    return [sum(words[i:i + 4], []) for i in range(0, len(words), 4)]


def encrypt(key, block):
    keys = _schedule(key)
    s = [a ^ b for a, b in zip(block, keys[0])]
    for i, k in enumerate(keys[1:], 1):
        s = [BOX[s[(j + 4 * (j % 4)) % 16]] for j in range(16)]
        if i < len(keys) - 1:
            out = []
            for c in range(0, 16, 4):
                a = s[c:c + 4]
                out += [_twice(a[j]) ^ _twice(a[(j + 1) % 4]) ^
                        a[(j + 1) % 4] ^ a[(j + 2) % 4] ^ a[(j + 3) % 4]
                        for j in range(4)]
            s = out
        s = [a ^ b for a, b in zip(s, k)]
    return bytes(s)


def _times(x, y):
    z = 0
    for i in range(127, -1, -1):
        z ^= x if y >> i & 1 else 0
        x = x >> 1 ^ (0xE1 << 120 if x & 1 else 0)
    return z


def seal(key, iv, text, aad):
    """The enciphered text, and a tag of 12 octets."""
    stream = b''.join(encrypt(key, iv + struct.pack('!I', i + 2))
                      for i in range((len(text) + 15) // 16))
    out = bytes(a ^ b for a, b in zip(text, stream))
    h, y = int.from_bytes(encrypt(key, bytes(16)), 'big'), 0
    blocks = aad + bytes(-len(aad) % 16) + out + bytes(-len(out) % 16) + \
        struct.pack('!QQ', len(aad) * 8, len(out) * 8)
    for i in range(0, len(blocks), 16):
        y = _times(y ^ int.from_bytes(blocks[i:i + 16], 'big'), h)
    tag = y ^ int.from_bytes(encrypt(key, iv + b'\0\0\0\1'), 'big')
    return out, tag.to_bytes(16, 'big')[:12]


def wrap(key, octets):
    a, r = 0xA6A6A6A6A6A6A6A6, [octets[i:i + 8] for i in
                                range(0, len(octets), 8)]
    for t in range(6 * len(r)):
        b = encrypt(key, struct.pack('!Q', a) + r[t % len(r)])
        a = struct.unpack('!Q', b[:8])[0] ^ (t + 1)
        r[t % len(r)] = b[8:]
    return struct.pack('!Q', a) + b''.join(r)
