/* SPDX-License-Identifier: Apache-2.0 */
/*
 * H-1: octets were sent and not captured, or units as their numbers tell, more
 * than a share of all.
 */
#include <config.h>

#include "dissectors/dnp3/dnp3.h"
#include "dissectors/transport.h"
#include "rules/detector.h"
#include "rules/health.h"
#include "rules/losses.h"

#define DET "H-1"
#define SUBJECT "capture"
#define PROTOCOLS 3

/* An interval of a protocol whose units bear numbers. */
struct span {
	time_t since; /* 0: none yet */
	uint64_t got, lost, holes;
	bool said;
};

/* An interval of a capture interface: the totals that it counts from. */
struct ring {
	struct timespec since;
	uint64_t packets, drops;
	bool started, said;
};

struct capture {
	uint32_t p_permille, q_permille, min_octets, min_units, min_holes, t_s;
	struct losses *losses;
	struct span span[PROTOCOLS];
	struct ring ring[HEALTH_PORTS];
	struct interval {
		bool started, said;
		time_t since;       /* the interval's beginning */
		uint64_t got, lost; /* the totals that it counts from */
		uint64_t got_then;  /* the total when it began */
	} now;
};

static bool
is_over(const struct interval *l, uint32_t t_s, time_t now)
{
	uint64_t apart = now >= l->since ? (uint64_t)now - (uint64_t)l->since
	                                 : (uint64_t)l->since - (uint64_t)now;

	return apart >= t_s;
}

/*
 * Totals are only to be had when something is lost.  What was got since the
 * last interval began is spread evenly over the time since then, and the share
 * of one interval counts: a single loss in a quiet hour is held against an
 * interval's traffic, neither against nothing nor against the hour's.
 */
static void
begin(struct interval *l, uint32_t t_s, const struct transport *t, time_t now)
{
	uint64_t got = t->got - l->got_then;
	uint64_t apart =
	    now > l->since ? (uint64_t)now - (uint64_t)l->since : 1;

	if (apart > t_s)
		got = (uint64_t)((double)got * t_s / (double)apart);
	l->since = now;
	l->got = t->got - got;
	l->got_then = t->got;
	l->lost = t->lost - t->octets;
	l->said = false;
}

static void
say(struct event_sink *out, const struct op *op, uint64_t got, uint64_t lost)
{
	struct event ev = event_about(op, &EV_SENSOR_LOSS, DET);
	bool cut = transport_msg(op)->note == TRANSPORT_CUT;

	/* about the sensor: the streams that suffer are any */
	ev.src = ev.dst = (struct endpoint){ .port = 0 };
	event_set(&ev.subject,
	    (struct bytes){ (const uint8_t *)SUBJECT, strlen(SUBJECT) });
	event_add_u64(&ev, "lost", lost);
	event_add_u64(&ev, "got", got);
	event_add_text(&ev, "cause", cut ? "snaplen" : "gap");
	out->emit(out, &ev);
}

/* Segments tell of what is missing before them; their world has none. */
static void
see_segment(struct capture *l, const struct op *op)
{
	const struct dnp3_frame *f = dnp3_msg(op);

	if (l->losses == NULL || !f->segment || op->verdict != RD_OK)
		return;
	l->losses->dnp3.got++;
	if (f->missing > 0)
		losses_add(&l->losses->dnp3, f->missing, op->pdu);
}

static void
loss_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct capture *c = state;
	struct interval *l = &c->now;
	const struct transport *t = transport_msg(op);
	time_t now = op->pdu->at.tv_sec;
	uint64_t got, lost;

	(void)known;
	if (t == NULL)
		see_segment(c, op);
	if (t == NULL || (t->note != TRANSPORT_GAP && t->note != TRANSPORT_CUT))
		return;
	if (!l->started)
		l->since = now;
	l->started = true;
	if (is_over(l, c->t_s, now))
		begin(l, c->t_s, t, now);
	got = t->got - l->got;
	lost = t->lost - l->lost;
	if (l->said || lost < c->min_octets ||
	    lost * 1000 <= (got + lost) * c->q_permille)
		return;
	l->said = true;
	say(out, op, got, lost);
}

static void
say_holes(const char *protocol, const struct loss *all, const struct span *s,
    struct event_sink *out)
{
	const struct op op = { .pdu = &all->last, .protocol = protocol };
	struct event ev = event_about(&op, &EV_SENSOR_LOSS, DET);

	ev.src = ev.dst = (struct endpoint){ .port = 0 };
	event_set(&ev.subject,
	    (struct bytes){ (const uint8_t *)protocol, strlen(protocol) });
	event_add_u64(&ev, "lost", all->lost - s->lost);
	event_add_u64(&ev, "got", all->got - s->got);
	event_add_u64(&ev, "holes", all->holes - s->holes);
	event_add_text(&ev, "cause", "numbers");
	out->emit(out, &ev);
}

