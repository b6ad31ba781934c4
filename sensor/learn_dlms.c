/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS meters, who reads them, and where they send of their own accord. */
#include <config.h>

#include "rules/meters/meters.h"
#include "sensor/learn_parts.h"

static struct learn_key
key_of(enum learn_kind kind, const uint8_t meter[16], const uint8_t client[16])
{
	struct learn_key key;

	memset(&key, 0, sizeof(key));
	key.kind = (uint8_t)kind;
	memcpy(key.a, meter, 16);
	memcpy(key.b, client, 16);
	return key;
}

static bool
is_push(uint8_t tag)
{
	return tag == DLMS_DATA_NOTIFICATION ||
	       tag == DLMS_EVENT_NOTIFICATION ||
	       tag == DLMS_INFORMATION_REPORT || tag == 0x38 || tag == 0x58 ||
	       tag == 0xca || tag == 0xd2;
}

/* What takes a person's decision, whoever may do it. */
static const char *
grave(uint32_t rights)
{
	if ((rights & RIGHT_CONTROL) != 0)
		return "request to disconnect or reconnect";
	if ((rights & RIGHT_FIRMWARE) != 0)
		return "request of a firmware transfer";
	if ((rights & (RIGHT_KEYS | RIGHT_SECRET)) != 0)
		return "request to change keys or secrets";
	if ((rights & RIGHT_ASSOCIATION) != 0)
		return "request to change an association";
	return NULL;
}

static void
see_rights(struct learn *l, const struct op *op, const struct dlms_view *v,
    struct learn_fact *f)
{
	uint32_t rights =
	    op->from == OP_FROM_CLIENT ? dlms_rights_of(v->apdu) : 0;
	const char *what = grave(rights);
	struct event_str subject;

	f->rights |= rights;
	f->requests += rights != 0;
	if (what == NULL || v->meter == NULL)
		return;
	subject = meters_subject(v->meter);
	learn_refuse(l, op, LEARN_DLMS, what, event_bytes(&subject));
}

static void
see_client(struct learn *l, const struct op *op, const struct dlms_view *v)
{
	const struct session *s = v->session;
	struct learn_key key =
	    key_of(LEARN_CLIENT, v->meter->at.ip, s->client_ip);
	const struct dlms_apdu *a = v->apdu;
	struct learn_fact *f;

	learn_u32(key.low, s->key.client_sap);
	if ((s->flags & SESSION_CLIENT_TITLE) != 0)
		memcpy(key.title, s->client_title, sizeof(key.title));
	f = learn_see(l, op, &key);
	if (f == NULL)
		return;
	if (op->pdu->state == KNOW_ONE_SIDED)
		f->bits |= LEARN_ONE_SIDED;
	if (v->from == OP_FROM_CLIENT)
		f->bits |= LEARN_ASKED;
	if (a->tag == DLMS_AARE && op->result == OP_REFUSED)
		f->bits |= LEARN_REFUSED;
	else if (v->from == OP_FROM_SERVER && s->state != SESSION_REFUSED)
		f->bits |= LEARN_ANSWERED;
	if (a->tag == DLMS_AARE && op->result == OP_ACCEPTED)
		f->done++;
	see_rights(l, op, v, f);
}

static void
see_meter(struct learn *l, const struct op *op, const struct dlms_view *v)
{
	struct learn_key key =
	    key_of(LEARN_METER, v->meter->at.ip, v->client->ip);

	if ((v->meter->flags & METER_TITLED) != 0)
		memcpy(key.title, v->meter->title, sizeof(key.title));
	learn_see(l, op, &key);
}

/* Networks behind the meter, or gateway, that is asked. */
static void
see_gateway(struct learn *l, const struct op *op, const struct dlms_apdu *a)
{
	struct learn_key key =
	    key_of(LEARN_GATEWAY, op->pdu->dst.ip, op->pdu->src.ip);

	/* a longer address is left to a person: the network is named */
	if (a->address.n <= sizeof(key.title)) {
		memcpy(key.title, a->address.p, a->address.n);
		learn_u32(key.low, (uint32_t)a->address.n);
	}
	learn_u32(key.high, a->network);
	learn_see(l, op, &key);
}

void
learn_dlms(struct learn *l, const struct op *op, const void *known)
{
	const struct dlms_view *v = known;
	const struct dlms_apdu *a;
	struct learn_key key;

	if (v == NULL || v->apdu == NULL || !v->apdu->there ||
	    op->kind == OP_FLAW)
		return;
	a = v->apdu;
	if (a->tag == DLMS_GATEWAY_REQUEST)
		see_gateway(l, op, a);
	if (is_push(a->tag) && op->from == OP_FROM_SERVER) {
		key = key_of(LEARN_PUSH, op->pdu->src.ip, op->pdu->dst.ip);
		learn_see(l, op, &key);
	} else if (v->meter != NULL && v->session != NULL) {
		see_client(l, op, v);
	}
	if (v->meter == NULL || v->client == NULL)
		return;
	if (v->from == OP_FROM_SERVER || op->pdu->state == KNOW_ONE_SIDED)
		see_meter(l, op, v);
	if (v->from == OP_FROM_CLIENT && a->cipher.there &&
	    (a->cipher.sc & DLMS_SC_BROADCAST) != 0) {
		key = key_of(LEARN_BROADCAST, op->pdu->dst.ip, v->client->ip);
		learn_see(l, op, &key);
	}
}
