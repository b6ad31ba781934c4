/* SPDX-License-Identifier: Apache-2.0 */
/* D-44: a meter's clock is set or shifted (class 8; IEC 62056-6-2). */
#include <config.h>

#include "rules/dlms/commands.h"
#include "rules/full.h"
#include "rules/rate.h"
#include "rules/table.h"
#include "rules/when.h"

#define CLOCKS 4096
#define DATE_TIME 12
#define DEVIATION_UNKNOWN (-0x8000)
#define DAY_S 86400
#define QUARTER_S 900 /* all offsets of time zones are multiples */
#define ZONES_S (15 * 3600)

enum { SHIFT = 6 }; /* method */

struct clock {
	struct dlms_meter_key key;
	bool known;     /* its clock was read: */
	int64_t offset; /* its seconds ahead of the packets, as it counts */
	struct pace sets;
	bool often; /* said */
};

struct clocks {
	uint32_t warn_s, alarm_s, per_day;
	struct table table;
	struct table_slot slots[CLOCKS];
	struct clock clock[CLOCKS];
};

static const struct parameter parameters[] = {
	{ "warn_s", offsetof(struct clocks, warn_s), 60, 1, 86400 },
	{ "alarm_s", offsetof(struct clocks, alarm_s), DAY_S, 1, 31536000 },
	{ "per_day", offsetof(struct clocks, per_day), 6, 1, 10000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "D-44", "T0836,T0832", parameters },
	{ NULL, NULL, NULL },
};

static void
clock_start(void *state, const struct setup *setup)
{
	struct clocks *s = state;

	table_init(&s->table, setup->key, s->slots, s->clock, CLOCKS,
	    sizeof(struct clock), sizeof(struct dlms_meter_key));
}

static struct clock *
clock_of(struct clocks *s, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	struct dlms_meter_key key = dlms_meter_key(v);
	bool first = s->table.evicted == 0, fresh;
	struct clock *c = table_put(&s->table, &key, &fresh);

	if (first && s->table.evicted > 0)
		full_say(out, op, detections->id, CLOCKS);
	return c;
}

/* Days from 1970 to a date of the Gregorian calendar. */
static int64_t
days(int64_t y, int64_t m, int64_t d)
{
	int64_t era, of_year;

	y -= m <= 2;
	era = y / 400;
	of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	y -= era * 400;
	return era * 146097 + y * 365 + y / 4 - y / 100 + of_year - 719468;
}

/* Local seconds; false when a part of it is a wildcard or out of range. */
static bool
seconds(struct bytes b, int64_t *to, int *deviation)
{
	const uint8_t *p = b.p;
	int year;

	if (b.n != DATE_TIME)
		return false;
	year = p[0] << 8 | p[1];
	if (year < 1970 || year > 9999 || p[2] < 1 || p[2] > 12 || p[3] < 1 ||
	    p[3] > 31 || p[5] > 23 || p[6] > 59)
		return false;
	*to = days(year, p[2], p[3]) * DAY_S + p[5] * 3600 + p[6] * 60 +
	      (p[7] < 60 ? p[7] : 0);
	*deviation = (int16_t)(p[9] << 8 | p[10]);
	return true;
}

static int64_t
off(int64_t x)
{
	return x < 0 ? -x : x;
}

/*
 * How far a time is from what the meter had: its clock where it was read,
 * else the packets' time.  Without the deviation the time zone is unknown.
 */
static bool
shift_of(const struct clock *c, const struct op *op, struct bytes value,
    int64_t *shift, int64_t *offset)
{
	int64_t local, ahead, rest;
	int deviation;

	if (!seconds(value, &local, &deviation))
		return false;
	*offset = local - (int64_t)op->pdu->at.tv_sec;
	if (c->known) {
		*shift = *offset - c->offset;
		return true;
	}
	ahead = *offset;
	if (deviation != DEVIATION_UNKNOWN && off(deviation) <= 900)
		ahead += (int64_t)deviation * 60;
	if (off(ahead) <= ZONES_S) {
		rest = off(ahead) % QUARTER_S;
		if (rest > QUARTER_S / 2)
			rest = QUARTER_S - rest;
		ahead = rest;
	}
	*shift = ahead;
	return true;
}

