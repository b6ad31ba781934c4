/* SPDX-License-Identifier: Apache-2.0 */
/* What a live sensor finds out about itself, once a second: H-1, 3, 5, 7. */
#ifndef RULES_HEALTH_H
#define RULES_HEALTH_H

#include "rules/event.h"

enum health_what {
	HEALTH_PORT,  /* how a capture interface is */
	HEALTH_CLOCK, /* the host's clock was set */
	HEALTH_FILE   /* a file of the configuration is another one now */
};

struct health {
	enum health_what what;
	struct timespec at; /* the host's clock: packets need not come */

	/* HEALTH_PORT; counters since the start. */
	size_t port; /* below HEALTH_PORTS */
	const char *name;
	uint64_t frame; /* of the last packet; 0: none came yet */
	uint64_t packets, kernel_drops, interface_drops, backlog_drops;
	uint32_t silent_s; /* since the last packet, or the start */
	bool up;           /* the link */

	int64_t step_ms; /* HEALTH_CLOCK: how far it was set */

	/* HEALTH_FILE: what it is, and hashes as hexadecimal digits. */
	const char *file, *before, *after;
	bool keys;
};

#define HEALTH_PORTS 16

/* About the sensor: no peers, the interface as capture, subject as named. */
struct event health_event(const struct health *, const struct event_def *,
    const char *det, const char *subject);

#endif
