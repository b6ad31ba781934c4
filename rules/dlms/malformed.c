/* SPDX-License-Identifier: Apache-2.0 */
/* D-54: DLMS units that cannot be read, or say what they must not. */
#include <config.h>

#include "dissectors/dlms/dlms.h"
#include "rules/flaws.h"
#include "rules/meters/meters.h"

#define DET "D-54"
#define ATTACK "T0814,T0819"
#define STANDARD "IEC62351-14:5.1" /* REQUEST_INVALID */

/* The meter's side; the sender as long as nobody knows. */
static const struct endpoint *
meter(const struct op *op)
{
	return op->from == OP_FROM_CLIENT ? &op->pdu->dst : &op->pdu->src;
}

static void
add(struct event *ev, const struct op *op)
{
	const struct dlms_apdu *a = dlms_msg(op);

	ev->subject = event_address(meter(op));
	if (a->from != OP_FROM_UNKNOWN && !a->hdlc.crc_error) {
		event_add_u64(ev, "client_sap", a->client_sap);
		event_add_u64(ev, "server_sap", a->server_sap);
	}
	if (a->there)
		event_add_u64(ev, "tag", a->tag);
}

/* On the way out it gets the role of the client, as far as that is known. */
struct named {
	struct event_sink sink;
	struct event_sink *out;
	const struct dlms_view *view;
};

static void
name_role(struct event_sink *sink, const struct event *from)
{
	const struct named *n = (struct named *)sink;
	struct event ev = *from;

	meters_role_of(&ev, n->view);
	n->out->emit(n->out, &ev);
}

static void
malformed_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	static const struct flaws_family family = { DET, ATTACK, STANDARD,
		&EV_DLMS_MALFORMED, &EV_DLMS_MALFORMED_FLOOD, add };

	const struct dlms_apdu *a = dlms_msg(op);
	struct named named = { { name_role }, out, dlms_view(known) };
	struct op remark;

	if (a == NULL)
		return;
	remark = *op;
	/* makers frame their pushes as they like: remarked, but no flood */
	if (a->framing == DLMS_BARE)
		remark.verdict = RD_TRAILING;
	flaws_on_op(state, &family, &remark,
	    (struct bytes){ meter(op)->ip, sizeof(meter(op)->ip) },
	    named.view != NULL ? &named.sink : out);
}

static const struct parameter parameters[] = { FLAWS_PARAMETERS(5) };

static const struct detection detections[] = {
	{ DET, ATTACK, parameters },
	{ NULL, NULL, NULL },
};

static size_t
malformed_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct flaws *s = state;

	to[0] = kept_table("dlms.flaws", 1, &s->subjects);
	return 1;
}

const struct detector dlms_malformed_detector = {
	.detections = detections,
	.protocol = "dlms",
	.kinds = DETECTOR_ON(OP_FLAW),
	.world = &dlms_world,
	.state_size = sizeof(struct flaws),
	.start = flaws_start,
	.on_op = malformed_on_op,
	.kept = malformed_kept,
};
