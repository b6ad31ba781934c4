/* SPDX-License-Identifier: Apache-2.0 */
/* The GOOSE control blocks of an SCL file (IEC 61850-6) as a policy. */
#ifndef SENSOR_SCL_H
#define SENSOR_SCL_H

#include <stdio.h>

#include "outputs/error.h"

/*
 * Reads the file at path, which somebody else may have made, and nothing that
 * it points to.  0, or -errno, said in error as FILE:LINE: what was found,
 * what was expected; -ENOTSUP when gridtap was built without libxml2.
 */
int scl_write(const char *path, FILE *, struct error *);

#endif
