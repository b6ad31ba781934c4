/* SPDX-License-Identifier: Apache-2.0 */
/* IEC 60870-5-104: address sizes, configured and recognised. */
#include <config.h>

#include "tests/unit/iec104.h"

#define DIFFER "address sizes differ from the configured ones"
#define EARLIER "an earlier unit did not fit its number of objects"
#define CHANGED "address sizes change within the connection"

static const struct iec104_sizes preset = { 2, 2, 3 }, serial = { 1, 1, 2 };

static size_t
put(uint8_t *to, uint32_t v, uint8_t size)
{
	for (uint8_t i = 0; i < size; i++, v >>= 8)
		to[i] = (uint8_t)v;
	return size;
}

/* Single points (type 1) at ioa and behind it, of the station ca. */
static size_t
points(uint8_t to[UNIT_MAX], struct iec104_sizes z, uint16_t ca, uint32_t ioa,
    unsigned count)
{
	uint8_t asdu[UNIT_MAX] = { 1, (uint8_t)count };
	size_t n = 2;

	n += put(asdu + n, 3, z.cot);
	n += put(asdu + n, ca, z.ca);
	for (unsigned i = 0; i < count; i++) {
		n += put(asdu + n, ioa + i, z.ioa);
		asdu[n++] = 1;
	}
	return frame(to, asdu, n);
}

/* One point, and what the record says of it. */
static bool
reads(struct link *l, struct iec104_sizes z, uint16_t ca, uint32_t ioa,
    const char *flaw)
{
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	char want[64];
	size_t n = points(unit, z, ca, ioa, 1);

	CU_ASSERT_EQUAL(dissect(l, 1, unit, n, &k), RD_OK);
	CU_ASSERT_EQUAL(k.apdu.guessed, flaw != NULL && flaw[14] == 'd');
	CU_ASSERT_EQUAL(k.op.object.n, (size_t)z.ca + z.ioa);
	snprintf(want, sizeof(want), "\"ca\":%u,\"sq\":false,\"ioa\":[%u]",
	    (unsigned)ca, (unsigned)ioa);
	return has_flaw(&k, flaw) && says(&k, want);
}

static void
configure(uint32_t settings[3], struct iec104_sizes z)
{
	const struct parameter *p = iec104_dissector.parameters;

	CU_ASSERT_FATAL(iec104_dissector.settings_size <= 12);
	for (; p->name != NULL; p++)
		settings[p->offset / 4] = p->name[0] == 'c' && p->name[1] == 'o'
		                              ? z.cot
		                          : p->name[0] == 'c' ? z.ca
		                                              : z.ioa;
}

static void
test_parameters(void)
{
	const struct parameter *p = iec104_dissector.parameters;

	CU_ASSERT_STRING_EQUAL(p[0].name, "ca_size");
	CU_ASSERT(p[0].preset == 2 && p[0].least == 1 && p[0].most == 2);
	CU_ASSERT_STRING_EQUAL(p[1].name, "cot_size");
	CU_ASSERT(p[1].preset == 2 && p[1].least == 1 && p[1].most == 2);
	CU_ASSERT_STRING_EQUAL(p[2].name, "ioa_size");
	CU_ASSERT(p[2].preset == 3 && p[2].least == 1 && p[2].most == 3);
	CU_ASSERT_PTR_NULL(p[3].name);
	CU_ASSERT(iec104_dissector.flow_size <= DISSECTOR_FLOW_MAX);
}

static void
test_configured(void)
{
	uint32_t settings[3];

	for (unsigned i = 0; i < 12; i++) {
		struct iec104_sizes z = { (uint8_t)(i / 6 + 1),
			(uint8_t)(i / 3 % 2 + 1), (uint8_t)(i % 3 + 1) };
		struct link l = { .settings = settings };

		configure(settings, z);
		for (uint32_t n = 1; n < 10; n++)
			CU_ASSERT(reads(&l, z, 7, n, NULL));
	}
}

