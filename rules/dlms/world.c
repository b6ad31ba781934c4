/* SPDX-License-Identifier: Apache-2.0 */
/* The world of DLMS meters: rules/meters, op by op. */
#include <config.h>

#include "dissectors/transport.h"
#include "rules/dlms/rights.h"
#include "rules/dlms/unseal.h"
#include "rules/full.h"
#include "rules/meters/state.h"

#define DAY_S 86400

static void
world_start(void *state, const struct setup *setup)
{
	struct meters *m = state;

	slots_start(state, setup);
	m->unseal = setup->unseal;
}

/* Between what one meter's sessions begin, as it usually is. */
static void
learn_interval(struct meter *meter, uint32_t now_s)
{
	uint32_t since = now_s > meter->last_s ? now_s - meter->last_s : 0;

	if (since < 60 || meter->first_s == meter->last_s)
		return;
	meter->interval_s = meter->interval_s == 0
	                        ? since
	                        : (meter->interval_s * 3 + since) / 4;
}

static void
note_capture(struct meters *m, const char *name)
{
	if (m->capture != 0 && m->captures[m->capture % METER_CAPTURES] == name)
		return;
	if (m->capture < UINT16_MAX)
		m->capture++;
	m->captures[m->capture % METER_CAPTURES] = name;
}

static void
touch(struct meters *m, struct meter *meter, const struct pdu *pdu)
{
	learn_interval(meter, m->now_s);
	note_capture(m, pdu->capture);
	meter->frame = pdu->frame <= UINT32_MAX ? (uint32_t)pdu->frame : 0;
	meter->capture = m->capture;
	if (m->now_s > meter->last_s)
		meter->last_s = m->now_s;
	keep_dirty(m, (uint32_t)(meter - m->meters));
	meter->flags &= (uint8_t)~METER_SILENT;
}

/* H-8, once each: meters have to leave, or sessions that are in use. */
static void
tell_full(struct meters *m, const struct op *op, struct event_sink *out)
{
	if (m->evicted > 0 && !m->said_full) {
		m->said_full = true;
		full_say(out, op, "meters", m->meter_pool.cap);
	}
	if (m->crowded_ms > 0 && !m->said_crowded) {
		m->said_crowded = true;
		full_say(out, op, "sessions", m->sessions.cap);
	}
}

static bool
is_readable(const struct op *op, const struct dlms_apdu *a)
{
	return a->there && op->kind != OP_FLAW &&
	       (op->verdict == RD_OK || op->verdict == RD_TRAILING);
}

/* On a serial line it may have been opened before the connection was. */
static bool
is_bare(const struct session *s, const struct op *op, const struct dlms_apdu *a)
{
	return (s->state == SESSION_UNKNOWN || s->state == SESSION_REFUSED) &&
	       op->pdu->carrier == OVER_TCP && op->pdu->flow != 0 &&
	       op->pdu->state == KNOW_COMPLETE && a->framing != DLMS_HDLC &&
	       !policy_pre_established(s->group->of, s->key.client_sap);
}

static void
see(struct meters *m, const struct op *op, const struct dlms_apdu *a,
    enum op_from from)
{
	struct dlms_view *v = &m->view;
	bool readable = is_readable(op, a);
	struct session *s = sessions_find(m, op, a, from, readable);

	if (s == NULL)
		return;
	if (a->hdlc.kind != DLMS_HDLC_UNKNOWN && !a->there)
		sessions_link(s, a);
	if (readable) {
		associate_observe(m, s, op, a, from);
		pairs_observe(m, s, op, a, from);
		streams_observe(m, s, op, a, from);
		touch(m, &m->meters[s->meter], op->pdu);
	}
	v->session = s;
	v->meter = &m->meters[s->meter];
	v->assoc = associate_of(m, s, readable);
	if (v->assoc != NULL)
		sessions_held(s)->assoc = (uint32_t)(v->assoc - m->assocs);
	v->group = s->group;
	v->bare = is_bare(s, op, a);
}

/* Classes whose reading tells detectors more than that they are read. */
static bool
is_telling(uint16_t class_id)
{
	return class_id == CLASS_CLOCK || class_id == CLASS_IMAGE ||
	       class_id == CLASS_SECURITY || class_id == CLASS_DISCONNECT ||
	       class_id == CLASS_LIMITER;
}

