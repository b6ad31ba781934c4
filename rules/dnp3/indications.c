/* SPDX-License-Identifier: Apache-2.0 */
/*
 * P-07, P-12 to P-14, P-16: what an outstation says of itself (IEEE 1815-2012,
 * 4.2.2.6).  Many keep a flag set for ever: only what changes tells.
 */
#include <config.h>

#include "rules/dnp3/say.h"
#include "rules/when.h"

#define DET_COMMANDED "P-07"
#define DET_CLEAR "P-12"
#define DET_RESTART "P-13"
#define DET_TROUBLE "P-14"
#define DET_OVERFLOW "P-16"
#define REBOOTED "IEC62351-14:8.4" /* REBOOT */
#define RESTART_BIT 7              /* of g80v1 */

struct indications {
	uint32_t n, t_s, commanded_s;
};

static void
say(const struct op *op, const struct dnp3_view *v, const struct event_def *def,
    const char *det, struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, def, det);

	event_add_u64(&ev, "iin", v->app->iin);
	if (def == &EV_INVALID_CONFIG_OR_FW)
		event_add_text(&ev, "X.Reason", "configuration corrupt");
	if (def == &EV_DNP_RESTART || def == &EV_DNP_FREQUENT_RESTART)
		ev.std = REBOOTED;
	if (def == &EV_REBOOT)
		event_add_u64(
		    &ev, "commanded_in", dnp3_habits(v->a)->commanded_frame);
	out->emit(out, &ev);
}

static void
see_restart(const struct indications *s, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct dnp3_habits *h = dnp3_habits(v->a);
	bool often =
	    rate_hit(&dnp3_rare(v->a)->restarts, s->n, s->t_s, v->now_ms);

	say(op, v, often ? &EV_DNP_FREQUENT_RESTART : &EV_DNP_RESTART,
	    DET_RESTART, out);
	if (h->commanded_ms != 0 &&
	    when_within(h->commanded_ms, v->now_ms, s->commanded_s))
		say(op, v, &EV_REBOOT, DET_COMMANDED, out);
	h->commanded_ms = 0;
}

static void
see_indications(const struct indications *s, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	uint16_t raised = v->raised;

	if ((raised & DNP3_IIN_RESTART) != 0)
		see_restart(s, op, v, out);
	if ((raised & DNP3_IIN_CORRUPT) != 0)
		say(op, v, &EV_INVALID_CONFIG_OR_FW, DET_TROUBLE, out);
	if ((raised & DNP3_IIN_TROUBLE) != 0)
		say(op, v, &EV_DNP_DEVICE_TROUBLE, DET_TROUBLE, out);
	if ((raised & DNP3_IIN_LOCAL) != 0)
		say(op, v, &EV_DNP_LOCAL_CONTROL, DET_TROUBLE, out);
	if ((raised & DNP3_IIN_OVERFLOW) != 0)
		say(op, v, &EV_DNP_EVENT_OVERFLOW, DET_OVERFLOW, out);
}

static bool
clears_restart(const struct dnp3_fragment *app)
{
	struct dnp3_walk w = dnp3_objects(app);
	struct dnp3_points points;
	struct dnp3_header h;
	struct dnp3_point p;

	while (dnp3_next(&w, &h)) {
		if (h.group != 80)
			continue;
		for (points = dnp3_points(&h); dnp3_next_point(&points, &p);)
			if (p.index == RESTART_BIT && p.bits == 0)
				return true;
	}
	return false;
}

/* Of an outstation that never said anything nobody knows. */
static void
see_clear(
    const struct op *op, const struct dnp3_view *v, struct event_sink *out)
{
	const struct dnp3_association *a = v->a;
	struct event ev;

	if ((a->flags & DNP3_HAS_IIN) == 0 ||
	    (a->iin & DNP3_IIN_RESTART) != 0 || !clears_restart(v->app))
		return;
	ev = dnp3_say(op, v, &EV_DNP_CLEAR_RESTART, DET_CLEAR);
	event_add_u64(&ev, "master_link", a->key.master_link);
	event_add_u64(&ev, "iin", a->iin);
	out->emit(out, &ev);
}

static void
indications_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;

	if (v->raised != 0)
		see_indications(state, op, v, out);
	else if (v->request && v->app->function == DNP3_WRITE)
		see_clear(op, v, out);
}

static const struct parameter restart[] = {
	{ "n", offsetof(struct indications, n), 3, 2, RATE_MOST },
	{ "t_s", offsetof(struct indications, t_s), 86400, 1, 2592000 },
	{ "commanded_s", offsetof(struct indications, commanded_s), 300, 1,
	    86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_CLEAR, "T0855", NULL },
	{ DET_RESTART, "T0816", restart },
	{ DET_TROUBLE, "T0814", NULL },
	{ DET_OVERFLOW, "T0804", NULL },
	{ NULL, NULL, NULL },
};

const struct detector dnp3_indications_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON(OP_REPORT) | DETECTOR_ON(OP_WRITE) |
	         DETECTOR_ON(OP_KEY),
	.world = &dnp3_world,
	.on_view = true,
	.state_size = sizeof(struct indications),
	.on_op = indications_on_op,
};
