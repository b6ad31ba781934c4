/* SPDX-License-Identifier: Apache-2.0 */
/* The octets of one direction into their order; see stream.h. */
#include <config.h>

#include "sensor/order.h"

/*
 * Copies of a mirror port come in any order: a hole is one when the receiver
 * acknowledged what is behind it, and either so many packets of the flow or so
 * much time went by since.
 */
#define GRACE_MS 20
#define GRACE_PACKETS 32
/* Pieces without any protocol after which a flow is not worth its history. */
#define KEEP_TRIES 4
/* The same on a quiet flow, and where nobody is there to acknowledge. */
#define PATIENCE_MS 3000
/* What was never acknowledged by a receiver that is there was never taken. */
#define EXPIRY_MS 60000

/* In units of 4 ms, modulo 2^16: flow->hole_at. */
static uint16_t
clock_of(struct timespec at)
{
	return (uint16_t)((uint64_t)at.tv_sec * 250 +
	                  (uint64_t)at.tv_nsec / 4000000);
}

/* Time may run backwards a little: that is no age at all. */
static uint32_t
age_ms(uint16_t now, uint16_t since)
{
	uint16_t age = (uint16_t)(now - since);

	return age < 0xc000 ? age * UINT32_C(4) : 0;
}

static uint32_t
owner_of(const struct streams *s, const struct flow *f, unsigned dir)
{
	return flow_slot(s->setup.flows, f) * 2 + dir;
}

static void
drop_held(struct streams *s, struct flow *f, unsigned dir)
{
	held_drop(s->blocks, &f->held[dir], &f->half[dir].held);
}

/* The next octets, in order, and what of them was cut off. */
static void
give(struct streams *s, struct flow *f, unsigned dir, const struct piece *p)
{
	struct half *h = &f->half[dir];

	h->next += p->n + p->lost;
	s->counts.octets += p->n;
	if (p->n > 0) {
		/* what nobody reads needs no comparison */
		if (f->app != 0 || f->tries < KEEP_TRIES)
			history_put(s->history, &f->history[dir],
			    owner_of(s, f, dir), p->seq, p->p, p->n);
		else
			f->history[dir] = 0;
		s->sink->octets(s->sink, f, dir, p->p, p->n, p->at);
	}
	if (p->lost == 0)
		return;
	s->counts.cuts++;
	s->counts.cut_octets += p->lost;
	s->sink->gap(s->sink, f, dir, p->lost, true, p->at);
}

static void
give_block(struct streams *s, struct flow *f, unsigned dir)
{
	uint32_t i = f->held[dir];
	struct block *b = blocks_at(s->blocks, i);
	struct piece p = { b->seq, b->data, b->n, b->lost, &b->at };

	f->held[dir] = b->next;
	f->half[dir].held--;
	give(s, f, dir, &p);
	blocks_put(s->blocks, i);
}

void
order_drain(struct streams *s, struct flow *f, unsigned dir)
{
	while (f->held[dir] != BLOCK_NONE &&
	       blocks_at(s->blocks, f->held[dir])->seq == f->half[dir].next)
		give_block(s, f, dir);
}

/* What is before the first segment held back will not come any more. */
static void
give_up(struct streams *s, struct flow *f, unsigned dir)
{
	struct half *h = &f->half[dir];
	const struct block *b = blocks_at(s->blocks, f->held[dir]);
	struct stream_at at = b->at;
	uint32_t n = b->seq - h->next;

	h->next = b->seq;
	s->counts.gaps++;
	s->counts.gap_octets += n;
	s->sink->gap(s->sink, f, dir, n, false, &at);
	order_drain(s, f, dir);
}

static bool
is_gap(const struct half *peer, uint32_t seq, uint32_t age, uint8_t packets)
{
	if ((peer->flags & HALF_ACKED) == 0)
		return age >= PATIENCE_MS;
	if (held_ahead(peer->ack, seq) < 0)
		return false;
	return age >= PATIENCE_MS ||
	       (age >= GRACE_MS && packets >= GRACE_PACKETS);
}

