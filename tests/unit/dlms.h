/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the DLMS dissector share: a flow, and units to put in. */
#ifndef TESTS_UNIT_DLMS_H
#define TESTS_UNIT_DLMS_H

#include <stdlib.h>

#include "dissectors/asm.h"
#include "dissectors/crc16.h"
#include "dissectors/dlms/dlms.h"
#include "tests/driver.h"

#define TALK_OPS 4
#define TALK_UNIT 1024

/* Views stay valid until the next unit. */
struct talk {
	struct op_sink sink;
	struct ctx ctx;
	struct pdu pdu;
	uint64_t flow[DISSECTOR_FLOW_MAX / 8];
	uint8_t *unit; /* the last one, in a block of its own size */

	/* of the last unit: innermost first, so op[n - 1] is the unit's */
	int n;
	struct op op[TALK_OPS];
	struct dlms_apdu apdu[TALK_OPS];
	char line[TALK_OPS][16384];
};

extern const struct dissector dlms_dissector;

/* Octets and how many there are, for the functions below. */
#define OCTETS(...)                                                            \
	(const uint8_t[]){ __VA_ARGS__ },                                      \
	    sizeof((const uint8_t[]){ __VA_ARGS__ })

static inline void
talk_keep(struct op_sink *sink, const struct op *op)
{
	struct talk *t = (struct talk *)sink;
	struct json j;

	CU_ASSERT_FATAL(t->n < TALK_OPS);
	t->op[t->n] = *op;
	t->apdu[t->n] = *dlms_msg(op);
	/* what was pointed to ends with the call: the copies stay */
	t->op[t->n].msg = &t->apdu[t->n];
	if (t->apdu[t->n].inner != NULL)
		t->apdu[t->n].inner = t->n > 0 ? &t->apdu[t->n - 1] : NULL;
	if (t->apdu[t->n].joined != NULL)
		t->apdu[t->n].joined = t->n > 0 ? &t->apdu[t->n - 1] : NULL;
	json_start(&j, t->line[t->n], sizeof(t->line[0]));
	json_open(&j, NULL, '{');
	dlms_dissector.write_json(op->msg, &j);
	json_close(&j, '}');
	CU_ASSERT(json_end(&j) > 0);
	t->n++;
}

static inline void
talk_start(struct talk *t)
{
	memset(t, 0, sizeof(*t));
	t->sink.emit = talk_keep;
	t->ctx = (struct ctx){ .pdu = &t->pdu,
		.flow = t->flow,
		.pool = asm_new(8, 4096),
		.flow_id = 1 };
}

static inline void
talk_end(struct talk *t)
{
	asm_free(t->ctx.pool);
	free(t->unit);
}

/* A unit as it stands on the wire, of which captured octets are here. */
static inline enum rd_err
talk_cut(
    struct talk *t, unsigned dir, const uint8_t *p, size_t n, size_t captured)
{
	free(t->unit);
	t->unit = malloc(captured + (captured == 0));
	CU_ASSERT_FATAL(t->unit != NULL);
	memcpy(t->unit, p, captured);
	t->pdu.dir = dir;
	t->n = 0;
	return dlms_dissector.dissect(
	    rd_over(t->unit, captured, n), &t->ctx, &t->sink);
}

static inline enum rd_err
talk_unit(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	return talk_cut(t, dir, p, n, n);
}

/* An APDU in a wrapper; direction 0 is from client 16 to server 1. */
static inline enum rd_err
talk_apdu(struct talk *t, unsigned dir, const uint8_t *apdu, size_t n)
{
	uint8_t u[TALK_UNIT] = { 0, 1, 0, dir == 0 ? 16 : 1, 0,
		dir == 0 ? 1 : 16, (uint8_t)(n >> 8), (uint8_t)n };

	CU_ASSERT_FATAL(n <= sizeof(u) - 8);
	memcpy(u + 8, apdu, n);
	return talk_unit(t, dir, u, n + 8);
}

static inline uint8_t *
talk_check(uint8_t *p, const uint8_t *from)
{
	uint16_t crc = crc16_x25(from, (size_t)(p - from));

	*p++ = (uint8_t)crc;
	*p++ = (uint8_t)(crc >> 8);
	return p;
}

/*
 * An HDLC frame with both flags and right check sequences; direction 0 is
 * from client 16 to server 1 behind physical address 17.
 */
static inline size_t
talk_frame(uint8_t u[TALK_UNIT], unsigned dir, uint8_t control, bool segmented,
    const uint8_t *info, size_t n)
{
	size_t length = 8 + (n > 0 ? n + 2 : 0);
	const uint8_t head[] = { 0x7e,
		(uint8_t)(0xa0 | (segmented ? 8 : 0) | length >> 8),
		(uint8_t)length, 0x02, 0x23, 0x21 };
	uint8_t *p = u + sizeof(head);

	CU_ASSERT_FATAL(length + 2 <= TALK_UNIT);
	memcpy(u, head, sizeof(head));
	if (dir != 0) { /* the other way: 21, then 02 23 */
		u[3] = 0x21;
		u[4] = 0x02;
		u[5] = 0x23;
	}
	*p++ = control;
	if (n > 0) {
		p = talk_check(p, u + 1);
		memcpy(p, info, n);
		p += n;
	}
	p = talk_check(p, u + 1);
	*p++ = 0x7e;
	return (size_t)(p - u);
}

static inline enum rd_err
talk_hdlc(struct talk *t, unsigned dir, uint8_t control, bool segmented,
    const uint8_t *info, size_t n)
{
	uint8_t u[TALK_UNIT];

	return talk_unit(
	    t, dir, u, talk_frame(u, dir, control, segmented, info, n));
}

/* The unit's own op, message and record. */
static inline const struct op *
talk_op(const struct talk *t)
{
	CU_ASSERT_FATAL(t->n > 0);
	return &t->op[t->n - 1];
}

static inline const struct dlms_apdu *
talk_msg(const struct talk *t)
{
	CU_ASSERT_FATAL(t->n > 0);
	return &t->apdu[t->n - 1];
}

static inline const char *
talk_line(const struct talk *t)
{
	CU_ASSERT_FATAL(t->n > 0);
	return t->line[t->n - 1];
}

static inline bool
talk_says(const struct talk *t, const char *text)
{
	return strstr(talk_line(t), text) != NULL;
}

#endif
