/* SPDX-License-Identifier: Apache-2.0 */
/* A destination's spool, by SQLite. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "outputs/siem/spool.h"

#define APPLICATION 0x67747370 /* "gtsp" */
#define SPOOL_VERSION 1
#define ROWS 8192         /* that wait in memory at most, */
#define OCTETS (4u << 20) /* and all of theirs */
#define FLUSH_ROWS 1024   /* so many are written without being told */
#define ROOM 16           /* of so many messages one makes room at a time */
#define AGE_EVERY_S 60
#define BUSY_MS 2000 /* one that was stopped may be about to end */

enum statement { PUT, DONE, READ, SHED_SENT, SHED, AGE, STATEMENTS };

static const char *const texts[] = {
	[PUT] = "INSERT INTO message VALUES (?, ?, ?, ?)",
	[DONE] = "DELETE FROM message WHERE number <= ?"
	         " RETURNING number, length(octets)",
	[READ] = "SELECT number, octets FROM message WHERE number > ?"
	         " ORDER BY number",
	[SHED_SENT] = "DELETE FROM message WHERE number IN (SELECT number"
	              " FROM message WHERE number <= ? ORDER BY number LIMIT ?)"
	              " RETURNING number, length(octets)",
	[SHED] = "DELETE FROM message WHERE number IN (SELECT number"
	         " FROM message WHERE number > ?"
	         " ORDER BY severity DESC, number LIMIT ?)"
	         " RETURNING number, length(octets)",
	[AGE] = "DELETE FROM message WHERE number IN (SELECT number"
	        " FROM message ORDER BY number LIMIT ?2) AND at < ?1"
	        " RETURNING number, length(octets)",
};

struct row {
	uint64_t number;
	int64_t at;
	int severity;
	uint32_t from, n;
};

struct spool {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	struct spool_setup setup;
	uint64_t last, written; /* numbers: of all; of those in the file */
	uint64_t sent, done, removed;
	uint64_t rows, octets; /* with those in memory */
	uint64_t dropped;
	int64_t aged; /* when the old were looked for last */
	bool failed;
	char error[256];
	size_t nbatch, nbuffer;
	struct row batch[ROWS];
	uint8_t buffer[OCTETS];
};

static int
fail(const struct spool *s, const char *path, struct error *error)
{
	int code = s->db != NULL ? sqlite3_errcode(s->db) : SQLITE_NOMEM;

	if (code == SQLITE_BUSY)
		error_set(error, "%s: in use by another program", path);
	else
		error_set(error, "%s: %s; expected a spool to read and write",
		    path, s->db != NULL ? sqlite3_errmsg(s->db) : "no memory");
	return code == SQLITE_BUSY ? -EBUSY : -EIO;
}

static bool
exec(struct spool *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static int64_t
number_of(struct spool *s, const char *sql)
{
	sqlite3_stmt *st;
	int64_t n = -1;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

/* A new file, or one of ours. */
static bool
bring(struct spool *s)
{
	int64_t application = number_of(s, "PRAGMA application_id");
	int64_t version = number_of(s, "PRAGMA user_version");

	if (application == APPLICATION)
		return version == SPOOL_VERSION;
	if (application != 0 || version != 0 ||
	    number_of(s, "SELECT count(*) FROM sqlite_schema") != 0)
		return false;
	return exec(s,
	    "BEGIN;"
	    "CREATE TABLE message (number INTEGER PRIMARY KEY,"
	    " at INTEGER NOT NULL, severity INTEGER NOT NULL,"
	    " octets BLOB NOT NULL) STRICT;"
	    "PRAGMA application_id=1735684976; PRAGMA user_version=1;"
	    "COMMIT");
}

static bool
prepare(struct spool *s)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->db, texts[i], -1,
		        SQLITE_PREPARE_PERSISTENT, &s->statements[i],
		        NULL) != SQLITE_OK)
			return false;
	s->last = (uint64_t)number_of(
	    s, "SELECT coalesce(max(number), 0) FROM message");
	s->done = s->removed = s->sent = (uint64_t)number_of(
	    s, "SELECT coalesce(min(number), 1) - 1 FROM message");
	if (s->done > s->last)
		s->done = s->removed = s->sent = s->last;
	s->written = s->last;
	s->rows = (uint64_t)number_of(s, "SELECT count(*) FROM message");
	s->octets = (uint64_t)number_of(
	    s, "SELECT coalesce(sum(length(octets)), 0) FROM message");
	return sqlite3_errcode(s->db) == SQLITE_OK;
}

