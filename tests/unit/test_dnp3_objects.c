/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3: the walk over object headers and points. */
#include <config.h>

#include <stdlib.h>

#include "tests/unit/dnp3.h"

struct qualifier {
	unsigned prefix, range; /* octets; range of one number */
	bool ranged, sized, defined;
};

static struct qualifier
qualifier_of(unsigned q)
{
	static const uint8_t octets[] = { 1, 2, 4, 1, 2, 4, 0, 1, 2, 4, 0, 1 };
	static const uint8_t before[] = { 0, 1, 2, 4, 1, 2, 4 };
	unsigned prefix = q >> 4, range = q & 0xf;

	return (struct qualifier){ before[prefix], octets[range], range < 6,
		prefix >= 4,
		(prefix == 0 && range <= 9) ||
		    (prefix >= 1 && prefix <= 3 && range >= 7 && range <= 9) ||
		    (prefix >= 4 && range == 0xb) };
}

/* Two objects of g30v2 under every prefix and range code that there is. */
static void
test_every_qualifier(void)
{
	static const uint8_t object[] = { 0x01, 0x34, 0x12 };

	for (unsigned q = 0; q < 0x6c; q++) {
		struct dnp3_built b = { 0 };
		struct qualifier is;
		struct dnp3_header h;
		enum dnp3_flaw flaw;
		unsigned n;

		if ((q & 0xf) > 0xb || (q & 0xf) == 0xa)
			continue;
		is = qualifier_of(q);
		dnp3_put_header(&b, 30, 2, q);
		if (is.ranged) {
			dnp3_put_u8(&b, 7);
			dnp3_put_zeros(&b, is.range - 1);
			dnp3_put_u8(&b, 8);
			dnp3_put_zeros(&b, is.range - 1);
		} else if (is.range > 0) {
			dnp3_put_u8(&b, 2);
			dnp3_put_zeros(&b, is.range - 1);
		}
		for (unsigned i = 0; i < 2 && is.range > 0; i++) {
			if (is.prefix > 0) {
				dnp3_put_u8(&b, 3);
				dnp3_put_zeros(&b, is.prefix - 1);
			}
			dnp3_put(&b, object, sizeof(object));
		}
		n = dnp3_only(DNP3_RESPONSE, b.p, b.n, &h, &flaw);
		CU_ASSERT_EQUAL(n, is.range > 0 ? 2 : 0);
		CU_ASSERT_EQUAL(h.qualifier, q);
		CU_ASSERT_EQUAL(h.all, is.range == 0);
		CU_ASSERT_EQUAL(h.ranged, is.ranged);
		CU_ASSERT_EQUAL(h.count, n);
		CU_ASSERT_EQUAL(flaw, is.defined ? DNP3_SOUND : DNP3_QUALIFIER);
	}
}

static void
test_reserved_qualifiers(void)
{
	for (unsigned q = 0; q < 256; q++) {
		uint8_t p[] = { 30, 2, (uint8_t)q, 0, 0, 0, 0, 0, 0, 0, 0 };
		unsigned range = q & 0xf;
		struct dnp3_header h;
		enum dnp3_flaw flaw;

		if (q < 0x70 && range <= 0xb && range != 0xa)
			continue;
		CU_ASSERT_EQUAL(
		    dnp3_only(DNP3_RESPONSE, p, sizeof(p), &h, &flaw), 0);
		CU_ASSERT_EQUAL(flaw, DNP3_QUALIFIER);
	}
}

