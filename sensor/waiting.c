/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows are numbered through at each mark; those that are as they were cost
 * nothing.  The rows of one flow, message or datagram follow each other, and
 * each says how much follows it.
 */
#include <config.h>

#include <stdlib.h>

#include "sensor/area.h"
#include "sensor/held.h"
#include "sensor/layout.inc"
#include "sensor/waiting.h"

#define OWNER "waiting.1." LAYOUT
#define ROWS 4096  /* what waits beyond is lost with the program */
#define NAMES 64   /* captures that rows are of */
#define NAME 128   /* octets of a capture's name with its NUL */
#define CHUNK 2048 /* octets in a row */

/* How far the rows of a flow have come. */
enum { FLOW_WHOLE, FLOW_EXPECTED, FLOW_BEGUN };

enum kind { UNIT, SEGMENT, MESSAGE, DATAGRAM, COPIES };

/* What stands before the octets. */
struct head {
	uint32_t kind, dir;
	uint64_t flow; /* UNIT, SEGMENT: its slot; MESSAGE: its number */
	uint32_t key;  /* of a message */
	uint32_t seq, lost;
	uint32_t n;           /* octets in this row */
	uint32_t total;       /* of this unit, segment or message */
	uint32_t at_n;        /* of these, before this row */
	uint32_t place, rest; /* of the flow's, or message's: before, behind */
	struct fragment_kept datagram;
	struct stream_at at;
	char capture[NAME];
};

_Static_assert(sizeof(struct head) + CHUNK + MEMORY_SUM <= MEMORY_PIECE,
    "it is one piece");

struct waiting {
	struct waiting_parts of;
	uint8_t *open;       /* by slot: rows are still to come */
	uint64_t *shadow;    /* by row: what was written; 0: nothing is */
	uint32_t n, written; /* rows of this round, and of any before */
	bool all;            /* of this round was taken */
	struct memory *to;
	struct head head;
	uint64_t flow;  /* of the row that came last, */
	uint32_t place; /* and which it was */
	char *names[NAMES];
	struct memory_row row;
};

struct waiting *
waiting_new(const struct waiting_parts *of)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->of = *of;
	w->shadow = area_new(ROWS, sizeof(*w->shadow));
	w->open = area_new(of->cap, 1);
	if (w->shadow == NULL || w->open == NULL) {
		waiting_free(w);
		return NULL;
	}
	return w;
}

void
waiting_free(struct waiting *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < NAMES; i++)
		free(w->names[i]);
	area_free(w->shadow, ROWS, sizeof(*w->shadow));
	area_free(w->open, w->of.cap, 1);
	free(w);
}

/* --- Out --- */

static void
put_row(struct waiting *w)
{
	uint64_t h = w->row.n > 0 ? memory_hash(w->row.body, w->row.n) : 0;

	if (w->shadow[w->row.number] == h)
		return;
	if (w->row.n > 0)
		memory_seal(&w->row);
	memset(w->row.owner, 0, sizeof(w->row.owner));
	memcpy(w->row.owner, OWNER, sizeof(OWNER));
	if (w->to->put_row(w->to, &w->row))
		w->shadow[w->row.number] = h;
	else
		w->all = false;
}

/* One row with the head at hand. */
static void
put(struct waiting *w, const uint8_t *p, size_t n)
{
	if (w->n == ROWS)
		return;
	w->head.n = (uint32_t)n;
	memcpy(w->row.body, &w->head, sizeof(w->head));
	if (n > 0)
		memcpy(w->row.body + sizeof(w->head), p, n);
	w->row.n = (uint32_t)(sizeof(w->head) + n);
	w->row.number = w->n++;
	put_row(w);
	w->head.place++;
	w->head.rest--;
}

static uint32_t
rows_of(size_t n)
{
	return n > 0 ? (uint32_t)((n + CHUNK - 1) / CHUNK) : 1;
}

/* All octets of one thing, in as many rows as they need. */
static void
put_all(struct waiting *w, const uint8_t *p, size_t n)
{
	size_t done = 0, some;

	w->head.total = (uint32_t)n;
	do {
		some = n - done < CHUNK ? n - done : CHUNK;
		w->head.at_n = (uint32_t)done;
		put(w, p + done, some);
		done += some;
	} while (done < n);
}

static void
set_place(struct head *h, const struct stream_at *at)
{
	memset(&h->at, 0, sizeof(h->at));
	memset(h->capture, 0, sizeof(h->capture));
	h->at.at.tv_sec = at->at.tv_sec;
	h->at.at.tv_nsec = at->at.tv_nsec;
	h->at.frame = at->frame;
	memcpy(h->at.mac, at->mac, sizeof(h->at.mac));
	h->at.vlans = at->vlans;
	memcpy(h->at.vlan, at->vlan, sizeof(h->at.vlan));
	if (at->capture != NULL && strlen(at->capture) < NAME)
		memcpy(h->capture, at->capture, strlen(at->capture));
}

