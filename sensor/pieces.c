/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash of each piece as it was written last tells what changed: what is kept
 * costs nothing on the way of a packet.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/area.h"
#include "sensor/layout.inc"
#include "sensor/pieces.h"

struct part {
	struct kept_part kept;
	void *state;
	uint64_t *shadow; /* by number; 0: nothing is written */
	uint32_t high;    /* numbers below were written, some */
	char owner[MEMORY_OWNER];
};

struct pieces {
	size_t n;
	struct part *parts;
	struct memory_row row;
};

struct pieces *
pieces_new(void)
{
	return calloc(1, sizeof(struct pieces));
}

void
pieces_free(struct pieces *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		area_free(p->parts[i].shadow, p->parts[i].kept.n,
		    sizeof(*p->parts[i].shadow));
	free(p->parts);
	free(p);
}

/* Octets of a row without its sum. */
static size_t
row_size(const struct kept_part *k)
{
	return k->made > 0 ? k->made : k->piece + k->more;
}

static int
add(struct pieces *p, void *state, const struct kept_part *k)
{
	struct part *grown = realloc(p->parts, (p->n + 1) * sizeof(*p->parts));
	struct part *part;
	int n;

	if (grown == NULL)
		return -ENOMEM;
	p->parts = grown;
	part = &grown[p->n];
	*part = (struct part){ .kept = *k,
		.state = k->self != NULL ? k->self : state };
	/* a piece of another size means something else */
	n = snprintf(part->owner, sizeof(part->owner), "%s.%u.%zu." LAYOUT,
	    k->name, k->version, row_size(k));
	if (n < 0 || (size_t)n >= sizeof(part->owner) ||
	    row_size(k) > MEMORY_PIECE - MEMORY_SUM)
		return -EINVAL;
	part->shadow = area_new(k->n, sizeof(*part->shadow));
	if (part->shadow == NULL)
		return -ENOMEM;
	p->n++;
	return 0;
}

int
pieces_add(struct pieces *p, void *state, const struct kept_part *k, size_t n)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < n; i++)
		e = add(p, state, &k[i]);
	return e;
}

static uint8_t *
piece_at(const struct part *part, uint32_t i)
{
	uint8_t *base = part->kept.table != NULL ? part->kept.table->entries
	                                         : part->kept.at;

	return base + i * part->kept.piece;
}

static uint32_t
in_use(const struct part *part)
{
	if (part->kept.table != NULL)
		return part->kept.table->used;
	return part->kept.used != NULL ? *part->kept.used : part->kept.n;
}

/* An array is zero as far as nothing was ever written there. */
static bool
is_zero(const uint8_t *p, size_t n)
{
	return *p == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* The row's octets. */
static void
make(struct pieces *p, const struct part *part, uint32_t i, const uint8_t *from)
{
	const struct kept_part *k = &part->kept;
	uint8_t *to = p->row.body;

	p->row.n = (uint32_t)row_size(k);
	memset(to, 0, p->row.n);
	if (k->made == 0)
		memcpy(to, from, k->piece);
	for (size_t at = 0; at < KEPT_POINTERS && k->pointers[at] != 0; at++)
		memset(to + k->pointers[at], 0, sizeof(void *));
	if (k->out != NULL)
		k->out(part->state, i, to);
}

/* False: there was no room for it. */
static bool
remember(struct pieces *p, struct part *part, uint32_t i, struct memory *to)
{
	const struct kept_part *k = &part->kept;
	const uint8_t *from = piece_at(part, i);
	uint64_t h;

	if (k->table == NULL && part->shadow[i] == 0 && is_zero(from, k->piece))
		return true;
	h = memory_hash(from, k->piece);
	if (part->shadow[i] == h)
		return true;
	make(p, part, i, from);
	memcpy(p->row.owner, part->owner, sizeof(p->row.owner));
	p->row.number = i;
	memory_seal(&p->row);
	if (!to->put_row(to, &p->row))
		return false;
	part->shadow[i] = h;
	if (i >= part->high)
		part->high = i + 1;
	return true;
}

/* Those that are no more. */
static bool
forget_above(struct pieces *p, struct part *part, uint32_t n, struct memory *to)
{
	for (uint32_t i = n; i < part->high; i++) {
		if (part->shadow[i] == 0)
			continue;
		memcpy(p->row.owner, part->owner, sizeof(p->row.owner));
		p->row.number = i;
		p->row.n = 0;
		if (!to->put_row(to, &p->row))
			return false;
		part->shadow[i] = 0;
	}
	if (part->high > n)
		part->high = n;
	return true;
}

void
pieces_remember(struct pieces *p, struct memory *to)
{
	for (size_t i = 0; i < p->n; i++) {
		uint32_t n = in_use(&p->parts[i]);

		for (uint32_t k = 0; k < n; k++)
			if (!remember(p, &p->parts[i], k, to))
				return;
		if (!forget_above(p, &p->parts[i], n, to))
			return;
	}
}

/* When it was used, the table says itself. */
static void
put_entry(const struct kept_part *k, const uint8_t *from)
{
	struct table *t = k->table;
	bool fresh;
	uint8_t *entry = table_put(t, from, &fresh);
	uint32_t stamp;

	memcpy(&stamp, entry + t->stamp_at, sizeof(stamp));
	memcpy(entry, from, k->piece);
	if (t->stamp_at != 0)
		memcpy(entry + t->stamp_at, &stamp, sizeof(stamp));
}

bool
pieces_recall(struct pieces *p, const struct memory_row *row)
{
	struct part *part = NULL;
	const struct kept_part *k;

	for (size_t i = 0; i < p->n && part == NULL; i++)
		if (strcmp(p->parts[i].owner, row->owner) == 0)
			part = &p->parts[i];
	if (part == NULL)
		return false;
	if (row->number >= part->kept.n)
		return true;
	k = &part->kept;
	part->shadow[row->number] = 1; /* it is there, as it was */
	if (row->number >= part->high)
		part->high = row->number + 1;
	memcpy(&p->row, row, memory_row_size(row));
	if (!memory_unseal(&p->row) || p->row.n != row_size(k))
		return true;
	for (size_t at = 0;
	     k->made == 0 && at < KEPT_POINTERS && k->pointers[at] != 0; at++)
		memset(p->row.body + k->pointers[at], 0, sizeof(void *));
	if (k->in != NULL) {
		k->in(part->state, p->row.body);
	} else if (k->table != NULL) {
		put_entry(k, p->row.body);
	} else {
		memcpy(piece_at(part, row->number), p->row.body, k->piece);
	}
	return true;
}

void
pieces_forget(struct pieces *p)
{
	for (size_t i = 0; i < p->n; i++)
		memset(p->parts[i].shadow, 0,
		    in_use(&p->parts[i]) * sizeof(*p->parts[i].shadow));
}