static const struct event_def *
def_of(const struct clocks *s, int64_t shift)
{
	if (off(shift) > s->alarm_s)
		return &EV_DLMS_CLOCK_TAMPER;
	return off(shift) > s->warn_s ? &EV_DLMS_CLOCK_SHIFT
	                              : &EV_TIME_DATE_CHANGE;
}

static void
say_often(struct clocks *s, struct clock *c, const struct dlms_view *v,
    const struct op *op, struct event_sink *out)
{
	uint32_t n = pace_hit(&c->sets, DAY_S, when_ms(op->pdu->at));
	struct event ev;

	if (n <= s->per_day) {
		c->often = false;
		return;
	}
	if (c->often)
		return;
	c->often = true;
	ev = meters_event(v, op, &EV_DLMS_CLOCK_SHIFT, detections->id);
	ev.attack = detections->attack;
	event_add_u64(&ev, "changes", n);
	event_add_u64(&ev, "t_s", DAY_S);
	out->emit(out, &ev);
}

static void
set(struct clocks *s, const struct dlms_view *v, const struct op *op,
    const struct dlms_item *i, struct event_sink *out)
{
	struct clock *c = clock_of(s, v, op, out);
	int64_t shift = 0, offset = 0;
	bool measured = false, guess = !c->known;
	struct event ev;

	if (i->service == DLMS_SET && i->index == 2)
		measured =
		    shift_of(c, op, dlms_string(i->value), &shift, &offset);
	else if (i->service == DLMS_ACTION && i->index == SHIFT)
		measured = dlms_integer(i->value, &shift);
	else if (i->service == DLMS_SET)
		guess = false;
	if (measured && i->service == DLMS_SET) {
		c->offset = offset;
		c->known = true;
	} else if (measured && c->known) {
		c->offset += shift;
	}
	ev = dlms_command_event(v, op,
	    measured ? def_of(s, shift) : &EV_TIME_DATE_CHANGE, detections, i);
	if (measured) {
		event_add_u64(&ev, "shift_s", (uint64_t)off(shift));
		ev.doubtful |= guess && i->service == DLMS_SET;
	}
	out->emit(out, &ev);
	if (i->service == DLMS_ACTION || i->index == 2)
		say_often(s, c, v, op, out);
}

static void
requested(struct clocks *s, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	struct commands c = dlms_commands(op);
	struct dlms_item i;

	while (c.whole && dlms_next_command(&c, &i))
		if (i.class_id == CLASS_CLOCK && i.service != DLMS_GET &&
		    i.index > 1 - (i.service == DLMS_ACTION))
			set(s, v, op, &i, out);
}

static void
learn(struct clocks *s, const struct op *op, const struct dlms_view *v,
    struct event_sink *out)
{
	const struct dlms_request *q = v->request;
	struct dlms_walk w;
	struct dlms_result r;
	struct clock *c;
	uint32_t code;
	int64_t local;
	int deviation;

	if (!dlms_answers(v, op, CLASS_CLOCK, &code) || code != 0 ||
	    q->service != DLMS_GET || q->index != 2 || q->items != 1)
		return;
	w = dlms_results(v->apdu);
	if (!dlms_next_result(&w, &r) ||
	    !seconds(dlms_string(r.value), &local, &deviation))
		return;
	c = clock_of(s, v, op, out);
	c->offset = local - (int64_t)op->pdu->at.tv_sec;
	c->known = true;
}

static void
clock_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);

	if (v == NULL || v->meter == NULL)
		return;
	if (op->from == OP_FROM_CLIENT)
		requested(state, op, v, out);
	else
		learn(state, op, v, out);
}

static size_t
clock_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct clocks *s = state;

	to[0] = kept_table("dlms.clocks", 1, &s->table);
	return 1;
}

const struct detector dlms_clock_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_READ) | DETECTOR_ON(OP_WRITE) |
	         DETECTOR_ON(OP_TIME) | DETECTOR_ON(OP_CONTROL) |
	         DETECTOR_ON(OP_FILE) | DETECTOR_ON(OP_KEY),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct clocks),
	.start = clock_start,
	.on_op = clock_on_op,
	.kept = clock_kept,
};
