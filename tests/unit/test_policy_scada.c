/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy file says of stations of IEC 60870-5-104 and DNP3. */
#include <config.h>

#include "tests/unit/policy.h"

#define T POLICY_IEC104
#define P POLICY_DNP3

static const char stations[] =
    "version: 1\n"
    "iec104:\n"
    "  complete: true\n"
    "  stations:\n"
    "  - name: a\n"
    "    address: [10.0.1.1, 10.0.1.2]\n"
    "    tls: true\n"
    "    permanent: true\n"
    "    links: 2\n"
    "    k: 20\n"
    "    w: 14\n"
    "    t1_s: 30\n"
    "    t2_s: 20\n"
    "    t3_s: 40\n"
    "    masters:\n"
    "    - {address: 10.0.0.1, group: x, types: [45, 255], sets_time: true}\n"
    "    - {address: [10.0.0.2, 10.0.0.3], group: x, sets_time: false}\n"
    "    - {address: 10.0.0.4}\n"
    "    points:\n"
    "    - {ca: 1, ioa: [7, 1-6, 2, 3-4, 6-6, 16777215]}\n"
    "    - {ca: 0, ioa: [9]}\n"
    "  - address: 10.0.1.0/24\n"
    "    dual: true\n"
    "    authenticated: true\n"
    "  - {address: 10.0.2.1, masters: [], points: []}\n"
    "dnp3:\n"
    "  stations:\n"
    "  - address: 10.0.1.1\n"
    "    masters:\n"
    "    - {address: 10.0.0.1, link_address: [1, 65519], functions: [1, 5]}\n"
    "    points:\n"
    "    - {index: [0-7], group: 12, link_address: 3}\n"
    "    - {link_address: 3, group: 41, index: [4-9], most: 10}\n"
    "    - {link_address: 3, group: 41, index: [2, 6-12], least: -1.5}\n"
    "    - {link_address: 3, group: 41, index: [20]}\n"
    "    key_wrap: 2\n"
    "  - address: 10.0.1.2\n"
    "    masters:\n"
    "    - {address: 10.0.0.2, link_address: 2}\n"
    "    - {address: 10.0.0.3}\n";

static const struct policy_limits *
limits(const struct policy *p, uint32_t index)
{
	return policy_limits(p, ip(1, 1), 3, 41U << 16 | index);
}

/* Of ranges that overlap the first one counts. */
static void
test_limits(void)
{
	struct policy *p = policy_of(stations);

	for (uint32_t i = 4; i < 13; i++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(limits(p, i));
		CU_ASSERT_EQUAL(limits(p, i)->most == 10, i < 10);
		CU_ASSERT_EQUAL(limits(p, i)->least == -1.5, i >= 10);
	}
	CU_ASSERT_PTR_NOT_NULL(limits(p, 2));
	CU_ASSERT_PTR_NULL(limits(p, 3));
	CU_ASSERT_PTR_NULL(limits(p, 13));
	CU_ASSERT_PTR_NULL(limits(p, 20));
	CU_ASSERT_PTR_NULL(limits(NULL, 4));
	CU_ASSERT_PTR_NULL(policy_limits(p, ip(1, 1), 4, 41U << 16 | 4));
	CU_ASSERT_PTR_NULL(policy_limits(p, ip(1, 2), 3, 41U << 16 | 4));
	LISTED(policy_point(p, P, ip(1, 1), 3, 41 << 16 | 12));
	CU_ASSERT_EQUAL(policy_station(p, P, ip(1, 1))->key_wrap, 2);
	CU_ASSERT_EQUAL(policy_station(p, P, ip(1, 2))->key_wrap, 0);
	policy_free(p);
}

static void
test_stations(void)
{
	struct policy *p = policy_of(stations);
	const struct policy_station *s = policy_station(p, T, ip(1, 2));

	CU_ASSERT_STRING_EQUAL(s->name, "a");
	CU_ASSERT(s->tls && s->permanent && !s->dual && !s->authenticated);
	CU_ASSERT(s->links == 2 && s->k == 20 && s->w == 14);
	CU_ASSERT(s->t1_s == 30 && s->t2_s == 20 && s->t3_s == 40);
	s = policy_station(p, T, ip(1, 3));
	CU_ASSERT(!s->tls && !s->permanent && s->dual && s->authenticated);
	CU_ASSERT(s->links == 0 && s->k == 12 && s->w == 8);
	CU_ASSERT(s->t1_s == 15 && s->t2_s == 10 && s->t3_s == 20);
	s = policy_station(p, T, ip(9, 9));
	CU_ASSERT(!s->dual && s->k == 12);
	s = policy_station(p, P, ip(1, 3));
	CU_ASSERT(!s->dual);
	policy_free(p);
}

