/* SPDX-License-Identifier: Apache-2.0 */
/* Folding: what goes out when, and that nothing is lost on the way. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/fold.h"
#include "tests/driver.h"

#define CAP 4
#define WINDOW 300

static const uint8_t key[SIPHASH_KEY];

struct seen {
	struct event_sink sink;
	struct event last;
	uint32_t n, total; /* events, and occurrences that they stand for */
};

static void
see(struct event_sink *sink, const struct event *ev)
{
	struct seen *s = (struct seen *)sink;

	s->last = *ev;
	s->n++;
	s->total += ev->count;
}

static struct event
sample(const char *subject, time_t at)
{
	struct pdu pdu = {
		.at = { .tv_sec = at },
		.src = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, 1 }, .port = 40 },
		.dst = { .ip = { [10] = 0xff, 0xff, 10, 0, 0, 2 } },
	};
	struct op op = { .pdu = &pdu, .protocol = "iec104" };
	struct event ev = event_about(&op, &EV_TELECONTROL_MALFORMED, "T-34");

	event_set(&ev.subject,
	    (struct bytes){ (const uint8_t *)subject, strlen(subject) });
	return ev;
}

static void
put(struct fold *f, struct seen *s, const char *subject, time_t at)
{
	struct event ev = sample(subject, at);

	ev.frame = (uint64_t)at;
	fold_put(f, &ev, &s->sink);
}

static void
tick(struct fold *f, struct seen *s, time_t at)
{
	fold_tick(f, (struct timespec){ .tv_sec = at }, &s->sink);
}

static void
test_first_then_summary(void)
{
	struct fold *f = fold_new(CAP, WINDOW, key);
	struct seen s = { .sink = { see } };

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	put(f, &s, "a", 1000);
	CU_ASSERT_EQUAL(s.n, 1);
	CU_ASSERT_EQUAL(s.last.count, 1);
	put(f, &s, "a", 1001);
	put(f, &s, "a", 1299);
	tick(f, &s, 1299);
	CU_ASSERT_EQUAL(s.n, 1);
	tick(f, &s, 1300);
	CU_ASSERT_EQUAL_FATAL(s.n, 2);
	CU_ASSERT_EQUAL(s.last.count, 2);
	CU_ASSERT_EQUAL(s.last.frame, 1299); /* the last of them */
	tick(f, &s, 5000);
	CU_ASSERT_EQUAL(s.n, 2);
	put(f, &s, "a", 5000); /* a new window: at once */
	CU_ASSERT_EQUAL(s.n, 3);
	CU_ASSERT_EQUAL(s.last.count, 1);
	tick(f, &s, 9000); /* no repeat, no summary */
	CU_ASSERT_EQUAL(s.n, 3);
	fold_free(f);
}

/* No tick came between: the summary goes out ahead of the new event. */
static void
test_without_tick(void)
{
	struct fold *f = fold_new(CAP, WINDOW, key);
	struct seen s = { .sink = { see } };

	put(f, &s, "a", 1000);
	put(f, &s, "a", 1001);
	put(f, &s, "a", 1002);
	put(f, &s, "a", 1300);
	CU_ASSERT_EQUAL(s.n, 3);
	CU_ASSERT_EQUAL(s.total, 4);
	CU_ASSERT_EQUAL(s.last.frame, 1300);
	fold_free(f);
}

static void
test_what_is_a_repeat(void)
{
	struct fold *f = fold_new(16, WINDOW, key);
	struct seen s = { .sink = { see } };
	struct event ev = sample("a", 1000);

	fold_put(f, &ev, &s.sink);
	ev.src.port++;
	ev.src.mac[5]++; /* another router on the way */
	event_add_u64(&ev, "units", 2);
	fold_put(f, &ev, &s.sink);
	CU_ASSERT_EQUAL(s.n, 1);
	ev = sample("a", 1000);
	ev.det = "T-35";
	fold_put(f, &ev, &s.sink);
	CU_ASSERT_EQUAL(s.n, 2);
	ev = sample("a", 1000);
	ev.def = &EV_TELECONTROL_MALFORMED_FLOOD;
	fold_put(f, &ev, &s.sink);
	CU_ASSERT_EQUAL(s.n, 3);
	ev = sample("a", 1000);
	ev.src.ip[15]++;
	fold_put(f, &ev, &s.sink);
	CU_ASSERT_EQUAL(s.n, 4);
	ev = sample("a", 1000);
	ev.dst.ip[15]++;
	fold_put(f, &ev, &s.sink);
	CU_ASSERT_EQUAL(s.n, 5);
	ev = sample("ab", 1000);
	fold_put(f, &ev, &s.sink);
	CU_ASSERT_EQUAL(s.n, 6);
	ev = sample("a", 1000); /* out of a maintenance window */
	ev.severity = SEVERITY_ALARM;
	fold_put(f, &ev, &s.sink);
	CU_ASSERT_EQUAL(s.n, 7);
	ev = sample("a", 1000);
	memset(ev.src.ip, 0, sizeof(ev.src.ip));
	fold_put(f, &ev, &s.sink);
	ev.src.mac[0]++; /* below IP the MAC address is the address */
	fold_put(f, &ev, &s.sink);
	CU_ASSERT_EQUAL(s.n, 9);
	ev = sample("a", 1000);
	ev.subject.n++; /* a NUL behind it */
	fold_put(f, &ev, &s.sink);
	CU_ASSERT_EQUAL(s.n, 10);
	fold_free(f);
}

