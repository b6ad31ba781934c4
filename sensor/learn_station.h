/* SPDX-License-Identifier: Apache-2.0 */
/* A station of a learnt policy: for sensor/learn_scada.c and learn_points.c. */
#ifndef SENSOR_LEARN_STATION_H
#define SENSOR_LEARN_STATION_H

#include "sensor/learn_write.h"

/* How things are called in a protocol. */
struct learn_words {
	enum learn_section section;
	const char *name, *functions, *others, *address, *point;
	uint32_t port;
	uint8_t nusual, usual[8]; /* what every master may begin with */
};

struct learn_station {
	const struct learn_out *o;
	const struct learn_words *w;
	uint8_t protocol;
	const uint8_t *ip;
};

/* Whether it was clean, and done by a master that is taken in. */
bool learn_station_took(
    const struct learn_station *, const struct learn_fact *);

/* A line about what was not taken in. */
void learn_station_refuse(const struct learn_station *,
    const struct learn_fact *, const char *what, const char *indent);

/* What stands above a list that may not be complete. */
void learn_station_doubt(const struct learn_station *, const char *indent,
    const char *what, const struct learn_tally *);

/* "points" of the station.  0 or -ENOMEM. */
int learn_station_points(const struct learn_station *);

#endif
