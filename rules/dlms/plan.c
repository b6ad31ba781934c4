/* SPDX-License-Identifier: Apache-2.0 */
/* D-62, D-64, D-65: networks, TLS and addresses that the plan leaves out. */
#include <config.h>

#include <stdio.h>

#include "rules/dlms/say.h"

#define ADDRESS_SHOWN 32 /* octets */
#define GATEWAY_ATTACK "T0884"
#define CLEAR_ATTACK "T0842"
#define FOREIGN_ATTACK "T0883,T0822"

struct plan {
	const struct policy *policy;
	struct dlms_flows flows; /* checked */
};

static void
start(void *state, const struct setup *s)
{
	struct plan *p = state;

	p->policy = s->policy;
}

/* As the policy has it. */
static void
add_address(struct event *ev, struct bytes address)
{
	char hex[2 * ADDRESS_SHOWN + 1] = "";

	for (size_t i = 0; i < address.n && i < ADDRESS_SHOWN; i++)
		snprintf(hex + 2 * i, 3, "%02x", address.p[i]);
	event_add_text(ev, "address", hex);
}

/* D-62 */
static void
through_gateway(const struct plan *p, const struct dlms_view *v,
    const struct op *op, struct event_sink *out)
{
	const struct dlms_apdu *a = v->apdu;
	struct event ev;

	if (policy_gateway(p->policy, a->network, a->address) !=
	    POLICY_UNLISTED)
		return;
	ev = dlms_say(v, op, &EV_DLMS_GATEWAY_UNKNOWN, "D-62", GATEWAY_ATTACK);
	event_add_u64(&ev, "network", a->network);
	add_address(&ev, a->address);
	dlms_say_saps(&ev, a);
	out->emit(out, &ev);
}

/* D-64 */
static void
without_tls(
    const struct dlms_view *v, const struct op *op, struct event_sink *out)
{
	struct event ev;

	if (!v->group->tls || op->pdu->carrier != OVER_TCP)
		return;
	ev = dlms_say(v, op, &EV_DLMS_NO_TLS, "D-64", CLEAR_ATTACK);
	event_add_u64(&ev, "tag", v->apdu->tag);
	dlms_say_saps(&ev, v->apdu);
	out->emit(out, &ev);
}

/* D-65 */
static void
foreign(const struct plan *p, const struct dlms_view *v, const struct op *op,
    const struct endpoint *e, struct event_sink *out)
{
	struct event_str ip;
	struct event ev;

	if (policy_dlms_address(p->policy, e->ip) != POLICY_UNLISTED)
		return;
	ev = dlms_say(v, op, &EV_DLMS_FOREIGN_PEER, "D-65", FOREIGN_ATTACK);
	ev.dst_is_peer = e == &op->pdu->dst;
	ip = event_address(e);
	event_add(&ev, "foreign", event_bytes(&ip));
	dlms_say_saps(&ev, v->apdu);
	out->emit(out, &ev);
}

static void
on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct dlms_view *v = dlms_view(known);
	struct plan *p = state;

	if (v == NULL || !v->apdu->there)
		return;
	if (v->apdu->tag == DLMS_GATEWAY_REQUEST)
		through_gateway(p, v, op, out);
	if (!dlms_say_new_flow(&p->flows, op->pdu->flow))
		return;
	without_tls(v, op, out);
	foreign(p, v, op, &op->pdu->src, out);
	foreign(p, v, op, &op->pdu->dst, out);
}

static const struct detection detections[] = {
	{ "D-62", GATEWAY_ATTACK, NULL },
	{ "D-64", CLEAR_ATTACK, NULL },
	{ "D-65", FOREIGN_ATTACK, NULL },
	{ NULL, NULL, NULL },
};

static size_t
plan_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct plan *s = state;

	to[0] = kept_array("dlms.planned-flows", 1, s->flows.flow,
	    sizeof(s->flows.flow[0]), DLMS_FLOWS);
	return 1;
}

const struct detector dlms_plan_detector = {
	.detections = detections,
	.needs_policy = "D-62,D-64,D-65",
	.protocol = "dlms",
	.kinds =
	    DETECTOR_ON_ALL & ~DETECTOR_ON(OP_LINK) & ~DETECTOR_ON(OP_FLAW),
	.world = &dlms_world,
	.state_size = sizeof(struct plan),
	.start = start,
	.on_op = on_op,
	.kept = plan_kept,
};
