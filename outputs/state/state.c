/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: one connection, prepared statements, whole batches. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "outputs/state/parts.h"
#include "outputs/state/schema.h"

#define BUSY_MS 15000
#define DAY 86400
#define TIDY 64 /* commits between two looks for what is too old */

static const char *const texts[STATEMENTS] = {
	[PUT_METER] =
	    "INSERT INTO meter (" METER ") VALUES (?,?,?,?,?,?,?,?,?)"
	    " ON CONFLICT DO UPDATE SET ip=excluded.ip, port=excluded.port,"
	    " unit=excluded.unit, name=excluded.name, last=excluded.last,"
	    " reset_ok=max(reset_ok, excluded.reset_ok), body=excluded.body",
	[DROP_UNTITLED] = "DELETE FROM meter WHERE title IS NULL"
	                  " AND ip=? AND port=? AND unit=?",
	[FIND_TITLE] = "SELECT " METER " FROM meter WHERE title=?",
	[FIND_PLACE] = "SELECT " METER " FROM meter WHERE ip=? AND port=?"
	               " AND unit=? ORDER BY last DESC LIMIT 1",
	[PUT_ROW] = "INSERT OR REPLACE INTO piece VALUES (?,?,?)",
	[DROP_ROW] = "DELETE FROM piece WHERE owner=? AND number=?",
	[PUT_FOLD] = "INSERT OR REPLACE INTO fold VALUES (?,?,?)",
	[DROP_FOLD] = "DELETE FROM fold WHERE place=?",
	[PUT_MARK] = "UPDATE mark SET sqnum=?, second=?,"
	             " generation=generation+1",
	[PUT_CAPTURE] = "INSERT OR REPLACE INTO capture VALUES (?,?,?)",
	[FRAMES] = "SELECT frames FROM capture WHERE name=? AND first_ns=?",
	[COUNT] = "SELECT count(*) FROM meter",
	[AGE] = "DELETE FROM meter WHERE last < ?",
	[SHED] = "DELETE FROM meter WHERE id IN (SELECT id FROM meter"
	         " ORDER BY last DESC LIMIT -1 OFFSET ?)",
	[DROP_OWNER] = "DELETE FROM piece WHERE owner=?",
	[TAKE_ACKS] = "UPDATE acknowledged SET taken=1 WHERE id<=?",
};

void
state_note(struct state *s)
{
	s->failed = true;
	if (s->error[0] == '\0')
		snprintf(
		    s->error, sizeof(s->error), "%s", sqlite3_errmsg(s->db));
}

static void
run(struct state *s, enum statement which)
{
	sqlite3_stmt *st = s->statements[which];

	/* a failure may have ended the transaction: nothing goes alone */
	if (s->failed)
		return;
	if (sqlite3_step(st) != SQLITE_DONE)
		state_note(s);
	sqlite3_reset(st);
}

/*
 * A mark without all that came before it would hide a replay: then the file
 * stays as it is, and is read on from there.
 */
static bool
is_whole(struct state *s)
{
	if (!s->batch.over)
		return true;
	s->failed = true;
	if (s->error[0] == '\0')
		snprintf(s->error, sizeof(s->error),
		    "it could not be written for too long");
	return false;
}

static void write_again(void *arg, enum batch_kind, const void *);

/*
 * Opens a transaction if none is, with all that an earlier one did not keep;
 * false while nothing can be written.
 */
static bool
begin(struct state *s)
{
	if (s->begun)
		return !s->failed;
	s->begun = true;
	s->failed = false;
	if (!is_whole(s))
		return false;
	if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) !=
	    SQLITE_OK)
		state_note(s);
	/* windows were given places anew: they come with this batch */
	if (s->old_folds && !s->failed &&
	    sqlite3_exec(s->db, "DELETE FROM fold", NULL, NULL, NULL) !=
	        SQLITE_OK)
		state_note(s);
	for (size_t i = 0; i < STRANGE && s->strange[i][0] != '\0'; i++) {
		sqlite3_bind_text(s->statements[DROP_OWNER], 1, s->strange[i],
		    -1, SQLITE_STATIC);
		run(s, DROP_OWNER);
	}
	if (!s->failed)
		batch_each(&s->batch, write_again, s);
	return !s->failed;
}

static int
fail(struct state *s, const char *path, struct error *error)
{
	return schema_fail(s->db, path, error);
}

int
state_secret(struct state *s, const uint8_t *preset, uint8_t to[STATE_SECRET],
    struct error *error)
{
	static const char put_it[] =
	    "UPDATE mark SET secret=coalesce(secret, ?)";
	static const char get_it[] = "SELECT secret FROM mark";
	sqlite3_stmt *st = NULL;
	int rc;

