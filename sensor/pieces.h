/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of states that outlive a restart, compared with what was written. */
#ifndef SENSOR_PIECES_H
#define SENSOR_PIECES_H

#include "rules/kept.h"

struct pieces;

/* NULL without memory. */
struct pieces *pieces_new(void);
void pieces_free(struct pieces *);

/*
 * The parts of a state, which outlives them.  0, or -ENOMEM, or -EINVAL: a
 * piece is too large or a name too long.
 */
int pieces_add(
    struct pieces *, void *state, const struct kept_part *, size_t n);

/* A piece as it was kept.  False: no part knows it. */
bool pieces_recall(struct pieces *, const struct memory_row *);

/* Hands over what changed; what there is no room for is next time's. */
void pieces_remember(struct pieces *, struct memory *);

/* The first time all is handed over again. */
void pieces_forget(struct pieces *);

#endif
