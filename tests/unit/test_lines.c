/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to a file: when they are written, and what is said when they aren't. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outputs/file/lines.h"
#include "outputs/loop.h"
#include "tests/driver.h"

static char path[] = "/tmp/gridtap-lines-XXXXXX";
static char content[4 * LINES_MAX];
static struct error error;

/* What the file holds; its size. */
static size_t
read_file(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	CU_ASSERT_FATAL(fd >= 0);
	n = read(fd, content, sizeof(content) - 1);
	CU_ASSERT_FATAL(n >= 0);
	content[n] = '\0';
	close(fd);
	return (size_t)n;
}

static struct lines *
opened(const char *name, struct event_base *base)
{
	struct lines *l = NULL;

	CU_ASSERT_EQUAL_FATAL(lines_open(&l, name, base, &error), 0);
	return l;
}

static void
test_file(void)
{
	struct lines *l = opened(path, NULL);

	CU_ASSERT_EQUAL(lines_put(l, "one", 3), 0);
	CU_ASSERT_EQUAL(lines_put(l, "two and more", 3), 0);
	CU_ASSERT_EQUAL(read_file(), 0); /* waits */
	CU_ASSERT_EQUAL(lines_close(l, &error), 0);
	read_file();
	CU_ASSERT_STRING_EQUAL(content, "one\ntwo\n");
	l = opened(path, NULL); /* made empty */
	CU_ASSERT_EQUAL(lines_close(l, &error), 0);
	CU_ASSERT_EQUAL(read_file(), 0);
}

static void
test_full_buffer(void)
{
	static char line[LINES_MAX];
	struct lines *l = opened(path, NULL);

	memset(line, 'x', sizeof(line));
	CU_ASSERT_EQUAL(lines_put(l, line, LINES_MAX - 1), 0);
	CU_ASSERT_EQUAL(read_file(), 0);
	CU_ASSERT_EQUAL(lines_put(l, line, 10), 0);
	CU_ASSERT_EQUAL(read_file(), LINES_MAX);
	CU_ASSERT_EQUAL(content[LINES_MAX - 1], '\n');
	/* fills to the last octet, and one more than that */
	CU_ASSERT_EQUAL(lines_put(l, line, LINES_MAX - 12), 0);
	CU_ASSERT_EQUAL(read_file(), LINES_MAX);
	CU_ASSERT_EQUAL(lines_put(l, line, 0), 0);
	CU_ASSERT_EQUAL(read_file(), 2 * LINES_MAX);
	CU_ASSERT_EQUAL(lines_close(l, &error), 0);
	CU_ASSERT_EQUAL(read_file(), 2 * LINES_MAX + 1);
}

