/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that are open when the program ends go on when it is there again:
 * their connections are known again under the same numbers.  A meter's place
 * is another one then, and pointers are: what is kept names the meter.
 */
#include <config.h>

#include "rules/meters/state.h"

/* Who a meter is, in place of a place. */
struct named {
	uint8_t title[METER_TITLE];
	struct meter_address at;
	bool titled, there;
	bool last; /* its association's last session */
};

struct kept_session {
	struct held h;
	struct named meter;
};

struct kept_place {
	struct place p;
	struct named meter;
};

static struct named
name_of(const struct meters *m, uint32_t i, uint8_t generation)
{
	struct named n;

	memset(&n, 0, sizeof(n));
	if (i == NONE || !slots_holds(m, i, generation))
		return n;
	n.there = true;
	n.titled = (m->meters[i].flags & METER_TITLED) != 0;
	memcpy(n.title, m->meters[i].title, sizeof(n.title));
	n.at = m->meters[i].at;
	return n;
}

/* The place that it has now, or NONE. */
static uint32_t
find_named(struct meters *m, const struct named *n)
{
	if (!n->there)
		return NONE;
	return n->titled ? identity_of(m, n->title) : identity_at(m, &n->at);
}

static void
session_out(void *state, uint32_t i, void *copy)
{
	struct meters *m = state;
	struct kept_session *k = copy;
	const struct session *s = &m->session_entries[i].s;
	const struct meter_assoc *a;

	k->meter = name_of(m, s->meter, s->generation);
	if (k->meter.there) {
		a = associate_of(m, s, false);
		k->meter.last = a != NULL && a->session == i + 1;
	}
	k->h.next = k->h.prev = NONE;
	k->h.s.group = NULL;
	memset(&k->h.s.client, 0, sizeof(k->h.s.client));
}

static void
session_in(void *state, void *copy)
{
	struct meters *m = state;
	struct kept_session *k = copy;
	struct meter_assoc *a;
	struct session *s;

	s = sessions_make(m, &k->h.s, 0);
	s->meter = find_named(m, &k->meter);
	s->group =
	    policy_group(m->policy, (struct bytes){ NULL, 0 }, k->meter.at.ip);
	if (s->meter == NONE)
		return;
	s->generation = m->meters[s->meter].generation;
	sessions_roles(m, s);
	a = k->meter.last ? associate_of(m, s, false) : NULL;
	if (a != NULL)
		a->session = sessions_place(m, s) + 1;
}

static void
link_in(void *state, void *copy)
{
	struct meters *m = state;
	const struct link *from = copy;
	bool fresh;
	struct link *l = table_put(&m->links, &from->flow, &fresh);

	l->client = from->client <= 2 ? from->client : 0;
	l->sessions = NONE;
}

static void
place_out(void *state, uint32_t i, void *copy)
{
	const struct meters *m = state;
	struct kept_place *k = copy;

	(void)i;
	k->meter = name_of(m, k->p.meter, k->p.generation);
}

static void
place_in(void *state, void *copy)
{
	struct meters *m = state;
	const struct kept_place *k = copy;
	uint32_t meter = find_named(m, &k->meter);
	bool fresh;
	struct place *p = table_put(&m->places, &k->p.at, &fresh);

	p->meter = meter;
	p->generation = meter != NONE ? m->meters[meter].generation : 0;
}

size_t
resume_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct meters *m = state;

	to[0] =
	    kept_array("dlms.counted", 1, &m->numbers, sizeof(m->numbers), 1);
	to[1] = kept_array(
	    "dlms.openers", 1, m->openers, sizeof(*m->openers), METER_OPENERS);
	to[2] = kept_table("dlms.links", 1, &m->links);
	to[2].in = link_in;
	to[3] = kept_table("dlms.places", 1, &m->places);
	to[3].more = sizeof(struct kept_place) - sizeof(struct place);
	to[3].out = place_out;
	to[3].in = place_in;
	to[4] = kept_table("dlms.sessions", 1, &m->sessions);
	to[4].more = sizeof(struct kept_session) - sizeof(struct held);
	to[4].out = session_out;
	to[4].in = session_in;
	return 5;
}
