/* SPDX-License-Identifier: Apache-2.0 */
/* P-01, P-31, P-32: who controls an outstation, and over which connection. */
#include <config.h>

#include "rules/dnp3/doubts.h"
#include "rules/dnp3/say.h"
#include "rules/policy.h"

#define DET_MASTER "P-01"
#define DET_TLS "P-31"
#define DET_TAKEOVER "P-32"

struct masters {
	const struct policy *policy;
	struct dnp3_doubts doubts;
};

static void
masters_start(void *state, const struct setup *setup)
{
	struct masters *m = state;

	m->policy = setup->policy;
	dnp3_doubts_start(&m->doubts, setup);
}

static struct event
about_master(const struct op *op, const struct dnp3_view *v, const char *by)
{
	struct event ev = dnp3_say(op, v, &EV_DNP_UNKNOWN_MASTER, DET_MASTER);

	ev.doubtful = false; /* an address is one, whatever came before */
	ev.dst_is_peer = !v->from_master && v->rival == NULL;
	dnp3_say_ip(&ev, "master", v->a->key.master);
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_text(&ev, "by", by);
	if (v->rival != NULL)
		dnp3_say_ip(&ev, "known_at", v->rival);
	if (v->app != NULL)
		event_add_u64(&ev, "function", v->app->function);
	return ev;
}

static void
say_master(const struct op *op, const struct dnp3_view *v, const char *by,
    bool doubtful, struct event_sink *out)
{
	struct event ev = about_master(op, v, by);

	ev.doubtful = doubtful;
	out->emit(out, &ev);
}

static bool
is_listed(const struct masters *m, const struct dnp3_view *v)
{
	return policy_master(m->policy, POLICY_DNP3, v->a->key.master,
	           v->a->key.station) == POLICY_LISTED;
}

/* That the first one is still there shows when it speaks, or closes. */
static void
say_when_alive(struct masters *m, const struct op *op,
    const struct dnp3_view *v, const struct event *ev, struct event_sink *out)
{
	if (v->request && dnp3_is_critical(v->app))
		out->emit(out, ev);
	else
		dnp3_doubts_put_on(&m->doubts, v->rival_flow, op, v, ev);
}

static void
see_newcomer(struct masters *m, const struct op *op, const struct dnp3_view *v,
    struct event_sink *out)
{
	bool critical = v->request && dnp3_is_critical(v->app);
	bool intrudes = (v->news & DNP3_INTRUDES) != 0 &&
	                (v->a->flags & DNP3_SAME_LINK) != 0;
	struct event ev;

	if (!critical && !intrudes)
		return;
	dnp3_habits(v->a)->newcomer_said = critical;
	ev = about_master(op, v,
	    intrudes ? "link address of another master"
	             : "commands beside another master");
	if (intrudes)
		say_when_alive(m, op, v, &ev, out);
	else
		out->emit(out, &ev);
}

static void
see_master(struct masters *m, const struct op *op, const struct dnp3_view *v,
    struct event_sink *out)
{
	if ((v->a->flags & DNP3_UNLISTED) != 0) {
		if ((v->news & DNP3_BEGINS) != 0)
			say_master(op, v, "policy", false, out);
		return;
	}
	if (is_listed(m, v))
		return;
	if ((v->news & DNP3_OTHER_MAC) != 0 && v->request &&
	    dnp3_is_critical(v->app) && op->pdu->carrier == OVER_UDP)
		say_master(op, v, "another MAC address", true, out);
	if (dnp3_is_newcomer(v) && !dnp3_habits(v->a)->newcomer_said)
		see_newcomer(m, op, v, out);
}

static struct event
about_takeover(
    const struct op *op, const struct dnp3_view *v, const uint8_t from[16])
{
	struct event ev = dnp3_say(op, v, &EV_DNP_LINK_TAKEOVER, DET_TAKEOVER);

	dnp3_say_ip(&ev, "from", from);
	dnp3_say_ip(&ev, "to", v->a->key.master);
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	return ev;
}

static void
see_connection(struct masters *m, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct event ev;

	if (op->pdu->carrier != OVER_TCP)
		return;
	if ((v->news & DNP3_BOTH) != 0) {
		ev = about_takeover(op, v, v->a->key.master);
		out->emit(out, &ev);
	}
	if ((v->news & DNP3_INTRUDES) != 0 &&
	    (v->a->flags & DNP3_SAME_LINK) != 0 &&
	    policy_same_group(m->policy, POLICY_DNP3, v->rival,
	        v->a->key.master, v->a->key.station) != POLICY_LISTED) {
		ev = about_takeover(op, v, v->rival);
		say_when_alive(m, op, v, &ev, out);
	}
}

static void
see_clear(const struct masters *m, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct event ev;

	if (!policy_station(m->policy, POLICY_DNP3, v->a->key.station)->tls)
		return;
	ev = dnp3_say(op, v, &EV_DNP_NO_TLS, DET_TLS);
	ev.doubtful = false;
	ev.dst_is_peer = !v->from_master;
	dnp3_say_ip(&ev, "master", v->a->key.master);
	out->emit(out, &ev);
}

static void
masters_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dnp3_view *v = known;
	struct masters *m = state;

	if (m->doubts.n > 0)
		dnp3_doubts_see(&m->doubts, op, v, NULL, out);
	if (v == NULL)
		return;
	if (v->from_master)
		see_master(m, op, v, out);
	if ((v->news & DNP3_MOVED) != 0)
		say_master(
		    op, v, "link address of another outstation", true, out);
	if ((v->news & (DNP3_BOTH | DNP3_INTRUDES)) != 0)
		see_connection(m, op, v, out);
	if ((v->news & DNP3_NEW_FLOW) != 0)
		see_clear(m, op, v, out);
}

static const struct detection detections[] = {
	{ DET_MASTER, "T0848,T0849", NULL },
	{ DET_TLS, "T0842", NULL },
	{ DET_TAKEOVER, "T0848", NULL },
	{ NULL, NULL, NULL },
};

static size_t
masters_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct masters *m = state;

	to[0] = dnp3_doubts_kept("dnp3.masters", &m->doubts);
	return 1;
}

const struct detector dnp3_masters_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON_ALL,
	.transport_kinds = DETECTOR_ON(OP_LINK) | DETECTOR_ON(OP_OTHER),
	.world = &dnp3_world,
	.needs_policy = DET_TLS,
	.state_size = sizeof(struct masters),
	.start = masters_start,
	.on_op = masters_on_op,
	.kept = masters_kept,
};
