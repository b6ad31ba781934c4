/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits for octets that are still to come outlives a restart, too: units
 * that are not whole, segments that came too early, messages and datagrams in
 * pieces, and the packets of which a copy may follow.
 */
#ifndef SENSOR_WAITING_H
#define SENSOR_WAITING_H

#include "dissectors/asm.h"
#include "rules/memory.h"
#include "sensor/fragments.h"
#include "sensor/seen.h"
#include "sensor/stream.h"

struct waiting;

/* Where it waits; all of it outlives this. */
struct waiting_parts {
	struct flows *flows;
	struct blocks *blocks;
	struct streams *streams;
	struct asm_pool *messages;
	struct fragments *fragments;
	struct seen *seen;
	uint32_t cap; /* flows */
};

/* NULL without memory. */
struct waiting *waiting_new(const struct waiting_parts *);
void waiting_free(struct waiting *);

/*
 * Hands over what waits now, of these flows (any other NULL) and all else.
 * False: there was no room for all of it, ask again.
 */
bool waiting_remember(struct waiting *,
    bool (*ours)(void *, const struct flow *), void *arg, struct memory *);

/* Whether a flow as it is has octets that wait. */
bool waiting_has(const struct flow *);

/* A flow that had some is there again; its rows follow. */
void waiting_expect(struct waiting *, uint32_t slot);

/* False: it is no row of this. */
bool waiting_recall(struct waiting *, const struct memory_row *);

/* All rows were given: what is not whole is lost, and so it is said. */
void waiting_settle(struct waiting *);

#endif
