/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGHUP and gridtap reload: the new configuration is read beside the old one,
 * on a thread of its own, and takes its place between two packets.
 */
#ifndef SENSOR_RELOAD_H
#define SENSOR_RELOAD_H

#include "sensor/run.h"

struct live;
struct reload;

/* NULL without memory or descriptors. */
struct reload *reload_new(struct run *);
void reload_free(struct reload *);

/* Begins; whoever listens on the descriptor is told how it ended; -1: nobody.
 */
void reload_ask(struct reload *, int answer_fd);

/* Can be read when reload_done() has something to do. */
int reload_fd(const struct reload *);
void reload_done(struct reload *, struct live *);

struct reload_status {
	uint64_t done, refused;
	struct timespec at; /* of the last */
	char answer[1024];  /* to it */
};
const struct reload_status *reload_status(const struct reload *);

#endif
