/* SPDX-License-Identifier: Apache-2.0 */
/* What the state file holds, row by row. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "outputs/state/parts.h"

/* A column's octets, at most size; the rest of to is zero. */
static size_t
column(sqlite3_stmt *st, int at, uint8_t *to, size_t size)
{
	const void *p = sqlite3_column_blob(st, at);
	size_t n = p != NULL ? (size_t)sqlite3_column_bytes(st, at) : 0;

	n = n < size ? n : size;
	if (n > 0)
		memcpy(to, p, n);
	return n;
}

static void
read_meter(sqlite3_stmt *st, struct memory_meter *m)
{
	memset(m, 0, offsetof(struct memory_meter, body));
	m->titled = column(st, 0, m->title, sizeof(m->title)) == MEMORY_TITLE;
	column(st, 1, m->ip, sizeof(m->ip));
	m->port = (uint16_t)sqlite3_column_int(st, 2);
	m->unit = (uint16_t)sqlite3_column_int(st, 3);
	column(st, 4, m->name, sizeof(m->name));
	m->first_s = (uint32_t)sqlite3_column_int64(st, 5);
	m->last_s = (uint32_t)sqlite3_column_int64(st, 6);
	m->reset_ok_s = (uint32_t)sqlite3_column_int64(st, 7);
	m->n = (uint32_t)column(st, 8, m->body, sizeof(m->body));
}

/* Each row of a query, given to row(). */
static int
each_row(struct state *s, const char *query, int64_t most,
    void (*row)(struct state *, sqlite3_stmt *, void *), void *arg,
    struct error *error)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(s->db, query, -1, &st, NULL);

	if (rc == SQLITE_OK) {
		if (sqlite3_bind_parameter_count(st) > 0)
			sqlite3_bind_int64(st, 1, most);
		while ((rc = sqlite3_step(st)) == SQLITE_ROW)
			row(s, st, arg);
		sqlite3_finalize(st);
	}
	if (rc == SQLITE_DONE)
		return 0;
	error_set(error, "state: %s", sqlite3_errmsg(s->db));
	return -EIO;
}

struct meters_call {
	void (*each)(void *arg, const struct memory_meter *);
	void *arg;
	struct memory_meter m;
};

static void
meter_row(struct state *s, sqlite3_stmt *st, void *arg)
{
	struct meters_call *c = arg;

	(void)s;
	read_meter(st, &c->m);
	c->each(c->arg, &c->m);
}

int
state_meters(struct state *s, uint64_t most,
    void (*each)(void *arg, const struct memory_meter *), void *arg,
    struct error *error)
{
	static struct meters_call call; /* large, and of one thread */

	call.each = each;
	call.arg = arg;
	return each_row(s,
	    "SELECT " METER " FROM (SELECT * FROM meter ORDER BY last DESC"
	    " LIMIT ?) ORDER BY last",
	    (int64_t)most, meter_row, &call, error);
}

int
state_list(struct state *s,
    void (*each)(void *arg, const struct memory_meter *), void *arg,
    struct error *error)
{
	static struct meters_call call;

	call.each = each;
	call.arg = arg;
	return each_row(s,
	    "SELECT " METER " FROM meter ORDER BY title IS NULL, title, ip,"
	    " port, unit",
	    0, meter_row, &call, error);
}

void
state_strand(struct state *s, const struct memory_row *row)
{
	size_t i = 0;

	s->nstrange++;
	while (i < STRANGE && s->strange[i][0] != '\0' &&
	       strcmp(s->strange[i], row->owner) != 0)
		i++;
	if (i < STRANGE)
		memcpy(s->strange[i], row->owner, sizeof(s->strange[i]));
}

uint64_t
state_strange(const struct state *s)
{
	return s->nstrange;
}

struct rows_call {
	bool (*each)(void *arg, const struct memory_row *);
	void *arg;
	struct memory_row row;
};

static void
piece_row(struct state *s, sqlite3_stmt *st, void *arg)
{
	struct rows_call *c = arg;

	memset(c->row.owner, 0, sizeof(c->row.owner));
	column(st, 0, (uint8_t *)c->row.owner, sizeof(c->row.owner) - 1);
	c->row.number = (uint32_t)sqlite3_column_int64(st, 1);
	c->row.n = (uint32_t)column(st, 2, c->row.body, sizeof(c->row.body));
	if (!c->each(c->arg, &c->row))
		state_strand(s, &c->row);
}

int
state_rows(struct state *s, bool (*each)(void *arg, const struct memory_row *),
    void *arg, struct error *error)
{
	static struct rows_call call;

	call.each = each;
	call.arg = arg;
	return each_row(s,
	    "SELECT owner, number, body FROM piece ORDER BY owner, number", 0,
	    piece_row, &call, error);
}

