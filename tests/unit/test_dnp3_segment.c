/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3: transport segments, and the fragments that they become. */
#include <config.h>

#include <stdlib.h>

#include "tests/unit/dnp3.h"

#define FIN 0x80
#define FIR 0x40

/* A frame between any stations, the transport octet first. */
static void
segment(struct dnp3_kept *k, uint16_t dst, uint16_t src, uint8_t transport,
    const uint8_t *p, size_t n)
{
	uint8_t user[250] = { transport }, frame[DNP3_FRAME_MAX];
	bool from_master = src < 10;

	CU_ASSERT_FATAL(n < sizeof(user));
	if (n > 0)
		memcpy(user + 1, p, n);
	n = dnp3_link(frame, from_master ? DNP3_FROM_MASTER : DNP3_FROM_STATION,
	    dst, src, user, n + 1);
	k->pdu.dir = from_master ? 0 : 1;
	CU_ASSERT_EQUAL(dnp3_dissect(k, frame, n, n), RD_OK);
}

/* A response of n octets with g1v2: points 0 to n - 10. */
static size_t
response(uint8_t p[250], size_t n)
{
	uint8_t head[] = { 0xc0, 0x81, 0, 0, 0x01, 0x02, 0x00, 0x00,
		(uint8_t)(n - 10) };

	memcpy(p, head, sizeof(head));
	for (size_t i = sizeof(head); i < n; i++)
		p[i] = (uint8_t)i;
	return n;
}

/* What dissect() made of it is a complete response of n octets. */
static void
check_response(const struct dnp3_kept *k, const uint8_t *p, size_t n)
{
	CU_ASSERT(k->frame.whole);
	CU_ASSERT_EQUAL(k->frame.flaw, DNP3_SOUND);
	CU_ASSERT_EQUAL(k->op.kind, OP_REPORT);
	CU_ASSERT_EQUAL_FATAL(k->frame.app.objects.n, n - 4);
	CU_ASSERT_EQUAL(memcmp(k->octets, p + 4, n - 4), 0);
}

static void
check_part(const struct dnp3_kept *k, enum dnp3_flaw flaw)
{
	CU_ASSERT_FALSE(k->frame.whole);
	CU_ASSERT_EQUAL(k->frame.flaw, flaw);
	CU_ASSERT_EQUAL(k->op.kind, OP_LINK);
	CU_ASSERT(k->op.function >= DNP3_OF_LINK);
}

static void
test_three_segments(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	uint8_t p[250];
	size_t n = response(p, 200);

	for (unsigned i = 0; i < 3; i++) {
		uint8_t seq = (uint8_t)(63 + 3 * i); /* 63, 2, 5 */

		segment(k, 1, 10, FIR | (seq & 63), p, 100);
		check_part(k, DNP3_SOUND);
		segment(k, 1, 10, (seq + 1) & 63, p + 100, 1);
		check_part(k, DNP3_SOUND);
		segment(k, 1, 10, FIN | ((seq + 2) & 63), p + 101, n - 101);
		check_response(k, p, n);
		CU_ASSERT(k->frame.segment && k->frame.fin && !k->frame.fir);
		CU_ASSERT_EQUAL(k->frame.seq, (seq + 2) & 63);
	}
	CU_ASSERT_EQUAL(asm_lost(k->pool), 0);
	dnp3_stop(k);
}

static void
test_interleaved(void)
{
	struct dnp3_kept *k = dnp3_start(8, 4096);
	uint8_t p[250], q[250], request[] = { 0xc0, 0x01, 0x3c, 0x01, 0x06 };

	response(p, 200);
	response(q, 120);
	segment(k, 1, 10, FIR | 0, p, 50);
	segment(k, 1, 11, FIR | 0, q, 50);
	segment(k, 10, 1, FIR | 0, request, 2);
	segment(k, 12, 1, FIR | FIN | 9, request, 5);
	CU_ASSERT(k->frame.whole);
	segment(k, 1, 10, 1, p + 50, 50);
	segment(k, 1, 11, FIN | 1, q + 50, 70);
	check_response(k, q, 120);
	segment(k, 10, 1, FIN | 1, request + 2, 3);
	CU_ASSERT(k->frame.whole);
	CU_ASSERT_EQUAL(k->frame.app.objects.n, 3);
	segment(k, 1, 10, FIN | 2, p + 100, 100);
	check_response(k, p, 200);
	/* the same addresses on another connection are other stations */
	segment(k, 1, 10, FIR | 0, p, 100);
	k->flow_id = 2;
	segment(k, 1, 10, FIN | 1, p + 100, 100);
	check_part(k, DNP3_NO_FIRST);
	k->flow_id = 1;
	segment(k, 1, 10, FIN | 1, p + 100, 100);
	check_response(k, p, 200);
	dnp3_stop(k);
}

