/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A datagram waits in one large block; a bit for every 8 octets says what has
 * come.  Overlapping fragments are refused with their datagram, as RFC 5722
 * wants it: hosts disagree on which one wins.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "sensor/fragments.h"

#define UNITS (BLOCK_LARGE / 8)
#define LIFE_S 30 /* RFC 791 says 15, RFC 8200 60 */

struct datagram {
	uint8_t src[16], dst[16];
	uint32_t id;
	uint8_t version, protocol;
	bool used, refused;
	uint32_t block;
	size_t have, total; /* octets; total 0: the last is not there yet */
	size_t far;         /* where what has come ends */
	time_t since;
	uint8_t seen[UNITS / 8];
};

struct fragments {
	struct blocks *blocks;
	uint32_t cap;
	struct datagram *datagrams;
	struct fragment_counts counts;
	uint32_t given; /* the block of the last one put together */
};

static size_t
address_size(const struct packet *pk)
{
	return pk->version == 4 ? 4 : 16;
}

/* IPv6 asks the first fragment for the protocol, no other (RFC 8200, 4.5). */
static bool
is_of(const struct datagram *d, const struct packet *pk, uint32_t id)
{
	return d->used && d->id == id && d->version == pk->version &&
	       (d->protocol == pk->protocol || pk->version == 6) &&
	       memcmp(d->src, pk->src, address_size(pk)) == 0 &&
	       memcmp(d->dst, pk->dst, address_size(pk)) == 0;
}

static void
release(struct fragments *f, struct datagram *d)
{
	blocks_put(f->blocks, d->block);
	d->block = BLOCK_NONE;
	d->used = false;
}

static void
expire(struct fragments *f, struct datagram *d, time_t now)
{
	if (!d->used || (now - d->since <= LIFE_S && d->since - now <= LIFE_S))
		return;
	f->counts.expired++;
	release(f, d);
}

/* The datagram of this fragment, or a place for it: free, or the oldest. */
static struct datagram *
place(struct fragments *f, const struct packet *pk, uint32_t id)
{
	struct datagram *best = &f->datagrams[0];

	for (uint32_t i = 0; i < f->cap; i++) {
		struct datagram *d = &f->datagrams[i];

		expire(f, d, pk->place.at.tv_sec);
		if (is_of(d, pk, id))
			return d;
		if (best->used && (!d->used || d->since < best->since))
			best = d;
	}
	if (best->used) {
		f->counts.evicted++;
		release(f, best);
	}
	memset(best, 0, sizeof(*best));
	memcpy(best->src, pk->src, address_size(pk));
	memcpy(best->dst, pk->dst, address_size(pk));
	best->id = id;
	best->version = pk->version;
	best->protocol = pk->protocol;
	best->since = pk->place.at.tv_sec;
	best->used = true;
	return best;
}

/* Marks the units of 8 octets; false when one of them was there already. */
static bool
mark(struct datagram *d, size_t offset, size_t n)
{
	for (size_t u = offset / 8; u < (offset + n + 7) / 8; u++) {
		if ((d->seen[u / 8] >> (u % 8) & 1) != 0)
			return false;
		d->seen[u / 8] |= (uint8_t)(1U << (u % 8));
	}
	return true;
}

/* A copy of what is there already says nothing new. */
static bool
is_copy(const struct fragments *f, const struct datagram *d,
    const struct packet *pk, size_t offset)
{
	const struct block *b = blocks_at(f->blocks, d->block);

	for (size_t u = offset / 8; u < (offset + pk->n + 7) / 8; u++)
		if ((d->seen[u / 8] >> (u % 8) & 1) == 0)
			return false;
	return memcmp(b->data + offset, pk->p, pk->n) == 0;
}

static void
refuse(struct fragments *f, struct datagram *d)
{
	f->counts.overlaps++;
	blocks_put(f->blocks, d->block);
	d->block = BLOCK_NONE;
	d->refused = true; /* what still comes of it goes the same way */
}

static bool
store(struct fragments *f, struct datagram *d, const struct packet *pk,
    size_t offset, bool more)
{
	size_t end = offset + pk->n;

	if (pk->lost > 0 || end > BLOCK_LARGE || pk->n == 0 ||
	    (more && pk->n % 8 != 0))
		return false;
	if (d->block == BLOCK_NONE)
		d->block = blocks_get(f->blocks, BLOCK_LARGE);
	if (d->block == BLOCK_NONE)
		return false;
	if (is_copy(f, d, pk, offset))
		return true;
	if ((d->total > 0 && (end > d->total || !more)) ||
	    (!more && end < d->far) || !mark(d, offset, pk->n)) {
		refuse(f, d);
		return false;
	}
	memcpy(blocks_at(f->blocks, d->block)->data + offset, pk->p, pk->n);
	d->have += pk->n;
	if (end > d->far)
		d->far = end;
	if (offset == 0)
		d->protocol = pk->protocol;
	if (!more)
		d->total = end;
	return true;
}

