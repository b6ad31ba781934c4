/* SPDX-License-Identifier: Apache-2.0 */
/* D-21 to D-26: what counters of protected messages give away. */
#include <config.h>

#include "rules/meters/meters.h"
#include "rules/when.h"

#define DAY_S 86400
#define WAITING 256 /* replayed requests that wait for their answer */
#define ANSWER_MS 30000

/* A request that was replayed: what the meter makes of it is told. */
struct replayed {
	uint64_t flow, at_ms, frame;
	uint32_t ic;
};

struct counters {
	uint32_t jump_server, jump_client; /* D-25 */
	uint32_t warn_at, alarm_at;        /* D-26 */
	struct replayed waiting[WAITING];
};

static struct event
about(const struct dlms_view *v, const struct op *op,
    const struct event_def *def, const char *det, const char *attack)
{
	const struct meter_stream *s = v->counter.stream;
	struct event ev = meters_event(v, op, def, det);

	ev.attack = attack;
	event_add_u64(&ev, "ic", v->counter.ic);
	event_add_u64(&ev, "highest", v->counter.highest);
	event_add_text(
	    &ev, "origin", s->from == OP_FROM_CLIENT ? "client" : "server");
	event_add_u64(&ev, "client_sap", s->client_sap);
	return ev;
}

static struct replayed *
waiting(struct counters *c, uint64_t flow)
{
	return &c->waiting[((flow >> 32) ^ flow * 7) % WAITING];
}

static void
say_replay(struct counters *c, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	struct event ev =
	    about(v, op, &EV_DLMS_REPLAY, "D-21", "T0855,T0856,T0830");

	if (v->from == OP_FROM_CLIENT)
		*waiting(c, op->pdu->flow) = (struct replayed){ op->pdu->flow,
			when_ms(op->pdu->at), op->pdu->frame, v->counter.ic };
	out->emit(out, &ev);
}

/* The answer to a replay: taken, or refused. */
static void
say_answer(struct counters *c, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	struct replayed *r = waiting(c, op->pdu->flow);
	bool refused = op->result == OP_REFUSED;
	struct event ev;

	if (r->flow != op->pdu->flow || r->frame == 0)
		return;
	if (v->counter.verdict == COUNTER_REPLAY ||
	    !when_within(r->at_ms, when_ms(op->pdu->at), ANSWER_MS / 1000)) {
		r->frame = 0; /* all of it is a recording, or too late */
		return;
	}
	if (!refused && !v->apdu->cipher.there)
		return;
	ev = meters_event(v, op, &EV_DLMS_REPLAY, "D-21");
	ev.attack = "T0855,T0856,T0830";
	event_add_text(&ev, "X.Accepted", refused ? "0" : "1");
	event_add_u64(&ev, "ic", r->ic);
	event_add_u64(&ev, "request_frame", r->frame);
	out->emit(out, &ev);
	r->frame = 0;
}

static void
say_reused(
    const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	struct event ev = about(v, op, &EV_DLMS_NONCE_REUSE, "D-22", "T0830");

	if (!v->counter.legitimate)
		out->emit(out, &ev);
}

/* Units that follow the first outlier are no news. */
static void
say_backwards(
    const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	struct event ev = about(v, op, &EV_DLMS_IC_REGRESSION, "D-23", "T0855");

	if (v->counter.follows)
		return;
	event_add_u64(&ev, "outside_window", v->counter.outside_window);
	out->emit(out, &ev);
}

static void
say_reset(
    const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	struct event ev =
	    about(v, op, &EV_DLMS_IC_RESET, "D-24", "T0857,T0839");
	uint32_t firmware = v->meter->firmware_s;
	bool updated =
	    firmware != 0 && (uint32_t)op->pdu->at.tv_sec - firmware < DAY_S;

	if (v->counter.legitimate || v->group->reset_on_reboot == RESET_ALLOW)
		return;
	if (updated)
		event_add_text(&ev, "critical",
		    "firmware was activated less than a day before");
	else if (v->group->reset_on_reboot == RESET_NOTICE)
		ev.severity = SEVERITY_NOTICE;
	out->emit(out, &ev);
}

