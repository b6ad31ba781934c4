/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row is the flow without what points elsewhere, and the octets of units that
 * are not whole yet.  A flow keeps its place and epoch: whoever knows it by
 * them still does.
 */
#include <config.h>

#include <stdlib.h>

#include "rules/detector.h"
#include "sensor/area.h"
#include "sensor/flow_keep.h"
#include "sensor/history.h"

#define OWNER "flows.1"
#define DISSECTORS 32
#define UNDECIDED 2 /* pieces that may still become one of our protocols */

/* Octets of a unit that wait, behind the flow. */
struct waiting {
	uint32_t n, seq, lost;
};

struct flow_keep {
	struct flows *flows;
	struct blocks *blocks;
	uint32_t cap;
	uint64_t *shadow; /* hash of what was written; 0: nothing is */
	/*
	 * By dissector: whose world remembers what its connections said.  One
	 * that does not takes a connection for picked up in the middle, and is
	 * right.
	 */
	bool remembered[DISSECTORS];
	struct memory_row row;
};

static bool
is_remembered(const char *protocol)
{
	for (size_t i = 0; worlds[i] != NULL; i++)
		if (worlds[i]->kept != NULL &&
		    strcmp(worlds[i]->protocol, protocol) == 0)
			return true;
	return false;
}

struct flow_keep *
flow_keep_new(struct flows *flows, struct blocks *blocks, uint32_t cap)
{
	struct flow_keep *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	*k = (struct flow_keep){ .flows = flows, .blocks = blocks, .cap = cap };
	k->shadow = area_new(cap, sizeof(*k->shadow));
	if (k->shadow == NULL) {
		free(k);
		return NULL;
	}
	for (size_t i = 0; dissectors[i] != NULL && i < DISSECTORS; i++)
		k->remembered[i] = is_remembered(dissectors[i]->name);
	return k;
}

void
flow_keep_free(struct flow_keep *k)
{
	if (k == NULL)
		return;
	area_free(k->shadow, k->cap, sizeof(*k->shadow));
	free(k);
}

static bool
is_ours(const struct flow_keep *k, const struct flow *f)
{
	if (f->app != 0)
		return k->remembered[f->app - 1];
	return f->protocol == 6 && f->tries < UNDECIDED;
}

static void
put(struct memory_row *r, const void *p, size_t n)
{
	memcpy(r->body + r->n, p, n);
	r->n += (uint32_t)n;
}

/* What does not fit will be missing: the unit is lost, and so it is said. */
static void
put_waiting(struct flow_keep *k, struct flow *copy, unsigned dir)
{
	struct half *h = &copy->half[dir];
	const struct block *b = NULL;
	struct waiting w = { 0 };

	if (h->pending != BLOCK_NONE) {
		b = blocks_at(k->blocks, h->pending);
		w = (struct waiting){ b->n, b->seq, b->lost };
	}
	if (w.n > MEMORY_PIECE - MEMORY_SUM - 2 * sizeof(w) - k->row.n) {
		w = (struct waiting){ 0 };
		copy->flags |= FLOW_GAPPED;
		h->flags |= HALF_SEARCH;
		h->flags &= (uint8_t) ~(HALF_ASSURED | HALF_SYN);
	}
	put(&k->row, &w, sizeof(w));
	if (w.n > 0)
		put(&k->row, b->data, w.n);
}

static void
write_row(struct flow_keep *k, const struct flow *f)
{
	struct flow copy = *f;

	copy.flags &= (uint8_t) ~(FLOW_HOLES | FLOW_NAMED);
	copy.classify = copy.packets = 0;
	copy.classified = 0;
	copy.label = 0;
	copy.hint = NULL;
	memset(copy.held, 0, sizeof(copy.held));
	k->row.n = sizeof(copy);
	for (unsigned dir = 0; dir < 2; dir++) {
		put_waiting(k, &copy, dir);
		/* what came again is not taken for what we never had */
		if (copy.history[dir] != 0)
			copy.history[dir] = HISTORY_LOST;
		copy.half[dir].pending = BLOCK_NONE;
		copy.half[dir].held = 0;
	}
	memcpy(k->row.body, &copy, sizeof(copy));
}

