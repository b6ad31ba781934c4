/* SPDX-License-Identifier: Apache-2.0 */
/* The spool: order, restarts, bounds, and a disk that is full. */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outputs/siem/spool.h"
#include "tests/driver.h"

#define KIB 1024
#define MIB (KIB * KIB)

static char path[64];
static struct error error;

/* What was read, by number; the first octet of each message is its mark. */
static struct {
	size_t n, most;
	uint64_t numbers[4096];
	char marks[4096];
} got;

static struct spool *
begin(uint64_t most, uint32_t age_s)
{
	struct spool_setup setup = { .most = most, .age_s = age_s };
	struct spool *s = NULL;

	CU_ASSERT_EQUAL_FATAL(spool_open(&s, path, &setup, &error), 0);
	return s;
}

static struct spool *
fresh(uint64_t most)
{
	const char *ends[] = { "", "-wal", "-shm" };
	char file[80];

	for (size_t i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		unlink(file);
	}
	return begin(most, 0);
}

static bool
take(void *arg, uint64_t number, struct bytes v)
{
	(void)arg;
	if (got.n == got.most)
		return false;
	got.numbers[got.n] = number;
	got.marks[got.n++] = (char)v.p[0];
	return true;
}

static size_t
read_all(struct spool *s, uint64_t after)
{
	got.n = 0;
	got.most = 4096;
	spool_read(s, after, take, NULL);
	return got.n;
}

static int
put(struct spool *s, int severity, char mark, size_t n)
{
	static char message[SPOOL_MESSAGE + 1];

	memset(message, mark, n);
	return spool_put(s, severity, message, n);
}

static void
test_order(void)
{
	struct spool *s = fresh(MIB);

	CU_ASSERT_EQUAL(spool_last(s), 0);
	for (int i = 0; i < 26; i++)
		CU_ASSERT_EQUAL(put(s, 5, (char)('a' + i), 10), 0);
	CU_ASSERT_EQUAL(read_all(s, 0), 0); /* nothing before it is written */
	CU_ASSERT_EQUAL(spool_flush(s), 0);
	CU_ASSERT_EQUAL(read_all(s, 0), 26);
	CU_ASSERT_EQUAL(memcmp(got.marks, "abcdefghijklmnopqrstuvwxyz", 26), 0);
	CU_ASSERT_EQUAL(got.numbers[25], spool_last(s));
	CU_ASSERT_EQUAL(read_all(s, got.numbers[24]), 1);
	CU_ASSERT_EQUAL(spool_counts(s).waiting, 26);
	spool_close(s);
}

/* What is not done is there after a restart, and what is done is not. */
static void
test_restart(void)
{
	struct spool *s = fresh(MIB), *other;
	struct spool_setup setup = { .most = MIB };

	for (int i = 0; i < 5; i++)
		put(s, 5, (char)('a' + i), 10);
	spool_flush(s);
	/* one program at a time */
	CU_ASSERT_EQUAL(spool_open(&other, path, &setup, &error), -EBUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "in use by another"));
	spool_sent(s, 4); /* sent is not done */
	spool_done(s, 2);
	CU_ASSERT_EQUAL(spool_counts(s).waiting, 3);
	put(s, 5, 'f', 10); /* closing writes it */
	spool_close(s);
	s = begin(MIB, 0);
	CU_ASSERT_EQUAL(spool_done_to(s), 2);
	CU_ASSERT_EQUAL(read_all(s, 0), 4);
	CU_ASSERT_EQUAL(memcmp(got.marks, "cdef", 4), 0);
	spool_done(s, spool_last(s));
	CU_ASSERT_EQUAL(spool_sync(s), 0);
	CU_ASSERT_EQUAL(read_all(s, 0), 0);
	CU_ASSERT_EQUAL(spool_counts(s).waiting, 0);
	spool_close(s);
}

