/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON line for every dissected unit. */
#ifndef SENSOR_RECORD_H
#define SENSOR_RECORD_H

#include "dissectors/dissector.h"
#include "outputs/error.h"

struct record_sink;

/* path "-": standard output.  NULL, said in error, if it does not open. */
struct record_sink *record_open(const char *path, struct error *);

/* flow: the community id, or NULL without a flow. */
void record_write(struct record_sink *, const struct dissector *,
    const struct op *, const char *flow);

/* 0, or -errno, said in error, when not all could be written.  Frees. */
int record_close(struct record_sink *, struct error *);

#endif
