/* SPDX-License-Identifier: Apache-2.0 */
/* D-05 and D-06: a meter accepts less from a client than it did before. */
#include <config.h>

#include "rules/dlms/say.h"

#define ATTACK "T0830"
#define CIPHERED 3 /* contexts 3 and 4, of logical and short names */

/* Mechanisms 5 and 6 are equals. */
static unsigned
rank(uint8_t mechanism)
{
	return mechanism == 6 ? 5 : mechanism;
}

static void
judge(const struct dlms_view *v, const struct op *op, bool less, uint16_t bit,
    const char *det, unsigned best, struct event_sink *out)
{
	const struct session *s = v->session;
	struct event ev;

	if (!less) {
		v->assoc->said &= (uint16_t)~bit; /* the next one is news */
		return;
	}
	if (!dlms_say_once(v->assoc, bit))
		return;
	ev = dlms_say(v, op, &EV_DLMS_SECURITY_DOWNGRADE, det, ATTACK);
	dlms_say_saps(&ev, v->apdu);
	event_add_u64(&ev, "context", s->context);
	event_add_u64(&ev, "mechanism", s->mechanism);
	event_add_u64(&ev,
	    bit == DLMS_SAID_CONTEXT ? "best_context" : "best_mechanism", best);
	out->emit(out, &ev);
}

static void
on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	const struct meter_assoc *a;
	const struct session *s;

	(void)state;
	if (v == NULL || v->assoc == NULL || v->session == NULL)
		return;
	a = v->assoc;
	s = v->session;
	if (v->apdu->tag != DLMS_AARE || op->result != OP_ACCEPTED ||
	    s->asked_frame == 0 || s->state == SESSION_LOST)
		return;
	/* another device: what the one before it did is no measure */
	if (v->replaced || v->new_meter)
		return;
	judge(v, op, rank(s->mechanism) < rank(a->best_mechanism),
	    DLMS_SAID_MECHANISM, "D-05", a->best_mechanism, out);
	judge(v, op, s->context < CIPHERED && a->best_context >= CIPHERED,
	    DLMS_SAID_CONTEXT, "D-06", a->best_context, out);
}

static const struct detection detections[] = {
	{ "D-05", ATTACK, NULL },
	{ "D-06", ATTACK, NULL },
	{ NULL, NULL, NULL },
};

const struct detector dlms_downgrade_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_ASSOCIATE),
	.world = &dlms_world,
	.on_op = on_op,
};
