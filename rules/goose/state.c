/* SPDX-License-Identifier: Apache-2.0 */
/* G-10 to G-12: data and event time against the state number. */
#include <config.h>

#include "rules/goose/say.h"

#define US 1000000

struct judge {
	uint32_t skew_s, learn_s; /* G-12 */
};

static bool
is_unsynced(const struct goose_line *l)
{
	return (l->quality & (GOOSE_CLOCK_FAILURE | GOOSE_NOT_SYNCHRONIZED)) !=
	       0;
}

static void
add_time(struct event *ev, const char *name, uint64_t t)
{
	event_add_u64(ev, name, t >> 24);
}

static void
say_data(const struct op *op, const struct goose_view *v,
    const struct event_def *def, struct event_sink *out)
{
	struct event ev = goose_say(op, v, def, "G-10");

	goose_say_numbers(&ev, v);
	out->emit(out, &ev);
}

static void
say_time(
    const struct op *op, const struct goose_view *v, struct event_sink *out)
{
	struct event ev = goose_say(op, v,
	    is_unsynced(v->unit) ? &EV_GSE_TIME_UNSYNCED : &EV_GSE_TIME_ANOMALY,
	    "G-11");

	goose_say_numbers(&ev, v);
	add_time(&ev, "last_t", v->was.t);
	add_time(&ev, "t", v->unit->t);
	event_add_u64(&ev, "quality", v->unit->quality);
	out->emit(out, &ev);
}

/* Only of a publisher whose clock was right for long: many never are. */
static void
skew(const struct judge *j, const struct op *op, const struct goose_view *v,
    struct event_sink *out)
{
	uint64_t now = v->unit->at_us / US, t = v->unit->t >> 24;
	uint64_t apart = now > t ? now - t : t - now;
	uint32_t since = v->p->in_time;
	struct event ev;

	if (apart <= j->skew_s) {
		if (since == 0)
			v->p->in_time = (uint32_t)now;
		return;
	}
	v->p->in_time = 0;
	if (since == 0 || now < since || now - since < j->learn_s)
		return;
	ev = goose_say(op, v, &EV_GSE_TIME_SKEW, "G-12");
	event_add_u64(&ev, "skew_s", apart);
	add_time(&ev, "t", v->unit->t);
	out->emit(out, &ev);
}

static void
unsynced(
    const struct op *op, const struct goose_view *v, struct event_sink *out)
{
	struct event ev = goose_say(op, v, &EV_TIME_SYNC_LOST, "G-12");

	event_add(
	    &ev, "X.SourceID", (struct bytes){ v->p->ref_octets, v->p->nref });
	event_add_text(&ev, "X.Reason",
	    (v->unit->quality & GOOSE_CLOCK_FAILURE) != 0
	        ? "clock failure"
	        : "clock not synchronized");
	out->emit(out, &ev);
}

static void
state_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct goose_view *v = known;

	if ((v->news & (GOOSE_DATA_STAYED | GOOSE_DATA_MOVED |
	                   GOOSE_DATA_T_MOVED | GOOSE_T_STAYED | GOOSE_T_MOVED |
	                   GOOSE_CHANGED | GOOSE_UNSYNCED)) == 0)
		return;
	if ((v->news & GOOSE_DATA_MOVED) != 0)
		say_data(op, v, &EV_GOOSE_SEC_CHECK_FAIL, out);
	if ((v->news & GOOSE_DATA_T_MOVED) != 0)
		say_data(op, v, &EV_GSE_DATA_ANOMALY, out);
	if ((v->news & GOOSE_DATA_STAYED) != 0)
		say_data(op, v, &EV_GSE_STATE_UNCHANGED, out);
	if ((v->news & (GOOSE_T_STAYED | GOOSE_T_MOVED)) != 0)
		say_time(op, v, out);
	if ((v->news & GOOSE_CHANGED) != 0)
		skew(state, op, v, out);
	if ((v->news & GOOSE_UNSYNCED) != 0)
		unsynced(op, v, out);
}

static const struct parameter of_skew[] = {
	{ "skew_s", offsetof(struct judge, skew_s), 120, 1, UINT32_MAX },
	{ "learn_s", offsetof(struct judge, learn_s), 86400, 0, UINT32_MAX },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "G-10", "T0856,T0832", NULL },
	{ "G-11", "T0856", NULL },
	{ "G-12", "T0856", of_skew },
	{ NULL, NULL, NULL },
};

const struct detector goose_state_detector = {
	.detections = detections,
	GOOSE_ON_VIEW,
	.state_size = sizeof(struct judge),
	.on_op = state_on_op,
};
