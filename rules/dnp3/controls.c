/* SPDX-License-Identifier: Apache-2.0 */
/* P-03 to P-05: what is controlled, and how (IEEE 1815-2012, 4.4.3 to 4.4.6).
 */
#include <config.h>

#include "rules/dnp3/say.h"
#include "rules/policy.h"
#include "rules/when.h"

#define DET_POINT "P-03"
#define DET_SILENT "P-04"
#define DET_SBO "P-05"
#define DAY_S 86400
#define POINTS_MOST 64 /* of a fragment that are looked up */

struct controls {
	uint32_t learn_d, t_s;
	const struct policy *policy;
};

static void
controls_start(void *state, const struct setup *setup)
{
	((struct controls *)state)->policy = setup->policy;
}

/* Whether a point is one that is not to be commanded, or never was. */
static const char *
judge_point(const struct controls *c, const struct dnp3_view *v,
    const struct dnp3_output_point *p, bool fresh)
{
	const struct dnp3_association *a = v->a;
	enum policy_answer answer =
	    policy_point(c->policy, POLICY_DNP3, a->key.station, a->key.link,
	        (uint32_t)p->key.group << 16 | (p->key.index & 0xffff));

	if (answer == POLICY_LISTED || p->said)
		return NULL;
	if (answer == POLICY_UNLISTED)
		return "policy";
	if (dnp3_is_newcomer(v))
		return "new master";
	if (fresh && !when_within(a->first_ms, v->now_ms, c->learn_d * DAY_S))
		return "never before";
	return NULL;
}

static void
say_point(const struct op *op, const struct dnp3_view *v,
    const struct dnp3_output_point *p, const char *why, struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, &EV_DNP_NEW_CONTROL_POINT, DET_POINT);

	ev.doubtful = v->world->points.evicted > 0;
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_u64(&ev, "function", v->app->function);
	event_add_u64(&ev, "group", p->key.group);
	event_add_u64(&ev, "index", p->key.index);
	event_add_text(&ev, "by", why);
	out->emit(out, &ev);
}

static void
say_silent(const struct op *op, const struct dnp3_view *v,
    const struct dnp3_output_point *p, struct event_sink *out)
{
	struct event ev =
	    dnp3_say(op, v, &EV_DNP_DIRECT_OPERATE_NOACK, DET_SILENT);

	ev.doubtful = false;
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_u64(&ev, "group", p->key.group);
	event_add_u64(&ev, "index", p->key.index);
	out->emit(out, &ev);
}

/* One of each kind for a fragment is enough. */
static void
see_points(const struct controls *c, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	bool silent = v->app->function == DNP3_DIRECT_OPERATE_NR;
	struct dnp3_walk walk = dnp3_objects(v->app);
	bool told = false, told_silent = false;
	unsigned n = 0;
	struct dnp3_header h;

	while (dnp3_next(&walk, &h)) {
		struct dnp3_points points = dnp3_points(&h);
		struct dnp3_point point;

		if (h.group != 10 && h.group != 12 && h.group != 41)
			continue;
		while (n < POINTS_MOST && dnp3_next_point(&points, &point)) {
			struct dnp3_output_point *p;
			const char *why;
			bool fresh;

			n++;
			p = dnp3_world_point(
			    v->world, v, op, h.group, point.index, &fresh, out);
			why = judge_point(c, v, p, fresh);
			if (why != NULL && !told)
				say_point(op, v, p, why, out);
			told = told || why != NULL;
			p->said = p->said || why != NULL;
			/* some set points are always sent like this */
			if (silent && !p->unacknowledged && !told_silent)
				say_silent(op, v, p, out);
			told_silent = told_silent || silent;
			p->unacknowledged = p->unacknowledged || silent;
		}
	}
}

static void
see_select(const struct dnp3_view *v)
{
	dnp3_habits(v->a)->select = (struct dnp3_select){
		.hash = v->hash, .ms = v->now_ms, .seq = v->app->seq
	};
	v->a->flags |= DNP3_SELECTED;
}

/* What an operate has that its select had not, or NULL. */
static const char *
difference(const struct controls *c, const struct dnp3_view *v,
    const struct dnp3_select *s)
{
	if ((v->a->flags & DNP3_SELECTED) == 0)
		return "no select";
	if (s->refused)
		return "select was refused";
	if (s->hash != v->hash)
		return "objects";
	if (v->app->seq != ((s->seq + 1) & 0x0f))
		return "sequence";
	if (!when_within(s->ms, v->now_ms, c->t_s))
		return "time";
	return NULL;
}

/* Whether the select would have been seen. */
static bool
sees_select(const struct op *op, const struct dnp3_view *v)
{
	const struct dnp3_association *a = v->a;
	uint8_t before = (v->app->seq - 1) & 0x0f;

	if (op->pdu->state == KNOW_ONE_SIDED)
		return false;
	if (op->pdu->carrier == OVER_TCP && op->pdu->state == KNOW_COMPLETE &&
	    v->complete && (a->flags & DNP3_HOLED) == 0)
		return true;
	/* what came directly before is known, and is no select */
	return a->on_flow > 0 && a->request_seq == before;
}

static void
see_operate(const struct controls *c, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct dnp3_select *s = &dnp3_habits(v->a)->select;
	const char *what = difference(c, v, s);
	bool open = (v->a->flags & DNP3_SELECTED) != 0;
	bool missing = what != NULL && !open;
	struct event ev;

	if (what != NULL && (!missing || sees_select(op, v))) {
		ev = dnp3_say(op, v, &EV_DNP_SBO_VIOLATION, DET_SBO);
		dnp3_say_request(&ev, v);
		event_add_text(&ev, "differs", what);
		if (open)
			event_add_u64(&ev, "ms", when_since(s->ms, v->now_ms));
		out->emit(out, &ev);
	}
	v->a->flags &= ~(uint32_t)DNP3_SELECTED;
}

/* An outstation that refused a select has none. */
static void
see_answer(const struct op *op, const struct dnp3_view *v)
{
	struct dnp3_select *s;

	if ((v->a->flags & DNP3_SELECTED) == 0)
		return;
	s = &dnp3_habits(v->a)->select;
	if (v->asked != NULL && v->asked->function == DNP3_SELECT &&
	    v->app->seq == s->seq && op->result == OP_REFUSED)
		s->refused = true;
}

static void
controls_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;
	uint8_t fc;

	if (v->app == NULL)
		return;
	fc = v->app->function;
	if (!v->from_master) {
		see_answer(op, v);
		return;
	}
	if (!v->request)
		return;
	if (dnp3_is_control(fc) || fc == DNP3_WRITE)
		see_points(state, op, v, out);
	if (fc == DNP3_SELECT)
		see_select(v);
	else if (fc == DNP3_OPERATE)
		see_operate(state, op, v, out);
}

static const struct parameter point[] = {
	{ "learn_d", offsetof(struct controls, learn_d), 30, 1, 3650 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter sbo[] = {
	{ "t_s", offsetof(struct controls, t_s), 10, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_POINT, "T0855", point },
	{ DET_SILENT, "T0855", NULL },
	{ DET_SBO, "T0855,T0830", sbo },
	{ NULL, NULL, NULL },
};

const struct detector dnp3_controls_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON(OP_CONTROL) | DETECTOR_ON(OP_WRITE) |
	         DETECTOR_ON(OP_REPORT),
	.world = &dnp3_world,
	.on_view = true,
	.state_size = sizeof(struct controls),
	.start = controls_start,
	.on_op = controls_on_op,
};
