/* SPDX-License-Identifier: Apache-2.0 */
/* What is served: order, values, and names that are clean. */
#include <config.h>

#include <string.h>

#include "outputs/nsm/clean.h"
#include "outputs/nsm/view.h"
#include "rules/detector.h"
#include "tests/driver.h"

static const struct nsm_caps caps = {
	.rows = { 0, 1, 5, 8, 8, 8, 4, 8, 8, 8 },
};
static struct error error;

static struct nsm_page *
page_with(void)
{
	struct nsm_page *p = nsm_page_new(NULL, &caps, &error);
	struct nsm_meter meter = { .fc_replays = 3 };
	struct nsm_fc fc = { .pdus = UINT64_C(1) << 40 };
	struct nsm_agent agent = { .rx_octets = UINT64_MAX };
	uint32_t index[NSM_INDEX] = { 0 };

	nsm_page_put(p, NSM_AGENT, 0, NULL, &agent);
	for (uint32_t i = 0; i < 3; i++) {
		index[0] = 30 - 10 * i;
		nsm_page_put(p, NSM_METER, i, index, &meter);
	}
	nsm_page_put(p, NSM_FC, 0, (uint32_t[]){ 20, 16, 2, 1 }, &fc);
	nsm_page_put(p, NSM_FC, 1, (uint32_t[]){ 20, 16, 1, 1 }, &fc);
	nsm_page_put(p, NSM_FC, 2, (uint32_t[]){ 99, 16, 1, 1 }, &fc);
	return p;
}

/* GETNEXT from nothing on: each instance once, in order, and GET agrees. */
static void
test_walk(void)
{
	struct nsm_page *p = page_with();
	struct nsm_view *v = nsm_view_new(p);
	uint32_t at[NSM_OID] = { 1, 3 }, next[NSM_OID];
	size_t n = 2, nnext, steps = 0, columns;
	struct nsm_value a, b;
	bool rising = true, same = true;

	nsm_view_load(v, p);
	CU_ASSERT_EQUAL(nsm_view_rows(v, NSM_FC), 2); /* 99 is no meter */
	while (nsm_view_next(v, at, n, next, &nnext, &a)) {
		size_t least = n < nnext ? n : nnext, i = 0;

		while (i < least && at[i] == next[i])
			i++;
		rising = rising && (i == least ? n < nnext : at[i] < next[i]);
		same = same && nsm_view_get(v, next, nnext, &b) &&
		       a.number == b.number && a.kind == b.kind;
		memcpy(at, next, sizeof(at));
		n = nnext;
		steps++;
	}
	CU_ASSERT_TRUE(rising);
	CU_ASSERT_TRUE(same);
	nsm_columns(NSM_AGENT, &columns);
	CU_ASSERT_EQUAL(columns, 20);
	nsm_columns(NSM_METER, &columns);
	CU_ASSERT_EQUAL(columns, 23);
	CU_ASSERT_EQUAL(steps, 20 + 3 * 23 + 2 * 15);
	nsm_view_free(v);
	nsm_page_free(p);
}

static void
test_get(void)
{
	struct nsm_page *p = page_with();
	struct nsm_view *v = nsm_view_new(p);
	uint32_t oid[NSM_OID], next[NSM_OID], index[NSM_INDEX] = { 20 };
	struct nsm_value value;
	size_t n, nnext;

	nsm_view_load(v, p);
	n = nsm_oid(oid, NSM_AGENT, 8, index);
	CU_ASSERT_TRUE(nsm_view_get(v, oid, n, &value));
	CU_ASSERT_EQUAL(value.number, UINT64_MAX);
	CU_ASSERT_EQUAL(value.kind, NSM_C64);
	CU_ASSERT_FALSE(nsm_view_get(v, oid, n - 1, &value));
	CU_ASSERT_FALSE(nsm_view_is_object(oid, n - 1));
	CU_ASSERT_TRUE(nsm_view_is_object(oid, n));
	n = nsm_oid(oid, NSM_METER, 24, index);
	CU_ASSERT_TRUE(nsm_view_get(v, oid, n, &value));
	CU_ASSERT_EQUAL(value.number, 3);
	/* between two rows: the next one */
	oid[n - 1] = 21;
	CU_ASSERT_FALSE(nsm_view_get(v, oid, n, &value));
	CU_ASSERT_TRUE(nsm_view_next(v, oid, n, next, &nnext, &value));
	CU_ASSERT_EQUAL(next[nnext - 1], 30);
	/* half an index, and one that is too long */
	n = nsm_oid(oid, NSM_FC, 12, (uint32_t[]){ 20, 16, 1, 1 });
	CU_ASSERT_TRUE(nsm_view_next(v, oid, n - 2, next, &nnext, &value));
	CU_ASSERT_EQUAL(next[nnext - 2], 1);
	oid[n] = 0;
	CU_ASSERT_TRUE(nsm_view_next(v, oid, n + 1, next, &nnext, &value));
	CU_ASSERT_EQUAL(next[nnext - 2], 2);
	nsm_view_free(v);
	nsm_page_free(p);
}

