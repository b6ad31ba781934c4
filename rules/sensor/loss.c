/* SPDX-License-Identifier: Apache-2.0 */
/* H-1: octets were sent and not captured, more than a share of all. */
#include <config.h>

#include "dissectors/transport.h"
#include "rules/detector.h"

#define DET "H-1"
#define SUBJECT "capture"

struct loss {
	uint32_t q_permille, min_octets, t_s;
	bool started, said;
	time_t since;       /* the interval's beginning */
	uint64_t got, lost; /* the totals that the interval counts from */
	uint64_t got_then;  /* the total when it began */
};

static bool
is_over(const struct loss *l, time_t now)
{
	uint64_t apart = now >= l->since ? (uint64_t)now - (uint64_t)l->since
	                                 : (uint64_t)l->since - (uint64_t)now;

	return apart >= l->t_s;
}

/*
 * Totals are only to be had when something is lost.  What was got since the
 * last interval began is spread evenly over the time since then, and the share
 * of one interval counts: a single loss in a quiet hour is held against an
 * interval's traffic, neither against nothing nor against the hour's.
 */
static void
begin(struct loss *l, const struct transport *t, time_t now)
{
	uint64_t got = t->got - l->got_then;
	uint64_t apart =
	    now > l->since ? (uint64_t)now - (uint64_t)l->since : 1;

	if (apart > l->t_s)
		got = (uint64_t)((double)got * l->t_s / (double)apart);
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

static void
loss_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct loss *l = state;
	const struct transport *t = transport_msg(op);
	time_t now = op->pdu->at.tv_sec;
	uint64_t got, lost;

	(void)known;
	if (t == NULL || (t->note != TRANSPORT_GAP && t->note != TRANSPORT_CUT))
		return;
	if (!l->started)
		l->since = now;
	l->started = true;
	if (is_over(l, now))
		begin(l, t, now);
	got = t->got - l->got;
	lost = t->lost - l->lost;
	if (l->said || lost < l->min_octets ||
	    lost * 1000 <= (got + lost) * l->q_permille)
		return;
	l->said = true;
	say(out, op, got, lost);
}

/* The first interval begins with the capture, not with the first loss. */
static void
loss_on_tick(
    void *state, void *world, struct timespec now, struct event_sink *out)
{
	struct loss *l = state;

	(void)world;
	(void)out;
	if (!l->started)
		l->since = now.tv_sec;
	l->started = true;
}

static const struct parameter parameters[] = {
	{ "q_permille", offsetof(struct loss, q_permille), 10, 0, 1000 },
	{ "min_octets", offsetof(struct loss, min_octets), 1, 1, UINT32_MAX },
	{ "t_s", offsetof(struct loss, t_s), 60, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, NULL, parameters },
	{ NULL, NULL, NULL },
};

const struct detector sensor_loss_detector = {
	.detections = detections,
	.protocol = TRANSPORT_PROTOCOL,
	.kinds = DETECTOR_ON(OP_OTHER),
	.state_size = sizeof(struct loss),
	.on_op = loss_on_op,
	.on_tick = loss_on_tick,
};
