/* SPDX-License-Identifier: Apache-2.0 */
/* D-16, D-17, D-20: who the client is, and what it calls itself. */
#include <config.h>

#include "rules/dlms/say.h"
#include "rules/full.h"
#include "rules/table.h"

#define TITLES 1024
#define ADDRESSES 8 /* of one title */
#define ODD 1024    /* malformed titles that were said */
#define UNKNOWN_ATTACK "T0848"
#define SPOOF_ATTACK "T0849"
#define CHECKED 1024
#define LETTERS 3 /* the maker's, at the begin of a title */

/* A client's title and from where it came; the address used last is first. */
struct title {
	uint8_t title[METER_TITLE];
	uint8_t n;
	uint8_t ip[ADDRESSES][16];
};

struct odd {
	uint64_t hash;
};

struct checked {
	uint64_t flow;
	uint8_t title[METER_TITLE];
};

struct identity {
	uint8_t key[SIPHASH_KEY];
	const struct policy *policy;
	struct table titles, odds;
	struct table_slot title_slots[TITLES], odd_slots[ODD];
	struct title title[TITLES];
	struct odd odd[ODD];
	struct checked checked[CHECKED];
	struct dlms_flows strangers; /* numbers of sessions, said as such */
};

static void
start(void *state, const struct setup *s)
{
	struct identity *t = state;

	memcpy(t->key, s->key, sizeof(t->key));
	t->policy = s->policy;
	table_init(&t->titles, s->key, t->title_slots, t->title, TITLES,
	    sizeof(t->title[0]), METER_TITLE);
	table_init(&t->odds, s->key, t->odd_slots, t->odd, ODD,
	    sizeof(t->odd[0]), sizeof(t->odd[0].hash));
}

static void
add_title(struct event *ev, const char *name, struct bytes title)
{
	char hex[2 * 16 + 1] = "";
	size_t n = title.n < 16 ? title.n : 16;

	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02X", title.p[i]);
	event_add_text(ev, name, hex);
}

static void
stranger(const struct dlms_view *v, const struct op *op,
    const struct event_def *def, struct event_sink *out)
{
	const struct dlms_apdu *a = v->apdu;
	struct event ev = dlms_say(v, op, def, "D-16", UNKNOWN_ATTACK);

	ev.dst_is_peer = a->tag == DLMS_AARE;
	dlms_say_saps(&ev, a);
	if ((v->session->flags & SESSION_CLIENT_TITLE) != 0)
		add_title(&ev, "client_title",
		    (struct bytes){ v->session->client_title, METER_TITLE });
	out->emit(out, &ev);
}

/*
 * D-16: at its log-in, and once more when that succeeds.  Where groups go by
 * titles, it may be the answer that tells which meter it is.
 */
static void
unlisted(struct identity *t, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	const struct dlms_apdu *a = v->apdu;

	if (v->session == NULL ||
	    v->session->client.listed != POLICY_UNLISTED ||
	    v->session->asked_frame == 0 ||
	    (a->tag != DLMS_AARQ && a->tag != DLMS_AARE))
		return;
	if (a->tag == DLMS_AARQ && (v->meter->flags & METER_TITLED) == 0 &&
	    policy_by_title(t->policy))
		return;
	if (dlms_say_new_flow(&t->strangers, v->session->number))
		stranger(v, op, &EV_DLMS_UNKNOWN_CLIENT, out);
	if (a->tag == DLMS_AARE && op->result == OP_ACCEPTED)
		stranger(v, op, &EV_LOGIN_SUCCESS, out);
}

/* The client's title in this APDU, or in its session; or none. */
static struct bytes
client_title(const struct dlms_view *v, const struct op *op)
{
	const struct dlms_apdu *a = v->apdu;

	if (op->from == OP_FROM_SERVER || v->client != &op->pdu->src)
		return (struct bytes){ NULL, 0 };
	if (a->tag == DLMS_AARQ)
		return a->acse.calling_title;
	return a->cipher.title;
}

static void
spoofed(const struct dlms_view *v, const struct op *op, struct bytes title,
    const struct event_def *def, size_t addresses, struct event_sink *out)
{
	struct event ev = dlms_say(v, op, def, "D-17", SPOOF_ATTACK);

	add_title(&ev, "client_title", title);
	if (addresses > 0) {
		ev.doubtful = true;
		event_add_u64(&ev, "addresses", addresses);
	}
	dlms_say_saps(&ev, v->apdu);
	out->emit(out, &ev);
}

