/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: what is committed is there again, and nothing else is. */
#include <config.h>

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "outputs/state/state.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

static char folder[] = "/tmp/gridtap-state-XXXXXX";
static char path[64];
static struct error error;
static const struct state_setup usual = { .keep_days = 400, .most = 1000 };

static struct state *
reopen(struct state *s)
{
	state_close(s);
	s = NULL;
	CU_ASSERT_EQUAL_FATAL(state_open(&s, path, &usual, &error), 0);
	return s;
}

static void
remove_files(void)
{
	char extra[80];

	unlink(path);
	snprintf(extra, sizeof(extra), "%s-wal", path);
	unlink(extra);
	snprintf(extra, sizeof(extra), "%s-shm", path);
	unlink(extra);
}

static struct state *
fresh(void)
{
	remove_files();
	return reopen(NULL);
}

static struct memory_meter
meter(uint8_t title, uint8_t host, uint32_t last_s)
{
	struct memory_meter m = { .titled = title != 0,
		.ip = { [15] = host },
		.port = 4059,
		.unit = 1,
		.name = "LDN",
		.first_s = 7,
		.last_s = last_s,
		.n = 3,
		.body = { 1, 2, host } };

	m.title[7] = title;
	return m;
}

static const struct state_mark mark = { .sqnum = 9,
	.second = 5000,
	.capture = "a.pcap",
	.first_ns = 17,
	.frames = 33 };

static void
test_committed_is_there(void)
{
	struct state *s = fresh();
	struct memory_meter m = meter(5, 1, 4000), got;

	state_put_meter(s, &m);
	state_commit(s, &mark);
	CU_ASSERT_PTR_NULL(state_error(s));
	s = reopen(s);
	CU_ASSERT_EQUAL(state_mark(s)->sqnum, 9);
	CU_ASSERT_EQUAL(state_mark(s)->second, 5000);
	CU_ASSERT_EQUAL(state_mark(s)->generation, 1);
	CU_ASSERT_EQUAL(state_frames(s, "a.pcap", 17), 33);
	CU_ASSERT_EQUAL(state_frames(s, "a.pcap", 18), 0);
	CU_ASSERT_EQUAL(state_frames(s, "b.pcap", 17), 0);
	CU_ASSERT_TRUE_FATAL(state_find(s, m.title, NULL, 0, 0, &got));
	CU_ASSERT_EQUAL(memcmp(&m, &got, memory_meter_size(&m)), 0);
	CU_ASSERT_TRUE(state_find(s, NULL, m.ip, 4059, 1, &got));
	CU_ASSERT_FALSE(state_find(s, NULL, m.ip, 4059, 2, &got));
	state_close(s);
}

static void
test_uncommitted_is_not(void)
{
	struct state *s = fresh();
	struct memory_meter m = meter(5, 1, 4000), got;

	state_put_meter(s, &m);
	state_commit(s, &mark);
	m.body[0] = 99;
	state_put_meter(s, &m);
	m = meter(6, 2, 4001);
	state_put_meter(s, &m);
	s = reopen(s); /* as after a crash */
	CU_ASSERT_EQUAL(state_count(s), 1);
	m = meter(5, 1, 4000);
	CU_ASSERT_TRUE_FATAL(state_find(s, m.title, NULL, 0, 0, &got));
	CU_ASSERT_EQUAL(got.body[0], 1);
	state_close(s);
}

/* A meter that gets its title stays one. */
static void
test_title_comes_later(void)
{
	struct state *s = fresh();
	struct memory_meter m = meter(0, 1, 4000), got;

	state_put_meter(s, &m);
	state_put_meter(s, &m);
	m = meter(5, 1, 4001);
	state_put_meter(s, &m);
	state_commit(s, &mark);
	CU_ASSERT_EQUAL(state_count(s), 1);
	CU_ASSERT_TRUE_FATAL(state_find(s, NULL, m.ip, 4059, 1, &got));
	CU_ASSERT_TRUE(got.titled);
	state_close(s);
}

struct taken {
	int n;
	uint8_t host[8];
	struct fold_window fold;
	struct state_ack ack;
	struct memory_row row;
};

