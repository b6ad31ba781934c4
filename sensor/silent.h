/* SPDX-License-Identifier: Apache-2.0 */
/* Detections that say nothing because nobody decided what is right. */
#ifndef SENSOR_SILENT_H
#define SENSOR_SILENT_H

#include <stdio.h>

#include "rules/policy.h"
#include "sensor/conf.h"

/* One line with their ids, or none when there is nothing to say. */
void silent_print(FILE *, const struct conf *, const struct policy *);

#endif