/* False: there was no room. */
static bool
remember(struct flow_keep *k, uint32_t slot, struct memory *to)
{
	const struct flow *f = flow_at(k->flows, slot);
	uint64_t h = 0;

	k->row.n = 0;
	if (is_ours(k, f)) {
		write_row(k, f);
		h = memory_hash(k->row.body, k->row.n);
		memory_seal(&k->row);
	}
	if (h == k->shadow[slot])
		return true;
	memset(k->row.owner, 0, sizeof(k->row.owner));
	memcpy(k->row.owner, OWNER, sizeof(OWNER));
	k->row.number = slot;
	if (!to->put_row(to, &k->row))
		return false;
	k->shadow[slot] = h;
	return true;
}

bool
flow_keep_remember(struct flow_keep *k, int64_t since_s, struct memory *to)
{
	uint32_t n = flow_used(k->flows);
	bool all = true;

	for (uint32_t i = 0; i < n; i++)
		if ((int64_t)flow_at(k->flows, i)->seen_s >= since_s)
			all = remember(k, i, to) && all;
	return all;
}

/* Octets that wait again; without room the unit is lost. */
static bool
take_waiting(struct flow_keep *k, struct half *h, const uint8_t **p, size_t *n)
{
	struct waiting w;
	struct block *b;

	if (*n < sizeof(w))
		return false;
	memcpy(&w, *p, sizeof(w));
	*p += sizeof(w);
	*n -= sizeof(w);
	if (w.n > *n || w.seq > w.n)
		return false;
	if (w.n == 0)
		return true;
	h->pending = blocks_get(k->blocks, w.n);
	if (h->pending == BLOCK_NONE)
		return false;
	b = blocks_at(k->blocks, h->pending);
	memcpy(b->data, *p, w.n);
	b->n = w.n;
	b->seq = w.seq;
	b->lost = w.lost;
	*p += w.n;
	*n -= w.n;
	return true;
}

static bool
is_sound(const struct flow *f)
{
	uint8_t apps = 0;

	while (dissectors[apps] != NULL && apps < DISSECTORS)
		apps++;
	return (f->protocol == 6 || f->protocol == 17) && f->app <= apps &&
	       f->classify == 0 && f->classified == 0 && f->label == 0 &&
	       f->packets == 0 && f->held[0] == 0 && f->held[1] == 0 &&
	       (f->flags & (FLOW_HOLES | FLOW_NAMED)) == 0 &&
	       f->half[0].pending == 0 && f->half[1].pending == 0 &&
	       f->hint == NULL &&
	       (f->history[0] | f->history[1] | HISTORY_LOST) == HISTORY_LOST &&
	       f->half[0].held == 0 && f->half[1].held == 0;
}

bool
flow_keep_recall(struct flow_keep *k, const struct memory_row *row)
{
	const uint8_t *p = k->row.body + sizeof(struct flow);
	struct flow saved, *f;
	size_t n;

	if (strcmp(row->owner, OWNER) != 0)
		return false;
	memcpy(&k->row, row, memory_row_size(row));
	if (!memory_unseal(&k->row) || k->row.n < sizeof(saved))
		return true;
	n = k->row.n - sizeof(saved);
	memcpy(&saved, k->row.body, sizeof(saved));
	if (!is_sound(&saved) || !is_ours(k, &saved))
		return true;
	f = flow_restore(k->flows, row->number, &saved);
	if (f == NULL)
		return true;
	for (unsigned dir = 0; dir < 2; dir++)
		if (!take_waiting(k, &f->half[dir], &p, &n)) {
			f->flags |= FLOW_GAPPED;
			f->half[dir].flags |= HALF_SEARCH;
			n = 0;
		}
	return true;
}
