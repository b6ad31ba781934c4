/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw storage: whole lines are gathered and written together, then their
 * hashes.  A line is never without its hash but for the moment between.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outputs/file/journal_parts.h"

static int
write_at(int fd, const char *p, size_t n, uint64_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, p, n, (off_t)at);

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

static void
fail(struct journal *j, int e)
{
	if (j->failed == 0)
		j->failed = e;
}

/* Both files end again as they did before; the lines are lost. */
static void
undo(struct journal *j)
{
	if (ftruncate(j->log, (off_t)j->log_at) != 0 ||
	    ftruncate(j->side, (off_t)j->side_at) != 0)
		fail(j, errno);
	j->chain.last = j->before;
	j->lost += j->waiting;
}

static int
write_both(struct journal *j)
{
	int e = write_at(j->log, j->buffer, j->n, j->log_at);

	if (e == 0)
		e = write_at(j->side, j->records, j->nrecords, j->side_at);
	return e;
}

static void
sync_both(struct journal *j)
{
	if (fdatasync(j->log) != 0 || fdatasync(j->side) != 0)
		fail(j, errno);
}

void
journal_flush(struct journal *j)
{
	int e = j->nrecords > 0 ? write_both(j) : 0;

	if (e != 0) {
		fail(j, e);
		undo(j);
	} else {
		j->log_at += j->n;
		j->side_at += j->nrecords;
		if (j->urgent)
			sync_both(j);
	}
	j->urgent = false;
	j->n = j->nrecords = 0;
	j->waiting = 0;
	j->before = j->chain.last;
}

static void
on_idle(void *self)
{
	struct journal *j = self;

	j->asked = false;
	journal_flush(j);
}

bool
journal_add(struct journal *j, const char *line, size_t n, bool late)
{
	if (n >= LINES_MAX - j->n ||
	    sizeof(j->records) - j->nrecords < CHAIN_RECORD)
		journal_flush(j);
	/* also when what waited with it was lost */
	if (j->side_at == 0 && j->nrecords == 0)
		j->nrecords = chain_put_head(j->records, &j->chain, j->since);
	if (!chain_add(&j->chain, line, n))
		return false;
	memcpy(j->buffer + j->n, line, n);
	j->n += n;
	j->buffer[j->n++] = '\n';
	j->nrecords += chain_put_record(
	    j->records + j->nrecords, &j->chain, j->log_at + j->n, late);
	return true;
}

static bool
is_full(const struct journal *j, size_t n, int64_t at)
{
	const struct journal_setup *s = &j->setup;

	if (j->chain.last.n <= j->empty)
		return false;
	if (s->rotate_octets > 0 && j->log_at + j->n + n >= s->rotate_octets)
		return true;
	return s->rotate_s > 0 && j->since != 0 && at > j->since &&
	       (uint64_t)at - (uint64_t)j->since >= s->rotate_s;
}

static int
rotate(struct journal *j)
{
	int e;

	journal_flush(j);
	sync_both(j);
	close(j->log);
	close(j->side);
	e = journal_put_aside(j);
	if (e == 0)
		return journal_begin(j);
	/* it goes on as it was */
	return journal_go_on(j);
}

int
journal_put(
    struct journal *j, const char *line, size_t n, int64_t at, bool urgent)
{
	if (n >= LINES_MAX || (j->log < 0 && journal_go_on(j) != 0)) {
		j->lost++;
		return -EAGAIN;
	}
	if (is_full(j, n, at)) {
		int e = rotate(j);

		if (e != 0) {
			fail(j, -e);
			j->lost++;
			return -EAGAIN;
		}
	}
	if (j->since == 0)
		j->since = at;
	if (!journal_add(j, line, n, false)) {
		j->lost++;
		return -EAGAIN;
	}
	j->waiting++;
	j->urgent = j->urgent || (urgent && j->setup.sync);
	if (j->idle != NULL && !j->asked) {
		j->asked = true;
		loop_ask(j->idle);
	}
	return 0;
}

void
journal_settle(struct journal *j)
{
	if (j->nrecords > 0)
		journal_flush(j);
}

static void
release(struct journal *j)
{
	loop_drop(j->idle);
	if (j->log >= 0)
		close(j->log);
	if (j->side >= 0)
		close(j->side);
	explicit_bzero(j->chain.key, sizeof(j->chain.key));
	free(j);
}

static int
start(struct journal *j, const struct journal_setup *setup,
    struct event_base *base)
{
	if (strlen(setup->path) >= sizeof(j->path))
		return -ENAMETOOLONG;
	strcpy(j->path, setup->path);
	j->setup = *setup;
	j->setup.path = j->path;
	chain_start(&j->chain, setup->key, setup->nkey);
	j->setup.key = NULL; /* the chain has it */
	if (base != NULL) {
		j->idle = loop_idle(base, on_idle, j);
		if (j->idle == NULL)
			return -ENOMEM;
	}
	return journal_go_on(j);
}

int
journal_open(struct journal **journal, const struct journal_setup *setup,
    struct event_base *base, struct error *error)
{
	struct journal *j = calloc(1, sizeof(*j));
	int e = -ENOMEM;

	if (j != NULL) {
		j->log = j->side = -1;
		e = start(j, setup, base);
		if (e != 0)
			release(j);
	}
	if (e != 0)
		error_set(
		    error, "%s: cannot store: %s", setup->path, strerror(-e));
	else
		*journal = j;
	return e;
}

int
journal_close(struct journal *j, struct error *error)
{
	int failed;

	journal_flush(j);
	if (j->log >= 0 && j->side >= 0)
		sync_both(j);
	failed = j->failed;
	if (failed != 0)
		error_set(error, "%s: cannot store: %s; lines lost: %" PRIu64,
		    j->path, strerror(failed), j->lost);
	else if (j->lost > 0)
		error_set(error, "%s: lines that were too long: %" PRIu64,
		    j->path, j->lost);
	if (failed == 0 && j->lost > 0)
		failed = EMSGSIZE;
	release(j);
	return -failed;
}
