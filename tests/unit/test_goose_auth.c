/* SPDX-License-Identifier: Apache-2.0 */
/* GOOSE: the extension of IEC 62351-6 in each reading of it. */
#include <config.h>

#include "tests/unit/goose.h"

#define MAC_8 1, 2, 3, 4, 5, 6, 7, 8
#define CRC 0x5b18 /* CRC-16/X.25 of 88b8 1001 0032 000c */

/* Of 2007: an authentication value alone. */
static const uint8_t old[] = { 0xa1, 0x0a, 0x83, 0x08, MAC_8 };

/* Of 2020: version, key times, key id, initialization vector, MAC. */
static const uint8_t recent[] = {
	0xaf,
	0x25, /* the extension */
	0x80,
	0x01,
	0x02, /* version 2 */
	0x81,
	0x04,
	0x6a,
	0xfd,
	0x86,
	0xc0, /* time of current key */
	0x82,
	0x02,
	0x00,
	0x3c, /* time to next key */
	0x83,
	0x04,
	0x00,
	0x00,
	0x00,
	0x07, /* key id */
	0x84,
	0x06,
	9,
	9,
	9,
	9,
	9,
	9, /* IV */
	0x85,
	0x08,
	MAC_8,
};

/* The extension stands behind the APDU, counted by Length or not. */
static size_t
extend(uint8_t unit[FRAME_MAX], const uint8_t *extension, size_t n,
    uint16_t reserved1, uint16_t reserved2, bool within)
{
	size_t apdu = build(unit, plain, sizeof(plain));

	memcpy(unit + apdu, extension, n);
	header(unit, within ? apdu + n : apdu, reserved1, reserved2);
	return apdu + n;
}

static size_t
frame_of(const uint8_t *p, size_t n)
{
	size_t len = 0;

	return goose_dissector.frame(rd_over(p, n, n), &len) == FRAME_WHOLE
	           ? len
	           : 0;
}

static bool
is_mac(struct bytes v)
{
	static const uint8_t mac[] = { MAC_8 };

	return v.n == sizeof(mac) && memcmp(v.p, mac, sizeof(mac)) == 0;
}

static void
test_behind(void)
{
	uint8_t unit[FRAME_MAX] = { 0 };
	size_t n = extend(unit, old, sizeof(old), sizeof(old), CRC, false);
	struct kept k;

	CU_ASSERT_EQUAL(frame_of(unit, n + 4), n); /* and padding behind */
	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_OK);
	CU_ASSERT_EQUAL(k.op.kind, OP_REPORT);
	CU_ASSERT_PTR_NULL(k.op.flaw);
	CU_ASSERT_EQUAL(k.pdu.auth.reading, GOOSE_BEHIND);
	CU_ASSERT(is_mac(k.pdu.auth.mac));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(k.line, "\"auth\":{\"reading\":\"behind\",\"length\":12,"
	                   "\"header_crc\":true,\"mac_length\":8}}"));

	/* without the CRC it is known by its own lengths */
	header(unit, n - sizeof(old), sizeof(old), 0);
	CU_ASSERT_EQUAL(frame_of(unit, n + 4), n);
	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_OK);
	CU_ASSERT_EQUAL(k.pdu.auth.reading, GOOSE_BEHIND);
	CU_ASSERT_EQUAL(k.pdu.auth.has, 0);

	/* and without these it is padding */
	unit[n - sizeof(old)] = 0;
	CU_ASSERT_EQUAL(frame_of(unit, n + 4), n - sizeof(old));
	CU_ASSERT_EQUAL(dissect(&k, unit, n - sizeof(old)), RD_OK);
	CU_ASSERT_EQUAL(k.pdu.auth.reading, GOOSE_NO_AUTH);
}

/* The header's CRC says that there was an extension. */
static void
test_behind_cut(void)
{
	uint8_t unit[FRAME_MAX];
	size_t n = extend(unit, old, sizeof(old), sizeof(old), CRC, false);
	struct kept k;

	for (size_t i = n - sizeof(old); i < n; i++) {
		CU_ASSERT_EQUAL(frame_of(unit, i), 0);
		CU_ASSERT_EQUAL(dissect(&k, unit, i), RD_MALFORMED);
		CU_ASSERT_STRING_EQUAL(
		    k.op.flaw, "the extension runs beyond the frame");
		CU_ASSERT_EQUAL(dissect_cut(&k, unit, i, n), RD_TRUNCATED);
	}
}

static void
expect_within(uint16_t reserved1, uint16_t reserved2,
    enum goose_reading reading, const char *name)
{
	uint8_t unit[FRAME_MAX];
	size_t n =
	    extend(unit, recent, sizeof(recent), reserved1, reserved2, true);
	struct kept k;

	CU_ASSERT_EQUAL(frame_of(unit, n + 4), n);
	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_OK);
	CU_ASSERT_PTR_NULL(k.op.flaw);
	CU_ASSERT_EQUAL(k.pdu.auth.reading, reading);
	CU_ASSERT_EQUAL(k.pdu.auth.version, 2);
	CU_ASSERT_EQUAL(k.pdu.auth.current_key, 0x6afd86c0);
	CU_ASSERT_EQUAL(k.pdu.auth.next_key, 60);
	CU_ASSERT_EQUAL(k.pdu.auth.key_id, 7);
	CU_ASSERT_EQUAL(k.pdu.auth.iv.n, 6);
	CU_ASSERT(is_mac(k.pdu.auth.mac));
	CU_ASSERT_PTR_NOT_NULL(strstr(k.line, name));
	CU_ASSERT_EQUAL(dissect_cut(&k, unit, n - 1, n), RD_TRUNCATED);
}

