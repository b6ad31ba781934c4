/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of IEC 104 share: a connection, and what became of a unit. */
#ifndef TESTS_UNIT_IEC104_H
#define TESTS_UNIT_IEC104_H

#include "dissectors/dissector.h"
#include "dissectors/iec104/iec104.h"
#include "tests/driver.h"

extern const struct dissector iec104_dissector;

#define UNIT_MAX 255
#define HEAD 6 /* START, length and control field */

/* Type, number, cause, no originator, CA 1. */
#define ID(type, number, cot) type, number, cot, 0x00, 0x01, 0x00

/* 2026-11-22, a Sunday, 12:30:05.000; CP24Time2a is its first three octets. */
#define CP24 "\x88\x13\x1e"
#define CP56 CP24 "\x0c\xf6\x0b\x1a"

/* As the sensor keeps it. */
struct link {
	uint64_t flow[DISSECTOR_FLOW_MAX / sizeof(uint64_t)];
	const void *settings;
	enum knowledge state;
	uint16_t ports[2]; /* of the end that sends with dir 0, and the other */
};

struct kept {
	struct op_sink sink;
	struct op op;
	struct iec104_apdu apdu;
	char line[32768];
	int n;
};

static inline void
keep(struct op_sink *sink, const struct op *op)
{
	struct kept *k = (struct kept *)sink;
	struct json j;

	k->op = *op;
	k->apdu = *iec104_msg(op);
	k->n++;
	json_start(&j, k->line, sizeof(k->line));
	json_open(&j, NULL, '{');
	iec104_dissector.write_json(op->msg, &j);
	json_close(&j, '}');
	CU_ASSERT(json_end(&j) > 0);
}

/* Exactly one op comes of every unit, and says what dissect() returned. */
static inline enum rd_err
dissect_cut(struct link *l, unsigned dir, const uint8_t *p, size_t n,
    size_t on_wire, struct kept *k)
{
	struct pdu pdu = { .dir = dir,
		.state = l->state,
		.src = { .port = l->ports[dir] },
		.dst = { .port = l->ports[1 - dir] } };
	struct ctx ctx = {
		.pdu = &pdu, .flow = l->flow, .settings = l->settings
	};
	enum rd_err err;

	k->sink.emit = keep;
	k->n = 0;
	err = iec104_dissector.dissect(rd_over(p, n, on_wire), &ctx, &k->sink);
	CU_ASSERT_EQUAL(k->n, 1);
	CU_ASSERT_EQUAL(k->op.verdict, err);
	CU_ASSERT(err != RD_MALFORMED || k->op.kind == OP_FLAW);
	CU_ASSERT(err != RD_MALFORMED || k->op.flaw != NULL);
	CU_ASSERT(k->op.flaw == NULL || strlen(k->op.flaw) <= 64);
	return err;
}

static inline enum rd_err
dissect(
    struct link *l, unsigned dir, const uint8_t *p, size_t n, struct kept *k)
{
	return dissect_cut(l, dir, p, n, n, k);
}

/* An I frame of this ASDU; its length. */
static inline size_t
frame(uint8_t to[UNIT_MAX], const void *asdu, size_t n)
{
	const uint8_t head[] = { 0x68, (uint8_t)(4 + n), 0, 0, 0, 0 };

	CU_ASSERT_FATAL(n <= UNIT_MAX - HEAD);
	memcpy(to, head, HEAD);
	memcpy(to + HEAD, asdu, n);
	return HEAD + n;
}

static inline bool
says(const struct kept *k, const char *what)
{
	bool is = strstr(k->line, what) != NULL;

	if (!is)
		printf("\nnot in %s: %s\n", k->line, what);
	return is;
}

/* NULL: nothing is wrong. */
static inline bool
has_flaw(const struct kept *k, const char *flaw)
{
	const char *is = k->op.flaw;

	if (flaw == NULL ? is == NULL : is != NULL && strcmp(is, flaw) == 0)
		return true;
	printf("\n%s: %s, not %s\n", k->line, is != NULL ? is : "no flaw",
	    flaw != NULL ? flaw : "none");
	return false;
}

#endif
