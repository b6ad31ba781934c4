/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3: how long objects are, each group and variation of annex A. */
#include <config.h>

#include <stdlib.h>

#include "tests/unit/dnp3.h"

/* Octets of an object, from variation 1 on; 0 ends the row. */
struct sizes {
	uint8_t group;
	uint8_t octets[13];
};

static const struct sizes sizes[] = {
	{ 2, { 1, 7, 3 } },
	{ 4, { 1, 7, 3 } },
	{ 11, { 1, 7 } },
	{ 12, { 11, 11 } },
	{ 13, { 1, 7 } },
	{ 20, { 5, 3, 5, 3, 4, 2, 4, 2 } },
	{ 21, { 5, 3, 5, 3, 11, 9, 11, 9, 4, 2, 4, 2 } },
	{ 22, { 5, 3, 5, 3, 11, 9, 11, 9 } },
	{ 23, { 5, 3, 5, 3, 11, 9, 11, 9 } },
	{ 30, { 5, 3, 4, 2, 5, 9 } },
	{ 31, { 5, 3, 11, 9, 4, 2, 5, 9 } },
	{ 32, { 5, 3, 11, 9, 5, 9, 11, 15 } },
	{ 33, { 5, 3, 11, 9, 5, 9, 11, 15 } },
	{ 34, { 2, 4, 4 } },
	{ 40, { 5, 3, 5, 9 } },
	{ 41, { 5, 3, 5, 9 } },
	{ 42, { 5, 3, 11, 9, 5, 9, 11, 15 } },
	{ 43, { 5, 3, 11, 9, 5, 9, 11, 15 } },
	{ 50, { 6, 10, 6, 11 } },
	{ 51, { 6, 6 } },
	{ 52, { 2, 2 } },
	{ 81, { 3 } },
	{ 101, { 2, 4, 8 } },
	{ 102, { 1 } },
	{ 110, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } },
	{ 111, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } },
	{ 112, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } },
	{ 113, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } },
	{ 121, { 7 } },
	{ 122, { 7, 13 } },
};

/* Two objects with an index each, then a header that stands behind them. */
static void
check_size(uint8_t group, uint8_t variation, size_t octets)
{
	struct dnp3_built b = { 0 };
	struct dnp3_fragment a;
	struct dnp3_walk w;
	struct dnp3_header h;
	struct dnp3_points points;
	struct dnp3_point p;

	dnp3_put_header(&b, group, variation, 0x17);
	dnp3_put(&b, (uint8_t[]){ 2, 5 }, 2);
	dnp3_put_zeros(&b, octets);
	dnp3_put_u8(&b, 200);
	dnp3_put_zeros(&b, octets);
	dnp3_put_header(&b, 60, 1, 0x06);
	a = dnp3_of(DNP3_RESPONSE, b.p, b.n);
	w = dnp3_objects(&a);
	CU_ASSERT_FATAL(dnp3_next(&w, &h));
	points = dnp3_points(&h);
	CU_ASSERT(dnp3_next_point(&points, &p));
	CU_ASSERT_EQUAL(p.index, 5);
	CU_ASSERT_EQUAL(p.value.n, octets);
	CU_ASSERT(dnp3_next_point(&points, &p));
	CU_ASSERT_EQUAL(p.index, 200);
	CU_ASSERT_EQUAL(p.value.n, octets);
	CU_ASSERT_FALSE(dnp3_next_point(&points, &p));
	CU_ASSERT(dnp3_next(&w, &h));
	CU_ASSERT_EQUAL(h.group, 60);
	CU_ASSERT(h.all);
	CU_ASSERT_FALSE(dnp3_next(&w, &h));
	CU_ASSERT_EQUAL(w.flaw, DNP3_SOUND);
}

static void
test_every_size(void)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (unsigned v = 1; sizes[i].octets[v - 1] != 0; v++)
			check_size(
			    sizes[i].group, (uint8_t)v, sizes[i].octets[v - 1]);
	check_size(1, 2, 1);
	check_size(3, 2, 1);
	check_size(10, 2, 1);
	check_size(86, 2, 1);
	check_size(110, 255, 255);
	check_size(120, 3, 6);
	check_size(120, 4, 2);
}