static void
test_masters(void)
{
	struct policy *p = policy_of(stations);

	LISTED(policy_master(p, T, ip(0, 1), ip(1, 1)));
	LISTED(policy_master(p, T, ip(0, 3), ip(1, 2)));
	UNLISTED(policy_master(p, T, ip(0, 5), ip(1, 1)));
	SILENT(policy_master(p, T, ip(0, 5), ip(1, 3)));
	UNLISTED(policy_master(p, T, ip(0, 1), ip(2, 1)));
	/* a list that is complete, and one that is not */
	UNLISTED(policy_master(p, T, ip(0, 1), ip(9, 9)));
	SILENT(policy_master(p, P, ip(0, 1), ip(9, 9)));
	LISTED(policy_same_group(p, T, ip(0, 1), ip(0, 3), ip(1, 1)));
	UNLISTED(policy_same_group(p, T, ip(0, 1), ip(0, 4), ip(1, 1)));
	UNLISTED(policy_same_group(p, T, ip(0, 4), ip(0, 4), ip(1, 1)));
	UNLISTED(policy_same_group(p, T, ip(0, 1), ip(0, 9), ip(1, 1)));
	SILENT(policy_same_group(p, T, ip(0, 1), ip(0, 2), ip(1, 3)));
	LISTED(policy_time_master(p, T, ip(0, 1), ip(1, 1)));
	UNLISTED(policy_time_master(p, T, ip(0, 2), ip(1, 1)));
	UNLISTED(policy_time_master(p, T, ip(0, 4), ip(1, 1)));
	SILENT(policy_time_master(p, T, ip(0, 1), ip(1, 3)));
	SILENT(policy_time_master(p, P, ip(0, 1), ip(1, 1)));
	policy_free(p);
}

static void
test_links(void)
{
	struct policy *p = policy_of(stations);

	LISTED(policy_master_address(p, ip(0, 1), 1));
	LISTED(policy_master_address(p, ip(0, 1), 65519));
	UNLISTED(policy_master_address(p, ip(0, 1), 3));
	UNLISTED(policy_master_address(p, ip(0, 9), 1)); /* another's */
	SILENT(policy_master_address(p, ip(0, 9), 9));
	SILENT(policy_master_address(p, ip(0, 3), 9)); /* nothing is said */
	UNLISTED(policy_master_address(p, ip(0, 3), 2));
	SILENT(policy_master_address(NULL, ip(0, 1), 1));
	policy_free(p);
}

static void
test_functions(void)
{
	struct policy *p = policy_of(stations);

	LISTED(policy_function(p, T, ip(0, 1), ip(1, 1), 45));
	LISTED(policy_function(p, T, ip(0, 1), ip(1, 1), 255));
	UNLISTED(policy_function(p, T, ip(0, 1), ip(1, 1), 46));
	UNLISTED(policy_function(p, T, ip(0, 1), ip(1, 1), 301));
	SILENT(policy_function(p, T, ip(0, 2), ip(1, 1), 46));
	SILENT(policy_function(p, T, ip(0, 9), ip(1, 1), 46));
	SILENT(policy_function(p, T, ip(0, 1), ip(1, 3), 46));
	LISTED(policy_function(p, P, ip(0, 1), ip(1, 1), 5));
	UNLISTED(policy_function(p, P, ip(0, 1), ip(1, 1), 45));
	policy_free(p);
}

/* Ranges overlap, are not in order, and belong to two addresses. */
static void
test_points(void)
{
	struct policy *p = policy_of(stations);
	static const uint32_t in[] = { 1, 4, 5, 6, 7, 16777215 };
	static const uint32_t out[] = { 0, 8, 9, 16777214 };

	for (size_t i = 0; i < sizeof(in) / sizeof(*in); i++)
		LISTED(policy_point(p, T, ip(1, 1), 1, in[i]));
	for (size_t i = 0; i < sizeof(out) / sizeof(*out); i++)
		UNLISTED(policy_point(p, T, ip(1, 1), 1, out[i]));
	LISTED(policy_point(p, T, ip(1, 1), 0, 9));
	UNLISTED(policy_point(p, T, ip(1, 1), 0, 7));
	UNLISTED(policy_point(p, T, ip(1, 1), 2, 7));
	SILENT(policy_point(p, T, ip(1, 3), 2, 7));
	UNLISTED(policy_point(p, T, ip(2, 1), 2, 7));
	LISTED(policy_point(p, P, ip(1, 1), 3, 12 << 16 | 7));
	UNLISTED(policy_point(p, P, ip(1, 1), 3, 12 << 16 | 8));
	UNLISTED(policy_point(p, P, ip(1, 1), 3, 41 << 16 | 13));
	UNLISTED(policy_point(p, P, ip(1, 1), 4, 12 << 16 | 7));
	SILENT(policy_point(p, P, ip(1, 2), 3, 12 << 16 | 7));
	policy_free(p);
}

static void
test_silence(void)
{
	struct policy *p = policy_of("version: 1\n");
	const struct policy *both[] = { NULL, p };

	for (size_t i = 0; i < 2; i++) {
		const struct policy *q = both[i];

		CU_ASSERT(!policy_station(q, T, ip(1, 1))->tls);
		CU_ASSERT_EQUAL(policy_station(q, P, ip(1, 1))->links, 0);
		SILENT(policy_master(q, T, ip(0, 1), ip(1, 1)));
		SILENT(policy_same_group(q, T, ip(0, 1), ip(0, 2), ip(1, 1)));
		SILENT(policy_master_address(q, ip(0, 1), 1));
		SILENT(policy_function(q, P, ip(0, 1), ip(1, 1), 1));
		SILENT(policy_point(q, T, ip(1, 1), 1, 1));
		SILENT(policy_time_master(q, T, ip(0, 1), ip(1, 1)));
	}
	policy_free(p);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "stations", test_stations },
		{ "masters", test_masters },
		{ "link addresses", test_links },
		{ "functions", test_functions },
		{ "points", test_points },
		{ "limits of set points", test_limits },
		{ "silence", test_silence },
		CU_TEST_INFO_NULL,
	};

	return driver_run("policy_scada", tests);
}
