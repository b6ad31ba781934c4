/* SPDX-License-Identifier: Apache-2.0 */
/* Packet time as one number; packets may come out of order. */
#ifndef RULES_WHEN_H
#define RULES_WHEN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Milliseconds since 1970. */
static inline uint64_t
when_ms(struct timespec t)
{
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* How far apart, whichever is the earlier. */
static inline uint64_t
when_apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* How long after then; 0 when then is the later. */
static inline uint64_t
when_since(uint64_t then, uint64_t now)
{
	return now > then ? now - then : 0;
}

/* Whether less than t_s seconds lie between two times in milliseconds. */
static inline bool
when_within(uint64_t a, uint64_t b, uint32_t t_s)
{
	return when_apart(a, b) < UINT64_C(1000) * t_s;
}

#endif
