/* SPDX-License-Identifier: Apache-2.0 */
/* G-18 to G-20: the extension of IEC 62351-6. */
#include <config.h>

#include "rules/goose/keys.h"
#include "rules/goose/say.h"
#include "rules/policy.h"

#define US 1000000

struct auth {
	uint32_t period_s, delay_s; /* G-20 */
	const struct policy *policy;
	const struct goose_keys *keys;
};

static void
auth_start(void *state, const struct setup *setup)
{
	struct auth *a = state;

	a->policy = setup->policy;
	a->keys = setup->goose_keys;
}

static void
say(const struct op *op, const struct goose_view *v,
    const struct event_def *def, const char *det, struct event_sink *out)
{
	const struct goose_auth *x = &v->pdu->auth;
	struct event ev = goose_say(op, v, def, det);

	if ((x->has & GOOSE_AUTH_KEY_ID) != 0)
		event_add_u64(&ev, "key_id", x->key_id);
	if ((x->has & GOOSE_AUTH_CURRENT_KEY) != 0)
		event_add_u64(&ev, "time_of_current_key", x->current_key);
	event_add_u64(&ev, "extension_octets", x->octets.n);
	event_add_u64(&ev, "st", v->unit->st);
	event_add_u64(&ev, "sq", v->unit->sq);
	/* a layout that never fitted may be another than is known here */
	if (def == &EV_GOOSE_MAC_VERIFY_FAIL)
		ev.doubtful = (v->p->said & GOOSE_VERIFIED) == 0;
	out->emit(out, &ev);
}

/* The key may be on its way to the sensor, as to the subscribers. */
static bool
is_awaited(const struct auth *a, const struct goose_view *v)
{
	struct goose_publisher *p = v->p;
	uint32_t now = (uint32_t)(v->unit->at_us / US);

	if (p->key_id != v->pdu->auth.key_id || p->key_since == 0) {
		p->key_id = v->pdu->auth.key_id;
		p->key_since = now;
		p->said &= (uint8_t)~GOOSE_SAID_KEY_ID;
	}
	return (p->said & GOOSE_VERIFIED) != 0 &&
	       now - p->key_since < a->delay_s;
}

static void
once(const struct op *op, const struct goose_view *v, uint8_t bit,
    const struct event_def *def, const char *det, struct event_sink *out)
{
	if ((v->p->said & bit) != 0)
		return;
	v->p->said |= bit;
	say(op, v, def, det, out);
}

static void
check(const struct auth *a, const struct op *op, const struct goose_view *v,
    struct event_sink *out)
{
	switch (goose_keys_check(a->keys, v->pdu)) {
	case GOOSE_MAC_RIGHT:
		v->p->said |= GOOSE_VERIFIED;
		v->p->said &= (uint8_t) ~(GOOSE_SAID_MAC | GOOSE_SAID_KEY_ID);
		v->p->key_since = 0;
		break;
	case GOOSE_MAC_WRONG:
		once(op, v, GOOSE_SAID_MAC, &EV_GOOSE_MAC_VERIFY_FAIL, "G-19",
		    out);
		break;
	case GOOSE_MAC_NO_KEY:
		if (!is_awaited(a, v))
			once(op, v, GOOSE_SAID_KEY_ID,
			    &EV_GOOSE_UNEXPECTED_KEYID, "G-20", out);
		break;
	case GOOSE_MAC_UNCHECKED:
		break;
	}
}

static void
expired(const struct auth *a, const struct op *op, const struct goose_view *v,
    struct event_sink *out)
{
	const struct goose_auth *x = &v->pdu->auth;
	uint64_t now = v->unit->at_us / US;

	if (a->period_s == 0 || (x->has & GOOSE_AUTH_CURRENT_KEY) == 0)
		return;
	if (now > (uint64_t)x->current_key + a->period_s + a->delay_s)
		once(op, v, GOOSE_SAID_EXPIRED, &EV_GOOSE_UNEXPECTED_KEYID,
		    "G-20", out);
	else
		v->p->said &= (uint8_t)~GOOSE_SAID_EXPIRED;
}

static void
auth_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct auth *a = state;
	const struct goose_view *v = known;
	const struct policy_publisher *l = NULL;

	if ((v->news & GOOSE_UNSECURED) != 0)
		say(op, v, &EV_GOOSE_NO_AUTHVALUE, "G-18", out);
	else if ((v->news & (GOOSE_IS_NEW | GOOSE_IS_SECURED)) ==
	             GOOSE_IS_NEW &&
	         policy_publisher(a->policy,
	             (struct bytes){ v->p->ref_octets, v->p->nref },
	             &l) == POLICY_LISTED &&
	         l->secured)
		say(op, v, &EV_GOOSE_NO_AUTHVALUE, "G-18", out);
	if ((v->news & GOOSE_IS_UNREAD) != 0)
		say(op, v, &EV_GOOSE_SEC_CHECK_FAIL, "G-20", out);
	if ((v->news & GOOSE_IS_SECURED) == 0)
		return;
	expired(a, op, v, out);
	if (goose_keys_count(a->keys) > 0)
		check(a, op, v, out);
}

static const struct parameter of_key[] = {
	{ "period_s", offsetof(struct auth, period_s), 0, 0, UINT32_MAX },
	{ "delay_s", offsetof(struct auth, delay_s), 60, 0, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "G-18", "T0830", NULL },
	{ "G-19", "T0830,T0856", NULL },
	{ "G-20", "T0830", of_key },
	{ NULL, NULL, NULL },
};

const struct detector goose_auth_detector = {
	.detections = detections,
	GOOSE_ON_VIEW,
	.state_size = sizeof(struct auth),
	.start = auth_start,
	.on_op = auth_on_op,
};
