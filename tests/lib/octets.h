/* SPDX-License-Identifier: Apache-2.0 */
/* Octets put together to a packet; too many of them end the program. */
#ifndef TESTS_LIB_OCTETS_H
#define TESTS_LIB_OCTETS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/prng.h"

#define OCTETS_MAX 4096

struct octets {
	size_t n;
	uint8_t p[OCTETS_MAX];
};

static inline void
octets_put(struct octets *o, const void *p, size_t n)
{
	if (n > sizeof(o->p) - o->n)
		abort();
	if (n > 0) /* p may be NULL then */
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

static inline void
octets_text(struct octets *o, const char *s)
{
	octets_put(o, s, strlen(s));
}

static inline void
octets_add(struct octets *o, const struct octets *more)
{
	octets_put(o, more->p, more->n);
}

/* The n low octets of v, the highest first. */
static inline void
octets_be(struct octets *o, uint64_t v, size_t n)
{
	uint8_t p[8];

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	octets_put(o, p, n);
}

/* The n low octets of v, the lowest first. */
static inline void
octets_le(struct octets *o, uint64_t v, size_t n)
{
	uint8_t p[8];

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
	octets_put(o, p, n);
}

static inline void
octets_u8(struct octets *o, unsigned v)
{
	octets_be(o, v, 1);
}

static inline void
octets_fill(struct octets *o, uint8_t v, size_t n)
{
	if (n > sizeof(o->p) - o->n)
		abort();
	memset(o->p + o->n, v, n);
	o->n += n;
}

static inline void
octets_random(struct octets *o, struct prng *r, size_t n)
{
	for (; n >= 4; n -= 4)
		octets_be(o, prng_next(r), 4);
	octets_be(o, prng_next(r), n);
}

/* A BER tag; what follows until octets_close() is its value. */
static inline size_t
octets_open(struct octets *o, uint8_t tag)
{
	octets_u8(o, tag);
	return o->n;
}

/* Puts the length in front of all that came since octets_open(). */
static inline void
octets_close(struct octets *o, size_t at)
{
	size_t n = o->n - at, head = n < 0x80 ? 1 : n < 0x100 ? 2 : 3;

	octets_fill(o, 0, head);
	memmove(o->p + at + head, o->p + at, n);
	if (head > 1)
		o->p[at] = (uint8_t)(0x80 + head - 1);
	if (head > 2)
		o->p[at + 1] = (uint8_t)(n >> 8);
	o->p[at + head - 1] = (uint8_t)n;
}

static inline void
octets_tlv(struct octets *o, uint8_t tag, const void *p, size_t n)
{
	size_t at = octets_open(o, tag);

	octets_put(o, p, n);
	octets_close(o, at);
}

#endif
