/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3: controls, times and files as a record has them. */
#include <config.h>

#include <stdlib.h>

#include "tests/unit/dnp3.h"

static void
check_says(const uint8_t *p, size_t n, const char *what)
{
	struct dnp3_kept *k = dnp3_start(4, 4096);
	bool response = p[1] >= DNP3_RESPONSE;

	CU_ASSERT_EQUAL(
	    dnp3_say(k, response ? DNP3_FROM_STATION : DNP3_FROM_MASTER, p, n),
	    RD_OK);
	CU_ASSERT_PTR_NULL(k->op.flaw);
	CU_ASSERT_PTR_NOT_NULL(strstr(k->line, what));
	if (strstr(k->line, what) == NULL)
		puts(k->line);
	dnp3_stop(k);
}

#define CHECK_SAYS(p, what) check_says(p, sizeof(p), what)

static void
test_crob(void)
{
	/* SELECT of point 258: close, pulse on, 2 times, 500 ms, 4 s */
	static const uint8_t crob[] = { 0xc0, 0x03, 0x0c, 0x01, 0x28, 0x01,
		0x00, 0x02, 0x01, 0x41, 0x02, 0xf4, 0x01, 0x00, 0x00, 0xa0,
		0x0f, 0x00, 0x00, 0x00 };
	/* its answer: local, and the reserved bit of the status is set */
	static const uint8_t answer[] = { 0xc0, 0x81, 0x20, 0x00, 0x0c, 0x01,
		0x28, 0x01, 0x00, 0x02, 0x01, 0x41, 0x02, 0xf4, 0x01, 0x00,
		0x00, 0xa0, 0x0f, 0x00, 0x00, 0x87 };

	CHECK_SAYS(crob, "\"controls\":[{\"index\":258,\"code\":65,\"count\":2,"
	                 "\"on_ms\":500,\"off_ms\":4000,\"status\":0}]}");
	CHECK_SAYS(answer, "\"off_ms\":4000,\"status\":7}]}");
}

static void
test_outputs(void)
{
	/* DIRECT OPERATE of points 1 to 4, one of each variation of g41 */
	static const uint8_t p[] = { 0xc0, 0x05, 0x29, 0x01, 0x17, 0x01, 0x01,
		0xfe, 0xff, 0xff, 0xff, 0x00,                   /* -2 */
		0x29, 0x02, 0x17, 0x01, 0x02, 0x00, 0x80, 0x00, /* -32768 */
		0x29, 0x03, 0x17, 0x01, 0x03, 0x00, 0x00, 0xc0, 0x3f,
		0x00, /* 1.5 */
		0x29, 0x04, 0x17, 0x01, 0x04, 0, 0, 0, 0, 0, 0, 0xd0, 0xbf,
		0x00 }; /* -0.25 */

	CHECK_SAYS(p, "\"controls\":["
	              "{\"index\":1,\"value\":-2,\"status\":0},"
	              "{\"index\":2,\"value\":-32768,\"status\":0},"
	              "{\"index\":3,\"value\":1.5,\"status\":0},"
	              "{\"index\":4,\"value\":-0.25,\"status\":0}]}");
}

/* Patterns have the layout of g12v1, and what they act on is a bit mask. */
static void
test_pattern(void)
{
	static const uint8_t p[] = { 0xc0, 0x03, 0x0c, 0x02, 0x07, 0x01, 0x03,
		0x01, 1, 0, 0, 0, 2, 0, 0, 0, 0x00, 0x0c, 0x03, 0x00, 0x00,
		0x0a, 0x05, 0x04 };

	CHECK_SAYS(p,
	    "\"objects\":[{\"g\":12,\"v\":2,\"qualifier\":7,\"count\":1},"
	    "{\"g\":12,\"v\":3,\"qualifier\":0,\"count\":11,"
	    "\"range\":[0,10]}],\"controls\":[{\"index\":0,\"code\":3,");
}

