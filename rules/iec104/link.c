/* SPDX-License-Identifier: Apache-2.0 */
/*
 * T-19 to T-23: sequence numbers, acknowledgements, test frames, and data
 * outside STARTDT and STOPDT (60870-5-104, 5).
 */
#include <config.h>

#include "rules/iec104/say.h"
#include "rules/iec104/waits.h"
#include "rules/policy.h"
#include "rules/when.h"

#define DET_SEQUENCE "T-19"
#define DET_FLOW "T-20"
#define DET_TEST "T-21"
#define DET_STATE "T-22"
#define DET_STOP "T-23"
#define AHEAD_MS 600000 /* after which nobody waits for a proof */

struct link {
	uint32_t n, t1_s, grace_s;
	const struct policy *policy;
	struct waits ahead, tests, stops;
};

static void
link_start(void *state, const struct setup *setup)
{
	((struct link *)state)->policy = setup->policy;
}

static void
say_sequence(const struct link *l, const struct op *op,
    const struct iec104_view *v, const char *what, uint32_t expected,
    uint32_t got, struct event_sink *out)
{
	struct iec104_habits *h = iec104_habits(v->link);
	struct event ev;

	if (h->broken < UINT8_MAX)
		h->broken++;
	if (h->broken < l->n)
		return;
	ev = iec104_say(op, v, &EV_TELECONTROL_SEQUENCE, DET_SEQUENCE);
	event_add_text(&ev, "field", what);
	event_add_u64(&ev, "expected", expected);
	event_add_u64(&ev, "got", got);
	out->emit(out, &ev);
}

/*
 * An acknowledgement of what was never sent.  What it acknowledges may only
 * come late, or be lost and not yet be missed: what the other end sends behind
 * it, or the end of the connection, is the proof.
 */
static void
judge_ahead(struct link *l, struct wait *w, struct iec104_world *world,
    struct event_sink *out)
{
	struct iec104_link *known = iec104_world_link(world, w->pdu.flow);
	const struct iec104_end *of;
	struct iec104_view v;
	struct op op;

	if (known == NULL || w->over || !waits_sees(w, known))
		return;
	of = &known->end[1 - w->pdu.dir];
	if (((of->next - w->value) & (IEC104_MODULO - 1)) < IEC104_MODULO / 2)
		return;
	v = waits_view(w, world, known, &op);
	say_sequence(l, &op, &v, "nr", of->next, w->value, out);
}

static void
judge_test(const struct link *l, struct wait *w, struct iec104_world *world,
    struct event_sink *out)
{
	struct iec104_link *known = iec104_world_link(world, w->pdu.flow);
	struct iec104_view v;
	struct event ev;
	struct op op;

	if (known == NULL || known->end[w->pdu.dir].testfr_ms != w->ms ||
	    !waits_sees(w, known))
		return;
	v = waits_view(w, world, known, &op);
	ev = iec104_say(&op, &v, &EV_REQUEST_TIMEOUT, DET_TEST);
	event_add_text(&ev, "request", "TESTFR");
	event_add_u64(&ev, "t1_s", l->t1_s);
	out->emit(out, &ev);
}

static void
say_stop(const struct op *op, const struct iec104_view *v,
    const struct event_def *def, const char *reason, struct event_sink *out)
{
	struct event ev = iec104_say(op, v, def, DET_STOP);

	iec104_say_ip(&ev, "master", v->link->master);
	if (reason != NULL)
		event_add_text(&ev, "reason", reason);
	out->emit(out, &ev);
}

/* Whether a connection of the station is started. */
static bool
goes_on(struct iec104_world *world, const struct iec104_link *stopped)
{
	const struct iec104_station *s =
	    table_find(&world->stations, stopped->station);

	for (size_t i = 0; s != NULL && i < IEC104_PEERS; i++) {
		const struct iec104_link *other =
		    iec104_world_link(world, iec104_flow_at(world, s, i));

		if (other != NULL && (other->flags & IEC104_STARTED) != 0)
			return true;
	}
	return false;
}

