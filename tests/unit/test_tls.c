/* SPDX-License-Identifier: Apache-2.0 */
/* Records and messages of TLS: spread over records, old, and encrypted. */
#include <config.h>

#include <string.h>

#include "dissectors/asm.h"
#include "dissectors/dissector.h"
#include "dissectors/tls/suites.h"
#include "dissectors/tls/tls.h"
#include "tests/driver.h"

extern const struct dissector tls_dissector;

struct tls_kept {
	struct op_sink sink;
	int n;
	struct op op;
	struct tls_message last;
};

struct wire {
	struct tls_kept k;
	uint64_t flow[DISSECTOR_FLOW_MAX / 8];
	struct pdu pdu;
	struct ctx ctx;
};

static void
keep(struct op_sink *sink, const struct op *op)
{
	struct tls_kept *k = (struct tls_kept *)sink;

	k->n++;
	k->op = *op;
	k->last = *tls_msg(op);
}

static void
open_wire(struct wire *w)
{
	memset(w, 0, sizeof(*w));
	w->k.sink.emit = keep;
	w->pdu.frame = 1;
	w->ctx.pdu = &w->pdu;
	w->ctx.flow = w->flow;
	w->ctx.flow_id = 1;
	w->ctx.pool = asm_new(8, 4096);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w->ctx.pool);
}

static enum rd_err
give(struct wire *w, unsigned dir, uint8_t content, const void *body, size_t n)
{
	uint8_t unit[2048] = { content, 3, 3, (uint8_t)(n >> 8), (uint8_t)n };

	memcpy(unit + 5, body, n);
	w->pdu.dir = dir;
	w->k.n = 0;
	w->ctx.skip = 0;
	return tls_dissector.dissect(
	    rd_over(unit, n + 5, n + 5), &w->ctx, &w->k.sink);
}

/* Version 1.2, no session, one suite 0xc02f, no compression, no extensions. */
static size_t
client_hello(uint8_t *p)
{
	static const uint8_t end[] = { 0, 0, 2, 0xc0, 0x2f, 1, 0 };

	memcpy(p, "\1\0\0\x29\3\3", 6);
	memset(p + 6, 0x11, 32);
	memcpy(p + 38, end, sizeof(end));
	return 38 + sizeof(end);
}

static void
test_spread(void)
{
	uint8_t message[64];
	size_t n = client_hello(message);
	struct wire w;

	open_wire(&w);
	for (size_t i = 0; i + 1 < n; i++) {
		CU_ASSERT_EQUAL(give(&w, 0, 22, message + i, 1), RD_OK);
		CU_ASSERT(w.k.n == 1 && w.k.last.what == TLS_HANDSHAKE);
		/* the other way is another stream */
		give(&w, 1, 21, "\1\0", 2);
		CU_ASSERT_EQUAL(w.k.last.what, TLS_ALERT);
	}
	CU_ASSERT_EQUAL(give(&w, 0, 22, message + n - 1, 1), RD_OK);
	CU_ASSERT(w.k.n == 1 && w.k.last.what == TLS_CLIENT_HELLO);
	CU_ASSERT_EQUAL(w.k.op.from, OP_FROM_CLIENT);
	CU_ASSERT_EQUAL(w.k.last.hello.version, TLS_1_2);
	CU_ASSERT_FALSE(w.k.last.hello.has_algorithms);
	asm_free(w.ctx.pool);
}

/* One message, its neighbour, and the head of a third in a record. */
static void
test_packed(void)
{
	uint8_t body[256];
	size_t n = client_hello(body);
	struct wire w;

	open_wire(&w);
	n += client_hello(body + n);
	memcpy(body + n, "\x0e\0", 2);
	CU_ASSERT_EQUAL(give(&w, 0, 22, body, n + 2), RD_OK);
	CU_ASSERT(w.k.n == 2 && w.k.last.what == TLS_CLIENT_HELLO);
	CU_ASSERT_EQUAL(give(&w, 0, 22, "\0\0\x0e\0\0", 5), RD_OK);
	CU_ASSERT(w.k.n == 1 && w.k.last.what == TLS_HELLO_DONE);
	CU_ASSERT_EQUAL(give(&w, 0, 22, "\0", 1), RD_OK);
	CU_ASSERT(w.k.n == 1 && w.k.last.what == TLS_HELLO_DONE);
	asm_free(w.ctx.pool);
}

