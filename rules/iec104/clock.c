/* SPDX-License-Identifier: Apache-2.0 */
/* T-13, T-27: clocks that are set, and commands with a time tag. */
#include <config.h>

#include "rules/iec104/say.h"
#include "rules/policy.h"
#include "rules/when.h"

#define DET_CLOCK "T-13"
#define DET_STALE "T-27"
#define STANDARD "IEC62351-14:6.11" /* TIME_DATE_CHANGE */
#define CLOCK 103
#define HOUR_S 3600
#define ZONE_S 1800 /* zones are whole numbers of these */
#define ZONE_MOST (14 * HOUR_S)
#define CONSISTENT 3 /* clocks in a row that make another offset right */

struct clock {
	uint32_t warn_s, alarm_s, stale_s;
	const struct policy *policy;
};

static void
clock_start(void *state, const struct setup *setup)
{
	((struct clock *)state)->policy = setup->policy;
}

/* Days from 1970 to a day of the Gregorian calendar. */
static int64_t
days(int64_t y, int64_t m, int64_t d)
{
	/* the year begins in March, so that the leap day is its last */
	int64_t from_march = m > 2 ? m - 3 : m + 9;

	y -= m <= 2;
	return y * 365 + y / 4 - y / 100 + y / 400 +
	       (153 * from_march + 2) / 5 + d - 1 - 719468;
}

static int64_t
seconds(const struct iec104_time *t)
{
	return days(t->year, t->month, t->day) * 86400 + t->hour * HOUR_S +
	       t->minute * 60 + t->ms / 1000;
}

static uint64_t
distance(int64_t a)
{
	return (uint64_t)(a < 0 ? -a : a);
}

/* Whether an offset is a time zone's, but for s seconds. */
static bool
is_zone(int64_t offset, uint32_t s)
{
	uint64_t rest = distance(offset) % ZONE_S;

	return distance(offset) <= (uint64_t)ZONE_MOST + s &&
	       (rest <= s || ZONE_S - rest <= s);
}

/* Daylight saving comes and goes. */
static bool
is_same(int64_t offset, int64_t known, uint32_t s)
{
	uint64_t apart = distance(offset - known);

	return apart <= s ||
	       (distance((int64_t)apart - HOUR_S) <= s && is_zone(offset, s));
}

/* How far off, by the offset of the station when it has one. */
static uint64_t
deviation(const struct iec104_station *st, int64_t offset, uint32_t s)
{
	if (st->has_offset == 0)
		return is_zone(offset, s) ? 0 : distance(offset);
	if (is_same(offset, st->offset_s, s))
		return 0;
	return distance(offset - st->offset_s);
}

/* One wrong time changes nothing; several that agree are how it is here. */
static void
learn(struct iec104_station *st, int64_t offset, uint64_t off, uint32_t s)
{
	if (offset > INT32_MAX || offset < INT32_MIN)
		return;
	if (off > 0) {
		bool agrees = st->odd_offsets > 0 &&
		              distance(offset - st->odd_offset_s) <= s;

		st->odd_offsets = agrees ? st->odd_offsets + 1 : 1;
		st->odd_offset_s = (int32_t)offset;
		if (st->odd_offsets < CONSISTENT)
			return;
	}
	st->offset_s = (int32_t)offset;
	st->has_offset = 1;
	st->odd_offsets = 0;
}

static bool
read_time(const struct iec104_apdu *a, struct iec104_time *t)
{
	struct iec104_walk w = iec104_objects(a);
	struct iec104_object o;

	return iec104_next(&w, &o) && iec104_time(&o, t) && t->dated;
}

static void
say_clock(const struct op *op, const struct iec104_view *v,
    const struct event_def *def, const char *what, uint64_t off,
    struct event_sink *out)
{
	struct event ev = iec104_say(op, v, def, DET_CLOCK);

	ev.std = STANDARD;
	ev.doubtful = false;
	event_add_u64(&ev, "ca", v->apdu->ca);
	event_add_text(&ev, "clock", what);
	if (off > 0)
		event_add_u64(&ev, "off_s", off);
	out->emit(out, &ev);
}