/* What has no row above is not known to have a size. */
static void
test_no_size(void)
{
	static const uint8_t unknown[][2] = { { 0, 0 }, { 0, 254 }, { 1, 0 },
		{ 1, 3 }, { 2, 4 }, { 5, 1 }, { 12, 4 }, { 12, 17 }, { 21, 13 },
		{ 30, 7 }, { 31, 9 }, { 50, 5 }, { 60, 5 }, { 70, 3 },
		{ 80, 2 }, { 82, 1 }, { 85, 1 }, { 88, 1 }, { 91, 1 },
		{ 100, 1 }, { 110, 0 }, { 114, 5 }, { 120, 1 }, { 120, 9 },
		{ 121, 2 }, { 122, 3 }, { 123, 1 }, { 255, 255 } };
	struct dnp3_header h;
	enum dnp3_flaw flaw;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		uint8_t p[] = { unknown[i][0], unknown[i][1], 0x07, 1, 0, 0 };

		CU_ASSERT_EQUAL(
		    dnp3_only(DNP3_RESPONSE, p, sizeof(p), &h, &flaw), 0);
		CU_ASSERT_EQUAL(flaw, DNP3_UNKNOWN_OBJECT);
		CU_ASSERT_EQUAL(h.group, unknown[i][0]);
		p[3] = 0; /* none is there: nothing has to be known */
		dnp3_only(DNP3_RESPONSE, p, 4, &h, &flaw);
		CU_ASSERT_EQUAL(flaw, DNP3_SOUND);
	}
}

/* One or two bits a point, the first in the low bits. */
static void
check_packed(uint8_t group, uint8_t variation, unsigned bits, unsigned count)
{
	uint8_t p[5 + 8] = { group, variation, 0x00, 3,
		(uint8_t)(3 + count - 1) };
	size_t octets = (count * bits + 7) / 8;
	struct dnp3_fragment a = dnp3_of(DNP3_RESPONSE, p, 5 + octets);
	struct dnp3_walk walk;
	struct dnp3_header h;
	struct dnp3_points w;
	struct dnp3_point point;

	for (size_t i = 0; i < octets; i++)
		p[5 + i] = (uint8_t)(0xb4 + 77 * i);
	walk = dnp3_objects(&a);
	CU_ASSERT_FATAL(dnp3_next(&walk, &h));
	CU_ASSERT_EQUAL(h.octets.n, octets);
	w = dnp3_points(&h);
	for (unsigned i = 0; i < count; i++) {
		unsigned at = i * bits;

		CU_ASSERT(dnp3_next_point(&w, &point));
		CU_ASSERT_EQUAL(point.index, 3 + i);
		CU_ASSERT_EQUAL(
		    point.bits, p[5 + at / 8] >> at % 8 & (bits == 1 ? 1 : 3));
	}
	CU_ASSERT_FALSE(dnp3_next_point(&w, &point));
	CU_ASSERT_FALSE(dnp3_next(&walk, &h));
	CU_ASSERT_EQUAL(walk.flaw, DNP3_SOUND);
}

static void
test_packed(void)
{
	/* an index in front of a bit has no meaning */
	static const uint8_t indexed[] = { 1, 1, 0x17, 1, 0, 1 };
	/* 17 bits said, 16 here */
	static const uint8_t cut[] = { 1, 1, 0x00, 0, 16, 0xff, 0xff };
	struct dnp3_header h;
	enum dnp3_flaw flaw;

	for (unsigned n = 1; n <= 32; n++) {
		check_packed(1, 1, 1, n);
		check_packed(10, 1, 1, n);
		check_packed(12, 3, 1, n);
		check_packed(80, 1, 1, n);
		check_packed(3, 1, 2, n);
	}
	CU_ASSERT_EQUAL(
	    dnp3_only(DNP3_RESPONSE, indexed, sizeof(indexed), &h, &flaw), 0);
	CU_ASSERT_EQUAL(flaw, DNP3_UNKNOWN_OBJECT);
	CU_ASSERT_EQUAL(
	    dnp3_only(DNP3_RESPONSE, cut, sizeof(cut), &h, &flaw), 16);
	CU_ASSERT_EQUAL(flaw, DNP3_OBJECTS_CUT);
}

