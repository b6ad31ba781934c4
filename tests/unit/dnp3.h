/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the DNP3 dissector have in common. */
#ifndef TESTS_UNIT_DNP3_H
#define TESTS_UNIT_DNP3_H

#include <string.h>

#include "dissectors/asm.h"
#include "dissectors/dissector.h"
#include "dissectors/dnp3/dnp3.h"
#include "tests/driver.h"

#define DNP3_MASTER 1
#define DNP3_OUTSTATION 10
#define DNP3_FROM_MASTER 0xc4 /* DIR, PRM, unconfirmed user data */
#define DNP3_FROM_STATION 0x44
#define DNP3_FRAME_MAX 292

extern const struct dissector dnp3_dissector;

/* One side of a connection, and the last op that it led to. */
struct dnp3_kept {
	struct op_sink sink;
	struct asm_pool *pool;
	uint64_t flow[DISSECTOR_FLOW_MAX / 8];
	struct pdu pdu;
	uint64_t flow_id;
	const void *settings;

	struct op op;
	struct dnp3_frame frame; /* its objects are a copy in octets */
	uint8_t octets[65536];
	char line[8192];
	int n;
};

/* Bit by bit: the tables are not to judge themselves. */
static inline uint16_t
dnp3_crc(const uint8_t *p, size_t n)
{
	unsigned crc = 0;

	for (size_t i = 0; i < 8 * n; i++) {
		crc ^= p[i / 8] >> i % 8 & 1;
		crc = (crc & 1) != 0 ? crc >> 1 ^ 0xa6bc : crc >> 1;
	}
	return (uint16_t)~crc;
}

static inline size_t
dnp3_checked(uint8_t *to, const uint8_t *p, size_t n)
{
	uint16_t crc = dnp3_crc(p, n);

	memcpy(to, p, n);
	to[n] = (uint8_t)crc;
	to[n + 1] = (uint8_t)(crc >> 8);
	return n + 2;
}

/* A link frame with n octets of user data; how many octets it has. */
static inline size_t
dnp3_link(uint8_t to[DNP3_FRAME_MAX], uint8_t control, uint16_t dst,
    uint16_t src, const uint8_t *user, size_t n)
{
	uint8_t header[8] = { 0x05, 0x64, (uint8_t)(5 + n), control,
		(uint8_t)dst, (uint8_t)(dst >> 8), (uint8_t)src,
		(uint8_t)(src >> 8) };
	size_t at = dnp3_checked(to, header, sizeof(header));

	for (size_t i = 0; i < n; i += 16)
		at += dnp3_checked(to + at, user + i, n - i < 16 ? n - i : 16);
	return at;
}

static inline void
dnp3_keep(struct op_sink *sink, const struct op *op)
{
	struct dnp3_kept *k = (struct dnp3_kept *)sink;
	struct bytes *objects = &k->frame.app.objects;
	struct json j;

	k->op = *op;
	k->frame = *dnp3_msg(op);
	if (objects->n > 0)
		memcpy(k->octets, objects->p, objects->n);
	objects->p = k->octets;
	k->n++;
	json_start(&j, k->line, sizeof(k->line));
	json_open(&j, NULL, '{');
	dnp3_dissector.write_json(op->msg, &j);
	json_close(&j, '}');
	CU_ASSERT(json_end(&j) > 0);
}

static inline struct dnp3_kept *
dnp3_start(uint32_t leases, size_t size)
{
	struct dnp3_kept *k = calloc(1, sizeof(*k));

	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_FATAL(dnp3_dissector.flow_size <= sizeof(k->flow));
	k->sink.emit = dnp3_keep;
	k->flow_id = 1;
	k->pool = asm_new(leases, size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k->pool);
	return k;
}

static inline void
dnp3_stop(struct dnp3_kept *k)
{
	asm_free(k->pool);
	free(k);
}

/* In a block of its own size, so that ASan sees one octet too many. */
static inline enum rd_err
dnp3_dissect(struct dnp3_kept *k, const uint8_t *p, size_t n, size_t on_wire)
{
	uint8_t *own = malloc(n + (n == 0));
	struct ctx ctx = { .pdu = &k->pdu,
		.flow = k->flow,
		.pool = k->pool,
		.flow_id = k->flow_id,
		.settings = k->settings };
	enum rd_err err;
	int before = k->n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(own);
	memcpy(own, p, n);
	err = dnp3_dissector.dissect(rd_over(own, n, on_wire), &ctx, &k->sink);
	CU_ASSERT_EQUAL(k->n, before + 1);
	CU_ASSERT_EQUAL(k->op.verdict, err);
	free(own);
	return err;
}

/* A frame between the two stations of these tests. */
static inline enum rd_err
dnp3_send(struct dnp3_kept *k, uint8_t control, const uint8_t *user, size_t n)
{
	bool from_master = (control & 0x80) != 0;
	uint16_t master = DNP3_MASTER, station = DNP3_OUTSTATION;
	uint8_t frame[DNP3_FRAME_MAX];

	n = dnp3_link(frame, control, from_master ? station : master,
	    from_master ? master : station, user, n);
	k->pdu.dir = from_master ? 0 : 1;
	return dnp3_dissect(k, frame, n, n);
}

/* A fragment that one segment holds. */
static inline enum rd_err
dnp3_say(struct dnp3_kept *k, uint8_t control, const uint8_t *p, size_t n)
{
	uint8_t user[250] = { 0xc0 };

	CU_ASSERT_FATAL(n < sizeof(user));
	memcpy(user + 1, p, n);
	return dnp3_send(k, control, user, n + 1);
}

/* Object headers and what stands behind them. */
struct dnp3_built {
	size_t n;
	uint8_t p[2048];
};

static inline void
dnp3_put(struct dnp3_built *b, const void *p, size_t n)
{
	CU_ASSERT_FATAL(n <= sizeof(b->p) - b->n);
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static inline void
dnp3_put_u8(struct dnp3_built *b, unsigned v)
{
	uint8_t o = (uint8_t)v;

	dnp3_put(b, &o, 1);
}

static inline void
dnp3_put_zeros(struct dnp3_built *b, size_t n)
{
	while (n-- > 0)
		dnp3_put_u8(b, 0);
}

static inline void
dnp3_put_header(
    struct dnp3_built *b, unsigned g, unsigned v, unsigned qualifier)
{
	dnp3_put_u8(b, g);
	dnp3_put_u8(b, v);
	dnp3_put_u8(b, qualifier);
}

static inline struct dnp3_fragment
dnp3_of(uint8_t function, const void *p, size_t n)
{
	return (
	    struct dnp3_fragment){ .function = function, .objects = { p, n } };
}

/* The only header of a fragment, and how many points it has. */
static inline unsigned
dnp3_only(uint8_t function, const void *p, size_t n, struct dnp3_header *h,
    enum dnp3_flaw *flaw)
{
	struct dnp3_fragment a = dnp3_of(function, p, n);
	struct dnp3_walk w = dnp3_objects(&a);
	struct dnp3_header next;
	struct dnp3_points points;
	struct dnp3_point point;
	unsigned count = 0;

	*h = (struct dnp3_header){ 0 };
	if (dnp3_next(&w, h)) {
		CU_ASSERT_FALSE(dnp3_next(&w, &next));
		for (points = dnp3_points(h); dnp3_next_point(&points, &point);)
			count++;
	}
	*flaw = w.flaw;
	return count;
}

#define DNP3_SAY(k, control, fragment)                                         \
	dnp3_say(k, control, fragment, sizeof(fragment))

#endif
