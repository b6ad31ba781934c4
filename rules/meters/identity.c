/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which meter it is: a system title where one is known, else an address.
 * Addresses come and go, a title stays.  Many meters dial out from behind one
 * address, or answer in turn behind a concentrator: after the third title at an
 * address another one is no news.
 */
#include <config.h>

#include "rules/meters/state.h"

static uint64_t
hash_address(const struct meters *m, const struct meter_address *at)
{
	uint64_t w[3] = { 0 };

	memcpy(w, at, sizeof(*at));
	return siphash13_words(m->key, w, 3);
}

static uint64_t
hash_title(const struct meters *m, const uint8_t title[METER_TITLE])
{
	uint64_t w;

	memcpy(&w, title, sizeof(w));
	return siphash13_words(m->key, &w, 1);
}

static int
is_at(const void *meters, uint32_t i, const void *at)
{
	const struct meter *m = meters;

	return memcmp(&m[i].at, at, sizeof(m->at)) == 0;
}

static int
is_titled(const void *meters, uint32_t i, const void *title)
{
	const struct meter *m = meters;

	return memcmp(m[i].title, title, METER_TITLE) == 0;
}

/* The meter whose own address this is: the others' are in places. */
static uint32_t
owner(const struct meters *m, const struct meter_address *at)
{
	return index_find(
	    &m->addresses, hash_address(m, at), is_at, m->meters, at);
}

static void
take_address(struct meters *m, uint32_t i)
{
	index_drop(&m->addresses, hash_address(m, &m->meters[i].at), i);
	m->meters[i].flags &= (uint8_t)~METER_FOUND;
}

static void
put_place(struct meters *m, const struct meter_address *at, uint32_t meter)
{
	bool fresh;
	struct place *p = table_put(&m->places, at, &fresh);

	p->meter = meter;
	p->generation = m->meters[meter].generation;
}

/*
 * Where it was remains known as one of its addresses; whose it was until now
 * has none there any more.
 */
void
identity_bind(struct meters *m, const struct meter_address *at, uint32_t meter)
{
	struct meter *of = &m->meters[meter];
	uint32_t before = owner(m, at);
	struct place *p;

	if (before == meter)
		return;
	if (before != NONE)
		take_address(m, before);
	if ((of->flags & METER_FOUND) != 0) {
		take_address(m, meter);
		put_place(m, &of->at, meter);
	}
	p = table_find(&m->places, at);
	if ((p == NULL || p->meter != meter ||
	        p->generation != of->generation) &&
	    of->addresses < UINT16_MAX)
		of->addresses++;
	if (p != NULL)
		p->meter = NONE; /* it is the meter's own now */
	of->at = *at;
	of->flags |= METER_FOUND;
	index_put(&m->addresses, hash_address(m, at), meter);
}

void
identity_forget(struct meters *m, uint32_t i)
{
	const struct meter *meter = &m->meters[i];

	if ((meter->flags & METER_TITLED) != 0)
		index_drop(&m->titles, hash_title(m, meter->title), i);
	if ((meter->flags & METER_FOUND) != 0)
		take_address(m, i);
}

uint32_t
identity_at(struct meters *m, const struct meter_address *at)
{
	uint32_t i = owner(m, at);
	const struct place *p;

	if (i != NONE)
		return i;
	p = table_find(&m->places, at);
	return p != NULL && p->meter != NONE &&
	               slots_holds(m, p->meter, p->generation)
	           ? p->meter
	           : NONE;
}

uint32_t
identity_make(struct meters *m, const struct meter_address *at)
{
	uint32_t i = identity_at(m, at);

	if (i == NONE)
		i = keep_find(m, NULL, at);
	if (i != NONE)
		return i;
	i = slots_meter(m);
	identity_bind(m, at, i);
	m->view.new_meter = true;
	open_begin(m, i);
	return i;
}

uint32_t
identity_of(struct meters *m, const uint8_t title[METER_TITLE])
{
	return index_find(
	    &m->titles, hash_title(m, title), is_titled, m->meters, title);
}

static void
name(struct meters *m, uint32_t meter, const uint8_t title[METER_TITLE])
{
	struct meter *of = &m->meters[meter];

	memcpy(of->title, title, METER_TITLE);
	of->flags |= METER_TITLED;
	index_put(&m->titles, hash_title(m, title), meter);
}

