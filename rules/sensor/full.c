/* SPDX-License-Identifier: Apache-2.0 */
/* H-8: the table of flows is full.  Detectors say it of their own tables. */
#include <config.h>

#include "dissectors/transport.h"
#include "rules/detector.h"
#include "rules/full.h"

struct full {
	bool said;
};

static void
full_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	struct full *f = state;
	const struct transport *t = transport_msg(op);

	(void)known;
	if (t == NULL || t->note != TRANSPORT_FULL || f->said)
		return;
	f->said = true;
	full_say(out, op, "flows", (uint32_t)t->octets);
}

static const struct detection detections[] = {
	{ "H-8", "T0814", NULL },
	{ NULL, NULL, NULL },
};

const struct detector sensor_full_detector = {
	.detections = detections,
	.protocol = TRANSPORT_PROTOCOL,
	.kinds = DETECTOR_ON(OP_OTHER),
	.state_size = sizeof(struct full),
	.on_op = full_on_op,
};
