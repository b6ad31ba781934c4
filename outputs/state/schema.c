/* SPDX-License-Identifier: Apache-2.0 */
/* The state file's tables.  A change of them is one more step, never an edit.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>

#include "outputs/state/schema.h"

/* "gtap": tells our files from others (PRAGMA application_id). */
#define APPLICATION 0x67746170

static const char *const steps[] = {
	"CREATE TABLE mark ("
	"  one INTEGER PRIMARY KEY CHECK (one = 1),"
	"  sqnum INTEGER NOT NULL, second INTEGER NOT NULL,"
	"  generation INTEGER NOT NULL) STRICT;"
	"INSERT INTO mark VALUES (1, 0, 0, 0);"
	"CREATE TABLE meter ("
	"  id INTEGER PRIMARY KEY, title BLOB, ip BLOB NOT NULL,"
	"  port INTEGER NOT NULL, unit INTEGER NOT NULL, name BLOB NOT NULL,"
	"  first INTEGER NOT NULL, last INTEGER NOT NULL,"
	"  reset_ok INTEGER NOT NULL, body BLOB NOT NULL) STRICT;"
	"CREATE UNIQUE INDEX meter_title ON meter (title)"
	"  WHERE title IS NOT NULL;"
	"CREATE UNIQUE INDEX meter_untitled ON meter (ip, port, unit)"
	"  WHERE title IS NULL;"
	"CREATE INDEX meter_at ON meter (ip, port, unit, last);"
	"CREATE INDEX meter_last ON meter (last);"
	"CREATE TABLE fold ("
	"  place INTEGER PRIMARY KEY, since INTEGER NOT NULL,"
	"  event BLOB NOT NULL) STRICT;"
	"CREATE TABLE capture ("
	"  name TEXT NOT NULL, first_ns INTEGER NOT NULL,"
	"  frames INTEGER NOT NULL, PRIMARY KEY (name, first_ns))"
	"  STRICT, WITHOUT ROWID;"
	"CREATE TABLE acknowledged ("
	"  id INTEGER PRIMARY KEY, title BLOB NOT NULL, at INTEGER NOT NULL,"
	"  reason TEXT NOT NULL, taken INTEGER NOT NULL) STRICT;",

	"CREATE TABLE piece ("
	"  owner TEXT NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,"
	"  PRIMARY KEY (owner, number)) STRICT, WITHOUT ROWID;"
	"ALTER TABLE mark ADD COLUMN secret BLOB;",
};

#define STEPS ((int)(sizeof(steps) / sizeof(*steps)))

static int
number(sqlite3 *db, const char *pragma)
{
	sqlite3_stmt *s;
	int n = -1;

	if (sqlite3_prepare_v2(db, pragma, -1, &s, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return n;
}

int
schema_fail(sqlite3 *db, const char *path, struct error *error)
{
	int rc = db != NULL ? sqlite3_errcode(db) : SQLITE_NOMEM;

	if (rc == SQLITE_BUSY) {
		error_set(
		    error, "%s: in use by another program; try again", path);
		return -EBUSY;
	}
	error_set(error, "%s: %s; expected a state file to read and write",
	    path, db != NULL ? sqlite3_errmsg(db) : "no memory");
	return rc == SQLITE_NOTADB ? -EINVAL : -EIO;
}

/* From version on, all steps in one transaction. */
static int
advance(sqlite3 *db, int version)
{
	char pragma[64];
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (int i = version; rc == SQLITE_OK && i < STEPS; i++)
		rc = sqlite3_exec(db, steps[i], NULL, NULL, NULL);
	snprintf(pragma, sizeof(pragma),
	    "PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION,
	    STEPS);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, pragma, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return rc;
}

int
schema_bring(sqlite3 *db, const char *path, struct error *error)
{
	int version = number(db, "PRAGMA user_version");
	int application = number(db, "PRAGMA application_id");
	int tables = number(db, "SELECT count(*) FROM sqlite_schema");

	if (version < 0 || application < 0 || tables < 0)
		return schema_fail(db, path, error);
	if (application != APPLICATION && tables > 0) {
		error_set(error,
		    "%s: another program's database; expected a state file of "
		    "gridtap, or a path where none is yet",
		    path);
		return -EINVAL;
	}
	if (version > STEPS) {
		error_set(error,
		    "%s: state of version %d, made by a later gridtap; "
		    "expected at most %d",
		    path, version, STEPS);
		return -EINVAL;
	}
	if (version == STEPS)
		return 0;
	return advance(db, version) == SQLITE_OK ? 0
	                                         : schema_fail(db, path, error);
}
