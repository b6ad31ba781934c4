/* SPDX-License-Identifier: Apache-2.0 */
/* H-8: its row in the configuration.  Those who own a table say it. */
#include <config.h>

#include "rules/detector.h"

static const struct detection detections[] = {
	{ "H-8", "T0814", NULL },
	{ NULL, NULL, NULL },
};

const struct detector sensor_full_detector = {
	.detections = detections,
	.state_size = 1, /* nothing, but there has to be some */
};