static void
take_meter(void *arg, const struct memory_meter *m)
{
	struct taken *t = arg;

	t->host[t->n++ & 7] = m->ip[15];
}

static void
take_fold(void *arg, const struct fold_window *w)
{
	struct taken *t = arg;

	t->n++;
	t->fold = *w;
}

static void
take_ack(void *arg, const struct state_ack *a)
{
	struct taken *t = arg;

	t->n++;
	t->ack = *a;
}

/* The longest silent first, and of all only those heard last. */
static void
test_order_and_bounds(void)
{
	struct state_setup few = { .keep_days = 1, .most = 3 };
	struct taken t = { 0 };
	struct state *s = fresh();

	state_close(s);
	CU_ASSERT_EQUAL_FATAL(state_open(&s, path, &few, &error), 0);
	for (uint8_t i = 1; i <= 5; i++) {
		struct memory_meter m = meter(i, i, 100000 + i);

		state_put_meter(s, &m);
	}
	state_commit(s, &(struct state_mark){ .second = 100010 });
	CU_ASSERT_EQUAL(state_count(s), 3);
	CU_ASSERT_EQUAL(state_meters(s, 2, take_meter, &t, &error), 0);
	CU_ASSERT(t.n == 2 && t.host[0] == 4 && t.host[1] == 5);
	s = reopen(s);
	state_close(s);
	CU_ASSERT_EQUAL_FATAL(state_open(&s, path, &few, &error), 0);
	/* two days on, all are too old */
	state_commit(s, &(struct state_mark){ .second = 300000 });
	CU_ASSERT_EQUAL(state_count(s), 0);
	state_close(s);
}

static void
test_folds(void)
{
	struct state *s = fresh();
	struct fold_window w = { .place = 7, .open = true, .since = 44 };
	struct taken t = { 0 };

	w.last = event_sample_full();
	state_put_fold(s, &w);
	w.place = 8;
	state_put_fold(s, &w);
	w.open = false;
	state_put_fold(s, &w);
	state_commit(s, &mark);
	s = reopen(s);
	CU_ASSERT_EQUAL(state_folds(s, take_fold, &t, &error), 0);
	CU_ASSERT(t.n == 1 && t.fold.place == 7 && t.fold.since == 44);
	CU_ASSERT_EQUAL(t.fold.last.count, w.last.count);
	/* they were given out: the next commit has the present ones only */
	state_commit(s, &mark);
	s = reopen(s);
	t.n = 0;
	state_folds(s, take_fold, &t, &error);
	CU_ASSERT_EQUAL(t.n, 0);
	state_close(s);
}

static bool
count_row(void *arg, const struct memory_row *r)
{
	struct taken *t = arg;

	t->row = *r;
	t->n++;
	return strncmp(r->owner, "old.", 4) != 0;
}

static void
test_acknowledgements(void)
{
	struct state *s = fresh();
	struct memory_meter m = meter(5, 1, 4000);
	struct state_mark told = mark;
	uint8_t stranger[8] = { 1 };
	struct taken t = { 0 };

	state_put_meter(s, &m);
	state_commit(s, &mark);
	CU_ASSERT_EQUAL(
	    state_acknowledge(s, stranger, 77, "why", &error), -ENOENT);
	CU_ASSERT_EQUAL(
	    state_acknowledge(s, m.title, 77, "exchange", &error), 0);
	CU_ASSERT_EQUAL(state_acks(s, 9, take_ack, &t, &error), 0);
	CU_ASSERT(t.n == 1 && t.ack.at_s == 77 && t.ack.title[7] == 5);
	CU_ASSERT_STRING_EQUAL(t.ack.reason, "exchange");
	/* until it was told it is given out again */
	state_commit(s, &mark);
	t.n = 0;
	state_acks(s, 9, take_ack, &t, &error);
	CU_ASSERT_EQUAL_FATAL(t.n, 1);
	told.ack = t.ack.id;
	state_commit(s, &told);
	t.n = 0;
	state_acks(s, 9, take_ack, &t, &error);
	CU_ASSERT_EQUAL(t.n, 0);
	state_close(s);
}

