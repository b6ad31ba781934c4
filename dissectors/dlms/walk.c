/* SPDX-License-Identifier: Apache-2.0 */
/* What xDLMS services name and answer, one by one (IEC 62056-5-3, 9.3, 9.5). */
#include <config.h>

#include "dissectors/dlms/apdu.h"
#include "dissectors/dlms/axdr.h"
#include "dissectors/dlms/walk.h"

#define DESCRIPTOR 9 /* class, OBIS, attribute or method */

/* Choices of Variable-Access-Specification. */
enum {
	VARIABLE_NAME = 2,
	PARAMETERISED = 4,
	BLOCK_NUMBER,
	READ_BLOCK,
	WRITE_BLOCK
};

/* One Data as a view; the flaw says why there is none. */
static const char *
data(struct reader *r, struct bytes *to)
{
	const uint8_t *start = r->p;
	const char *flaw = axdr_skip(r);

	if (r->err == RD_OK)
		*to = (struct bytes){ start, (size_t)(r->p - start) };
	return flaw;
}

static void
descriptor(struct reader *r, struct dlms_item *i)
{
	struct reader d;

	i->octets = rd_bytes(r, DESCRIPTOR);
	d = rd_over(i->octets.n > 0 ? i->octets.p : (const uint8_t *)"",
	    i->octets.n, i->octets.n);
	i->class_id = rd_u16be(&d);
	i->obis = rd_bytes(&d, 6);
	i->index = (int8_t)rd_u8(&d);
}

static const char *
selection(struct reader *r, struct dlms_item *i)
{
	i->selector = (struct dlms_number){ true, rd_u8(r) };
	return data(r, &i->selection);
}

static const char *
access_item(struct reader *r, struct dlms_item *i)
{
	/* 4 and 5 are get and set with selection */
	static const enum dlms_service service[] = { 0, DLMS_GET, DLMS_SET,
		DLMS_ACTION, DLMS_GET, DLMS_SET };
	uint8_t choice = rd_u8(r);

	if (r->err != RD_OK)
		return NULL;
	if (choice == 0 || choice > 5) {
		rd_fail(r);
		return "access-request of an unknown choice";
	}
	i->service = service[choice];
	descriptor(r, i);
	return choice >= 4 ? selection(r, i) : NULL;
}

static const char *
variable(struct reader *r, struct dlms_item *i)
{
	uint8_t choice = rd_u8(r);

	i->short_name = choice == VARIABLE_NAME || choice == PARAMETERISED;
	if (i->short_name) {
		i->octets = rd_bytes(r, 2);
		if (r->err != RD_OK)
			return NULL;
		i->name = (uint16_t)(i->octets.p[0] << 8 | i->octets.p[1]);
		return choice == PARAMETERISED ? selection(r, i) : NULL;
	}
	if (choice == READ_BLOCK || choice == WRITE_BLOCK)
		rd_u8(r); /* last-block */
	else if (choice != BLOCK_NUMBER && r->err == RD_OK) {
		rd_fail(r);
		return "variable access of an unknown choice";
	}
	rd_u16be(r);
	if (choice == READ_BLOCK)
		axdr_octets(r);
	return NULL;
}

static const char *
item(struct reader *r, enum walk_form form, struct dlms_item *i)
{
	if (form == WALK_ACCESS)
		return access_item(r, i);
	if (form == WALK_VARIABLE)
		return variable(r, i);
	descriptor(r, i);
	if (form == WALK_ATTRIBUTE && axdr_there(r))
		return selection(r, i);
	return NULL;
}

/*
 * Data [0] or data-access-result [1].  Meters in the field leave out a null of
 * which nothing but the choice is then there: a flaw, but no riddle.
 */
static const char *
get_result(struct reader *r, struct dlms_result *to)
{
	uint8_t choice = rd_u8(r);

	if (r->err != RD_OK)
		return NULL;
	to->code.there = true;
	if (choice == 0 && r->p == r->end && r->lost == 0)
		return "an answer without its data";
	if (choice == 0)
		return data(r, &to->value);
	to->code.v = rd_u8(r);
	if (choice == 1)
		return NULL;
	rd_fail(r);
	return "get result of an unknown choice";
}

static const char *
action_result(struct reader *r, struct dlms_result *to)
{
	struct dlms_result returned = { 0 };
	const char *flaw = NULL;

	to->code = (struct dlms_number){ true, rd_u8(r) };
	if (!axdr_there(r))
		return NULL;
	flaw = get_result(r, &returned);
	to->value = returned.value;
	if (to->code.v == 0) /* done, but what it returns could not be read */
		to->code.v = returned.code.v;
	return flaw;
}

static const char *
read_result(struct reader *r, struct dlms_result *to)
{
	struct reader ahead = *r;
	uint8_t choice = rd_u8(&ahead);

	if (choice != 2 && choice != 3)
		return get_result(r, to);
	*r = ahead;
	if (choice == 2)
		rd_u8(r); /* last-block */
	rd_u16be(r);
	if (choice == 2)
		axdr_octets(r);
	return NULL;
}

