/* SPDX-License-Identifier: Apache-2.0 */
/* D-10 to D-13: log-ins that fail, and how many. */
#include <config.h>

#include "rules/dlms/say.h"
#include "rules/full.h"
#include "rules/rate.h"
#include "rules/table.h"
#include "rules/when.h"

#define PAIRS 1024  /* of a client and a meter */
#define CLIENTS 512 /* that may try many meters */
#define FAIL_ATTACK "T0859"
#define REJECT_ATTACK "T0846"
#define MANY_ATTACK "T0806,T0859"

enum { WRONG_CREDENTIAL = 13, INITIATE_ERROR = 1, UNANSWERED = 2 };

struct pair {
	struct { /* no padding: it is hashed */
		uint8_t client[16], meter[16];
		uint32_t unit;
	} key;
	uint32_t counted; /* session whose failure was counted last */
	uint32_t silent;  /* log-ins in a row without an answer */
	bool many, locked;
	uint64_t said;
	struct rate failures;
};

struct client {
	uint8_t ip[16];
	bool many;
	uint64_t said;
	struct kinds meters;
};

struct refused {
	uint32_t n, t_s, m, m_t_s, hls_s;
	uint8_t key[SIPHASH_KEY];
	struct table pairs, clients;
	struct table_slot pair_slots[PAIRS], client_slots[CLIENTS];
	struct pair pair[PAIRS];
	struct client client[CLIENTS];
};

static void
start(void *state, const struct setup *s)
{
	struct refused *r = state;

	memcpy(r->key, s->key, sizeof(r->key));
	table_init(&r->pairs, s->key, r->pair_slots, r->pair, PAIRS,
	    sizeof(r->pair[0]), sizeof(r->pair[0].key));
	table_init(&r->clients, s->key, r->client_slots, r->client, CLIENTS,
	    sizeof(r->client[0]), sizeof(r->client[0].ip));
}

/* The pair of this op; NULL when it failed never and make is false. */
static struct pair *
pair_of(struct refused *r, const struct op *op, const struct dlms_apdu *a,
    bool make, struct event_sink *out)
{
	struct pair p = { .key.unit = a->server_sap };
	bool fresh, full = r->pairs.evicted != 0;
	struct pair *found;

	if (a->hdlc.lower.there)
		p.key.unit |= a->hdlc.lower.v << 16;
	memcpy(p.key.client, dlms_say_client(op)->ip, 16);
	memcpy(p.key.meter, dlms_say_server(op)->ip, 16);
	if (!make)
		return table_find(&r->pairs, &p.key);
	found = table_put(&r->pairs, &p.key, &fresh);
	if (!full && r->pairs.evicted != 0)
		full_say(out, op, "D-12", PAIRS);
	return found;
}

static void
say_many(const struct dlms_view *v, const struct op *op,
    const struct event_def *def, uint64_t attempts, uint64_t meters,
    struct event_sink *out)
{
	struct event ev = dlms_say(v, op, def, "D-12", MANY_ATTACK);

	/* the answer came from the meter: it is about who asked */
	ev.dst_is_peer = op->from == OP_FROM_SERVER;
	event_add_u64(&ev, "X.Attempts", attempts);
	if (def == &EV_ACCESS_LOCK_WRONG_CRED && v->session != NULL)
		event_add_text(&ev, "X.CredType",
		    v->session->mechanism > 1 ? "secret" : "password");
	if (meters > 1)
		event_add_u64(&ev, "meters", meters);
	dlms_say_saps(&ev, v->apdu);
	out->emit(out, &ev);
}

/* D-12, one client to many meters; whether it was said of late. */
static bool
spray(struct refused *r, const struct dlms_view *v, const struct op *op,
    const struct pair *p, uint64_t now, struct event_sink *out)
{
	bool fresh;
	struct client *c = table_put(&r->clients, p->key.client, &fresh);
	uint64_t h = siphash(
	    r->key, p->key.meter, sizeof(p->key) - sizeof(p->key.client));
	uint32_t meters = kinds_note(&c->meters, (uint32_t)h, r->m_t_s, now);

	if (c->many && when_within(now, c->said, r->m_t_s))
		return true;
	if (meters < r->m)
		return false;
	c->many = true;
	c->said = now;
	say_many(v, op, &EV_LOGIN_FAIL_THRESHOLD, meters, meters, out);
	return true;
}

