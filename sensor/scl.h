/* SPDX-License-Identifier: Apache-2.0 */
/* The GOOSE control blocks of an SCL file (IEC 61850-6). */
#ifndef SENSOR_SCL_H
#define SENSOR_SCL_H

#include "outputs/error.h"
#include "sensor/learn_parts.h"

/*
 * Reads the file at path, which somebody else may have made, and nothing that
 * it points to.  0, or -errno, said in error as FILE:LINE: what was found,
 * what was expected; -ENOTSUP when gridtap was built without libxml2.
 * learn_plan_free() in any case.
 */
int scl_read(const char *path, struct learn_plan *, struct error *);

#endif
