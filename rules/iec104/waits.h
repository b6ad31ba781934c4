/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits for an answer, each for the same while: a ring in order of time.
 * When it is full the oldest is forgotten, unjudged.
 */
#ifndef RULES_IEC104_WAITS_H
#define RULES_IEC104_WAITS_H

#include "rules/iec104/world.h"

#define WAITS_MOST 512

struct wait {
	struct pdu pdu; /* the packet that asked */
	uint64_t ms;    /* its time */
	struct iec104_point_key key;
	uint64_t link; /* these are the caller's own */
	uint32_t value;
	bool over;
};

struct waits {
	uint32_t first, n;
	struct wait wait[WAITS_MOST];
};

/* Both parts of what outlives a restart; of names "x" and "x-ring". */
static inline size_t
waits_kept(
    struct waits *w, struct kept_part to[2], const char *name, const char *ring)
{
	to[0] = kept_each(name, 1, w->wait, sizeof(struct wait), WAITS_MOST);
	to[0].pointers[0] = offsetof(struct wait, pdu.capture);
	to[0].pointers[1] = offsetof(struct wait, pdu.hint);
	to[1] = kept_each(ring, 1, w, offsetof(struct waits, wait), 1);
	return 2;
}

static inline struct wait *
waits_at(struct waits *w, uint32_t i)
{
	struct wait *at = &w->wait[(w->first + i) % WAITS_MOST];

	at->pdu.dir &= 1; /* an index, and of a file */
	return at;
}

static inline struct wait *
waits_put(struct waits *w, const struct pdu *pdu, uint64_t now)
{
	struct wait *to;

	if (w->n >= WAITS_MOST) {
		w->first = (w->first + 1) % WAITS_MOST;
		w->n = WAITS_MOST - 1;
	}
	to = waits_at(w, w->n++);
	*to = (struct wait){ .pdu = *pdu, .ms = now };
	return to;
}

/* The oldest, no longer in the ring, if it has waited for t_ms; or NULL. */
static inline struct wait *
waits_due(struct waits *w, uint64_t now, uint64_t t_ms)
{
	struct wait *oldest = waits_at(w, 0);

	if (w->n > WAITS_MOST)
		w->n = WAITS_MOST;
	if (w->n == 0 || now < oldest->ms || now - oldest->ms < t_ms)
		return NULL;
	w->first = (w->first + 1) % WAITS_MOST;
	w->n--;
	return oldest;
}

/* View and op for an event that is told later, of the packet that asked. */
static inline struct iec104_view
waits_view(const struct wait *w, struct iec104_world *world,
    struct iec104_link *link, struct op *op)
{
	*op = (struct op){
		.kind = OP_OTHER, .pdu = &w->pdu, .protocol = "iec104"
	};
	return (struct iec104_view){ .link = link,
		.world = world,
		.now_ms = w->ms,
		.complete = w->pdu.state == KNOW_COMPLETE &&
		            (link->flags & IEC104_PARTIAL) == 0 };
}

/* Whether an answer would have been seen. */
static inline bool
waits_sees(const struct wait *w, const struct iec104_link *link)
{
	return (link->flags & IEC104_HOLED) == 0 &&
	       w->pdu.state != KNOW_GAPPED && w->pdu.state != KNOW_ONE_SIDED;
}

#endif