static void
test_recognised(void)
{
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n;

	CU_ASSERT(reads(&l, serial, 7, 1001, DIFFER));
	CU_ASSERT(reads(&l, serial, 7, 1002, DIFFER));
	CU_ASSERT(reads(&l, serial, 7, 1003, NULL));
	n = points(unit, serial, 7, 1004, 3);
	CU_ASSERT_EQUAL(dissect(&l, 1, unit, n, &k), RD_OK);
	CU_ASSERT(has_flaw(&k, NULL));
	CU_ASSERT(says(&k, "\"ca\":7,\"sq\":false,\"ioa\":[1004,1005,1006],"
	                   "\"values\":[1,1,1],\"sizes\":[1,1,2]}"));
	CU_ASSERT_PTR_NULL(strstr(k.line, "\"oa\""));
	/* now they are certain, and what does not fit them is malformed */
	unit[1]--;
	CU_ASSERT_EQUAL(dissect(&l, 1, unit, n - 1, &k), RD_MALFORMED);
	/* both directions are of one connection */
	n = points(unit, serial, 7, 1, 2);
	CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, &k), RD_OK);
	CU_ASSERT(has_flaw(&k, NULL));
}

/* Every combination, once several objects have told the sizes apart. */
static void
test_every_combination(void)
{
	for (unsigned i = 0; i < 11; i++) {
		struct iec104_sizes z = { (uint8_t)(i / 6 + 1),
			(uint8_t)(i / 3 % 2 + 1), (uint8_t)(i % 3 + 1) };
		struct link l = { .ports = { 0 } };
		uint8_t unit[UNIT_MAX];
		static struct kept k;
		size_t n;

		for (unsigned count = 2; count < 5; count++) {
			n = points(unit, z, 7, 100, count);
			CU_ASSERT_EQUAL(dissect(&l, 1, unit, n, &k), RD_OK);
		}
		CU_ASSERT(has_flaw(&k, NULL));
		CU_ASSERT_EQUAL(k.apdu.sizes.cot, z.cot);
		CU_ASSERT_EQUAL(k.apdu.sizes.ca, z.ca);
		CU_ASSERT_EQUAL(k.apdu.sizes.ioa, z.ioa);
		CU_ASSERT(reads(&l, z, 7, 5, NULL));
	}
}

/* Where several combinations fit, the likeliest is taken. */
static void
test_likely(void)
{
	static const struct {
		uint8_t asdu[16];
		size_t n;
		struct iec104_sizes sizes;
	} cases[] = {
		/* CA 1, IOA 300 */
		{ { 1, 1, 3, 1, 0x2c, 1, 1 }, 7, { 1, 1, 2 } },
		{ { 1, 1, 3, 1, 0, 0x2c, 1, 1 }, 8, { 1, 2, 2 } },
		{ { 1, 1, 3, 0, 1, 0x2c, 1, 1 }, 8, { 2, 1, 2 } },
		{ { 1, 1, 3, 1, 0x2c, 1, 0, 1 }, 8, { 1, 1, 3 } },
		{ { 1, 1, 3, 0, 1, 0, 0x2c, 1, 1 }, 9, { 2, 2, 2 } },
		{ { 1, 1, 3, 1, 0, 0x2c, 1, 0, 1 }, 9, { 1, 2, 3 } },
		{ { 1, 1, 3, 0, 1, 0x2c, 1, 0, 1 }, 9, { 2, 1, 3 } },
		/* the same of an originator's command */
		{ { 45, 1, 6, 5, 1, 0x2c, 1, 1 }, 8, { 2, 1, 2 } },
		/* CA 1, IOA 5: an originator would be the only other reading */
		{ { 1, 1, 3, 1, 5, 0, 1 }, 7, { 1, 1, 2 } },
		/* C_IC of CA 300; M_EI, and C_IC, of CA 7 */
		{ { 100, 1, 6, 0, 0x2c, 1, 0, 0, 20 }, 9, { 2, 2, 2 } },
		{ { 70, 1, 4, 0x2c, 1, 0, 0, 0 }, 8, { 1, 2, 2 } },
		{ { 100, 1, 6, 7, 0, 0, 20 }, 7, { 1, 1, 2 } },
		/* read commands name an object, IOA 5 */
		{ { 102, 1, 5, 7, 5, 0 }, 6, { 1, 1, 2 } },
		/* parameters as well */
		{ { 110, 1, 6, 7, 0, 5, 0, 0, 0, 1 }, 10, { 1, 2, 2 } },
		/* clock of every station */
		{ { 103, 1, 6, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 1, 1, 26 }, 14,
		    { 1, 2, 2 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct iec104_sizes *want = &cases[i].sizes;
		struct link l = { .ports = { 0 } };
		uint8_t unit[UNIT_MAX];
		static struct kept k;
		size_t n = frame(unit, cases[i].asdu, cases[i].n);

		CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, &k), RD_OK);
		CU_ASSERT(has_flaw(&k, DIFFER));
		CU_ASSERT(k.apdu.sizes.cot == want->cot &&
		          k.apdu.sizes.ca == want->ca &&
		          k.apdu.sizes.ioa == want->ioa);
	}
}

