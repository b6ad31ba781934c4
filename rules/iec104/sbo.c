/* SPDX-License-Identifier: Apache-2.0 */
/* T-09, T-10: selecting before operating (60870-5-101, 6.8; 7.2.6.26, 39). */
#include <config.h>

#include "rules/iec104/say.h"
#include "rules/when.h"

#define DET_MISSING "T-09"
#define DET_DIFFERS "T-10"
#define NS 1000000000

struct sbo {
	uint32_t learn, t_s;
};

/* The first object of a command: its octets without S/E, and S/E. */
struct command {
	uint8_t element[IEC104_ELEMENT], n;
	bool select;
};

/* A time tag, which may differ, stands behind SCO, DCO, RCO or QOS. */
static uint8_t
octets(uint8_t type)
{
	switch (type) {
	case 45:
	case 46:
	case 47:
	case 58:
	case 59:
	case 60:
		return 1;
	case 50:
	case 63:
		return 5;
	default:
		return 3;
	}
}

/* False for what cannot be selected: bit strings. */
static bool
read_command(const struct iec104_apdu *a, struct command *c)
{
	struct iec104_walk w = iec104_objects(a);
	struct iec104_object o;

	*c = (struct command){ .n = octets(a->type) };
	if (!iec104_next(&w, &o) || !iec104_select(&o, &c->select) ||
	    o.element.n < c->n)
		return false;
	memcpy(c->element, o.element.p, c->n);
	c->element[c->n - 1] &= 0x7f;
	return true;
}

static void
add_point(struct event *ev, const struct iec104_view *v)
{
	event_add_u64(ev, "type", v->apdu->type);
	event_add_u64(ev, "ca", v->point->key.ca);
	event_add_u64(ev, "ioa", v->point->key.ioa);
}

static void
say_differs(const struct op *op, const struct iec104_view *v, const char *what,
    struct event_sink *out)
{
	const struct iec104_point *p = v->point;
	struct event ev =
	    iec104_say(op, v, &EV_TELECONTROL_SBO_MISMATCH, DET_DIFFERS);

	add_point(&ev, v);
	event_add_text(&ev, "differs", what);
	event_add_u64(&ev, "ms", when_since(p->selected_ms, v->now_ms));
	out->emit(out, &ev);
}

static void
say_missing(const struct op *op, const struct iec104_view *v, bool refused,
    struct event_sink *out)
{
	struct event ev =
	    iec104_say(op, v, &EV_TELECONTROL_SBO_VIOLATION, DET_MISSING);

	add_point(&ev, v);
	event_add_u64(&ev, "selected_before", v->point->pairs);
	if (refused)
		event_add_text(&ev, "station", "refused it");
	out->emit(out, &ev);
}

/* What an execute has that its select had not, or NULL. */
static const char *
difference(
    const struct sbo *s, const struct iec104_view *v, const struct command *c)
{
	const struct iec104_point *p = v->point;
	const struct iec104_link *from;

	if (p->select_type != v->apdu->type)
		return "type";
	if (memcmp(p->select, c->element, c->n) != 0)
		return "value or qualifier";
	if (!when_within(p->selected_ms, v->now_ms, s->t_s))
		return "time";
	if (p->select_oa != v->apdu->oa)
		return "originator";
	if (p->selected_flow == v->link->flow)
		return NULL;
	/* a master may go on over another connection when one is gone */
	from = iec104_world_link(v->world, p->selected_flow);
	if (from != NULL && memcmp(from->master, v->link->master, 16) != 0)
		return "connection";
	return NULL;
}

static void
see_select(const struct iec104_view *v, const struct command *c)
{
	struct iec104_point *p = v->point;

	p->flags |= IEC104_SELECTED;
	p->flags &= (uint8_t)~IEC104_UNSELECTED;
	p->selected_ms = v->now_ms;
	p->selected_flow = v->link->flow;
	p->select_type = v->apdu->type;
	p->select_oa = v->apdu->oa;
	memcpy(p->select, c->element, sizeof(p->select));
}

static void
see_execute(const struct sbo *s, const struct op *op,
    const struct iec104_view *v, const struct command *c,
    struct event_sink *out)
{
	struct iec104_point *p = v->point;
	const char *what;

	if ((p->flags & IEC104_SELECTED) == 0) {
		p->flags |= IEC104_UNSELECTED;
		/* a select may have been lost with the octets of a gap */
		if (p->pairs >= s->learn &&
		    (v->link->flags & IEC104_HOLED) == 0 &&
		    op->pdu->state != KNOW_GAPPED)
			say_missing(op, v, false, out);
		return;
	}
	what = difference(s, v, c);
	if (what != NULL)
		say_differs(op, v, what, out);
	else if (p->pairs < UINT16_MAX)
		p->pairs++;
	p->flags &= (uint8_t) ~(IEC104_SELECTED | IEC104_UNSELECTED);
}

/* The refusal tells of the command: that packet is the event's. */
static void
say_refused(
    const struct op *op, const struct iec104_view *v, struct event_sink *out)
{
	const struct iec104_point *p = v->point;
	struct pdu pdu = *op->pdu;
	struct op command = *op;

	pdu.src = op->pdu->dst;
	pdu.dst = op->pdu->src;
	pdu.dir = 1 - op->pdu->dir;
	pdu.frame = p->frame;
	pdu.at.tv_sec = (time_t)(p->at_ns / NS);
	pdu.at.tv_nsec = (long)(p->at_ns % NS);
	command.pdu = &pdu;
	say_missing(&command, v, true, out);
}

/* A station that says no to an execute confirms that it wants selects. */
static void
see_answer(const struct sbo *s, const struct op *op,
    const struct iec104_view *v, const struct command *c,
    struct event_sink *out)
{
	struct iec104_point *p = v->point;
	bool unselected = (p->flags & IEC104_UNSELECTED) != 0;

	if (op->result != OP_REFUSED)
		return;
	if (c->select) {
		p->flags &= (uint8_t)~IEC104_SELECTED;
		return;
	}
	p->flags &= (uint8_t)~IEC104_UNSELECTED;
	if (unselected && v->apdu->cot == IEC104_ACTCON && p->pairs > 0 &&
	    p->pairs < s->learn && p->flow == op->pdu->flow &&
	    (v->link->flags & IEC104_HOLED) == 0)
		say_refused(op, v, out);
}

static void
sbo_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct sbo *s = state;
	const struct iec104_view *v = known;
	struct command c;

	if (v == NULL || v->point == NULL || !read_command(v->apdu, &c))
		return;
	if (v->from_station) {
		see_answer(s, op, v, &c, out);
		return;
	}
	if (!iec104_is_command(v->apdu) || v->apdu->negative)
		return;
	if (v->apdu->cot == IEC104_DEACT)
		v->point->flags &= (uint8_t)~IEC104_SELECTED;
	else if (c.select)
		see_select(v, &c);
	else
		see_execute(s, op, v, &c, out);
}

static const struct parameter missing[] = {
	{ "learn", offsetof(struct sbo, learn), 3, 1, 65535 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter differs[] = {
	{ "t_s", offsetof(struct sbo, t_s), 30, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_MISSING, "T0855", missing },
	{ DET_DIFFERS, "T0830,T0855", differs },
	{ NULL, NULL, NULL },
};

const struct detector iec104_sbo_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds = DETECTOR_ON(OP_CONTROL),
	.world = &iec104_world,
	.about = IEC104_ABOUT_ASDU,
	.state_size = sizeof(struct sbo),
	.on_op = sbo_on_op,
};
