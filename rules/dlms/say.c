/* SPDX-License-Identifier: Apache-2.0 */
/* What the detectors of associations and identities share. */
#include <config.h>

#include "rules/dlms/say.h"

#define ASSOCIATION_LN 15 /* method 1 replies to HLS */
#define ASSOCIATION_SN 12 /* method 8 does */
/*
 * The association object of short-name meters begins at 0xfa00; method 8 of
 * it is 0x58 further (IEC 62056-6-2).
 */
#define SN_REPLY 0xfa58

bool
dlms_say_once(struct meter_assoc *a, uint16_t bit)
{
	if (a == NULL)
		return true;
	if ((a->said & bit) != 0)
		return false;
	a->said |= bit;
	return true;
}

const struct endpoint *
dlms_say_client(const struct op *op)
{
	return op->from == OP_FROM_SERVER ? &op->pdu->dst : &op->pdu->src;
}

const struct endpoint *
dlms_say_server(const struct op *op)
{
	return op->from == OP_FROM_SERVER ? &op->pdu->src : &op->pdu->dst;
}

struct event
dlms_say(const struct dlms_view *v, const struct op *op,
    const struct event_def *def, const char *det, const char *attack)
{
	struct event ev;

	if (v != NULL && v->meter != NULL) {
		ev = meters_event(v, op, def, det);
	} else {
		ev = event_about(op, def, det);
		ev.subject = event_address(dlms_say_server(op));
		ev.doubtful = op->pdu->state != KNOW_COMPLETE;
	}
	ev.attack = attack;
	return ev;
}

void
dlms_say_saps(struct event *ev, const struct dlms_apdu *a)
{
	if (a->from == OP_FROM_UNKNOWN || a->hdlc.crc_error)
		return;
	event_add_u64(ev, "client_sap", a->client_sap);
	event_add_u64(ev, "server_sap", a->server_sap);
}

static bool
around(const struct op *op, uint8_t bits)
{
	const struct dlms_apdu *a;

	for (; op != NULL; op = op->outer) {
		a = dlms_msg(op);
		if (a != NULL && a->cipher.there && (a->cipher.sc & bits) != 0)
			return true;
	}
	return false;
}

bool
dlms_say_protected(const struct op *op)
{
	return around(op, DLMS_SC_AUTHENTICATED | DLMS_SC_ENCRYPTED);
}

bool
dlms_say_encrypted(const struct op *op)
{
	return around(op, DLMS_SC_ENCRYPTED);
}

bool
dlms_say_request(uint8_t tag)
{
	switch (tag) {
	case DLMS_READ_REQUEST:
	case DLMS_WRITE_REQUEST:
	case DLMS_UNCONFIRMED_WRITE:
	case DLMS_GET_REQUEST:
	case DLMS_SET_REQUEST:
	case DLMS_ACTION_REQUEST:
	case DLMS_ACCESS_REQUEST:
		return true;
	default:
		return false;
	}
}

bool
dlms_say_response(uint8_t tag)
{
	switch (tag) {
	case DLMS_READ_RESPONSE:
	case DLMS_WRITE_RESPONSE:
	case DLMS_GET_RESPONSE:
	case DLMS_SET_RESPONSE:
	case DLMS_ACTION_RESPONSE:
	case DLMS_ACCESS_RESPONSE:
		return true;
	default:
		return false;
	}
}

bool
dlms_say_pass3(const struct dlms_request *r)
{
	if (r == NULL || !r->there)
		return false;
	if (r->class_id == 0)
		return r->name == SN_REPLY;
	if (r->service != DLMS_ACTION)
		return false;
	return (r->class_id == ASSOCIATION_LN && r->index == 1) ||
	       (r->class_id == ASSOCIATION_SN && r->index == 8);
}

bool
dlms_say_new_flow(struct dlms_flows *f, uint64_t flow)
{
	uint64_t *p = &f->flow[flow % DLMS_FLOWS];

	if (flow != 0 && *p == flow)
		return false;
	*p = flow;
	return true;
}
