/* SPDX-License-Identifier: Apache-2.0 */
/* What the detectors of commands share: who may, and what is asked for. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "dissectors/dlms/axdr.h"
#include "rules/dlms/commands.h"

#define GRAVE                                                                  \
	(RIGHT_CONTROL | RIGHT_KEYS | RIGHT_SECRET | RIGHT_ASSOCIATION |       \
	    RIGHT_FIRMWARE)

static bool
is_request(uint8_t tag)
{
	return tag == DLMS_GET_REQUEST || tag == DLMS_SET_REQUEST ||
	       tag == DLMS_ACTION_REQUEST || tag == DLMS_ACCESS_REQUEST ||
	       tag == DLMS_READ_REQUEST || tag == DLMS_WRITE_REQUEST ||
	       tag == DLMS_UNCONFIRMED_WRITE;
}

struct commands
dlms_commands(const struct op *op)
{
	const struct dlms_apdu *a = dlms_msg(op);
	const struct dlms_apdu *outer =
	    op->outer != NULL ? dlms_msg(op->outer) : NULL;
	struct commands c = { .named = true, .whole = true };

	if (a == NULL || !is_request(a->tag) || op->kind == OP_FLAW)
		return c;
	c.walk = dlms_items(a);
	if (a->block.there)
		c.whole = false;
	if (outer != NULL && outer->joined == a)
		c.named = false;
	return c;
}

bool
dlms_next_command(struct commands *c, struct dlms_item *i)
{
	while (c->walk.left > 0 && dlms_next_item(&c->walk, i))
		if (i->octets.n > 0)
			return true;
	return false;
}

enum dlms_may
dlms_may(const struct dlms_view *v, uint32_t rights)
{
	const struct policy_client *c =
	    v->session != NULL && !v->bare ? &v->session->client : NULL;
	bool guessed;

	if (c != NULL && (c->rights & rights) != 0)
		return DLMS_MAY;
	guessed = c == NULL || c->nroles == 0 || c->listed == POLICY_SILENT;
	if (guessed && (rights & GRAVE) == 0)
		return DLMS_UNSAID;
	return DLMS_MAY_NOT;
}

static void
add_object(struct event *ev, uint16_t class_id, const uint8_t *o, int index,
    bool action)
{
	char text[24];

	snprintf(text, sizeof(text), "%u.%u.%u.%u.%u.%u", o[0], o[1], o[2],
	    o[3], o[4], o[5]);
	event_add_u64(ev, "class", class_id);
	event_add_text(ev, "obis", text);
	snprintf(text, sizeof(text), "%d", index);
	event_add_text(ev, action ? "method" : "attribute", text);
}

struct event
dlms_command_event(const struct dlms_view *v, const struct op *op,
    const struct event_def *def, const struct detection *d,
    const struct dlms_item *i)
{
	struct event ev = meters_event(v, op, def, d->id);

	ev.attack = d->attack;
	if (v->apdu != NULL)
		event_add_u64(&ev, "client_sap", v->apdu->client_sap);
	if (i->short_name)
		event_add_u64(&ev, "name", i->name);
	else
		add_object(&ev, i->class_id, i->obis.p, i->index,
		    i->service == DLMS_ACTION);
	return ev;
}

struct event
dlms_answer_event(const struct dlms_view *v, const struct op *op,
    const struct event_def *def, const struct detection *d)
{
	const struct dlms_request *r = v->request;
	struct event ev = meters_event(v, op, def, d->id);

	ev.attack = d->attack;
	if (v->apdu != NULL)
		event_add_u64(&ev, "client_sap", v->apdu->client_sap);
	if (r->class_id == 0)
		event_add_u64(&ev, "name", r->name);
	else
		add_object(&ev, r->class_id, r->obis, (int8_t)r->index,
		    r->service == DLMS_ACTION);
	event_add_u64(&ev, "request_frame", r->frame);
	return ev;
}

static bool
is_answer(uint8_t tag)
{
	return tag == DLMS_GET_RESPONSE || tag == DLMS_SET_RESPONSE ||
	       tag == DLMS_ACTION_RESPONSE || tag == DLMS_ACCESS_RESPONSE ||
	       tag == DLMS_READ_RESPONSE || tag == DLMS_WRITE_RESPONSE ||
	       tag == DLMS_EXCEPTION || tag == DLMS_SERVICE_ERROR;
}

bool
dlms_answers(const struct dlms_view *v, const struct op *op, uint16_t class_id,
    uint32_t *code)
{
	const struct dlms_apdu *a = dlms_msg(op);

	if (a == NULL || v->request == NULL || v->request->protected ||
	    op->kind == OP_FLAW || !is_answer(a->tag))
		return false;
	if (v->request->class_id != class_id)
		return false;
	if (!a->result.there && op->result != OP_REFUSED)
		return false; /* a block is acknowledged, more comes */
	*code = a->result.there ? a->result.v : 1;
	return true;
}

struct dlms_meter_key
dlms_meter_key(const struct dlms_view *v)
{
	const struct meter *m = v->meter;
	struct dlms_meter_key key;

	memset(&key, 0, sizeof(key));
	if (m->flags & METER_TITLED) {
		memcpy(key.title, m->title, sizeof(key.title));
		return key;
	}
	memcpy(key.ip, m->at.ip, sizeof(key.ip));
	key.port = m->at.port;
	key.unit = m->at.unit;
	return key;
}

static struct reader
over(struct bytes b)
{
	return rd_over(b.n > 0 ? b.p : (const uint8_t *)"", b.n, b.n);
}

bool
dlms_integer(struct bytes data, int64_t *to)
{
	struct reader r = over(data);
	struct axdr_value v;

	return axdr_value(&r, &v) && axdr_integer(&v, to);
}

struct bytes
dlms_string(struct bytes data)
{
	struct reader r = over(data);
	struct axdr_value v;

	if (!axdr_value(&r, &v))
		return (struct bytes){ NULL, 0 };
	switch (v.type) {
	case AXDR_OCTET_STRING:
	case AXDR_VISIBLE_STRING:
	case AXDR_UTF8_STRING:
	case AXDR_DATE_TIME:
		return v.octets;
	default:
		return (struct bytes){ NULL, 0 };
	}
}
