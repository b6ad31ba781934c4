/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash (Aumasson, Bernstein 2012), for keys that a peer may choose. */
#ifndef RULES_SIPHASH_H
#define RULES_SIPHASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIPHASH_KEY 16

static inline uint64_t
siphash_u64le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static inline uint64_t
siphash_rotl(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

static inline void
siphash_rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = siphash_rotl(v[1], 13) ^ v[0];
		v[3] = siphash_rotl(v[3], 16) ^ v[2];
		v[0] = siphash_rotl(v[0], 32) + v[3];
		v[2] += v[1];
		v[1] = siphash_rotl(v[1], 17) ^ v[2];
		v[3] = siphash_rotl(v[3], 21) ^ v[0];
		v[2] = siphash_rotl(v[2], 32);
	}
}

/* c rounds for each 8 octets, d at the end. */
static inline uint64_t
siphash_cd(
    const uint8_t key[SIPHASH_KEY], const uint8_t *p, size_t n, int c, int d)
{
	uint64_t k0 = siphash_u64le(key, 8), k1 = siphash_u64le(key + 8, 8);
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
		k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 };
	uint64_t last = (uint64_t)n << 56, m;

	for (; n >= 8; p += 8, n -= 8) {
		m = siphash_u64le(p, 8);
		v[3] ^= m;
		siphash_rounds(v, c);
		v[0] ^= m;
	}
	last |= siphash_u64le(p, n);
	v[3] ^= last;
	siphash_rounds(v, c);
	v[0] ^= last;
	v[2] ^= 0xff;
	siphash_rounds(v, d);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static inline uint64_t
siphash(const uint8_t key[SIPHASH_KEY], const uint8_t *p, size_t n)
{
	return siphash_cd(key, p, n, 2, 4);
}

/*
 * SipHash-1-3 of n whole words, in the machine's byte order: enough for a
 * table in memory, on the path of every packet.
 */
static inline uint64_t
siphash13_words(const uint8_t key[SIPHASH_KEY], const uint64_t *w, size_t n)
{
	uint64_t k[2];
	uint64_t v[4] = { 0x736f6d6570736575, 0x646f72616e646f6d,
		0x6c7967656e657261, 0x7465646279746573 };
	uint64_t last = (uint64_t)n << 59;

	memcpy(k, key, sizeof(k));
	v[0] ^= k[0];
	v[1] ^= k[1];
	v[2] ^= k[0];
	v[3] ^= k[1];

	for (size_t i = 0; i < n; i++) {
		v[3] ^= w[i];
		siphash_rounds(v, 1);
		v[0] ^= w[i];
	}
	v[3] ^= last;
	siphash_rounds(v, 1);
	v[0] ^= last;
	v[2] ^= 0xff;
	siphash_rounds(v, 3);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
