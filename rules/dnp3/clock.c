/* SPDX-License-Identifier: Apache-2.0 */
/* P-11: clocks that are set (IEEE 1815-2012, 10.3). */
#include <config.h>

#include "rules/dnp3/say.h"
#include "rules/policy.h"
#include "rules/when.h"

#define DET "P-11"
#define ZONE_MS 1800000 /* zones are whole numbers of these */
#define ZONE_MOST_MS INT64_C(50400000)
#define OLDEST_MS UINT64_C(946684800000) /* 2000-01-01 */
#define CONSISTENT 3   /* times in a row that make another offset right */
#define PROCEDURE_S 60 /* from RECORD CURRENT TIME to the WRITE */

struct clock {
	uint32_t drift_s, n, t_s;
	const struct policy *policy;
};

static void
clock_start(void *state, const struct setup *setup)
{
	((struct clock *)state)->policy = setup->policy;
}

static uint64_t
distance(int64_t a)
{
	return (uint64_t)(a < 0 ? -a : a);
}

/* Some masters write local time, as all did before 2008. */
static bool
is_zone(int64_t offset, uint64_t ms)
{
	uint64_t rest = distance(offset) % ZONE_MS;

	return distance(offset) <= ZONE_MOST_MS + ms &&
	       (rest <= ms || ZONE_MS - rest <= ms);
}

static bool
read_time(const struct dnp3_fragment *app, uint64_t *ms)
{
	struct dnp3_walk w = dnp3_objects(app);
	struct dnp3_points points;
	struct dnp3_header h;
	struct dnp3_point p;

	while (dnp3_next(&w, &h)) {
		if (h.group != 50)
			continue;
		points = dnp3_points(&h);
		return dnp3_next_point(&points, &p) && dnp3_time(&h, &p, ms);
	}
	return false;
}

/* How far off; one wrong time changes nothing, several make an offset. */
static uint64_t
deviation(const struct clock *c, struct dnp3_habits *h, int64_t offset)
{
	uint64_t slack = UINT64_C(1000) * c->drift_s, off;

	if (h->has_offset)
		off = distance(offset - h->offset_ms);
	else
		off = is_zone(offset, slack) ? 0 : distance(offset);
	if (off > slack) {
		bool agrees = h->odd_offsets > 0 &&
		              distance(offset - h->odd_offset_ms) <= slack;

		h->odd_offsets = agrees ? h->odd_offsets + 1 : 1;
		h->odd_offset_ms = offset;
		if (h->odd_offsets < CONSISTENT)
			return off;
	}
	h->offset_ms = offset;
	h->has_offset = true;
	h->odd_offsets = 0;
	return off > slack ? off : 0;
}

static void
say(const struct op *op, const struct dnp3_view *v, const char *what,
    struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, &EV_TIME_DATE_CHANGE, DET);

	ev.doubtful = false;
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_u64(&ev, "function", v->app->function);
	event_add_text(&ev, "clock", what);
	out->emit(out, &ev);
}

/* name: of n, a literal; or NULL. */
static void
warn(const struct op *op, const struct dnp3_view *v, const char *what,
    const char *name, uint64_t n, bool doubtful, struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, &EV_TIME_DATE_CHANGE, DET);

	ev.doubtful = doubtful;
	ev.severity = SEVERITY_WARNING;
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_u64(&ev, "function", v->app->function);
	event_add_text(&ev, "clock", what);
	if (name != NULL)
		event_add_u64(&ev, name, n);
	out->emit(out, &ev);
}

/*
 * Of an association that may have been known before, the indications too: it
 * had to leave a full table.
 */
static bool
is_asked(const struct dnp3_association *a)
{
	if ((a->flags & DNP3_HAS_IIN) == 0)
		return (a->flags & DNP3_PARTIAL) != 0;
	return (a->iin & DNP3_IIN_NEED_TIME) != 0;
}

/* Masters that set clocks unasked do so for ever: the first time tells. */
static void
see_unasked(const struct op *op, const struct dnp3_view *v, const char *what,
    struct event_sink *out)
{
	struct dnp3_association *a = v->a;

	if (dnp3_habits(a)->time_said || is_asked(a))
		return;
	dnp3_habits(a)->time_said = true;
	say(op, v, what, out);
}

static void
see_flood(const struct clock *c, const struct op *op, const struct dnp3_view *v,
    struct event_sink *out)
{
	struct dnp3_habits *h = dnp3_habits(v->a);
	uint32_t n = pace_hit(&h->times, c->t_s, v->now_ms);

	if (n <= c->n ||
	    (h->flooded && when_within(h->flood_ms, v->now_ms, c->t_s)))
		return;
	h->flooded = true;
	h->flood_ms = v->now_ms;
	warn(op, v, "set again and again", "n", n, false, out);
}

static void
see_write(const struct clock *c, const struct op *op, const struct dnp3_view *v,
    struct event_sink *out)
{
	struct dnp3_habits *h = dnp3_habits(v->a);
	const struct dnp3_key *k = &v->a->key;
	bool procedure = h->recorded_ms != 0 &&
	                 when_within(h->recorded_ms, v->now_ms, PROCEDURE_S);
	uint64_t ms, off;
	bool known = h->has_offset;
	int64_t offset;

	if (!read_time(v->app, &ms))
		return;
	h->recorded_ms = 0;
	see_flood(c, op, v, out);
	if (ms < OLDEST_MS) {
		warn(op, v, "set to an impossible time", NULL, 0, false, out);
		return;
	}
	offset = (int64_t)ms - (int64_t)v->now_ms;
	off = deviation(c, h, offset);
	if (off > UINT64_C(1000) * c->drift_s)
		warn(op, v, offset < h->offset_ms ? "set back" : "set ahead",
		    "off_s", off / 1000, !known, out);
	else if (policy_time_master(c->policy, POLICY_DNP3, k->master,
	             k->station) == POLICY_UNLISTED)
		warn(op, v, "set by another master", NULL, 0, false, out);
	else if (!procedure)
		see_unasked(op, v, "written", out);
}

static void
clock_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;

	if (!v->request)
		return;
	if (v->app->function == DNP3_WRITE) {
		see_write(state, op, v, out);
	} else if (v->app->function == DNP3_RECORD_TIME) {
		dnp3_habits(v->a)->recorded_ms = v->now_ms;
		/* the write that follows belongs to it */
		see_unasked(op, v, "recorded", out);
	}
}

static const struct parameter parameters[] = {
	{ "drift_s", offsetof(struct clock, drift_s), 5, 1, 3600 },
	{ "n", offsetof(struct clock, n), 10, 1, 1000000 },
	{ "t_s", offsetof(struct clock, t_s), 60, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, "T0836", parameters },
	{ NULL, NULL, NULL },
};

const struct detector dnp3_clock_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON(OP_TIME),
	.world = &dnp3_world,
	.on_view = true,
	.state_size = sizeof(struct clock),
	.start = clock_start,
	.on_op = clock_on_op,
};
