/* SPDX-License-Identifier: Apache-2.0 */
/* D-18, D-19: another meter at an address, one meter at two. */
#include <config.h>

#include "rules/meters/meters.h"

struct exchange {
	uint32_t t_s; /* of D-19 */
};

static void
say_exchange(
    const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	struct event ev =
	    meters_event(v, op, &EV_DLMS_METER_IDENTITY_CHANGE, "D-18");
	char old[2 * METER_TITLE + 1];

	for (size_t i = 0; i < METER_TITLE; i++)
		snprintf(old + 2 * i, 3, "%02X", v->old_title[i]);
	ev.attack = "T0830,T0849";
	event_add_text(&ev, "old_title", old);
	out->emit(out, &ev);
}

/* A counter that goes on is a meter that moved; two are a clone. */
static bool
is_interleaved(const struct counter_note *n)
{
	return n->verdict == COUNTER_BACKWARDS ||
	       n->verdict == COUNTER_REUSED ||
	       (n->verdict == COUNTER_RESET && !n->legitimate);
}

static void
say_clone(
    const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	struct event ev = meters_event(v, op, &EV_DLMS_METER_CLONE, "D-19");

	ev.attack = "T0849";
	event_add_u64(&ev, "ic", v->counter.ic);
	event_add_u64(&ev, "highest", v->counter.highest);
	event_add_u64(&ev, "addresses", v->meter->addresses);
	out->emit(out, &ev);
}

static void
exchange_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct exchange *x = state;
	const struct dlms_view *v = dlms_view(known);
	uint32_t now = (uint32_t)op->pdu->at.tv_sec;

	if (v == NULL || v->meter == NULL || v->from != OP_FROM_SERVER)
		return;
	if (v->replaced)
		say_exchange(op, v, out);
	if (v->meter->moved_s != 0 && now - v->meter->moved_s <= x->t_s &&
	    v->counter.since_s <= x->t_s && is_interleaved(&v->counter))
		say_clone(op, v, out);
}

static const struct parameter of_clone[] = {
	{ "t_s", offsetof(struct exchange, t_s), 900, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "D-18", "T0830,T0849", NULL },
	{ "D-19", "T0849", of_clone },
	{ NULL, NULL, NULL },
};

const struct detector dlms_exchange_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_ASSOCIATE) | DETECTOR_ON(OP_OTHER),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct exchange),
	.on_op = exchange_on_op,
};
