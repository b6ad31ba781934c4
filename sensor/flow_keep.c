/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row is the flow without what points elsewhere; octets that wait have rows
 * of their own.  A flow keeps its place and epoch: whoever knows it by them
 * still does.
 */
#include <config.h>

#include <stdlib.h>

#include "rules/detector.h"
#include "sensor/area.h"
#include "sensor/flow_keep.h"
#include "sensor/history.h"
#include "sensor/layout.inc"

#define OWNER "flows.2." LAYOUT
#define DISSECTORS 32
#define UNDECIDED 2 /* pieces that may still become one of our protocols */

struct flow_keep {
	struct flows *flows;
	struct waiting *waiting;
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
		    (strcmp(worlds[i]->protocol, protocol) == 0 ||
		        (worlds[i]->also != NULL &&
		            strcmp(worlds[i]->also, protocol) == 0)))
			return true;
	return false;
}

struct flow_keep *
flow_keep_new(const struct waiting_parts *of)
{
	struct flow_keep *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	*k = (struct flow_keep){ .flows = of->flows, .cap = of->cap };
	k->shadow = area_new(k->cap, sizeof(*k->shadow));
	k->waiting = waiting_new(of);
	if (k->shadow == NULL || k->waiting == NULL) {
		flow_keep_free(k);
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
	waiting_free(k->waiting);
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
write_row(struct flow_keep *k, const struct flow *f)
{
	struct flow copy = *f;

	copy.flags &= (uint8_t) ~(FLOW_HOLES | FLOW_NAMED);
	copy.classify = copy.packets = 0;
	copy.classified = 0;
	copy.label = 0;
	copy.hint = NULL;
	memset(copy.held, 0, sizeof(copy.held));
	for (unsigned dir = 0; dir < 2; dir++) {
		/* what came again is not taken for what we never had */
		if (copy.history[dir] != 0)
			copy.history[dir] = HISTORY_LOST;
		/* rows of their own have what waits: this says that some is */
		copy.half[dir].pending = waiting_has(f);
		copy.half[dir].held = 0;
	}
	k->row.n = sizeof(copy);
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

static bool
is_kept(void *arg, const struct flow *f)
{
	return is_ours(arg, f);
}

bool
flow_keep_remember(struct flow_keep *k, int64_t since_s, struct memory *to)
{
	uint32_t n = flow_used(k->flows);
	bool all = true;

	for (uint32_t i = 0; i < n; i++)
		if ((int64_t)flow_at(k->flows, i)->seen_s >= since_s)
			all = remember(k, i, to) && all;
	return waiting_remember(k->waiting, is_kept, k, to) && all;
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
	       f->half[0].pending <= 1 && f->half[1].pending <= 1 &&
	       f->hint == NULL &&
	       (f->history[0] | f->history[1] | HISTORY_LOST) == HISTORY_LOST &&
	       f->half[0].held == 0 && f->half[1].held == 0;
}

bool
flow_keep_recall(struct flow_keep *k, const struct memory_row *row)
{
	struct flow saved;
	bool waits;

	if (strcmp(row->owner, OWNER) != 0)
		return waiting_recall(k->waiting, row);
	memcpy(&k->row, row, memory_row_size(row));
	if (!memory_unseal(&k->row) || k->row.n != sizeof(saved))
		return true;
	memcpy(&saved, k->row.body, sizeof(saved));
	if (!is_sound(&saved) || !is_ours(k, &saved))
		return true;
	waits = saved.half[0].pending != 0;
	saved.half[0].pending = saved.half[1].pending = BLOCK_NONE;
	if (flow_restore(k->flows, row->number, &saved) != NULL && waits)
		waiting_expect(k->waiting, row->number);
	return true;
}

void
flow_keep_settle(struct flow_keep *k)
{
	waiting_settle(k->waiting);
}