static void
test_too_many_controls(void)
{
	uint8_t p[6 + 17 * 12] = { 0xc0, 0x06, 0x0c, 0x01, 0x17, 17 };
	struct dnp3_kept *k = dnp3_start(4, 4096);
	const char *s;
	int n = 0;

	for (uint8_t i = 0; i < 17; i++)
		p[6 + 12 * i] = i;
	DNP3_SAY(k, DNP3_FROM_MASTER, p);
	for (s = k->line; (s = strstr(s, "\"code\"")) != NULL; s++)
		n++;
	CU_ASSERT_EQUAL(n, 16);
	CU_ASSERT_PTR_NOT_NULL(strstr(k->line, "}],\"controls_left_out\":1}"));
	dnp3_stop(k);
}

static void
test_times(void)
{
	/* WRITE g50v1: 2^40 + 1 ms */
	static const uint8_t write[] = { 0xc0, 0x02, 0x32, 0x01, 0x07, 0x01,
		0x01, 0, 0, 0, 0, 0x01 };
	/* READ of the same: no time is there */
	static const uint8_t read[] = { 0xc0, 0x01, 0x32, 0x01, 0x07, 0x01 };
	/* g51v1 (CTO) 2 ms, and g2v3 of point 4 */
	static const uint8_t cto[] = { 0xc0, 0x82, 0, 0, 0x33, 0x01, 0x07, 0x01,
		2, 0, 0, 0, 0, 0, 0x02, 0x03, 0x17, 0x01, 4, 0x81, 1, 0 };
	/* g52v1, 3 s, and g52v2, 258 ms */
	static const uint8_t coarse[] = { 0xc0, 0x81, 0, 0, 0x34, 0x01, 0x07,
		0x01, 3, 0 };
	static const uint8_t fine[] = { 0xc0, 0x81, 0, 0, 0x34, 0x02, 0x07,
		0x01, 2, 1 };

	CHECK_SAYS(write, "],\"time_ms\":1099511627777}");
	CHECK_SAYS(read, "\"count\":1}]}");
	CHECK_SAYS(cto, "],\"cto_ms\":2}");
	CHECK_SAYS(coarse, "],\"delay_ms\":3000}");
	CHECK_SAYS(fine, "],\"delay_ms\":258}");
}

static void
test_file_command(void)
{
	/* OPEN, g70v3: name at 26 of 5, permissions 0400, key, mode write */
	static const uint8_t open[] = { 0xc0, 0x19, 0x46, 0x03, 0x5b, 0x01, 31,
		0, 26, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0x00, 0x01, 0xef, 0xbe, 0xad,
		0xde, 0x10, 0x27, 0, 0, 2, 0, 0, 4, 7, 0, 'a', '/', 'b', '"',
		'c' };
	/* the answer, g70v4: handle, size, block size, request, status 3 */
	static const uint8_t status[] = { 0xc0, 0x81, 0, 0, 0x46, 0x04, 0x5b,
		0x01, 13, 0, 0x78, 0x56, 0x34, 0x12, 9, 0, 0, 0, 0, 4, 7, 0,
		3 };
	struct dnp3_kept *k = dnp3_start(4, 4096);

	CHECK_SAYS(open,
	    "\"file\":{\"v\":3,\"name\":\"a/b\\\"c\",\"size\":10000,"
	    "\"mode\":2,\"permissions\":256}}");
	CHECK_SAYS(status,
	    "\"file\":{\"v\":4,\"handle\":305419896,\"status\":3,"
	    "\"size\":9}}");
	DNP3_SAY(k, DNP3_FROM_MASTER, open);
	CU_ASSERT_PTR_NULL(strstr(k->line, "3735928559")); /* the key */
	dnp3_stop(k);
}

