/* SPDX-License-Identifier: Apache-2.0 */
/* D-07, D-08, D-33, D-34: services with less protection than they need. */
#include <config.h>

#include "rules/dlms/say.h"

#define PLAIN_ATTACK "T0830,T0855"
#define WEAK_ATTACK "T0830"
#define KEY_ATTACK "T0842"
#define UNSIGNED_ATTACK "T0855"
#define CIPHERED 3
#define STANDARD "IEC62351-14:4.5" /* COMM_PACKET_AUTHENTICATION_FAIL */

enum need { NEED_NONE, NEED_READ, NEED_WRITE };

/* What a protected request may hold, as far as its tag tells. */
static enum need
need_of(uint8_t tag)
{
	switch (tag) {
	case 0x25: /* glo- and ded-, with short and logical names */
	case 0x45:
	case 0xc8:
	case 0xd0:
	case DLMS_GENERAL_GLO: /* any service: the least of all */
	case DLMS_GENERAL_DED:
	case DLMS_GENERAL_CIPHERING:
		return NEED_READ;
	case 0x26:
	case 0x36:
	case 0x46:
	case 0x56:
	case 0xc9:
	case 0xcb:
	case 0xd1:
	case 0xd3:
		return NEED_WRITE;
	default:
		return NEED_NONE;
	}
}

/* A request, or an answer that grants something, in clear. */
static bool
plain_service(const struct op *op, const struct dlms_apdu *a)
{
	if (dlms_say_request(a->tag))
		return true;
	return dlms_say_response(a->tag) && op->result != OP_REFUSED;
}

static void
plain(const struct dlms_view *v, const struct op *op, uint16_t bit,
    struct event_sink *out)
{
	bool needed = v->group->protected_only;
	struct event ev;

	/* HLS may be done in clear, before any policy holds */
	if (dlms_say_pass3(v->request) || !dlms_say_once(v->assoc, bit))
		return;
	ev = dlms_say(v, op,
	    needed ? &EV_COMM_PACKET_AUTHENTICATION_FAIL
	           : &EV_DLMS_UNPROTECTED_SERVICE,
	    "D-07", PLAIN_ATTACK);
	if (needed)
		event_add_u64(&ev, "X.PacketID", op->pdu->frame);
	else
		ev.std = STANDARD;
	dlms_say_saps(&ev, v->apdu);
	event_add_u64(&ev, "context", v->session->context);
	event_add_u64(&ev, "tag", v->apdu->tag);
	out->emit(out, &ev);
}

/* D-07: in a ciphered association; each run of clear ones is said once. */
static void
in_clear(const struct dlms_view *v, const struct op *op, struct event_sink *out)
{
	const struct dlms_apdu *a = v->apdu;
	const struct session *s = v->session;
	uint16_t bit = op->from == OP_FROM_CLIENT ? DLMS_SAID_PLAIN_REQUEST
	                                          : DLMS_SAID_PLAIN_RESPONSE;

	if (s->context < CIPHERED ||
	    (s->state != SESSION_PENDING && s->state != SESSION_OPEN))
		return;
	if (a->cipher.there && a->tag != DLMS_AARQ && a->tag != DLMS_AARE)
		v->assoc->said &= (uint16_t)~bit;
	else if (plain_service(op, a) && !dlms_say_protected(op))
		plain(v, op, bit, out);
}

/* D-08 */
static void
too_little(
    const struct dlms_view *v, const struct op *op, struct event_sink *out)
{
	const struct dlms_apdu *a = v->apdu;
	enum need need = need_of(a->tag);
	uint8_t wanted = need == NEED_READ ? v->group->get_protection
	                                   : v->group->set_protection;
	struct event ev;

	/* the answers are ruled by other bits of the meter's policy */
	if (!a->cipher.there || need == NEED_NONE || op->from != OP_FROM_CLIENT)
		return;
	/* pass 3 is an action, but moves nothing */
	if (v->session->state == SESSION_PENDING)
		return;
	if ((a->cipher.sc & wanted) == wanted) {
		v->assoc->said &= (uint16_t)~DLMS_SAID_WEAK_REQUEST;
		return;
	}
	if (!dlms_say_once(v->assoc, DLMS_SAID_WEAK_REQUEST))
		return;
	ev = dlms_say(v, op, &EV_DLMS_PROTECTION_WEAK, "D-08", WEAK_ATTACK);
	dlms_say_saps(&ev, a);
	event_add_u64(&ev, "tag", a->tag);
	event_add_u64(&ev, "sc", a->cipher.sc);
	event_add_u64(&ev, "required", wanted);
	out->emit(out, &ev);
}

/* D-33 */
static void
key_in_clear(
    const struct dlms_view *v, const struct op *op, struct event_sink *out)
{
	const struct dlms_apdu *a = v->apdu;
	struct event ev;

	if (a->initiate.response || a->initiate.dedicated_key.n == 0 ||
	    dlms_say_encrypted(op))
		return;
	ev = dlms_say(v, op, &EV_DLMS_DED_KEY_CLEARTEXT, "D-33", KEY_ATTACK);
	dlms_say_saps(&ev, a);
	event_add_u64(&ev, "key_octets", a->initiate.dedicated_key.n);
	out->emit(out, &ev);
}

static bool
is_signed(const struct op *op)
{
	const struct dlms_apdu *a;

	for (; op != NULL; op = op->outer) {
		a = dlms_msg(op);
		if (a != NULL && a->tag == DLMS_GENERAL_SIGNING)
			return true;
	}
	return false;
}

/* D-34; what is encrypted may be signed within. */
static void
not_signed(
    const struct dlms_view *v, const struct op *op, struct event_sink *out)
{
	struct event ev;

	if (!v->group->signed_only || !dlms_say_request(v->apdu->tag) ||
	    dlms_say_encrypted(op))
		return;
	if (is_signed(op)) {
		if (v->assoc != NULL)
			v->assoc->said &= (uint16_t)~DLMS_SAID_UNSIGNED;
		return;
	}
	if (!dlms_say_once(v->assoc, DLMS_SAID_UNSIGNED))
		return;
	ev = dlms_say(
	    v, op, &EV_DLMS_SIGNATURE_MISSING, "D-34", UNSIGNED_ATTACK);
	dlms_say_saps(&ev, v->apdu);
	event_add_u64(&ev, "tag", v->apdu->tag);
	out->emit(out, &ev);
}

static void
on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);

	(void)state;
	if (v == NULL || !v->apdu->there || v->apdu->hdlc.repeated)
		return;
	if (v->apdu->initiate.there)
		key_in_clear(v, op, out);
	not_signed(v, op, out);
	if (v->assoc == NULL || v->session == NULL)
		return;
	in_clear(v, op, out);
	too_little(v, op, out);
}

static const struct detection detections[] = {
	{ "D-07", PLAIN_ATTACK, NULL },
	{ "D-08", WEAK_ATTACK, NULL },
	{ "D-33", KEY_ATTACK, NULL },
	{ "D-34", UNSIGNED_ATTACK, NULL },
	{ NULL, NULL, NULL },
};

const struct detector dlms_protection_detector = {
	.detections = detections,
	.needs_policy = "D-34",
	.protocol = "dlms",
	.kinds =
	    DETECTOR_ON_ALL & ~DETECTOR_ON(OP_LINK) & ~DETECTOR_ON(OP_FLAW),
	.world = &dlms_world,
	.on_op = on_op,
};