/* D-12: one more failure of this log-in. */
static void
count(struct refused *r, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	struct pair *p = pair_of(r, op, v->apdu, true, out);
	uint64_t now = when_ms(op->pdu->at);
	bool many;

	p->silent = 0;
	if (v->session != NULL && v->session->number != 0) {
		if (p->counted == v->session->number)
			return;
		p->counted = v->session->number;
	}
	many = rate_hit(&p->failures, r->n, r->t_s, now);
	if (spray(r, v, op, p, now, out) || !many)
		return;
	if (p->many && when_within(now, p->said, r->t_s))
		return;
	p->many = true;
	p->locked = false;
	p->said = now;
	say_many(v, op, &EV_LOGIN_FAIL_THRESHOLD, p->failures.hits, 1, out);
}

/* After many failures: whether it is so. */
static bool
after_many(const struct refused *r, const struct pair *p, uint64_t now)
{
	return p != NULL && p->many && when_within(now, p->said, r->t_s);
}

/* D-12: the meter does not answer this client any more. */
static void
locked(struct refused *r, const struct dlms_view *v, const struct op *op,
    struct pair *p, struct event_sink *out)
{
	if (!after_many(r, p, when_ms(op->pdu->at)) || p->locked)
		return;
	p->locked = true;
	say_many(v, op, &EV_ACCESS_LOCK_WRONG_CRED, p->failures.hits, 1, out);
}

/* Composite rule 6: one that many failures came before. */
static void
succeeded(struct refused *r, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	struct pair *p = pair_of(r, op, v->apdu, false, out);

	if (p == NULL)
		return;
	p->silent = 0;
	if (after_many(r, p, when_ms(op->pdu->at)))
		say_many(v, op, &EV_LOGIN_SUCCESS, p->failures.hits, 1, out);
	p->many = false;
	p->failures = (struct rate){ 0 };
}

static void
wrong_credential(struct refused *r, const struct dlms_view *v,
    const struct op *op, const char *det, bool doubtful, struct event_sink *out)
{
	struct event ev =
	    dlms_say(v, op, &EV_LOGIN_FAIL_WRONG_CRED, det, FAIL_ATTACK);
	uint8_t mechanism = v->session != NULL ? v->session->mechanism : 0;

	ev.dst_is_peer = op->from == OP_FROM_SERVER;
	ev.doubtful |= doubtful;
	event_add_text(
	    &ev, "X.CredType", mechanism > 1 ? "secret" : "password");
	dlms_say_saps(&ev, v->apdu);
	event_add_u64(&ev, "mechanism", mechanism);
	out->emit(out, &ev);
	/* the meter said so: else the client only went away */
	if (op->from == OP_FROM_SERVER)
		count(r, v, op, out);
}

/* D-11 */
static void
rejected(const struct dlms_view *v, const struct op *op, uint32_t code,
    const char *by, struct event_sink *out)
{
	struct event ev = dlms_say(
	    v, op, &EV_COMM_SA_ESTABLISHMENT_FAIL, "D-11", REJECT_ATTACK);

	ev.dst_is_peer = op->from == OP_FROM_SERVER;
	event_add_u64(&ev, "X.ErrorCode", code);
	event_add_text(&ev, "X.SAType", "application association");
	event_add_text(&ev, "by", by);
	dlms_say_saps(&ev, v->apdu);
	out->emit(out, &ev);
}

/* Diagnostics of a rejection that D-11 is about. */
static bool
listed(const struct dlms_acse *acse)
{
	static const uint8_t user[] = { 2, 3, 7, 11, 12, 14 };
	uint32_t d = acse->diagnostic.v;

	if (acse->provider)
		return d == 1 || d == 2;
	return d < 32 && memchr(user, (int)d, sizeof(user)) != NULL;
}

static void
answered(struct refused *r, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	const struct dlms_acse *acse = &v->apdu->acse;

	if (op->result == OP_ACCEPTED) {
		/* HLS has only begun: pass 4 tells */
		if (v->session == NULL || v->session->state != SESSION_PENDING)
			succeeded(r, v, op, out);
		return;
	}
	if (!acse->result.there)
		return;
	if (!acse->provider && acse->diagnostic.v == WRONG_CREDENTIAL)
		wrong_credential(r, v, op, "D-10", false, out);
	else if (acse->user_tag.there && acse->user_tag.v == DLMS_SERVICE_ERROR)
		rejected(v, op, acse->diagnostic.v, "initiate error", out);
	else if (listed(acse))
		rejected(v, op, acse->diagnostic.v,
		    acse->provider ? "provider" : "user", out);
}

/* Whether an error can only mean the AARQ. */
static bool
answers_aarq(const struct session *s)
{
	return s != NULL && s->asked_frame != 0 && s->requests_seen == 0 &&
	       (s->state == SESSION_REQUESTED || s->state == SESSION_REFUSED);
}

