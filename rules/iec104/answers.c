/* SPDX-License-Identifier: Apache-2.0 */
/* T-18, T-31: commands that are refused, and those that nobody answers. */
#include <config.h>

#include "rules/iec104/say.h"
#include "rules/iec104/waits.h"
#include "rules/when.h"

#define DET_REFUSED "T-18"
#define DET_SILENT "T-31"
#define LEARNT 3 /* terminations, and no command without */

struct answers {
	uint32_t n, t_s;
	uint32_t con_s, term_s;
	struct waits con, term;
};

/* A station that is busy with the last interrogation says no, too. */
static bool
is_busy(const struct iec104_apdu *a)
{
	return (a->type == 100 || a->type == 101) && a->cot == IEC104_ACTCON;
}

static const struct event_def *
refusal(uint8_t cot)
{
	switch (cot) {
	case 44: /* unknown type */
	case 45: /* unknown cause */
		return &EV_REQUEST_INVALID;
	case 46: /* unknown common address */
	case 47: /* unknown object */
		return &EV_REQUEST_RESOURCE_UNAVAILABLE;
	default:
		return &EV_REQUEST_ERROR;
	}
}

/* One bad point that is asked for ever speaks once. */
static void
see_refusal(const struct answers *s, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	const struct iec104_apdu *a = v->apdu;
	struct iec104_habits *h = iec104_habits(v->link);
	uint32_t what =
	    (uint32_t)a->type << 24 ^ (uint32_t)a->ca << 8 ^ iec104_say_ioa(a);
	struct event ev;
	uint32_t n;

	if (is_busy(a) || (h->has_refused_said && h->refused_said == what))
		return;
	n = pace_hit(&h->refused, s->t_s, v->now_ms);
	if (n < s->n)
		return;
	h->has_refused_said = true;
	h->refused_said = what;
	h->refused = (struct pace){ .since = 0 };
	ev = iec104_say(op, v, refusal(a->cot), DET_REFUSED);
	ev.doubtful = false;
	iec104_say_asdu(&ev, v);
	event_add_u64(&ev, "cot", a->cot);
	event_add_u64(&ev, "n", n);
	event_add_u64(&ev, "X.ErrorCode", a->cot);
	out->emit(out, &ev);
}

static void
see_command(struct answers *s, const struct op *op, const struct iec104_view *v)
{
	struct iec104_point *p = v->point;
	struct wait *w;

	if (v->apdu->cot != IEC104_ACT || v->apdu->negative)
		return;
	w = waits_put(&s->con, op->pdu, v->now_ms);
	w->key = p->key;
	w->value = v->apdu->type;
	p->flags |= IEC104_AWAITS_CON;
	p->flags &= (uint8_t)~IEC104_AWAITS_TERM;
}

static void
see_answer(struct answers *s, const struct op *op, const struct iec104_view *v)
{
	struct iec104_point *p = v->point;
	bool awaited = (p->flags & IEC104_AWAITS_CON) != 0;
	struct wait *w;

	if (v->apdu->cot == IEC104_ACTTERM) {
		if ((p->flags & IEC104_AWAITS_TERM) != 0 && v->station != NULL)
			v->station->terminated++;
		p->flags &= (uint8_t)~IEC104_AWAITS_TERM;
		return;
	}
	p->flags &= (uint8_t)~IEC104_AWAITS_CON;
	if (!awaited || v->apdu->cot != IEC104_ACTCON || v->apdu->negative ||
	    iec104_say_select(v->apdu))
		return;
	p->flags |= IEC104_AWAITS_TERM;
	w = waits_put(&s->term, op->pdu, v->now_ms);
	w->key = p->key;
	w->value = v->apdu->type;
	w->link = p->frame;
	if (v->station != NULL)
		v->station->confirmed++;
}

/* A connection that is gone answers no more. */
static bool
is_open(
    struct iec104_world *world, const struct iec104_station *s, uint64_t flow)
{
	for (size_t i = 0; i < IEC104_PEERS; i++)
		if (iec104_flow_at(world, s, i) == flow)
			return true;
	return false;
}

