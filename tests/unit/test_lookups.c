/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that come soon, late, out of turn, or never; by a clock of its own.
 */
#include <config.h>

#include <pthread.h>
#include <stdatomic.h>

#include "sensor/lookups.h"
#include "tests/driver.h"

static atomic_uint_fast64_t ms = 1000000; /* what the clock says, */
static atomic_uint_fast64_t step;         /* and how far it goes when asked */

int __wrap_clock_gettime(clockid_t clock, struct timespec *t);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	uint64_t now = atomic_fetch_add(&ms, atomic_load(&step));

	(void)clock;
	*t = (struct timespec){ (time_t)(now / 1000),
		(long)(now % 1000) * 1000000 };
	return 0;
}

static struct item_find find;
static struct item_answer given;

static uint32_t
ask(struct lookups *l)
{
	CU_ASSERT_TRUE_FATAL(lookups_ask(l, &find));
	CU_ASSERT_NOT_EQUAL(find.ticket, 0);
	return find.ticket;
}

static void
answer(struct lookups *l, uint32_t ticket, bool found)
{
	given.ticket = ticket;
	given.found = found;
	given.meter.n = 8;
	memset(given.meter.body, (int)ticket, 8);
	lookups_answer(l, &given);
}

/* The next, which must be an answer. */
static struct memory_answer
next(struct lookups *l)
{
	struct memory_answer a = { .ticket = 0 };
	struct state_ack ack;

	CU_ASSERT_EQUAL(lookups_next(l, &a, &ack), ITEM_ANSWER);
	return a;
}

static bool
is_empty(struct lookups *l)
{
	struct memory_answer a;
	struct state_ack ack;

	return lookups_next(l, &a, &ack) == ITEM_COMMIT;
}

static void
test_at_once(void)
{
	struct lookups *l = lookups_new(false);
	const struct item_answer *a;
	uint32_t t = ask(l);

	answer(l, t, true);
	a = lookups_wait(l, t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT(a->found && a->meter.n == 8 && a->meter.body[7] == t);
	CU_ASSERT(is_empty(l));
	lookups_free(l);
}

/* Waiting has an end, of one and of all within a second. */
static void
test_bounded(void)
{
	struct lookups *l = lookups_new(false);
	uint64_t begun = atomic_load(&ms), waited[10];

	atomic_store(&step, 5);
	for (size_t i = 0; i < 10; i++) {
		uint64_t before = atomic_load(&ms);

		CU_ASSERT_PTR_NULL(lookups_wait(l, ask(l)));
		waited[i] = atomic_load(&ms) - before;
	}
	CU_ASSERT(waited[0] >= 20 && waited[0] <= 50);
	CU_ASSERT(waited[9] <= 15); /* it looks, and does not wait */
	CU_ASSERT(atomic_load(&ms) - begun < 400);
	atomic_store(&step, 0);
	lookups_free(l);
}

/* Those of others are kept for the tick, in their order. */
static void
test_out_of_turn(void)
{
	struct lookups *l = lookups_new(false);
	uint32_t one = ask(l), two = ask(l), three = ask(l), four = ask(l);
	struct memory_answer a;

	answer(l, one, true);
	answer(l, two, false);
	answer(l, three, true);
	answer(l, four, true);
	CU_ASSERT_PTR_NOT_NULL(lookups_wait(l, three));
	a = next(l);
	CU_ASSERT(a.ticket == one && !a.overdue && a.meter != NULL);
	CU_ASSERT_EQUAL(a.meter->body[0], one);
	a = next(l);
	CU_ASSERT(a.ticket == two && a.meter == NULL);
	a = next(l);
	CU_ASSERT(a.ticket == four && a.meter->body[0] == four);
	CU_ASSERT(is_empty(l));
	lookups_free(l);
}

/* After 2 s once, and when it comes after all. */
static void
test_overdue(void)
{
	struct lookups *l = lookups_new(false);
	uint32_t t = ask(l);
	struct memory_answer a;

	atomic_fetch_add(&ms, 1999);
	CU_ASSERT(is_empty(l));
	atomic_fetch_add(&ms, 1);
	a = next(l);
	CU_ASSERT(a.ticket == t && a.overdue && a.meter == NULL);
	CU_ASSERT(is_empty(l));
	answer(l, t, true);
	a = next(l);
	CU_ASSERT(a.ticket == t && !a.overdue && a.meter != NULL);
	atomic_fetch_add(&ms, 5000);
	CU_ASSERT(is_empty(l));
	lookups_free(l);
}

/* No more than there is room for, and room again with each answer. */
static void
test_many(void)
{
	struct lookups *l = lookups_new(false);
	uint32_t first = ask(l);

	for (int i = 1; i < LOOKUPS_MOST; i++)
		ask(l);
	CU_ASSERT_FALSE(lookups_ask(l, &find));
	CU_ASSERT_EQUAL(lookups_refused(l), 1);
	answer(l, first, false);
	CU_ASSERT_EQUAL(next(l).ticket, first);
	CU_ASSERT_TRUE(lookups_ask(l, &find));
	lookups_free(l);
}

/* What found no room is asked again, as it was. */
static void
test_again(void)
{
	struct lookups *l = lookups_new(false);
	const struct item_find *f;
	uint32_t t;

	find.unit = 7;
	t = ask(l);
	find.unit = 8;
	CU_ASSERT_PTR_NULL(lookups_again(l));
	lookups_retry(l, t);
	f = lookups_again(l);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT(f->ticket == t && f->unit == 7);
	CU_ASSERT_PTR_NULL(lookups_again(l));
	lookups_free(l);
}

static void
test_acknowledged(void)
{
	struct lookups *l = lookups_new(false);
	struct state_ack in = { .id = 5, .reason = "why" }, out;
	struct memory_answer a;
	uint32_t t = ask(l);

	CU_ASSERT_TRUE(lookups_acknowledge(l, &in));
	answer(l, t, true);
	CU_ASSERT_PTR_NOT_NULL(lookups_wait(l, t)); /* not in its way */
	CU_ASSERT_EQUAL(lookups_next(l, &a, &out), ITEM_ACK);
	CU_ASSERT(out.id == 5 && strcmp(out.reason, "why") == 0);
	for (int i = 0; i < 1000 && lookups_acknowledge(l, &in); i++)
		CU_ASSERT_FATAL(i < 900);
	lookups_free(l);
}

static void *
answer_slowly(void *arg)
{
	struct timespec t = { 0, 50000000 };

	nanosleep(&t, NULL);
	answer(arg, 1, true);
	return NULL;
}

/* A replay waits as long as it takes. */
static void
test_patient(void)
{
	struct lookups *l = lookups_new(true);
	uint32_t t = ask(l);
	pthread_t thread;

	CU_ASSERT_EQUAL(t, 1);
	CU_ASSERT_EQUAL_FATAL(
	    pthread_create(&thread, NULL, answer_slowly, l), 0);
	CU_ASSERT_PTR_NOT_NULL(lookups_wait(l, t));
	pthread_join(thread, NULL);
	lookups_free(l);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "at once", test_at_once },
		{ "waiting is bounded", test_bounded },
		{ "out of turn", test_out_of_turn },
		{ "overdue", test_overdue },
		{ "many", test_many },
		{ "asked again", test_again },
		{ "acknowledgements", test_acknowledged },
		{ "a replay waits", test_patient },
		CU_TEST_INFO_NULL,
	};

	return driver_run("look-ups", tests);
}