static void
see_source(const struct clock *c, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	static const uint8_t none[16];
	struct iec104_station *st = v->station;
	bool other = iec104_is_newcomer(v) &&
	             memcmp(st->clock_master, none, 16) != 0 &&
	             memcmp(st->clock_master, v->link->master, 16) != 0;
	enum policy_answer answer = policy_time_master(
	    c->policy, POLICY_IEC104, v->link->master, v->link->station);

	if (answer == POLICY_UNLISTED || (answer == POLICY_SILENT && other))
		say_clock(op, v, &EV_TELECONTROL_CLOCK_SOURCE,
		    "set by another master", 0, out);
	else
		memcpy(st->clock_master, v->link->master, 16);
}

static void
see_clock(const struct clock *c, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	struct iec104_time t;
	int64_t offset;
	uint64_t off;

	if (!read_time(v->apdu, &t))
		return;
	see_source(c, op, v, out);
	if (t.invalid || iec104_time_flaw(&t) != NULL) {
		say_clock(op, v, &EV_TELECONTROL_CLOCK_SHIFT,
		    t.invalid ? "set to an invalid time"
		              : "set to an impossible time",
		    0, out);
		return;
	}
	offset = seconds(&t) - op->pdu->at.tv_sec;
	off = deviation(v->station, offset, c->warn_s);
	learn(v->station, offset, off, c->warn_s);
	if (off > c->warn_s)
		say_clock(op, v,
		    off > c->alarm_s ? &EV_TELECONTROL_CLOCK_TAMPER
		                     : &EV_TELECONTROL_CLOCK_SHIFT,
		    offset < 0 ? "set back" : "set ahead", off, out);
}

static void
say_stale(const struct op *op, const struct iec104_view *v, const char *what,
    uint64_t off, bool doubtful, struct event_sink *out)
{
	struct event ev =
	    iec104_say(op, v, &EV_TELECONTROL_STALE_COMMAND, DET_STALE);

	ev.doubtful = doubtful;
	iec104_say_asdu(&ev, v);
	event_add_text(&ev, "time_tag", what);
	event_add_u64(&ev, "off_s", off);
	out->emit(out, &ev);
}

/* Tags that no clock can make are a matter of the encoder, and T-34's. */
static void
see_command(const struct clock *c, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	bool known = v->station->has_offset != 0;
	struct iec104_time t;
	int64_t offset;
	uint64_t off;

	if (!read_time(v->apdu, &t))
		return;
	if (t.invalid) {
		/* who never had a valid time has no clock */
		if ((v->link->flags & IEC104_TIMED) != 0)
			say_stale(op, v, "invalid", 0, !v->complete, out);
		return;
	}
	if (iec104_time_flaw(&t) != NULL)
		return;
	v->link->flags |= IEC104_TIMED;
	offset = seconds(&t) - op->pdu->at.tv_sec;
	off = deviation(v->station, offset, c->stale_s);
	learn(v->station, offset, off, c->stale_s);
	if (off > c->stale_s)
		say_stale(
		    op, v, offset < 0 ? "old" : "ahead", off, !known, out);
}

static void
clock_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct iec104_view *v = known;
	uint8_t type;

	if (v == NULL || !v->from_master || v->station == NULL ||
	    v->apdu->read != IEC104_ASDU || v->apdu->cot != IEC104_ACT)
		return;
	type = v->apdu->type;
	if (type == CLOCK)
		see_clock(state, op, v, out);
	else if ((type >= 58 && type <= 64) || type == 107)
		see_command(state, op, v, out);
}

static const struct parameter set[] = {
	{ "warn_s", offsetof(struct clock, warn_s), 5, 1, 600 },
	{ "alarm_s", offsetof(struct clock, alarm_s), 3600, 1, 31536000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter stale[] = {
	{ "t_s", offsetof(struct clock, stale_s), 30, 1, 600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_CLOCK, "T0836,T0832", set },
	{ DET_STALE, "T0855", stale },
	{ NULL, NULL, NULL },
};

const struct detector iec104_clock_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds = DETECTOR_ON(OP_CONTROL) | DETECTOR_ON(OP_TIME) |
	         DETECTOR_ON(OP_OTHER),
	.world = &iec104_world,
	.about = IEC104_ABOUT_ASDU,
	.state_size = sizeof(struct clock),
	.start = clock_start,
	.on_op = clock_on_op,
};