static void
test_indices(void)
{
	/* range 65534 to 65535, and two points by their index of 4 octets */
	static const uint8_t range[] = { 10, 2, 0x01, 0xfe, 0xff, 0xff, 0xff, 1,
		0x81 };
	static const uint8_t index[] = { 10, 2, 0x39, 2, 0, 0, 0, 4, 3, 2, 1, 1,
		0xff, 0xff, 0xff, 0xff, 0x81 };
	struct dnp3_fragment a;
	struct dnp3_points w;
	struct dnp3_walk walk;
	struct dnp3_header h;
	struct dnp3_point p;

	a = dnp3_of(DNP3_RESPONSE, range, sizeof(range));
	walk = dnp3_objects(&a);
	CU_ASSERT_FATAL(dnp3_next(&walk, &h));
	CU_ASSERT_EQUAL(h.start, 65534);
	CU_ASSERT_EQUAL(h.stop, 65535);
	w = dnp3_points(&h);
	CU_ASSERT(dnp3_next_point(&w, &p) && p.index == 65534);
	CU_ASSERT(dnp3_next_point(&w, &p) && p.index == 65535);
	CU_ASSERT_EQUAL(p.value.p[0], 0x81);
	a = dnp3_of(DNP3_RESPONSE, index, sizeof(index));
	walk = dnp3_objects(&a);
	CU_ASSERT_FATAL(dnp3_next(&walk, &h));
	w = dnp3_points(&h);
	CU_ASSERT(dnp3_next_point(&w, &p) && p.index == 0x01020304);
	CU_ASSERT(dnp3_next_point(&w, &p) && p.index == 0xffffffff);
	CU_ASSERT_FALSE(dnp3_next_point(&w, &p));
}

static void
test_variable_format(void)
{
	/* g87v1, two objects of 3 and 0 octets */
	static const uint8_t p[] = { 87, 1, 0x5b, 2, 3, 0, 1, 2, 3, 0, 0 };
	struct dnp3_header h;
	enum dnp3_flaw flaw;

	CU_ASSERT_EQUAL(dnp3_only(DNP3_RESPONSE, p, sizeof(p), &h, &flaw), 2);
	CU_ASSERT_EQUAL(flaw, DNP3_SOUND);
	CU_ASSERT(h.sized);
	CU_ASSERT_EQUAL(
	    dnp3_only(DNP3_RESPONSE, p, sizeof(p) - 1, &h, &flaw), 1);
	CU_ASSERT_EQUAL(flaw, DNP3_OBJECTS_CUT);
	CU_ASSERT_EQUAL(dnp3_only(DNP3_RESPONSE, p, 8, &h, &flaw), 0);
	/* the object is there even in a READ, as that of a file is */
	CU_ASSERT_EQUAL(dnp3_only(DNP3_READ, p, sizeof(p), &h, &flaw), 2);
	CU_ASSERT_EQUAL(flaw, DNP3_SOUND);
}

/* Which requests only name objects (4.4), and which bring them. */
static void
test_names_only(void)
{
	static const uint8_t names[] = { 0, 1, 7, 8, 9, 10, 11, 12, 13, 14, 15,
		16, 17, 18, 19, 20, 21, 22, 23, 24 };
	static const uint8_t brings[] = { 2, 3, 4, 5, 6, 31, 129, 130 };
	/* g30v2 of points 1 and 300; g1v2 of all from 0 to 65535 */
	static const uint8_t by_index[] = { 30, 2, 0x28, 2, 0, 1, 0, 0x2c, 1 };
	static const uint8_t by_range[] = { 1, 2, 0x01, 0, 0, 0xff, 0xff };
	struct dnp3_header h;
	enum dnp3_flaw flaw;

	for (size_t i = 0; i < sizeof(names); i++) {
		CU_ASSERT_EQUAL(
		    dnp3_only(names[i], by_index, sizeof(by_index), &h, &flaw),
		    2);
		CU_ASSERT_EQUAL(flaw, DNP3_SOUND);
		CU_ASSERT_EQUAL(
		    dnp3_only(names[i], by_range, sizeof(by_range), &h, &flaw),
		    0);
		CU_ASSERT_EQUAL(flaw, DNP3_SOUND);
		CU_ASSERT_EQUAL(h.count, 65536);
	}
	for (size_t i = 0; i < sizeof(brings); i++) {
		dnp3_only(brings[i], by_index, sizeof(by_index), &h, &flaw);
		CU_ASSERT_EQUAL(flaw, DNP3_OBJECTS_CUT);
		dnp3_only(brings[i], by_range, sizeof(by_range), &h, &flaw);
		CU_ASSERT_EQUAL(flaw, DNP3_OBJECTS_CUT);
	}
}