static void
begin(struct waiting *w, enum kind kind, uint64_t flow)
{
	memset(&w->head, 0, sizeof(w->head));
	w->head.kind = kind;
	w->head.flow = flow;
}

bool
waiting_has(const struct flow *f)
{
	return (f->half[0].pending | f->half[1].pending | f->half[0].held |
	           f->half[1].held) != 0;
}

static uint32_t
flow_rows(const struct waiting *w, const struct flow *f)
{
	uint32_t n = 0;

	for (unsigned dir = 0; dir < 2; dir++) {
		if (f->half[dir].pending != BLOCK_NONE)
			n += rows_of(
			    blocks_at(w->of.blocks, f->half[dir].pending)->n);
		for (uint32_t i = f->held[dir]; i != BLOCK_NONE;
		     i = blocks_at(w->of.blocks, i)->next)
			n += rows_of(blocks_at(w->of.blocks, i)->n);
	}
	return n;
}

static void
put_block(struct waiting *w, enum kind kind, unsigned dir, uint32_t i)
{
	const struct block *b = blocks_at(w->of.blocks, i);

	w->head.kind = kind;
	w->head.dir = dir;
	w->head.seq = b->seq;
	w->head.lost = b->lost;
	/* that of a unit says nothing */
	if (kind == SEGMENT)
		set_place(&w->head, &b->at);
	put_all(w, b->data, b->n);
}

static void
put_flow(struct waiting *w, const struct flow *f, uint32_t slot)
{
	begin(w, UNIT, slot);
	w->head.rest = flow_rows(w, f) - 1;
	if (w->head.rest >= ROWS - w->n)
		return;
	for (unsigned dir = 0; dir < 2; dir++) {
		if (f->half[dir].pending != BLOCK_NONE)
			put_block(w, UNIT, dir, f->half[dir].pending);
		for (uint32_t i = f->held[dir]; i != BLOCK_NONE;
		     i = blocks_at(w->of.blocks, i)->next)
			put_block(w, SEGMENT, dir, i);
	}
}

static void
put_message(void *arg, uint64_t flow, uint32_t key, struct bytes b)
{
	struct waiting *w = arg;

	begin(w, MESSAGE, flow);
	w->head.key = key;
	w->head.rest = rows_of(b.n) - 1;
	if (w->head.rest < ROWS - w->n)
		put_all(w, b.p, b.n);
}

/* Each range of its octets that has come; without any, it is refused. */
static void
put_datagram(
    void *arg, const struct fragment_kept *d, const uint8_t *p, size_t n)
{
	struct waiting *w = arg;
	size_t some;

	begin(w, DATAGRAM, 0);
	do {
		some = n < CHUNK ? n : CHUNK;
		w->head.datagram = *d;
		w->head.datagram.offset = d->offset + w->head.at_n;
		put(w, p, some);
		w->head.at_n += (uint32_t)some;
		p += some;
		n -= some;
	} while (n > 0);
}

static void
put_copies(struct waiting *w)
{
	uint8_t copies[CHUNK];
	size_t n = seen_recent(w->of.seen, copies, sizeof(copies));

	if (n == 0)
		return;
	begin(w, COPIES, 0);
	put(w, copies, n);
}

bool
waiting_remember(struct waiting *w, bool (*ours)(void *, const struct flow *),
    void *arg, struct memory *to)
{
	uint32_t used = flow_used(w->of.flows), before = w->written;

	w->to = to;
	w->n = 0;
	w->all = true;
	for (uint32_t i = 0; i < used; i++) {
		const struct flow *f = flow_at(w->of.flows, i);

		if (waiting_has(f) && ours(arg, f))
			put_flow(w, f, i);
	}
	asm_each(w->of.messages, put_message, w);
	fragments_each(w->of.fragments, put_datagram, w);
	put_copies(w);
	w->written = w->n > before ? w->n : before;
	for (w->row.number = w->n; w->row.number < w->written;
	     w->row.number++) {
		w->row.n = 0;
		put_row(w);
	}
	while (w->written > 0 && w->shadow[w->written - 1] == 0)
		w->written--;
	return w->all;
}

/* --- In --- */

/* A name that lasts as long as this. */
static const char *
lasting(struct waiting *w, const char *name)
{
	size_t i = 0;

	while (
	    i < NAMES && w->names[i] != NULL && strcmp(w->names[i], name) != 0)
		i++;
	if (i < NAMES && w->names[i] == NULL)
		w->names[i] = strdup(name);
	return i < NAMES ? w->names[i] : NULL;
}