static void
judge_stop(struct wait *w, struct iec104_world *world, struct event_sink *out)
{
	struct iec104_link *known = iec104_world_link(world, w->pdu.flow);
	struct iec104_view v;
	struct op op;

	if (known == NULL || goes_on(world, known))
		return;
	v = waits_view(w, world, known, &op);
	say_stop(
	    &op, &v, &EV_TELECONTROL_UNEXPECTED_STOP, "permanent link", out);
}

static void
see_function(struct link *l, const struct op *op, const struct iec104_view *v,
    struct event_sink *out)
{
	bool unlisted = (v->link->flags & IEC104_UNLISTED) != 0;

	if (v->apdu->u == IEC104_TESTFR_ACT)
		waits_put(&l->tests, op->pdu, v->now_ms);
	if (v->apdu->u != IEC104_STOPDT_ACT || !v->from_master)
		return;
	say_stop(op, v,
	    unlisted ? &EV_TELECONTROL_UNEXPECTED_STOP : &EV_TELECONTROL_STOP,
	    unlisted ? "unknown master" : NULL, out);
	if (policy_station(l->policy, POLICY_IEC104, v->link->station)
	        ->permanent)
		waits_put(&l->stops, op->pdu, v->now_ms);
}

static void
say_flow(
    const struct op *op, const struct iec104_view *v, struct event_sink *out)
{
	struct event ev = iec104_say(op, v, &EV_TELECONTROL_FLOW, DET_FLOW);

	if ((v->news & IEC104_OVER_K) != 0) {
		event_add_u64(&ev, "unacknowledged", v->expected);
		event_add_u64(&ev, "k", v->link->k);
	} else if ((v->news & IEC104_OVER_W) != 0) {
		event_add_u64(&ev, "acknowledged_at_once", v->expected);
		event_add_u64(&ev, "w", v->link->w);
	} else {
		event_add_u64(&ev, "late_s", v->late_s);
		event_add_u64(&ev, "t2_s", v->link->t2_s);
	}
	out->emit(out, &ev);
}

static void
see_numbers(struct link *l, const struct op *op, const struct iec104_view *v,
    struct event_sink *out)
{
	const uint32_t flow = IEC104_OVER_K | IEC104_OVER_W | IEC104_LATE_ACK;
	struct event ev;

	if ((v->news & IEC104_BAD_NS) != 0)
		say_sequence(l, op, v, "ns", v->expected, v->apdu->ns, out);
	if ((v->news & IEC104_BAD_NR) != 0)
		say_sequence(l, op, v, "nr", v->expected, v->apdu->nr, out);
	if ((v->news & IEC104_AHEAD_NR) != 0 &&
	    (v->link->flags & IEC104_DOUBTED) == 0) {
		waits_put(&l->ahead, op->pdu, v->now_ms)->value = v->apdu->nr;
		v->link->flags |= IEC104_DOUBTED;
	}
	if ((v->news & flow) != 0)
		say_flow(op, v, out);
	if ((v->news & IEC104_NOT_STARTED) == 0)
		return;
	ev = iec104_say(op, v, &EV_TELECONTROL_STATE, DET_STATE);
	event_add_text(&ev, "link",
	    (v->link->flags & IEC104_STOPPED) != 0 ? "stopped" : "not started");
	if (v->apdu->read == IEC104_ASDU)
		iec104_say_asdu(&ev, v);
	out->emit(out, &ev);
}

static void
settle_ahead(struct link *l, const struct op *op, const struct iec104_view *v,
    struct event_sink *out)
{
	for (uint32_t i = 0; i < l->ahead.n; i++) {
		struct wait *w = waits_at(&l->ahead, i);
		bool proof =
		    v->apdu == NULL || (w->pdu.dir != op->pdu->dir &&
		                           op->pdu->frame > w->pdu.frame);

		if (w->pdu.flow != v->link->flow || w->over || !proof)
			continue;
		judge_ahead(l, w, v->world, out);
		w->over = true;
		v->link->flags &= ~(uint32_t)IEC104_DOUBTED;
	}
}

