/* SPDX-License-Identifier: Apache-2.0 */
/* D-09, D-32, D-61: suites, the broadcast key, services that went away. */
#include <config.h>

#include "rules/meters/meters.h"

#define SUITE_MOST 2 /* of those that the standard knows */

static void
say_suite(
    const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	const struct counter_note *n = &v->counter;
	uint8_t suite = v->apdu->cipher.sc & DLMS_SC_SUITE;
	uint8_t before = n->sc_before & DLMS_SC_SUITE;
	bool changed = n->sc_before != SC_NONE && suite != before;
	struct event ev;

	if (!changed && suite <= SUITE_MOST)
		return;
	ev = meters_event(v, op, &EV_DLMS_SUITE_CHANGE, "D-09");
	ev.attack = "T0830";
	event_add_u64(&ev, "suite", suite);
	if (changed)
		event_add_u64(&ev, "suite_before", before);
	out->emit(out, &ev);
}

/* The group key in a conversation of two, or in the wrong hands. */
static void
say_broadcast(
    const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	const struct policy *p = v->group->of;
	struct bytes title = { v->counter.stream->title, METER_TITLE };
	bool unlisted =
	    v->from == OP_FROM_CLIENT &&
	    policy_broadcast(p, title, v->client->ip) == POLICY_UNLISTED;
	struct event ev;

	if (!unlisted && op->pdu->carrier != OVER_TCP)
		return;
	ev = meters_event(v, op, &EV_DLMS_BROADCAST_KEY, "D-32");
	ev.attack = "T0855";
	event_add_text(&ev, "reason", unlisted ? "source" : "connection");
	event_add_u64(&ev, "ic", v->counter.ic);
	out->emit(out, &ev);
}

/* How many services it granted before and does no more. */
static void
say_conformance(
    const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	uint32_t before = v->assoc->conformance;
	uint32_t gone = before & ~v->apdu->initiate.conformance;
	struct event ev;

	if (before == 0 || gone == 0 || v->apdu->acse.result.v != 0)
		return;
	ev = meters_event(v, op, &EV_DLMS_CONFORMANCE_CHANGE, "D-61");
	ev.attack = "T0830";
	event_add_u64(&ev, "gone", gone);
	event_add_u64(&ev, "conformance", v->apdu->initiate.conformance);
	out->emit(out, &ev);
}

static void
suite_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);

	(void)state;
	if (v == NULL || v->meter == NULL)
		return;
	if (v->counter.verdict != COUNTER_NONE) {
		say_suite(op, v, out);
		if (v->counter.stream->key == KEY_BROADCAST)
			say_broadcast(op, v, out);
	}
	if (v->apdu->tag == DLMS_AARE && v->apdu->initiate.there &&
	    v->assoc != NULL)
		say_conformance(op, v, out);
}

static const struct detection detections[] = {
	{ "D-09", "T0830", NULL },
	{ "D-32", "T0855", NULL },
	{ "D-61", "T0830", NULL },
	{ NULL, NULL, NULL },
};

const struct detector dlms_suite_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_ASSOCIATE) | DETECTOR_ON(OP_OTHER),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = 1,
	.on_op = suite_on_op,
};