/*
 * One hole may be a sender's fault or a forged number; a mirror port that
 * loses does so again and again.
 */
static void
judge(const struct capture *l, struct span *s, const char *protocol,
    const struct loss *all, time_t now, struct event_sink *out)
{
	uint64_t apart = now >= s->since ? (uint64_t)now - (uint64_t)s->since
	                                 : (uint64_t)s->since - (uint64_t)now;
	uint64_t got = all->got - s->got, lost = all->lost - s->lost;

	if (s->since != 0 && !s->said && lost >= l->min_units &&
	    all->holes - s->holes >= l->min_holes &&
	    lost * 1000 > (got + lost) * l->q_permille) {
		s->said = true;
		say_holes(protocol, all, s, out);
	}
	if (s->since == 0 || apart >= l->t_s)
		*s = (struct span){ now, all->got, all->lost, all->holes,
			false };
}

static void
loss_start(void *state, const struct setup *setup)
{
	((struct capture *)state)->losses = setup->losses;
}

/* The first interval begins with the capture, not with the first loss. */
static void
loss_on_tick(
    void *state, void *world, struct timespec now, struct event_sink *out)
{
	struct capture *l = state;

	(void)world;
	if (!l->now.started)
		l->now.since = now.tv_sec;
	l->now.started = true;
	if (l->losses == NULL)
		return;
	judge(l, &l->span[0], "iec104", &l->losses->iec104, now.tv_sec, out);
	judge(l, &l->span[1], "dnp3", &l->losses->dnp3, now.tv_sec, out);
	judge(l, &l->span[2], "goose", &l->losses->goose, now.tv_sec, out);
}

static void
say_drops(const struct health *h, const struct ring *r, uint64_t got,
    struct event_sink *out)
{
	struct event ev = health_event(h, &EV_SENSOR_LOSS, DET, h->name);
	uint64_t drops =
	    h->kernel_drops + h->interface_drops + h->backlog_drops;

	event_add_u64(&ev, "lost", drops - r->drops);
	event_add_u64(&ev, "got", got);
	event_add_text(&ev, "cause", "drops");
	event_add_u64(&ev, "kernel_drops", h->kernel_drops);
	event_add_u64(&ev, "interface_drops", h->interface_drops);
	event_add_u64(&ev, "backlog_drops", h->backlog_drops);
	out->emit(out, &ev);
}

/* Packets that never came to the sensor: once an interval. */
static void
loss_on_health(void *state, const struct health *h, struct event_sink *out)
{
	struct capture *l = state;
	struct ring *r = &l->ring[h->port];
	uint64_t drops =
	    h->kernel_drops + h->interface_drops + h->backlog_drops;
	uint64_t got = h->packets - r->packets, lost = drops - r->drops;
	time_t apart = h->at.tv_sec - r->since.tv_sec;

	if (h->what != HEALTH_PORT)
		return;
	/* the first interval begins with the sensor, not with this look */
	if (!r->said && lost > 0 &&
	    lost * 1000 > (got + lost) * l->p_permille) {
		r->said = true;
		say_drops(h, r, got, out);
	}
	if (!r->started)
		r->since = h->at;
	else if (apart < 0 || apart >= (time_t)l->t_s)
		*r = (struct ring){ h->at, h->packets, drops, true, false };
	r->started = true;
}

static size_t
loss_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct capture *l = state;

	to[0] = kept_array("sensor.loss", 1, &l->now, sizeof(l->now), 1);
	to[1] =
	    kept_each("sensor.spans", 1, l->span, sizeof(*l->span), PROTOCOLS);
	return 2;
}

static const struct parameter parameters[] = {
	{ "p_permille", offsetof(struct capture, p_permille), 1, 0, 1000 },
	{ "q_permille", offsetof(struct capture, q_permille), 10, 0, 1000 },
	{ "min_octets", offsetof(struct capture, min_octets), 1, 1,
	    UINT32_MAX },
	{ "min_units", offsetof(struct capture, min_units), 10, 1, UINT32_MAX },
	{ "min_holes", offsetof(struct capture, min_holes), 5, 1, UINT32_MAX },
	{ "t_s", offsetof(struct capture, t_s), 60, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, NULL, parameters },
	{ NULL, NULL, NULL },
};

const struct detector sensor_loss_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON_ALL,
	.transport_kinds = DETECTOR_ON(OP_OTHER),
	.state_size = sizeof(struct capture),
	.start = loss_start,
	.on_op = loss_on_op,
	.on_tick = loss_on_tick,
	.on_health = loss_on_health,
	.kept = loss_kept,
};
