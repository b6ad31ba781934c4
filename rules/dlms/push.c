/* SPDX-License-Identifier: Apache-2.0 */
/* D-58 and D-59: what meters send of their own accord, and to whom. */
#include <config.h>

#include "rules/dlms/say.h"

#define PLAIN_ATTACK "T0842"
#define UNKNOWN_ATTACK "T0856"

struct pushes {
	const struct policy *policy;
	struct dlms_flows plain, unknown; /* said, or found listed */
};

static void
start(void *state, const struct setup *s)
{
	struct pushes *p = state;

	p->policy = s->policy;
}

static bool
is_push(const struct dlms_apdu *a)
{
	switch (a->tag) {
	case DLMS_DATA_NOTIFICATION:
	case DLMS_EVENT_NOTIFICATION:
	case DLMS_INFORMATION_REPORT:
	case 0x38: /* the same with glo- and ded- */
	case 0x58:
	case 0xca:
	case 0xd2:
		return true;
	default:
		return false;
	}
}

static void
say(const struct dlms_view *v, const struct op *op, const struct event_def *def,
    const char *det, const char *attack, const char *why,
    struct event_sink *out)
{
	struct event ev = dlms_say(v, op, def, det, attack);

	event_add_u64(&ev, "tag", v->apdu->tag);
	if (why != NULL)
		event_add_text(&ev, "unknown", why);
	dlms_say_saps(&ev, v->apdu);
	out->emit(out, &ev);
}

/* D-59 */
static void
stranger(struct pushes *p, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	struct bytes title = v->apdu->cipher.title;
	const char *who = NULL;

	if (!dlms_say_new_flow(&p->unknown, op->pdu->flow))
		return;
	if (title.n == 0 && v->meter != NULL &&
	    (v->meter->flags & METER_TITLED) != 0)
		title = (struct bytes){ v->meter->title, METER_TITLE };
	if (policy_meter(p->policy, title, op->pdu->src.ip) == POLICY_UNLISTED)
		who = "meter";
	else if (policy_push_target(p->policy, op->pdu->dst.ip) ==
	         POLICY_UNLISTED)
		who = "destination";
	if (who != NULL)
		say(v, op, &EV_DLMS_UNKNOWN_METER, "D-59", UNKNOWN_ATTACK, who,
		    out);
}

/* D-59, too: once, as long as policy says so. */
static void
ghost(const struct dlms_view *v, const struct op *op, struct event_sink *out)
{
	struct event ev;

	if (v->meter == NULL)
		return;
	if (!v->group->decommissioned) {
		v->meter->flags &= (uint8_t)~METER_GHOST;
		return;
	}
	if ((v->meter->flags & METER_GHOST) != 0)
		return;
	v->meter->flags |= METER_GHOST;
	ev = dlms_say(
	    v, op, &EV_DLMS_DECOMMISSIONED_METER, "D-59", UNKNOWN_ATTACK);
	event_add_u64(&ev, "tag", v->apdu->tag);
	if (v->group->name[0] != '\0')
		event_add_text(&ev, "group", v->group->name);
	dlms_say_saps(&ev, v->apdu);
	out->emit(out, &ev);
}

static void
on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	struct pushes *p = state;

	if (v == NULL || !v->apdu->there || v->from != OP_FROM_SERVER)
		return;
	ghost(v, op, out);
	if (op->from != OP_FROM_SERVER || !is_push(v->apdu))
		return;
	if (v->group->push_protected && !dlms_say_protected(op) &&
	    dlms_say_new_flow(&p->plain, op->pdu->flow))
		say(v, op, &EV_DLMS_PUSH_UNPROTECTED, "D-58", PLAIN_ATTACK,
		    NULL, out);
	stranger(p, v, op, out);
}

static const struct detection detections[] = {
	{ "D-58", PLAIN_ATTACK, NULL },
	{ "D-59", UNKNOWN_ATTACK, NULL },
	{ NULL, NULL, NULL },
};

static size_t
push_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct pushes *s = state;

	to[0] = kept_array("dlms.plain-pushes", 1, s->plain.flow,
	    sizeof(s->plain.flow[0]), DLMS_FLOWS);
	to[1] = kept_array("dlms.strange-pushes", 1, s->unknown.flow,
	    sizeof(s->unknown.flow[0]), DLMS_FLOWS);
	return 2;
}

const struct detector dlms_push_detector = {
	.detections = detections,
	.needs_policy = "D-58,D-59",
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_REPORT) | DETECTOR_ON(OP_OTHER) |
	         DETECTOR_ON(OP_ASSOCIATE) | DETECTOR_ON(OP_READ),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct pushes),
	.start = start,
	.on_op = on_op,
	.kept = push_kept,
};
