/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which meter it is: a system title where one is known, else an address.
 * Addresses come and go, a title stays.
 */
#include <config.h>

#include "rules/meters/state.h"

static void
bind(struct meters *m, const struct meter_address *at, uint32_t meter)
{
	struct meter *of = &m->meters[meter];
	struct place *p;
	bool fresh;

	p = table_put(&m->places, at, &fresh);
	if ((fresh || p->meter != meter || p->generation != of->generation) &&
	    of->addresses < UINT16_MAX)
		of->addresses++;
	p->meter = meter;
	p->generation = of->generation;
	of->at = *at;
}

uint32_t
identity_at(struct meters *m, const struct meter_address *at)
{
	const struct place *p = table_find(&m->places, at);

	return p != NULL && slots_holds(m, p->meter, p->generation) ? p->meter
	                                                            : NONE;
}

uint32_t
identity_make(struct meters *m, const struct meter_address *at)
{
	uint32_t i = identity_at(m, at);

	if (i != NONE)
		return i;
	i = slots_meter(m);
	bind(m, at, i);
	m->view.new_meter = true;
	return i;
}

uint32_t
identity_of(struct meters *m, const uint8_t title[METER_TITLE])
{
	const struct title *t = table_find(&m->titles, title);

	return t != NULL && slots_holds(m, t->meter, t->generation) ? t->meter
	                                                            : NONE;
}

static void
name(struct meters *m, uint32_t meter, const uint8_t title[METER_TITLE])
{
	struct meter *of = &m->meters[meter];
	struct title *t;
	bool fresh;

	t = table_put(&m->titles, title, &fresh);
	t->meter = meter;
	t->generation = of->generation;
	memcpy(of->title, title, METER_TITLE);
	of->flags |= METER_TITLED;
}

static struct meter_assoc *
same_assoc(
    struct meters *m, const struct meter *of, const struct meter_assoc *a)
{
	uint32_t i = of->assocs;

	for (; i != NONE; i = m->assocs[i].next)
		if (m->assocs[i].client_sap == a->client_sap &&
		    m->assocs[i].server_sap == a->server_sap)
			return &m->assocs[i];
	return NULL;
}

/* What it has of its own stays; only the numbers are added. */
static void
take_assocs(struct meters *m, struct meter *to, struct meter *from)
{
	uint32_t i = from->assocs, next, rest = NONE;

	for (; i != NONE; i = next) {
		struct meter_assoc *a = &m->assocs[i];
		struct meter_assoc *own = same_assoc(m, to, a);

		next = a->next;
		if (own == NULL) {
			a->next = to->assocs;
			to->assocs = i;
			continue;
		}
		own->accepted += a->accepted;
		own->rejected += a->rejected;
		own->last_s = a->last_s;
		a->next = rest;
		rest = i;
	}
	from->assocs = rest;
}

/* What was counted without a title goes on as it is. */
static void
take_streams(struct meters *m, struct meter *to, struct meter *from)
{
	uint32_t *end = &from->streams;

	while (*end != NONE)
		end = &m->streams[*end].next;
	*end = to->streams;
	to->streams = from->streams;
	from->streams = NONE;
}

/* What was known by its address alone turns out to be a known meter. */
static void
merge(struct meters *m, uint32_t to, uint32_t from)
{
	take_assocs(m, &m->meters[to], &m->meters[from]);
	take_streams(m, &m->meters[to], &m->meters[from]);
	slots_drop(m, from);
}

static bool
is_there(const struct meter *meter, const struct meter_address *at)
{
	return memcmp(&meter->at, at, sizeof(*at)) == 0;
}

static void
note_move(struct meters *m, struct meter *to, const struct meter_address *at)
{
	if (is_there(to, at))
		return;
	m->view.moved = true;
	m->view.was = to->at;
	m->view.was_s = to->last_s;
	to->moved_s = m->now_s;
}

uint32_t
identity_titled(struct meters *m, uint32_t meter,
    const uint8_t title[METER_TITLE], const struct meter_address *at)
{
	struct meter *old = &m->meters[meter];
	uint32_t known = identity_of(m, title);
	bool other = (old->flags & METER_TITLED) != 0;

	if (known == meter) {
		if (!is_there(old, at))
			note_move(m, old, at), bind(m, at, meter);
		return meter;
	}
	if (!other && known == NONE) {
		name(m, meter, title);
		return meter;
	}
	/* many meters dial out from behind one address, or answer in turn */
	if (other && at->port != 0 &&
	    (known == NONE || !is_there(&m->meters[known], at))) {
		m->view.replaced = true;
		memcpy(m->view.old_title, old->title, METER_TITLE);
	}
	if (known == NONE) {
		known = slots_meter(m);
		m->view.new_meter = true;
		name(m, known, title);
	} else {
		note_move(m, &m->meters[known], at);
	}
	bind(m, at, known);
	if (!other)
		merge(m, known, meter);
	return known;
}