/* Under the same suite as before, and not with the key of all meters. */
static bool
is_as_before(const struct counter_note *n, uint8_t sc)
{
	return n->verdict == COUNTER_NONE ||
	       ((n->sc_before == SC_NONE ||
	            ((n->sc_before ^ sc) & DLMS_SC_SUITE) == 0) &&
	           (sc & DLMS_SC_SUITE) <= 2 &&
	           n->stream->key != KEY_BROADCAST);
}

static bool
is_reading(const struct dlms_view *v)
{
	const struct dlms_apdu *a = v->apdu;

	switch (a->tag) {
	case DLMS_GET_REQUEST:
	case DLMS_GET_RESPONSE:
		return v->request != NULL && v->request->items == 1 &&
		       v->request->service == DLMS_GET &&
		       !is_telling(v->request->class_id);
	case DLMS_GLO_GET_REQUEST:
	case DLMS_GLO_GET_RESPONSE:
	case DLMS_DED_GET_REQUEST:
	case DLMS_DED_GET_RESPONSE:
		return a->cipher.there && a->cipher.title.n == 0 &&
		       is_as_before(&v->counter, a->cipher.sc);
	default:
		return false;
	}
}

/* What a key opened, right within a unit of one service: as if in clear. */
static bool
is_opened(const struct meters *m, const struct op *op)
{
	const struct dlms_apdu *outer;

	if (m->unseal == NULL || op->outer->outer != NULL)
		return false;
	outer = op->outer->msg;
	return outer->cipher.there && outer->cipher.title.n == 0;
}

static uint32_t
about(const struct meters *m, const struct dlms_view *v, const struct op *op)
{
	const struct session *s = v->session;

	if (s == NULL || s->state != SESSION_OPEN || v->opened || v->moved ||
	    v->replaced || v->new_meter || v->other != NULL ||
	    v->meter->moved_s != 0 || op->result == OP_REFUSED ||
	    op->kind == OP_FLAW || (op->outer != NULL && !is_opened(m, op)) ||
	    !is_reading(v))
		return DLMS_ABOUT_MORE;
	return 0;
}

static const void *
world_observe(void *state, const struct op *op, struct event_sink *out)
{
	struct meters *m = state;
	const struct dlms_apdu *a = dlms_msg(op);
	struct dlms_view *v = &m->view;
	enum op_from from;

	if (a == NULL) {
		sessions_transport(m, op);
		return NULL;
	}
	memset(v, 0, sizeof(*v));
	v->apdu = a;
	if (!a->hdlc.crc_error) {
		m->now_s =
		    op->pdu->at.tv_sec > 0 ? (uint32_t)op->pdu->at.tv_sec : 1;
		from = v->from = sessions_from(m, op, a);
		v->client =
		    from == OP_FROM_SERVER ? &op->pdu->dst : &op->pdu->src;
		v->server =
		    from == OP_FROM_SERVER ? &op->pdu->src : &op->pdu->dst;
		see(m, op, a, from);
		tell_full(m, op, out);
	}
	if (v->group == NULL)
		v->group = policy_group(
		    m->policy, (struct bytes){ NULL, 0 }, op->pdu->src.ip);
	v->about = about(m, v, op);
	if (m->unseal != NULL && unseal_note(m->unseal, op) != NULL)
		v->about |= DLMS_ABOUT_KEY;
	return v;
}

static void
world_settle(void *state, const struct op *op)
{
	struct meters *m = state;

	if (dlms_msg(op) != NULL)
		associate_settle(m, op);
}

static void
world_expect(const void *state, const void *hint)
{
	sessions_expect(state, hint);
}

static void
world_recall(void *state, const struct memory_meter *meter)
{
	keep_recall(state, meter);
}

static void
world_remember(void *state, struct memory *memory)
{
	keep_remember(state, memory);
}

static void
world_answered(void *state, const struct memory_answer *answer)
{
	open_answer(state, answer);
}

static const struct parameter parameters[] = {
	{ "ic_per_meter", offsetof(struct meters, per_meter), 0, 0, 1 },
	{ NULL, 0, 0, 0, 0 },
};

static void
world_on_policy(void *state)
{
	sessions_policy(state);
}

const struct world dlms_world = {
	.protocol = "dlms",
	.parameters = parameters,
	.size = slots_size,
	.start = world_start,
	.observe = world_observe,
	.expect = world_expect,
	.about_at = offsetof(struct dlms_view, about),
	.settle = world_settle,
	.recall = world_recall,
	.remember = world_remember,
	.on_policy = world_on_policy,
	.answered = world_answered,
	.kept = resume_kept,
};
