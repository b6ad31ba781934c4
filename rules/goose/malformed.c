/* SPDX-License-Identifier: Apache-2.0 */
/* G-23: GOOSE frames that cannot be read, or say what they must not. */
#include <config.h>

#include "dissectors/goose/goose.h"
#include "rules/flaws.h"

#define DET "G-23"
#define ATTACK "T0814,T0819"
#define STANDARD "IEC62351-6:1.1" /* GOOSE_SEC_CHECK_FAIL */

/* Who publishes: what cannot be read seldom says for which control block. */
struct publisher {
	uint8_t mac[6], appid[2];
};

static void
add(struct event *ev, const struct op *op)
{
	const struct goose_pdu *p = goose_msg(op);

	ev->subject = event_address(&op->pdu->src);
	if (p->gocbref.n > 0)
		event_set(&ev->subject, p->gocbref);
	if (!p->headed)
		return;
	event_add_u64(ev, "appid", p->appid);
	event_add_u64(ev, "length", p->length);
}

static void
malformed_start(void *state, const uint8_t key[SIPHASH_KEY])
{
	flaws_start(state, key);
}

static void
malformed_on_op(void *state, const struct op *op, struct event_sink *out)
{
	static const struct flaws_family family = { DET, ATTACK, STANDARD,
		&EV_GSE_MALFORMED, &EV_GSE_MALFORMED_FLOOD, add };
	const struct goose_pdu *p = goose_msg(op);
	struct publisher who;

	if (p == NULL)
		return;
	memcpy(who.mac, op->pdu->src.mac, sizeof(who.mac));
	who.appid[0] = (uint8_t)(p->appid >> 8);
	who.appid[1] = (uint8_t)p->appid;
	flaws_on_op(state, &family, op,
	    (struct bytes){ (const uint8_t *)&who, sizeof(who) }, out);
}

static const struct parameter parameters[] = { FLAWS_PARAMETERS(0) };

static const struct detection detections[] = {
	{ DET, ATTACK, parameters },
	{ NULL, NULL, NULL },
};

const struct detector goose_malformed_detector = {
	.detections = detections,
	.protocol = "goose",
	.kinds = DETECTOR_ON(OP_FLAW),
	.state_size = sizeof(struct flaws),
	.start = malformed_start,
	.on_op = malformed_on_op,
};
