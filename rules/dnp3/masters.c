/* SPDX-License-Identifier: Apache-2.0 */
/* P-01, P-31, P-32: who controls an outstation, and over which connection. */
#include <config.h>

#include "rules/dnp3/say.h"
#include "rules/policy.h"

#define DET_MASTER "P-01"
#define DET_TLS "P-31"
#define DET_TAKEOVER "P-32"

struct masters {
	const struct policy *policy;
};

static void
masters_start(void *state, const struct setup *setup)
{
	((struct masters *)state)->policy = setup->policy;
}

static void
say_master(const struct op *op, const struct dnp3_view *v, const char *by,
    bool doubtful, struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, &EV_DNP_UNKNOWN_MASTER, DET_MASTER);

	ev.doubtful = doubtful;
	ev.dst_is_peer = !v->from_master && v->rival == NULL;
	dnp3_say_ip(&ev, "master", v->a->key.master);
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	event_add_text(&ev, "by", by);
	if (v->rival != NULL)
		dnp3_say_ip(&ev, "known_at", v->rival);
	if (v->app != NULL)
		event_add_u64(&ev, "function", v->app->function);
	out->emit(out, &ev);
}

static bool
is_listed(const struct masters *m, const struct dnp3_view *v)
{
	return policy_master(m->policy, POLICY_DNP3, v->a->key.master,
	           v->a->key.station) == POLICY_LISTED;
}

static void
see_master(const struct masters *m, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	struct dnp3_habits *h = v->a->habits;
	bool critical = v->request && dnp3_is_critical(v->app);

	if ((v->a->flags & DNP3_UNLISTED) != 0) {
		if ((v->news & DNP3_BEGINS) != 0)
			say_master(op, v, "policy", false, out);
		return;
	}
	if (is_listed(m, v))
		return;
	if (critical && (v->news & DNP3_OTHER_MAC) != 0 &&
	    op->pdu->carrier == OVER_UDP)
		say_master(op, v, "another MAC address", true, out);
	if (!dnp3_is_newcomer(v) || h->newcomer_said)
		return;
	if ((v->a->flags & DNP3_SAME_LINK) == 0 && !critical)
		return;
	h->newcomer_said = true;
	say_master(op, v,
	    (v->a->flags & DNP3_SAME_LINK) != 0
	        ? "link address of another master"
	        : "commands beside another master",
	    false, out);
}

static void
say_takeover(const struct op *op, const struct dnp3_view *v,
    const uint8_t from[16], struct event_sink *out)
{
	struct event ev = dnp3_say(op, v, &EV_DNP_LINK_TAKEOVER, DET_TAKEOVER);

	dnp3_say_ip(&ev, "from", from);
	dnp3_say_ip(&ev, "to", v->a->key.master);
	event_add_u64(&ev, "master_link", v->a->key.master_link);
	out->emit(out, &ev);
}

static void
see_connection(const struct masters *m, const struct op *op,
    const struct dnp3_view *v, struct event_sink *out)
{
	const uint8_t *rival = v->rival;

	if (op->pdu->carrier != OVER_TCP)
		return;
	if ((v->news & DNP3_BOTH) != 0)
		say_takeover(op, v, v->a->key.master, out);
	if ((v->news & DNP3_INTRUDES) != 0 &&
	    (v->a->flags & DNP3_SAME_LINK) != 0 &&
	    policy_same_group(m->policy, POLICY_DNP3, rival, v->a->key.master,
	        v->a->key.station) != POLICY_LISTED)
		say_takeover(op, v, rival, out);
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

	if (v->from_master)
		see_master(state, op, v, out);
	if ((v->news & DNP3_MOVED) != 0)
		say_master(
		    op, v, "link address of another outstation", true, out);
	if ((v->news & (DNP3_BOTH | DNP3_INTRUDES)) != 0)
		see_connection(state, op, v, out);
	if ((v->news & DNP3_NEW_FLOW) != 0)
		see_clear(state, op, v, out);
}

static const struct detection detections[] = {
	{ DET_MASTER, "T0848,T0849", NULL },
	{ DET_TLS, "T0842", NULL },
	{ DET_TAKEOVER, "T0848", NULL },
	{ NULL, NULL, NULL },
};

const struct detector dnp3_masters_detector = {
	.detections = detections,
	.protocol = "dnp3",
	.kinds = DETECTOR_ON_ALL,
	.world = &dnp3_world,
	.on_view = true,
	.needs_policy = DET_TLS,
	.state_size = sizeof(struct masters),
	.start = masters_start,
	.on_op = masters_on_op,
};
