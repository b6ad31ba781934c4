/* SPDX-License-Identifier: Apache-2.0 */
/* Associations of DNP3 that outlive a restart. */
#include <config.h>

#include "rules/dnp3/world.h"

struct kept_association {
	struct dnp3_association a;
	struct dnp3_habits habits;
	struct dnp3_rare rare;
};

static void
association_out(void *state, uint32_t i, void *copy)
{
	const struct dnp3_world *w = state;
	struct kept_association *k = copy;
	struct dnp3_association *a = &w->entries[i];

	memset(&k->habits, 0, sizeof(k->habits));
	memset(&k->rare, 0, sizeof(k->rare));
	if ((a->flags & DNP3_HAS_HABITS) != 0)
		k->habits = *dnp3_habits(a);
	if ((a->flags & DNP3_HAS_RARE) != 0)
		k->rare = *dnp3_rare(a);
}

static void
association_in(void *state, void *copy)
{
	struct dnp3_world *w = state;
	const struct kept_association *k = copy;
	bool fresh;
	struct dnp3_association *a =
	    table_put(&w->associations, &k->a.key, &fresh);
	uint32_t used = a->used;

	*a = k->a;
	a->used = used;
	a->world = w;
	if ((a->flags & DNP3_HAS_HABITS) != 0)
		*dnp3_habits(a) = k->habits;
	if ((a->flags & DNP3_HAS_RARE) != 0)
		*dnp3_rare(a) = k->rare;
}

size_t
dnp3_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct dnp3_world *w = state;

	to[0] = kept_table("dnp3.associations", 1, &w->associations);
	to[0].more =
	    sizeof(struct kept_association) - sizeof(struct dnp3_association);
	to[0].pointers[0] = offsetof(struct dnp3_association, world);
	to[0].out = association_out;
	to[0].in = association_in;
	to[1] = kept_table("dnp3.places", 1, &w->places);
	to[2] = kept_table("dnp3.links", 1, &w->links);
	to[3] = kept_table("dnp3.points", 1, &w->points);
	return 4;
}