int
spool_open(struct spool **spool, const char *path,
    const struct spool_setup *setup, struct error *error)
{
	/* what waits here may tell of weaknesses */
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), e;
	struct spool *s;

	if (fd < 0) {
		e = -errno;
		error_set(error, "%s: cannot write: %s", path, strerror(-e));
		return e;
	}
	close(fd);
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		error_set(error, "%s: out of memory", path);
		return -ENOMEM;
	}
	s->setup = *setup;
	if (sqlite3_open_v2(path, &s->db,
	        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
	        NULL) == SQLITE_OK &&
	    sqlite3_busy_timeout(s->db, BUSY_MS) == SQLITE_OK &&
	    exec(s, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
	            "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8192;"
	            "PRAGMA journal_size_limit=16777216;"
	            "BEGIN EXCLUSIVE; COMMIT") &&
	    bring(s) && prepare(s)) {
		*spool = s;
		return 0;
	}
	e = fail(s, path, error);
	spool_close(s);
	return e;
}

/* Steps a removal; what was never sent is lost by it if it counts. */
static bool
take_away(struct spool *s, enum statement which, bool counts, uint64_t *n)
{
	sqlite3_stmt *st = s->statements[which];
	uint64_t rows = s->rows, octets = s->octets, dropped = s->dropped;
	int rc;

	*n = 0;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		uint64_t number = (uint64_t)sqlite3_column_int64(st, 0);

		s->rows--;
		s->octets -= (uint64_t)sqlite3_column_int64(st, 1);
		if (counts && number > s->sent)
			s->dropped++;
		++*n;
	}
	sqlite3_reset(st);
	if (rc == SQLITE_DONE)
		return true;
	/* rows come before it is committed: none of them is gone */
	s->rows = rows;
	s->octets = octets;
	s->dropped = dropped;
	return false;
}

static bool
insert(struct spool *s)
{
	sqlite3_stmt *st = s->statements[PUT];

	for (size_t i = 0; i < s->nbatch; i++) {
		const struct row *r = &s->batch[i];
		int rc;

		sqlite3_bind_int64(st, 1, (int64_t)r->number);
		sqlite3_bind_int64(st, 2, r->at);
		sqlite3_bind_int(st, 3, r->severity);
		sqlite3_bind_blob(
		    st, 4, s->buffer + r->from, (int)r->n, SQLITE_STATIC);
		rc = sqlite3_step(st);
		sqlite3_reset(st);
		if (rc != SQLITE_DONE)
			return false;
	}
	return true;
}

static bool
remove_done(struct spool *s)
{
	uint64_t n;

	if (s->removed == s->done)
		return true;
	sqlite3_bind_int64(s->statements[DONE], 1, (int64_t)s->done);
	return take_away(s, DONE, false, &n);
}

/* In memory what was sent from there, while the file could not be written. */
static void
forget_done(struct spool *s)
{
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < s->nbatch; i++) {
		struct row r = s->batch[i];

		if (r.number <= s->done) {
			s->rows--;
			s->octets -= r.n;
			continue;
		}
		memmove(s->buffer + at, s->buffer + r.from, r.n);
		r.from = (uint32_t)at;
		at += r.n;
		s->batch[kept++] = r;
	}
	s->nbatch = kept;
	s->nbuffer = at;
}

bool
spool_is_dirty(const struct spool *s)
{
	return s->nbatch > 0 || s->removed != s->done;
}

int
spool_flush(struct spool *s)
{
	uint64_t rows = s->rows, octets = s->octets;

	if (!spool_is_dirty(s))
		return 0;
	if (s->nbatch > 0 && s->batch[0].number <= s->done) {
		forget_done(s);
		rows = s->rows;
		octets = s->octets;
	}
	if (exec(s, "BEGIN IMMEDIATE") && remove_done(s) && insert(s) &&
	    exec(s, "COMMIT")) {
		s->removed = s->done;
		s->written = s->last;
		s->nbatch = s->nbuffer = 0;
		s->failed = false;
		return 0;
	}
	snprintf(s->error, sizeof(s->error), "%s", sqlite3_errmsg(s->db));
	s->rows = rows;
	s->octets = octets;
	s->failed = true;
	exec(s, "ROLLBACK");
	return -EIO;
}

int
spool_sync(struct spool *s)
{
	if (spool_flush(s) != 0)
		return -EIO;
	/* which begins with making the log durable */
	return sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
	           NULL, NULL) == SQLITE_OK
	           ? 0
	           : -EIO;
}

