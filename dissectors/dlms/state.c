/* SPDX-License-Identifier: Apache-2.0 */
/* Who is the client of a flow, and the leases of its stations. */
#include <config.h>

#include "dissectors/dlms/state.h"

_Static_assert(sizeof(struct flow) <= DISSECTOR_FLOW_MAX, "flow block");

static uint32_t
mix(uint32_t h, uint32_t v)
{
	h = (h ^ v) * UINT32_C(0x9e3779b1);
	return h ^ h >> 15;
}

uint32_t
dlms_state_key(
    const struct ctx *ctx, const struct dlms_apdu *a, enum state_layer layer)
{
	uint32_t h = mix((uint32_t)a->framing, ctx->pdu->dir);

	h = mix(h, (uint32_t)a->source << 16 | a->destination);
	h = mix(h, a->hdlc.lower.v);
	return (h & ~UINT32_C(7)) | (uint32_t)layer;
}

enum op_from
dlms_state_from(const struct ctx *ctx)
{
	const struct flow *f = ctx->flow;

	if (f == NULL || f->client == 0)
		return OP_FROM_UNKNOWN;
	return f->client == ctx->pdu->dir + 1 ? OP_FROM_CLIENT : OP_FROM_SERVER;
}

/*
 * ACSE tells for good, until it tells otherwise.  A push tells only when
 * nothing else has: the head-end that gets it may be a server elsewhere.
 */
void
dlms_state_learn(struct ctx *ctx, uint8_t tag, enum op_from from)
{
	struct flow *f = ctx->flow;
	bool acse = tag >= DLMS_AARQ && tag <= DLMS_RLRE;
	bool push = tag == DLMS_DATA_NOTIFICATION ||
	            tag == DLMS_EVENT_NOTIFICATION ||
	            tag == DLMS_INFORMATION_REPORT;

	if (f == NULL || from == OP_FROM_UNKNOWN)
		return;
	if (!acse && (f->certain || (push && f->client != 0)))
		return;
	f->client = (uint8_t)(from == OP_FROM_CLIENT ? ctx->pdu->dir + 1
	                                             : 2 - ctx->pdu->dir);
	f->certain = f->certain || acse;
}
