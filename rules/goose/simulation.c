/* SPDX-License-Identifier: Apache-2.0 */
/* G-16: simulated messages, and flags that disagree about it. */
#include <config.h>

#include "rules/goose/say.h"
#include "rules/policy.h"

struct simulation {
	const struct policy *policy;
};

static void
simulation_start(void *state, const struct setup *setup)
{
	struct simulation *s = state;

	s->policy = setup->policy;
}

static void
simulation_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct simulation *s = state;
	const struct goose_view *v = known;
	const struct policy_publisher *l = NULL;
	bool header, pdu;
	struct event ev;

	if ((v->news & GOOSE_SIMULATED) == 0)
		return;
	header = (v->unit->flags & GOOSE_SIM_HEADER) != 0;
	pdu = (v->unit->flags & GOOSE_SIM_PDU) != 0;
	if (pdu &&
	    policy_publisher(s->policy,
	        (struct bytes){ v->p->ref_octets, v->p->nref },
	        &l) == POLICY_LISTED &&
	    l->may_simulate)
		return;
	/* edition 1 has the flag in the PDU only: there it is no mismatch */
	ev = goose_say(
	    op, v, pdu ? &EV_GSE_SIMULATION : &EV_GOOSE_SEC_CHECK_FAIL, "G-16");
	event_add_u64(&ev, "reserved1_s", header);
	event_add_u64(&ev, "simulation", pdu);
	event_add_u64(&ev, "st", v->unit->st);
	event_add_u64(&ev, "sq", v->unit->sq);
	out->emit(out, &ev);
}

static const struct detection detections[] = {
	{ "G-16", "T0856,T0858", NULL },
	{ NULL, NULL, NULL },
};

const struct detector goose_simulation_detector = {
	.detections = detections,
	GOOSE_ON_VIEW,
	.state_size = sizeof(struct simulation),
	.start = simulation_start,
	.on_op = simulation_on_op,
};
