/* SPDX-License-Identifier: Apache-2.0 */
/*
 * P-25, P-26, P-28, P-30: challenges, replies and aggressive mode of secure
 * authentication (IEEE 1815-2012, 7.5 and A.45).
 */
#include <config.h>

#include "rules/dnp3/doubts.h"
#include "rules/dnp3/say.h"
#include "rules/dnp3/serial.h"
#include "rules/policy.h"
#include "rules/sa_error.h"
#include "rules/when.h"

#define DET_FAILED "P-25"
#define DET_SEQUENCE "P-26"
#define DET_WEAK "P-28"
#define DET_MISSING "P-30"
#define GROUP 120
#define CHALLENGE_LEAST 4 /* octets */
#define SHA1_4 1          /* HMAC-SHA-1 cut to 4 octets */

enum { /* variations of g120 */
	CHALLENGE = 1,
	REPLY,
	AGGRESSIVE,
	STATUS_REQUEST,
	KEY_STATUS,
	KEY_CHANGE,
	ERROR
};

enum { SAID_MAC = 1, SAID_SHORT = 2, SAID_REPEATED = 4, SAID_WRAP = 8 };

struct auth {
	uint32_t t_s, learn;
	const struct policy *policy;
	struct dnp3_doubts replies, proofs;
};

static void
auth_start(void *state, const struct setup *setup)
{
	struct auth *a = state;

	a->policy = setup->policy;
	dnp3_doubts_start(&a->replies, setup);
	dnp3_doubts_start(&a->proofs, setup);
}

static struct event
event_of(const struct op *op, const struct dnp3_view *v,
    const struct event_def *def, const char *det, const char *what,
    uint64_t number)
{
	struct event ev = dnp3_say(op, v, def, det);

	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_text(&ev, "what", what);
	event_add_u64(&ev, "number", number);
	return ev;
}

static void
say(const struct op *op, const struct dnp3_view *v, const struct event_def *def,
    const char *det, const char *what, uint64_t number, struct event_sink *out)
{
	struct event ev = event_of(op, v, def, det, what, number);

	out->emit(out, &ev);
}

static void
say_weak(const struct op *op, const struct dnp3_view *v, uint8_t which,
    const char *what, uint64_t number, struct event_sink *out)
{
	struct dnp3_rare *h = dnp3_rare(v->a);

	if ((h->weak_said & which) == 0)
		say(op, v, &EV_DNP_SA_WEAK, DET_WEAK, what, number, out);
	h->weak_said |= which;
}

/* What the other end says is wrong (table A-1 of g120v7). */
static void
see_error(const struct op *op, const struct dnp3_view *v, uint8_t error,
    struct event_sink *out)
{
	struct sa_error e = sa_error(error);

	say(op, v, e.def, DET_FAILED, e.what, error, out);
}

static void
see_value(const struct op *op, const struct dnp3_view *v, unsigned by,
    const struct dnp3_auth *a, bool again, struct event_sink *out)
{
	struct dnp3_rare *h = dnp3_rare(v->a);
	uint64_t value = dnp3_world_hash(v->world, a->challenge, GROUP);

	if (a->mac_algorithm == SHA1_4)
		say_weak(op, v, SAID_MAC, "MAC of 4 octets", SHA1_4, out);
	if (a->challenge.n < CHALLENGE_LEAST)
		say_weak(
		    op, v, SAID_SHORT, "short challenge", a->challenge.n, out);
	else if (h->has_challenge[by] && !again && h->challenges[by] == value)
		say_weak(
		    op, v, SAID_REPEATED, "repeated challenge", a->seq, out);
	h->has_challenge[by] = true;
	h->challenges[by] = value;
}

static void
see_status(const struct auth *s, const struct op *op, const struct dnp3_view *v,
    const struct dnp3_auth *a, struct event_sink *out)
{
	const struct policy_station *st =
	    policy_station(s->policy, POLICY_DNP3, v->a->key.station);

	if (a->mac_algorithm == SHA1_4)
		say_weak(op, v, SAID_MAC, "MAC of 4 octets", SHA1_4, out);
	if (a->challenge.n < CHALLENGE_LEAST)
		say_weak(
		    op, v, SAID_SHORT, "short challenge", a->challenge.n, out);
	if (a->key_wrap < st->key_wrap)
		say_weak(
		    op, v, SAID_WRAP, "key wrap algorithm", a->key_wrap, out);
}

