/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What outlives a restart, as the pipeline sees it: rows that it hands over and
 * asks for again.  Who keeps them, and how, is not known here.
 */
#ifndef RULES_MEMORY_H
#define RULES_MEMORY_H

#include <stdbool.h>
#include <string.h>

#include "rules/event.h"

#define MEMORY_TITLE 8
#define MEMORY_NAME 16
#define MEMORY_BODY 8192

/* A meter.  body is its world's own, in a version of its own. */
struct memory_meter {
	bool titled;
	uint8_t title[MEMORY_TITLE]; /* zero unless titled */
	uint8_t ip[16];
	uint16_t port, unit;
	uint8_t name[MEMORY_NAME]; /* NUL-padded, any octets */
	uint32_t first_s, last_s;  /* packet time */
	uint32_t reset_ok_s;       /* acknowledged by a person; 0: never */
	uint32_t n;                /* octets of body */
	uint8_t body[MEMORY_BODY];
};

/* The octets of a meter that are in use, for copies from its begin. */
static inline size_t
memory_meter_size(const struct memory_meter *m)
{
	return offsetof(struct memory_meter, body) + m->n;
}

#define MEMORY_OWNER 48
#define MEMORY_PIECE 3072

/* A piece of what a world, a detector or the sensor keeps; see kept.h. */
struct memory_row {
	char owner[MEMORY_OWNER]; /* with its NUL */
	uint32_t number;
	uint32_t n; /* octets of body; 0: it is no more */
	uint8_t body[MEMORY_PIECE];
};

static inline size_t
memory_row_size(const struct memory_row *r)
{
	return offsetof(struct memory_row, body) + r->n;
}

/*
 * A file may be damaged, and what is kept says where things lie: the last
 * octets of a row are a hash of all before them.
 */
#define MEMORY_SUM 8

static inline uint64_t
memory_hash(const uint8_t *p, size_t n)
{
	uint64_t h = n, w;

	for (; n >= sizeof(w); n -= sizeof(w), p += sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		h = (h ^ w) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	for (; n > 0; n--, p++)
		h = (h ^ *p) * UINT64_C(0x100000001b3);
	return (h ^ h >> 32) | 1; /* never 0 */
}

/* Adds it to a row that has room for it. */
static inline void
memory_seal(struct memory_row *r)
{
	uint64_t h = memory_hash(r->body, r->n);

	memcpy(r->body + r->n, &h, sizeof(h));
	r->n += MEMORY_SUM;
}

/* Takes it away; false: the row is not as it was. */
static inline bool
memory_unseal(struct memory_row *r)
{
	uint64_t h;

	if (r->n < MEMORY_SUM)
		return false;
	r->n -= MEMORY_SUM;
	memcpy(&h, r->body + r->n, sizeof(h));
	return h == memory_hash(r->body, r->n);
}

enum memory_found { MEMORY_NONE, MEMORY_FOUND, MEMORY_LATER };

/* What comes later. */
struct memory_answer {
	uint32_t ticket;
	bool overdue; /* nobody waits for it any more: that is no proof */
	const struct memory_meter *meter; /* NULL: nothing was put */
};

struct memory {
	/* Takes a copy.  False: there is no room now, ask again later. */
	bool (*put)(struct memory *, const struct memory_meter *);

	/* As put. */
	bool (*put_row)(struct memory *, const struct memory_row *);

	/*
	 * What was put last under this title, or without one at this address
	 * (title NULL).  A replay waits for the answer, the sensor but a
	 * moment: later, and *ticket, which is not 0, names the answer that
	 * comes by the world's answered().  Calls are rare, only what memory
	 * does not hold is asked for.
	 */
	enum memory_found (*find)(struct memory *, const uint8_t *title,
	    const uint8_t ip[16], uint16_t port, uint16_t unit,
	    struct memory_meter *, uint32_t *ticket);
};

#endif
