/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What outlives a restart, as the pipeline sees it: rows that it hands over and
 * asks for again.  Who keeps them, and how, is not known here.
 */
#ifndef RULES_MEMORY_H
#define RULES_MEMORY_H

#include <stdbool.h>

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

struct memory {
	/* Takes a copy.  False: there is no room now, ask again later. */
	bool (*put)(struct memory *, const struct memory_meter *);

	/* As put. */
	bool (*put_row)(struct memory *, const struct memory_row *);

	/*
	 * What was put last under this title, or without one at this address
	 * (title NULL).  False: nothing was.  In a replay it waits for the
	 * answer; calls are rare, only what memory does not hold is asked for.
	 */
	bool (*find)(struct memory *, const uint8_t *title,
	    const uint8_t ip[16], uint16_t port, uint16_t unit,
	    struct memory_meter *);
};

#endif
