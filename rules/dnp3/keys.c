/* SPDX-License-Identifier: Apache-2.0 */
/*
 * P-27, P-29, and KSQ for P-26: session keys, users and update keys of secure
 * authentication (IEEE 1815-2012, 7.5.3 and 7.5.4).
 */
#include <config.h>

#include "rules/dnp3/say.h"
#include "rules/dnp3/serial.h"
#include "rules/when.h"

#define DET_SEQUENCE "P-26"
#define DET_STATUS "P-27"
#define DET_WEAK "P-28"
#define DET_USER "P-29"
#define GROUP 120
#define SAID_REPEATED 8 /* beside those of auth.c */

enum { KEYS_OK = 1, KEYS_NOT_INITIALISED, KEYS_NO_LINK, KEYS_FAILED };
enum { ADD = 1, DELETE };
enum {
	KEY_STATUS = 5,
	KEY_CHANGE,
	CERTIFICATE = 8,
	USER_CHANGE = 10,
	UPDATE_KEY = 13
};

struct keys {
	uint32_t minutes, uses;
};

static void
say(const struct op *op, const struct dnp3_view *v, const struct event_def *def,
    const char *what, uint64_t number, struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, def, DET_STATUS);

	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_text(&ev, "what", what);
	event_add_u64(&ev, "number", number);
	out->emit(out, &ev);
}

static void
say_sequence(const struct op *op, const struct dnp3_view *v, const char *what,
    uint32_t ksq, struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, &EV_DNP_SA_REPLAY, DET_SEQUENCE);

	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_text(&ev, "what", what);
	event_add_u64(&ev, "number", ksq);
	out->emit(out, &ev);
}

/* In the beginning there are no keys, and after a restart none again. */
static void
judge_status(const struct op *op, const struct dnp3_view *v, uint8_t status,
    struct event_sink *out)
{
	struct dnp3_association *a = v->a;
	uint8_t before = dnp3_rare(a)->key_status;
	bool restarted =
	    a->restart_ms != 0 &&
	    when_within(a->restart_ms, v->now_ms, v->world->startup_s);

	if (status == KEYS_FAILED && before != KEYS_FAILED)
		say(op, v, &EV_KEY_AUTN_ERR, "key authentication failed",
		    status, out);
	else if (status == KEYS_NO_LINK && before == KEYS_OK)
		say(op, v, &EV_SKEY_PROC_FAIL, "no communication", status, out);
	else if (status == KEYS_NOT_INITIALISED && before == KEYS_OK &&
	         !restarted)
		say(op, v, &EV_SKEY_PROC_FAIL, "keys are not initialised",
		    status, out);
}

/* With new keys, and in a station that lost its own, numbers begin anew. */
static void
begin_anew(struct dnp3_rare *h)
{
	h->csq[0] = h->csq[1] = h->aggressive =
	    (struct dnp3_serial){ .last = 0 };
	h->has_challenge[0] = h->has_challenge[1] = false;
}

static void
see_status(const struct op *op, const struct dnp3_view *v,
    const struct dnp3_auth *a, struct event_sink *out)
{
	struct dnp3_rare *h = dnp3_rare(v->a);
	uint64_t value = dnp3_world_hash(v->world, a->challenge, GROUP);
	bool again =
	    h->has_key_challenge && h->ksq.known && a->seq == h->ksq.last;
	struct event ev;

	if (a->key_status == KEYS_NOT_INITIALISED)
		h->ksq = (struct dnp3_serial){ .last = 0 };
	if (again && value != h->key_challenge && v->complete &&
	    a->key_status != KEYS_NOT_INITIALISED)
		say_sequence(op, v, "KSQ of another key status", a->seq, out);
	else if (!again && !dnp3_serial_rises(&h->ksq, a->seq) && v->complete)
		say_sequence(
		    op, v, "KSQ of a key status does not rise", a->seq, out);
	if (h->has_key_challenge && !again && value == h->key_challenge &&
	    (h->weak_said & SAID_REPEATED) == 0) {
		h->weak_said |= SAID_REPEATED;
		ev = dnp3_say(op, v, &EV_DNP_SA_WEAK, DET_WEAK);
		event_add_text(&ev, "what", "repeated challenge");
		event_add_u64(&ev, "number", a->seq);
		out->emit(out, &ev);
	}
	h->has_key_challenge = true;
	h->key_challenge = value;
	judge_status(op, v, a->key_status, out);
	if (a->key_status == KEYS_OK && h->changing) {
		h->key_ms = v->now_ms;
		h->key_uses = 0;
		h->expired = false;
		begin_anew(h);
	}
	h->changing = false;
	h->key_status = a->key_status;
}