/* Single objects leave several combinations: more units set it right. */
static void
test_set_right(void)
{
	static const struct iec104_sizes z = { 1, 1, 3 };
	/* an interrogation, as likely with CA 2 and IOA 2 */
	static const uint8_t asdu[] = { 100, 1, 6, 1, 0, 0, 0, 20 };
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n = frame(unit, asdu, sizeof(asdu));

	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, &k), RD_OK);
	CU_ASSERT(says(&k, "\"sizes\":[1,2,2]"));
	CU_ASSERT(reads(&l, z, 1, 513, NULL));
	CU_ASSERT(reads(&l, z, 1, 514, NULL));
	for (int i = 0; i < 200; i++) /* nor does it count beyond bounds */
		CU_ASSERT_EQUAL(dissect(&l, 0, unit, n, &k), RD_OK);
	CU_ASSERT(says(&k, "\"sizes\":[1,1,3]"));
}

/* When nothing is left that fits all units, the odd one is at fault. */
static void
test_nothing_left(void)
{
	static const struct iec104_sizes z = { 2, 2, 2 };
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;

	for (uint32_t i = 1; i < 4; i++)
		dissect(&l, 1, unit, points(unit, serial, 7, i, 1), &k);
	CU_ASSERT_EQUAL(
	    dissect(&l, 1, unit, points(unit, z, 7, 1, 2), &k), RD_TRAILING);
	CU_ASSERT(has_flaw(&k, "octets behind the last object"));
	CU_ASSERT(reads(&l, serial, 7, 1001, NULL));
}

/* Before that, it begins anew. */
static void
test_begins_anew(void)
{
	static const struct iec104_sizes z = { 2, 2, 2 };
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;

	dissect(&l, 1, unit, points(unit, serial, 7, 1, 2), &k);
	CU_ASSERT(has_flaw(&k, DIFFER));
	for (unsigned i = 0; i < 3; i++) {
		dissect(&l, 1, unit, points(unit, z, 7, 1, 2), &k);
		CU_ASSERT(has_flaw(&k, i < 2 ? DIFFER : NULL));
		CU_ASSERT_EQUAL(k.apdu.sizes.ca, 2);
	}
}

/* So do three that would fit other sizes as well. */
static void
test_configured_settle(void)
{
	static const struct iec104_sizes z = { 1, 2, 2 };
	uint32_t settings[3];
	struct link l = { .settings = settings };
	uint8_t unit[UNIT_MAX];
	static struct kept k;

	configure(settings, z);
	CU_ASSERT(reads(&l, z, 7, 1, NULL));
	CU_ASSERT(reads(&l, z, 7, 1, NULL));
	CU_ASSERT(reads(&l, serial, 7, 1, DIFFER));
	CU_ASSERT(reads(&l, serial, 7, 1, DIFFER));
	l = (struct link){ .settings = settings };
	for (int i = 0; i < 3; i++)
		CU_ASSERT(reads(&l, z, 7, 1, NULL));
	CU_ASSERT_EQUAL(dissect(&l, 1, unit, points(unit, serial, 7, 1, 1), &k),
	    RD_MALFORMED);
}

