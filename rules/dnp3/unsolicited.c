/* SPDX-License-Identifier: Apache-2.0 */
/* P-10, P-21: unsolicited responses, switched off or out of bounds. */
#include <config.h>

#include "rules/dnp3/doubts.h"
#include "rules/dnp3/say.h"
#include "rules/when.h"

#define DET_DISABLED "P-10"
#define DET_ANOMALY "P-21"
#define SPAN_S 60 /* the rate is counted in */
#define POLLED 20 /* times, of an outstation that has nothing to say itself */
#define SPAN_MS (UINT64_C(1000) * SPAN_S)

struct unsolicited {
	uint32_t factor, least, grace_s, never_s;
	struct dnp3_doubts doubts;
};

static struct event
anomaly_of(const struct op *op, const struct dnp3_view *v, const char *what)
{
	struct event ev =
	    dnp3_say(op, v, &EV_DNP_UNSOLICITED_ANOMALY, DET_ANOMALY);

	event_add_u64(&ev, "function", v->app->function);
	event_add_u64(&ev, "seq", v->app->seq);
	event_add_text(&ev, "what", what);
	return ev;
}

static void
say(const struct op *op, const struct dnp3_view *v, const char *what,
    uint64_t n, struct event_sink *out)
{
	struct event ev = anomaly_of(op, v, what);

	if (n > 0)
		event_add_u64(&ev, "n", n);
	out->emit(out, &ev);
}

/* The outstation's next frame proves that it had not restarted. */
static void
see_disable(struct unsolicited *s, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct dnp3_association *a = v->a;
	struct event ev;

	a->flags |= DNP3_SILENCED;
	dnp3_habits(a)->disabled_ms = v->now_ms;
	if (v->startup)
		return;
	ev = dnp3_say(op, v, &EV_DNP_UNSOLICITED_DISABLED, DET_DISABLED);
	dnp3_say_request(&ev, v);
	event_add_u64(
	    &ev, "connected_s", when_since(a->since_ms, v->now_ms) / 1000);
	dnp3_doubts_put(&s->doubts, op, v, &ev, false, 0, out);
}

/* More in a minute than a minute had before. */
static void
see_rate(const struct unsolicited *s, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct dnp3_habits *h = dnp3_habits(v->a);
	uint32_t n = pace_hit(&h->unsolicited, SPAN_S, v->now_ms);
	uint64_t age, usual;

	if (h->all_unsolicited++ == 0)
		h->first_unsolicited_ms = v->now_ms;
	age = when_since(h->first_unsolicited_ms, v->now_ms) + SPAN_MS;
	usual = (h->all_unsolicited - n) * SPAN_MS / age;
	if (n <= s->least || n <= s->factor * usual)
		return;
	if (h->unsolicited_said_ms != 0 &&
	    when_within(h->unsolicited_said_ms, v->now_ms, SPAN_S))
		return;
	h->unsolicited_said_ms = v->now_ms;
	say(op, v, "rate", n, out);
}

/* Polled for long, from the begin of its connection on, and never enabled. */
static bool
is_unheard_of(const struct unsolicited *s, const struct dnp3_view *v)
{
	const uint32_t known =
	    DNP3_ENABLED | DNP3_SILENCED | DNP3_PARTIAL | DNP3_HOLED;
	struct dnp3_association *a = v->a;

	return v->complete && (a->flags & known) == 0 &&
	       a->since_ms == a->first_ms && a->polls >= POLLED &&
	       dnp3_habits(a)->all_unsolicited == 0 &&
	       !when_within(a->first_ms, v->now_ms, s->never_s);
}

static void
see_report(struct unsolicited *s, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct dnp3_association *a = v->a;
	bool wanted = v->app->function == DNP3_UNSOLICITED;
	struct event ev;

	if (v->app->uns != wanted &&
	    (wanted || v->app->function == DNP3_RESPONSE))
		say(op, v, "UNS does not go with the function", 0, out);
	if (!wanted)
		return;
	/* a null one may come at any time, and again until it is confirmed */
	if ((a->flags & DNP3_SILENCED) != 0 && v->app->objects.n > 0 &&
	    v->complete &&
	    !when_within(dnp3_habits(a)->disabled_ms, v->now_ms, s->grace_s)) {
		a->flags &= ~(uint32_t)DNP3_SILENCED;
		ev = anomaly_of(op, v, "data although disabled");
		/* the master may have enabled them */
		dnp3_doubts_put(&s->doubts, op, v, &ev, true, 0, out);
	}
	if (v->app->objects.n > 0 && is_unheard_of(s, v)) {
		ev = anomaly_of(op, v, "data never enabled");
		dnp3_doubts_put(&s->doubts, op, v, &ev, true, 0, out);
	}
	see_rate(s, op, v, out);
}

static bool
has_restarted(const struct dnp3_doubt *d, const struct dnp3_view *v)
{
	return !d->by_master && v->app != NULL && v->app->has_iin &&
	       (v->app->iin & DNP3_IIN_RESTART) != 0;
}

static void
unsolicited_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;
	struct unsolicited *s = state;

	if (s->doubts.n > 0)
		dnp3_doubts_see(&s->doubts, op, v, has_restarted, out);
	if (v == NULL || v->app == NULL)
		return;
	if (!v->from_master) {
		see_report(s, op, v, out);
		return;
	}
	if (!v->request)
		return;
	if (v->app->uns)
		say(op, v, "UNS does not go with the function", 0, out);
	if (v->app->function == DNP3_DISABLE_UNSOLICITED)
		see_disable(s, op, v, out);
	if (v->app->function != DNP3_ENABLE_UNSOLICITED)
		return;
	v->a->flags &= ~(uint32_t)DNP3_SILENCED;
	v->a->flags |= DNP3_ENABLED;
}

static const struct parameter anomaly[] = {
	{ "factor", offsetof(struct unsolicited, factor), 10, 1, 1000 },
	{ "least", offsetof(struct unsolicited, least), 60, 1, 1000000 },
	{ "grace_s", offsetof(struct unsolicited, grace_s), 10, 1, 3600 },
	{ "never_s", offsetof(struct unsolicited, never_s), 300, 1, 31536000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_DISABLED, "T0804,T0878", NULL },
	{ DET_ANOMALY, "T0856,T0814", anomaly },
	{ NULL, NULL, NULL },
};

static void
unsolicited_start(void *state, const struct setup *setup)
{
	struct unsolicited *u = state;

	dnp3_doubts_start(&u->doubts, setup);
}

static size_t
unsolicited_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct unsolicited *u = state;

	to[0] = dnp3_doubts_kept("dnp3.unsolicited", &u->doubts);
	return 1;
}

const struct detector dnp3_unsolicited_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON_ALL,
	.transport_kinds = DETECTOR_ON(OP_LINK) | DETECTOR_ON(OP_OTHER),
	.world = &dnp3_world,
	.state_size = sizeof(struct unsolicited),
	.start = unsolicited_start,
	.on_op = unsolicited_on_op,
	.kept = unsolicited_kept,
};