	if (preset != NULL)
		memcpy(to, preset, STATE_SECRET);
	else if (getrandom(to, STATE_SECRET, 0) != STATE_SECRET)
		return -errno;
	rc = sqlite3_prepare_v2(s->db, put_it, -1, &st, NULL);
	if (rc == SQLITE_OK) {
		bind_octets(st, 1, to, STATE_SECRET);
		rc = sqlite3_step(st);
	}
	sqlite3_finalize(st);
	st = NULL;
	if (rc == SQLITE_DONE)
		rc = sqlite3_prepare_v2(s->db, get_it, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW && sqlite3_column_bytes(st, 0) == STATE_SECRET)
		memcpy(to, sqlite3_column_blob(st, 0), STATE_SECRET);
	else if (rc == SQLITE_ROW)
		rc = SQLITE_CORRUPT;
	if (rc != SQLITE_ROW)
		error_set(error, "state: the key cannot be kept: %s",
		    sqlite3_errmsg(s->db));
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : -EIO;
}

static int
read_mark(struct state *s)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(
	    s->db, "SELECT sqnum, second, generation FROM mark", -1, &st, NULL);

	if (rc != SQLITE_OK)
		return -1;
	rc = sqlite3_step(st) == SQLITE_ROW ? 0 : -1;
	s->mark.sqnum = (uint32_t)sqlite3_column_int64(st, 0);
	s->mark.second = sqlite3_column_int64(st, 1);
	s->mark.generation = (uint64_t)sqlite3_column_int64(st, 2);
	sqlite3_finalize(st);
	return rc;
}

/*
 * A lock that the system takes back from a program that was killed.  SQLite's
 * own are of another kind; its readers, and acknowledgements, go on.
 */
static int
lock(struct state *s, const char *path, struct error *error)
{
	int flags = O_RDWR | O_CLOEXEC, e;

	if (!s->setup.alone)
		return 0;
	s->lock = open(path, s->setup.must_be_there ? flags : flags | O_CREAT,
	    S_IRUSR | S_IWUSR | S_IRGRP);
	if (s->lock == -1) {
		e = errno;
		error_set(
		    error, "%s: %s; expected a state file", path, strerror(e));
		return -e;
	}
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	error_set(error,
	    "%s: another gridtap keeps its state there; expected a state file "
	    "that no other sensor uses",
	    path);
	return -EBUSY;
}

static int
connect(struct state *s, const char *path, struct error *error)
{
	static const char pragmas[] = "PRAGMA journal_mode=WAL;"
	                              "PRAGMA synchronous=NORMAL;"
	                              "PRAGMA cache_size=-16384";
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	int rc;

	if (!s->setup.must_be_there)
		flags |= SQLITE_OPEN_CREATE;
	else if (access(path, F_OK) != 0) {
		error_set(error, "%s: %s; expected a state file", path,
		    strerror(errno));
		return -ENOENT;
	}
	if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK)
		return fail(s, path, error);
	sqlite3_busy_timeout(
	    s->db, s->setup.wait_ms != 0 ? (int)s->setup.wait_ms : BUSY_MS);
	rc = schema_bring(s->db, path, error);
	if (rc != 0)
		return rc;
	if (sqlite3_exec(s->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		return fail(s, path, error);
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->db, texts[i], -1,
		        SQLITE_PREPARE_PERSISTENT, &s->statements[i],
		        NULL) != SQLITE_OK)
			return fail(s, path, error);
	return read_mark(s) == 0 ? 0 : fail(s, path, error);
}

int
state_open(struct state **to, const char *path, const struct state_setup *setup,
    struct error *error)
{
	struct state *s = calloc(1, sizeof(*s));
	int rc;

	*to = NULL;
	if (s != NULL)
		s->names = pack_names_new();
	if (s == NULL || s->names == NULL) {
		free(s);
		error_set(error, "%s: no memory", path);
		return -ENOMEM;
	}
	s->setup = *setup;
	s->lock = -1;
	rc = lock(s, path, error);
	if (rc == 0)
		rc = connect(s, path, error);
	if (rc != 0) {
		state_close(s);
		return rc;
	}
	*to = s;
	return 0;
}

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	/* now: a descriptor that is closed takes SQLite's locks along */
	if (s->lock != -1)
		close(s->lock);
	pack_names_free(s->names);
	batch_free(&s->batch);
	free(s);
}

const struct state_mark *
state_mark(const struct state *s)
{
	return &s->mark;
}

