/* SPDX-License-Identifier: Apache-2.0 */
/* D-14 and D-15: high-level security that is passed by, or played back. */
#include <config.h>

#include "rules/dlms/say.h"
#include "rules/full.h"
#include "rules/table.h"

#define BYPASS_ATTACK "T0859"
#define REUSE_ATTACK "T0830"
#define CHALLENGES 16384
#define SENDERS 4096
#define SESSIONS 1024  /* that are followed until they are answered */
#define ERROR_OCTETS 5 /* of a get-response that grants nothing */
#define HLS 2          /* the least of its mechanisms */
#define SHORTEST 8
#define LONGEST 64

/* By keyed hash of who sent it and its octets. */
struct challenge {
	uint64_t hash;
	uint64_t frame;  /* in which it was seen last */
	uint32_t number; /* of that session */
	bool answered;   /* by an AARE: what comes again is another session's */
};

/* Whether a sender makes challenges anew, or has only one. */
struct sender {
	uint64_t hash;   /* keyed, of who it is */
	uint64_t octets; /* of the last one */
	bool varies;
};

struct waiting {
	uint32_t number, bypassed;
	uint64_t hash, octets; /* CtoS: of the table; of the octets alone */
};

struct handshake {
	uint8_t key[SIPHASH_KEY];
	struct table table;
	struct table_slot slots[CHALLENGES];
	struct challenge challenge[CHALLENGES];
	struct table senders;
	struct table_slot sender_slots[SENDERS];
	struct sender sender[SENDERS];
	struct waiting waiting[SESSIONS];
};

static void
start(void *state, const struct setup *s)
{
	struct handshake *h = state;

	memcpy(h->key, s->key, sizeof(h->key));
	table_init(&h->table, s->key, h->slots, h->challenge, CHALLENGES,
	    sizeof(h->challenge[0]), sizeof(h->challenge[0].hash));
	table_init(&h->senders, s->key, h->sender_slots, h->sender, SENDERS,
	    sizeof(h->sender[0]), sizeof(h->sender[0].hash));
}

static struct waiting *
waiting_of(struct handshake *h, const struct session *s)
{
	struct waiting *w = &h->waiting[s->number % SESSIONS];

	if (w->number != s->number)
		*w = (struct waiting){ .number = s->number };
	return w;
}

static void
say(const struct dlms_view *v, const struct op *op, const char *how,
    uint64_t first, struct event_sink *out)
{
	struct event ev =
	    dlms_say(v, op, &EV_DLMS_CHALLENGE_REUSE, "D-15", REUSE_ATTACK);

	dlms_say_saps(&ev, v->apdu);
	event_add_text(&ev, "how", how);
	event_add_text(
	    &ev, "of", op->from == OP_FROM_CLIENT ? "client" : "server");
	event_add_u64(&ev, "octets", v->apdu->acse.authentication.n);
	if (first != 0)
		event_add_u64(&ev, "first_frame", first);
	out->emit(out, &ev);
}

/* Who sent it: its title, or its address. */
static uint64_t
named(const struct handshake *h, const struct dlms_view *v, const struct op *op,
    uint64_t octets)
{
	const struct dlms_acse *acse = &v->apdu->acse;
	struct bytes title = op->from == OP_FROM_CLIENT
	                         ? acse->calling_title
	                         : acse->responding_title;
	uint8_t b[25] = { [24] = (uint8_t)op->from };

	if (title.n == METER_TITLE)
		memcpy(b, title.p, METER_TITLE);
	else
		memcpy(b, op->pdu->src.ip, sizeof(op->pdu->src.ip));
	memcpy(b + 16, &octets, sizeof(octets));
	return siphash(h->key, b, sizeof(b));
}

/*
 * Notes what the sender, which named() of no octets names, uses.  One that
 * never had another is a simulator or a poor stack: each of its log-ins would
 * look like a replay.
 */
static bool
varies(struct handshake *h, uint64_t who, uint64_t octets)
{
	bool fresh;
	struct sender *s = table_put(&h->senders, &who, &fresh);

	if (!fresh && s->octets != octets)
		s->varies = true;
	s->octets = octets;
	return s->varies;
}

