/* SPDX-License-Identifier: Apache-2.0 */
/* T-07, T-08: many commands at once, and walks through the objects. */
#include <config.h>

#include "rules/iec104/say.h"
#include "rules/when.h"

#define DET_BURST "T-07"
#define DET_SWEEP "T-08"
#define READ 102
#define MINUTE_S 60
#define HABIT 10      /* set points of a point that a control loop commands */
#define REGULAR 4     /* equal steps that make a loop */
#define STEP_LEAST 10 /* tenths of a second: what is faster floods */

struct sweep {
	uint32_t n, per_minute, reads;
	uint32_t ioas, t_s;
};

/* Commands of the point that follow each other by equal steps. */
static void
note_step(struct iec104_point *p, uint64_t now)
{
	uint64_t step = when_since(p->at_ns / 1000000, now) / 100;

	if (step > UINT16_MAX)
		step = UINT16_MAX;
	if (step < STEP_LEAST || when_apart(step, p->step) * 4 > p->step)
		p->regular = 0;
	else if (p->regular < UINT8_MAX)
		p->regular++;
	p->step = (uint16_t)step;
	if (p->executes < UINT8_MAX)
		p->executes++;
}

/*
 * Set points that come for ever, or with a report in between by equal steps,
 * are a control loop, and no burst.
 */
static bool
is_loop(const struct iec104_view *v)
{
	const struct iec104_point *p = v->point;
	uint8_t type = v->apdu->type;
	bool setpoint =
	    (type >= 48 && type <= 50) || (type >= 61 && type <= 63);

	if (!setpoint)
		return false;
	if (p->regular >= REGULAR && v->link->run <= 1)
		return true;
	return p->executes > HABIT &&
	       !when_within(p->first_ms, v->now_ms, MINUTE_S);
}

static void
see_burst(const struct sweep *s, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	struct iec104_habits *h = iec104_habits(v->link);
	uint32_t minute;
	struct event ev;

	note_step(v->point, v->now_ms);
	if (is_loop(v))
		return;
	if (!when_within(h->run_ms, v->now_ms, MINUTE_S))
		v->link->run = 0;
	h->run_ms = v->now_ms;
	if (v->link->run < UINT16_MAX)
		v->link->run++;
	minute = pace_hit(&h->executed, MINUTE_S, v->now_ms);
	if (v->link->run != s->n + 1 && minute != s->per_minute + 1)
		return;
	ev = iec104_say(op, v, &EV_TELECONTROL_COMMAND_BURST, DET_BURST);
	ev.doubtful =
	    op->pdu->state == KNOW_GAPPED || op->pdu->state == KNOW_ONE_SIDED;
	iec104_say_asdu(&ev, v);
	event_add_u64(&ev, "in_a_row", v->link->run);
	event_add_u64(&ev, "in_a_minute", minute);
	out->emit(out, &ev);
}

/* Reads move nothing, but so many of them keep a station from its work. */
static void
see_reads(const struct sweep *s, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	struct iec104_habits *h = iec104_habits(v->link);
	uint32_t minute = pace_hit(&h->reads, MINUTE_S, v->now_ms);
	struct event ev;

	if (minute <= s->reads || h->reads_said)
		return;
	h->reads_said = true;
	ev = iec104_say(op, v, &EV_TELECONTROL_COMMAND_BURST, DET_BURST);
	ev.severity = SEVERITY_WARNING;
	iec104_say_asdu(&ev, v);
	event_add_u64(&ev, "in_a_minute", minute);
	out->emit(out, &ev);
}

/* Whether ioa carries on the walk: upwards, or by equal steps downwards. */
static bool
goes_on(struct iec104_habits *h, uint32_t ioa)
{
	if (h->sweep == 1) {
		h->sweep_down = ioa < h->sweep_ioa;
		h->sweep_stride = h->sweep_ioa - ioa;
		return true;
	}
	if (h->sweep_down)
		return ioa < h->sweep_ioa &&
		       h->sweep_ioa - ioa == h->sweep_stride;
	return ioa > h->sweep_ioa;
}

/* Another object of the same type; true when it is the one too many. */
static bool
step(const struct sweep *s, struct iec104_habits *h, uint8_t type, uint32_t ioa,
    uint64_t now)
{
	/* select and execute, or once more */
	if (h->sweep > 0 && type == h->sweep_type && ioa == h->sweep_ioa)
		return false;
	if (h->sweep == 0 || type != h->sweep_type ||
	    !when_within(h->sweep_ms, now, s->t_s) || !goes_on(h, ioa)) {
		h->sweep = 1;
		h->sweep_type = type;
		h->sweep_ms = now;
		h->sweep_said = false;
	} else if (h->sweep < UINT16_MAX) {
		h->sweep++;
	}
	h->sweep_ioa = ioa;
	if (h->sweep < s->ioas || h->sweep_said)
		return false;
	h->sweep_said = true;
	return true;
}

static void
see_sweep(const struct sweep *s, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	struct iec104_habits *h = iec104_habits(v->link);
	bool read = v->apdu->type == READ;
	struct event ev;

	if (!step(s, h, v->apdu->type, iec104_say_ioa(v->apdu), v->now_ms))
		return;
	/* who polls by reading does so for ever: once is enough */
	if (read && h->read_sweep_said)
		return;
	h->read_sweep_said = h->read_sweep_said || read;
	ev = iec104_say(op, v, &EV_TELECONTROL_POINT_SWEEP, DET_SWEEP);
	ev.doubtful =
	    op->pdu->state == KNOW_GAPPED || op->pdu->state == KNOW_ONE_SIDED;
	iec104_say_asdu(&ev, v);
	event_add_u64(&ev, "objects", h->sweep);
	event_add_u64(&ev, "ms", when_since(h->sweep_ms, v->now_ms));
	out->emit(out, &ev);
}

static void
sweep_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct sweep *s = state;
	const struct iec104_view *v = known;
	const struct iec104_apdu *a;

	if (v == NULL || v->apdu->read != IEC104_ASDU)
		return;
	a = v->apdu;
	if (!v->from_master || a->objects.n == 0)
		return;
	if (a->type == READ && a->cot == IEC104_REQUEST) {
		see_sweep(s, op, v, out);
		see_reads(s, op, v, out);
	}
	if (v->point == NULL || a->cot != IEC104_ACT)
		return;
	see_sweep(s, op, v, out);
	if (!iec104_say_select(a))
		see_burst(s, op, v, out);
}

static const struct parameter burst[] = {
	{ "n", offsetof(struct sweep, n), 10, 1, 65534 },
	{ "per_minute", offsetof(struct sweep, per_minute), 20, 1, 1000000 },
	{ "reads", offsetof(struct sweep, reads), 600, 1, 1000000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter walk[] = {
	{ "n", offsetof(struct sweep, ioas), 8, 3, 65534 },
	{ "t_s", offsetof(struct sweep, t_s), 60, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_BURST, "T0806,T0855", burst },
	{ DET_SWEEP, "T0806,T0861", walk },
	{ NULL, NULL, NULL },
};

const struct detector iec104_sweep_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds = DETECTOR_ON(OP_READ) | DETECTOR_ON(OP_CONTROL),
	.world = &iec104_world,
	.about = IEC104_ABOUT_ASDU,
	.state_size = sizeof(struct sweep),
	.on_op = sweep_on_op,
};