struct folds_call {
	void (*each)(void *arg, const struct fold_window *);
	void *arg;
};

static void
fold_row(struct state *s, sqlite3_stmt *st, void *arg)
{
	struct folds_call *c = arg;
	struct fold_window w = { .place = (uint32_t)sqlite3_column_int64(st, 0),
		.open = true,
		.since = sqlite3_column_int64(st, 1) };
	struct bytes octets = { sqlite3_column_blob(st, 2),
		(size_t)sqlite3_column_bytes(st, 2) };

	/* a window of an event that is no more is no loss but its count */
	if (octets.p != NULL && pack_read(&w.last, octets, s->names) == 0)
		c->each(c->arg, &w);
}

int
state_folds(struct state *s,
    void (*each)(void *arg, const struct fold_window *), void *arg,
    struct error *error)
{
	struct folds_call call = { each, arg };
	int rc = each_row(s, "SELECT place, since, event FROM fold", 0,
	    fold_row, &call, error);

	s->old_folds = rc == 0;
	return rc;
}

struct acks_call {
	void (*each)(void *arg, const struct state_ack *);
	void *arg;
};

static void
ack_row(struct state *s, sqlite3_stmt *st, void *arg)
{
	struct acks_call *c = arg;
	struct state_ack a = { .id = sqlite3_column_int64(st, 0),
		.at_s = (uint32_t)sqlite3_column_int64(st, 2) };

	(void)s;
	column(st, 1, a.title, sizeof(a.title));
	column(st, 3, (uint8_t *)a.reason, sizeof(a.reason) - 1);
	c->each(c->arg, &a);
}

int
state_acks(struct state *s, uint64_t most,
    void (*each)(void *arg, const struct state_ack *), void *arg,
    struct error *error)
{
	struct acks_call call = { each, arg };

	return each_row(s,
	    "SELECT id, title, at, reason FROM acknowledged WHERE taken=0"
	    " ORDER BY id LIMIT ?",
	    (int64_t)most, ack_row, &call, error);
}

struct pending_call {
	const uint8_t *title, *ip;
	uint16_t port, unit;
	const struct memory_meter *found;
};

static void
look(void *arg, enum batch_kind kind, const void *p)
{
	struct pending_call *c = arg;
	const struct memory_meter *m = p;

	if (kind != BATCH_METER)
		return;
	if (c->title != NULL
	        ? m->titled && memcmp(m->title, c->title, MEMORY_TITLE) == 0
	        : memcmp(m->ip, c->ip, 16) == 0 && m->port == c->port &&
	              m->unit == c->unit)
		c->found = m;
}

const struct memory_meter *
state_pending(const struct state *s, const uint8_t *title, const uint8_t ip[16],
    uint16_t port, uint16_t unit)
{
	struct pending_call c = { title, ip, port, unit, NULL };

	batch_each(&s->batch, look, &c);
	return c.found;
}

bool
state_find(struct state *s, const uint8_t *title, const uint8_t ip[16],
    uint16_t port, uint16_t unit, struct memory_meter *m)
{
	sqlite3_stmt *st =
	    s->statements[title != NULL ? FIND_TITLE : FIND_PLACE];
	const struct memory_meter *pending;
	int rc;

	/* while nothing can be written, what is there is older */
	if (s->failed) {
		pending = state_pending(s, title, ip, port, unit);
		if (pending != NULL) {
			memcpy(m, pending, memory_meter_size(pending));
			return true;
		}
	}
	if (title != NULL)
		bind_octets(st, 1, title, MEMORY_TITLE);
	else
		bind_place(st, 1, ip, port, unit);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		read_meter(st, m);
	else if (rc != SQLITE_DONE)
		state_note(s);
	sqlite3_reset(st);
	return rc == SQLITE_ROW;
}

int
state_acknowledge(struct state *s, const uint8_t *title, uint32_t at_s,
    const char *reason, struct error *error)
{
	static const char text[] =
	    "INSERT INTO acknowledged (title, at, reason, taken)"
	    " SELECT title, ?2, ?3, 0 FROM meter WHERE title=?1";
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(s->db, text, -1, &st, NULL);

	if (rc == SQLITE_OK) {
		bind_octets(st, 1, title, MEMORY_TITLE);
		sqlite3_bind_int64(st, 2, at_s);
		sqlite3_bind_text(st, 3, reason, -1, SQLITE_STATIC);
		rc = sqlite3_step(st);
		sqlite3_finalize(st);
	}
	if (rc != SQLITE_DONE) {
		error_set(error, "state: %s", sqlite3_errmsg(s->db));
		return -EIO;
	}
	if (sqlite3_changes(s->db) > 0)
		return 0;
	error_set(error, "no meter of this title is known");
	return -ENOENT;
}
