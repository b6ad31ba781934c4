/* SPDX-License-Identifier: Apache-2.0 */
/* The outputs' thread: order, patience, errors, and the words of -o. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "sensor/deliver.h"
#include "tests/driver.h"
#include "tests/unit/event_sample.h"

#define TOTAL 2000

static struct error error;

/* An output that can be told to stand still. */
static struct {
	pthread_mutex_t gate;
	atomic_uint taken;
	unsigned wrong;
	bool closed;
	int open_error, close_error;
	const char *source, *path;
} slow = { .gate = PTHREAD_MUTEX_INITIALIZER };

static int
slow_open(void **self, const struct output_setup *setup,
    struct event_base *base, struct error *e)
{
	CU_ASSERT_PTR_NOT_NULL(base);
	*self = &slow;
	slow.source = setup->source;
	slow.path = setup->path;
	slow.closed = false;
	slow.wrong = 0;
	atomic_store(&slow.taken, 0);
	error_set(e, "slow");
	return slow.open_error;
}

static int
slow_submit(void *self, const struct event *ev)
{
	pthread_mutex_lock(&slow.gate);
	pthread_mutex_unlock(&slow.gate);
	/* CUnit belongs to the other thread */
	if (self != &slow || ev->frame != atomic_load(&slow.taken))
		slow.wrong++;
	atomic_fetch_add(&slow.taken, 1);
	return 0;
}

static int
slow_close(void *self, struct error *e)
{
	CU_ASSERT_PTR_EQUAL(self, &slow);
	slow.closed = true;
	error_set(e, "slow");
	return slow.close_error;
}

static const struct output slow_output = {
	.name = "slow",
	.open = slow_open,
	.submit = slow_submit,
	.close = slow_close,
};
static const struct deliver_target slow_target = { &slow_output, "there", NULL,
	NULL };

static struct deliver *
begin(const struct deliver_target *targets, size_t n, const char *source,
    uint32_t cap, bool patient)
{
	return deliver_start(&(struct deliver_setup){ .targets = targets,
	                         .n = n,
	                         .source = source,
	                         .cap = cap,
	                         .patient = patient },
	    &error);
}

static int
put(struct deliver *d, uint64_t frame)
{
	struct event ev = event_sample("rtu-3");

	ev.frame = frame;
	return deliver_put(d, &ev);
}

static void
test_patient(void)
{
	struct deliver *d = begin(&slow_target, 1, "s", 8, true);

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	CU_ASSERT_STRING_EQUAL(slow.source, "s");
	CU_ASSERT_STRING_EQUAL(slow.path, "there");
	for (uint64_t i = 0; i < TOTAL; i++)
		CU_ASSERT_EQUAL(put(d, i), 0);
	CU_ASSERT_EQUAL(deliver_dropped(d), 0);
	CU_ASSERT_EQUAL(deliver_stop(d, &error), 0);
	CU_ASSERT_EQUAL(atomic_load(&slow.taken), TOTAL);
	CU_ASSERT_EQUAL(slow.wrong, 0);
	CU_ASSERT(slow.closed);
}

/* Full with an output that stands still: dropped, counted, not waited for. */
static void
test_live(void)
{
	struct deliver *d = begin(&slow_target, 1, "s", 8, false);
	uint64_t put_in = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	pthread_mutex_lock(&slow.gate);
	while (put(d, put_in) == 0)
		put_in++;
	/* the thread takes one to the gate, in its own time */
	usleep(200000);
	while (put(d, put_in) == 0)
		put_in++;
	CU_ASSERT(put_in == 8 || put_in == 9);
	CU_ASSERT_EQUAL(put(d, 0), -ENOBUFS);
	CU_ASSERT_EQUAL(deliver_dropped(d), 3);
	pthread_mutex_unlock(&slow.gate);
	CU_ASSERT_EQUAL(deliver_stop(d, &error), 0);
	CU_ASSERT_EQUAL(atomic_load(&slow.taken), put_in);
	CU_ASSERT_EQUAL(slow.wrong, 0);
}

