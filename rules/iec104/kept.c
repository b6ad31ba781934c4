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
	struct iec104_link *l = &w->entries[i];

	memset(&k->habits, 0, sizeof(k->habits));
	if ((l->flags & IEC104_HAS_HABITS) != 0)
		k->habits = *iec104_habits(l);
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
	l->world = w;
	if ((l->flags & IEC104_HAS_HABITS) != 0)
		*iec104_habits(l) = k->habits;
}

struct kept_station {
	struct iec104_station s;
	struct iec104_more more;
};

static void
station_out(void *state, uint32_t i, void *copy)
{
	struct iec104_world *w = state;
	struct kept_station *k = copy;
	struct iec104_station *s = (void *)w->stations.entries;

	memset(&k->more, 0, sizeof(k->more));
	if (s[i].has_more)
		k->more = *iec104_more(w, &s[i]);
}

static void
station_in(void *state, void *copy)
{
	struct iec104_world *w = state;
	const struct kept_station *k = copy;
	bool fresh;
	struct iec104_station *s = table_put(&w->stations, k->s.ip, &fresh);
	uint32_t used = s->used;

	*s = k->s;
	s->used = used;
	if (s->has_more)
		*iec104_more(w, s) = k->more;
}

size_t
iec104_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct iec104_world *w = state;

	to[0] = kept_table("iec104.links", 1, &w->links);
	to[0].more = sizeof(struct kept_link) - sizeof(struct iec104_link);
	to[0].pointers[0] = offsetof(struct iec104_link, found);
	to[0].pointers[1] = offsetof(struct iec104_link, world);
	to[0].out = link_out;
	to[0].in = link_in;
	to[1] = kept_table("iec104.stations", 1, &w->stations);
	to[1].more =
	    sizeof(struct kept_station) - sizeof(struct iec104_station);
	to[1].out = station_out;
	to[1].in = station_in;
	to[2] = kept_table("iec104.points", 1, &w->points);
	return 3;
}
