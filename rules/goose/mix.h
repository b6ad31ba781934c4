/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keyed 64-bit hash that multiplies and folds, 16 octets a step: to tell
 * whether octets are those of before without keeping them.  The key never
 * leaves, and neither does a value.
 */
#ifndef RULES_GOOSE_MIX_H
#define RULES_GOOSE_MIX_H

#include <stdint.h>
#include <string.h>

#include "dissectors/reader.h"

static inline uint64_t
mix_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
mix_load(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Up to 8 octets without reading beyond them. */
static inline uint64_t
mix_rest(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

/* The last 16 octets may be read twice: that is no loss. */
static inline uint64_t
mix(const uint64_t key[2], struct bytes b)
{
	const uint8_t *p = b.p;
	size_t n = b.n;
	uint64_t h = key[0] ^ n, a, c;

	for (; n > 16; p += 16, n -= 16)
		h = mix_fold(h ^ mix_load(p), key[1] ^ mix_load(p + 8));
	if (b.n >= 16) {
		p += n;
		a = mix_load(p - 16);
		c = mix_load(p - 8);
	} else if (n >= 8) {
		a = mix_load(p);
		c = mix_load(p + n - 8);
	} else {
		a = mix_rest(p, n);
		c = 0;
	}
	h = mix_fold(h ^ a, key[1] ^ c);
	return mix_fold(h ^ key[1], b.n ^ key[0]);
}

#endif
