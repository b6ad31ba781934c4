/* SPDX-License-Identifier: Apache-2.0 */
/* What keys of a destination need each other. */
#ifndef SENSOR_CONF_DESTINATION_H
#define SENSOR_CONF_DESTINATION_H

#include <stdio.h>

#include "sensor/conf.h"

/*
 * Whether the last destination is whole and goes with those before it.  0, or
 * -EINVAL, with what was found and expected in error, without place.
 */
int conf_destination_whole(const struct conf *, struct error *);

/*
 * Opens what all of them name: certificates, keys, formats; writes a line for
 * each that is outside IEC 62351-14.  0, or -EINVAL, said in error.
 */
int conf_destination_check(const struct conf *, FILE *, struct error *);

/* The lines alone. */
void conf_destination_warn(const struct conf *, FILE *);

#endif