/* Two pairs of addresses whose leases have the same key, one each way. */
static void
test_same_key(void)
{
	struct dnp3_kept *k = dnp3_start(8, 4096);
	uint8_t p[250], frame[DNP3_FRAME_MAX], user[101] = { FIR | 1 };
	size_t n;

	response(p, 200);
	segment(k, 1, 10, FIR | 0, p, 100);
	memcpy(user + 1, p, 100);
	k->pdu.dir = 0;
	user[0] = FIN | 1;
	n = dnp3_link(
	    frame, DNP3_FROM_MASTER, 0x8001, 0x800a, user, sizeof(user));
	dnp3_dissect(k, frame, n, n);
	check_part(k, DNP3_NO_FIRST);
	segment(k, 1, 10, FIN | 1, p + 100, 100);
	check_response(k, p, 200);
	segment(k, 1, 10, FIR | 0, p, 100);
	user[0] = FIR | 5;
	n = dnp3_link(
	    frame, DNP3_FROM_MASTER, 0x8001, 0x800a, user, sizeof(user));
	k->pdu.dir = 0;
	dnp3_dissect(k, frame, n, n);
	check_part(k, DNP3_SOUND);
	segment(k, 1, 10, FIN | 1, p + 100, 100);
	CU_ASSERT_FALSE(k->frame.whole);
	dnp3_stop(k);
}

static void
test_gaps(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	uint8_t p[250];

	response(p, 200);
	segment(k, 1, 10, FIR | 0, p, 50);
	segment(k, 1, 10, 2, p + 50, 50);
	check_part(k, DNP3_SEQUENCE_GAP);
	CU_ASSERT_STRING_EQUAL(k->op.flaw, "transport sequence gap");
	CU_ASSERT_EQUAL(k->op.verdict, RD_OK);
	segment(k, 1, 10, FIN | 3, p + 100, 100);
	check_part(k, DNP3_NO_FIRST);
	segment(k, 1, 10, FIR | 7, p, 50);
	segment(k, 1, 10, FIR | 8, p, 100);
	check_part(k, DNP3_UNFINISHED);
	segment(k, 1, 10, FIN | 9, p + 100, 100);
	check_response(k, p, 200);
	segment(k, 1, 10, FIR | 10, p, 100);
	segment(k, 1, 10, FIR | FIN | 11, p, 4);
	CU_ASSERT(k->frame.whole);
	CU_ASSERT_EQUAL(k->frame.flaw, DNP3_UNFINISHED);
	segment(k, 1, 10, FIR | FIN | 12, p, 4);
	CU_ASSERT_EQUAL(k->frame.flaw, DNP3_SOUND);
	dnp3_stop(k);
}

/* What was lost on the way to us is not the stations' doing. */
static void
test_gaps_of_the_capture(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	uint8_t p[250];

	response(p, 200);
	k->pdu.state = KNOW_MIDSTREAM;
	segment(k, 1, 10, FIN | 3, p, 100);
	check_part(k, DNP3_SOUND);
	segment(k, 1, 10, FIR | 0, p, 50);
	segment(k, 1, 10, 2, p + 50, 50);
	check_part(k, DNP3_SEQUENCE_GAP);
	k->pdu.state = KNOW_GAPPED;
	segment(k, 1, 10, 3, p, 100);
	check_part(k, DNP3_SOUND);
	segment(k, 1, 10, FIR | 0, p, 50);
	segment(k, 1, 10, 2, p + 50, 50);
	check_part(k, DNP3_SOUND);
	segment(k, 1, 10, FIR | 7, p, 50);
	segment(k, 1, 10, FIR | 8, p, 50);
	check_part(k, DNP3_SOUND);
	dnp3_stop(k);
}