/* Behind a ChangeCipherSpec nothing is read any more, that way. */
static void
test_sealed(void)
{
	uint8_t message[64];
	size_t n = client_hello(message);
	struct wire w;

	open_wire(&w);
	give(&w, 0, 20, "\1", 1);
	CU_ASSERT_EQUAL(w.k.last.what, TLS_NEW_CIPHER);
	give(&w, 0, 22, message, n);
	CU_ASSERT(w.k.last.what == TLS_HANDSHAKE && w.k.last.encrypted);
	give(&w, 0, 21, "\2\x30", 2);
	CU_ASSERT_TRUE(w.k.last.alert.encrypted);
	give(&w, 1, 21, "\2\x30", 2);
	CU_ASSERT_FALSE(w.k.last.alert.encrypted);
	CU_ASSERT_EQUAL(w.k.last.alert.description, 48);
	asm_free(w.ctx.pool);
}

/* Of application data the head is the unit, and the rest is passed over. */
static void
test_data(void)
{
	static const uint8_t head[] = { 23, 3, 3, 0x40, 0x10 };
	struct reader r = rd_over(head, sizeof(head), sizeof(head));
	struct wire w;
	size_t len;

	open_wire(&w);
	CU_ASSERT_EQUAL(tls_dissector.frame(r, &len), FRAME_WHOLE);
	CU_ASSERT_EQUAL(len, sizeof(head));
	CU_ASSERT_EQUAL(tls_dissector.dissect(r, &w.ctx, &w.k.sink), RD_OK);
	CU_ASSERT_EQUAL(w.k.last.what, TLS_APPLICATION);
	CU_ASSERT_EQUAL(w.ctx.skip, 0x4010);
	asm_free(w.ctx.pool);
}

/* A message that claims more than there is room for is lost, no more. */
static void
test_huge(void)
{
	static const uint8_t filler[1500];
	struct wire w;

	open_wire(&w);
	CU_ASSERT_EQUAL(give(&w, 0, 22, "\x0b\xff\xff\xff", 4), RD_OK);
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(give(&w, 0, 22, filler, sizeof(filler)), RD_OK);
	CU_ASSERT(asm_lost(w.ctx.pool) > 0);
	asm_free(w.ctx.pool);
}

static void
test_suites(void)
{
	CU_ASSERT_EQUAL(tls_suite(0xc02f), TLS_SUITE_EC);
	CU_ASSERT_EQUAL(tls_suite(0x1301), 0);
	CU_ASSERT_EQUAL(tls_suite(0x00ff), 0);
	CU_ASSERT_EQUAL(tls_suite(0x5600), 0);
	CU_ASSERT_EQUAL(tls_suite(0x2a2a), 0);
	CU_ASSERT(tls_suite(0x0005) & TLS_SUITE_WEAK);
	CU_ASSERT(tls_suite(0x0034) & TLS_SUITE_ANONYMOUS);
	CU_ASSERT(tls_suite(0x003b) & TLS_SUITE_INTEGRITY);
	CU_ASSERT_EQUAL(tls_suite(0xd005), TLS_SUITE_PSK);
	CU_ASSERT_EQUAL(tls_suite(0xffff), 0);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "a message in many records", test_spread },
		{ "messages in one record", test_packed },
		{ "what is encrypted", test_sealed },
		{ "application data", test_data },
		{ "a message without an end", test_huge },
		{ "suites", test_suites },
		CU_TEST_INFO_NULL,
	};

	return driver_run("tls", tests);
}
