/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D-60: a meter is silent for longer than it ever was.  Many of an area at once
 * are an outage, and one event.
 */
#include <config.h>

#include "rules/dlms/say.h"

#define DET "D-60"
#define ATTACK "T0804,T0815"
#define HOUR_S 3600
#define STEP 64   /* meters that a tick looks at, and a share of all, */
#define SHARE 64  /* so that a round takes as many ticks */
#define LIST 1024 /* meters that one round may find silent */
#define AREAS 256 /* groups of the policy that are told apart */

/* Where the last packet of DLMS was. */
struct last {
	struct timespec at;
	uint64_t frame;
	const char *capture;
};

struct area {
	uint32_t meters, silent; /* in this round */
	bool beyond;             /* more than the list holds */
};

struct silence {
	uint32_t x, min_h, area_percent, area_n;
	struct last last;
	int64_t second; /* of the last tick; 0: none */
	int64_t since;  /* all was heard from here on */
	uint32_t hand, n;
	struct {
		uint32_t place;
		uint8_t generation;
	} list[LIST];
	struct area areas[AREAS];
};

static const struct policy_group *
group_of(const struct meters *m, const struct meter *meter)
{
	struct bytes title = { meter->title, METER_TITLE };

	if ((meter->flags & METER_TITLED) == 0)
		title.n = 0;
	return policy_group(meters_policy(m), title, meter->at.ip);
}

static struct area *
area_of(struct silence *s, const struct policy_group *group)
{
	return &s->areas[group->index % AREAS];
}

/*
 * Its habit must have been seen as often as it has to break it now.  What the
 * sensor did not hear itself does not count.
 */
static bool
is_silent(const struct silence *s, const struct meter *meter, int64_t now)
{
	int64_t least = (int64_t)s->min_h * HOUR_S;
	int64_t most = (int64_t)s->x * meter->interval_s;
	int64_t since = meter->last_s;

	if (meter->interval_s == 0 ||
	    (int64_t)meter->last_s - meter->first_s < most)
		return false;
	if (s->since > since)
		since = s->since;
	return now - since > (most > least ? most : least);
}

static void
look(struct silence *s, struct meters *m, uint32_t place, int64_t now)
{
	const struct meter *meter = meters_at(m, place);
	const struct policy_group *group;
	struct area *area;

	if (meter == NULL || (meter->flags & METER_SILENT) != 0)
		return;
	group = group_of(m, meter);
	area = area_of(s, group);
	area->meters++;
	if (group->decommissioned || !is_silent(s, meter, now))
		return;
	area->silent++;
	if (s->n == LIST) {
		area->beyond = true;
		return;
	}
	s->list[s->n].place = place;
	s->list[s->n++].generation = meter->generation;
}

/*
 * Said now, of the packet in which it was heard last; of a meter that was not
 * heard in this run there is none.
 */
static struct event
about(
    const struct silence *s, const struct meters *m, const struct meter *meter)
{
	struct pdu pdu = { .at = s->last.at,
		.frame = s->last.frame,
		.capture = s->last.capture,
		.carrier = OVER_TCP };
	struct op op = { .pdu = &pdu, .protocol = "dlms" };
	const char *capture;
	uint64_t frame = meters_last(m, meter, &capture);
	struct event ev;

	if (frame != 0) {
		pdu.frame = frame;
		pdu.capture = capture;
	}

	memcpy(pdu.src.ip, meter->at.ip, sizeof(pdu.src.ip));
	pdu.src.port = meter->at.port;
	ev = event_about(&op, &EV_COMM_FAIL, DET);
	ev.attack = ATTACK;
	ev.subject = meters_subject(meter);
	event_add_text(&ev, "X.Transport", "DLMS");
	return ev;
}

static void
say(const struct silence *s, const struct meters *m, const struct meter *meter,
    int64_t now, struct event_sink *out)
{
	struct event ev = about(s, m, meter);

	event_add_u64(&ev, "silent_s", (uint64_t)(now - meter->last_s));
	event_add_u64(&ev, "interval_s", meter->interval_s);
	event_add_u64(&ev, "last_seen_s", meter->last_s);
	out->emit(out, &ev);
}

