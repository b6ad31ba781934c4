/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-16 of DNP3 and HDLC: the tables against the bits. */
#include <config.h>

#include "dissectors/crc16.h"
#include "tests/driver.h"

#define LONGEST 300

static uint16_t
by_bits(uint16_t crc, unsigned poly, const uint8_t *p, size_t n)
{
	unsigned c = crc;

	for (size_t i = 0; i < 8 * n; i++) {
		c ^= p[i / 8] >> i % 8 & 1;
		c = (c & 1) != 0 ? c >> 1 ^ poly : c >> 1;
	}
	return (uint16_t)~c;
}

/* The check values of the catalogue of parametrised CRC algorithms. */
static void
test_check_values(void)
{
	static const uint8_t digits[] = { '1', '2', '3', '4', '5', '6', '7',
		'8', '9' };

	CU_ASSERT_EQUAL(crc16_dnp3(digits, sizeof(digits)), 0xea82);
	CU_ASSERT_EQUAL(crc16_x25(digits, sizeof(digits)), 0x906e);
	CU_ASSERT_EQUAL(crc16_dnp3(digits, 0), 0xffff);
	CU_ASSERT_EQUAL(crc16_x25(digits, 0), 0);
}

static void
test_every_length(void)
{
	uint8_t p[LONGEST];

	for (size_t i = 0; i < LONGEST; i++)
		p[i] = (uint8_t)(i * 167 + (i >> 3));
	for (size_t n = 0; n <= LONGEST; n++) {
		CU_ASSERT_EQUAL(crc16_dnp3(p, n), by_bits(0, 0xa6bc, p, n));
		CU_ASSERT_EQUAL(crc16_x25(p, n), by_bits(0xffff, 0x8408, p, n));
	}
}

/* Each entry of both tables: one octet at each place of a step. */
static void
test_every_entry(void)
{
	uint8_t p[16] = { 0 };

	for (size_t at = 0; at < sizeof(p); at++)
		for (unsigned v = 0; v <= 0xff; v++) {
			p[at] = (uint8_t)(p[at] + 1);
			CU_ASSERT_EQUAL(
			    crc16_dnp3(p, 16), by_bits(0, 0xa6bc, p, 16));
			CU_ASSERT_EQUAL(
			    crc16_x25(p, 16), by_bits(0xffff, 0x8408, p, 16));
		}
}

static void
test_good(void)
{
	/* DNP3: LEN 14, user data from master 3 to outstation 4 */
	static const uint8_t header[] = { 0x05, 0x64, 0x0e, 0xc4, 0x04, 0x00,
		0x03, 0x00, 0x6d, 0xd3 };
	/* HDLC: disconnect, with its FCS */
	static const uint8_t disc[] = { 0xa0, 0x07, 0x03, 0x21, 0x53, 0x03,
		0xc7 };
	uint8_t bad[sizeof(header)];

	CU_ASSERT(crc16_good_dnp3(header, 8));
	CU_ASSERT(crc16_good_x25(disc, 5));
	for (size_t i = 0; i < 8 * sizeof(header); i++) {
		for (size_t k = 0; k < sizeof(bad); k++)
			bad[k] = header[k];
		bad[i / 8] ^= (uint8_t)(1 << i % 8);
		CU_ASSERT_FALSE(crc16_good_dnp3(bad, 8));
	}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "check values", test_check_values },
		{ "every length", test_every_length },
		{ "every entry of the tables", test_every_entry },
		{ "good and bad", test_good },
		CU_TEST_INFO_NULL,
	};

	return driver_run("crc16", tests);
}