static uint64_t
ask_number(struct state *s, enum statement which)
{
	sqlite3_stmt *st = s->statements[which];
	uint64_t n = 0;

	if (sqlite3_step(st) == SQLITE_ROW)
		n = (uint64_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return n;
}

uint64_t
state_frames(struct state *s, const char *capture, int64_t first_ns)
{
	sqlite3_bind_text(s->statements[FRAMES], 1, capture, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s->statements[FRAMES], 2, first_ns);
	return ask_number(s, FRAMES);
}

uint64_t
state_count(struct state *s)
{
	return ask_number(s, COUNT);
}

static void
write_meter(struct state *s, const struct memory_meter *m)
{
	sqlite3_stmt *st = s->statements[PUT_METER];

	if (m->titled) {
		bind_place(
		    s->statements[DROP_UNTITLED], 1, m->ip, m->port, m->unit);
		run(s, DROP_UNTITLED);
		bind_octets(st, 1, m->title, MEMORY_TITLE);
	} else {
		sqlite3_bind_null(st, 1);
	}
	bind_place(st, 2, m->ip, m->port, m->unit);
	bind_octets(
	    st, 5, m->name, strnlen((const char *)m->name, sizeof(m->name)));
	sqlite3_bind_int64(st, 6, m->first_s);
	sqlite3_bind_int64(st, 7, m->last_s);
	sqlite3_bind_int64(st, 8, m->reset_ok_s);
	bind_octets(st, 9, m->body, m->n);
	run(s, PUT_METER);
}

static void
write_row(struct state *s, const struct memory_row *r)
{
	enum statement which = r->n > 0 ? PUT_ROW : DROP_ROW;
	sqlite3_stmt *st = s->statements[which];

	sqlite3_bind_text(st, 1, r->owner, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, r->number);
	if (r->n > 0)
		bind_octets(st, 3, r->body, r->n);
	run(s, which);
}

static void
write_fold(struct state *s, const struct fold_window *w)
{
	sqlite3_stmt *st = s->statements[w->open ? PUT_FOLD : DROP_FOLD];
	uint8_t octets[PACK_MAX];

	sqlite3_bind_int64(st, 1, w->place);
	if (w->open) {
		sqlite3_bind_int64(st, 2, w->since);
		bind_octets(st, 3, octets, pack_event(octets, &w->last));
	}
	run(s, w->open ? PUT_FOLD : DROP_FOLD);
}

static void
write_again(void *arg, enum batch_kind kind, const void *p)
{
	struct state *s = arg;

	if (kind == BATCH_METER)
		write_meter(s, p);
	else if (kind == BATCH_ROW)
		write_row(s, p);
	else
		write_fold(s, p);
}

/* Written now if that can be, and kept until it is committed. */
static void
put(struct state *s, enum batch_kind kind, const void *p, size_t n)
{
	bool can = begin(s);

	batch_add(&s->batch, kind, p, n);
	if (can)
		write_again(s, kind, p);
}

void
state_put_meter(struct state *s, const struct memory_meter *m)
{
	put(s, BATCH_METER, m, memory_meter_size(m));
}

void
state_put_row(struct state *s, const struct memory_row *r)
{
	put(s, BATCH_ROW, r, memory_row_size(r));
}

void
state_put_fold(struct state *s, const struct fold_window *w)
{
	put(s, BATCH_FOLD, w, sizeof(*w));
}

/* What is too old, or one too many. */
static void
tidy(struct state *s, int64_t now)
{
	if (s->setup.keep_days > 0 && now > 0) {
		sqlite3_bind_int64(s->statements[AGE], 1,
		    now - (int64_t)s->setup.keep_days * DAY);
		run(s, AGE);
	}
	if (s->setup.most > 0 && ask_number(s, COUNT) > s->setup.most) {
		sqlite3_bind_int64(
		    s->statements[SHED], 1, (int64_t)s->setup.most);
		run(s, SHED);
	}
}

static void
put_mark(struct state *s, const struct state_mark *m)
{
	sqlite3_stmt *st = s->statements[PUT_MARK];

	sqlite3_bind_int64(st, 1, m->sqnum);
	sqlite3_bind_int64(st, 2, m->second);
	run(s, PUT_MARK);
	if (m->ack > 0) {
		sqlite3_bind_int64(s->statements[TAKE_ACKS], 1, m->ack);
		run(s, TAKE_ACKS);
	}
	if (m->capture[0] == '\0')
		return;
	st = s->statements[PUT_CAPTURE];
	sqlite3_bind_text(st, 1, m->capture, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, m->first_ns);
	sqlite3_bind_int64(st, 3, (int64_t)m->frames);
	run(s, PUT_CAPTURE);
}

void
state_commit(struct state *s, const struct state_mark *m)
{
	if (begin(s))
		put_mark(s, m);
	if (!s->failed && s->commits++ % TIDY == 0)
		tidy(s, m->second);
	if (!s->failed &&
	    sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		state_note(s);
	if (!s->failed) {
		s->old_folds = false;
		memset(s->strange, 0, sizeof(s->strange));
		batch_clear(&s->batch);
	}
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->begun = false;
}

const char *
state_error(struct state *s)
{
	if (s->told)
		s->error[0] = '\0';
	s->told = s->error[0] != '\0';
	return s->told ? s->error : NULL;
}
