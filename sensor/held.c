/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted chain of blocks without overlap. */
#include <config.h>

#include <string.h>

#include "sensor/held.h"

static bool
hold(struct blocks *blocks, uint32_t *link, const struct piece *p)
{
	uint32_t i = blocks_get(blocks, p->n);
	struct block *b;

	if (i == BLOCK_NONE)
		return false;
	b = blocks_at(blocks, i);
	b->seq = p->seq;
	b->n = p->n;
	b->lost = p->lost;
	b->at = *p->at;
	if (p->n > 0)
		memcpy(b->data, p->p, p->n);
	b->next = *link;
	*link = i;
	return true;
}

/* The part of p that b has too. */
static void
compare(const struct piece *p, const struct block *b, struct held_sink *sink)
{
	uint32_t from = held_ahead(p->seq, b->seq) > 0 ? p->seq : b->seq;
	uint32_t at_p = from - p->seq, at_b = from - b->seq;
	struct piece common = { from, NULL, 0, 0, p->at };
	size_t i = 0;

	if (at_p >= p->n || at_b >= b->n)
		return;
	common.p = p->p + at_p;
	common.n = p->n - at_p < b->n - at_b ? p->n - at_p : b->n - at_b;
	while (i < common.n && common.p[i] == b->data[at_b + i])
		i++;
	sink->common(sink, &common, i);
}

struct piece
held_split(struct piece *p, uint32_t n)
{
	struct piece head = *p;
	uint32_t whole = p->n + p->lost;

	if (n > whole)
		n = whole;
	head.n = n < p->n ? n : p->n;
	head.lost = n - head.n;
	p->seq += n;
	p->p += head.n;
	p->n -= head.n;
	p->lost -= head.lost;
	return head;
}

/* What is farthest ahead makes room for what is nearer. */
static bool
drop_last(struct blocks *blocks, uint32_t *link, uint8_t *count)
{
	if (*link == BLOCK_NONE)
		return false;
	while (blocks_at(blocks, *link)->next != BLOCK_NONE)
		link = &blocks_at(blocks, *link)->next;
	blocks_put(blocks, *link);
	*link = BLOCK_NONE;
	--*count;
	return true;
}

/* Puts p before what *link leads to.  Returns how many parts had to go. */
static unsigned
place(struct blocks *blocks, uint32_t *link, uint8_t *count, uint32_t cap,
    const struct piece *p)
{
	unsigned refused = 0;

	while (*count >= cap || !hold(blocks, link, p)) {
		refused++;
		if (refused > 2 || !drop_last(blocks, link, count))
			return refused;
	}
	++*count;
	return refused;
}

unsigned
held_insert(struct blocks *blocks, uint32_t *chain, uint8_t *count,
    uint32_t cap, struct piece *p, struct held_sink *sink)
{
	uint32_t *link = chain;
	unsigned refused = 0;
	struct piece head;

	while (p->n + p->lost > 0) {
		struct block *b =
		    *link != BLOCK_NONE ? blocks_at(blocks, *link) : NULL;
		int32_t before =
		    b != NULL ? held_ahead(b->seq, p->seq) : INT32_MAX;

		if (before > 0) {
			head = held_split(p, (uint32_t)before);
			refused += place(blocks, link, count, cap, &head);
			if (*link != BLOCK_NONE &&
			    blocks_at(blocks, *link)->seq == head.seq)
				link = &blocks_at(blocks, *link)->next;
			continue;
		}
		before = held_ahead(b->seq + b->n + b->lost, p->seq);
		if (before > 0) {
			compare(p, b, sink);
			held_split(p, (uint32_t)before);
		}
		link = &b->next;
	}
	return refused;
}

void
held_compare(const struct blocks *blocks, uint32_t chain, const struct piece *p,
    struct held_sink *sink)
{
	for (uint32_t i = chain; i != BLOCK_NONE;
	     i = blocks_at(blocks, i)->next)
		compare(p, blocks_at(blocks, i), sink);
}

void
held_drop(struct blocks *blocks, uint32_t *chain, uint8_t *count)
{
	uint32_t next;

	for (uint32_t i = *chain; i != BLOCK_NONE; i = next) {
		next = blocks_at(blocks, i)->next;
		blocks_put(blocks, i);
	}
	*chain = BLOCK_NONE;
	*count = 0;
}
