/* SPDX-License-Identifier: Apache-2.0 */
/* What state.c and rows.c share. */
#ifndef OUTPUTS_STATE_PARTS_H
#define OUTPUTS_STATE_PARTS_H

#include <sqlite3.h>

#include "outputs/state/batch.h"
#include "outputs/state/state.h"
#include "rules/pack.h"

enum statement {
	PUT_METER,
	DROP_UNTITLED,
	FIND_TITLE,
	FIND_PLACE,
	PUT_ROW,
	DROP_ROW,
	PUT_FOLD,
	DROP_FOLD,
	PUT_MARK,
	PUT_CAPTURE,
	FRAMES,
	COUNT,
	AGE,
	SHED,
	TAKE_ACKS,
	DROP_OWNER,
	STATEMENTS
};

#define STRANGE 64 /* owners that are dropped at a time */

struct state {
	sqlite3 *db;
	int lock; /* a descriptor of the file, or -1 */
	sqlite3_stmt *statements[STATEMENTS];
	struct state_mark mark;
	struct state_setup setup;
	struct pack_names *names;
	struct batch batch; /* since the last commit that succeeded */
	bool begun;         /* a transaction is open */
	bool failed;        /* it must not be committed */
	bool old_folds;     /* those of before have places of before */
	uint64_t nstrange;  /* rows of nobody, */
	char strange[STRANGE][MEMORY_OWNER]; /* and their owners */
	uint64_t commits;
	bool told;       /* error was asked for */
	char error[256]; /* the first since then, or empty */
};

/* The columns of a meter, as rows.c reads and state.c writes them. */
#define METER "title, ip, port, unit, name, first, last, reset_ok, body"

/* A row of a meter that was put and is not committed, or NULL. */
const struct memory_meter *state_pending(const struct state *,
    const uint8_t *title, const uint8_t ip[16], uint16_t port, uint16_t unit);

/* A row that nobody knows: it goes when there is a batch. */
void state_strand(struct state *, const struct memory_row *);

/* Notes that a statement failed: the batch must not be committed. */
void state_note(struct state *);

static inline void
bind_octets(sqlite3_stmt *st, int at, const void *p, size_t n)
{
	sqlite3_bind_blob(st, at, p, (int)n, SQLITE_STATIC);
}

static inline void
bind_place(sqlite3_stmt *st, int at, const uint8_t ip[16], uint16_t port,
    uint16_t unit)
{
	bind_octets(st, at, ip, 16);
	sqlite3_bind_int(st, at + 1, port);
	sqlite3_bind_int(st, at + 2, unit);
}

#endif
