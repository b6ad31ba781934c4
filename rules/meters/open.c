/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meters that had to leave, and came again while the store was too busy to
 * answer at once.  One is made anew, and what it says is kept until the answer
 * comes; then the units are judged against what was known.
 */
#include <config.h>

#include "rules/memory.h"
#include "rules/meters/state.h"

static struct open *
find(struct meters *m, uint32_t meter)
{
	for (uint32_t i = 0; i < m->nopen; i++)
		if (m->open[i].meter == meter &&
		    slots_holds(m, meter, m->open[i].generation))
			return &m->open[i];
	return NULL;
}

static void
end(struct meters *m, struct open *o)
{
	*o = m->open[--m->nopen];
}

/* A meter that is asked for by its title, too, is that one. */
void
open_begin(struct meters *m, uint32_t meter)
{
	struct open *o = find(m, meter);

	if (m->ticket == 0)
		return;
	if (o == NULL && m->nopen < OPEN_MOST) {
		o = &m->open[m->nopen++];
		o->n = 0;
		o->over = false;
	}
	if (o == NULL)
		return;
	o->ticket = m->ticket;
	o->meter = meter;
	o->generation = m->meters[meter].generation;
	m->ticket = 0;
}

static void
judge(
    struct meters *m, uint32_t meter, const struct open_unit *u, bool doubtful)
{
	struct meters_late *l;
	uint32_t now_s = m->now_s;
	struct counter_note n = { .verdict = COUNTER_NONE };

	m->now_s = u->now_s;
	streams_judge(m, meter, &u->counted, &n);
	m->now_s = now_s;
	if (n.verdict == COUNTER_NONE || m->nlate == OPEN_MOST * OPEN_UNITS)
		return;
	n.doubtful = n.doubtful || doubtful;
	l = &m->late[m->nlate++];
	*l = (struct meters_late){ .pdu = u->pdu,
		.meter = meter,
		.generation = m->meters[meter].generation,
		.from = u->counted.who.from,
		.client_sap = u->counted.who.client_sap,
		.note = n };
	l->pdu.hint = NULL;
}

/* All that it said, as far as there was room, in its order. */
static void
judge_all(struct meters *m, uint32_t meter, const struct open *o, bool doubtful)
{
	for (uint32_t i = 0; i < o->n; i++)
		judge(m, meter, &o->unit[i], doubtful);
}

void
open_merge(struct meters *m, uint32_t to, uint32_t from)
{
	struct open *o = find(m, from), was;

	if (o == NULL)
		return;
	was = *o;
	end(m, o);
	judge_all(m, to, &was, find(m, to) != NULL);
}

enum waiting
open_note(struct meters *m, uint32_t meter, const struct pdu *pdu,
    const struct counted *c)
{
	struct open *o = find(m, meter);

	if (o == NULL)
		return WAITS_NOT;
	if (o->n == OPEN_UNITS || o->over)
		return WAITS_NO_MORE;
	o->unit[o->n++] = (struct open_unit){ *pdu, *c, m->now_s };
	return WAITS;
}

/*
 * It goes on from what was known, where it is now; what it said first is judged
 * before what had no room is added.
 */
static void
replace(struct meters *m, const struct open *o, const struct memory_meter *row)
{
	struct meter old = m->meters[o->meter];
	uint32_t found;

	/* by its address it was another; its title the store does not know */
	if ((old.flags & METER_TITLED) != 0 && row->titled &&
	    memcmp(old.title, row->title, METER_TITLE) != 0) {
		judge_all(m, o->meter, o, o->over);
		return;
	}
	identity_forget(m, o->meter);
	m->meters[o->meter].flags &= (uint8_t) ~(METER_TITLED | METER_FOUND);
	found = keep_read(m, row);
	if (found == NONE) { /* a row that nobody can read is none */
		identity_again(m, o->meter, &old);
		judge_all(m, o->meter, o, true);
		return;
	}
	identity_bind(m, &old.at, found);
	judge_all(m, found, o, o->over);
	if (slots_holds(m, o->meter, o->generation))
		identity_merge(m, found, o->meter);
	if (old.last_s > m->meters[found].last_s)
		m->meters[found].last_s = old.last_s;
	m->meters[found].frame = old.frame;
	m->meters[found].capture = old.capture;
	keep_dirty(m, found);
}

void
open_answer(struct meters *m, const struct memory_answer *answer)
{
	struct open *o = m->open, was;

	if (keep_answer(m, answer))
		return;
	while (o < m->open + m->nopen && o->ticket != answer->ticket)
		o++;
	if (o == m->open + m->nopen)
		return;
	if (!slots_holds(m, o->meter, o->generation)) {
		end(m, o); /* it had to leave once more */
		return;
	}
	if (answer->overdue) { /* what was known may come still */
		judge_all(m, o->meter, o, true);
		o->n = 0;
		o->over = true;
		return;
	}
	was = *o;
	end(m, o);
	if (answer->meter != NULL)
		replace(m, &was, answer->meter);
	else
		judge_all(m, was.meter, &was, false);
}

bool
meters_late(
    const struct meters *m, uint32_t i, struct op *op, struct dlms_view *view)
{
	static const struct dlms_apdu none;
	const struct meters_late *l = &m->late[i];

	if (i >= m->nlate)
		return false;
	*op =
	    (struct op){ .kind = OP_OTHER, .pdu = &l->pdu, .protocol = "dlms" };
	*view = (struct dlms_view){ .apdu = &none, .from = l->from };
	view->counter = l->note;
	view->group = policy_group(m->policy, (struct bytes){ NULL, 0 },
	    l->from == OP_FROM_CLIENT ? l->pdu.dst.ip : l->pdu.src.ip);
	if (slots_holds(m, l->meter, l->generation))
		view->meter = &m->meters[l->meter];
	return true;
}

void
meters_late_told(struct meters *m)
{
	m->nlate = 0;
}
