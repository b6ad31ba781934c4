/* SPDX-License-Identifier: Apache-2.0 */
/* BER: tags and definite lengths, as far as they are there. */
#include <config.h>

#include <string.h>

#include "dissectors/ber.h"
#include "tests/driver.h"

static void
test_elements(void)
{
	static const uint8_t p[] = {
		0x60, 0x02,                   /* two octets: */
		0x80, 0x00,                   /* one element without any */
		0x5f, 0x1f, 0x81, 0x01, 0xaa, /* a long tag, a long length */
		0x9f, 0x81, 0x01, 0x84, 0x00, 0x00, 0x00, 0x01, 0xbb /* more */
	};
	struct reader r = rd_over(p, sizeof(p), sizeof(p)), inner;
	struct ber e;

	CU_ASSERT(ber_next(&r, &e));
	CU_ASSERT(e.tag == 0x60 && e.len == 2);
	inner = rd_sub(&r, e.len);
	CU_ASSERT(ber_next(&inner, &e));
	CU_ASSERT(e.tag == 0x80 && e.len == 0);
	CU_ASSERT_FALSE(ber_next(&inner, &e));
	CU_ASSERT_EQUAL(rd_end(&inner), RD_OK);
	CU_ASSERT(ber_next(&r, &e));
	CU_ASSERT(e.tag == 0x5f1f && e.len == 1);
	CU_ASSERT_EQUAL(rd_u8(&r), 0xaa);
	CU_ASSERT(ber_next(&r, &e));
	CU_ASSERT(e.tag == 0x9f8101 && e.len == 1);
	CU_ASSERT_EQUAL(rd_u8(&r), 0xbb);
	CU_ASSERT_FALSE(ber_next(&r, &e));
	CU_ASSERT_EQUAL(rd_end(&r), RD_OK);
}

static void
refused(const uint8_t *p, size_t n, const char *flaw)
{
	struct reader r = rd_over(p, n, n);
	struct ber e = { .flaw = NULL };

	CU_ASSERT_FALSE(ber_next(&r, &e));
	CU_ASSERT_EQUAL(r.err, RD_MALFORMED);
	if (flaw == NULL)
		CU_ASSERT_PTR_NULL(e.flaw);
	if (flaw == NULL)
		return;
	CU_ASSERT_PTR_NOT_NULL_FATAL(e.flaw);
	CU_ASSERT_STRING_EQUAL(e.flaw, flaw);
}

static void
test_refused(void)
{
	static const uint8_t tag[] = { 0x9f, 0x81, 0x82, 0x83, 0x04, 0x00 };
	static const uint8_t indefinite[] = { 0xa2, 0x80, 0x00, 0x00 };
	static const uint8_t length[] = { 0x80, 0x85, 0, 0, 0, 0, 1, 7 };
	static const uint8_t cut_tag[] = { 0x9f };
	static const uint8_t no_length[] = { 0x80 };
	static const uint8_t cut_length[] = { 0x80, 0x82, 0x01 };

	refused(tag, sizeof(tag), "a BER tag has too many octets");
	refused(indefinite, sizeof(indefinite),
	    "a BER element has an indefinite length");
	refused(length, sizeof(length), "a BER length has too many octets");
	refused(cut_tag, sizeof(cut_tag), NULL);
	refused(no_length, sizeof(no_length), NULL);
	refused(cut_length, sizeof(cut_length), NULL);
}

/* 4 GB are a length like any other; whether they are there, rd_sub() says. */
static void
test_huge(void)
{
	static const uint8_t p[] = { 0x04, 0x84, 0xff, 0xff, 0xff, 0xff, 1 };
	struct reader r = rd_over(p, sizeof(p), sizeof(p));
	struct ber e;

	CU_ASSERT(ber_next(&r, &e));
	CU_ASSERT_EQUAL(e.len, 0xffffffff);
	rd_sub(&r, e.len);
	CU_ASSERT_EQUAL(r.err, RD_MALFORMED);
}

static void
test_truncated(void)
{
	static const uint8_t p[] = { 0x9f, 0x21, 0x82, 0x00, 0x01, 0x07 };
	struct ber e;

	for (size_t n = 0; n < 5; n++) {
		struct reader r = rd_over(p, n, sizeof(p));

		CU_ASSERT_FALSE(ber_next(&r, &e));
		CU_ASSERT_EQUAL(r.err, RD_TRUNCATED);
		CU_ASSERT_FALSE(ber_next(&r, &e)); /* and stays there */
	}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "elements", test_elements },
		{ "refused", test_refused },
		{ "huge", test_huge },
		{ "truncated", test_truncated },
		CU_TEST_INFO_NULL,
	};

	return driver_run("ber", tests);
}
