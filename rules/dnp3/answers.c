/* SPDX-License-Identifier: Apache-2.0 */
/* P-15, P-22: refusals that probe, and responses that nobody asked for. */
#include <config.h>

#include "rules/dnp3/doubts.h"
#include "rules/dnp3/say.h"
#include "rules/when.h"

#define DET_REFUSED "P-15"
#define DET_SPOOF "P-22"
#define TWICE_MS 1000 /* between two answers to one request, over UDP */
#define LATE_MS 100   /* that a capture is out of order */
#define REFUSALS                                                               \
	(DNP3_IIN_NO_FUNCTION | DNP3_IIN_NO_OBJECT | DNP3_IIN_PARAMETER |      \
	    DNP3_IIN_EXECUTING)

struct answers {
	uint32_t n, t_s, groups;
	struct dnp3_doubts doubts;
};

static const struct event_def *
refusal(uint16_t iin)
{
	if ((iin & DNP3_IIN_NO_OBJECT) != 0)
		return &EV_REQUEST_RESOURCE_UNAVAILABLE;
	if ((iin & (DNP3_IIN_NO_FUNCTION | DNP3_IIN_PARAMETER)) != 0)
		return &EV_REQUEST_INVALID;
	return &EV_REQUEST_ERROR;
}

/* One bad request that is made for ever speaks once. */
static void
see_refusal(const struct answers *s, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct dnp3_habits *h = dnp3_habits(v->a);
	uint64_t what = v->a->request_hash + v->a->request_function;
	struct event ev;
	uint32_t n;

	if (h->has_refused_said && h->refused_said == what)
		return;
	n = pace_hit(&h->errors, s->t_s, v->now_ms);
	if (n < s->n)
		return;
	h->has_refused_said = true;
	h->refused_said = what;
	h->errors = (struct pace){ .since = 0 };
	ev = dnp3_say(op, v, refusal(v->app->iin), DET_REFUSED);
	ev.doubtful = false;
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	if (v->asked != NULL) {
		event_add_u64(&ev, "function", v->asked->function);
		event_add_u64(&ev, "group", v->asked->object);
	}
	event_add_u64(&ev, "iin", v->app->iin);
	event_add_u64(&ev, "n", n);
	event_add_u64(&ev, "X.ErrorCode", v->app->iin & REFUSALS);
	out->emit(out, &ev);
}

/* Who looks for what there is asks for one group after another. */
static void
see_groups(const struct answers *s, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct dnp3_walk walk = dnp3_objects(v->app);
	struct dnp3_association *a = v->a;
	struct dnp3_header header;
	struct event ev;

	if (a->ngroups == 0 || !when_within(a->groups_ms, v->now_ms, s->t_s)) {
		memset(a->groups, 0, sizeof(a->groups));
		a->groups_ms = v->now_ms;
		a->ngroups = 0;
		a->flags &= ~(uint32_t)DNP3_SCAN_SAID;
	}
	while (dnp3_next(&walk, &header)) {
		uint8_t *at = &a->groups[header.group / 8];
		uint8_t bit = (uint8_t)(1 << header.group % 8);

		if ((*at & bit) == 0 && a->ngroups < UINT8_MAX)
			a->ngroups++;
		*at |= bit;
	}
	if (a->ngroups < s->groups || (a->flags & DNP3_SCAN_SAID) != 0)
		return;
	a->flags |= DNP3_SCAN_SAID;
	ev = dnp3_say(op, v, &EV_DNP_OBJECT_SCAN, DET_REFUSED);
	ev.doubtful = false;
	dnp3_say_request(&ev, v);
	event_add_u64(&ev, "groups", a->ngroups);
	event_add_u64(&ev, "ms", when_since(a->groups_ms, v->now_ms));
	out->emit(out, &ev);
}

/* A datagram may be lost: only the answers to one request can be compared. */
static bool
is_sure(const struct op *op, const struct dnp3_view *v)
{
	const struct dnp3_association *a = v->a;

	return op->pdu->carrier != OVER_UDP ||
	       (v->asked == &a->asked[a->request_seq] &&
	           when_apart(a->request_ms, v->now_ms) < TWICE_MS);
}

/* The master's next frame proves that it had not asked. */
static void
see_spoof(struct answers *s, const struct op *op, const struct dnp3_view *v,
    struct event_sink *out)
{
	bool unasked = (v->news & DNP3_UNASKED) != 0;
	struct event ev;

	if (!is_sure(op, v))
		return;
	ev = dnp3_say(op, v, &EV_DNP_RESPONSE_SPOOF, DET_SPOOF);
	event_add_u64(&ev, "link_src", v->frame->src);
	event_add_u64(&ev, "link_dst", v->frame->dst);
	event_add_u64(&ev, "seq", v->app->seq);
	event_add_text(&ev, "response",
	    unasked ? "nobody asked" : "differs from the first");
	if (v->asked != NULL)
		event_add_u64(&ev, "function", v->asked->function);
	dnp3_doubts_put(&s->doubts, op, v, &ev, true, 0, out);
}

/* Captured in the wrong order: the request comes behind its answer. */
static bool
is_late(const struct dnp3_doubt *d, const struct dnp3_view *v)
{
	return v->request && v->app->seq == d->seq &&
	       when_apart(d->ms, v->now_ms) < LATE_MS;
}

static void
answers_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;
	struct answers *s = state;

	if (s->doubts.n > 0)
		dnp3_doubts_see(&s->doubts, op, v, is_late, out);
	if (v == NULL || v->app == NULL)
		return;
	if (v->from_master && v->request && v->app->function == DNP3_READ)
		see_groups(s, op, v, out);
	if (v->from_master || v->app->function != DNP3_RESPONSE)
		return;
	if ((v->news & (DNP3_UNASKED | DNP3_DIFFERS)) != 0)
		see_spoof(s, op, v, out);
	if ((v->app->iin & REFUSALS) != 0)
		see_refusal(s, op, v, out);
}

static const struct parameter refused[] = {
	{ "n", offsetof(struct answers, n), 5, 1, 1000000 },
	{ "t_s", offsetof(struct answers, t_s), 300, 1, 86400 },
	{ "groups", offsetof(struct answers, groups), 14, 2, 255 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_REFUSED, "T0861,T0888", refused },
	{ DET_SPOOF, "T0856,T0830", NULL },
	{ NULL, NULL, NULL },
};

static void
answers_start(void *state, const struct setup *setup)
{
	struct answers *a = state;

	dnp3_doubts_start(&a->doubts, setup);
}

static size_t
answers_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct answers *a = state;

	to[0] = dnp3_doubts_kept("dnp3.answers", &a->doubts);
	return 1;
}

const struct detector dnp3_answers_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON_ALL,
	.transport_kinds = DETECTOR_ON(OP_LINK) | DETECTOR_ON(OP_OTHER),
	.world = &dnp3_world,
	.state_size = sizeof(struct answers),
	.start = answers_start,
	.on_op = answers_on_op,
	.kept = answers_kept,
};
