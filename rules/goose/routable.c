/* SPDX-License-Identifier: Apache-2.0 */
/* G-22: R-GOOSE and R-SV of unknown senders, or without a signature. */
#include <config.h>

#include "dissectors/rgoose/rgoose.h"
#include "rules/goose/say.h"
#include "rules/policy.h"

#define DET "G-22"

struct routable {
	const struct policy *policy;
};

static void
routable_start(void *state, const struct setup *setup)
{
	struct routable *s = state;

	s->policy = setup->policy;
}

static void
unknown(
    const struct op *op, const struct rgoose_spdu *s, struct event_sink *out)
{
	struct event ev = event_about(op, &EV_RGOOSE_UNKNOWN, DET);

	ev.subject = event_address(&op->pdu->src);
	event_add_u64(&ev, "spdu", s->si);
	event_add_u64(&ev, "appid", s->goose.appid);
	out->emit(out, &ev);
}

static void
routable_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct routable *s = state;
	const struct rgoose_spdu *spdu = rgoose_msg(op);
	const struct goose_view *v = known;
	struct event ev;

	if (spdu->si != RGOOSE_GOOSE && spdu->si != RGOOSE_SV)
		return;
	if (policy_rgoose_source(s->policy, op->pdu->src.ip) == POLICY_UNLISTED)
		unknown(op, spdu, out);
	/* one that never signs is told of once */
	if (v == NULL || (v->news & GOOSE_IS_NEW) == 0 || spdu->mac.n > 0)
		return;
	ev = goose_say(op, v, &EV_GOOSE_NO_AUTHVALUE, DET);
	event_add_u64(&ev, "key_id", spdu->key_id);
	event_add_u64(&ev, "spdu", spdu->si);
	out->emit(out, &ev);
}

static const struct detection detections[] = {
	{ DET, "T0848", NULL },
	{ NULL, NULL, NULL },
};

const struct detector goose_routable_detector = {
	.detections = detections,
	.protocol = "rgoose",
	.kinds = DETECTOR_ON(OP_REPORT),
	.world = &goose_world,
	.state_size = sizeof(struct routable),
	.start = routable_start,
	.on_op = routable_on_op,
};
