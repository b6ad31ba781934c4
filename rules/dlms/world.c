/* SPDX-License-Identifier: Apache-2.0 */
/* The world of DLMS meters: rules/meters, op by op. */
#include <config.h>

#include "dissectors/transport.h"
#include "rules/full.h"
#include "rules/meters/state.h"

#define DAY_S 86400

static void
world_start(void *state, const struct setup *setup)
{
	slots_start(state, setup);
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
touch(struct meters *m, struct meter *meter)
{
	learn_interval(meter, m->now_s);
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
		touch(m, &m->meters[s->meter]);
	}
	v->session = s;
	v->meter = &m->meters[s->meter];
	v->assoc = associate_of(m, s, readable);
	v->group = s->group;
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
world_recall(void *state, const struct memory_meter *meter)
{
	keep_recall(state, meter);
}

static void
world_remember(void *state, struct memory *memory)
{
	keep_remember(state, memory);
}

static const struct parameter parameters[] = {
	{ "ic_per_meter", offsetof(struct meters, per_meter), 0, 0, 1 },
	{ NULL, 0, 0, 0, 0 },
};

const struct world dlms_world = {
	.protocol = "dlms",
	.parameters = parameters,
	.size = slots_size,
	.start = world_start,
	.observe = world_observe,
	.settle = world_settle,
	.recall = world_recall,
	.remember = world_remember,
};
