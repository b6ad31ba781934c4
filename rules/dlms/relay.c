/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D-40 to D-42: the supply of a meter is switched (class 70), by another way
 * too (classes 9, 22, 65, 68, 71, 112), and that of many.
 */
#include <config.h>

#include "rules/dlms/commands.h"
#include "rules/full.h"
#include "rules/rate.h"
#include "rules/table.h"
#include "rules/when.h"

#define LIMITS 1024 /* thresholds that are remembered */

enum { RELAY, MASS, INDIRECT };

struct limit {
	struct { /* no padding: it is hashed */
		struct dlms_meter_key meter;
		uint8_t obis[6], attribute, zero;
	} key;
	int64_t value; /* that held last */
};

struct relay {
	uint32_t warn_n, warn_s, alarm_n, alarm_s;
	uint32_t floor; /* percent of a threshold */
	struct kinds series, mass;
	uint64_t series_ms, mass_ms; /* said last */
	uint8_t key[SIPHASH_KEY];
	struct table limits;
	struct table_slot slots[LIMITS];
	struct limit limit[LIMITS];
};

static const struct parameter mass_parameters[] = {
	{ "warn_n", offsetof(struct relay, warn_n), 3, 1, RATE_MOST },
	{ "warn_s", offsetof(struct relay, warn_s), 600, 1, 86400 },
	{ "n", offsetof(struct relay, alarm_n), 10, 1, RATE_MOST },
	{ "t_s", offsetof(struct relay, alarm_s), 600, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter indirect_parameters[] = {
	{ "floor", offsetof(struct relay, floor), 10, 0, 100 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "D-40", "T0855,T0831,T0827", NULL },
	{ "D-41", "T0831,T0826", mass_parameters },
	{ "D-42", "T0855,T0836", indirect_parameters },
	{ NULL, NULL, NULL },
};

static void
relay_start(void *state, const struct setup *setup)
{
	struct relay *s = state;

	memcpy(s->key, setup->key, sizeof(s->key));
	table_init(&s->limits, setup->key, s->slots, s->limit, LIMITS,
	    sizeof(struct limit), sizeof(s->limit->key));
}

/* Edge: a series is said again only when it had ended. */
static bool
fresh(uint64_t *said, uint32_t t_s, uint64_t now)
{
	bool yes = *said == 0 || !when_within(*said, now, t_s);

	*said = now;
	return yes;
}

static const struct event_def *
def_of(const struct dlms_view *v)
{
	return dlms_may(v, RIGHT_CONTROL) == DLMS_MAY
	           ? &EV_DLMS_RELAY_CONTROL
	           : &EV_DLMS_UNAUTHORIZED_DISCONNECT;
}

static void
say_mass(const struct dlms_view *v, const struct op *op,
    const struct event_def *def, uint32_t meters, uint32_t t_s,
    struct event_sink *out)
{
	struct event ev = meters_event(v, op, def, detections[MASS].id);

	ev.attack = detections[MASS].attack;
	ev.ref = def_of(v)->id;
	event_add_u64(&ev, "meters", meters);
	event_add_u64(&ev, "t_s", t_s);
	out->emit(out, &ev);
}

static void
count(struct relay *s, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	struct dlms_meter_key key = dlms_meter_key(v);
	uint32_t hash =
	    (uint32_t)siphash(s->key, (const uint8_t *)&key, sizeof(key));
	uint64_t now = when_ms(op->pdu->at);
	uint32_t some = kinds_note(&s->series, hash, s->warn_s, now);
	uint32_t many = kinds_note(&s->mass, hash, s->alarm_s, now);

	if (many >= s->alarm_n) {
		if (fresh(&s->mass_ms, s->alarm_s, now))
			say_mass(v, op, &EV_DLMS_MASS_DISCONNECT, many,
			    s->alarm_s, out);
	} else if (some >= s->warn_n && fresh(&s->series_ms, s->warn_s, now)) {
		say_mass(
		    v, op, &EV_DLMS_DISCONNECT_SERIES, some, s->warn_s, out);
	}
}

static bool
is_relay(const struct dlms_item *i)
{
	return i->class_id == CLASS_DISCONNECT && i->service == DLMS_ACTION;
}

static void
say(const struct dlms_view *v, const struct op *op, const struct dlms_item *i,
    int row, struct event_sink *out)
{
	struct event ev =
	    dlms_command_event(v, op, def_of(v), &detections[row], i);

	out->emit(out, &ev);
}

static struct limit *
limit_of(struct relay *s, const struct dlms_view *v, const uint8_t *obis,
    uint8_t attribute, const struct op *op, struct event_sink *out, bool *fresh)
{
	struct limit find;
	struct limit *l;
	bool first = s->limits.evicted == 0;

	memset(&find, 0, sizeof(find));
	find.key.meter = dlms_meter_key(v);
	memcpy(find.key.obis, obis, sizeof(find.key.obis));
	find.key.attribute = attribute;
	l = table_put(&s->limits, &find.key, fresh);
	if (first && s->limits.evicted > 0)
		full_say(out, op, detections[INDIRECT].id, LIMITS);
	return l;
}

/* A limiter's threshold at nothing, or far below the one that held. */
static void
limiter(struct relay *s, const struct dlms_view *v, const struct op *op,
    const struct dlms_item *i, struct event_sink *out)
{
	struct limit *l;
	int64_t value;
	bool fresh;

	if (i->service != DLMS_SET || i->index < 3 || i->index > 5 ||
	    !dlms_integer(i->value, &value))
		return;
	l = limit_of(s, v, i->obis.p, (uint8_t)i->index, op, out, &fresh);
	if (value > 0 &&
	    (fresh || l->value <= 0 || value > l->value / 100 * s->floor)) {
		l->value = value;
		return;
	}
	say(v, op, i, INDIRECT, out); /* what held before stays the measure */
	count(s, v, op, out);
}

static void
learn(struct relay *s, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	const struct dlms_request *q = v->request;
	struct dlms_walk w;
	struct dlms_result r;
	uint32_t code;
	int64_t value;
	bool fresh;

	if (!dlms_answers(v, op, CLASS_LIMITER, &code) || code != 0 ||
	    q->service != DLMS_GET || q->items != 1 || q->index < 3 ||
	    q->index > 5)
		return;
	w = dlms_results(v->apdu);
	if (dlms_next_result(&w, &r) && dlms_integer(r.value, &value))
		limit_of(s, v, q->obis, q->index, op, out, &fresh)->value =
		    value;
}

static void
requested(struct relay *s, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	struct commands c = dlms_commands(op);
	struct dlms_item i;

	while (dlms_next_command(&c, &i)) {
		if (i.class_id == CLASS_LIMITER && c.whole)
			limiter(s, v, op, &i, out);
		if ((dlms_rights(&i) & RIGHT_CONTROL) == 0)
			continue;
		/* a credit shows what it is only by its amount */
		if (i.class_id == CLASS_CREDIT ? !c.whole : !c.named)
			continue;
		say(v, op, &i, is_relay(&i) ? RELAY : INDIRECT, out);
		if (!is_relay(&i) || i.index == 1)
			count(s, v, op, out);
	}
}

/* The meter did what the client had no right to. */
static void
answered(const struct op *op, const struct dlms_view *v, struct event_sink *out)
{
	uint32_t code;
	struct event ev;

	if (v->request == NULL || v->request->class_id != CLASS_DISCONNECT ||
	    v->request->service != DLMS_ACTION ||
	    dlms_may(v, RIGHT_CONTROL) == DLMS_MAY ||
	    !dlms_answers(v, op, CLASS_DISCONNECT, &code) || code != 0)
		return;
	ev = dlms_answer_event(
	    v, op, &EV_DLMS_UNAUTHORIZED_DISCONNECT, &detections[RELAY]);
	event_add_text(&ev, "accepted", "1");
	out->emit(out, &ev);
}

static void
relay_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);

	if (v == NULL || v->meter == NULL)
		return;
	if (op->from == OP_FROM_CLIENT) {
		requested(state, op, v, out);
	} else {
		learn(state, v, op, out);
		answered(op, v, out);
	}
}

static size_t
relay_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct relay *s = state;

	to[0] =
	    kept_array("dlms.switched", 1, &s->series, sizeof(s->series), 1);
	to[1] =
	    kept_array("dlms.switched-many", 1, &s->mass, sizeof(s->mass), 1);
	to[2] = kept_array(
	    "dlms.switched-ms", 1, &s->series_ms, sizeof(s->series_ms), 1);
	to[3] = kept_array(
	    "dlms.switched-many-ms", 1, &s->mass_ms, sizeof(s->mass_ms), 1);
	to[4] = kept_table("dlms.thresholds", 1, &s->limits);
	return 5;
}

const struct detector dlms_relay_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_READ) | DETECTOR_ON(OP_WRITE) |
	         DETECTOR_ON(OP_CONTROL) | DETECTOR_ON(OP_FILE) |
	         DETECTOR_ON(OP_KEY) | DETECTOR_ON(OP_TIME) |
	         DETECTOR_ON(OP_OTHER),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct relay),
	.start = relay_start,
	.on_op = relay_on_op,
	.kept = relay_kept,
};
