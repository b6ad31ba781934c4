/* SPDX-License-Identifier: Apache-2.0 */
/* How much of the observed world is remembered: limits.* of the configuration.
 */
#ifndef RULES_LIMITS_H
#define RULES_LIMITS_H

#include <stdint.h>

struct rules_limits {
	uint32_t meters;       /* DLMS meters */
	uint32_t sessions;     /* DLMS associations that are open at once */
	uint32_t links;        /* IEC 104 connections */
	uint32_t points;       /* IEC 104 points that are commanded */
	uint32_t associations; /* DNP3 pairs of master and outstation */
	uint32_t publishers;   /* GOOSE control blocks */
	uint32_t hosts;        /* addresses of which habits are known */
};

#endif