/* The first that is silent stands for all. */
static void
say_area(const struct silence *s, const struct meters *m,
    const struct meter *meter, const struct policy_group *group,
    const struct area *area, struct event_sink *out)
{
	struct event ev = about(s, m, meter);

	event_set(&ev.subject, (struct bytes){ (const uint8_t *)"area", 4 });
	if (group->name[0] != '\0')
		event_add_text(&ev, "group", group->name);
	event_add_u64(&ev, "silent_meters", area->silent);
	event_add_u64(&ev, "of_meters", area->meters);
	out->emit(out, &ev);
}

static bool
is_outage(const struct silence *s, const struct area *area)
{
	return area->beyond ||
	       (area->silent >= s->area_n &&
	           area->silent * UINT64_C(100) >
	               area->meters * (uint64_t)s->area_percent);
}

/* All were looked at. */
static void
round_done(
    struct silence *s, struct meters *m, int64_t now, struct event_sink *out)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct meter *meter = meters_at(m, s->list[i].place);
		const struct policy_group *group;
		struct area *area;

		if (meter == NULL ||
		    meter->generation != s->list[i].generation ||
		    !is_silent(s, meter, now))
			continue; /* it spoke, or left */
		group = group_of(m, meter);
		area = area_of(s, group);
		meter->flags |= METER_SILENT;
		meters_changed(m, meter);
		if (!is_outage(s, area)) {
			say(s, m, meter, now, out);
		} else if (area->meters > 0) {
			say_area(s, m, meter, group, area, out);
			area->meters = 0; /* said */
		}
	}
	s->n = 0;
	memset(s->areas, 0, sizeof(s->areas));
}

/* After so long a pause, or when time ran back, nobody listened meanwhile. */
static void
note_time(struct silence *s, int64_t now)
{
	int64_t pause = (int64_t)s->min_h * HOUR_S / 2;

	if (s->second == 0 || now < s->second || now - s->second > pause)
		s->since = now;
	s->second = now;
}

static void
silence_on_tick(
    void *state, void *world, struct timespec now, struct event_sink *out)
{
	struct silence *s = state;
	struct meters *m = world;
	uint32_t used = meters_used(m), steps = STEP + used / SHARE;

	note_time(s, now.tv_sec);
	if (s->last.frame == 0)
		return;
	for (; steps > 0 && s->hand < used; steps--)
		look(s, m, s->hand++, now.tv_sec);
	if (s->hand < used)
		return;
	s->hand = 0;
	round_done(s, m, now.tv_sec, out);
}

static void
silence_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct silence *s = state;

	(void)known;
	(void)out;
	s->last =
	    (struct last){ op->pdu->at, op->pdu->frame, op->pdu->capture };
}

static const struct parameter parameters[] = {
	{ "x", offsetof(struct silence, x), 3, 2, 1000 },
	{ "min_h", offsetof(struct silence, min_h), 26, 1, 8760 },
	{ "area_percent", offsetof(struct silence, area_percent), 5, 1, 100 },
	{ "area_n", offsetof(struct silence, area_n), 5, 2, 1000000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, ATTACK, parameters },
	{ NULL, NULL, NULL },
};

/* The capture is no more. */
static void
last_out(void *state, uint32_t i, void *copy)
{
	struct last *last = copy;

	(void)state;
	(void)i;
	last->capture = NULL;
}

static size_t
silence_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct silence *s = state;

	to[0] =
	    kept_array("dlms.silence-since", 1, &s->since, sizeof(s->since), 1);
	to[1] = kept_array(
	    "dlms.silence-second", 1, &s->second, sizeof(s->second), 1);
	to[2] =
	    kept_array("dlms.silence-last", 1, &s->last, sizeof(s->last), 1);
	to[2].out = last_out;
	return 3;
}

const struct detector dlms_silence_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_ASSOCIATE) | DETECTOR_ON(OP_REPORT) |
	         DETECTOR_ON(OP_READ) | DETECTOR_ON(OP_OTHER),
	.world = &dlms_world,
	.on_view = true,
	.state_size = sizeof(struct silence),
	.on_op = silence_on_op,
	.on_tick = silence_on_tick,
	.kept = silence_kept,
};