/* A part of the file goes; false: there is nothing more, or it cannot. */
static bool
shed(struct spool *s, enum statement which)
{
	uint64_t n;

	sqlite3_bind_int64(s->statements[which], 1, (int64_t)s->sent);
	sqlite3_bind_int64(
	    s->statements[which], 2, (int64_t)(s->rows / ROOM + 1));
	return take_away(s, which, true, &n) && n > 0;
}

static bool
make_room(struct spool *s, size_t n)
{
	if (s->octets + n <= s->setup.most)
		return true;
	if (spool_flush(s) != 0)
		return false;
	while (s->octets + n > s->setup.most)
		if (!shed(s, SHED_SENT) && !shed(s, SHED))
			return false;
	return true;
}

static void
drop_old(struct spool *s, int64_t now)
{
	uint64_t n;

	if (s->setup.age_s == 0 ||
	    (now >= s->aged && now - s->aged < AGE_EVERY_S))
		return;
	s->aged = now;
	do {
		sqlite3_bind_int64(s->statements[AGE], 1, now - s->setup.age_s);
		sqlite3_bind_int64(s->statements[AGE], 2, FLUSH_ROWS);
	} while (take_away(s, AGE, true, &n) && n == FLUSH_ROWS);
}

int
spool_put(struct spool *s, int severity, const void *p, size_t n)
{
	int64_t now = time(NULL);

	drop_old(s, now);
	if (s->failed && (s->nbatch == ROWS || OCTETS - s->nbuffer < n))
		forget_done(s);
	if (n > SPOOL_MESSAGE || !make_room(s, n) || s->nbatch == ROWS ||
	    OCTETS - s->nbuffer < n) {
		s->dropped++;
		return -EAGAIN;
	}
	memcpy(s->buffer + s->nbuffer, p, n);
	s->batch[s->nbatch++] = (struct row){ .number = ++s->last,
		.at = now,
		.severity = severity,
		.from = (uint32_t)s->nbuffer,
		.n = (uint32_t)n };
	s->nbuffer += n;
	s->rows++;
	s->octets += n;
	if (!s->failed && (s->nbatch >= FLUSH_ROWS || s->nbuffer > OCTETS / 2))
		spool_flush(s);
	return 0;
}

static void
read_memory(struct spool *s, uint64_t after,
    bool (*take)(void *arg, uint64_t number, struct bytes), void *arg)
{
	for (size_t i = 0; i < s->nbatch; i++) {
		const struct row *r = &s->batch[i];

		if (r->number > after &&
		    !take(arg, r->number,
		        (struct bytes){ s->buffer + r->from, r->n }))
			return;
	}
}

void
spool_read(struct spool *s, uint64_t after,
    bool (*take)(void *arg, uint64_t number, struct bytes), void *arg)
{
	sqlite3_stmt *st = s->statements[READ];
	bool more = true;
	int rc = SQLITE_DONE;

	if (after < s->written) {
		sqlite3_bind_int64(st, 1, (int64_t)after);
		while (more && (rc = sqlite3_step(st)) == SQLITE_ROW)
			more = take(arg, (uint64_t)sqlite3_column_int64(st, 0),
			    (struct bytes){ sqlite3_column_blob(st, 1),
			        (size_t)sqlite3_column_bytes(st, 1) });
		sqlite3_reset(st);
		/* what cannot be read now must not be passed over */
		more = more && rc == SQLITE_DONE;
	}
	if (more && s->failed)
		read_memory(s, after, take, arg);
}

void
spool_sent(struct spool *s, uint64_t number)
{
	s->sent = number > s->sent ? number : s->sent;
}

void
spool_unsent(struct spool *s)
{
	s->sent = s->done;
}

void
spool_done(struct spool *s, uint64_t number)
{
	s->done = number > s->done ? number : s->done;
	spool_sent(s, number);
}

const char *
spool_error(const struct spool *s)
{
	return s->failed ? s->error : NULL;
}

uint64_t
spool_last(const struct spool *s)
{
	return s->last;
}

uint64_t
spool_done_to(const struct spool *s)
{
	return s->done;
}

struct spool_counts
spool_counts(const struct spool *s)
{
	/* rows has what is done and not removed; between numbers are holes */
	uint64_t most = s->last - s->done;

	return (
	    struct spool_counts){ .waiting = s->rows < most ? s->rows : most,
		.dropped = s->dropped };
}

void
spool_close(struct spool *s)
{
	if (s == NULL)
		return;
	if (s->statements[STATEMENTS - 1] != NULL)
		spool_flush(s);
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	free(s);
}
