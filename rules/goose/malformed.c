/* SPDX-License-Identifier: Apache-2.0 */
/* G-23: GOOSE and R-GOOSE that cannot be read, or say what they must not. */
#include <config.h>

#include "dissectors/goose/goose.h"
#include "dissectors/rgoose/rgoose.h"
#include "rules/flaws.h"

#define DET "G-23"
#define ATTACK "T0814,T0819"
#define STANDARD "IEC62351-6:1.1" /* GOOSE_SEC_CHECK_FAIL */

/* Who publishes: what cannot be read seldom says for which control block. */
struct publisher {
	uint8_t mac[6], appid[2];
	uint8_t ip[16]; /* over UDP; zero below IP */
};

/* The PDU, if need be out of an R-GOOSE session; NULL: another protocol's. */
static const struct goose_pdu *
pdu_of(const struct op *op)
{
	const struct rgoose_spdu *session = rgoose_msg(op);

	return session != NULL ? &session->goose : goose_msg(op);
}

static void
add(struct event *ev, const struct op *op)
{
	const struct goose_pdu *p = pdu_of(op);

	ev->subject = event_address(&op->pdu->src);
	if (p->gocbref.n > 0)
		event_set(&ev->subject, p->gocbref);
	if (!p->headed)
		return;
	event_add_u64(ev, "appid", p->appid);
	event_add_u64(ev, "length", p->length);
}

static void
malformed_on_op(
    void *state, const struct op *op, const void *known, struct event_sink *out)
{
	static const struct flaws_family family = { DET, ATTACK, STANDARD,
		&EV_GSE_MALFORMED, &EV_GSE_MALFORMED_FLOOD, add };
	const struct goose_pdu *p = pdu_of(op);
	struct publisher who;

	(void)known;
	if (p == NULL)
		return;
	memcpy(who.mac, op->pdu->src.mac, sizeof(who.mac));
	memcpy(who.ip, op->pdu->src.ip, sizeof(who.ip));
	who.appid[0] = (uint8_t)(p->appid >> 8);
	who.appid[1] = (uint8_t)p->appid;
	flaws_on_op(state, &family, op,
	    (struct bytes){ (const uint8_t *)&who, sizeof(who) }, out);
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

	to[0] = flaws_kept("goose.flaws", f);
	return 1;
}

const struct detector goose_malformed_detector = {
	.detections = detections,
	.protocol = NULL, /* GOOSE and R-GOOSE: few ops have a flaw */
	.kinds = DETECTOR_ON(OP_FLAW),
	.state_size = sizeof(struct flaws),
	.start = flaws_start,
	.on_op = malformed_on_op,
	.kept = malformed_kept,
};