static void
see_challenge(struct auth *s, const struct op *op, const struct dnp3_view *v,
    const struct dnp3_auth *a, struct event_sink *out)
{
	unsigned by = v->from_master ? 0 : 1;
	struct dnp3_rare *h = dnp3_rare(v->a);
	bool again =
	    h->has_challenge[by] && h->challenge_csq[by] == a->seq &&
	    h->challenges[by] == dnp3_world_hash(v->world, a->challenge, GROUP);
	struct event ev;

	if (!again && !dnp3_serial_rises(&h->csq[by], a->seq) && v->complete)
		say(op, v, &EV_DNP_SA_REPLAY, DET_SEQUENCE,
		    "CSQ of a challenge does not rise", a->seq, out);
	see_value(op, v, by, a, again, out);
	h->challenge_csq[by] = a->seq;
	/* who was challenged has to answer, and speaks again if he does not */
	dnp3_doubts_drop(&s->replies, v->a, !v->from_master);
	ev = event_of(op, v, &EV_MAX_REPLY_TOUT, DET_FAILED,
	    "no reply to a challenge", s->t_s);
	dnp3_doubts_put(&s->replies, op, v, &ev, !v->from_master, s->t_s, out);
}

/* One that is ahead answers a challenge that was not seen. */
static void
see_reply(struct auth *s, const struct op *op, const struct dnp3_view *v,
    const struct dnp3_auth *a, struct event_sink *out)
{
	unsigned by = v->from_master ? 1 : 0;
	struct dnp3_rare *h = dnp3_rare(v->a);

	if (h->has_challenge[by] &&
	    (int32_t)(a->seq - h->challenge_csq[by]) < 0) {
		if (v->complete)
			say(op, v, &EV_DNP_SA_REPLAY, DET_SEQUENCE,
			    "reply to an old challenge", a->seq, out);
		return;
	}
	dnp3_doubts_drop(&s->replies, v->a, v->from_master);
	if (v->from_master)
		v->a->flags |= DNP3_PROVED;
	h->key_uses++;
}

static void
see_aggressive(struct auth *s, const struct op *op, const struct dnp3_view *v,
    const struct dnp3_auth *a, struct event_sink *out)
{
	struct dnp3_rare *h = dnp3_rare(v->a);
	bool below = h->csq[1].known && (int32_t)(a->seq - h->csq[1].last) < 0;

	if (!v->from_master || !v->request)
		return;
	dnp3_doubts_drop(&s->replies, v->a, true);
	h->key_uses++;
	if (dnp3_serial_rises(&h->aggressive, a->seq) && !below) {
		v->a->flags |= DNP3_PROVED;
		return;
	}
	if (v->complete)
		say(op, v, &EV_DNP_SA_REPLAY, DET_SEQUENCE,
		    "CSQ of an aggressive request does not rise", a->seq, out);
}

static void
see_object(struct auth *s, const struct op *op, const struct dnp3_view *v,
    uint8_t variation, const struct dnp3_auth *a, struct event_sink *out)
{
	switch (variation) {
	case CHALLENGE:
		see_challenge(s, op, v, a, out);
		break;
	case REPLY:
		see_reply(s, op, v, a, out);
		break;
	case AGGRESSIVE:
		see_aggressive(s, op, v, a, out);
		break;
	case KEY_STATUS:
		see_status(s, op, v, a, out);
		break;
	case ERROR:
		see_error(op, v, a->error, out);
		break;
	default:
		break;
	}
}

static void
see_objects(struct auth *s, const struct op *op, const struct dnp3_view *v,
    struct event_sink *out)
{
	struct dnp3_walk w = dnp3_objects(v->app);
	struct dnp3_points points;
	struct dnp3_header h;
	struct dnp3_point p;
	struct dnp3_auth a;

	v->a->flags |= DNP3_AUTHENTICATES;
	while (dnp3_next(&w, &h)) {
		if (h.group != GROUP)
			continue;
		for (points = dnp3_points(&h); dnp3_next_point(&points, &p);)
			if (dnp3_auth(&h, &p, &a))
				see_object(s, op, v, h.variation, &a, out);
	}
}