static void
test_too_long(void)
{
	static char line[LINES_MAX];
	struct lines *l = opened(path, NULL);

	CU_ASSERT_EQUAL(lines_put(l, line, LINES_MAX), -EAGAIN);
	CU_ASSERT_EQUAL(lines_put(l, "one", 3), 0);
	CU_ASSERT_EQUAL(lines_close(l, &error), -EMSGSIZE);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(error.text, ": lines that were too long: 1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
	CU_ASSERT_EQUAL(read_file(), 4);
}

static void
test_does_not_open(void)
{
	struct lines *l;

	CU_ASSERT_EQUAL(lines_open(&l, "/", NULL, &error), -EISDIR);
	CU_ASSERT_STRING_EQUAL(error.text, "/: cannot write: Is a directory");
	CU_ASSERT_EQUAL(
	    lines_open(&l, "/nowhere/at/all", NULL, &error), -ENOENT);
}

static void
test_cannot_write(void)
{
	struct lines *l = opened("/dev/full", NULL);
	static char line[LINES_MAX];

	CU_ASSERT_EQUAL(lines_put(l, line, 40000), 0);
	CU_ASSERT_EQUAL(lines_put(l, line, 40000), 0); /* the first fails */
	CU_ASSERT_EQUAL(lines_put(l, line, 1), -EAGAIN);
	CU_ASSERT_EQUAL(lines_close(l, &error), -ENOSPC);
	CU_ASSERT_STRING_EQUAL(error.text,
	    "/dev/full: cannot write: No space left on device; lines lost: 3");
}

struct reader_of_pipe {
	int fd;
	size_t n;
};

static void *
read_slowly(void *arg)
{
	struct reader_of_pipe *r = arg;
	ssize_t n;

	while ((n = read(r->fd, content, 1000)) > 0)
		r->n += (size_t)n;
	return NULL;
}

/* Standard output as a small pipe that takes a little, and does not block. */
static void
test_partial_writes(void)
{
	static char line[LINES_MAX];
	int ends[2], before = dup(STDOUT_FILENO);
	struct reader_of_pipe r;
	struct lines *l;
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC), 0);
	r = (struct reader_of_pipe){ .fd = ends[0] };
	fcntl(ends[1], F_SETPIPE_SZ, 4096);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	CU_ASSERT_EQUAL_FATAL(fflush(stdout), 0);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	CU_ASSERT_EQUAL(pthread_create(&thread, NULL, read_slowly, &r), 0);
	l = opened("-", NULL);
	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(lines_put(l, line, 50000), 0);
	CU_ASSERT_EQUAL(lines_close(l, &error), 0);
	CU_ASSERT(fcntl(STDOUT_FILENO, F_GETFD) >= 0); /* stays open */
	dup2(before, STDOUT_FILENO);
	close(before);
	pthread_join(thread, NULL);
	close(ends[0]);
	CU_ASSERT_EQUAL(r.n, 500010);
}

struct scene {
	struct event_base *base;
	struct lines *lines;
	int fd, calls;
	size_t size;
	struct loop_call *last;
};

/* Can be read twice; only then is there time to write. */
static void
on_readable(void *arg)
{
	struct scene *s = arg;
	char c;

	s->calls++;
	CU_ASSERT_EQUAL(read(s->fd, &c, 1), 1);
	CU_ASSERT_EQUAL(lines_put(s->lines, "line", 4), 0);
	CU_ASSERT_EQUAL(read_file(), 0);
	if (s->calls == 2)
		loop_ask(s->last);
}

static void
on_idle(void *arg)
{
	struct scene *s = arg;

	s->size = read_file();
	loop_stop(s->base);
}

static void
test_written_when_idle(void)
{
	struct scene s = { .base = loop_new() };
	struct loop_call *readable;
	int ends[2];

	CU_ASSERT_PTR_NOT_NULL_FATAL(s.base);
	CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC), 0);
	CU_ASSERT_EQUAL(write(ends[1], "12", 2), 2);
	s.fd = ends[0];
	s.lines = opened(path, s.base);
	readable = loop_readable(s.base, ends[0], on_readable, &s);
	s.last = loop_idle(s.base, on_idle, &s);
	CU_ASSERT_FATAL(readable != NULL && s.last != NULL);
	loop_run(s.base);
	CU_ASSERT_EQUAL(s.calls, 2);
	CU_ASSERT_EQUAL(s.size, 10);
	CU_ASSERT_EQUAL(lines_close(s.lines, &error), 0);
	CU_ASSERT_EQUAL(read_file(), 10);
	loop_drop(readable);
	loop_drop(s.last);
	loop_drop(NULL);
	loop_free(s.base);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "a file", test_file },
		{ "a full buffer", test_full_buffer },
		{ "too long", test_too_long },
		{ "does not open", test_does_not_open },
		{ "cannot write", test_cannot_write },
		{ "partial writes", test_partial_writes },
		{ "written when idle", test_written_when_idle },
		CU_TEST_INFO_NULL,
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 2;
	close(fd);
	failed = driver_run("lines", tests);
	unlink(path);
	return failed;
}