static void
see_change(const struct op *op, const struct dnp3_view *v,
    const struct dnp3_auth *a, struct event_sink *out)
{
	struct dnp3_rare *h = dnp3_rare(v->a);

	if (h->ksq.known && v->complete && (int32_t)(a->seq - h->ksq.last) < 0)
		say_sequence(op, v, "key change with an old KSQ", a->seq, out);
	else
		h->changing = true;
}

static void
see_user(const struct op *op, const struct dnp3_view *v,
    const struct dnp3_auth *a, struct event_sink *out)
{
	struct event ev = dnp3_say(op, v,
	    a->operation == DELETE ? &EV_ACCOUNT_DELETION_SUCCESS
	    : a->operation == ADD || a->expiry > 0
	        ? &EV_ACCOUNT_CREATION_SUCCESS
	        : &EV_ACCOUNT_DEACTIVATION_SUCCESS,
	    DET_USER);

	ev.doubtful = false;
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_u64(&ev, "operation", a->operation);
	event_add_u64(&ev, "role", a->role);
	event_add(&ev, "X.Account", a->name);
	out->emit(out, &ev);
}

static void
see_key(const struct op *op, const struct dnp3_view *v, uint8_t variation,
    const struct dnp3_auth *a, struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, &EV_CRED_TRANSFER_SUCCESS, DET_USER);

	ev.doubtful = false;
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_u64(&ev, "user", a->user);
	event_add_text(
	    &ev, "X.Direction", v->from_master ? "to station" : "to master");
	event_add_text(&ev, "X.Method",
	    variation == CERTIFICATE ? "certificate" : "update key");
	out->emit(out, &ev);
}

static void
see_object(const struct op *op, const struct dnp3_view *v, uint8_t variation,
    const struct dnp3_auth *a, struct event_sink *out)
{
	switch (variation) {
	case KEY_STATUS:
		if (!v->from_master)
			see_status(op, v, a, out);
		break;
	case KEY_CHANGE:
		if (v->from_master)
			see_change(op, v, a, out);
		break;
	case USER_CHANGE:
		if (v->from_master)
			see_user(op, v, a, out);
		break;
	case CERTIFICATE:
	case UPDATE_KEY:
		see_key(op, v, variation, a, out);
		break;
	default:
		break;
	}
}

/* Keys that are older, or more used, than they may be: once for each. */
static void
see_age(const struct keys *k, const struct op *op, const struct dnp3_view *v,
    struct event_sink *out)
{
	struct dnp3_rare *h = dnp3_rare(v->a);

	if (h->key_ms == 0 || h->expired)
		return;
	if (!when_within(h->key_ms, v->now_ms, k->minutes * 60)) {
		h->expired = true;
		say(op, v, &EV_SKEY_INV_USETOUT, "session key is old",
		    when_since(h->key_ms, v->now_ms) / 1000, out);
	} else if (h->key_uses > k->uses) {
		h->expired = true;
		say(op, v, &EV_SKEY_INV_USECNT, "session key is much used",
		    h->key_uses, out);
	}
}

static bool
uses_key(uint8_t variation)
{
	return variation == 2 || variation == 9; /* a reply, or a MAC */
}

static void
keys_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;
	struct dnp3_walk w;
	struct dnp3_points points;
	struct dnp3_header h;
	struct dnp3_point p;
	struct dnp3_auth a;

	if (v->app == NULL || v->app->objects.n == 0 ||
	    v->app->objects.p[0] != GROUP || (v->news & DNP3_RETRY) != 0)
		return;
	w = dnp3_objects(v->app);
	while (dnp3_next(&w, &h)) {
		if (h.group != GROUP)
			continue;
		if (uses_key(h.variation))
			see_age(state, op, v, out);
		for (points = dnp3_points(&h); dnp3_next_point(&points, &p);)
			if (dnp3_auth(&h, &p, &a))
				see_object(op, v, h.variation, &a, out);
	}
}

static const struct parameter status[] = {
	{ "minutes", offsetof(struct keys, minutes), 30, 1, 525600 },
	{ "uses", offsetof(struct keys, uses), 1000, 1, 1000000 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET_STATUS, "T0892", status },
	{ DET_USER, "T0892,T0859", NULL },
	{ NULL, NULL, NULL },
};

const struct detector dnp3_keys_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds =
	    DETECTOR_ON_ALL & ~DETECTOR_ON(OP_LINK) & ~DETECTOR_ON(OP_FLAW),
	.world = &dnp3_world,
	.on_view = true,
	.state_size = sizeof(struct keys),
	.on_op = keys_on_op,
};
