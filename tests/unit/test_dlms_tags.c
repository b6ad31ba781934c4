/* SPDX-License-Identifier: Apache-2.0 */
/* DLMS/COSEM: names of APDUs, who sends them, and what kind of op they are. */
#include <config.h>

#include "dissectors/dlms/apdu.h"
#include "tests/unit/dlms.h"

static const struct {
	uint8_t tag;
	const char *name;
} plain[] = {
	{ 0x01, "initiate-request" },
	{ 0x05, "read-request" },
	{ 0x06, "write-request" },
	{ 0x08, "initiate-response" },
	{ 0x0c, "read-response" },
	{ 0x0d, "write-response" },
	{ 0x0e, "confirmed-service-error" },
	{ 0x0f, "data-notification" },
	{ 0x10, "data-notification-confirm" },
	{ 0x16, "unconfirmed-write-request" },
	{ 0x18, "information-report-request" },
	{ 0x60, "aarq" },
	{ 0x61, "aare" },
	{ 0x62, "rlrq" },
	{ 0x63, "rlre" },
	{ 0xc0, "get-request" },
	{ 0xc1, "set-request" },
	{ 0xc2, "event-notification-request" },
	{ 0xc3, "action-request" },
	{ 0xc4, "get-response" },
	{ 0xc5, "set-response" },
	{ 0xc7, "action-response" },
	{ 0xd8, "exception-response" },
	{ 0xd9, "access-request" },
	{ 0xda, "access-response" },
	{ 0xdb, "general-glo-ciphering" },
	{ 0xdc, "general-ded-ciphering" },
	{ 0xdd, "general-ciphering" },
	{ 0xdf, "general-signing" },
	{ 0xe0, "general-block-transfer" },
	{ 0xe6, "gateway-request" },
	{ 0xe7, "gateway-response" },
};

#define PLAIN (sizeof(plain) / sizeof(plain[0]))

/* Where the glo- and the ded- form of a service stand, or 0. */
static void
ciphered(uint8_t tag, uint8_t *glo, uint8_t *ded)
{
	bool ln = tag >= 0xc0 && tag <= 0xc7;
	bool sn = tag < 0x20 && tag != 0x0f && tag != 0x10;

	*glo = (uint8_t)(ln ? tag + 8 : sn ? tag + 0x20 : 0);
	*ded = (uint8_t)(ln ? tag + 0x10 : sn ? tag + 0x40 : 0);
}

static enum op_from
sender(const char *name)
{
	static const char *const servers[] = { "aare", "rlre",
		"confirmed-service-error", "data-notification",
		"event-notification-request", "information-report-request" };
	size_t n = strlen(name);

	if (strncmp(name, "general", 7) == 0)
		return OP_FROM_UNKNOWN;
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
		if (strcmp(name, servers[i]) == 0)
			return OP_FROM_SERVER;
	return n > 8 && strcmp(name + n - 8, "response") == 0 ? OP_FROM_SERVER
	                                                      : OP_FROM_CLIENT;
}

static void
check(uint8_t tag, const char *prefix, const char *name)
{
	char want[64];

	snprintf(want, sizeof(want), "%s%s", prefix, name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dlms_tag_name(tag));
	CU_ASSERT_STRING_EQUAL(dlms_tag_name(tag), want);
	CU_ASSERT_EQUAL(dlms_apdu_from(tag), sender(name));
}

static void
test_names(void)
{
	size_t known = 0, checked = PLAIN;
	uint8_t glo, ded;

	for (size_t i = 0; i < PLAIN; i++) {
		check(plain[i].tag, "", plain[i].name);
		ciphered(plain[i].tag, &glo, &ded);
		if (glo == 0)
			continue;
		check(glo, "glo-", plain[i].name);
		check(ded, "ded-", plain[i].name);
		checked += 2;
	}
	for (unsigned tag = 0; tag < 256; tag++)
		known += dlms_tag_name((uint8_t)tag) != NULL;
	CU_ASSERT_EQUAL(known, checked);
}