/* A critical request that was carried out, and whether it was proved. */
static void
see_answer(struct auth *s, const struct op *op, const struct dnp3_view *v,
    struct event_sink *out)
{
	struct dnp3_rare *h = dnp3_rare(v->a);
	uint64_t bit = UINT64_C(1) << (v->asked->function & 63);
	struct event ev;

	if (op->result != OP_ACCEPTED)
		return;
	if ((v->a->flags & DNP3_PROVED) != 0) {
		h->authenticated |= bit;
		h->proofs++;
		return;
	}
	if ((v->a->flags & DNP3_HOLED) != 0 || !v->complete)
		return;
	if ((h->bare & bit) != 0 ||
	    ((h->authenticated & bit) == 0 && h->proofs < s->learn &&
	        !policy_station(s->policy, POLICY_DNP3, v->a->key.station)
	             ->authenticated)) {
		/* sites choose what they do not challenge */
		h->bare |= bit;
		return;
	}
	ev = dnp3_say(op, v, &EV_DATA_AUTN_ERR, DET_MISSING);
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_u64(&ev, "function", v->asked->function);
	event_add_u64(&ev, "authenticated_before", h->proofs);
	/* the reply may have been lost */
	dnp3_doubts_put(&s->proofs, op, v, &ev, true, 0, out);
}

static bool
is_critical(uint8_t function)
{
	return (function >= DNP3_WRITE && function <= DNP3_DIRECT_OPERATE_NR) ||
	       (function >= DNP3_COLD_RESTART &&
	           function <= DNP3_ASSIGN_CLASS) ||
	       (function >= DNP3_RECORD_TIME &&
	           function <= DNP3_ACTIVATE_CONFIGURATION);
}

/* Late, but it came. */
static bool
is_reply(const struct dnp3_doubt *d, const struct dnp3_view *v)
{
	const struct dnp3_fragment *app = v->app;

	return app != NULL &&
	       memcmp(&v->a->key, &d->key, sizeof(d->key)) == 0 &&
	       app->objects.n > 1 && app->objects.p[0] == GROUP &&
	       (app->objects.p[1] == REPLY || app->objects.p[1] == AGGRESSIVE);
}

static void
auth_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;
	const struct dnp3_fragment *app;
	struct auth *s = state;

	if (s->replies.n > 0)
		dnp3_doubts_see(&s->replies, op, v, is_reply, out);
	if (s->proofs.n > 0)
		dnp3_doubts_see(&s->proofs, op, v, NULL, out);
	if (v == NULL || v->app == NULL)
		return;
	app = v->app;
	if (v->request && app->function != DNP3_AUTH_REQUEST &&
	    app->function != DNP3_AUTH_REQUEST_NR)
		v->a->flags &= ~(uint32_t)DNP3_PROVED;
	if (app->objects.n > 0 && app->objects.p[0] == GROUP)
		see_objects(s, op, v, out);
	if (app->function == DNP3_RESPONSE && v->asked != NULL && app->fir &&
	    (v->news & DNP3_DIFFERS) == 0 && is_critical(v->asked->function))
		see_answer(s, op, v, out);
}

static const struct parameter failed[] = {
	{ "t_s", offsetof(struct auth, t_s), 2, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter missing[] = {
	{ "learn", offsetof(struct auth, learn), 3, 1, 1000000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_FAILED, "T0830,T0859", failed },
	{ DET_SEQUENCE, "T0855", NULL },
	{ DET_WEAK, "T0830", NULL },
	{ DET_MISSING, "T0855", missing },
	{ NULL, NULL, NULL },
};

static size_t
auth_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct auth *a = state;

	to[0] = dnp3_doubts_kept("dnp3.replies", &a->replies);
	to[1] = dnp3_doubts_kept("dnp3.proofs", &a->proofs);
	return 2;
}

const struct detector dnp3_auth_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON_ALL,
	.transport_kinds = DETECTOR_ON(OP_LINK) | DETECTOR_ON(OP_OTHER),
	.world = &dnp3_world,
	.state_size = sizeof(struct auth),
	.start = auth_start,
	.on_op = auth_on_op,
	.kept = auth_kept,
};
