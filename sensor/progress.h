/* SPDX-License-Identifier: Apache-2.0 */
/* A bar on standard error while a replay on a terminal takes its time. */
#ifndef SENSOR_PROGRESS_H
#define SENSOR_PROGRESS_H

#include <time.h>

#include "sensor/capture.h"

struct progress {
	struct capture_progress capture;
	struct timespec begun, drawn;
	bool silent, shown;
};

/* Silent when asked to, or when standard error is no terminal. */
void progress_start(struct progress *, size_t captures, bool silent);

/* Takes the bar away, so that something else can be written. */
void progress_clear(struct progress *);

#endif