static void
test_date(void)
{
	struct nsm_prot row = { .malformed_pdus_ts =
		                    UINT64_C(1582979696789000000) };
	const struct nsm_object *o;
	struct nsm_value v;
	size_t n;

	o = nsm_columns(NSM_PROT, &n) + 8;
	CU_ASSERT_STRING_EQUAL(o->name, "gtNsmProtMalformedPdusTs");
	nsm_value(&v, o, &row);
	CU_ASSERT_EQUAL(v.n, 11); /* 2020-2-29 12:34:56.7 */
	CU_ASSERT_EQUAL(
	    memcmp(v.p, "\x07\xe4\x02\x1d\x0c\x22\x38\x07+\0\0", 11), 0);
	row.malformed_pdus_ts = 0;
	nsm_value(&v, o, &row);
	CU_ASSERT_EQUAL(v.n, 8);
	CU_ASSERT_EQUAL(memcmp(v.p, "\0\0\0\0\0\0\0\0", 8), 0);
}

static void
clean(const char *in, size_t n, size_t most, const char *out)
{
	char to[256];
	size_t k =
	    nsm_clean(to, most, (struct bytes){ (const uint8_t *)in, n });

	CU_ASSERT_EQUAL(k, strlen(out));
	CU_ASSERT_EQUAL(memcmp(to, out, k), 0);
}

static void
test_clean(void)
{
	clean("IED1/LLN0", 9, 129, "IED1/LLN0");
	clean("a\x1b[2J\0b", 7, 129,
	    "a\xef\xbf\xbd[2J\xef\xbf\xbd"
	    "b");
	clean("\xff\xc0\xaf", 3, 129, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	/* no half a character at the end */
	clean("ab\xe2\x82\xac", 5, 4, "ab");
	clean("ab\xe2\x82\xac", 5, 5, "ab\xe2\x82\xac");
	clean("\xe2\x82", 2, 3, "\xef\xbf\xbd");
	clean("x", 1, 0, "");
}

/* Numbers are never used for two, and managers find them in the books. */
static void
test_rules(void)
{
	static const char *const names[] = {
#define RULE(det, function, counter, name, event) det,
#include "outputs/nsm/rules.inc"
#undef RULE
	};
	size_t n = sizeof(names) / sizeof(*names);

	CU_ASSERT_EQUAL(nsm_rule_id("D-05"), 4005);
	CU_ASSERT_EQUAL(nsm_rule_id("T-34"), 20034);
	CU_ASSERT_EQUAL(nsm_rule_id("x"), 0);
	CU_ASSERT_EQUAL(nsm_rule_id(NULL), 0);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(
			    nsm_rule_id(names[i]), nsm_rule_id(names[k]));
	for (size_t i = 0; detectors[i] != NULL; i++)
		for (const struct detection *d = detectors[i]->detections;
		     d->id != NULL; d++) {
			bool found = false;

			for (size_t k = 0; k < n; k++)
				found = found || strcmp(names[k], d->id) == 0;
			if (!found)
				printf(
				    "outputs/nsm/rules.inc lacks %s\n", d->id);
			CU_ASSERT_TRUE(found);
		}
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "a walk", test_walk },
		{ "GET and GETNEXT", test_get },
		{ "DateAndTime", test_date },
		{ "names are clean", test_clean },
		{ "rules", test_rules },
		CU_TEST_INFO_NULL,
	};

	return driver_run("nsm_view", tests);
}
