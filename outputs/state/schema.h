/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the state file, and their history. */
#ifndef OUTPUTS_STATE_SCHEMA_H
#define OUTPUTS_STATE_SCHEMA_H

#include <sqlite3.h>

#include "outputs/error.h"

/*
 * Makes the tables, or brings those of an earlier version up to this one.  0,
 * or -errno, said in error; path is named in it.
 */
int schema_bring(sqlite3 *, const char *path, struct error *);

/* Why the database did not do what it should; NULL: no memory.  -errno. */
int schema_fail(sqlite3 *, const char *path, struct error *);

#endif
