/* SPDX-License-Identifier: Apache-2.0 */
/* Which answer belongs to which request (IEC 62056-5-3, 7.3 and 9.4). */
#include <config.h>

#include "rules/meters/state.h"

#define INVOKE 0x0f /* the id in invoke-id-and-priority */
#define GET_NEXT 2  /* choices that go on with what was asked */
#define SET_BLOCK 3
#define ACTION_NEXT 2
#define ACTION_BLOCK 6
#define SET_MORE 2 /* the answer to a block but the last */

static bool
is_protected(const struct dlms_apdu *a)
{
	return a->cipher.there && a->tag != DLMS_AARQ && a->tag != DLMS_AARE;
}

/* A further block of what was asked before, or the wish for one. */
static bool
goes_on(const struct dlms_apdu *a)
{
	switch (a->tag) {
	case DLMS_GET_REQUEST:
		return a->choice == GET_NEXT;
	case DLMS_SET_REQUEST:
		return a->choice == SET_BLOCK;
	case DLMS_ACTION_REQUEST:
		return a->choice == ACTION_NEXT || a->choice == ACTION_BLOCK;
	default:
		return a->block.there && a->block.v > 1;
	}
}

static bool
asks(const struct dlms_apdu *a)
{
	switch (a->tag) {
	case DLMS_GET_REQUEST:
	case DLMS_SET_REQUEST:
	case DLMS_ACTION_REQUEST:
	case DLMS_ACCESS_REQUEST:
	case DLMS_READ_REQUEST:
	case DLMS_WRITE_REQUEST:
	case DLMS_UNCONFIRMED_WRITE:
		return true;
	default:
		return is_protected(a);
	}
}

static bool
answers(const struct dlms_apdu *a)
{
	switch (a->tag) {
	case DLMS_GET_RESPONSE:
	case DLMS_SET_RESPONSE:
	case DLMS_ACTION_RESPONSE:
	case DLMS_ACCESS_RESPONSE:
	case DLMS_READ_RESPONSE:
	case DLMS_WRITE_RESPONSE:
	case DLMS_EXCEPTION:
	case DLMS_SERVICE_ERROR:
		return true;
	default:
		return is_protected(a);
	}
}

/* The request stays open: this was not all of its answer. */
static bool
has_more(const struct dlms_apdu *a)
{
	if (a->tag == DLMS_SET_RESPONSE)
		return a->choice == SET_MORE;
	/* the meter asks for the next block of a request */
	if (a->tag == DLMS_ACTION_RESPONSE && a->choice == 4)
		return true;
	return a->block.there && !a->last;
}

static void
describe(struct dlms_request *r, const struct dlms_apdu *a)
{
	struct dlms_walk w = dlms_items(a);
	struct dlms_item i;

	while (dlms_next_item(&w, &i)) {
		if (r->items < UINT16_MAX)
			r->items++;
		/* the gravest: an action before a set before a get */
		if (r->items > 1 && i.service <= r->service)
			continue;
		r->service = (uint8_t)i.service;
		r->index = (uint8_t)i.index;
		r->class_id = i.class_id;
		r->name = i.name;
		memset(r->obis, 0, sizeof(r->obis));
		if (i.obis.n == sizeof(r->obis))
			memcpy(r->obis, i.obis.p, sizeof(r->obis));
	}
	r->rights = dlms_rights_of(a);
}

static bool
may_answer(const struct dlms_request *r, const struct dlms_apdu *a)
{
	bool no_id = r->protected || r->tag == DLMS_READ_REQUEST ||
	             r->tag == DLMS_WRITE_REQUEST;

	return !a->invoke.there || no_id || r->invoke == (a->invoke.v & INVOKE);
}

/* The one that waits longest: without an id answers come in turn. */
static struct dlms_request *
open_request(struct session *s, const struct dlms_apdu *a)
{
	struct dlms_request *r = NULL;

	for (size_t i = 0; i < SESSION_REQUESTS; i++) {
		struct dlms_request *c = &s->request[i];

		if (c->there && may_answer(c, a) &&
		    (r == NULL || c->frame < r->frame))
			r = c;
	}
	return r;
}

/* A free place, or that of the one that waits longest. */
static struct dlms_request *
room(struct session *s)
{
	struct dlms_request *r = &s->request[0];

	for (size_t i = 0; i < SESSION_REQUESTS; i++) {
		struct dlms_request *c = &s->request[i];

		if (!c->there)
			return c;
		if (c->frame < r->frame)
			r = c;
	}
	return r;
}

static void
ask(struct meters *m, struct session *s, const struct op *op,
    const struct dlms_apdu *a)
{
	struct dlms_request *r = open_request(s, a);

	if (!goes_on(a) || r == NULL) {
		/* the same id again: its answer was lost, or never came */
		if (r == NULL || !a->invoke.there)
			r = room(s);
		*r = (struct dlms_request){ .there = true,
			.protected = is_protected(a),
			.tag = a->tag,
			.invoke = (uint8_t)(a->invoke.v & INVOKE),
			.frame = op->pdu->frame };
		s->requests_seen++;
		describe(r, a);
	}
	m->answered = *r;
	m->view.request = &m->answered;
	if (a->tag == DLMS_UNCONFIRMED_WRITE)
		r->there = false;
}

static void
answer(struct meters *m, struct session *s, const struct dlms_apdu *a)
{
	struct dlms_request *r = open_request(s, a);

	s->responses_seen++;
	if (r == NULL)
		return;
	m->answered = *r;
	m->view.request = &m->answered;
	if (!has_more(a))
		r->there = false;
}

/* What blocks joined to; the block that it ended with comes behind it. */
static void
whole(struct meters *m, struct session *s, const struct dlms_apdu *a,
    enum op_from from)
{
	struct dlms_request *r = open_request(s, a);

	if (r == NULL)
		return;
	if (from == OP_FROM_CLIENT) {
		r->items = 0;
		describe(r, a);
	}
	m->answered = *r;
	m->view.request = &m->answered;
}

void
pairs_observe(struct meters *m, struct session *s, const struct op *op,
    const struct dlms_apdu *a, enum op_from from)
{
	const struct dlms_apdu *outer =
	    op->outer != NULL ? op->outer->msg : NULL;

	/* the unit's own pair is that of the APDU within */
	if (a->inner != NULL) {
		if (m->answered.there)
			m->view.request = &m->answered;
		return;
	}
	m->answered.there = false;
	if (outer != NULL && outer->joined == a) {
		whole(m, s, a, from);
		return;
	}
	if (from == OP_FROM_CLIENT && asks(a))
		ask(m, s, op, a);
	else if (from == OP_FROM_SERVER && answers(a))
		answer(m, s, a);
}
