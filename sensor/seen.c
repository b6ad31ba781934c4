/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of keyed 64-bit hashes, two places for each.  The hash multiplies
 * and folds, 16 octets a step; it is keyed, not cryptographic: the key never
 * leaves.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "sensor/area.h"
#include "sensor/seen.h"

#define WAYS 2

#define TIMES 8 /* bits of stamp: copies in a row */
#define MANY 64 /* more of them than any tap makes */
#define PART ((1 << TIMES) - 1)

/*
 * stamp: the whole time, us, for one that comes round again would hide a frame
 * that is sent a second time just then; and TIMES bits.  0: not used yet.
 */
struct copy {
	uint64_t hash, stamp;
};

struct seen {
	uint64_t key[2];
	uint64_t window_us;
	uint32_t mask, cap;
	struct copy *copies;
};

static uint64_t
fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
load(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/*
 * Two lanes, for a multiplication takes its time; a short tail overlaps.  The
 * length goes in last: octets could make up for it at the beginning.
 */
static uint64_t
hash(const struct seen *s, uint64_t h, const uint8_t *p, size_t n)
{
	uint64_t k0 = s->key[0], k1 = s->key[1], g = k1;
	uint8_t rest[16] = { 0 };
	const uint8_t *tail = rest;
	size_t whole = n;

	h ^= k0;
	if (n < 16)
		memcpy(rest, p, n);
	else
		tail = p + n - 16;
	for (; n > 32; p += 32, n -= 32) {
		h = fold(load(p) ^ h, load(p + 8) ^ k1);
		g = fold(load(p + 16) ^ g, load(p + 24) ^ k0);
	}
	if (n > 16)
		g = fold(load(p) ^ g, load(p + 8) ^ k0);
	h = fold(load(tail) ^ h, load(tail + 8) ^ k1);
	return fold(h ^ k1, g ^ k0 ^ whole);
}

/* What of the packet is the packet, and not padding behind it. */
static size_t
length(const struct packet *pk)
{
	size_t n = pk->n, says = n;

	if (pk->ethertype == 0x0800 && n >= 20)
		says = packet_u16(pk->p + 2);
	else if (pk->ethertype == 0x86dd && n >= 40)
		says = (size_t)packet_u16(pk->p + 4) + 40;
	return says > 0 && says < n ? says : n;
}

struct seen *
seen_new(uint32_t cap, uint32_t window_ms, const uint64_t key[2])
{
	struct seen *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->window_us = (uint64_t)window_ms * 1000;
	/* an even number is a weak factor */
	s->key[0] = key[0] | 1;
	s->key[1] = key[1] | 1;
	for (s->cap = WAYS; s->cap < cap; s->cap *= 2)
		;
	s->mask = s->cap / WAYS - 1;
	s->copies = area_hot(s->cap, sizeof(*s->copies));
	if (s->copies == NULL) {
		free(s);
		return NULL;
	}
	if (cap == 0)
		s->window_us = 0;
	return s;
}

void
seen_free(struct seen *s)
{
	if (s == NULL)
		return;
	area_free(s->copies, s->cap, sizeof(*s->copies));
	free(s);
}

void
seen_hash(const struct seen *s, struct packet *pk)
{
	uint64_t h = pk->ethertype;

	if (s->window_us == 0)
		return;
	if (pk->ethertype != 0x0800 && pk->ethertype != 0x86dd)
		h = hash(s, h, pk->place.mac, sizeof(pk->place.mac));
	pk->hash = hash(s, h, pk->p, length(pk));
	__builtin_prefetch(&s->copies[(pk->hash & s->mask) * WAYS], 1);
}

/*
 * One more of what is there already.  What does not end is sent again and
 * again, by no tap, and is for others to judge.
 */
static bool
is_copy(struct copy *c, uint64_t now, bool within)
{
	uint64_t times = c->stamp & PART;

	if (!within)
		c->stamp = now << TIMES | times;
	else if (times < MANY)
		c->stamp++;
	return within && times < MANY;
}

bool
seen_before(struct seen *s, const struct packet *pk)
{
	uint64_t now, age[WAYS];
	struct copy *c;

	if (s->window_us == 0)
		return false;
	/* never 0, which marks a place that was not used yet */
	now = ((uint64_t)pk->place.at.tv_sec * 1000000 +
	          (uint64_t)pk->place.at.tv_nsec / 1000) |
	      1;
	now = now << TIMES >> TIMES;
	c = &s->copies[(pk->hash & s->mask) * WAYS];
	for (int i = 0; i < WAYS; i++) {
		uint64_t at_us = c[i].stamp >> TIMES;

		age[i] = now > at_us ? now - at_us : at_us - now;
		if (c[i].hash == pk->hash && at_us != 0 &&
		    age[i] <= 2 * s->window_us)
			return is_copy(&c[i], now, age[i] <= s->window_us);
	}
	c = &c[age[0] < age[1]];
	c->hash = pk->hash;
	c->stamp = now << TIMES;
	return false;
}

static uint64_t
age_of(uint64_t now, const struct copy *c)
{
	uint64_t at = c->stamp >> TIMES;

	return now > at ? now - at : at - now;
}

size_t
seen_recent(const struct seen *s, uint8_t *to, size_t size)
{
	uint64_t last = 0;
	size_t n = 0;

	for (uint32_t i = 0; s->window_us > 0 && i < s->cap; i++)
		if (s->copies[i].stamp >> TIMES > last)
			last = s->copies[i].stamp >> TIMES;
	for (uint32_t i = 0; last > 0 && i < s->cap; i++) {
		const struct copy *c = &s->copies[i];

		if (c->stamp == 0 || age_of(last, c) > 2 * s->window_us ||
		    n + sizeof(*c) > size)
			continue;
		memcpy(to + n, c, sizeof(*c));
		n += sizeof(*c);
	}
	return n;
}

void
seen_recall(struct seen *s, const uint8_t *from, size_t n)
{
	struct copy kept, *c;

	for (; s->window_us > 0 && n >= sizeof(kept);
	     n -= sizeof(kept), from += sizeof(kept)) {
		memcpy(&kept, from, sizeof(kept));
		c = &s->copies[(kept.hash & s->mask) * WAYS];
		if (c[0].stamp != 0)
			c++;
		*c = kept;
	}
}