/* Nothing can come any more that would excuse it. */
static void
see_close(struct link *l, const struct op *op, const struct iec104_view *v,
    struct event_sink *out)
{
	settle_ahead(l, op, v, out);
	for (unsigned dir = 0; dir < 2; dir++) {
		uint64_t since = v->link->end[dir].testfr_ms;
		struct event ev;

		if (since == 0 || when_within(since, v->now_ms, l->t1_s) ||
		    (v->link->flags & IEC104_HOLED) != 0 ||
		    op->pdu->state == KNOW_ONE_SIDED)
			continue;
		ev = iec104_say(op, v, &EV_COMM_FAIL, DET_TEST);
		event_add_text(&ev, "reason", "TESTFR was not confirmed");
		event_add_u64(&ev, "t1_s", l->t1_s);
		event_add_text(&ev, "X.Transport", "TCP");
		out->emit(out, &ev);
	}
	v->link->end[0].testfr_ms = v->link->end[1].testfr_ms = 0;
}

static void
link_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const uint32_t broken = IEC104_BAD_NS | IEC104_BAD_NR |
	                        IEC104_AHEAD_NR | IEC104_NOT_STARTED |
	                        IEC104_OVER_K | IEC104_OVER_W | IEC104_LATE_ACK;
	const struct iec104_view *v = known;

	if (v == NULL)
		return;
	if (v->apdu == NULL) {
		if ((v->news & IEC104_CLOSING) != 0)
			see_close(state, op, v, out);
		return;
	}
	if ((v->link->flags & IEC104_DOUBTED) != 0)
		settle_ahead(state, op, v, out);
	if ((v->news & broken) != 0)
		see_numbers(state, op, v, out);
	if (v->apdu->format == IEC104_U && v->apdu->read >= IEC104_APCI &&
	    op->verdict != RD_MALFORMED)
		see_function(state, op, v, out);
}

static void
link_on_tick(
    void *state, void *world, struct timespec at, struct event_sink *out)
{
	struct link *l = state;
	uint64_t now = when_ms(at);
	uint64_t t1 = UINT64_C(1000) * l->t1_s;
	uint64_t grace = UINT64_C(1000) * l->grace_s;
	struct wait *w;

	while (waits_due(&l->ahead, now, AHEAD_MS) != NULL)
		;
	while ((w = waits_due(&l->tests, now, t1)) != NULL)
		judge_test(l, w, world, out);
	while ((w = waits_due(&l->stops, now, grace)) != NULL)
		judge_stop(w, world, out);
}

static const struct parameter sequence[] = {
	{ "n", offsetof(struct link, n), 1, 1, 255 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter test[] = {
	{ "t1_s", offsetof(struct link, t1_s), 15, 1, 255 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter stop[] = {
	{ "grace_s", offsetof(struct link, grace_s), 10, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_SEQUENCE, "T0830,T0856", sequence },
	{ DET_FLOW, "T0814", NULL },
	{ DET_TEST, "T0814,T0815", test },
	{ DET_STATE, "T0855", NULL },
	{ DET_STOP, "T0803,T0804,T0813", stop },
	{ NULL, NULL, NULL },
};

static size_t
link_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct link *l = state;

	waits_kept(&l->ahead, to + 0, "iec104.ahead", "iec104.ahead-ring");
	waits_kept(&l->tests, to + 2, "iec104.tests", "iec104.tests-ring");
	waits_kept(&l->stops, to + 4, "iec104.stops", "iec104.stops-ring");
	return 6;
}

const struct detector iec104_link_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds = DETECTOR_ON_ALL,
	.transport_kinds = DETECTOR_ON(OP_LINK),
	.world = &iec104_world,
	.about = IEC104_ABOUT_LINK | IEC104_ABOUT_NEWS,
	.state_size = sizeof(struct link),
	.start = link_start,
	.on_op = link_on_op,
	.on_tick = link_on_tick,
	.kept = link_kept,
};
