/* SPDX-License-Identifier: Apache-2.0 */
/* N-9: octets of a TCP stream came again and were others (RFC 9293, 3.10). */
#include <config.h>

#include "dissectors/transport.h"
#include "rules/detector.h"

#define DET "N-9"

struct overlap {
	uint32_t min_octets;
};

static void
overlap_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	const struct overlap *o = state;
	const struct transport *t = transport_msg(op);
	struct event ev;

	(void)known;
	if (t == NULL || t->note != TRANSPORT_OVERLAP ||
	    t->octets < o->min_octets)
		return;
	ev = event_about(op, &EV_TCP_OVERLAP, DET);
	ev.subject = event_address(&op->pdu->dst);
	ev.doubtful = op->pdu->state != KNOW_COMPLETE;
	event_add_u64(&ev, "seq", t->seq);
	event_add_u64(&ev, "octets", t->octets);
	event_add_u64(&ev, "at", t->at);
	out->emit(out, &ev);
}

static const struct parameter parameters[] = {
	{ "min_octets", offsetof(struct overlap, min_octets), 1, 1, 65535 },
	{ NULL, 0, 0, 0, 0 },
};

static const struct detection detections[] = {
	{ DET, "T0830", parameters },
	{ NULL, NULL, NULL },
};

const struct detector net_overlap_detector = {
	.detections = detections,
	.protocol = TRANSPORT_PROTOCOL,
	.kinds = DETECTOR_ON(OP_FLAW),
	.state_size = sizeof(struct overlap),
	.on_op = overlap_on_op,
};
