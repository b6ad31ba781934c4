/* SPDX-License-Identifier: Apache-2.0 */
/* Who controls and who is controlled (5.3; 60870-5-101, 7.2.3). */
#include <config.h>

#include "dissectors/iec104/parts.h"

enum op_result
iec104_result(const struct iec104_apdu *a)
{
	if (a->cot >= IEC104_UNKNOWN_TYPE && a->cot <= IEC104_UNKNOWN_IOA)
		return OP_REFUSED;
	if (a->cot != IEC104_ACTCON && a->cot != IEC104_DEACTCON &&
	    a->cot != IEC104_ACTTERM)
		return OP_NO_RESULT;
	return a->negative ? OP_REFUSED : OP_ACCEPTED;
}

/* Spontaneous, cyclic, requested, interrogated: what a station tells. */
static bool
is_report(uint8_t cot)
{
	return (cot >= 1 && cot <= 5) || cot == 11 || cot == 12 ||
	       (cot >= 20 && cot <= 41);
}

static enum op_from
asdu_tells(const struct iec104_apdu *a)
{
	uint8_t flags = iec104_types[a->type].flags;

	if (iec104_result(a) != OP_NO_RESULT)
		return OP_FROM_SERVER;
	if ((flags & IEC104_MONITOR) != 0 && is_report(a->cot))
		return OP_FROM_SERVER;
	if ((flags & IEC104_COMMAND) == 0)
		return OP_FROM_UNKNOWN;
	if (a->cot == IEC104_ACT || a->cot == IEC104_DEACT ||
	    (a->type == 102 && a->cot == IEC104_REQUEST))
		return OP_FROM_CLIENT;
	return OP_FROM_UNKNOWN;
}

/* Who sends such a unit; either end may send the others. */
static enum op_from
tells(const struct iec104_apdu *a)
{
	if (a->format == IEC104_I)
		return asdu_tells(a);
	switch (a->u) {
	case IEC104_STARTDT_ACT:
	case IEC104_STOPDT_ACT:
		return OP_FROM_CLIENT;
	case IEC104_STARTDT_CON:
	case IEC104_STOPDT_CON:
		return OP_FROM_SERVER;
	default:
		return OP_FROM_UNKNOWN;
	}
}

void
iec104_learn(struct iec104_flow *f, unsigned dir, const struct iec104_apdu *a)
{
	bool start = a->u == IEC104_STARTDT_ACT || a->u == IEC104_STARTDT_CON;
	enum op_from from;

	if (f->client != 0 && !start)
		return;
	from = tells(a);
	if (from != OP_FROM_UNKNOWN)
		f->client =
		    (uint8_t)(from == OP_FROM_CLIENT ? dir + 1 : 2 - dir);
}

enum op_from
iec104_from(const struct iec104_flow *f, const struct pdu *pdu)
{
	if (f->client != 0)
		return f->client == pdu->dir + 1 ? OP_FROM_CLIENT
		                                 : OP_FROM_SERVER;
	if ((pdu->src.port == IEC104_PORT) == (pdu->dst.port == IEC104_PORT))
		return OP_FROM_UNKNOWN;
	return pdu->src.port == IEC104_PORT ? OP_FROM_SERVER : OP_FROM_CLIENT;
}