static bool
is_refused(const char *what)
{
	struct state *s = NULL;
	bool refused = state_open(&s, path, &usual, &error) != 0 &&
	               strstr(error.text, what) != NULL;

	CU_ASSERT_PTR_NULL(s);
	state_close(s);
	return refused;
}

static void
change(const char *sql)
{
	sqlite3 *db;

	CU_ASSERT_EQUAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void
test_files_that_are_none(void)
{
	struct state_setup there = { .must_be_there = true };
	struct state *s = fresh();
	FILE *f;

	state_close(s);
	change("PRAGMA user_version=99");
	CU_ASSERT(is_refused("later gridtap"));
	unlink(path);
	change("CREATE TABLE x (y)");
	CU_ASSERT(is_refused("another program's"));
	unlink(path);
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", f);
	fclose(f);
	CU_ASSERT(is_refused("not a database"));
	unlink(path);
	CU_ASSERT_EQUAL(state_open(&s, path, &there, &error), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
}

/* Somebody else writes: what was put comes with the next commit. */
static void
test_failed_commit(void)
{
	struct state *s = fresh();
	struct state_setup hasty = usual;
	struct memory_meter m = meter(5, 1, 4000), got;
	struct fold_window w = { .place = 7, .open = true, .since = 44 };
	struct memory_row r = { .owner = "x.1.4", .number = 3, .n = 4 };
	struct taken t = { 0 };
	sqlite3 *other = NULL;

	state_close(s);
	hasty.wait_ms = 20;
	CU_ASSERT_EQUAL_FATAL(state_open(&s, path, &hasty, &error), 0);
	state_put_meter(s, &m);
	state_commit(s, &mark);
	sqlite3_open(path, &other);
	CU_ASSERT_EQUAL(
	    sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
	    SQLITE_OK);
	m.body[0] = 99;
	state_put_meter(s, &m);
	w.last = event_sample_full();
	state_put_fold(s, &w);
	state_put_row(s, &r);
	/* it is found as it was put, though it is not there yet */
	CU_ASSERT_TRUE_FATAL(state_find(s, m.title, NULL, 0, 0, &got));
	CU_ASSERT_EQUAL(got.body[0], 99);
	CU_ASSERT_TRUE_FATAL(state_find(s, NULL, m.ip, 4059, 1, &got));
	CU_ASSERT_EQUAL(got.body[0], 99);
	state_commit(s, &mark);
	CU_ASSERT_PTR_NOT_NULL(state_error(s));
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	state_commit(s, &mark);
	CU_ASSERT_PTR_NULL(state_error(s));
	s = reopen(s);
	CU_ASSERT_EQUAL(state_mark(s)->generation, 2);
	CU_ASSERT_TRUE_FATAL(state_find(s, m.title, NULL, 0, 0, &got));
	CU_ASSERT_EQUAL(got.body[0], 99);
	CU_ASSERT_EQUAL(state_folds(s, take_fold, &t, &error), 0);
	CU_ASSERT_EQUAL(t.n, 1);
	t.n = 0;
	CU_ASSERT_EQUAL(state_rows(s, count_row, &t, &error), 0);
	CU_ASSERT_EQUAL(t.n, 1);
	state_close(s);
}

/* Pieces come back by owner and number; one of no octets is none. */
static void
test_pieces(void)
{
	struct state *s = fresh();
	struct memory_row r = { .owner = "b.1.4", .number = 2, .n = 4 };
	struct taken t = { 0 };

	state_put_row(s, &r);
	r.number = 1;
	r.body[0] = 7;
	state_put_row(s, &r);
	state_commit(s, &mark);
	r.number = 2;
	r.n = 0;
	state_put_row(s, &r);
	state_commit(s, &mark);
	s = reopen(s);
	CU_ASSERT_EQUAL(state_rows(s, count_row, &t, &error), 0);
	CU_ASSERT_EQUAL_FATAL(t.n, 1);
	CU_ASSERT_STRING_EQUAL(t.row.owner, "b.1.4");
	CU_ASSERT(t.row.number == 1 && t.row.n == 4 && t.row.body[0] == 7);
	state_close(s);
}

/* What nobody knows any more goes with the next commit, and nothing else. */
static void
test_strange_pieces(void)
{
	struct state *s = fresh();
	struct memory_row r = { .owner = "old.1.4", .number = 2, .n = 4 };
	struct taken t = { 0 };

	state_put_row(s, &r);
	r.number = 3;
	state_put_row(s, &r);
	memcpy(r.owner, "new", 4);
	state_put_row(s, &r);
	state_commit(s, &mark);
	s = reopen(s);
	CU_ASSERT_EQUAL(state_rows(s, count_row, &t, &error), 0);
	CU_ASSERT_EQUAL(t.n, 3);
	CU_ASSERT_EQUAL(state_strange(s), 2);
	s = reopen(s); /* without a commit they are there */
	t.n = 0;
	CU_ASSERT_EQUAL(state_rows(s, count_row, &t, &error), 0);
	CU_ASSERT_EQUAL(t.n, 3);
	state_commit(s, &mark);
	s = reopen(s);
	t.n = 0;
	CU_ASSERT_EQUAL(state_rows(s, count_row, &t, &error), 0);
	CU_ASSERT_EQUAL(t.n, 1);
	CU_ASSERT_EQUAL(state_strange(s), 0);
	state_close(s);
}

/* The first key that it gets stays; without a preset it is random. */
static void
test_secret(void)
{
	uint8_t preset[STATE_SECRET] = "preset", a[STATE_SECRET];
	uint8_t b[STATE_SECRET];
	struct state *s = fresh();

	CU_ASSERT_EQUAL(state_secret(s, NULL, a, &error), 0);
	s = reopen(s);
	CU_ASSERT_EQUAL(state_secret(s, preset, b, &error), 0);
	CU_ASSERT_EQUAL(memcmp(a, b, sizeof(a)), 0);
	state_close(s);
	s = fresh();
	CU_ASSERT_EQUAL(state_secret(s, NULL, b, &error), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
	state_close(s);
	s = fresh();
	CU_ASSERT_EQUAL(state_secret(s, preset, b, &error), 0);
	CU_ASSERT_EQUAL(memcmp(preset, b, sizeof(b)), 0);
	state_close(s);
}

/* One sensor has it; whoever only reads is not in the way. */
static void
test_alone(void)
{
	struct state_setup alone = usual;
	struct state *s = NULL, *other = NULL;

	remove_files();
	alone.alone = true;
	CU_ASSERT_EQUAL_FATAL(state_open(&s, path, &alone, &error), 0);
	CU_ASSERT_EQUAL(state_open(&other, path, &alone, &error), -EBUSY);
	CU_ASSERT_PTR_NULL(other);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "another gridtap"));
	CU_ASSERT_EQUAL(state_open(&other, path, &usual, &error), 0);
	state_close(other);
	/* that one's end has not taken the lock along */
	CU_ASSERT_EQUAL(state_open(&other, path, &alone, &error), -EBUSY);
	state_close(s);
	CU_ASSERT_EQUAL(state_open(&s, path, &alone, &error), 0);
	state_close(s);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "committed is there", test_committed_is_there },
		{ "uncommitted is not", test_uncommitted_is_not },
		{ "a title comes later", test_title_comes_later },
		{ "order and bounds", test_order_and_bounds },
		{ "folding", test_folds },
		{ "acknowledgements", test_acknowledgements },
		{ "files that are none", test_files_that_are_none },
		{ "a commit that fails", test_failed_commit },
		{ "strange pieces", test_strange_pieces },
		{ "pieces", test_pieces },
		{ "a key of its own", test_secret },
		{ "one sensor a file", test_alone },
		CU_TEST_INFO_NULL,
	};
	int failed;

	if (mkdtemp(folder) == NULL)
		return 2;
	snprintf(path, sizeof(path), "%s/state", folder);
	failed = driver_run("state", tests);
	remove_files();
	rmdir(folder);
	return failed;
}