static void
test_repeats(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	uint8_t p[250];

	response(p, 200);
	segment(k, 1, 10, FIR | 4, p, 50);
	segment(k, 1, 10, FIR | 4, p, 50);
	check_part(k, DNP3_SOUND);
	CU_ASSERT(k->frame.repeated);
	segment(k, 1, 10, 5, p + 50, 50);
	CU_ASSERT_FALSE(k->frame.repeated);
	segment(k, 1, 10, 5, p + 50, 50);
	check_part(k, DNP3_SOUND);
	CU_ASSERT(k->frame.repeated);
	CU_ASSERT_PTR_NOT_NULL(strstr(k->line,
	    "\"transport\":{\"seq\":5,\"fir\":false,\"fin\":false,"
	    "\"repeated\":true}"));
	segment(k, 1, 10, FIN | 6, p + 100, 100);
	check_response(k, p, 200);
	/* the acknowledgement of the last frame was lost */
	segment(k, 1, 10, FIN | 6, p + 100, 100);
	check_part(k, DNP3_SOUND);
	CU_ASSERT(k->frame.repeated);
	segment(k, 1, 10, FIN | 6, p, 100);
	check_part(k, DNP3_NO_FIRST);
	/* as the last segment, but it begins a fragment */
	segment(k, 1, 10, FIR | 4, p, 50);
	segment(k, 1, 10, 5, p + 50, 50);
	segment(k, 1, 10, FIR | 5, p + 50, 50);
	check_part(k, DNP3_UNFINISHED);
	CU_ASSERT_FALSE(k->frame.repeated);
	segment(k, 1, 10, FIR | FIN | 6, p, 4);
	/* the same number, but other octets */
	segment(k, 1, 10, FIR | 4, p, 50);
	segment(k, 1, 10, 5, p + 50, 50);
	segment(k, 1, 10, 5, p, 50);
	check_part(k, DNP3_SEQUENCE_GAP);
	dnp3_stop(k);
}

/* A frame with a wrong CRC does not exist for the layers above. */
static void
test_bad_block(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	uint8_t p[250], frame[DNP3_FRAME_MAX], user[101] = { 1 };
	size_t n;

	response(p, 200);
	memcpy(user + 1, p + 50, 100);
	n = dnp3_link(frame, DNP3_FROM_STATION, 1, 10, user, sizeof(user));
	segment(k, 1, 10, FIR | 0, p, 50);
	frame[30] ^= 1;
	CU_ASSERT_EQUAL(dnp3_dissect(k, frame, n, n), RD_OK);
	CU_ASSERT_EQUAL(k->frame.flaw, DNP3_BLOCK_CRC);
	frame[30] ^= 1;
	dnp3_dissect(k, frame, n, n); /* the link layer sends it again */
	check_part(k, DNP3_SOUND);
	segment(k, 1, 10, FIN | 2, p + 150, 50);
	check_response(k, p, 200);
	dnp3_stop(k);
}

/* Octets of zero behind a response whose object runs beyond them all. */
static size_t
send_long(struct dnp3_kept *k, size_t most, enum dnp3_flaw *flaw)
{
	static const uint8_t head[249] = { 0xc0, 0x81, 0, 0, 0x01, 0x02, 0x01,
		0, 0, 0xff, 0xff };
	static const uint8_t zeros[249];
	size_t sent = sizeof(head), at = 0;
	uint8_t seq = 0;

	*flaw = DNP3_SOUND;
	for (segment(k, 1, 10, FIR, head, sizeof(head)); sent < most;
	     sent += sizeof(zeros)) {
		segment(k, 1, 10, ++seq & 63, zeros, sizeof(zeros));
		if (k->frame.flaw == DNP3_SOUND)
			continue;
		CU_ASSERT_EQUAL(*flaw, DNP3_SOUND); /* said once */
		*flaw = k->frame.flaw;
		at = sent + sizeof(zeros);
	}
	segment(k, 1, 10, FIN | (++seq & 63), zeros, 1);
	return at;
}

static void
test_too_long(void)
{
	struct dnp3_kept *k = dnp3_start(4, 65535);
	uint32_t longest = 4000;
	enum dnp3_flaw flaw;

	CU_ASSERT_EQUAL(send_long(k, 249 * 8, &flaw), 0);
	CU_ASSERT(k->frame.whole);
	CU_ASSERT_EQUAL(send_long(k, 249 * 20, &flaw), 249 * 9);
	CU_ASSERT_EQUAL(flaw, DNP3_TOO_LONG);
	CU_ASSERT(k->frame.whole); /* it is read all the same */
	CU_ASSERT_EQUAL(k->frame.app.objects.n, 249 * 20 + 1 - 4);
	k->settings = &longest;
	CU_ASSERT_EQUAL(send_long(k, 249 * 20, &flaw), 249 * 17);
	dnp3_stop(k);
	k = dnp3_start(4, 1000);
	send_long(k, 249 * 5, &flaw);
	CU_ASSERT_EQUAL(flaw, DNP3_SOUND); /* it is we who have no room */
	CU_ASSERT_FALSE(k->frame.whole);
	CU_ASSERT_EQUAL(asm_lost(k->pool), 1);
	dnp3_stop(k);
}

