/* SPDX-License-Identifier: Apache-2.0 */
/* Every detector and world the build knows; the lists come from Makefile.am. */
#include <config.h>

#include "rules/detector.h"

#define DETECTOR(name) extern const struct detector name##_detector;
#include "rules/list.inc"
#undef DETECTOR

#define WORLD(name) extern const struct world name##_world;
#include "rules/worlds.inc"
#undef WORLD

const struct detector *const detectors[] = {
#define DETECTOR(name) &name##_detector,
#include "rules/list.inc"
#undef DETECTOR
	NULL
};

const struct world *const worlds[] = {
#define WORLD(name) &name##_world,
#include "rules/worlds.inc"
#undef WORLD
	NULL
};