/* Who asks stands in front, even of what is only named. */
static void
test_aggressive_read(void)
{
	static const uint8_t p[] = { 120, 3, 0x07, 1, 9, 0, 0, 0, 1, 0, 60, 1,
		0x06, 120, 9, 0x5b, 1, 2, 0, 7, 7 };
	struct dnp3_fragment a = dnp3_of(DNP3_READ, p, sizeof(p));
	struct dnp3_walk w = dnp3_objects(&a);
	struct dnp3_header h;

	CU_ASSERT(dnp3_next(&w, &h) && h.octets.n == 6);
	CU_ASSERT(dnp3_next(&w, &h) && h.group == 60);
	CU_ASSERT(dnp3_next(&w, &h) && h.octets.n == 4);
	CU_ASSERT_FALSE(dnp3_next(&w, &h));
	CU_ASSERT_EQUAL(w.flaw, DNP3_SOUND);
}

static void
test_freeze_at_time(void)
{
	/* g50v2: when, and how often; then all of g20 */
	static const uint8_t p[] = { 50, 2, 0x07, 1, 1, 2, 3, 4, 5, 6, 60, 0, 0,
		0, 20, 0, 0x06 };
	struct dnp3_fragment a = dnp3_of(DNP3_FREEZE_AT_TIME, p, sizeof(p));
	struct dnp3_walk w = dnp3_objects(&a);
	struct dnp3_header h;

	CU_ASSERT(dnp3_next(&w, &h) && h.group == 50 && h.octets.n == 10);
	CU_ASSERT(dnp3_next(&w, &h) && h.group == 20 && h.all);
	CU_ASSERT_FALSE(dnp3_next(&w, &h));
	CU_ASSERT_EQUAL(w.flaw, DNP3_SOUND);
}

static void
test_flaws(void)
{
	static const struct {
		uint8_t p[16];
		size_t n;
		unsigned points;
		enum dnp3_flaw flaw;
	} of[] = {
		{ { 30 }, 1, 0, DNP3_OBJECT_HEADER },
		{ { 30, 2 }, 2, 0, DNP3_OBJECT_HEADER },
		{ { 30, 2, 0x00, 1 }, 4, 0, DNP3_OBJECT_HEADER },
		{ { 30, 2, 0x02, 1, 0, 0, 0, 1, 0, 0 }, 10, 0,
		    DNP3_OBJECT_HEADER },
		{ { 30, 2, 0x00, 1, 0 }, 5, 0, DNP3_RANGE },
		{ { 30, 2, 0x00, 0, 1, 1, 2, 3, 1, 2 }, 10, 1,
		    DNP3_OBJECTS_CUT },
		{ { 30, 2, 0x02, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1 }, 12, 0,
		    DNP3_OBJECTS_CUT },
		{ { 1, 1, 0x02, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1 }, 12, 8,
		    DNP3_OBJECTS_CUT },
		{ { 110, 255, 0x39, 0xff, 0xff, 0xff, 0xff, 1, 2 }, 9, 0,
		    DNP3_OBJECTS_CUT },
		{ { 12, 1, 0x17, 1, 0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 15, 0,
		    DNP3_OBJECTS_CUT },
	};
	struct dnp3_header h;
	enum dnp3_flaw flaw;

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		CU_ASSERT_EQUAL(
		    dnp3_only(DNP3_RESPONSE, of[i].p, of[i].n, &h, &flaw),
		    of[i].points);
		CU_ASSERT_EQUAL(flaw, of[i].flaw);
	}
}