/* Head, count where it stands, and the octets that it stands for. */
struct self {
	uint8_t group, variation;
	uint8_t octets[16];
	size_t n;
};

static void
test_self_sized(void)
{
	static const struct self of[] = {
		{ 0, 250, { 1, 3, 'a', 'b', 'c' }, 5 }, /* VSTR */
		{ 0, 255, { 254, 2, 1, 0 }, 4 },        /* list */
		{ 83, 1, { 'a', 'b', 'c', 'd', 1, 0, 2, 0, 9, 9 }, 10 },
		{ 83, 2, { 'a', 'b', 'c', 'd', 1, 0, 1, 0, 1, 0, 30, 1 }, 12 },
		{ 114, 1, { 2, 'x', 'y' }, 3 },
		{ 114, 2, { 2, 0, 'x', 'y' }, 4 },
		{ 114, 3, { 1, 2, 'x', 'y' }, 4 },
		{ 114, 4, { 1, 2, 0, 'x', 'y' }, 5 },
		{ 115, 1, { 1, 6, 5, 4, 3, 2, 1, 1, 'x' }, 9 },
		{ 115, 2, { 1, 6, 5, 4, 3, 2, 1, 1, 0, 'x' }, 10 },
		{ 115, 3, { 1, 1, 'x' }, 3 },
		{ 115, 4, { 1, 1, 0, 'x' }, 4 },
	};

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		struct dnp3_built b = { 0 };
		struct dnp3_header h;
		enum dnp3_flaw flaw;

		dnp3_put_header(&b, of[i].group, of[i].variation, 0x28);
		dnp3_put(&b, (uint8_t[]){ 2, 0 }, 2);
		for (unsigned k = 0; k < 2; k++) {
			dnp3_put(&b, (uint8_t[]){ 7, 0 }, 2);
			dnp3_put(&b, of[i].octets, of[i].n);
		}
		CU_ASSERT_EQUAL(
		    dnp3_only(DNP3_RESPONSE, b.p, b.n, &h, &flaw), 2);
		CU_ASSERT_EQUAL(flaw, DNP3_SOUND);
		CU_ASSERT_EQUAL(h.octets.n, 2 * (2 + of[i].n));
		for (size_t cut = 1; cut <= of[i].n; cut++) {
			CU_ASSERT_EQUAL(
			    dnp3_only(DNP3_RESPONSE, b.p, b.n - cut, &h, &flaw),
			    1);
			CU_ASSERT_EQUAL(flaw, DNP3_OBJECTS_CUT);
		}
	}
}

/* A list of more than 255 octets (table 5-16). */
static void
test_extended_list(void)
{
	struct dnp3_built b = { 0 };
	struct dnp3_header h;
	enum dnp3_flaw flaw;

	dnp3_put_header(&b, 0, 255, 0x00);
	dnp3_put(&b, (uint8_t[]){ 0, 0, 255, 4 }, 4);
	dnp3_put_zeros(&b, 260);
	CU_ASSERT_EQUAL(dnp3_only(DNP3_RESPONSE, b.p, b.n, &h, &flaw), 1);
	CU_ASSERT_EQUAL(flaw, DNP3_SOUND);
	CU_ASSERT_EQUAL(dnp3_only(DNP3_RESPONSE, b.p, b.n - 1, &h, &flaw), 0);
	CU_ASSERT_EQUAL(flaw, DNP3_OBJECTS_CUT);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "every size", test_every_size },
		{ "objects of no known size", test_no_size },
		{ "packed formats", test_packed },
		{ "objects that say their size", test_self_sized },
		{ "an extended list", test_extended_list },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3_sizes", tests);
}
