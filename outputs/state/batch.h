/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was put since the last commit that succeeded: one that fails loses
 * nothing of it.
 */
#ifndef OUTPUTS_STATE_BATCH_H
#define OUTPUTS_STATE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum batch_kind { BATCH_METER, BATCH_ROW, BATCH_FOLD };

struct batch {
	uint8_t *p;
	size_t n, cap;
	bool over; /* it was more than is kept, or there was no memory */
};

/* A copy of n octets. */
void batch_add(struct batch *, enum batch_kind, const void *, size_t n);

/* In the order in which they came. */
void batch_each(const struct batch *,
    void (*each)(void *arg, enum batch_kind, const void *), void *arg);

void batch_clear(struct batch *);
void batch_free(struct batch *);

#endif
