/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of raw storage share: writing, rotation, going on. */
#ifndef OUTPUTS_FILE_JOURNAL_PARTS_H
#define OUTPUTS_FILE_JOURNAL_PARTS_H

#include <limits.h>

#include "outputs/file/chain.h"
#include "outputs/file/journal.h"
#include "outputs/loop.h"

struct journal {
	struct journal_setup setup;
	char path[PATH_MAX - 32]; /* room for number and suffix */
	int log, side;            /* the lines, and their chain */
	uint64_t log_at, side_at; /* octets that count in both */
	int64_t since;            /* of the first event here; 0: not known */
	uint64_t empty;           /* the chain's number without lines here */
	uint32_t number;          /* of the last file that was put aside */
	struct chain chain;

	/* what waits, as of this link, and what became of what did */
	struct chain_link before;
	struct loop_call *idle;
	bool asked, urgent;
	uint64_t waiting, lost;
	int failed; /* the first errno */
	size_t n, nrecords;
	char buffer[LINES_MAX];
	char records[LINES_MAX];
};

/* One more line into what waits, and its record; the chain's head before. */
bool journal_add(struct journal *, const char *line, size_t n, bool late);

/* Writes all that waits, or loses it; the files stay whole. */
void journal_flush(struct journal *);

/* Opens what is there or begins anew: 0 or -errno. */
int journal_go_on(struct journal *);

/* Puts the closed files aside under the next number, drops the oldest. */
int journal_put_aside(struct journal *);

/* Makes both files anew, which are not there: 0 or -errno. */
int journal_begin(struct journal *);

/* The number of the last file that was put aside, with or without chain. */
uint32_t journal_last_number(const struct journal *);

/* PATH, or PATH.NUMBER if that is not 0, with this behind it. */
void journal_name(char name[PATH_MAX], const struct journal *, uint32_t number,
    const char *suffix);

#endif