/* Whether what is waited for is still due, and would have been seen. */
static bool
is_due(struct iec104_world *world, const struct wait *w, uint8_t flag)
{
	const struct iec104_point *p = iec104_world_point(world, &w->key);
	const struct iec104_link *l = iec104_world_link(world, w->pdu.flow);
	const struct iec104_station *s =
	    table_find(&world->stations, w->key.station);
	bool con = flag == IEC104_AWAITS_CON;

	if (p == NULL || l == NULL || s == NULL || (p->flags & flag) == 0 ||
	    p->frame != (con ? w->pdu.frame : w->link) || !waits_sees(w, l) ||
	    !is_open(world, s, w->pdu.flow))
		return false;
	/* not every station terminates: only where all commands were */
	return con ||
	       (s->terminated >= LEARNT && s->terminated + 1 == s->confirmed);
}

static void
say_silent(const struct wait *w, struct iec104_world *world, const char *what,
    uint32_t t_s, struct event_sink *out)
{
	struct iec104_link *l = iec104_world_link(world, w->pdu.flow);
	struct op op;
	struct iec104_view v = waits_view(w, world, l, &op);
	struct event ev = iec104_say(&op, &v, &EV_REQUEST_TIMEOUT, DET_SILENT);

	event_add_u64(&ev, "type", w->value);
	event_add_u64(&ev, "ca", w->key.ca);
	event_add_u64(&ev, "ioa", w->key.ioa);
	event_add_text(&ev, "missing", what);
	event_add_u64(&ev, "t_s", t_s);
	out->emit(out, &ev);
}

static void
answers_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct iec104_view *v = known;

	if (v == NULL || v->apdu->read != IEC104_ASDU)
		return;
	if (v->from_station && op->result == OP_REFUSED)
		see_refusal(state, op, v, out);
	if (v->point == NULL)
		return;
	if (v->from_station)
		see_answer(state, op, v);
	else if (v->from_master)
		see_command(state, op, v);
}

static void
answers_on_tick(
    void *state, void *world, struct timespec at, struct event_sink *out)
{
	struct answers *s = state;
	uint64_t now = when_ms(at), con = UINT64_C(1000) * s->con_s,
	         term = UINT64_C(1000) * s->term_s;
	struct wait *w;

	while ((w = waits_due(&s->con, now, con)) != NULL)
		if (is_due(world, w, IEC104_AWAITS_CON))
			say_silent(w, world, "confirmation", s->con_s, out);
	while ((w = waits_due(&s->term, now, term)) != NULL)
		if (is_due(world, w, IEC104_AWAITS_TERM))
			say_silent(w, world, "termination", s->term_s, out);
}

static const struct parameter refused[] = {
	{ "n", offsetof(struct answers, n), 3, 1, 1000000 },
	{ "t_s", offsetof(struct answers, t_s), 300, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter silent[] = {
	{ "con_s", offsetof(struct answers, con_s), 15, 1, 3600 },
	{ "term_s", offsetof(struct answers, term_s), 60, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_REFUSED, "T0861,T0806", refused },
	{ DET_SILENT, "T0803", silent },
	{ NULL, NULL, NULL },
};

static size_t
answers_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct answers *a = state;

	waits_kept(&a->con, to + 0, "iec104.cons", "iec104.cons-ring");
	waits_kept(&a->term, to + 2, "iec104.terms", "iec104.terms-ring");
	return 4;
}

const struct detector iec104_answers_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds =
	    DETECTOR_ON_ALL & ~DETECTOR_ON(OP_LINK) & ~DETECTOR_ON(OP_FLAW),
	.world = &iec104_world,
	.about = IEC104_ABOUT_ASDU,
	.state_size = sizeof(struct answers),
	.on_op = answers_on_op,
	.on_tick = answers_on_tick,
	.kept = answers_kept,
};
