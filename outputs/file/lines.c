/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to a file: whole lines are gathered and written together. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outputs/file/document.h"
#include "outputs/file/lines.h"
#include "outputs/loop.h"

struct lines {
	int fd;
	char *path;
	int failed;     /* the first write's errno, or 0 */
	uint64_t lost;  /* lines that were not written, as far as is known */
	size_t waiting; /* lines in the buffer */
	struct loop_call *idle;
	bool asked;
	size_t n;
	const char *tail;         /* of a pipe, behind all lines; or NULL */
	struct document document; /* with a tail: a file that is one */
	bool lasting;             /* appends, and goes on after an error */
	bool told;                /* that it cannot write */
	char buffer[LINES_MAX];
};

/* Standard output may be a pipe that somebody else made non-blocking. */
static bool
wait_for_room(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done > 0) {
			p += done;
			n -= (size_t)done;
		} else if (done < 0 && errno == EINTR) {
			continue;
		} else if (done >= 0 || errno != EAGAIN || !wait_for_room(fd)) {
			return done < 0 ? errno : EIO;
		}
	}
	return 0;
}

/* Line by line into a document; what is lost is counted by the caller. */
static int
write_lines(struct lines *l)
{
	const char *p = l->buffer, *end;
	int e = document_begin(&l->document);

	for (; e == 0 && p < l->buffer + l->n; p = end + 1) {
		end = memchr(p, '\n', l->n - (size_t)(p - l->buffer));
		e = document_put(&l->document, p, (size_t)(end - p));
		l->waiting -= e == 0;
	}
	return e;
}

/* Half a line is no line: the file ends as it did before. */
static int
write_more(struct lines *l)
{
	off_t at = lseek(l->fd, 0, SEEK_END);
	int e = write_all(l->fd, l->buffer, l->n);

	if (e != 0 && at >= 0 && ftruncate(l->fd, at) != 0)
		return e;
	return e;
}

/* Said when it begins, and when it is over; then the next try. */
static void
go_on(struct lines *l)
{
	if (l->failed != 0 && !l->told)
		fprintf(stderr, "gridtap: %s: cannot write: %s\n", l->path,
		    strerror(l->failed));
	if (l->failed == 0 && l->told)
		fprintf(stderr,
		    "gridtap: %s: can be written again; %" PRIu64
		    " lines were lost\n",
		    l->path, l->lost);
	l->told = l->failed != 0;
	l->failed = 0;
}

static void
flush(void *self)
{
	struct lines *l = self;

	l->asked = false;
	if (l->n > 0 && l->failed == 0)
		l->failed = l->document.tail != NULL ? write_lines(l)
		            : l->lasting             ? write_more(l)
		                         : write_all(l->fd, l->buffer, l->n);
	if (l->failed != 0)
		l->lost += l->waiting;
	l->n = 0;
	l->waiting = 0;
	if (l->lasting)
		go_on(l);
}

static void
release(struct lines *l)
{
	loop_drop(l->idle);
	free(l->path);
	free(l);
}

static int
open_path(const char *path, bool append)
{
	if (strcmp(path, "-") == 0)
		return STDOUT_FILENO;
	return open(path,
	    O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC),
	    append ? 0640 : 0666);
}

static const char *
name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard output" : path;
}

static int
open_lines(struct lines **lines, const char *path, struct event_base *base,
    bool lasting, struct error *error)
{
	struct lines *l = calloc(1, sizeof(*l));
	int e;

	if (l != NULL) {
		l->path = strdup(path);
		l->idle = base != NULL ? loop_idle(base, flush, l) : NULL;
	}
	if (l == NULL || l->path == NULL || (base != NULL && l->idle == NULL)) {
		if (l != NULL)
			release(l);
		error_set(error, "%s: out of memory", name_of(path));
		return -ENOMEM;
	}
	l->lasting = lasting;
	l->fd = open_path(path, lasting);
	if (l->fd < 0) {
		e = errno;
		release(l);
		error_set(error, "%s: cannot write: %s", path, strerror(e));
		return -e;
	}
	*lines = l;
	return 0;
}

int
lines_open(struct lines **lines, const char *path, struct event_base *base,
    struct error *error)
{
	return open_lines(lines, path, base, false, error);
}

int
lines_append(struct lines **lines, const char *path, struct event_base *base,
    struct error *error)
{
	return open_lines(lines, path, base, true, error);
}

void
lines_reopen(struct lines *l)
{
	int fd;

	if (l->fd == STDOUT_FILENO || l->tail != NULL)
		return;
	flush(l);
	fd = open_path(l->path, true);
	if (fd < 0) {
		fprintf(stderr, "gridtap: %s: %s; the old file goes on\n",
		    l->path, strerror(errno));
		return;
	}
	close(l->fd);
	l->fd = fd;
}

void
lines_frame(struct lines *l, const char *head, const char *tail)
{
	struct stat st;

	/* others may write to standard output, too */
	if (l->fd != STDOUT_FILENO && fstat(l->fd, &st) == 0 &&
	    S_ISREG(st.st_mode)) {
		l->document = (struct document){
			.fd = l->fd, .head = head, .tail = tail
		};
		l->failed = document_begin(&l->document);
		return;
	}
	l->n = strlen(head);
	memcpy(l->buffer, head, l->n);
	l->tail = tail;
}

int
lines_put(struct lines *l, const char *line, size_t n)
{
	if (n >= LINES_MAX || l->failed != 0) {
		l->lost++;
		return -EAGAIN;
	}
	if (n >= LINES_MAX - l->n)
		flush(l);
	memcpy(l->buffer + l->n, line, n);
	l->n += n;
	l->buffer[l->n++] = '\n';
	l->waiting++;
	if (l->idle != NULL && !l->asked) {
		l->asked = true;
		loop_ask(l->idle);
	}
	return 0;
}

void
lines_settle(struct lines *l)
{
	if (l->n > 0)
		flush(l);
}

int
lines_close(struct lines *l, struct error *error)
{
	int failed;

	flush(l);
	if (l->tail != NULL && l->failed == 0)
		l->failed = write_all(l->fd, l->tail, strlen(l->tail));
	/* some file systems tell only here that they were full */
	if (l->fd != STDOUT_FILENO && close(l->fd) != 0 && l->failed == 0)
		l->failed = errno;
	failed = l->failed;
	if (failed != 0)
		error_set(error, "%s: cannot write: %s; lines lost: %" PRIu64,
		    name_of(l->path), strerror(failed), l->lost);
	else if (l->lost > 0 && !l->lasting)
		error_set(error, "%s: lines that were too long: %" PRIu64,
		    name_of(l->path), l->lost);
	/* of a sensor's that was said when it was */
	if (failed == 0 && l->lost > 0 && !l->lasting)
		failed = EMSGSIZE;
	release(l);
	return -failed;
}
