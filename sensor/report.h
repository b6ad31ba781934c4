/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of a run: as JSON to a file, as lines to a person. */
#ifndef SENSOR_REPORT_H
#define SENSOR_REPORT_H

#include <stdio.h>

#include "sensor/capture.h"
#include "sensor/pipeline.h"

/* "-" is standard output.  0, or -errno, said in error. */
int report_write(const char *path, const struct capture_list *,
    const struct pipeline *, struct error *);

/* The meters table. */
int report_meters(const char *path, const struct pipeline *, struct error *);

/* An object of our own writer without arrays: a line for each member. */
void report_lines(FILE *, const char *object);

int report_print(FILE *, const struct pipeline *, struct error *);

#endif
