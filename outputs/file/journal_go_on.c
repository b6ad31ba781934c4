/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where raw storage goes on: the chain says how far its file was written.
 * What is behind that was written when the program was killed; what is missing
 * was taken away.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outputs/file/journal_parts.h"

#define MODE 0640

struct content {
	char *p;
	size_t n;
};

/* All of the file from there on, where it ends at the earliest. */
static int
read_from(int fd, uint64_t from, struct content *c)
{
	struct stat st;
	size_t done = 0;

	*c = (struct content){ NULL, 0 };
	if (fstat(fd, &st) != 0)
		return -errno;
	c->n = (size_t)st.st_size - (size_t)from;
	c->p = malloc(c->n + 1);
	if (c->p == NULL)
		return -ENOMEM;
	while (done < c->n) {
		ssize_t k =
		    pread(fd, c->p + done, c->n - done, (off_t)(from + done));

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		done += (size_t)k;
	}
	c->n = done;
	return 0;
}

/* Where the line at p ends; NULL: it has no end. */
static const char *
end_of(const struct content *c, const char *p)
{
	return memchr(p, '\n', c->n - (size_t)(p - c->p));
}

/*
 * How far a chain goes: what it was, its last record, and how many of its
 * octets are whole lines.  False: there is no chain, or something else.
 */
struct found {
	struct chain_link before;
	struct chain_record last;
	int64_t since;
	bool keyed;
	size_t octets;
};

static bool
read_chain(struct found *f, const struct content *c)
{
	const char *p = c->p, *end = end_of(c, p);
	struct chain_record r;

	if (end == NULL || !chain_read_head(&f->before, &f->keyed, &f->since, p,
	                       (size_t)(end - p)))
		return false;
	f->last = (struct chain_record){ .link = f->before };
	for (p = end + 1; (end = end_of(c, p)) != NULL; p = end + 1) {
		if (!chain_read_record(&r, p, (size_t)(end - p)) ||
		    r.link.n != f->last.link.n + 1 || r.end <= f->last.end)
			return false;
		f->last = r;
	}
	f->octets = (size_t)(p - c->p);
	return true;
}

/* Whole lines without a hash get theirs now; what is behind them goes. */
static int
take_late(struct journal *j)
{
	struct content c;
	const char *p, *end;
	int e = read_from(j->log, j->log_at, &c);

	p = c.p;
	while (e == 0 && (end = end_of(&c, p)) != NULL &&
	       journal_add(j, p, (size_t)(end - p), true))
		p = end + 1;
	free(c.p);
	journal_flush(j);
	if (e != 0 || j->failed != 0)
		return e != 0 ? e : -j->failed;
	return ftruncate(j->log, (off_t)j->log_at) == 0 ? 0 : -errno;
}

/* The chain goes on from the last file that was put aside. */
static void
follow(struct journal *j)
{
	char name[PATH_MAX];
	struct content c;
	struct found f;
	int fd;

	journal_name(name, j, j->number, CHAIN_SUFFIX);
	fd = j->number != 0 ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	if (read_from(fd, 0, &c) == 0 && read_chain(&f, &c))
		j->chain.last = f.last.link;
	free(c.p);
	close(fd);
}

/* The chain's own first line is missing: killed before it was written. */
static int
resume_first(struct journal *j)
{
	follow(j);
	j->before = j->chain.last;
	j->empty = j->chain.last.n;
	if (ftruncate(j->side, 0) != 0)
		return -errno;
	return take_late(j);
}

static int
resume_at(struct journal *j, const struct found *f)
{
	j->log_at = f->last.end;
	j->side_at = f->octets;
	j->since = f->since;
	j->empty = f->before.n;
	if (ftruncate(j->side, (off_t)f->octets) != 0)
		return -errno;
	return take_late(j);
}

/* More than this can not have been on its way when the program was killed. */
static bool
is_little(uint64_t octets)
{
	return octets < LINES_MAX;
}

/* 1: it goes on; 0: the file is not what its chain says; or -errno. */
static int
resume(struct journal *j)
{
	struct content chain;
	struct stat st;
	struct found f;
	bool good = false;
	uint64_t size;
	int e = read_from(j->side, 0, &chain);

	if (e == 0 && fstat(j->log, &st) != 0)
		e = -errno;
	size = e == 0 ? (uint64_t)st.st_size : 0;
	if (e == 0 && read_chain(&f, &chain)) {
		j->chain.last = j->before = f.last.link;
		good = f.keyed == (j->chain.nkey > 0) && size >= f.last.end &&
		       is_little(size - f.last.end);
		if (good)
			e = resume_at(j, &f);
	} else if (e == 0 && memchr(chain.p, '\n', chain.n) == NULL) {
		good = is_little(size);
		if (good)
			e = resume_first(j);
	}
	free(chain.p);
	return e == 0 ? good : e;
}

static int
open_file(const struct journal *j, const char *suffix, int flags)
{
	char name[PATH_MAX];

	journal_name(name, j, 0, suffix);
	return open(name, O_RDWR | O_CLOEXEC | flags, MODE);
}

static void
close_both(struct journal *j)
{
	if (j->log >= 0)
		close(j->log);
	if (j->side >= 0)
		close(j->side);
	j->log = j->side = -1;
}

int
journal_begin(struct journal *j)
{
	int e;

	j->log_at = j->side_at = 0;
	j->n = j->nrecords = 0;
	j->since = 0;
	j->before = j->chain.last;
	j->empty = j->chain.last.n;
	j->log = open_file(j, "", O_CREAT | O_EXCL);
	e = j->log < 0 || flock(j->log, LOCK_EX | LOCK_NB) != 0 ? -errno : 0;
	j->side = e == 0 ? open_file(j, CHAIN_SUFFIX, O_CREAT | O_EXCL) : -1;
	if (e == 0 && j->side < 0)
		e = -errno;
	if (e != 0)
		close_both(j);
	return e;
}

/* Killed between the two renames of journal_put_aside(). */
static int
end_rotation(struct journal *j)
{
	char from[PATH_MAX], to[PATH_MAX];

	journal_name(from, j, 0, CHAIN_SUFFIX);
	journal_name(to, j, j->number, CHAIN_SUFFIX);
	if (j->number == 0 || access(to, F_OK) == 0)
		return journal_put_aside(j); /* the lines were taken away */
	return rename(from, to) == 0 ? 0 : -errno;
}

static bool
is_empty(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 0;
}

int
journal_go_on(struct journal *j)
{
	int e = 0;

	j->number = journal_last_number(j);
	j->log = open_file(j, "", 0);
	if (j->log < 0 && errno != ENOENT)
		return -errno;
	/* killed between the two that journal_begin() makes */
	j->side = open_file(j, CHAIN_SUFFIX, is_empty(j->log) ? O_CREAT : 0);
	if (j->side < 0 && errno != ENOENT) {
		e = -errno;
		close_both(j);
		return e;
	}
	if (j->log >= 0 && flock(j->log, LOCK_EX | LOCK_NB) != 0) {
		close_both(j);
		return -EBUSY;
	}
	if (j->log >= 0 && j->side >= 0) {
		e = resume(j);
		if (e == 1)
			return 0;
	}
	if (e == 0 && j->log >= 0)
		e = journal_put_aside(j);
	else if (e == 0 && j->side >= 0)
		e = end_rotation(j);
	close_both(j);
	if (e != 0)
		return e;
	if (j->chain.last.n == 0)
		follow(j);
	return journal_begin(j);
}
