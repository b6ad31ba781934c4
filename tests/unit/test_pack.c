/* SPDX-License-Identifier: Apache-2.0 */
/* Events to octets and back. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "rules/pack.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_str(const struct event_str *a, const struct event_str *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static void
expect_same(const struct event *a, const struct event *b)
{
	CU_ASSERT_PTR_EQUAL(a->def, b->def);
	CU_ASSERT(same_text(a->det, b->det));
	CU_ASSERT(same_text(a->std, b->std));
	CU_ASSERT(same_text(a->ref, b->ref));
	CU_ASSERT(same_str(&a->user, &b->user));
	CU_ASSERT(same_text(a->attack, b->attack));
	CU_ASSERT(same_text(a->capture, b->capture));
	CU_ASSERT(same_text(a->proto, b->proto));
	CU_ASSERT_STRING_EQUAL(a->flow, b->flow);
	CU_ASSERT_STRING_EQUAL(a->role, b->role);
	CU_ASSERT_EQUAL(a->severity, b->severity);
	CU_ASSERT_EQUAL(a->sqnum, b->sqnum);
	CU_ASSERT_EQUAL(a->count, b->count);
	CU_ASSERT_EQUAL(a->at.tv_sec, b->at.tv_sec);
	CU_ASSERT_EQUAL(a->at.tv_nsec, b->at.tv_nsec);
	CU_ASSERT_EQUAL(a->frame, b->frame);
	CU_ASSERT_EQUAL(a->state, b->state);
	CU_ASSERT_EQUAL(a->doubtful, b->doubtful);
	CU_ASSERT_EQUAL(a->dst_is_peer, b->dst_is_peer);
	CU_ASSERT_EQUAL(a->vlans, b->vlans);
	CU_ASSERT(memcmp(a->vlan, b->vlan, sizeof(a->vlan)) == 0);
	CU_ASSERT(memcmp(&a->src, &b->src, sizeof(a->src)) == 0);
	CU_ASSERT(memcmp(&a->dst, &b->dst, sizeof(a->dst)) == 0);
	CU_ASSERT(same_str(&a->subject, &b->subject));
	CU_ASSERT_EQUAL_FATAL(a->nwhy, b->nwhy);
	for (size_t i = 0; i < a->nwhy; i++) {
		CU_ASSERT(same_text(a->why[i].name, b->why[i].name));
		CU_ASSERT_EQUAL(a->why[i].number, b->why[i].number);
		CU_ASSERT(same_str(&a->why[i].value, &b->why[i].value));
	}
}

static void
test_there_and_back(void)
{
	struct pack_names *names = pack_names_new();
	struct event all = event_sample_full(), few = event_sample("rtu-3");
	uint8_t buf[PACK_MAX];
	struct event back;
	size_t n = pack_event(buf, &all);

	CU_ASSERT_EQUAL(pack_read(&back, (struct bytes){ buf, n }, names), 0);
	expect_same(&all, &back);
	n = pack_event(buf, &few);
	CU_ASSERT_EQUAL(pack_read(&back, (struct bytes){ buf, n }, names), 0);
	expect_same(&few, &back);
	pack_names_free(names);
	pack_names_free(NULL);
}

/* What was cut or changed is refused, or an event that is sound. */
static void
test_damage(void)
{
	struct pack_names *names = pack_names_new();
	struct event all = event_sample_full();
	uint8_t buf[PACK_MAX], *cut;
	struct event back;
	size_t n = pack_event(buf, &all);

	for (size_t i = 0; i < n; i++) {
		cut = malloc(i + 1); /* its end is a wall to sanitizers */
		memcpy(cut, buf, i);
		CU_ASSERT_EQUAL(
		    pack_read(&back, (struct bytes){ cut, i }, names), -EINVAL);
		free(cut);
	}
	for (size_t i = 0; i < n; i++) {
		buf[i] ^= 0xff;
		if (pack_read(&back, (struct bytes){ buf, n }, names) == 0) {
			CU_ASSERT_PTR_NOT_NULL(back.def);
			CU_ASSERT(back.nwhy <= EVENT_WHY);
			CU_ASSERT(back.vlans <= PDU_VLANS);
		}
		buf[i] ^= 0xff;
	}
	pack_names_free(names);
}

/* Texts are kept once, and not without bound. */
static void
test_names_are_capped(void)
{
	struct pack_names *names = pack_names_new();
	struct event ev = event_sample("rtu-3");
	uint8_t buf[PACK_MAX];
	struct event back;
	char capture[16];
	int rc = 0;

	ev.capture = capture;
	for (int i = 0; i < 5000 && rc == 0; i++) {
		snprintf(capture, sizeof(capture), "c%d", i);
		rc = pack_read(
		    &back, (struct bytes){ buf, pack_event(buf, &ev) }, names);
		if (rc == 0)
			CU_ASSERT_STRING_EQUAL(back.capture, capture);
	}
	CU_ASSERT_EQUAL(rc, -ENOBUFS);
	pack_names_free(names);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "there and back", test_there_and_back },
		{ "damage", test_damage },
		{ "names are capped", test_names_are_capped },
		CU_TEST_INFO_NULL,
	};

	return driver_run("pack", tests);
}