static void
test_eviction(void)
{
	struct fold *f = fold_new(CAP, WINDOW, key);
	struct seen s = { .sink = { see } };

	put(f, &s, "a", 1000);
	put(f, &s, "a", 1000);
	put(f, &s, "a", 1000);
	put(f, &s, "b", 1000);
	put(f, &s, "c", 1000);
	put(f, &s, "d", 1000);
	CU_ASSERT_EQUAL(s.n, 4);
	put(f, &s, "e", 1001);
	CU_ASSERT_EQUAL(s.n, 6); /* what a stood for, then e */
	CU_ASSERT_EQUAL(s.total, 7);
	CU_ASSERT_EQUAL(s.last.subject.p[0], 'e');
	CU_ASSERT_EQUAL(fold_evicted(f), 1);
	put(f, &s, "b", 1001); /* still known */
	CU_ASSERT_EQUAL(s.n, 6);
	tick(f, &s, 2000);
	CU_ASSERT_EQUAL(s.total, 8);
	put(f, &s, "f", 2000); /* nobody's window is open any more */
	CU_ASSERT_EQUAL(fold_evicted(f), 1);
	fold_free(f);
}

static void
test_clock_runs_back(void)
{
	struct fold *f = fold_new(CAP, WINDOW, key);
	struct seen s = { .sink = { see } };

	put(f, &s, "a", 100000);
	put(f, &s, "a", 99990); /* out of order: the same window */
	CU_ASSERT_EQUAL(s.n, 1);
	tick(f, &s, 99700);
	CU_ASSERT_EQUAL(s.n, 1);
	tick(f, &s, 1000); /* an older capture */
	CU_ASSERT_EQUAL(s.n, 2);
	put(f, &s, "a", 1000);
	CU_ASSERT_EQUAL(s.n, 3);
	put(f, &s, "b", INT64_MAX);
	put(f, &s, "b", INT64_MIN);
	tick(f, &s, INT64_MAX);
	CU_ASSERT_EQUAL(s.total, 5);
	fold_free(f);
}

static void
test_no_window(void)
{
	struct fold *f = fold_new(CAP, 0, key);
	struct seen s = { .sink = { see } };

	char subject[2] = "a";

	for (int i = 0; i < 10; i++, subject[0]++) {
		put(f, &s, subject, 1000);
		put(f, &s, subject, 1000);
	}
	tick(f, &s, 1000);
	CU_ASSERT_EQUAL(s.n, 20);
	CU_ASSERT_EQUAL(fold_evicted(f), 0);
	fold_free(f);
}

/* Each occurrence is counted once, whatever comes in whatever order. */
static void
test_long_run(void)
{
	struct fold *f = fold_new(CAP, 3, key);
	struct seen s = { .sink = { see } };
	uint32_t seed = 1;
	char subject[2] = "a";

	for (time_t i = 0; i < 10000; i++) {
		seed = seed * 1664525 + 1013904223;
		subject[0] = (char)('a' + (seed >> 24) % 7);
		put(f, &s, subject, i / 4);
		if (seed % 4096 < 1000)
			tick(f, &s, i / 4);
	}
	tick(f, &s, 1000000);
	CU_ASSERT_EQUAL(s.total, 10000);
	CU_ASSERT(s.n < 10000);
	CU_ASSERT(fold_evicted(f) > 0);
	fold_free(f);
}

/* Which window makes room depends on what was said, not on where we lie. */
static void
test_anywhere(void)
{
	enum { ROOM = 64, SUBJECTS = 400 };
	struct event_def *copy = malloc(sizeof(*copy));
	struct fold *f[2];
	struct seen s[2] = { { .sink = { see } }, { .sink = { see } } };
	char subject[16];

	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	*copy = EV_TELECONTROL_MALFORMED;
	for (int i = 0; i < 2; i++)
		f[i] = fold_new(ROOM, WINDOW, key);
	for (int n = 0; n < SUBJECTS; n++) {
		snprintf(subject, sizeof(subject), "%d", n * n % 197);
		for (int i = 0; i < 2; i++) {
			struct event ev = sample(subject, 1000 + n / 9);

			if (i == 1)
				ev.def = copy;
			fold_put(f[i], &ev, &s[i].sink);
		}
		CU_ASSERT_EQUAL(s[0].n, s[1].n);
		CU_ASSERT_EQUAL(s[0].total, s[1].total);
	}
	CU_ASSERT(fold_evicted(f[0]) > 0);
	CU_ASSERT_EQUAL(fold_evicted(f[0]), fold_evicted(f[1]));
	for (int i = 0; i < 2; i++)
		fold_free(f[i]);
	free(copy);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "first, then a summary", test_first_then_summary },
		{ "without a tick", test_without_tick },
		{ "what is a repeat", test_what_is_a_repeat },
		{ "eviction", test_eviction },
		{ "the clock runs back", test_clock_runs_back },
		{ "no window", test_no_window },
		{ "a long run", test_long_run },
		{ "the same anywhere", test_anywhere },
		CU_TEST_INFO_NULL,
	};

	return driver_run("fold", tests);
}
