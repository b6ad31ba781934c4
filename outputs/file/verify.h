/* SPDX-License-Identifier: Apache-2.0 */
/* Whether files of raw storage are as they were written: see chain.h. */
#ifndef OUTPUTS_FILE_VERIFY_H
#define OUTPUTS_FILE_VERIFY_H

#include "outputs/file/chain.h"

struct verify {
	struct chain chain;
	const char *last_path; /* of the file before; NULL: none yet */
	struct chain_link last;
	struct chain_link known; /* must be in one of the files; n 0: none */
	bool known_seen;
};

void verify_start(struct verify *, const uint8_t *key, size_t nkey);

/*
 * Reads a file and its chain, in the order in which they were written; path
 * outlives the next call.  True when all of it is as it was written and goes on
 * where the one before ended.  say gets one line in either case, and notes.
 */
bool verify_file(struct verify *, const char *path,
    void (*say)(void *arg, const char *line), void *arg);

#endif
