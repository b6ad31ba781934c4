/* SPDX-License-Identifier: Apache-2.0 */
/* D-29, D-30: what the operator's keys say of protected APDUs. */
#include <config.h>

#include "rules/dlms/say.h"
#include "rules/dlms/unseal.h"
#include "rules/full.h"

#define FALSE_ATTACK "T0830,T0856"
#define PUBLISHED_ATTACK "T0812,T0891"

struct tags {
	const struct unseal *unseal;
};

static void
tags_start(void *state, const struct setup *setup)
{
	struct tags *t = state;

	t->unseal = setup->unseal;
}

static void
say(const struct dlms_view *v, const struct op *op, const struct unseal_note *n,
    const struct event_def *def, const char *det, const char *attack,
    struct event_sink *out)
{
	const struct dlms_cipher *c = &v->apdu->cipher;
	struct event ev = dlms_say(v, op, def, det, attack);

	if (def == &EV_COMM_PACKET_AUTHENTICATION_FAIL)
		event_add_u64(&ev, "X.PacketID", op->pdu->frame);
	dlms_say_saps(&ev, v->apdu);
	event_add_text(&ev, "key", n->key);
	if (n->hls)
		event_add_text(
		    &ev, "hls_pass", op->from == OP_FROM_CLIENT ? "3" : "4");
	if (c->there) {
		event_add_u64(&ev, "sc", c->sc);
		event_add_u64(&ev, "ic", c->ic);
	}
	out->emit(out, &ev);
}

static void
tags_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct tags *t = state;
	const struct dlms_view *v = dlms_view(known);
	const struct unseal_note *n = unseal_note(t->unseal, op);

	if (n == NULL || v == NULL)
		return;
	if (n->verdict == UNSEAL_FALSE)
		say(v, op, n, &EV_COMM_PACKET_AUTHENTICATION_FAIL, "D-29",
		    FALSE_ATTACK, out);
	else if (n->verdict == UNSEAL_STALE)
		say(v, op, n, &EV_DLMS_KEY_STALE, "D-29", NULL, out);
	if (n->published)
		say(v, op, n, &EV_DLMS_DEFAULT_KEY, "D-30", PUBLISHED_ATTACK,
		    out);
	if (n->full > 0)
		full_say(out, op, "D-29", n->full);
}

static const struct detection detections[] = {
	{ "D-29", FALSE_ATTACK, NULL },
	{ "D-30", PUBLISHED_ATTACK, NULL },
	{ NULL, NULL, NULL },
};

const struct detector dlms_tags_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON_ALL & ~DETECTOR_ON(OP_FLAW),
	.world = &dlms_world,
	.about = DLMS_ABOUT_KEY,
	.state_size = sizeof(struct tags),
	.start = tags_start,
	.on_op = tags_on_op,
};