struct fragments *
fragments_new(uint32_t cap, struct blocks *blocks)
{
	struct fragments *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->blocks = blocks;
	f->cap = cap;
	f->datagrams = calloc(cap, sizeof(*f->datagrams));
	if (f->datagrams == NULL) {
		free(f);
		return NULL;
	}
	return f;
}

void
fragments_free(struct fragments *f)
{
	if (f != NULL)
		free(f->datagrams);
	free(f);
}

bool
fragments_put(struct fragments *f, struct packet *pk, uint32_t id,
    size_t offset, bool more)
{
	struct datagram *d = place(f, pk, id);
	uint32_t before = f->given;
	bool whole = !d->refused && store(f, d, pk, offset, more) &&
	             d->total > 0 && d->have == d->total;

	f->counts.seen++;
	f->given = BLOCK_NONE;
	if (whole) {
		f->counts.whole++;
		f->given = d->block;
		pk->p = blocks_at(f->blocks, d->block)->data;
		pk->n = d->total;
		pk->protocol = d->protocol;
		d->block = BLOCK_NONE;
		release(f, d);
	}
	/* only now: a fragment in a datagram put together stands in it */
	blocks_put(f->blocks, before);
	return whole;
}

void
fragments_tick(struct fragments *f, struct timespec now)
{
	for (uint32_t i = 0; i < f->cap; i++)
		expire(f, &f->datagrams[i], now.tv_sec);
}

static bool
is_seen(const struct datagram *d, size_t unit)
{
	return unit < UNITS && (d->seen[unit / 8] >> (unit % 8) & 1) != 0;
}

/* The octets of units that lie beside each other. */
static void
each_part(const struct fragments *f, const struct datagram *d,
    struct fragment_kept *k,
    void (*each)(void *, const struct fragment_kept *, const uint8_t *, size_t),
    void *arg)
{
	const struct block *b = blocks_at(f->blocks, d->block);
	size_t u = 0, n;

	while (u * 8 < d->far) {
		for (n = 0; is_seen(d, u + n); n++)
			;
		k->offset = u * 8;
		if (n > 0)
			each(arg, k, b->data + u * 8,
			    (u + n) * 8 < d->far ? n * 8 : d->far - u * 8);
		u += n + 1;
	}
}

void
fragments_each(const struct fragments *f,
    void (*each)(void *, const struct fragment_kept *, const uint8_t *, size_t),
    void *arg)
{
	for (uint32_t i = 0; i < f->cap; i++) {
		const struct datagram *d = &f->datagrams[i];
		struct fragment_kept k;

		if (!d->used)
			continue;
		memset(&k, 0, sizeof(k));
		memcpy(k.src, d->src, sizeof(k.src));
		memcpy(k.dst, d->dst, sizeof(k.dst));
		k.id = d->id;
		k.version = d->version;
		k.protocol = d->protocol;
		k.refused = d->refused;
		k.total = d->total;
		k.since = d->since;
		if (d->refused)
			each(arg, &k, NULL, 0);
		else if (d->block != BLOCK_NONE)
			each_part(f, d, &k, each, arg);
	}
}

void
fragments_recall(struct fragments *f, const struct fragment_kept *k,
    const uint8_t *p, size_t n)
{
	struct packet pk = { .src = k->src,
		.dst = k->dst,
		.version = k->version == 4 ? 4 : 6,
		.protocol = k->protocol,
		.p = p,
		.n = n };
	struct datagram *d;

	pk.place.at.tv_sec = (time_t)k->since;
	if (k->offset > BLOCK_LARGE || k->total > BLOCK_LARGE)
		return;
	d = place(f, &pk, k->id);
	if (k->refused != 0) {
		blocks_put(f->blocks, d->block);
		d->block = BLOCK_NONE;
		d->refused = true;
		return;
	}
	/* the last part of all says how long it is */
	if (!d->refused)
		store(f, d, &pk, k->offset,
		    k->total == 0 || k->offset + n != k->total);
}

const struct fragment_counts *
fragments_counts(const struct fragments *f)
{
	return &f->counts;
}
