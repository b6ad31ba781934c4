/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a state that outlive a restart: plain octets without a pointer in
 * them, piece by piece.  Each piece is found by its number, and what changed
 * since it was written last is written again.
 */
#ifndef RULES_KEPT_H
#define RULES_KEPT_H

#include <string.h>

#include "rules/memory.h"
#include "rules/table.h"

#define KEPT_MOST 8
#define KEPT_POINTERS 8

struct kept_part {
	const char *name;    /* fixed, it stands in the file: "dlms.clock" */
	uint16_t version;    /* of what a piece means; others are not read */
	struct table *table; /* its entries are the pieces; or NULL and */
	void *at;            /* n pieces from here on */
	uint32_t n;
	const uint32_t *used; /* of the n, so many; NULL: all */
	size_t piece;         /* octets of one, at most MEMORY_PIECE */
	size_t more;          /* that out() adds behind them */

	size_t made; /* that out() makes of one, in place of its octets; or 0 */

	/* Offsets in a piece of pointers, which are NULL next time; up to 0. */
	uint16_t pointers[KEPT_POINTERS];

	/*
	 * What a place in a table beside it or a pointer is, is no other
	 * time: out changes a copy of piece i before it is kept, in takes such
	 * a copy in.  NULL: it is kept, and comes back, as it is.
	 */
	void (*out)(void *state, uint32_t i, void *copy);
	void (*in)(void *state, void *copy);
	void *self; /* what they get for a state; NULL: the state */
};

static inline struct kept_part
kept_table(const char *name, uint16_t version, struct table *t)
{
	return (struct kept_part){ .name = name,
		.version = version,
		.table = t,
		.n = t->cap,
		.piece = t->entry_size };
}

/* An array of which each element is a piece. */
static inline struct kept_part
kept_each(
    const char *name, uint16_t version, void *at, size_t element, uint32_t n)
{
	return (struct kept_part){ .name = name,
		.version = version,
		.at = at,
		.n = n,
		.piece = element };
}

/* An array in pieces of about 256 octets, whatever its elements are. */
static inline struct kept_part
kept_array(const char *name, uint16_t version, void *at, size_t element,
    size_t elements)
{
	size_t piece = element;

	while (piece < 256 && elements % 2 == 0) {
		piece *= 2;
		elements /= 2;
	}
	return (struct kept_part){ .name = name,
		.version = version,
		.at = at,
		.n = (uint32_t)elements,
		.piece = piece };
}

#endif
