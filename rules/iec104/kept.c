/* SPDX-License-Identifier: Apache-2.0 */
/* Connections, stations and points of IEC 104 that outlive a restart. */
#include <config.h>

#include "rules/iec104/world.h"

struct kept_link {
	struct iec104_link l;
	struct iec104_habits habits;
};

static void
link_out(void *state, uint32_t i, void *copy)
{
	const struct iec104_world *w = state;
	struct kept_link *k = copy;

	k->habits = w->habits[i];
}

static void
link_in(void *state, void *copy)
{
	struct iec104_world *w = state;
	const struct kept_link *k = copy;
	bool fresh;
	struct iec104_link *l = table_put(&w->links, &k->l.flow, &fresh);
	uint32_t used = l->used;

	*l = k->l;
	l->used = used;
	l->found = NULL;
	l->habits = &w->habits[l - w->entries];
	*l->habits = k->habits;
}

size_t
iec104_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct iec104_world *w = state;

	to[0] = kept_table("iec104.links", 1, &w->links);
	to[0].more = sizeof(struct kept_link) - sizeof(struct iec104_link);
	to[0].pointers[0] = offsetof(struct iec104_link, found);
	to[0].pointers[1] = offsetof(struct iec104_link, habits);
	to[0].out = link_out;
	to[0].in = link_in;
	to[1] = kept_table("iec104.stations", 1, &w->stations);
	to[2] = kept_table("iec104.points", 1, &w->points);
	return 3;
}