static void
test_nothing_to_do(void)
{
	struct deliver *d = begin(&slow_target, 1, "s", 1, true);

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	CU_ASSERT_EQUAL(deliver_stop(d, &error), 0);
	CU_ASSERT(slow.closed);
	d = begin(NULL, 0, "s", 1, true);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	for (uint64_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(put(d, i), 0);
	CU_ASSERT_EQUAL(deliver_stop(d, &error), 0);
}

static void
test_errors(void)
{
	struct deliver_target targets[2] = { slow_target };
	struct deliver *d;

	CU_ASSERT_EQUAL(deliver_parse(&targets[1], "text:/", &error), 0);
	CU_ASSERT_PTR_NULL(begin(targets, 2, "s", 1, true));
	CU_ASSERT_STRING_EQUAL(error.text, "/: cannot write: Is a directory");
	CU_ASSERT(slow.closed); /* what was open is closed again */
	slow.open_error = -EIO;
	CU_ASSERT_PTR_NULL(begin(&slow_target, 1, "s", 1, true));
	CU_ASSERT_STRING_EQUAL(error.text, "slow");
	CU_ASSERT_FALSE(slow.closed);
	slow.open_error = 0;
	slow.close_error = -EIO;
	targets[1].path = "/dev/full";
	d = begin(targets, 2, "s", 1, true);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	put(d, 0);
	CU_ASSERT_EQUAL(deliver_stop(d, &error), -EIO); /* the first */
	CU_ASSERT_STRING_EQUAL(error.text, "slow");
	slow.close_error = 0;
	d = begin(targets, 2, "s", 1, true);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	put(d, 0);
	CU_ASSERT_EQUAL(deliver_stop(d, &error), -ENOSPC);
	CU_ASSERT_STRING_EQUAL(error.text,
	    "/dev/full: cannot write: No space left on device; lines lost: 1");
}

/* The octets of a file with one event, written in this format. */
static const char *
written(const char *format)
{
	static char content[4096];
	char path[] = "/tmp/gridtap-deliver-XXXXXX", arg[64];
	int fd = mkstemp(path);
	struct deliver_target target;
	struct deliver *d;
	ssize_t n;

	CU_ASSERT_FATAL(fd >= 0);
	snprintf(arg, sizeof(arg), "%s:%s", format, path);
	CU_ASSERT_EQUAL_FATAL(deliver_parse(&target, arg, &error), 0);
	CU_ASSERT_STRING_EQUAL(target.path, path);
	d = begin(&target, 1, "sensor-1", 4, true);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	put(d, 5);
	CU_ASSERT_EQUAL(deliver_stop(d, &error), 0);
	n = read(fd, content, sizeof(content) - 1);
	content[n > 0 ? n : 0] = '\0';
	close(fd);
	unlink(path);
	return content;
}

static void
test_formats(void)
{
	const char *s = written("json");

	CU_ASSERT_EQUAL(strncmp(s, "{\"ts\":\"2026", 11), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(s, "\"source\":\"sensor-1\","));
	CU_ASSERT_STRING_EQUAL(s + strlen(s) - 3, "1}\n");
	s = written("text");
	CU_ASSERT_EQUAL(strncmp(s, "2026-01-02 03:04:05.", 20), 0);
	CU_ASSERT_STRING_EQUAL(s + strlen(s) - 4, " #5\n");
	s = written("syslog");
	CU_ASSERT_EQUAL(strncmp(s, "<105>1 2026-01-02T03", 20), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(s, "Z sensor-1 gridtap - IEC62351-14:1"));
	CU_ASSERT_STRING_EQUAL(s + strlen(s) - 7, " rtu-3\n");
}

static void
test_words(void)
{
	struct deliver_target t;

	CU_ASSERT_EQUAL(deliver_parse(&t, "json", &error), 0);
	CU_ASSERT_STRING_EQUAL(t.output->name, "json");
	CU_ASSERT_STRING_EQUAL(t.path, "-");
	CU_ASSERT_EQUAL(deliver_parse(&t, "syslog:a:b", &error), 0);
	CU_ASSERT_STRING_EQUAL(t.output->name, "syslog");
	CU_ASSERT_STRING_EQUAL(t.path, "a:b");
	CU_ASSERT_EQUAL(deliver_parse(&t, "text:-", &error), 0);
	CU_ASSERT_STRING_EQUAL(t.path, "-");
	CU_ASSERT_EQUAL(deliver_parse(&t, "text:", &error), -EINVAL);
	CU_ASSERT_STRING_EQUAL(
	    error.text, "text:: expected a path behind the colon");
	CU_ASSERT_EQUAL(deliver_parse(&t, "jso", &error), -EINVAL);
	CU_ASSERT_EQUAL(deliver_parse(&t, "jsonl:x", &error), -EINVAL);
	CU_ASSERT_STRING_EQUAL(error.text,
	    "jsonl:x: expected text, json, syslog, xml, cef, leef, with or "
	    "without :PATH");
	CU_ASSERT_EQUAL(deliver_parse(&t, "", &error), -EINVAL);
}

int
main(void)
{
	CU_TestInfo tests[] = {
		{ "patient", test_patient },
		{ "live", test_live },
		{ "nothing to do", test_nothing_to_do },
		{ "errors", test_errors },
		{ "formats", test_formats },
		{ "words", test_words },
		CU_TEST_INFO_NULL,
	};

	return driver_run("deliver", tests);
}
