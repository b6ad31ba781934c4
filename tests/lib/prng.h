/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that look random and are the same on every run (xorshift64*). */
#ifndef TESTS_LIB_PRNG_H
#define TESTS_LIB_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
	uint64_t state; /* never 0 */
};

static inline struct prng
prng_from(uint64_t seed)
{
	/* an odd factor keeps apart what is near; 0 would stay 0 */
	uint64_t s = (seed + 1) * 0x9e3779b97f4a7c15;

	return (struct prng){ s != 0 ? s : 1 };
}

static inline uint32_t
prng_next(struct prng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (uint32_t)(r->state * 0x2545f4914f6cdd1d >> 32);
}

/* From 0 to n - 1; n > 0. */
static inline uint32_t
prng_below(struct prng *r, uint32_t n)
{
	return (uint32_t)((uint64_t)prng_next(r) * n >> 32);
}

static inline uint32_t
prng_between(struct prng *r, uint32_t least, uint32_t most)
{
	return least + prng_below(r, most - least + 1);
}

/* True in percent of all calls. */
static inline bool
prng_chance(struct prng *r, uint32_t percent)
{
	return prng_below(r, 100) < percent;
}

#endif
