/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose counter a unit moves: who counts (the originator's title), toward whom,
 * under which key (IEC 62056-5-3, 5.3 and 5.5).
 */
#include <config.h>

#include "rules/meters/state.h"

#define DAY_S 86400
#define KEY_ID_BROADCAST 1 /* of general-ciphering's identified keys */

static enum meter_key
key_of(const struct dlms_apdu *a)
{
	const struct dlms_cipher *c = &a->cipher;
	uint8_t tag = a->tag == DLMS_AARQ || a->tag == DLMS_AARE
	                  ? (uint8_t)a->acse.user_tag.v
	                  : a->tag;

	if (tag == DLMS_GENERAL_DED || (tag >= 0x41 && tag <= 0x58) ||
	    (tag >= 0xd0 && tag <= 0xd7))
		return KEY_DED;
	if (c->key_info == DLMS_KEY_WRAPPED || c->key_info == DLMS_KEY_AGREED)
		return KEY_GENERAL;
	if ((c->sc & DLMS_SC_BROADCAST) != 0 ||
	    (c->key_info == DLMS_KEY_IDENTIFIED &&
	        c->key_id == KEY_ID_BROADCAST))
		return KEY_BROADCAST;
	return KEY_GLO;
}

static uint32_t
text_of(const struct meters *m, const struct dlms_cipher *c)
{
	uint64_t h = siphash(m->key, c->text.p, c->text.n) ^
	             siphash(m->key, c->tag.p, c->tag.n) * 3 ^ c->sc;

	h ^= h >> 32;
	return (uint32_t)h != 0 ? (uint32_t)h : 1;
}

static bool
has_title(const struct meter_stream *s)
{
	static const uint8_t none[METER_TITLE];

	return memcmp(s->title, none, METER_TITLE) != 0;
}

static struct who
who_counts(const struct meters *m, const struct session *s,
    const struct dlms_apdu *a, enum op_from from)
{
	const struct dlms_cipher *c = &a->cipher;
	struct who w = { .from = (uint8_t)from,
		.key = (uint8_t)key_of(a),
		.client_sap = s->key.client_sap,
		.any_sap = m->per_meter != 0 || s->group->ic_per_meter };

	if (c->title.n == METER_TITLE)
		memcpy(w.title, c->title.p, METER_TITLE);
	else if (from == OP_FROM_CLIENT)
		memcpy(w.title, s->client_title, METER_TITLE);
	else
		memcpy(w.title, s->meter_title, METER_TITLE);
	return w;
}

static struct meter_stream *
find(struct meters *m, uint32_t meter, const struct who *w)
{
	uint32_t i = m->meters[meter].streams;
	struct meter_stream *s;

	for (; i != NONE; i = m->streams[i].next) {
		s = &m->streams[i];
		if (s->key == w->key && s->from == w->from &&
		    (w->any_sap || s->client_sap == w->client_sap) &&
		    memcmp(s->title, w->title, METER_TITLE) == 0)
			return s;
	}
	s = slots_stream(m, meter);
	if (s == NULL)
		return NULL;
	memcpy(s->title, w->title, METER_TITLE);
	s->key = w->key;
	s->from = w->from;
	s->client_sap = w->client_sap;
	return s;
}

/*
 * A unit that names no title may be one that did, or the other way round: only
 * its octets tell.
 */
static const struct meter_stream *
twin(const struct meters *m, uint32_t meter, const struct meter_stream *of,
    const struct unit *u)
{
	uint32_t i = m->meters[meter].streams;

	for (; i != NONE; i = m->streams[i].next) {
		const struct meter_stream *s = &m->streams[i];

		if (s != of && s->key == of->key && s->from == of->from &&
		    (!has_title(s) || !has_title(of)) && s->key != KEY_DED &&
		    verdict_had(m, s, u))
			return s;
	}
	return NULL;
}

/*
 * Where one counter serves several keys or SAPs, what the others spent is no
 * gap here.
 */
static uint32_t
spent_elsewhere(const struct meters *m, uint32_t meter,
    const struct meter_stream *of, const struct counter_note *n)
{
	uint32_t i = m->meters[meter].streams, near = 0;

	for (; i != NONE; i = m->streams[i].next) {
		const struct meter_stream *s = &m->streams[i];

		if (s != of && s->from == of->from && s->last < n->ic &&
		    s->last > near &&
		    memcmp(s->title, of->title, METER_TITLE) == 0)
			near = s->last;
	}
	return near > n->ic - 1 - n->gap ? near : n->ic - 1 - n->gap;
}

/* Either way: packets may be a little out of order. */
static bool
is_near(uint32_t now_s, uint32_t then_s)
{
	return then_s != 0 &&
	       (now_s > then_s ? now_s - then_s : then_s - now_s) < DAY_S;
}

static bool
is_explained(const struct meters *m, const struct meter *meter)
{
	return is_near(m->now_s, meter->key_s) ||
	       is_near(m->now_s, meter->reset_ok_s);
}

/* Of a stream, before what else is needed of the unit. */
static void
judge(struct meters *m, uint32_t meter, struct meter_stream *stream,
    const struct unit *u, uint8_t sc, struct counter_note *n)
{
	const struct meter_stream *other =
	    stream->pdus == 0 || u->ic != stream->highest + 1
	        ? twin(m, meter, stream, u)
	        : NULL;

	verdict_take(m, stream, u, n);
	n->sc_before = n->verdict == COUNTER_FIRST ? SC_NONE : stream->sc;
	stream->sc = sc;
	if (n->verdict == COUNTER_NEXT && n->gap > 0)
		n->gap = n->ic - 1 - spent_elsewhere(m, meter, stream, n);
	if (other != NULL && n->verdict != COUNTER_COPY && !u->repeated)
		n->verdict = COUNTER_REPLAY;
	n->legitimate = is_explained(m, &m->meters[meter]);
	n->doubtful = !has_title(stream) && other == NULL;
}

void
streams_judge(struct meters *m, uint32_t meter, const struct counted *c,
    struct counter_note *n)
{
	struct meter_stream *stream = find(m, meter, &c->who);

	if (stream != NULL)
		judge(m, meter, stream, &c->unit, c->sc, n);
}

static struct unit
unit_of(const struct meters *m, const struct session *s, const struct op *op,
    const struct dlms_apdu *a)
{
	return (struct unit){ .ic = a->cipher.ic,
		.text = text_of(m, &a->cipher),
		.session = s->number,
		.reorders = op->pdu->carrier == OVER_UDP,
		.repeated = a->hdlc.repeated };
}

/* Whether the unit waits until it is known what its meter was. */
static enum waiting
wait_for(struct meters *m, struct session *s, const struct op *op,
    const struct dlms_apdu *a, const struct who *w)
{
	struct counted c;

	if (m->nopen == 0)
		return WAITS_NOT;
	c = (struct counted){ *w, unit_of(m, s, op, a), a->cipher.sc };
	return open_note(m, s->meter, op->pdu, &c);
}

void
streams_observe(struct meters *m, struct session *s, const struct op *op,
    const struct dlms_apdu *a, enum op_from from)
{
	struct meter_stream *stream;
	enum waiting waits;
	struct who w;
	struct unit u;

	if (!a->cipher.there)
		return;
	w = who_counts(m, s, a, from);
	waits = wait_for(m, s, op, a, &w);
	if (waits == WAITS)
		return;
	stream = find(m, s->meter, &w);
	if (stream == NULL)
		return;
	sessions_held(s)->stream = (uint32_t)(stream - m->streams);
	verdict_expect(m, stream, a->cipher.ic);
	u = unit_of(m, s, op, a);
	judge(m, s->meter, stream, &u, a->cipher.sc, &m->view.counter);
	m->view.counter.doubtful |= waits == WAITS_NO_MORE;
}
