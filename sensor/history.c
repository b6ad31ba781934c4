/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of streams, chained backwards through one ring of octets. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "sensor/area.h"
#include "sensor/history.h"

#define ALIGN HISTORY_LOST
#define PIECES_MAX 256 /* that one comparison looks at */

struct piece {
	uint32_t self;     /* its own position: a stale one does not match */
	uint32_t previous; /* of the same stream, or 0 */
	uint32_t owner, seq, n;
	uint32_t spare;
};

struct history {
	uint8_t *ring;
	uint32_t size, head; /* head: position of the next piece, mod 2^32 */
};

struct history *
history_new(size_t size)
{
	struct history *h = calloc(1, sizeof(*h));

	if (h == NULL || size == 0)
		return h;
	for (h->size = 4096; h->size < size; h->size *= 2)
		;
	h->head = ALIGN; /* position 0 means none */
	h->ring = area_new(h->size, 1);
	if (h->ring == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

void
history_free(struct history *h)
{
	if (h != NULL)
		area_free(h->ring, h->size, 1);
	free(h);
}

/* The piece at a position, or NULL when it was overwritten. */
static const struct piece *
piece_at(const struct history *h, uint32_t position, uint32_t owner)
{
	uint32_t at = position & (h->size - 1);
	const struct piece *p;

	if (position == 0 || h->head - position > h->size ||
	    at + sizeof(*p) > h->size)
		return NULL;
	p = (const struct piece *)(const void *)(h->ring + at);
	if (p->self != position || p->owner != owner ||
	    p->n > h->size - at - sizeof(*p))
		return NULL;
	return p;
}

void
history_put(struct history *h, uint32_t *last, uint32_t owner, uint32_t seq,
    const uint8_t *octets, size_t n)
{
	size_t need = (sizeof(struct piece) + n + ALIGN - 1) & ~(size_t)7;
	struct piece *p;
	uint32_t at;

	if (n == 0 || need > h->size / 4)
		return;
	at = h->head & (h->size - 1);
	if (at + need > h->size) { /* a piece is never in two parts */
		h->head += h->size - at;
		at = 0;
	}
	if (h->head == 0) { /* 2^32 octets went by */
		h->head = h->size;
		*last = 0;
	}
	p = (struct piece *)(void *)(h->ring + at);
	*p = (struct piece){ h->head, *last, owner, seq, (uint32_t)n, 0 };
	memcpy(p + 1, octets, n);
	*last = h->head;
	h->head += (uint32_t)need;
}

/* Compares the part that the piece and [seq, seq + n) have in common. */
static size_t
compare(const struct piece *p, uint32_t seq, const uint8_t *octets, size_t n,
    size_t *differs)
{
	int64_t begin = (int32_t)(p->seq - seq), end = begin + p->n;
	const uint8_t *kept = (const uint8_t *)(p + 1);
	int64_t from = begin > 0 ? begin : 0;
	int64_t to = end < (int64_t)n ? end : (int64_t)n;

	if (from >= to)
		return 0;
	for (int64_t i = from; i < to; i++)
		if (octets[i] != kept[i - begin]) {
			if ((size_t)i < *differs)
				*differs = (size_t)i;
			break;
		}
	return (size_t)(to - from);
}

/* The piece before that at *position: a chain only leads backwards. */
static const struct piece *
before(const struct history *h, const struct piece *p, uint32_t *position,
    uint32_t owner)
{
	if (h->head - p->previous <= h->head - *position)
		return NULL;
	*position = p->previous;
	return piece_at(h, *position, owner);
}

size_t
history_compare(const struct history *h, uint32_t last, uint32_t owner,
    uint32_t seq, const uint8_t *octets, size_t n, size_t *differs)
{
	const struct piece *p = piece_at(h, last, owner);
	size_t done = 0;

	*differs = n;
	for (int i = 0; i < PIECES_MAX && p != NULL && done < n; i++) {
		done += compare(p, seq, octets, n, differs);
		p = before(h, p, &last, owner);
	}
	return done;
}

bool
history_ends(
    const struct history *h, uint32_t last, uint32_t owner, uint32_t seq)
{
	const struct piece *p = piece_at(h, last, owner);
	bool found = false;

	for (int i = 0; i < PIECES_MAX && p != NULL; i++) {
		if (seq - p->seq < p->n)
			return false;
		found = found || p->seq + p->n == seq;
		p = before(h, p, &last, owner);
	}
	return found;
}
