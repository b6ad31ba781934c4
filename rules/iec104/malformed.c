/* SPDX-License-Identifier: Apache-2.0 */
/* T-34: IEC 104 units that cannot be read, or say what they must not. */
#include <config.h>

#include "dissectors/iec104/iec104.h"
#include "rules/flaws.h"

#define DET "T-34"
#define ATTACK "T0819,T0814"
#define STANDARD "IEC62351-14:5.1" /* REQUEST_INVALID */

/* The side that is controlled; the sender as long as nobody knows. */
static const struct endpoint *
station(const struct op *op)
{
	return op->from == OP_FROM_CLIENT ? &op->pdu->dst : &op->pdu->src;
}

static void
add(struct event *ev, const struct op *op)
{
	const struct iec104_apdu *a = iec104_msg(op);

	ev->subject = event_address(station(op));
	if (a->read >= IEC104_TYPE) {
		event_add_u64(ev, "type", a->type);
		event_add_u64(ev, "cot", a->cot);
	}
	if (a->read == IEC104_ASDU)
		event_add_u64(ev, "ca", a->ca);
	if (a->read == IEC104_APCI && a->format == IEC104_U)
		event_add_u64(ev, "u", a->u);
}

/*
 * Makers may do as they like with their types, later editions with what was
 * reserved beside the monitor types, and sizes are a matter of agreement.
 */
static bool
is_excused(const struct iec104_apdu *a)
{
	if (a->guessed)
		return true;
	return a->read == IEC104_ASDU &&
	       (a->type >= IEC104_PRIVATE || (a->type >= 42 && a->type <= 44));
}

static void
malformed_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	static const struct flaws_family family = { DET, ATTACK, STANDARD,
		&EV_TELECONTROL_MALFORMED, &EV_TELECONTROL_MALFORMED_FLOOD,
		add };
	const struct iec104_apdu *a = iec104_msg(op);

	(void)known;
	if (a == NULL || is_excused(a))
		return;
	flaws_on_op(state, &family, op,
	    (struct bytes){ station(op)->ip, sizeof(station(op)->ip) }, out);
}

static const struct parameter parameters[] = { FLAWS_PARAMETERS(5) };

static const struct detection detections[] = {
	{ DET, ATTACK, parameters },
	{ NULL, NULL, NULL },
};

static size_t
malformed_kept(void *state, struct kept_part to[KEPT_MOST])
{
	struct flaws *f = state;

	to[0] = flaws_kept("iec104.flaws", f);
	return 1;
}

const struct detector iec104_malformed_detector = {
	.detections = detections,
	.protocol = "iec104",
	.kinds = DETECTOR_ON(OP_FLAW),
	.state_size = sizeof(struct flaws),
	.start = flaws_start,
	.on_op = malformed_on_op,
	.kept = malformed_kept,
};
