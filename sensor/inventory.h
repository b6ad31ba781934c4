/* SPDX-License-Identifier: Apache-2.0 */
/* Every packet counted exactly once, under what it was. */
#ifndef SENSOR_INVENTORY_H
#define SENSOR_INVENTORY_H

#include "dissectors/json.h"
#include "sensor/classify.h"
#include "sensor/packet.h"

#define INVENTORY_TYPES 64
#define INVENTORY_APPS 16

struct inventory {
	uint64_t app[INVENTORY_APPS]; /* by dissector */
	uint64_t label[CLASSIFY_LABELS];
	uint64_t protocol[256]; /* of IP, neither TCP nor UDP */
	struct {
		uint16_t type;
		uint64_t n;
	} type[INVENTORY_TYPES]; /* ethertypes, in order of appearance */
	size_t ntypes;
	uint64_t types_beyond; /* of ethertypes that found no row */
	uint64_t fragments;    /* that are a part of a packet */
	uint64_t duplicates;
	uint64_t cut, broken, unknown;
};

void inventory_ethertype(struct inventory *, uint16_t);
void inventory_layer(struct inventory *, enum layer);

void inventory_write(
    const struct inventory *, struct json *, const struct classify *);

#endif
