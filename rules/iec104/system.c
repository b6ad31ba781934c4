/* SPDX-License-Identifier: Apache-2.0 */
/* T-12, T-14, T-15, T-17: system commands and parameters. */
#include <config.h>

#include "rules/full.h"
#include "rules/iec104/say.h"
#include "rules/when.h"

#define DET_RESET "T-12"
#define DET_ASK "T-14"
#define DET_PARAMETER "T-15"
#define DET_TEST "T-17"
#define ASKS 4096
#define HABIT_LEAST_MS 5000 /* who asks more often than this floods */
#define BEGUN 3             /* times n connections are a storm, too */
#define REGULAR 4           /* equal intervals that make a habit */

enum {
	INTERROGATION = 100,
	COUNTERS = 101,
	TEST = 104,
	RESET = 105,
	TIMED_TEST = 107
};

/* One station asked for one thing; to freeze a counter is not to ask for it. */
struct ask {
	struct {
		uint8_t station[16];
		uint16_t ca;
		uint8_t type, qualifier;
	} key;
	uint64_t flow, last_ms, said_ms;
	uint64_t step_ms;        /* between the last two */
	struct pace hour, begun; /* begun: the first of a connection */
	uint8_t regular;         /* intervals in a row that were about equal */
	bool said, noted;
};

struct system {
	uint32_t n, t_s;
	struct table asks;
	struct table_slot slots[ASKS];
	struct ask ask[ASKS];
};

static void
system_start(void *state, const struct setup *setup)
{
	struct system *s = state;

	table_init(&s->asks, setup->key, s->slots, s->ask, ASKS,
	    sizeof(struct ask), sizeof(s->ask->key));
}

static uint8_t
qualifier(const struct iec104_apdu *a)
{
	struct iec104_walk w = iec104_objects(a);
	struct iec104_object o;
	uint8_t q = 0;

	if (iec104_next(&w, &o))
		iec104_qualifier(&o, &q);
	return q;
}

static void
note_interval(struct ask *k, uint64_t now)
{
	uint64_t step = when_since(k->last_ms, now);

	if (step < HABIT_LEAST_MS ||
	    when_apart(step, k->step_ms) * 4 > k->step_ms)
		k->regular = 0;
	else if (k->regular < UINT8_MAX)
		k->regular++;
	k->step_ms = step;
}

static struct ask *
ask_of(struct system *s, const struct op *op, const struct iec104_view *v,
    uint8_t q, struct event_sink *out)
{
	struct ask *k, key = { .key = { .ca = v->apdu->ca,
		                   .type = v->apdu->type,
		                   .qualifier = q } };
	bool fresh;

	memcpy(key.key.station, v->link->station, 16);
	k = table_put(&s->asks, &key.key, &fresh);
	if (fresh && s->asks.evicted == 1)
		full_say(out, op, DET_ASK, ASKS);
	if (!fresh)
		note_interval(k, v->now_ms);
	k->last_ms = v->now_ms;
	return k;
}

/*
 * The first of a connection is how every master begins, unless connections
 * begin all the time.  Who asks in equal intervals, and not too often, has a
 * habit: that is said once, and mildly.
 */
static void
see_ask(struct system *s, const struct op *op, const struct iec104_view *v,
    uint8_t q, struct event_sink *out)
{
	struct ask *k = ask_of(s, op, v, q, out);
	bool habit = k->regular >= REGULAR;
	bool first = k->flow != v->link->flow;
	uint32_t most = first ? BEGUN * s->n : s->n;
	struct event ev;
	uint32_t n;

	k->flow = v->link->flow;
	n = pace_hit(first ? &k->begun : &k->hour, s->t_s, v->now_ms);
	if (n <= most || (habit && k->noted) ||
	    (k->said && when_within(k->said_ms, v->now_ms, s->t_s)))
		return;
	k->noted = k->noted || habit;
	k->said = k->said || !habit;
	k->said_ms = v->now_ms;
	ev = iec104_say(op, v, &EV_TELECONTROL_GI_STORM, DET_ASK);
	ev.doubtful = false; /* what was seen is enough */
	if (habit)
		ev.severity = SEVERITY_NOTICE;
	iec104_say_asdu(&ev, v);
	event_add_u64(&ev, "qualifier", q);
	event_add_u64(&ev, "n", n);
	event_add_u64(&ev, "t_s", s->t_s);
	event_add_text(&ev, "pattern", habit ? "regular" : "irregular");
	out->emit(out, &ev);
}

static void
say(const struct op *op, const struct iec104_view *v,
    const struct event_def *def, const char *det, uint8_t q,
    struct event_sink *out)
{
	struct event ev = iec104_say(op, v, def, det);

	ev.doubtful = false; /* a single unit is all that it takes */
	iec104_say_asdu(&ev, v);
	event_add_u64(&ev, "qualifier", q);
	if (def == &EV_CONFIG_CHANGE)
		event_add_text(&ev, "X.Setting", "parameter of a point");
	out->emit(out, &ev);
}

static void
see_activation(struct system *s, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	uint8_t type = v->apdu->type, q = qualifier(v->apdu);

	if (type == RESET) {
		say(op, v, &EV_TELECONTROL_RESET, DET_RESET, q, out);
		if (v->station != NULL) {
			v->station->reset_ms = v->now_ms;
			v->station->reset_frame = op->pdu->frame;
		}
	} else if (type >= 110 && type <= 113) {
		say(op, v, &EV_CONFIG_CHANGE, DET_PARAMETER, q, out);
	} else if (type == INTERROGATION || type == COUNTERS) {
		see_ask(s, op, v, q, out);
		/* FRZ 2 and 3: freeze with reset, reset */
		if (type == COUNTERS && q >> 6 >= 2)
			say(op, v, &EV_TELECONTROL_COUNTER_RESET, DET_ASK, q,
			    out);
	}
}

static void
system_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct iec104_view *v = known;
	const struct iec104_apdu *a;

	if (v == NULL || !v->from_master || v->apdu->read != IEC104_ASDU)
		return;
	a = v->apdu;
	if (a->test || a->type == TEST || a->type == TIMED_TEST)
		say(op, v, &EV_TELECONTROL_TEST_BIT, DET_TEST, 0, out);
	if (iec104_is_command(a) && a->cot == IEC104_ACT)
		see_activation(state, op, v, out);
}

static const struct parameter ask[] = {
	{ "n", offsetof(struct system, n), 6, 1, 1000000 },
	{ "t_s", offsetof(struct system, t_s), 3600, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_RESET, "T0816,T0814", NULL },
	{ DET_ASK, "T0801,T0802,T0814", ask },
	{ DET_PARAMETER, "T0836", NULL },
	{ DET_TEST, "T0858", NULL },
	{ NULL, NULL, NULL },
};

static size_t
system_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct system *s = state;

	to[0] = kept_table("iec104.asks", 1, &s->asks);
	return 1;
}

const struct detector iec104_system_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds = DETECTOR_ON(OP_READ) | DETECTOR_ON(OP_WRITE) |
	         DETECTOR_ON(OP_CONTROL) | DETECTOR_ON(OP_TIME) |
	         DETECTOR_ON(OP_OTHER),
	.world = &iec104_world,
	.about = IEC104_ABOUT_ASDU,
	.state_size = sizeof(struct system),
	.start = system_start,
	.on_op = system_on_op,
	.kept = system_kept,
};