/* The receiver has what we have not, or nobody is there to tell. */
static void
judge(struct streams *s, struct flow *f, unsigned dir, uint16_t now)
{
	struct half *peer = &f->half[dir ^ 1];
	uint32_t age = age_ms(now, f->hole_at[dir]);

	while (f->held[dir] != BLOCK_NONE &&
	       is_gap(peer, blocks_at(s->blocks, f->held[dir])->seq, age,
	           f->hole_packets[dir]))
		give_up(s, f, dir);
	if (f->held[dir] == BLOCK_NONE || age < EXPIRY_MS)
		return;
	s->counts.expired++;
	drop_held(s, f, dir);
	/* the receiver may be seen no more: its next word counts again */
	peer->flags &= (uint8_t)~HALF_ACKED;
}

static void
say_overlap(struct streams *s, struct flow *f, unsigned dir,
    const struct piece *p, size_t compared, size_t differs)
{
	if (compared == 0 || differs >= p->n)
		return;
	s->counts.conflicts++;
	s->sink->overlap(s->sink, f, dir, p->seq, compared, differs, p->at);
}

/*
 * Segments far ahead that no receiver took, or a SYN that was no host's, may
 * have made us leap.  The stream goes on where the receiver asks for more,
 * where it broke off before, or where it is when we had nothing of it.
 */
static bool
leapt_too_far(const struct streams *s, const struct flow *f, unsigned dir,
    const struct piece *p)
{
	const struct half *h = &f->half[dir], *peer = &f->half[dir ^ 1];

	if ((h->flags & HALF_LEAPT) != 0 && p->seq == peer->ack)
		return true;
	if (f->history[dir] == 0)
		return s->setup.history > 0 && f->tries < KEEP_TRIES;
	return history_ends(
	    s->history, f->history[dir], owner_of(s, f, dir), p->seq);
}

static void
go_back(struct streams *s, struct flow *f, unsigned dir, const struct piece *p)
{
	struct half *h = &f->half[dir];

	h->next = p->seq;
	h->flags &= (uint8_t)~HALF_LEAPT;
	s->sink->gap(s->sink, f, dir, 0, false, p->at);
}

/* What was given out already is compared and cut off the front. */
static void
trim(struct streams *s, struct flow *f, unsigned dir, struct piece *p)
{
	const struct half *h = &f->half[dir];
	uint32_t old = h->next - p->seq, have;
	struct piece front = *p;
	size_t compared, differs;

	if (old > p->n + p->lost)
		old = p->n + p->lost;
	have = old < p->n ? old : p->n;
	front.n = have;
	compared = history_compare(s->history, f->history[dir],
	    owner_of(s, f, dir), p->seq, p->p, have, &differs);
	say_overlap(s, f, dir, &front, compared, differs);
	if (compared == 0 && leapt_too_far(s, f, dir, p)) {
		go_back(s, f, dir, p);
		return;
	}
	*(old == p->n + p->lost ? &s->counts.retransmissions
	                        : &s->counts.overlaps) += 1;
	p->seq += old;
	p->p += have;
	p->n -= have;
	p->lost -= old - have;
}

/* What two segments that wait both have: the first wins. */
struct conflict {
	struct held_sink sink;
	struct streams *streams;
	struct flow *flow;
	unsigned dir;
	uint32_t n; /* octets */
};

static void
on_common(struct held_sink *sink, const struct piece *p, size_t differs)
{
	struct conflict *c = (struct conflict *)sink;

	c->n += p->n;
	say_overlap(c->streams, c->flow, c->dir, p, p->n, differs);
}

static void
count_common(struct streams *s, const struct conflict *c, uint32_t whole)
{
	s->counts.retransmissions += c->n == whole;
	s->counts.overlaps += c->n > 0 && c->n < whole;
}

/* Keeps those of the list that still hold something back, once each. */
static void
tidy_holes(struct streams *s)
{
	struct flow *f;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->nholes; i++)
		flow_at(s->setup.flows, s->holes[i])->flags &=
		    (uint8_t)~FLOW_HOLES;
	for (uint32_t i = 0; i < s->nholes; i++) {
		f = flow_at(s->setup.flows, s->holes[i]);
		if (f->half[0].held + f->half[1].held == 0 ||
		    (f->flags & FLOW_HOLES) != 0)
			continue;
		f->flags |= FLOW_HOLES;
		s->holes[kept++] = s->holes[i];
	}
	s->nholes = kept;
}