/* Zero-length objects of any number cost no time and have no points. */
static void
test_empty_objects(void)
{
	static const uint8_t p[] = { 60, 1, 0x09, 0xff, 0xff, 0xff, 0xff };
	struct dnp3_header h;
	enum dnp3_flaw flaw;

	CU_ASSERT_EQUAL(dnp3_only(DNP3_RESPONSE, p, sizeof(p), &h, &flaw), 0);
	CU_ASSERT_EQUAL(flaw, DNP3_SOUND);
	CU_ASSERT_EQUAL(h.count, 0xffffffff);
}

/* What an op says when only the last of its objects is wrong. */
static void
test_what_is_there(void)
{
	/* DIRECT OPERATE: two g12v1 said, one here */
	static const uint8_t p[] = { 0xc0, 0x05, 0x0c, 0x01, 0x17, 0x02, 0x09,
		0x81, 0x01, 0xe8, 0x03, 0, 0, 0, 0, 0, 0, 0x00, 0x0a, 0x03 };
	/* and one without even its index */
	static const uint8_t none[] = { 0xc0, 0x05, 0x0c, 0x01, 0x28, 0x01,
		0x00 };
	struct dnp3_kept *k = dnp3_start(4, 4096);

	DNP3_SAY(k, DNP3_FROM_MASTER, none);
	CU_ASSERT_EQUAL(k->op.object.n, 5);
	CU_ASSERT_EQUAL(DNP3_SAY(k, DNP3_FROM_MASTER, p), RD_OK);
	CU_ASSERT_EQUAL(k->op.kind, OP_CONTROL);
	CU_ASSERT_STRING_EQUAL(k->op.flaw, "objects run beyond the fragment");
	CU_ASSERT_EQUAL(k->op.object.n, 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(k->line,
	    "\"objects\":[{\"g\":12,\"v\":1,\"qualifier\":23,\"count\":2}],"
	    "\"controls\":[{\"index\":9,\"code\":129,\"count\":1,"
	    "\"on_ms\":1000,\"off_ms\":0,\"status\":0}]"));
	dnp3_stop(k);
}

/* A record stays a line of reasonable length. */
static void
test_many_headers(void)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	uint8_t p[249] = { 0xc0, 0x01 }, user[250] = { 0x40 };
	int written = 0;

	for (size_t i = 2; i + 3 <= sizeof(p); i += 3)
		memcpy(p + i, (uint8_t[]){ 60, 2, 6 }, 3);
	memcpy(user + 1, p, 249 - 1);
	for (uint8_t i = 0; i < 3; i++) {
		user[0] = (uint8_t)(i == 0 ? 0x40 : i == 2 ? 0x82 : 1);
		memcpy(user + 1, i == 0 ? p : p + 2, i == 0 ? 248 : 246);
		dnp3_send(k, DNP3_FROM_MASTER, user, i == 0 ? 249 : 247);
	}
	CU_ASSERT(k->frame.whole);
	CU_ASSERT_EQUAL(k->frame.flaw, DNP3_SOUND);
	CU_ASSERT_EQUAL(k->frame.app.objects.n, 3 * 82 * 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(k->line, "}],\"objects_left_out\":118}"));
	for (const char *at = k->line; (at = strstr(at, "\"g\":60")) != NULL;
	     at++)
		written++;
	CU_ASSERT_EQUAL(written, 128);
	dnp3_stop(k);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "every qualifier code", test_every_qualifier },
		{ "reserved qualifier codes", test_reserved_qualifiers },
		{ "indices", test_indices },
		{ "variable format", test_variable_format },
		{ "requests that only name", test_names_only },
		{ "a READ in aggressive mode", test_aggressive_read },
		{ "freeze at time", test_freeze_at_time },
		{ "flaws", test_flaws },
		{ "objects without octets", test_empty_objects },
		{ "what is there in spite of a flaw", test_what_is_there },
		{ "many headers", test_many_headers },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3_objects", tests);
}
