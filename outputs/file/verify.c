/* SPDX-License-Identifier: Apache-2.0 */
/* Walks lines and chain side by side; names the first line that differs. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outputs/file/verify.h"

struct part {
	const char *p;
	size_t n;
};

struct walk {
	struct verify *v;
	const char *path;
	void (*say)(void *arg, const char *line);
	void *arg;
	struct part lines, chain; /* what is left of both */
	struct part all;          /* of the chain */
	size_t at;                /* octets of the lines that are behind */
	uint64_t first;           /* number before the first line here */
	uint64_t late;
};

static void say(const struct walk *, uint64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "PATH:LINE: ..."; line 0: of the file as a whole. */
static void
say(const struct walk *w, uint64_t line, const char *format, ...)
{
	char what[512], all[PATH_MAX + 600];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (line != 0)
		snprintf(all, sizeof(all), "%s:%" PRIu64 ": %s", w->path, line,
		    what);
	else
		snprintf(all, sizeof(all), "%s: %s", w->path, what);
	w->say(w->arg, all);
}

/* Takes a line with its newline; false: there is none, or no whole one. */
static bool
take(struct part *from, struct part *line)
{
	const char *end = from->n > 0 ? memchr(from->p, '\n', from->n) : NULL;

	if (end == NULL)
		return false;
	*line = (struct part){ from->p, (size_t)(end - from->p) };
	from->n -= line->n + 1;
	from->p = end + 1;
	return true;
}

/* Whether this line has this hash behind that link. */
static bool
fits(struct walk *w, const struct chain_link *before, struct part line,
    const struct chain_link *want)
{
	struct chain *c = &w->v->chain;

	c->last = *before;
	return chain_add(c, line.p, line.n) && c->last.n == want->n &&
	       memcmp(c->last.hash, want->hash, CHAIN_HASH) == 0;
}

/* What became of a line that does not have its hash. */
static const char *
diagnosis(struct walk *w, const struct chain_link *before, struct part line,
    const struct chain_link *want)
{
	struct part following, next_record;
	struct chain_record next;
	bool has_line = take(&w->lines, &following);
	bool has_record =
	    take(&w->chain, &next_record) &&
	    chain_read_record(&next, next_record.p, next_record.n);
	bool is_next = has_record && fits(w, want, line, &next.link);

	if (has_line && fits(w, before, following, want))
		return is_next ? "exchanged with the line behind it"
		               : "put in: the chain does not have it";
	return is_next ? "a line that stood before it was removed"
	               : "changed: it does not have the hash of its chain";
}

static bool
check_known(struct walk *w, const struct chain_link *link)
{
	const struct chain_link *known = &w->v->known;

	if (known->n == 0 || known->n != link->n)
		return true;
	w->v->known_seen = true;
	if (memcmp(known->hash, link->hash, CHAIN_HASH) == 0)
		return true;
	say(w, link->n - w->first,
	    "another hash than the one that was known: lines up to here were "
	    "written anew");
	return false;
}

/* One record of the chain and the line that belongs to it. */
static bool
step(struct walk *w, struct part record)
{
	struct chain_link before = w->v->last;
	struct chain_record r;
	struct part line;
	uint64_t number = before.n + 1 - w->first;

	if (!chain_read_record(&r, record.p, record.n) ||
	    r.link.n != before.n + 1) {
		say(w, number, "the chain's own line %" PRIu64 " is damaged",
		    number + 1);
		return false;
	}
	if (w->lines.n == 0) {
		say(w, number, "missing: the file was cut, its chain goes on");
		return false;
	}
	if (!take(&w->lines, &line)) {
		say(w, number, "only the beginning of a line is left");
		return false;
	}
	if (!fits(w, &before, line, &r.link)) {
		say(w, number, "%s", diagnosis(w, &before, line, &r.link));
		return false;
	}
	w->at += line.n + 1;
	if (w->at != r.end) {
		say(w, number, "the chain's own line %" PRIu64 " was changed",
		    number + 1);
		return false;
	}
	w->late += r.late;
	w->v->last = r.link;
	return check_known(w, &r.link);
}

/* How the chain ends, whatever its lines are: the next file follows that. */
static void
skip_to_end(struct walk *w)
{
	struct chain_record r;
	struct part record;

	while (take(&w->all, &record))
		if (chain_read_record(&r, record.p, record.n) &&
		    r.link.n > w->v->last.n)
			w->v->last = r.link;
}

static bool
check_seam(struct walk *w, const struct chain_link *before)
{
	const struct chain_link *last = &w->v->last;

	if (w->v->last_path == NULL) {
		if (before->n > 0)
			say(w, 0,
			    "note: it goes on from line %" PRIu64
			    " of a file that is not here",
			    before->n);
		return true;
	}
	if (before->n == last->n &&
	    memcmp(before->hash, last->hash, CHAIN_HASH) == 0)
		return true;
	if (before->n == last->n)
		say(w, 0, "does not follow %s: another hash", w->v->last_path);
	else
		say(w, 0,
		    "does not follow %s: that ends with line %" PRIu64
		    ", this goes on from line %" PRIu64,
		    w->v->last_path, last->n, before->n);
	return false;
}

static bool
check_head(struct walk *w, bool *joined)
{
	struct chain_link before;
	struct part head;
	int64_t since;
	bool keyed;

	if (!take(&w->chain, &head) ||
	    !chain_read_head(&before, &keyed, &since, head.p, head.n)) {
		say(w, 0, "its chain does not begin as one");
		return false;
	}
	if (keyed != (w->v->chain.nkey > 0)) {
		say(w, 0,
		    keyed ? "its chain has a key: give it with --key"
		          : "its chain has no key: anybody can have "
		            "written it");
		return false;
	}
	*joined = check_seam(w, &before);
	w->v->last = before;
	w->first = before.n;
	return true;
}

static bool
check(struct walk *w)
{
	struct part record;
	bool joined = true, good = check_head(w, &joined);
	uint64_t number;

	while (good && take(&w->chain, &record))
		good = step(w, record);
	number = w->v->last.n + 1 - w->first;
	if (good && w->chain.n > 0) {
		say(w, number, "the chain's last line has no end");
		good = false;
	}
	if (good && w->lines.n > 0) {
		say(w, number,
		    "not in the chain: put in, or the program was killed here "
		    "and has not gone on");
		good = false;
	}
	if (!good || !joined) {
		skip_to_end(w);
		return false;
	}
	if (w->late > 0)
		say(w, 0,
		    "note: %" PRIu64
		    " lines got their hash at a start: it had been killed",
		    w->late);
	say(w, 0,
	    "lines 1 to %" PRIu64 " are as they were written; known as %" PRIu64
	    ":%s",
	    number - 1, w->v->last.n, w->v->last.hash);
	return true;
}

static int
map(const char *path, struct part *t)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), e = 0;
	struct stat st;
	void *p;

	*t = (struct part){ "", 0 };
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0) {
		e = -errno;
	} else if (st.st_size > 0) {
		p = mmap(
		    NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED)
			e = -errno;
		else
			*t = (struct part){ p, (size_t)st.st_size };
	}
	close(fd);
	return e;
}

static void
unmap(const struct part *t)
{
	if (t->n > 0)
		munmap((void *)(uintptr_t)t->p, t->n);
}

void
verify_start(struct verify *v, const uint8_t *key, size_t nkey)
{
	memset(v, 0, sizeof(*v));
	chain_start(&v->chain, key, nkey);
}

bool
verify_file(struct verify *v, const char *path,
    void (*say_line)(void *arg, const char *line), void *arg)
{
	struct walk w = { .v = v, .path = path, .say = say_line, .arg = arg };
	char name[PATH_MAX + 16];
	struct part lines, chain = { "", 0 };
	bool good = false;
	int e = map(path, &lines);

	snprintf(name, sizeof(name), "%s" CHAIN_SUFFIX, path);
	if (e != 0) {
		say(&w, 0, "cannot read: %s", strerror(-e));
	} else if ((e = map(name, &chain)) != 0) {
		say(&w, 0, "cannot read its chain, %s: %s", name, strerror(-e));
	} else {
		w.lines = lines;
		w.chain = w.all = chain;
		good = check(&w);
		v->last_path = path;
	}
	unmap(&lines);
	unmap(&chain);
	return good;
}