/* D-11: a ciphered log-in that the meter cannot read is told by these. */
static void
excepted(struct refused *r, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	const struct dlms_apdu *a = v->apdu;
	struct pair *p;

	if (!answers_aarq(v->session) || op->pdu->state != KNOW_COMPLETE)
		return;
	p = pair_of(r, op, a, true, out);
	if (p->counted == v->session->number)
		return; /* its answer to something else */
	if (a->tag == DLMS_EXCEPTION)
		rejected(v, op, a->service_error, "exception", out);
	else if (a->error[0] == INITIATE_ERROR)
		rejected(v, op, a->error[2], "initiate error", out);
	else
		return;
	count(r, v, op, out);
}

/* Pass 3 is the first that is asked for: what is ciphered can be no other. */
static bool
was_pass3(const struct dlms_view *v)
{
	const struct session *s = v->session;

	if (v->request != NULL && !v->request->protected)
		return dlms_say_pass3(v->request);
	return s != NULL && s->state == SESSION_REFUSED && s->passes == 3 &&
	       s->requests_seen == 1 && (s->flags & SESSION_COMPLETE) != 0;
}

/* D-13: the answer to pass 3. */
static void
pass4(struct refused *r, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	bool seen = v->request != NULL && !v->request->protected;

	if (v->opened)
		succeeded(r, v, op, out);
	else if (op->result == OP_REFUSED && was_pass3(v))
		wrong_credential(r, v, op, "D-13", !seen, out);
}

/* D-13: an association that ends before anything but HLS was done. */
static void
released(struct refused *r, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	const struct session *s = v->session;

	if (s == NULL || s->state != SESSION_PENDING || s->passes == 0 ||
	    s->requests_seen != 1 || (s->flags & SESSION_COMPLETE) == 0 ||
	    !when_within(s->opened_ms, when_ms(op->pdu->at), r->hls_s))
		return;
	wrong_credential(r, v, op, "D-13", true, out);
}

/* A client that asks and asks and gets no answer. */
static void
asked(struct refused *r, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	struct pair *p = pair_of(r, op, v->apdu, false, out);

	if (p != NULL && op->pdu->state == KNOW_COMPLETE &&
	    ++p->silent > UNANSWERED)
		locked(r, v, op, p, out);
}

static void
on_apdu(struct refused *r, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	switch (v->apdu->tag) {
	case DLMS_AARQ:
		asked(r, v, op, out);
		break;
	case DLMS_AARE:
		answered(r, v, op, out);
		break;
	case DLMS_EXCEPTION:
	case DLMS_SERVICE_ERROR:
		excepted(r, v, op, out);
		pass4(r, v, op, out);
		break;
	case DLMS_RLRQ:
		released(r, v, op, out);
		break;
	default:
		pass4(r, v, op, out);
	}
}

static void
on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	struct refused *r = state;

	if (v == NULL || op->from == OP_FROM_UNKNOWN ||
	    v->apdu->hdlc.repeated || v->apdu->hdlc.crc_error)
		return;
	if (v->apdu->there)
		on_apdu(r, v, op, out);
	else if (v->apdu->hdlc.kind == DLMS_HDLC_DM)
		locked(r, v, op, pair_of(r, op, v->apdu, false, out), out);
}

static const struct parameter many[] = {
	{ "n", offsetof(struct refused, n), 5, 1, RATE_MOST },
	{ "t_s", offsetof(struct refused, t_s), 300, 1, 86400 },
	{ "m", offsetof(struct refused, m), 20, 2, RATE_MOST },
	{ "m_t_s", offsetof(struct refused, m_t_s), 600, 1, 86400 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct parameter hls[] = {
	{ "t_s", offsetof(struct refused, hls_s), 30, 1, 3600 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "D-10", FAIL_ATTACK, NULL },
	{ "D-11", REJECT_ATTACK, NULL },
	{ "D-12", MANY_ATTACK, many },
	{ "D-13", FAIL_ATTACK, hls },
	{ NULL, NULL, NULL },
};

static size_t
refused_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct refused *s = state;

	to[0] = kept_table("dlms.refused", 1, &s->pairs);
	to[1] = kept_table("dlms.refused-by", 1, &s->clients);
	return 2;
}

const struct detector dlms_refused_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds =
	    DETECTOR_ON_ALL & ~DETECTOR_ON(OP_REPORT) & ~DETECTOR_ON(OP_FLAW),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct refused),
	.start = start,
	.on_op = on_op,
	.kept = refused_kept,
};
