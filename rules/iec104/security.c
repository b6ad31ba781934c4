/* SPDX-License-Identifier: Apache-2.0 */
/* T-35, T-36: authentication by IEC 60870-5-7 (IEC TS 62351-5:2013). */
#include <config.h>

#include "rules/iec104/say.h"
#include "rules/iec104/waits.h"
#include "rules/policy.h"
#include "rules/sa_error.h"
#include "rules/when.h"

#define DET_SECURITY "T-35"
#define DET_MISSING "T-36"
#define KEY_REQUESTS_S 60
#define KEYS_OK 1 /* of the session key status */

enum {
	CHALLENGE = 81,
	REPLY,
	AGGRESSIVE,
	KEY_REQUEST,
	KEY_STATUS,
	KEY_CHANGE,
	ERROR,
	USER_STATUS = 90
};

struct security {
	uint32_t reply_s, requests, learn;
	const struct policy *policy;
	struct waits replies;
};

static void
security_start(void *state, const struct setup *setup)
{
	((struct security *)state)->policy = setup->policy;
}

static void
say(const struct op *op, const struct iec104_view *v,
    const struct event_def *def, const char *what, uint64_t code,
    struct event_sink *out)
{
	struct event ev = iec104_say(op, v, def, DET_SECURITY);

	if (v->apdu != NULL)
		event_add_u64(&ev, "type", v->apdu->type);
	event_add_text(&ev, "what", what);
	event_add_u64(&ev, "code", code);
	out->emit(out, &ev);
}

/* What the other end says is wrong (IEC TS 62351-5:2013, 7.2). */
static void
see_error(const struct op *op, const struct iec104_view *v, uint8_t error,
    struct event_sink *out)
{
	struct sa_error e = sa_error(error);

	say(op, v, e.def, e.what, error, out);
}

/* Sequence numbers only rise; what repeats one was sent before. */
static void
see_aggressive(const struct op *op, const struct iec104_view *v,
    const struct iec104_security *s, struct event_sink *out)
{
	struct iec104_habits *h = iec104_habits(v->link);

	h->challenged_ms = v->now_ms;
	if (!s->has_sequence)
		return;
	if (h->has_csq && s->sequence <= h->csq) {
		if (v->complete)
			say(op, v, &EV_UNXP_MSG_ERR,
			    "sequence number does not rise", s->sequence, out);
		return;
	}
	h->csq = s->sequence;
	h->has_csq = true;
}

static void
see_request(const struct security *c, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	struct iec104_habits *h = iec104_habits(v->link);
	uint32_t n = pace_hit(&h->keys, KEY_REQUESTS_S, v->now_ms);

	if (n == c->requests + 1)
		say(op, v, &EV_UNXP_MSG_ERR, "key status requests", n, out);
}

/* In the beginning there are no keys; later on they may only be missing. */
static void
see_status(const struct op *op, const struct iec104_view *v, uint8_t status,
    struct event_sink *out)
{
	struct iec104_habits *h = iec104_habits(v->link);

	if (status == KEYS_OK)
		h->keyed = true;
	else if (h->keyed && status != 0)
		say(op, v, &EV_SKEY_PROC_FAIL, "session keys are not OK",
		    status, out);
}

static void
see_asdu(struct security *c, const struct op *op, const struct iec104_view *v,
    struct event_sink *out)
{
	const uint32_t unknown = IEC104_UNLISTED | IEC104_NEWCOMER;
	struct iec104_habits *h = iec104_habits(v->link);
	struct iec104_security s;

	if (!iec104_security(v->apdu, &s) || !s.first)
		return;
	switch (v->apdu->type) {
	case CHALLENGE:
		h->challenge_ms = v->now_ms;
		waits_put(&c->replies, op->pdu, v->now_ms);
		break;
	case REPLY:
		h->challenged_ms = v->now_ms;
		h->challenge_ms = 0;
		break;
	case AGGRESSIVE:
		see_aggressive(op, v, &s, out);
		break;
	case KEY_REQUEST:
		see_request(c, op, v, out);
		break;
	case KEY_STATUS:
		see_status(op, v, s.status, out);
		break;
	case ERROR:
		see_error(op, v, s.error, out);
		break;
	default:
		if (v->from_master && v->apdu->type >= USER_STATUS &&
		    (v->link->flags & unknown) != 0)
			say(op, v, &EV_KEY_AUTN_ERR,
			    "user or update key of an unknown master", 0, out);
		break;
	}
}

/* A command that the station took, and whether its sender proved himself. */
static void
see_executed(const struct security *c, const struct op *op,
    const struct iec104_view *v, struct event_sink *out)
{
	uint64_t proved = iec104_habits(v->link)->challenged_ms;
	struct iec104_station *s = v->station;
	struct event ev;

	if (proved != 0 && proved >= v->point->at_ns / 1000000) {
		s->authenticated++;
		return;
	}
	if (s->authenticated < c->learn &&
	    !policy_station(c->policy, POLICY_IEC104, s->ip)->authenticated)
		return;
	if ((v->link->flags & IEC104_HOLED) != 0 ||
	    op->pdu->state == KNOW_ONE_SIDED)
		return;
	ev = iec104_say(op, v, &EV_DATA_AUTN_ERR, DET_MISSING);
	iec104_say_asdu(&ev, v);
	event_add_u64(&ev, "authenticated_before", s->authenticated);
	out->emit(out, &ev);
}

static void
security_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct iec104_view *v = known;

	if (v == NULL || v->apdu->read != IEC104_ASDU)
		return;
	if (op->kind == OP_KEY)
		see_asdu(state, op, v, out);
	else if (v->from_station && v->point != NULL && v->station != NULL &&
	         v->apdu->cot == IEC104_ACTCON && !v->apdu->negative &&
	         v->point->flow == op->pdu->flow)
		see_executed(state, op, v, out);
}

static void
security_on_tick(
    void *state, void *world, struct timespec at, struct event_sink *out)
{
	struct security *c = state;
	uint64_t reply = UINT64_C(1000) * c->reply_s;
	struct wait *w;

	while ((w = waits_due(&c->replies, when_ms(at), reply)) != NULL) {
		struct iec104_link *l = iec104_world_link(world, w->pdu.flow);
		struct iec104_view v;
		struct op op;

		if (l == NULL || iec104_habits(l)->challenge_ms != w->ms ||
		    !waits_sees(w, l))
			continue;
		v = waits_view(w, world, l, &op);
		say(&op, &v, &EV_MAX_REPLY_TOUT, "no reply to a challenge",
		    CHALLENGE, out);
	}
}

static const struct parameter security[] = {
	{ "reply_s", offsetof(struct security, reply_s), 2, 1, 3600 },
	{ "key_requests", offsetof(struct security, requests), 5, 1, 1000000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter missing[] = {
	{ "learn", offsetof(struct security, learn), 3, 1, 1000000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_SECURITY, "T0830,T0892", security },
	{ DET_MISSING, "T0855", missing },
	{ NULL, NULL, NULL },
};

static size_t
security_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct security *s = state;

	waits_kept(
	    &s->replies, to + 0, "iec104.replies", "iec104.replies-ring");
	return 2;
}

const struct detector iec104_security_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds = DETECTOR_ON(OP_KEY) | DETECTOR_ON(OP_CONTROL),
	.world = &iec104_world,
	.about = IEC104_ABOUT_ASDU,
	.state_size = sizeof(struct security),
	.start = security_start,
	.on_op = security_on_op,
	.on_tick = security_on_tick,
	.kept = security_kept,
};
