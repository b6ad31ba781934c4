/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kill tears a write only between two pages, so each write stays within one.
 * Where a line does not fit before the end of its page, it takes three: (1)
 * the page is filled with spaces, which may stand behind a document; (2) the
 * line and a new tail are written into the next page, as
 *
 *	<!--?>LINE TAIL<?e --><?f ?>
 *
 * which there is a comment and an instruction behind the document; (3) the old
 * tail becomes "<?p" and spaces: now the instruction p reaches to the first
 * "?>", LINE and TAIL stand in the document, and e reaches to the end.
 */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outputs/file/document.h"
#include "outputs/file/lines.h"

#define PAGE 4096 /* or a multiple of it */
#define BEFORE "<!--?>\n"
#define BEHIND "<?e --><?f ?>\n"
#define OVER "<?p"

static int
write_at(const struct document *d, const char *p, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(d->fd, p, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? errno : EIO;
		p += done;
		n -= (size_t)done;
		at += (uint64_t)done;
	}
	return 0;
}

/* What was not written in full is taken back, as far as that goes. */
static int
undo(const struct document *d, int e)
{
	size_t tail = strlen(d->tail);

	if (write_at(d, d->tail, tail, d->at) == 0 &&
	    ftruncate(d->fd, (off_t)(d->at + tail)) != 0)
		return errno;
	return e;
}

/* The line and the tail over the old one, then spaces before the tail. */
static int
put_here(struct document *d, const char *line, size_t n, size_t spaces)
{
	char buffer[LINES_MAX + PAGE];
	size_t tail = strlen(d->tail), at = n;

	memcpy(buffer, line, n);
	memset(buffer + at, ' ', spaces);
	at += spaces;
	buffer[at++] = '\n';
	memcpy(buffer + at, d->tail, tail);
	d->at += at;
	return write_at(d, buffer, at + tail, d->at - at);
}

static int
put_in_next(struct document *d, const char *line, size_t n)
{
	char page[PAGE];
	size_t tail = strlen(d->tail);
	uint64_t next = (d->at / PAGE + 1) * PAGE;
	size_t rest = (size_t)(next - d->at) - tail;
	int e;

	memset(page, ' ', sizeof(page));
	e = write_at(d, page, rest, d->at + tail);
	if (e != 0)
		return e;
	e = snprintf(page, sizeof(page), BEFORE "%.*s\n%s" BEHIND, (int)n, line,
	    d->tail);
	e = write_at(d, page, (size_t)e, next);
	if (e != 0)
		return e;
	memset(page, ' ', sizeof(page));
	memcpy(page, OVER, strlen(OVER));
	e = write_at(d, page, tail, d->at);
	if (e == 0)
		d->at = next + strlen(BEFORE) + n + 1;
	return e;
}

int
document_begin(struct document *d)
{
	char all[PAGE];
	struct stat st;
	int n, e;

	if (fstat(d->fd, &st) != 0)
		return errno;
	if (d->at > 0 && (uint64_t)st.st_size >= d->at)
		return 0;
	n = snprintf(all, sizeof(all), "%s%s", d->head, d->tail);
	e = write_at(d, all, (size_t)n, 0);
	d->at = e == 0 ? strlen(d->head) : 0;
	return e;
}

int
document_put(struct document *d, const char *line, size_t n)
{
	size_t tail = strlen(d->tail);
	size_t room = PAGE - (size_t)(d->at % PAGE);
	struct document before = *d;
	size_t end;
	int e;

	if (n + 1 + tail <= room)
		e = put_here(d, line, n, 0);
	else if (strlen(BEFORE) + n + 1 + tail + strlen(BEHIND) < PAGE)
		e = put_in_next(d, line, n);
	else {
		/* the tail has to lie within one page, whatever is before */
		end = (size_t)((d->at + n + 1) % PAGE);
		e = put_here(d, line, n, end + tail > PAGE ? PAGE - end : 0);
	}
	if (e == 0)
		return 0;
	*d = before;
	return undo(d, e);
}