/* The least severe go first, alarms last, and what was sent is no loss. */
static void
test_bound(void)
{
	struct spool *s = fresh(100 * KIB);
	size_t alarms = 0, notices = 0;

	for (int i = 0; i < 10; i++)
		put(s, 5, 's', KIB);
	spool_sent(s, spool_last(s));
	for (int i = 0; i < 40; i++)
		put(s, 1, 'a', KIB);
	for (int i = 0; i < 50; i++)
		put(s, 5, 'n', KIB);
	CU_ASSERT_EQUAL(spool_counts(s).dropped, 0);
	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(put(s, 4, 'w', KIB), 0);
	CU_ASSERT_EQUAL(spool_counts(s).dropped, 0); /* those that were sent */
	for (int i = 0; i < 30; i++)
		CU_ASSERT_EQUAL(put(s, 1, 'a', KIB), 0);
	spool_flush(s);
	read_all(s, 0);
	for (size_t i = 0; i < got.n; i++) {
		alarms += got.marks[i] == 'a';
		notices += got.marks[i] == 'n';
		if (i > 0)
			CU_ASSERT(got.numbers[i] > got.numbers[i - 1]);
	}
	CU_ASSERT_EQUAL(alarms, 70);
	CU_ASSERT(notices > 0 && notices <= 20);
	CU_ASSERT_EQUAL(spool_counts(s).dropped, 50 - notices);
	CU_ASSERT(got.n <= 100);
	CU_ASSERT_EQUAL(spool_counts(s).waiting, got.n);
	CU_ASSERT_EQUAL(put(s, 1, 'x', SPOOL_MESSAGE + 1), -EAGAIN);
	spool_close(s);
}

static void
test_age(void)
{
	struct spool *s = fresh(MIB);

	put(s, 1, 'o', 10);
	spool_close(s);
	sleep(2);
	s = begin(MIB, 3600);
	put(s, 5, 'n', 10);
	spool_close(s);
	s = begin(MIB, 1);
	put(s, 5, 'm', 10);
	spool_flush(s);
	CU_ASSERT_EQUAL(spool_counts(s).dropped, 1);
	CU_ASSERT_EQUAL(read_all(s, 0), 2);
	CU_ASSERT_EQUAL(got.marks[0], 'n');
	spool_close(s);
}

/* RLIMIT_FSIZE stands for a disk that is full. */
static void
limit(rlim_t octets)
{
	struct rlimit l;

	getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = octets;
	setrlimit(RLIMIT_FSIZE, &l);
}

static void
test_full_disk(void)
{
	struct spool *s = fresh(64 * (uint64_t)MIB);
	size_t put_in = 0, dropped = 0;

	signal(SIGXFSZ, SIG_IGN);
	put(s, 5, 'a', 100);
	CU_ASSERT_EQUAL(spool_flush(s), 0);
	limit(16 * KIB);
	put(s, 5, 'b', 60000);
	CU_ASSERT_EQUAL(spool_flush(s), -EIO);
	CU_ASSERT_PTR_NOT_NULL(spool_error(s));
	/* what is in memory can be sent, in order behind what is written */
	CU_ASSERT_EQUAL(read_all(s, 0), 2);
	CU_ASSERT_EQUAL(memcmp(got.marks, "ab", 2), 0);
	/* memory is bounded, too */
	while (put_in < 4096 && put(s, 5, 'c', 60000) == 0)
		put_in++;
	CU_ASSERT(put_in > 10 && put_in < 100);
	dropped = spool_counts(s).dropped;
	CU_ASSERT_EQUAL(dropped, 1);
	/* what was sent from there makes room */
	spool_done(s, spool_last(s) - 2);
	CU_ASSERT_EQUAL(put(s, 5, 'd', 60000), 0);
	CU_ASSERT_EQUAL(spool_counts(s).waiting, 3);
	limit(RLIM_INFINITY);
	CU_ASSERT_EQUAL(spool_flush(s), 0);
	CU_ASSERT_PTR_NULL(spool_error(s));
	CU_ASSERT_EQUAL(read_all(s, 0), 3);
	CU_ASSERT_EQUAL(got.marks[2], 'd');
	CU_ASSERT_EQUAL(spool_counts(s).dropped, dropped);
	spool_close(s);
}

/* Other files are left as they are. */
static void
test_errors(void)
{
	struct spool_setup setup = { .most = MIB };
	struct spool *s;
	struct stat st;
	FILE *f;

	CU_ASSERT_EQUAL(spool_open(&s, "/nowhere/x", &setup, &error), -ENOENT);
	spool_close(fresh(MIB));
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 077, 0);
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("no database\n", f);
	fclose(f);
	CU_ASSERT_EQUAL(spool_open(&s, path, &setup, &error), -EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "expected a spool"));
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_size, 12000);
	spool_close(NULL);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "order", test_order },
		{ "restart", test_restart },
		{ "bound", test_bound },
		{ "age", test_age },
		{ "full disk", test_full_disk },
		{ "errors", test_errors },
		CU_TEST_INFO_NULL,
	};
	int failed;

	snprintf(path, sizeof(path), "/tmp/gridtap-spool-%d", getpid());
	failed = driver_run("spool", tests);
	unlink(path);
	return failed;
}