/* Notes it; the frame of its first use in another session, or 0. */
static uint64_t
used_before(struct handshake *h, const struct op *op, uint64_t hash,
    uint32_t number, bool answered, struct event_sink *out)
{
	bool fresh, full = h->table.evicted != 0;
	struct challenge *c = table_put(&h->table, &hash, &fresh);
	uint64_t first = 0;

	if (!full && h->table.evicted != 0)
		full_say(out, op, "D-15", CHALLENGES);
	/* a retry of what had no answer is no reuse */
	if (!fresh && c->number != number && c->answered)
		first = c->frame;
	if (fresh || c->number != number)
		c->answered = false;
	c->answered |= answered;
	c->number = number;
	c->frame = op->pdu->frame;
	return first;
}

static void
challenged(struct handshake *h, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	struct bytes b = v->apdu->acse.authentication;
	bool asks = v->apdu->tag == DLMS_AARQ;
	struct waiting *w;
	uint64_t octets, hash, first;
	struct challenge *c;

	if (v->session == NULL || v->session->mechanism < HLS)
		return;
	w = waiting_of(h, v->session);
	if (!asks && (c = table_find(&h->table, &w->hash)) != NULL &&
	    c->number == w->number)
		c->answered = true;
	if (b.n == 0 || (!asks && op->result != OP_ACCEPTED))
		return;
	octets = siphash(h->key, b.p, b.n);
	hash = named(h, v, op, octets);
	first = used_before(h, op, hash, w->number, !asks, out);
	if (!varies(h, named(h, v, op, 0), octets))
		first = 0;
	if (first != 0)
		say(v, op, "reused", first, out);
	else if (!asks && w->octets == octets)
		say(v, op, "reflected", 0, out);
	else if (b.n < SHORTEST || b.n > LONGEST)
		say(v, op, "length", 0, out);
	if (asks) {
		w->octets = octets;
		w->hash = hash;
	}
}

/* An answer that grants something; doubt when it is only inferred. */
static bool
grants(const struct dlms_view *v, const struct op *op, bool *doubt)
{
	const struct dlms_apdu *a = v->apdu;

	*doubt = false;
	if (dlms_say_response(a->tag) && !a->cipher.there)
		return op->result != OP_REFUSED && v->request != NULL &&
		       !v->request->protected && !dlms_say_pass3(v->request);
	/* pass 3 is an action, and an error has no more octets than these */
	*doubt = true;
	return (a->tag == DLMS_GLO_GET_RESPONSE ||
	           a->tag == DLMS_DED_GET_RESPONSE) &&
	       a->cipher.text.n > ERROR_OCTETS;
}

static void
answered(struct handshake *h, const struct dlms_view *v, const struct op *op,
    struct event_sink *out)
{
	const struct session *s = v->session;
	struct waiting *w;
	struct event ev;
	bool doubt;

	if (s == NULL || s->state != SESSION_PENDING || v->opened ||
	    op->from != OP_FROM_SERVER || (s->flags & SESSION_COMPLETE) == 0 ||
	    !grants(v, op, &doubt))
		return;
	w = waiting_of(h, s);
	if (w->bypassed++ != 0)
		return;
	ev = dlms_say(v, op, &EV_DLMS_HLS_BYPASS, "D-14", BYPASS_ATTACK);
	ev.doubtful |= doubt;
	dlms_say_saps(&ev, v->apdu);
	event_add_u64(&ev, "mechanism", s->mechanism);
	event_add_u64(&ev, "tag", v->apdu->tag);
	event_add_u64(&ev, "passes", s->passes);
	out->emit(out, &ev);
}

static void
on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);

	if (v == NULL || !v->apdu->there || v->apdu->hdlc.repeated)
		return;
	if (v->apdu->tag == DLMS_AARQ || v->apdu->tag == DLMS_AARE)
		challenged(state, v, op, out);
	else
		answered(state, v, op, out);
}

static const struct detection detections[] = {
	{ "D-14", BYPASS_ATTACK, NULL },
	{ "D-15", REUSE_ATTACK, NULL },
	{ NULL, NULL, NULL },
};

static size_t
handshake_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct handshake *s = state;

	to[0] = kept_table("dlms.challenges", 1, &s->table);
	to[1] = kept_table("dlms.challengers", 1, &s->senders);
	to[2] = kept_array(
	    "dlms.passes", 1, s->waiting, sizeof(s->waiting[0]), SESSIONS);
	return 3;
}

const struct detector dlms_handshake_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON_ALL & ~DETECTOR_ON(OP_LINK) &
	         ~DETECTOR_ON(OP_REPORT) & ~DETECTOR_ON(OP_FLAW),
	.world = &dlms_world,
	.about = DLMS_ABOUT_MORE,
	.state_size = sizeof(struct handshake),
	.start = start,
	.on_op = on_op,
	.kept = handshake_kept,
};
