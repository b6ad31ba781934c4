/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of recognition and framing: a registry of two, IEC 104 and one of
 * long units, and what comes out as text.
 */
#ifndef TESTS_UNIT_UNITS_H
#define TESTS_UNIT_UNITS_H

#include <stdio.h>

#include "dissectors/iec104/iec104.h"
#include "sensor/units.h"
#include "tests/unit/packets.h"

#define UNITS_SMALL 24
#define UNITS_LARGE 4
#define UNITS_HOME 2404 /* the port of IEC 104 */
#define UNITS_LONG 7777 /* the port, and the ethertype, of long units */

extern const struct dissector iec104_dissector;

static struct {
	struct unit_sink sink;
	struct op_sink ops;
	struct blocks *blocks;
	struct flows *flows;
	struct units *units;
	const struct unit_counts *counts;
	struct flow *flow;
	struct half *half; /* the client's */
	struct stream_at at;
	unsigned claimed, unclaimed; /* as told */

	char text[8192];
	size_t n;
	uint64_t frame_of;       /* of the last unit */
	uint64_t probes, octets; /* asked and read by the long one */
} units;

/*
 * A long unit: 0xe7, kind, two octets of length, all counted.  Kind 0 only
 * looks like one, 1 is one for certain, and so is 2, but it cannot be read.
 */
static enum probe
units_probe(struct reader r)
{
	size_t have = rd_left(&r);

	units.probes++;
	if (have > 0 && (r.p[0] != 0xe7 || (have > 1 && r.p[1] > 2)))
		return PROBE_NO;
	if (have < 4)
		return PROBE_MORE;
	if (r.p[2] == 0 && r.p[3] < 4)
		return PROBE_NO;
	return r.p[1] == 0 ? PROBE_LIKELY : PROBE_YES;
}

static enum frame
units_frame(struct reader r, size_t *len)
{
	size_t have = rd_left(&r) + r.lost;

	if (rd_left(&r) > 0 && r.p[0] != 0xe7)
		return FRAME_ALIEN;
	if (rd_left(&r) < 4) {
		*len = have;
		return r.lost > 0 ? FRAME_WHOLE : FRAME_SHORT;
	}
	*len = (size_t)r.p[2] << 8 | r.p[3];
	if (*len < 4)
		return FRAME_ALIEN;
	return have < *len ? FRAME_SHORT : FRAME_WHOLE;
}

static enum rd_err
units_dissect(struct reader r, struct ctx *ctx, struct op_sink *sink)
{
	struct op op = {
		.kind = OP_OTHER, .pdu = ctx->pdu, .protocol = "long"
	};
	uint8_t start, kind;
	uint16_t len;

	units.octets += rd_left(&r);
	start = rd_u8(&r);
	kind = rd_u8(&r);
	len = rd_u16be(&r);
	rd_bytes(&r, len > 4 ? len - 4U : 0);
	if (r.err == RD_OK && (start != 0xe7 || kind == 2))
		rd_fail(&r);
	op.verdict = rd_end(&r);
	sink->emit(sink, &op);
	return op.verdict;
}

static const struct hint units_hints[] = { { OVER_TCP, UNITS_LONG },
	{ OVER_UDP, UNITS_LONG }, { OVER_ETHERTYPE, UNITS_LONG },
	{ OVER_TCP, 0 } };
static const struct dissector units_dissector = { .name = "long",
	.hints = units_hints,
	.probe = units_probe,
	.frame = units_frame,
	.dissect = units_dissect };

const struct dissector *const dissectors[] = { &iec104_dissector,
	&units_dissector, NULL };

bool
dissector_over(const struct dissector *d, enum carrier carrier)
{
	return carrier == OVER_TCP || d == &units_dissector;
}

bool
dissector_hint(const struct dissector *d, enum carrier carrier, uint16_t number)
{
	return dissector_over(d, carrier) &&
	       number == (d == &units_dissector ? UNITS_LONG : UNITS_HOME);
}