static void
test_file_transport(void)
{
	/* READ of block 1; its octets, the last; how a write went */
	static const uint8_t read[] = { 0xc0, 0x01, 0x46, 0x05, 0x5b, 0x01, 8,
		0, 1, 0, 0, 0, 1, 0, 0, 0 };
	static const uint8_t block[] = { 0xc0, 0x81, 0, 0, 0x46, 0x05, 0x5b,
		0x01, 10, 0, 1, 0, 0, 0, 1, 0, 0, 0x80, 'h', 'i' };
	static const uint8_t written[] = { 0xc0, 0x81, 0, 0, 0x46, 0x06, 0x5b,
		0x01, 9, 0, 1, 0, 0, 0, 2, 0, 0, 0, 17 };

	CHECK_SAYS(read,
	    "\"file\":{\"v\":5,\"handle\":1,\"block\":1,\"last\":false,"
	    "\"octets\":0}}");
	CHECK_SAYS(block,
	    "\"file\":{\"v\":5,\"handle\":1,\"block\":1,\"last\":true,"
	    "\"octets\":2}}");
	CHECK_SAYS(written,
	    "\"file\":{\"v\":6,\"handle\":1,\"block\":2,\"last\":false,"
	    "\"status\":17}}");
}

static void
test_file_names(void)
{
	/* AUTHENTICATE, g70v2: user "op" at 12, password "pass" at 14 */
	static const uint8_t user[] = { 0xc0, 0x1d, 0x46, 0x02, 0x5b, 0x01, 18,
		0, 12, 0, 2, 0, 14, 0, 4, 0, 0, 0, 0, 0, 'o', 'p', 'p', 'a',
		's', 's' };
	/* g70v7: name at 20 of 1, a directory, size 3, permissions 0777 */
	static const uint8_t info[] = { 0xc0, 0x81, 0, 0, 0x46, 0x07, 0x5b,
		0x01, 21, 0, 20, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xff, 1, 7, 0, '.' };
	/* ACTIVATE CONFIGURATION of g70v8 */
	static const uint8_t activate[] = { 0xc0, 0x1f, 0x46, 0x08, 0x5b, 0x01,
		3, 0, 'c', 'f', 'g' };
	struct dnp3_kept *k = dnp3_start(4, 4096);

	CHECK_SAYS(user, "\"file\":{\"v\":2,\"user\":\"op\"}}");
	DNP3_SAY(k, DNP3_FROM_MASTER, user);
	CU_ASSERT_PTR_NULL(strstr(k->line, "pass"));
	CHECK_SAYS(info,
	    "\"file\":{\"v\":7,\"name\":\".\",\"size\":3,\"type\":0,"
	    "\"permissions\":511}}");
	CHECK_SAYS(activate, "\"file\":{\"v\":8,\"name\":\"cfg\"}}");
	dnp3_stop(k);
}

/* A size that is less than the fields need, or a name that is elsewhere. */
static void
test_file_flaws(void)
{
	static const uint8_t least[] = { [2] = 12, 26, 13, 8, 9, 20 };
	uint8_t p[64] = { 0xc0, 0x19, 0x46, 0, 0x5b, 0x01 };
	struct dnp3_kept *k = dnp3_start(4, 4096);

	for (uint8_t v = 2; v <= 7; v++)
		for (uint8_t n = 0; n <= 30; n++) {
			p[3] = v;
			p[6] = n;
			dnp3_say(k, DNP3_FROM_MASTER, p, 8 + (size_t)n);
			CU_ASSERT_EQUAL(k->frame.flaw,
			    n < least[v] ? DNP3_OBJECT_FIELDS : DNP3_SOUND);
		}
	for (uint8_t at = 0; at <= 31; at++) {
		p[3] = 3;
		p[6] = 30;
		p[8] = at;
		p[10] = 4;
		dnp3_say(k, DNP3_FROM_MASTER, p, 8 + 30);
		CU_ASSERT_EQUAL(
		    k->frame.flaw, at > 26 ? DNP3_OBJECT_FIELDS : DNP3_SOUND);
	}
	dnp3_stop(k);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "control relay output block", test_crob },
		{ "analog output blocks", test_outputs },
		{ "a pattern", test_pattern },
		{ "too many controls", test_too_many_controls },
		{ "times", test_times },
		{ "opening a file", test_file_command },
		{ "blocks of a file", test_file_transport },
		{ "names of files and users", test_file_names },
		{ "file objects that do not fit", test_file_flaws },
		CU_TEST_INFO_NULL,
	};

	return driver_run("dnp3_values", tests);
}