static void
test_within(void)
{
	expect_within(sizeof(recent), 0, GOOSE_RESERVED1,
	    "\"auth\":{\"reading\":\"reserved1\",\"length\":39,"
	    "\"header_crc\":false,\"version\":2,\"key_id\":7,"
	    "\"time_of_current_key\":1795000000,\"time_to_next_key\":60,"
	    "\"iv_length\":6,\"mac_length\":8}}");
	/* the simulation flag stands in the same octets */
	expect_within(0x8000 | sizeof(recent), 0, GOOSE_RESERVED1,
	    "\"reading\":\"reserved1\"");
	expect_within(0x8000, sizeof(recent), GOOSE_RESERVED2,
	    "\"reading\":\"reserved2\"");
	expect_within(0, 0, GOOSE_PLAIN_BER, "\"reading\":\"ber\"");
}

/* More than 255 octets need more than the low octet of Reserved1. */
static void
test_12_bits(void)
{
	uint8_t unit[FRAME_MAX], mac[296] = { 0 }, extension[300];
	size_t n = wrap(extension, 0x85, mac, sizeof(mac));
	struct kept k;

	CU_ASSERT_EQUAL_FATAL(n, 300);
	n = extend(unit, extension, n, 300, 0, true);
	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_OK);
	CU_ASSERT_EQUAL(k.pdu.auth.reading, GOOSE_RESERVED1_12);
	CU_ASSERT_EQUAL(k.pdu.auth.mac.n, 296);
}

/* A length that fits is enough: the contents need not be BER. */
static void
test_opaque(void)
{
	static const uint8_t opaque[] = { 0x00, 0x01, 0x02, 0x03 };
	uint8_t unit[FRAME_MAX];
	size_t n = extend(unit, opaque, sizeof(opaque), 4, 0, true);
	struct kept k;

	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_OK);
	CU_ASSERT_EQUAL(k.pdu.auth.reading, GOOSE_RESERVED1);
	CU_ASSERT_EQUAL(k.pdu.auth.octets.n, 4);
	CU_ASSERT_EQUAL(k.pdu.auth.mac.n, 0);

	n = extend(unit, opaque, sizeof(opaque), 0, 0, true);
	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_TRAILING);
	CU_ASSERT_EQUAL(k.op.kind, OP_REPORT);
	CU_ASSERT_EQUAL(k.pdu.auth.reading, GOOSE_UNREAD);
	CU_ASSERT_STRING_EQUAL(
	    k.op.flaw, "octets behind the APDU are no extension");
}

/* One that does not hold what it says gives none of its fields. */
static void
test_broken(void)
{
	static const uint8_t broken[] = { 0xaf, 0x08, 0x83, 0x04, 0, 0, 0, 7,
		0x85, 0x08 };
	uint8_t unit[FRAME_MAX];
	size_t n =
	    extend(unit, broken, sizeof(broken), sizeof(broken), 0, true);
	struct kept k;

	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_OK);
	CU_ASSERT_EQUAL(k.pdu.auth.reading, GOOSE_RESERVED1);
	CU_ASSERT_EQUAL(k.pdu.auth.has, 0);
	n = extend(unit, broken, sizeof(broken), 0, 0, true);
	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_TRAILING);
}

/* A version of five octets is no number. */
static void
test_wide(void)
{
	static const uint8_t wide[] = { 0xaf, 0x07, 0x80, 0x05, 1, 2, 3, 4, 5 };
	uint8_t unit[FRAME_MAX];
	size_t n = extend(unit, wide, sizeof(wide), sizeof(wide), 0, true);
	struct kept k;

	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_OK);
	CU_ASSERT_EQUAL(k.pdu.auth.has, 0);
}

/* As one implementation has it: a SEQUENCE around the MAC. */
static void
test_sequence(void)
{
	static const uint8_t sequence[] = { 0x30, 0x0a, 0x85, 0x08, MAC_8 };
	uint8_t unit[FRAME_MAX];
	size_t n = extend(
	    unit, sequence, sizeof(sequence), 0x8000, sizeof(sequence), true);
	struct kept k;

	CU_ASSERT_EQUAL(dissect(&k, unit, n), RD_OK);
	CU_ASSERT_EQUAL(k.pdu.auth.reading, GOOSE_RESERVED2);
	CU_ASSERT(is_mac(k.pdu.auth.mac));
}

/* What nests deeper than any extension does is none. */
static void
test_depth(void)
{
	static const uint8_t mac[] = { 0x85, 0x02, 0x01, 0x02 };
	uint8_t unit[FRAME_MAX], extension[FRAME_MAX];
	size_t n = sizeof(mac);
	struct kept k;

	memcpy(extension, mac, n);
	for (int i = 0; i < 4; i++)
		n = wrap(extension, 0xa0, extension, n);
	CU_ASSERT_EQUAL(
	    dissect(&k, unit, extend(unit, extension, n, 0, 0, true)), RD_OK);
	CU_ASSERT_EQUAL(k.pdu.auth.mac.n, 2);
	n = wrap(extension, 0xa0, extension, n);
	CU_ASSERT_EQUAL(
	    dissect(&k, unit, extend(unit, extension, n, 0, 0, true)),
	    RD_TRAILING);
	CU_ASSERT_EQUAL(k.pdu.auth.mac.n, 0);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "behind Length", test_behind },
		{ "behind Length, cut off", test_behind_cut },
		{ "within Length", test_within },
		{ "a length of 12 bits", test_12_bits },
		{ "not BER", test_opaque },
		{ "broken", test_broken },
		{ "a field too wide", test_wide },
		{ "a sequence", test_sequence },
		{ "depth", test_depth },
		CU_TEST_INFO_NULL,
	};

	return driver_run("goose_auth", tests);
}