/* Each in the list has a block: tidied, it is half empty. */
void
order_hole(struct streams *s, struct flow *f)
{
	if ((f->flags & FLOW_HOLES) != 0)
		return;
	if (s->nholes == s->most_holes)
		tidy_holes(s);
	if (s->nholes == s->most_holes)
		return;
	f->flags |= FLOW_HOLES;
	s->holes[s->nholes++] = flow_slot(s->setup.flows, f);
}

static void
begin_hole(struct flow *f, unsigned dir, const struct piece *p)
{
	f->hole_at[dir] = clock_of(p->at->at);
	f->hole_packets[dir] = 0;
}

static void
hold(struct streams *s, struct flow *f, unsigned dir, struct piece *p)
{
	struct half *h = &f->half[dir];
	struct conflict c = { { on_common }, s, f, dir, 0 };
	uint32_t whole = p->n + p->lost;

	s->counts.out_of_order++;
	if (h->held == 0)
		begin_hole(f, dir, p);
	s->counts.refused += held_insert(s->blocks, &f->held[dir], &h->held,
	    s->setup.out_of_order, p, &c.sink);
	count_common(s, &c, whole);
	if (h->held > 0)
		order_hole(s, f);
}

/* What comes next, as far as what waits behind it: that came first. */
static void
fill(struct streams *s, struct flow *f, unsigned dir, struct piece *p)
{
	struct half *h = &f->half[dir];
	struct conflict c = { { on_common }, s, f, dir, 0 };
	uint32_t whole = p->n + p->lost, n;
	struct piece head;

	if (f->held[dir] != BLOCK_NONE) {
		/* the stream goes on below the hole */
		begin_hole(f, dir, p);
		held_compare(s->blocks, f->held[dir], p, &c.sink);
		count_common(s, &c, whole);
	}
	while (p->n + p->lost > 0) {
		n = h->next - p->seq; /* given meanwhile, by order_drain() */
		if (n > 0) {
			held_split(p, n);
			continue;
		}
		n = f->held[dir] != BLOCK_NONE
		        ? blocks_at(s->blocks, f->held[dir])->seq - h->next
		        : UINT32_MAX;
		head = held_split(p, n);
		give(s, f, dir, &head);
		order_drain(s, f, dir);
	}
}

/* One that is nearer than the last finds room, see held_insert(). */
static bool
is_farthest(const struct streams *s, uint32_t chain, const struct piece *p)
{
	while (blocks_at(s->blocks, chain)->next != BLOCK_NONE)
		chain = blocks_at(s->blocks, chain)->next;
	return held_ahead(p->seq, blocks_at(s->blocks, chain)->seq) > 0;
}

void
order_take(struct streams *s, struct flow *f, unsigned dir, struct piece *p)
{
	struct half *h = &f->half[dir];

	/* most of them: what holds others back lies in a colder line */
	if (p->seq == h->next && h->held == 0) {
		give(s, f, dir, p);
		return;
	}
	if (h->held >= s->setup.out_of_order &&
	    is_farthest(s, f->held[dir], p)) {
		/* so many are no accident: the hole is given up unproved */
		h->flags |= HALF_LEAPT;
		give_up(s, f, dir);
	}
	if (held_ahead(p->seq, h->next) < 0)
		trim(s, f, dir, p);
	if (p->n + p->lost == 0)
		return;
	if (p->seq == h->next)
		fill(s, f, dir, p);
	else
		hold(s, f, dir, p);
}

void
order_watch(struct streams *s, struct flow *f, struct timespec now)
{
	for (unsigned dir = 0; dir < 2; dir++) {
		if (f->half[dir].held == 0)
			continue;
		if (f->hole_packets[dir] < UINT8_MAX)
			f->hole_packets[dir]++;
		judge(s, f, dir, clock_of(now));
	}
}

void
order_tick(struct streams *s, struct timespec now)
{
	for (uint32_t i = 0; i < s->nholes; i++) {
		struct flow *f = flow_at(s->setup.flows, s->holes[i]);

		for (unsigned dir = 0; dir < 2; dir++)
			if (f->half[dir].held > 0)
				judge(s, f, dir, clock_of(now));
	}
	tidy_holes(s);
}

void
order_end(struct streams *s)
{
	for (uint32_t i = 0; i < s->nholes; i++) {
		struct flow *f = flow_at(s->setup.flows, s->holes[i]);

		for (unsigned dir = 0; dir < 2; dir++)
			while (f->held[dir] != BLOCK_NONE)
				give_up(s, f, dir);
	}
	tidy_holes(s);
}
