/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever looks on while the pipeline works, and changes nothing. */
#ifndef SENSOR_OBSERVER_H
#define SENSOR_OBSERVER_H

#include "rules/event.h"

struct observer {
	bool meets; /* TRANSPORT_MET is told, as to an inventory */

	/*
	 * After the detectors had the op; known is the view of its protocol's
	 * world, or NULL.  Both are good for the call.
	 */
	void (*on_op)(struct observer *, const struct op *, const void *known);

	/*
	 * As the detector raised it: before the configuration's severity and
	 * the folding.  ticking: it is about no op of now; otherwise on_op()
	 * follows for the op that it is about.
	 */
	void (*on_event)(struct observer *, const struct event *, bool ticking);
};

#endif
