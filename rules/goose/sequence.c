/* SPDX-License-Identifier: Apache-2.0 */
/* G-05 to G-09: stNum and sqNum (IEC 62351-6, 7.2). */
#include <config.h>

#include "rules/goose/say.h"
#include "rules/when.h"

#define REBOOT "IEC62351-14:8.4"

struct sequence {
	uint32_t alarm;           /* G-07: states */
	uint32_t n, t_s;          /* G-06 */
	uint32_t gap;             /* G-08 */
	uint32_t tolerance, lost; /* G-09: sqNum */
};

static void
say(const struct op *op, const struct goose_view *v,
    const struct event_def *def, const char *det, struct event_sink *out)
{
	struct event ev = goose_say(op, v, def, det);

	goose_say_numbers(&ev, v);
	if (v->step.step == GOOSE_ANEW) {
		ev.std = REBOOT;
		event_add_u64(&ev, "silence_ms", v->step.silence_us / 1000);
	} else if (def == &EV_GSE_LOSS) {
		event_add_u64(&ev, "missing", v->step.missing);
	} else if (v->step.step == GOOSE_NEXT &&
	           (v->news & GOOSE_IS_SEQ_FAR) == 0) {
		/* a known fault of publishers: 0 behind 2^32-1 */
		ev.doubtful = true;
	}
	out->emit(out, &ev);
}

/* The publisher went on where it was: what was not its own is said. */
static void
untrue(const struct goose_view *v, struct event_sink *out)
{
	struct event ev = goose_say_of(v->p, &v->moment, v->unit->mac,
	    &EV_GOOSE_REPLAY_DETECTED, v->untrue_state ? "G-05" : "G-08");

	event_add_u64(&ev, "last_st", v->unit->st);
	event_add_u64(&ev, "last_sq", v->unit->sq);
	event_add_u64(&ev, "st", v->untrue_st);
	event_add_u64(&ev, "sq", v->untrue_sq);
	event_add_u64(&ev, "went_on_in_frame", v->unit->since.frame);
	out->emit(out, &ev);
}

static void
anew(const struct sequence *s, const struct op *op, const struct goose_view *v,
    struct event_sink *out)
{
	struct pace *restarts = &v->p->restarts;
	uint64_t now = when_ms(op->pdu->at);

	if (pace_hit(restarts, s->t_s, now) < s->n) {
		say(op, v, &EV_GSE_RESTART, "G-06", out);
		return;
	}
	say(op, v, &EV_GSE_FREQUENT_RESTART, "G-06", out);
}

static void
leapt(const struct sequence *s, const struct op *op, const struct goose_view *v,
    struct event_sink *out)
{
	if (v->step.states < s->alarm) {
		say(op, v, &EV_GSE_LOSS, "G-07", out);
		return;
	}
	say(op, v, &EV_GOOSE_REPLAY_DETECTED, "G-07", out);
	if ((v->news & GOOSE_HOLE) != 0 && v->unit->sq > s->lost)
		say(op, v, &EV_GSE_STATE_ANOMALY, "G-09", out);
}

static void
hole(const struct sequence *s, const struct op *op, const struct goose_view *v,
    struct event_sink *out)
{
	bool blind = v->blind_us > v->was.at_us;

	if (v->step.step == GOOSE_NEXT || v->unit->sq <= s->lost || blind) {
		if (v->step.missing >= s->gap)
			say(op, v, &EV_GSE_LOSS, "G-08", out);
	} else if (v->unit->sq > s->tolerance) {
		say(op, v, &EV_GSE_STATE_ANOMALY, "G-09", out);
	}
}

static void
sequence_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct sequence *s = state;
	const struct goose_view *v = known;

	if ((v->news & (GOOSE_IS_BACK | GOOSE_IS_SEQ_BACK | GOOSE_IS_ANEW |
	                   GOOSE_UNTRUE | GOOSE_LEAPT | GOOSE_HOLE |
	                   GOOSE_IS_SEQ_FAR)) == 0)
		return;
	if ((v->news & GOOSE_IS_BACK) != 0)
		say(op, v, &EV_GOOSE_REPLAY_DETECTED, "G-05", out);
	if ((v->news & GOOSE_UNTRUE) != 0)
		untrue(v, out);
	if ((v->news & GOOSE_IS_ANEW) != 0)
		anew(s, op, v, out);
	if ((v->news & (GOOSE_IS_SEQ_BACK | GOOSE_IS_SEQ_FAR)) != 0)
		say(op, v, &EV_GOOSE_REPLAY_DETECTED, "G-08", out);
	if ((v->news & GOOSE_LEAPT) != 0)
		leapt(s, op, v, out);
	else if ((v->news & GOOSE_HOLE) != 0)
		hole(s, op, v, out);
}

static const struct parameter of_restart[] = {
	{ "n", offsetof(struct sequence, n), 3, 2, 1000 },
	{ "t_s", offsetof(struct sequence, t_s), 86400, 1, 604800 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter of_jump[] = {
	{ "alarm", offsetof(struct sequence, alarm), 1000, 2, 1000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter of_gap[] = {
	{ "gap", offsetof(struct sequence, gap), 1, 1, UINT32_MAX },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter of_state[] = {
	{ "tolerance", offsetof(struct sequence, tolerance), 0, 0, UINT32_MAX },
	{ "lost", offsetof(struct sequence, lost), 3, 0, UINT32_MAX },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "G-05", "T0856,T0855", NULL },
	{ "G-06", "T0816,T0856", of_restart },
	{ "G-07", "T0856,T0815", of_jump },
	{ "G-08", "T0856", of_gap },
	{ "G-09", "T0856", of_state },
	{ NULL, NULL, NULL },
};

const struct detector goose_sequence_detector = {
	.detections = detections,
	GOOSE_ON_VIEW,
	.state_size = sizeof(struct sequence),
	.on_op = sequence_on_op,
};
