/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of GOOSE share: a small PDU, and what became of it. */
#ifndef TESTS_UNIT_GOOSE_H
#define TESTS_UNIT_GOOSE_H

#include <stdlib.h>

#include "dissectors/dissector.h"
#include "dissectors/goose/goose.h"
#include "tests/driver.h"

extern const struct dissector goose_dissector;

#define FRAME_MAX 2048

#define GOCBREF 0x80, 0x04, 'a', '$', 'G', 'O'
#define TAL 0x81, 0x02, 0x07, 0xd0 /* 2000 ms */
#define DATSET 0x82, 0x01, 'd'
#define GOID 0x83, 0x01, 'i'
#define T 0x84, 0x08, 0x65, 0x43, 0x00, 0x00, 0x40, 0x00, 0x00, 0x0a
#define STNUM 0x85, 0x01, 0x02
#define SQNUM 0x86, 0x01, 0x03
#define SIMULATION 0x87, 0x01, 0x00
#define CONFREV 0x88, 0x01, 0x01
#define NDSCOM 0x89, 0x01, 0x00
#define ENTRIES 0x8a, 0x01, 0x01
#define ALLDATA 0xab, 0x03, 0x83, 0x01, 0x01 /* true */

struct kept {
	struct op_sink sink;
	struct op op;
	struct goose_pdu pdu;
	char line[8192];
	int n;
};

static inline void
keep(struct op_sink *sink, const struct op *op)
{
	struct kept *k = (struct kept *)sink;
	struct json j;

	k->op = *op;
	k->pdu = *goose_msg(op);
	k->n++;
	json_start(&j, k->line, sizeof(k->line));
	json_open(&j, NULL, '{');
	goose_dissector.write_json(op->msg, &j);
	json_close(&j, '}');
	CU_ASSERT(json_end(&j) > 0);
}

/* Exactly one op comes of every unit, and says what dissect() returned. */
static inline enum rd_err
dissect_cut(struct kept *k, const uint8_t *p, size_t n, size_t on_wire)
{
	struct pdu pdu = { .frame = 1 };
	struct ctx ctx = { .pdu = &pdu };
	enum rd_err err;

	*k = (struct kept){ .sink = { keep } };
	err = goose_dissector.dissect(rd_over(p, n, on_wire), &ctx, &k->sink);
	CU_ASSERT_EQUAL(k->n, 1);
	CU_ASSERT_EQUAL(k->op.verdict, err);
	return err;
}

static inline enum rd_err
dissect(struct kept *k, const uint8_t *p, size_t n)
{
	return dissect_cut(k, p, n, n);
}

/* An element with its length in the short or the two-octet form. */
static inline size_t
wrap(uint8_t *to, uint8_t tag, const uint8_t *p, size_t n)
{
	size_t head = n < 0x80 ? 2 : 4;

	if (n > FRAME_MAX - 12)
		abort();
	memmove(to + head, p, n);
	to[0] = tag;
	to[1] = (uint8_t)(n < 0x80 ? n : 0x82);
	if (n >= 0x80) {
		to[2] = (uint8_t)(n >> 8);
		to[3] = (uint8_t)n;
	}
	return head + n;
}

static inline void
header(uint8_t *to, size_t length, uint16_t reserved1, uint16_t reserved2)
{
	const uint8_t h[] = { 0x10, 0x01, (uint8_t)(length >> 8),
		(uint8_t)length, (uint8_t)(reserved1 >> 8), (uint8_t)reserved1,
		(uint8_t)(reserved2 >> 8), (uint8_t)reserved2 };

	memcpy(to, h, sizeof(h));
}

/* APPID 0x1001 and a goosePdu of these elements, behind the ethertype. */
static inline size_t
build(uint8_t to[FRAME_MAX], const uint8_t *elements, size_t n)
{
	size_t length = 8 + wrap(to + 8, GOOSE_PDU, elements, n);

	header(to, length, 0, 0);
	return length;
}

static const uint8_t plain[] = { GOCBREF, TAL, DATSET, T, STNUM, SQNUM, CONFREV,
	ENTRIES, ALLDATA };

#endif