/* Every ciphered tag has a header, and none but these. */
static void
test_headers(void)
{
	uint8_t apdu[] = { 0, 6, 0x20, 0, 0, 0, 7, 0xee }, glo, ded;
	struct talk t;

	talk_start(&t);
	for (size_t i = 0; i < PLAIN; i++) {
		ciphered(plain[i].tag, &glo, &ded);
		if (glo == 0)
			continue;
		apdu[0] = glo;
		CU_ASSERT_EQUAL(talk_apdu(&t, 0, apdu, sizeof(apdu)), RD_OK);
		CU_ASSERT_EQUAL(talk_msg(&t)->cipher.ic, 7);
		apdu[0] = ded;
		CU_ASSERT_EQUAL(talk_apdu(&t, 0, apdu, sizeof(apdu)), RD_OK);
		CU_ASSERT_EQUAL(talk_msg(&t)->cipher.ic, 7);
	}
	talk_end(&t);
}

static const struct {
	uint8_t class_id, index;
	enum op_kind set, action;
} kinds[] = {
	{ 1, 2, OP_WRITE, OP_WRITE },
	{ 3, 1, OP_WRITE, OP_WRITE },
	{ 8, 2, OP_TIME, OP_TIME },
	{ 9, 1, OP_WRITE, OP_CONTROL },
	{ 15, 1, OP_WRITE, OP_KEY },
	{ 15, 2, OP_WRITE, OP_KEY },
	{ 15, 3, OP_WRITE, OP_WRITE },
	{ 15, 7, OP_KEY, OP_WRITE },
	{ 18, 1, OP_FILE, OP_FILE },
	{ 64, 2, OP_KEY, OP_KEY },
	{ 70, 1, OP_WRITE, OP_CONTROL },
	{ 122, 1, OP_WRITE, OP_CONTROL },
};

static void
test_kinds(void)
{
	struct talk t;

	talk_start(&t);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint8_t class_id = kinds[i].class_id, index = kinds[i].index;

		CU_ASSERT_EQUAL(talk_apdu(&t, 0,
		                    OCTETS(0xc0, 1, 0, 0, class_id, 0, 0, 1, 0,
		                        0, 255, index, 0)),
		    RD_OK);
		CU_ASSERT_EQUAL(talk_op(&t)->kind, OP_READ);
		CU_ASSERT_EQUAL(talk_apdu(&t, 0,
		                    OCTETS(0xc1, 1, 0, 0, class_id, 0, 0, 1, 0,
		                        0, 255, index, 0, 0)),
		    RD_OK);
		CU_ASSERT_EQUAL(talk_op(&t)->kind, kinds[i].set);
		CU_ASSERT_EQUAL(talk_apdu(&t, 0,
		                    OCTETS(0xc3, 1, 0, 0, class_id, 0, 0, 1, 0,
		                        0, 255, index, 0)),
		    RD_OK);
		CU_ASSERT_EQUAL(talk_op(&t)->kind, kinds[i].action);
	}
	talk_end(&t);
}

/* Of a list the gravest, wherever it stands: get, set, file, control, key. */
static void
test_gravity(void)
{
	static const uint8_t what[][3] = { { 1, 1, 2 }, { 2, 1, 2 },
		{ 2, 8, 2 }, { 3, 18, 1 }, { 3, 70, 1 }, { 3, 64, 2 } };
	static const enum op_kind kind[] = { OP_READ, OP_WRITE, OP_TIME,
		OP_FILE, OP_CONTROL, OP_KEY };
	struct talk t;

	talk_start(&t);
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < 6; j++) {
			const uint8_t *a = what[i], *b = what[j];

			CU_ASSERT_EQUAL(
			    talk_apdu(&t, 0,
			        OCTETS(0xd9, 0, 0, 0, 0, 0, 2, a[0], 0, a[1], 0,
			            0, 1, 0, 0, 255, a[2], b[0], 0, b[1], 0, 0,
			            1, 0, 0, 255, b[2], 2, 0, 0)),
			    RD_OK);
			CU_ASSERT_EQUAL(talk_op(&t)->kind, kind[i > j ? i : j]);
			CU_ASSERT_EQUAL(
			    talk_op(&t)->object.p[1], i >= j ? a[1] : b[1]);
		}
	talk_end(&t);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "names and senders", test_names },
		{ "headers of ciphered ones", test_headers },
		{ "kinds by class", test_kinds },
		{ "the gravest of a list", test_gravity },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dlms tags", tests);
}