static const char *
write_result(struct reader *r, struct dlms_result *to)
{
	uint8_t choice = rd_u8(r);

	if (choice > 2 && r->err == RD_OK) {
		rd_fail(r);
		return "write result of an unknown choice";
	}
	to->code.there = choice < 2;
	if (choice == 1)
		to->code.v = rd_u8(r);
	else if (choice == 2)
		rd_u16be(r); /* the block that it asks for */
	return NULL;
}

static bool
is_service(enum dlms_service s)
{
	return s == DLMS_GET || s == DLMS_SET || s == DLMS_ACTION;
}

static const char *
result(struct reader *r, enum walk_form form, struct dlms_result *to)
{
	switch (form) {
	case WALK_GET:
		return get_result(r, to);
	case WALK_ACTION:
		return action_result(r, to);
	case WALK_READ:
		return read_result(r, to);
	case WALK_WRITTEN:
		return write_result(r, to);
	case WALK_ACCESSED:
		to->service = (enum dlms_service)rd_u8(r);
		if (r->err == RD_OK && !is_service(to->service)) {
			rd_fail(r);
			return "access-response of an unknown choice";
		}
		break;
	default:
		break;
	}
	to->code = (struct dlms_number){ true, rd_u8(r) };
	return NULL;
}

/* One element of any form; *code takes the result that it has, if any. */
static const char *
element(struct reader *r, enum walk_form form, struct dlms_number *code)
{
	struct dlms_item i = { 0 };
	struct dlms_result answer = { 0 };
	struct bytes value;
	const char *flaw;

	if (form == WALK_DATA)
		return data(r, &value);
	if (form < WALK_DATA)
		return item(r, form, &i);
	flaw = result(r, form, &answer);
	*code = answer.code;
	return flaw;
}

static void
read_list(struct reader *r, struct dlms_apdu *a, struct dlms_list *l,
    struct dlms_number *worst)
{
	const uint8_t *start;
	const char *flaw;

	l->count = l->counted ? axdr_length(r) : 1;
	start = r->p;
	for (uint32_t n = 0; n < l->count && r->err == RD_OK; n++) {
		struct dlms_number code = { 0 };

		flaw = element(r, l->form, &code);
		if (a->flaw == NULL)
			a->flaw = flaw;
		if (r->err == RD_OK && code.there && worst->v == 0)
			*worst = code;
	}
	/* what could not be read to its end is not to be walked */
	if (r->err == RD_OK)
		l->octets = (struct bytes){ start, (size_t)(r->p - start) };
	else
		l->count = 0;
}

void
dlms_walk_list(struct reader *r, struct dlms_apdu *a, struct dlms_list *l,
    enum walk_form form, bool counted)
{
	struct dlms_number none = { 0 };

	*l = (struct dlms_list){ .form = (uint8_t)form, .counted = counted };
	read_list(r, a, l, &none);
}

void
dlms_walk_results(
    struct reader *r, struct dlms_apdu *a, enum walk_form form, bool counted)
{
	a->results =
	    (struct dlms_list){ .form = (uint8_t)form, .counted = counted };
	read_list(r, a, &a->results, &a->result);
}

static struct reader
over(const struct dlms_list *l)
{
	return rd_over(l->octets.n > 0 ? l->octets.p : (const uint8_t *)"",
	    l->octets.n, l->octets.n);
}

static enum dlms_service
service_of(uint8_t tag)
{
	switch (tag) {
	case DLMS_SET_REQUEST:
	case DLMS_SET_RESPONSE:
	case DLMS_WRITE_REQUEST:
	case DLMS_WRITE_RESPONSE:
	case DLMS_UNCONFIRMED_WRITE:
		return DLMS_SET;
	case DLMS_ACTION_REQUEST:
	case DLMS_ACTION_RESPONSE:
		return DLMS_ACTION;
	default:
		return DLMS_GET;
	}
}

struct dlms_walk
dlms_items(const struct dlms_apdu *a)
{
	return (struct dlms_walk){ over(&a->items), over(&a->values),
		a->items.count, a->items.form, a->tag };
}

bool
dlms_next_item(struct dlms_walk *w, struct dlms_item *i)
{
	*i = (struct dlms_item){ .service = service_of(w->tag) };
	if (w->left == 0)
		return false;
	w->left--;
	item(&w->r, w->form, i);
	if (rd_left(&w->values) > 0)
		data(&w->values, &i->value);
	return w->r.err == RD_OK;
}

struct dlms_walk
dlms_results(const struct dlms_apdu *a)
{
	struct dlms_walk w = { over(&a->results), over(&a->values),
		a->results.count, a->results.form, a->tag };

	/* only an access-response has its data in a list of its own */
	if (a->tag != DLMS_ACCESS_RESPONSE)
		w.values.p = w.values.end;
	return w;
}

bool
dlms_next_result(struct dlms_walk *w, struct dlms_result *to)
{
	*to = (struct dlms_result){ .service = service_of(w->tag) };
	if (w->left == 0)
		return false;
	w->left--;
	result(&w->r, w->form, to);
	if (rd_left(&w->values) > 0)
		data(&w->values, &to->value);
	return w->r.err == RD_OK;
}