/* Notes from where it came: a new address of a known title. */
static bool
from_elsewhere(struct identity *t, const struct op *op, struct bytes title,
    size_t *addresses, struct event_sink *out)
{
	bool fresh, full = t->titles.evicted != 0;
	struct title *e = table_put(&t->titles, title.p, &fresh);
	size_t i = 0;

	if (!full && t->titles.evicted != 0)
		full_say(out, op, "D-17", TITLES);
	while (i < e->n && memcmp(e->ip[i], op->pdu->src.ip, 16) != 0)
		i++;
	fresh = i == e->n;
	if (fresh && e->n < ADDRESSES)
		e->n++;
	/* to the front, so that the one not used for longest goes first */
	if (i == ADDRESSES)
		i--;
	memmove(e->ip[1], e->ip[0], i * sizeof(e->ip[0]));
	memcpy(e->ip[0], op->pdu->src.ip, 16);
	*addresses = e->n;
	return fresh && e->n > 1;
}

/* D-17 */
static void
titled(struct identity *t, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	struct bytes title = client_title(v, op);
	struct checked *c = &t->checked[op->pdu->flow % CHECKED];
	enum policy_answer answer;
	size_t addresses;

	if (title.n != METER_TITLE)
		return;
	if (op->pdu->flow != 0 && c->flow == op->pdu->flow &&
	    memcmp(c->title, title.p, METER_TITLE) == 0)
		return;
	c->flow = op->pdu->flow;
	memcpy(c->title, title.p, METER_TITLE);
	answer = policy_client_address(t->policy, title, op->pdu->src.ip);
	if (answer == POLICY_UNLISTED)
		spoofed(v, op, title, &EV_DLMS_SYSTEM_TITLE_SPOOF, 0, out);
	else if (answer == POLICY_SILENT &&
	         from_elsewhere(t, op, title, &addresses, out))
		spoofed(
		    v, op, title, &EV_DLMS_SYSTEM_TITLE_MOVED, addresses, out);
}

static bool
letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* None is not malformed: general-glo may leave it out. */
static bool
well_formed(struct bytes title)
{
	if (title.n == 0)
		return true;
	if (title.n != METER_TITLE)
		return false;
	for (size_t i = 0; i < LETTERS; i++)
		if (!letter(title.p[i]))
			return false;
	return true;
}

/* D-20: each title of each sender once. */
static void
malformed(struct identity *t, const struct dlms_view *v, const struct op *op,
    struct bytes title, const char *where, struct event_sink *out)
{
	uint64_t h[3];
	bool fresh, full = t->odds.evicted != 0;
	struct event ev;

	if (well_formed(title))
		return;
	memcpy(h, op->pdu->src.ip, 16);
	h[2] = siphash(t->key, title.p, title.n);
	h[0] = siphash(t->key, (const uint8_t *)h, sizeof(h));
	table_put(&t->odds, h, &fresh);
	if (!full && t->odds.evicted != 0)
		full_say(out, op, "D-20", ODD);
	if (!fresh)
		return;
	ev = dlms_say(v, op, &EV_REQUEST_INVALID, "D-20", NULL);
	event_add_text(&ev, "X.ErrorCode", "system title");
	event_add_text(&ev, "where", where);
	event_add_u64(&ev, "octets", title.n);
	add_title(&ev, "title", title);
	out->emit(out, &ev);
}

static void
on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	const struct dlms_apdu *a;

	if (v == NULL || !v->apdu->there)
		return;
	a = v->apdu;
	if (op->kind == OP_ASSOCIATE) {
		unlisted(state, v, op, out);
		malformed(state, v, op, a->acse.calling_title, "calling", out);
		malformed(
		    state, v, op, a->acse.responding_title, "responding", out);
	} else if (a->cipher.there) {
		malformed(state, v, op, a->cipher.title, "originator", out);
	}
	titled(state, v, op, out);
}

static const struct detection detections[] = {
	{ "D-16", UNKNOWN_ATTACK, NULL },
	{ "D-17", SPOOF_ATTACK, NULL },
	{ "D-20", NULL, NULL },
	{ NULL, NULL, NULL },
};

static size_t
identity_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct identity *s = state;

	to[0] = kept_table("dlms.titles", 1, &s->titles);
	to[1] = kept_table("dlms.odd-titles", 1, &s->odds);
	to[2] = kept_array(
	    "dlms.titled-flows", 1, s->checked, sizeof(s->checked[0]), CHECKED);
	return 3;
}

const struct detector dlms_identity_detector = {
	.detections = detections,
	.needs_policy = "D-16",
	.protocol = "dlms",
	/* a protected APDU that is not read is of kind OTHER */
	.kinds = DETECTOR_ON(OP_ASSOCIATE) | DETECTOR_ON(OP_OTHER),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct identity),
	.start = start,
	.on_op = on_op,
	.kept = identity_kept,
};