/* The block of a unit, whose rows come one behind the other. */
static bool
take_unit(struct waiting *w, struct half *half, const struct head *h,
    const uint8_t *p)
{
	struct block *b;

	if (h->at_n == 0) {
		if (half->pending != BLOCK_NONE)
			return false;
		half->pending = blocks_get(w->of.blocks, h->total);
	}
	if (half->pending == BLOCK_NONE)
		return false;
	b = blocks_at(w->of.blocks, half->pending);
	if (b->n != h->at_n ||
	    h->n > blocks_room(half->pending) - (size_t)b->n ||
	    h->seq > h->total)
		return false;
	memcpy(b->data + b->n, p, h->n);
	b->n += h->n;
	/* what was looked at already, see units.c: not beyond what is there */
	b->seq = h->seq < b->n ? h->seq : b->n;
	b->lost = h->lost;
	return true;
}

static void
ignore(struct held_sink *sink, const struct piece *p, size_t differs)
{
	(void)sink;
	(void)p;
	(void)differs;
}

/* Pieces of a segment are segments. */
static bool
take_segment(
    struct waiting *w, struct flow *f, const struct head *h, const uint8_t *p)
{
	struct held_sink sink = { ignore };
	struct half *half = &f->half[h->dir];
	struct stream_at at = h->at;
	struct piece piece = { h->seq + h->at_n, p, h->n, 0, &at };

	if (h->at_n + h->n == h->total)
		piece.lost = h->lost;
	if (held_ahead(piece.seq, half->next) <= 0)
		return false;
	at.capture = h->capture[0] != '\0' ? lasting(w, h->capture) : NULL;
	return held_insert(w->of.blocks, &f->held[h->dir], &half->held,
	           UINT8_MAX, &piece, &sink) == 0;
}

static void
take_flow(struct waiting *w, const struct head *h, const uint8_t *p)
{
	uint8_t *open;
	struct flow *f;
	bool next;

	if (h->flow >= w->of.cap || h->dir > 1)
		return;
	open = &w->open[h->flow];
	f = flow_at(w->of.flows, (uint32_t)h->flow);
	next = (*open == FLOW_EXPECTED && h->place == 0) ||
	       (*open == FLOW_BEGUN && w->flow == h->flow &&
	           h->place == w->place + 1);
	if (*open == FLOW_WHOLE || !next)
		return;
	if (!(h->kind == UNIT ? take_unit(w, &f->half[h->dir], h, p)
	                      : take_segment(w, f, h, p)))
		return;
	w->flow = h->flow;
	w->place = h->place;
	*open = h->rest > 0 ? FLOW_BEGUN : FLOW_WHOLE;
	if (h->rest == 0)
		stream_recall(w->of.streams, f);
}

static void
take_message(struct waiting *w, const struct head *h, const uint8_t *p)
{
	struct ctx ctx = { .pool = w->of.messages, .flow_id = h->flow };

	asm_put(&ctx, h->key, h->at_n == 0, (struct bytes){ p, h->n });
	/* a row between is missing: so is the message */
	if (asm_get(&ctx, h->key).n != (size_t)h->at_n + h->n ||
	    (h->rest == 0 && h->at_n + h->n != h->total))
		asm_drop(&ctx, h->key);
}

bool
waiting_recall(struct waiting *w, const struct memory_row *row)
{
	const uint8_t *p = w->row.body + sizeof(struct head);
	struct head h;

	if (strcmp(row->owner, OWNER) != 0)
		return false;
	memcpy(&w->row, row, memory_row_size(row));
	if (row->number < ROWS) { /* it is to be overwritten, or dropped */
		w->shadow[row->number] = 1;
		if (row->number >= w->written)
			w->written = row->number + 1;
	}
	if (!memory_unseal(&w->row) || w->row.n < sizeof(h))
		return true;
	memcpy(&h, w->row.body, sizeof(h));
	if (h.n != w->row.n - sizeof(h) || h.n > CHUNK ||
	    h.total > BLOCK_LARGE || h.capture[NAME - 1] != '\0')
		return true;
	if (h.kind == UNIT || h.kind == SEGMENT)
		take_flow(w, &h, p);
	else if (h.kind == MESSAGE)
		take_message(w, &h, p);
	else if (h.kind == DATAGRAM)
		fragments_recall(w->of.fragments, &h.datagram, p, h.n);
	else if (h.kind == COPIES)
		seen_recall(w->of.seen, p, h.n);
	return true;
}

void
waiting_expect(struct waiting *w, uint32_t slot)
{
	w->open[slot] = FLOW_EXPECTED;
}

void
waiting_settle(struct waiting *w)
{
	uint32_t used = flow_used(w->of.flows);

	for (uint32_t i = 0; i < used; i++) {
		struct flow *f = flow_at(w->of.flows, i);

		if (w->open[i] == FLOW_WHOLE)
			continue;
		w->open[i] = FLOW_WHOLE;
		stream_forget(w->of.streams, f);
		f->flags |= FLOW_GAPPED;
		for (unsigned dir = 0; dir < 2; dir++) {
			f->half[dir].flags |= HALF_SEARCH;
			f->half[dir].flags &=
			    (uint8_t) ~(HALF_ASSURED | HALF_SYN);
		}
	}
}