static void
test_no_room(void)
{
	struct dnp3_kept *k = dnp3_start(2, 4096);
	uint8_t p[250];

	response(p, 200);
	segment(k, 1, 10, FIR | 0, p, 100);
	segment(k, 1, 11, FIR | 0, p, 100);
	segment(k, 1, 12, FIR | 0, p, 100);
	CU_ASSERT_EQUAL(asm_lost(k->pool), 1);
	segment(k, 1, 10, FIN | 1, p + 100, 100);
	check_part(k, DNP3_SOUND); /* ours to answer for */
	segment(k, 1, 11, FIN | 1, p + 100, 100);
	check_response(k, p, 200);
	segment(k, 1, 12, FIN | 1, p + 100, 100);
	check_response(k, p, 200);
	/* another connection has lost nothing */
	k->flow_id = 2;
	memset(k->flow, 0, sizeof(k->flow));
	segment(k, 1, 10, FIN | 1, p + 100, 100);
	check_part(k, DNP3_NO_FIRST);
	dnp3_stop(k);
}

/* What a tap without any pool still sees: frames, and short fragments. */
static void
test_no_pool(void)
{
	struct dnp3_kept *k = dnp3_start(2, 4096);
	uint8_t p[250];

	asm_free(k->pool);
	k->pool = NULL;
	response(p, 200);
	segment(k, 1, 10, FIR | 0, p, 100);
	check_part(k, DNP3_SOUND);
	segment(k, 1, 10, FIN | 1, p + 100, 100);
	check_part(k, DNP3_SOUND);
	segment(k, 1, 10, FIR | FIN | 2, p, 200);
	check_response(k, p, 200);
	dnp3_stop(k);
}

/* Who counts on tells what a gap took; without a gap nothing is lost. */
static void
test_missing(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	uint8_t p[250];

	response(p, 20);
	for (unsigned i = 0; i < 5; i++)
		segment(k, 1, 10, (uint8_t)(FIR | FIN | (62 + i) % 64), p, 20);
	segment(k, 1, 10, FIR | FIN | 9, p, 20);
	CU_ASSERT_EQUAL(k->frame.missing, 0);
	for (unsigned i = 10; i < 14; i++)
		segment(k, 1, 10, (uint8_t)(FIR | FIN | i), p, 20);
	k->pdu.state = KNOW_GAPPED;
	segment(k, 1, 10, FIR | FIN | 17, p, 20);
	CU_ASSERT_EQUAL(k->frame.missing, 3);
	segment(k, 1, 10, FIR | FIN | 17, p, 20); /* once more */
	CU_ASSERT_EQUAL(k->frame.missing, 0);
	segment(k, 1, 10, FIR | FIN | 18, p, 20);
	CU_ASSERT_EQUAL(k->frame.missing, 0);
	segment(k, 10, 1, FIR | FIN | 40, p, 20); /* the other way */
	segment(k, 10, 1, FIR | FIN | 50, p, 20);
	CU_ASSERT_EQUAL(k->frame.missing, 0);
	segment(k, 1, 10, FIR | FIN | 0, p, 20); /* it begins anew */
	CU_ASSERT_EQUAL(k->frame.missing, 0);
	segment(k, 1, 10, FIR | FIN | 5, p, 20);
	CU_ASSERT_EQUAL(k->frame.missing, 0);
	dnp3_stop(k);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "three segments", test_three_segments },
		{ "interleaved stations", test_interleaved },
		{ "two pairs with one key", test_same_key },
		{ "gaps", test_gaps },
		{ "gaps of the capture", test_gaps_of_the_capture },
		{ "repeated segments", test_repeats },
		{ "a wrong CRC between", test_bad_block },
		{ "too long", test_too_long },
		{ "no room", test_no_room },
		{ "no pool", test_no_pool },
		{ "missing segments", test_missing },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3_segment", tests);
}