/* "U07", "S", "I" with its number, "L" for a long unit. */
static inline void
units_emit(struct op_sink *sink, const struct op *op)
{
	const struct iec104_apdu *a =
	    strcmp(op->protocol, "iec104") == 0 ? op->msg : NULL;
	char *to = units.text + units.n;
	size_t room = sizeof(units.text) - units.n;
	int n;

	(void)sink;
	if (op->verdict == RD_MALFORMED)
		return;
	if (a == NULL)
		n = snprintf(to, room, "L");
	else if (a->format == IEC104_I)
		n = snprintf(to, room, "I%u", a->ns);
	else if (a->format == IEC104_S)
		n = snprintf(to, room, "S");
	else
		n = snprintf(to, room, "U%02x", a->u);
	units.n += (size_t)n;
}

/* Behind it: nothing, "+" when octets were too many, "t" or "m" and octets. */
static inline enum rd_err
units_unit(struct unit_sink *sink, struct flow *f, unsigned dir, unsigned which,
    const uint8_t *p, size_t captured, size_t on_wire,
    const struct stream_at *at)
{
	struct pdu pdu = { .dir = dir };
	struct ctx ctx = { .pdu = &pdu, .flow = f != NULL ? f->state : NULL };
	enum rd_err verdict;
	char *to;
	int n = 0;

	(void)sink;
	CU_ASSERT(captured <= on_wire && on_wire > 0);
	units.frame_of = at->frame;
	if (units.n > sizeof(units.text) - 64)
		units.n = 0; /* nobody reads so much */
	verdict = dissectors[which]->dissect(
	    rd_over(p, captured, on_wire), &ctx, &units.ops);
	to = units.text + units.n;
	if (verdict == RD_TRUNCATED)
		n = snprintf(to, 64, "t%zu/%zu", captured, on_wire);
	else if (verdict == RD_MALFORMED)
		n = snprintf(to, 64, "m%zu", captured);
	else if (verdict == RD_TRAILING)
		n = snprintf(to, 64, "+");
	units.n += (size_t)n + (size_t)snprintf(to + n, 2, " ");
	return verdict;
}

static inline void
units_claim(struct unit_sink *sink, struct flow *f, unsigned app)
{
	(void)sink;
	units.claimed += app != 0;
	units.unclaimed += app == 0;
	memset(f->state, 0, sizeof(f->state));
	if (app == 0)
		f->tries = 0;
}

/* A flow between port 40000 and this one. */
static inline void
units_start(uint16_t port)
{
	static const uint8_t key[SIPHASH_KEY] = { 7 },
	                     ends[8] = { 10, 0, 0, 1, 10, 0, 0, 2 };
	struct packet pk = { .version = 4,
		.protocol = 6,
		.src = ends,
		.dst = ends + 4,
		.sport = 40000,
		.dport = port };
	unsigned dir;
	bool fresh;

	memset(&units, 0, sizeof(units));
	units.sink = (struct unit_sink){ units_unit, units_claim };
	units.ops.emit = units_emit;
	units.blocks = blocks_new(UNITS_SMALL, UNITS_LARGE);
	units.flows = flow_table(64, key);
	units.units = units_new(units.blocks, &units.sink);
	units.counts = units_counts(units.units);
	flow_hash(units.flows, &pk);
	units.flow = flow_find(units.flows, &pk, &dir, &fresh, NULL, NULL);
	units.half = &units.flow->half[0];
	units.half->flags = HALF_KNOWN | HALF_SYN;
}

static inline size_t
units_blocks_out(void)
{
	return UNITS_SMALL + UNITS_LARGE - packets_free_blocks(units.blocks);
}

static inline void
units_stop(void)
{
	for (unsigned dir = 0; dir < 2; dir++)
		blocks_put(units.blocks, units.flow->half[dir].pending);
	CU_ASSERT_EQUAL(units_blocks_out(), 0);
	units_free(units.units);
	flow_table_free(units.flows);
	blocks_free(units.blocks);
}

static inline void
units_put(const void *p, size_t n)
{
	units.at.frame++;
	units_octets(units.units, units.flow, 0, p, n, &units.at);
}

static inline void
units_lose(uint32_t n)
{
	units.at.frame++;
	units_gap(units.units, units.flow, 0, n, &units.at);
}

#define UNITS_GAVE(s) CU_ASSERT_STRING_EQUAL(units.text, s)

#endif
