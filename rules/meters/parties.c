/* SPDX-License-Identifier: Apache-2.0 */
/* Between whom an op is, before it is taken in: for who has keys. */
#include <config.h>

#include "rules/meters/state.h"

static bool
take(uint8_t to[METER_TITLE], const uint8_t *title)
{
	memcpy(to, title, METER_TITLE);
	return true;
}

static bool
take_octets(uint8_t to[METER_TITLE], struct bytes title)
{
	return title.n == METER_TITLE && take(to, title.p);
}

/* The title of the meter at this place. */
static bool
take_meter(const struct meters *m, uint32_t i, uint8_t to[METER_TITLE])
{
	return i != NONE && (m->meters[i].flags & METER_TITLED) != 0 &&
	       take(to, m->meters[i].title);
}

static void
of_client(const struct dlms_apdu *a, const struct session *s,
    struct meters_parties *p)
{
	bool fresh = a->tag == DLMS_AARQ;

	if (fresh)
		p->has_origin = take_octets(p->origin, a->acse.calling_title);
	else
		p->has_origin =
		    take_octets(p->origin, a->cipher.title) ||
		    (s != NULL && (s->flags & SESSION_CLIENT_TITLE) != 0 &&
		        take(p->origin, s->client_title));
	p->has_meter =
	    take_octets(p->meter, a->cipher.recipient) ||
	    (!fresh && s != NULL && (s->flags & SESSION_METER_TITLE) != 0 &&
	        take(p->meter, s->meter_title));
}

static void
of_server(const struct dlms_apdu *a, const struct session *s,
    struct meters_parties *p)
{
	p->has_origin = take_octets(p->origin, a->tag == DLMS_AARE
	                                           ? a->acse.responding_title
	                                           : a->cipher.title) ||
	                (s != NULL && (s->flags & SESSION_METER_TITLE) != 0 &&
	                    take(p->origin, s->meter_title));
	p->has_meter = p->has_origin && take(p->meter, p->origin);
}

/* Which one it is at this address is a guess, and may be wrong. */
static void
guess_meter(struct meters *m, const struct op *op, const struct dlms_apdu *a,
    struct meters_parties *p)
{
	struct meter_address at = sessions_where(m, op, a, p->from);

	p->guessed = take_meter(m, identity_at(m, &at), p->meter);
}

bool
meters_parties(void *state, const struct op *op, struct meters_parties *p)
{
	struct meters *m = state;
	const struct dlms_apdu *a = dlms_msg(op);
	void **hint = op->pdu->hint;
	const struct session *s;
	bool client;

	memset(p, 0, sizeof(*p));
	p->from = sessions_from(m, op, a);
	if (p->from == OP_FROM_UNKNOWN)
		return false;
	client = p->from == OP_FROM_CLIENT;
	p->key.flow = op->pdu->flow;
	p->key.client_sap = client ? a->source : a->destination;
	p->key.server_sap = client ? a->destination : a->source;
	p->key.unit = a->hdlc.lower.there ? (uint16_t)a->hdlc.lower.v : 0;
	s = table_hinted(&m->sessions, hint != NULL ? *hint : NULL, &p->key);
	if (client)
		of_client(a, s, p);
	else
		of_server(a, s, p);
	if (!p->has_meter)
		guess_meter(m, op, a, p);
	return true;
}
