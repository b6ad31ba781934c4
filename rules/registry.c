/* SPDX-License-Identifier: Apache-2.0 */
/* Every detector the build knows; the list comes from Makefile.am. */
#include <config.h>

#include "rules/detector.h"

#define DETECTOR(name) extern const struct detector name##_detector;
#include "rules/list.inc"
#undef DETECTOR

const struct detector *const detectors[] = {
#define DETECTOR(name) &name##_detector,
#include "rules/list.inc"
#undef DETECTOR
	NULL
};
