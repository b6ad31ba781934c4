/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events that wait for proof.  What the sensor lost of one end shows only when
 * that end speaks again: until then nobody knows whether a message was missing,
 * or not seen.
 */
#ifndef RULES_DNP3_DOUBTS_H
#define RULES_DNP3_DOUBTS_H

#include "rules/dnp3/world.h"

#define DNP3_DOUBTS 32

struct dnp3_doubt {
	uint64_t flow;
	uint64_t ms, after_ms; /* when it was put; not told before */
	struct dnp3_key key;   /* of the association */
	bool by_master;        /* whose next frame proves it */
	bool by_either;        /* or whoever's */
	uint8_t seq;           /* of the fragment that it is about */
	struct event ev;
};

struct dnp3_doubts {
	struct pack_names *names; /* of those that outlive a restart */
	uint32_t n;
	struct dnp3_doubt at[DNP3_DOUBTS];
};

/* As a detector starts; and what outlives a restart, under this name. */
void dnp3_doubts_start(struct dnp3_doubts *, const struct setup *);
struct kept_part dnp3_doubts_kept(const char *name, struct dnp3_doubts *);

/*
 * Tells the event when the end speaks again, t_s later or more, and nothing was
 * lost; without t_s at once when the other end, whose unit this is, has got no
 * octet that was not captured; over UDP at once, or after t_s, with low
 * confidence; never when something was lost before.  When there is no room the
 * oldest is forgotten.
 */
void dnp3_doubts_put(struct dnp3_doubts *, const struct op *,
    const struct dnp3_view *, const struct event *, bool by_master,
    uint32_t t_s, struct event_sink *);

/* The same, proved by whatever the connection flow, another one, brings. */
void dnp3_doubts_put_on(struct dnp3_doubts *, uint64_t flow, const struct op *,
    const struct dnp3_view *, const struct event *);

/* Forgets those of the association that wait for this end. */
void dnp3_doubts_drop(
    struct dnp3_doubts *, const struct dnp3_association *, bool by_master);

/*
 * With each op, before others are put; v is NULL for those of the transport.
 * excused: whether what the end says explains the doubt; or NULL.
 */
void dnp3_doubts_see(struct dnp3_doubts *, const struct op *,
    const struct dnp3_view *v,
    bool (*excused)(const struct dnp3_doubt *, const struct dnp3_view *),
    struct event_sink *);

#endif