void
identity_again(struct meters *m, uint32_t i, const struct meter *old)
{
	m->meters[i].flags = old->flags & (uint8_t)~METER_FOUND;
	if ((old->flags & METER_TITLED) != 0)
		index_put(&m->titles, hash_title(m, old->title), i);
	if ((old->flags & METER_FOUND) != 0)
		identity_bind(m, &old->at, i);
}

uint32_t
identity_import(
    struct meters *m, const uint8_t *title, const struct meter_address *at)
{
	uint32_t i = slots_meter(m);

	/* whoever is there now stays; it says where it is when it speaks */
	if (owner(m, at) == NONE)
		identity_bind(m, at, i);
	else
		m->meters[i].at = *at;
	if (title != NULL)
		name(m, i, title);
	return i;
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

static struct meter_stream *
same_stream(
    struct meters *m, const struct meter *of, const struct meter_stream *s)
{
	uint32_t i = of->streams;

	for (; i != NONE; i = m->streams[i].next) {
		struct meter_stream *own = &m->streams[i];

		if (own->key == s->key && own->from == s->from &&
		    own->client_sap == s->client_sap &&
		    memcmp(own->title, s->title, METER_TITLE) == 0)
			return own;
	}
	return NULL;
}

/* The few units that came before it was known whose they are. */
static void
absorb(struct meter_stream *own, const struct meter_stream *s)
{
	own->pdus += s->pdus;
	own->gaps += s->gaps;
	own->last = s->last;
	own->last_s = s->last_s;
	own->session = s->session;
	own->sc = s->sc;
	if (s->highest <= own->highest)
		return;
	own->highest = s->highest;
	own->window = s->window;
	memcpy(own->text, s->text, sizeof(own->text));
}

static void
take_streams(struct meters *m, struct meter *to, struct meter *from)
{
	uint32_t i = from->streams, next, rest = NONE;

	for (; i != NONE; i = next) {
		struct meter_stream *s = &m->streams[i];
		struct meter_stream *own = same_stream(m, to, s);

		next = s->next;
		s->next = own != NULL ? rest : to->streams;
		*(own != NULL ? &rest : &to->streams) = i;
		if (own != NULL)
			absorb(own, s);
	}
	from->streams = rest;
}

/* What was known by its address alone turns out to be a known meter. */
void
identity_merge(struct meters *m, uint32_t to, uint32_t from)
{
	take_assocs(m, &m->meters[to], &m->meters[from]);
	take_streams(m, &m->meters[to], &m->meters[from]);
	slots_drop(m, from);
}

static bool
is_there(const struct meter *meter, const struct meter_address *at)
{
	return is_at(meter, 0, at);
}

/* Another port or unit of one host is not elsewhere. */
static void
note_move(struct meters *m, struct meter *to, const struct meter_address *at)
{
	if (memcmp(to->at.ip, at->ip, sizeof(at->ip)) == 0)
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
	bool other = (old->flags & METER_TITLED) != 0, comes, came;
	uint8_t generation = old->generation;

	if (known == NONE)
		known = keep_find(m, title, at);
	if (known == meter) {
		note_move(m, old, at);
		identity_bind(m, at, meter);
		return meter;
	}
	if (!other && known == NONE) {
		name(m, meter, title);
		open_begin(m, meter);
		return meter;
	}
	comes = other && at->port != 0 &&
	        (known == NONE || !is_there(&m->meters[known], at));
	if (comes && (old->flags & METER_THIRD) == 0) {
		m->view.replaced = true;
		memcpy(m->view.old_title, old->title, METER_TITLE);
	}
	came = (old->flags & METER_SECOND) != 0;
	if (known == NONE) {
		known = slots_meter(m);
		m->view.new_meter = true;
		name(m, known, title);
		open_begin(m, known);
	} else {
		note_move(m, &m->meters[known], at);
	}
	identity_bind(m, at, known);
	if (comes)
		m->meters[known].flags |=
		    came ? METER_SECOND | METER_THIRD : METER_SECOND;
	if (!other) {
		open_merge(m, known, meter);
		if (slots_holds(m, meter, generation))
			identity_merge(m, known, meter);
	}
	return known;
}
