/* SPDX-License-Identifier: Apache-2.0 */
/* The meters table for a person: columns, and colours on a terminal. */
#ifndef SENSOR_METERS_TABLE_H
#define SENSOR_METERS_TABLE_H

#include <stdio.h>

#include "rules/meters/meters.h"

/* A line is of a meter, of one of its associations or of a counter. */
enum meters_line { LINE_METER, LINE_ASSOC, LINE_COUNTER, LINES };

#define METERS_CELLS 10

struct meters_table {
	FILE *to;
	bool colour;
	size_t width[LINES][METERS_CELLS];
	uint64_t n; /* meters that were measured */
};

void meters_table_begin(struct meters_table *, FILE *, bool colour);

/* First every meter is measured, then come the heads, then every meter. */
void meters_table_measure(
    struct meters_table *, const struct meters *, const struct meter *);
void meters_table_heads(const struct meters_table *);
void meters_table_print(
    const struct meters_table *, const struct meters *, const struct meter *);

#endif