/* What a day brings is multiplied by the days that nobody looked. */
static void
say_jump(const struct counters *c, const struct op *op,
    const struct dlms_view *v, struct event_sink *out)
{
	const struct counter_note *n = &v->counter;
	uint64_t most =
	    v->from == OP_FROM_CLIENT ? c->jump_client : c->jump_server;
	struct event ev;

	most *= 1 + n->since_s / DAY_S;
	if (n->gap <= most)
		return;
	ev = about(v, op, &EV_DLMS_IC_JUMP, "D-25", "T0830");
	event_add_u64(&ev, "gap", n->gap);
	out->emit(out, &ev);
}

static void
say_end(const struct counters *c, const struct op *op,
    const struct dlms_view *v, struct event_sink *out)
{
	const struct counter_note *n = &v->counter;
	bool first = n->verdict == COUNTER_FIRST;
	const struct event_def *def;
	struct event ev;

	if (n->ic >= c->alarm_at && (first || n->last < c->alarm_at))
		def = &EV_DLMS_IC_EXHAUSTION_IMMINENT;
	else if (n->ic >= c->warn_at && n->ic < c->alarm_at &&
	         (first || n->last < c->warn_at))
		def = &EV_DLMS_IC_EXHAUSTION;
	else
		return;
	ev = about(v, op, def, "D-26", "T0814");
	out->emit(out, &ev);
}

static void
judge(struct counters *c, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	switch (v->counter.verdict) {
	case COUNTER_REPLAY:
		say_replay(c, op, v, out);
		break;
	case COUNTER_REUSED:
		say_reused(op, v, out);
		break;
	case COUNTER_BACKWARDS:
		say_backwards(op, v, out);
		break;
	case COUNTER_RESET:
		say_reset(op, v, out);
		break;
	case COUNTER_NEXT:
		say_jump(c, op, v, out);
		say_end(c, op, v, out);
		break;
	case COUNTER_FIRST:
		say_end(c, op, v, out);
		break;
	default:
		break;
	}
}

/* Units of meters that were found again meanwhile. */
static void
counter_on_tick(
    void *state, void *world, struct timespec now, struct event_sink *out)
{
	struct dlms_view v;
	struct op op;

	(void)now;
	for (uint32_t i = 0; meters_late(world, i, &op, &v); i++)
		if (v.meter != NULL)
			judge(state, &op, &v, out);
	meters_late_told(world);
}

static void
counter_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	struct counters *c = state;

	if (v == NULL || v->meter == NULL)
		return;
	if (v->from == OP_FROM_SERVER)
		say_answer(c, op, v, out);
	judge(c, op, v, out);
}

static const struct parameter of_jump[] = {
	{ "jump_server", offsetof(struct counters, jump_server), 100000, 1,
	    UINT32_MAX },
	{ "jump_client", offsetof(struct counters, jump_client), 1000000, 1,
	    UINT32_MAX },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter of_end[] = {
	{ "warn_at", offsetof(struct counters, warn_at), 0xf0000000, 1,
	    UINT32_MAX },
	{ "alarm_at", offsetof(struct counters, alarm_at), 0xffffff00, 1,
	    UINT32_MAX },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "D-21", "T0855,T0856,T0830", NULL },
	{ "D-22", "T0830", NULL },
	{ "D-23", "T0855", NULL },
	{ "D-24", "T0857,T0839", NULL },
	{ "D-25", "T0830", of_jump },
	{ "D-26", "T0814", of_end },
	{ NULL, NULL, NULL },
};

static size_t
counter_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct counters *s = state;

	to[0] = kept_array(
	    "dlms.replayed", 1, s->waiting, sizeof(s->waiting[0]), WAITING);
	return 1;
}

const struct detector dlms_counter_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds =
	    DETECTOR_ON_ALL & ~DETECTOR_ON(OP_FLAW) & ~DETECTOR_ON(OP_LINK),
	.world = &dlms_world,
	.state_size = sizeof(struct counters),
	.on_op = counter_on_op,
	.on_tick = counter_on_tick,
	.kept = counter_kept,
};