/* One unit that fits the configured sizes alone settles it for them. */
static void
test_configured_stay(void)
{
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n = points(unit, serial, 7, 1001, 1);

	CU_ASSERT(reads(&l, preset, 7, 1001, NULL));
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(dissect(&l, 1, unit, n, &k), RD_MALFORMED);
	CU_ASSERT(reads(&l, preset, 7, 1001, NULL));
}

/* What looked like other sizes was not: it is said when that is certain. */
static void
test_said_later(void)
{
	struct link l = { .ports = { 0 } };

	CU_ASSERT(reads(&l, serial, 7, 1001, DIFFER));
	CU_ASSERT(reads(&l, preset, 7, 1001, EARLIER));
	CU_ASSERT(reads(&l, preset, 7, 1001, NULL));
}

/* Commands in the configured sizes are read whatever came before. */
static void
test_change(void)
{
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;

	for (unsigned i = 1; i < 5; i++)
		dissect(&l, 1, unit, points(unit, serial, 7, 1001, i), &k);
	CU_ASSERT(reads(&l, serial, 7, 1001, NULL));
	CU_ASSERT(reads(&l, preset, 7, 1001, CHANGED));
	CU_ASSERT(reads(&l, preset, 7, 1001, NULL));
	l = (struct link){ .ports = { 0 } }; /* the same while not certain */
	for (unsigned i = 0; i < 3; i++)
		dissect(&l, 1, unit, points(unit, serial, 7, 1001, 1), &k);
	CU_ASSERT(reads(&l, preset, 7, 1001, CHANGED));
	CU_ASSERT(reads(&l, preset, 7, 1001, NULL));
}

/* Units of which octets were lost teach nothing: what is left may fit. */
static void
test_truncated(void)
{
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n = points(unit, preset, 7, 1001, 1);

	for (int i = 0; i < 5; i++)
		dissect_cut(&l, 1, unit, n - 1, n, &k);
	CU_ASSERT(reads(&l, preset, 7, 1001, NULL));
}

static void
test_broadcast_is_no_oddity(void)
{
	static const struct iec104_sizes z = { 1, 2, 2 };
	static const uint8_t asdu[] = { 100, 1, 6, 0xff, 0xff, 0, 0, 20 };
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	size_t n = frame(unit, asdu, sizeof(asdu));

	for (int i = 0; i < 3; i++)
		dissect(&l, 0, unit, n, &k);
	CU_ASSERT(says(&k, "\"ca\":65535,\"sq\":false,\"ioa\":[0]"));
	CU_ASSERT(reads(&l, z, 1, 300, NULL));
}

static void
test_counted(void)
{
	uint64_t tally[512] = { 0 };
	struct link l = { .ports = { 0 } };
	uint8_t unit[UNIT_MAX];
	static struct kept k;
	char line[256];
	struct json j;

	for (uint32_t i = 1; i < 4; i++) {
		dissect(&l, 1, unit, points(unit, serial, 7, i, 1), &k);
		iec104_dissector.count(tally, &k.op);
	}
	json_start(&j, line, sizeof(line));
	json_open(&j, NULL, '{');
	iec104_dissector.write_tally(tally, &j);
	json_close(&j, '}');
	json_end(&j);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "\"other_sizes\":3"));
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "parameters", test_parameters },
		{ "configured", test_configured },
		{ "recognised", test_recognised },
		{ "every combination", test_every_combination },
		{ "the likeliest", test_likely },
		{ "set right by more units", test_set_right },
		{ "nothing is left", test_nothing_left },
		{ "begins anew", test_begins_anew },
		{ "the configured ones settle", test_configured_settle },
		{ "the configured ones stay", test_configured_stay },
		{ "said later", test_said_later },
		{ "a change", test_change },
		{ "lost octets", test_truncated },
		{ "a broadcast", test_broadcast_is_no_oddity },
		{ "counted", test_counted },
		CU_TEST_INFO_NULL,
	};

	return driver_run("iec104_sizes", tests);
}
