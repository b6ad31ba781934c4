/* SPDX-License-Identifier: Apache-2.0 */
/* P-06: more controls, or to more points, than this master gives. */
#include <config.h>

#include "rules/dnp3/say.h"
#include "rules/when.h"

#define DET "P-06"
#define REGULAR 4        /* equal steps that make a habit */
#define STEP_LEAST 500   /* ms: who commands more often than this floods */
#define FACTOR 5         /* times what was usual */
#define LEARNT_MS 300000 /* before that nothing is usual */
#define SWITCH 12        /* group of a relay output */
#define POINTS_MOST 64   /* of a fragment that are looked at */

struct burst {
	uint32_t n, m, t_s;
};

/* A control loop writes in equal steps. */
static void
note_step(struct dnp3_habits *h, uint64_t now)
{
	uint64_t step = when_since(h->last_control_ms, now);

	if (step < STEP_LEAST || when_apart(step, h->step_ms) * 4 > h->step_ms)
		h->regular = 0;
	else if (h->regular < UINT8_MAX)
		h->regular++;
	h->step_ms = step;
	h->last_control_ms = now;
}

/* The first of a row counts when a second one follows. */
static uint32_t
note_row(const struct burst *b, struct dnp3_association *a, uint64_t now)
{
	struct dnp3_habits *h = dnp3_habits(a);
	bool first = (a->flags & DNP3_READ_BETWEEN) != 0 || h->total == 1;

	a->flags &= ~(uint32_t)DNP3_READ_BETWEEN;
	if (first) {
		h->row_began = true;
		return pace_count(&h->in_a_row, b->t_s, now);
	}
	if (h->row_began)
		pace_hit(&h->in_a_row, b->t_s, now);
	h->row_began = false;
	return pace_hit(&h->in_a_row, b->t_s, now);
}

static uint32_t
note_points(const struct burst *b, const struct dnp3_view *v)
{
	struct kinds *points_of = &dnp3_rare(v->a)->points;
	struct dnp3_walk walk = dnp3_objects(v->app);
	struct dnp3_header header;
	uint32_t most = 0;
	unsigned n = 0;

	while (dnp3_next(&walk, &header)) {
		struct dnp3_points points = dnp3_points(&header);
		struct dnp3_point p;

		if (header.group != 12 && header.group != 41)
			continue;
		while (n++ < POINTS_MOST && dnp3_next_point(&points, &p)) {
			uint32_t point = (uint32_t)header.group << 24 ^ p.index;

			most = kinds_note(points_of, point, b->t_s, v->now_ms);
		}
	}
	return most;
}

/* How many a span usually has, by all that went before it. */
static uint32_t
usual(const struct burst *b, const struct dnp3_habits *h, uint64_t now,
    uint32_t lately)
{
	uint64_t age = when_since(h->first_control_ms, now);

	if (age < LEARNT_MS)
		return 0;
	return (uint32_t)((h->total - (lately < h->total ? lately : h->total)) *
	                  (UINT64_C(1000) * b->t_s) / age);
}

/*
 * Many without a READ between them are a burst at once; among the polls of a
 * master only what is far more than it usually gives.
 */
static const char *
judge(const struct burst *b, struct dnp3_habits *h, uint32_t all, uint32_t row,
    uint32_t points, bool switches, uint64_t now)
{
	uint32_t before = usual(b, h, now, all);

	/* a loop has its few points, or many set points */
	if (points > b->m && all > FACTOR * before &&
	    (h->regular < REGULAR || switches))
		return "points";
	if (h->regular >= REGULAR)
		return NULL;
	if (row > b->n && row > FACTOR * before)
		return "in a row";
	if (all > FACTOR * b->n && all > FACTOR * before)
		return "rate";
	return NULL;
}

static void
burst_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;
	const struct burst *b = state;
	struct dnp3_habits *h;
	uint32_t all, row, points;
	const char *what;
	struct event ev;

	if (!v->request)
		return;
	if (v->app->function == DNP3_READ)
		v->a->flags |= DNP3_READ_BETWEEN;
	/* an operate belongs to its select */
	if (!dnp3_is_control(v->app->function) ||
	    (v->app->function == DNP3_OPERATE &&
	        v->a->request_function == DNP3_SELECT))
		return;
	h = dnp3_habits(v->a);
	note_step(h, v->now_ms);
	if (h->total++ == 0)
		h->first_control_ms = v->now_ms;
	all = pace_hit(&h->controls, b->t_s, v->now_ms);
	row = note_row(b, v->a, v->now_ms);
	points = note_points(b, v);
	what = judge(b, h, all, row, points,
	    v->app->first.n > 0 && v->app->first.p[0] == SWITCH, v->now_ms);
	if (what == NULL ||
	    (h->burst_said && when_within(h->burst_ms, v->now_ms, b->t_s)))
		return;
	h->burst_said = true;
	h->burst_ms = v->now_ms;
	ev = dnp3_say(op, v, &EV_DNP_COMMAND_BURST, DET);
	ev.doubtful = false; /* what was seen is enough */
	dnp3_say_request(&ev, v);
	event_add_text(&ev, "by", what);
	event_add_u64(&ev, "n", all);
	event_add_u64(&ev, "points", points);
	out->emit(out, &ev);
}

static const struct parameter parameters[] = {
	{ "n", offsetof(struct burst, n), 10, 1, 1000000 },
	{ "m", offsetof(struct burst, m), 8, 1, RATE_MOST - 1 },
	{ "t_s", offsetof(struct burst, t_s), 60, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, "T0806,T0855", parameters },
	{ NULL, NULL, NULL },
};

const struct detector dnp3_burst_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON(OP_CONTROL) | DETECTOR_ON(OP_READ),
	.world = &dnp3_world,
	.on_view = true,
	.state_size = sizeof(struct burst),
	.on_op = burst_on_op,
};
