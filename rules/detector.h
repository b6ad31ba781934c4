/* SPDX-License-Identifier: Apache-2.0 */
/* A detector turns operations into events; it owns its state and no clock. */
#ifndef RULES_DETECTOR_H
#define RULES_DETECTOR_H

#include "dissectors/parameter.h"
#include "rules/event.h"
#include "rules/siphash.h"

/* A row of the detection catalogue: detections.ID of the configuration. */
struct detection {
	const char *id;     /* "T-01" */
	const char *attack; /* ATT&CK for ICS ids, comma between; or NULL */
	const struct parameter *parameters; /* into the detector's state */
};

struct detector {
	const struct detection *detections; /* ends with a NULL id */

	/*
	 * The ops that it asks for.  OP_FLAW brings every op that has a flaw,
	 * whatever its kind; it comes once, even if its kind is asked for too.
	 */
	const char *protocol; /* or NULL for any */
	uint32_t kinds;       /* DETECTOR_ON() of each, or 0 */

	size_t state_size; /* all it will ever hold; zeroed at start */

	/* Once, with the parameters in place; key is for every table. */
	void (*start)(void *state, const uint8_t key[SIPHASH_KEY]);

	/* The op ends with the call.  Any may be NULL. */
	void (*on_op)(void *state, const struct op *, struct event_sink *);
	void (*on_tick)(void *state, struct timespec now, struct event_sink *);
};

#define DETECTOR_ON(kind) (UINT32_C(1) << (kind))

extern const struct detector *const detectors[]; /* NULL-terminated */

#endif
