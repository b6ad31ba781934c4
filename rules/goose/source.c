/* SPDX-License-Identifier: Apache-2.0 */
/* G-01 to G-03, G-24: who publishes a control block, and where it is seen. */
#include <config.h>

#include "rules/goose/say.h"
#include "rules/policy.h"
#include "rules/when.h"

#define T_S 60

struct source {
	uint32_t n; /* new sources of a stream that are said in a minute */
	const struct policy *policy;
};

static void
source_start(void *state, const struct setup *setup)
{
	struct source *s = state;

	s->policy = setup->policy;
}

static bool
is_listed(const struct policy_publisher *pub, const struct goose_view *v)
{
	for (uint8_t i = 0; pub != NULL && i < pub->macs; i++)
		if (memcmp(pub->mac[i], v->unit->mac, 6) == 0)
			return true;
	return false;
}

static void
say(const struct op *op, const struct goose_view *v,
    const struct event_def *def, const char *det, struct event_sink *out)
{
	struct event ev = goose_say(op, v, def, det);

	if (v->was.kind != GOOSE_NONE && (v->news & GOOSE_IS_NEW) == 0)
		goose_say_mac(&ev, "known_as", v->was.mac, v->p->routed);
	goose_say_mac(&ev, "from", v->unit->mac, v->p->routed);
	event_add_u64(&ev, "appid", v->pdu->appid);
	event_add_u64(&ev, "st", v->unit->st);
	event_add_u64(&ev, "sq", v->unit->sq);
	out->emit(out, &ev);
}

static void
segment(const struct op *op, const struct goose_view *v,
    const struct policy_publisher *pub, struct event_sink *out)
{
	uint16_t vlan = v->unit->config.vlan;
	struct event ev;

	for (uint8_t i = 0; i < pub->nsegments; i++)
		if (pub->segments[i] == vlan)
			return;
	/* the tag may have been stripped on the way to the sensor */
	if (pub->nsegments == 0 || vlan == 0 ||
	    (v->p->said & GOOSE_SAID_SEGMENT) != 0)
		return;
	v->p->said |= GOOSE_SAID_SEGMENT;
	ev = goose_say(op, v, &EV_GSE_SEGMENT, "G-24");
	event_add_u64(&ev, "segment", vlan);
	out->emit(out, &ev);
}

static void
source_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct source *s = state;
	const struct goose_view *v = known;
	const struct policy_publisher *pub = NULL;
	enum policy_answer answer;
	bool other;

	if ((v->news & (GOOSE_IS_NEW | GOOSE_OTHER_MAC | GOOSE_BOTH |
	                   GOOSE_RECONFIGURED)) == 0)
		return;
	answer = policy_publisher(
	    s->policy, (struct bytes){ v->p->ref_octets, v->p->nref }, &pub);
	if (answer == POLICY_UNLISTED && (v->news & GOOSE_IS_NEW) != 0)
		say(op, v, &EV_GSE_UNKNOWN_PUBLISHER, "G-01", out);
	if (answer != POLICY_LISTED)
		pub = NULL;
	if (pub != NULL)
		segment(op, v, pub, out);
	other = (v->news & GOOSE_OTHER_MAC) != 0 ||
	        ((v->news & GOOSE_IS_NEW) != 0 && pub != NULL && pub->macs > 0);
	if (is_listed(pub, v))
		return; /* one of a redundant pair */
	if (other && pace_hit(&v->p->macs, T_S, when_ms(op->pdu->at)) <= s->n)
		say(op, v, &EV_GSE_PUBLISHER_CHANGE, "G-02", out);
	if ((v->news & GOOSE_BOTH) != 0)
		say(op, v, &EV_GSE_DUAL_PUBLISHER, "G-03", out);
}

static const struct parameter of_change[] = {
	{ "n", offsetof(struct source, n), 8, 1, UINT32_MAX },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ "G-01", "T0848,T0855", NULL },
	{ "G-02", "T0849", of_change },
	{ "G-03", "T0849,T0830", NULL },
	{ "G-24", "T0842", NULL },
	{ NULL, NULL, NULL },
};

const struct detector goose_source_detector = {
	.detections = detections,
	.needs_policy = "G-01,G-24",
	GOOSE_ON_VIEW,
	.state_size = sizeof(struct source),
	.start = source_start,
	.on_op = source_on_op,
};
