/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pipeline hands over so that it outlives a restart, and takes back.
 * All that was handed over before a mark becomes whole with it.
 */
#ifndef SENSOR_REMEMBER_H
#define SENSOR_REMEMBER_H

#include "sensor/item.h"
#include "sensor/pipeline.h"

/* Who keeps it: the outputs' thread. */
struct keeper {
	bool (*row)(struct keeper *, enum item_kind, const void *, size_t n);
	/* as find of struct memory; sets the ticket */
	enum memory_found (*find)(
	    struct keeper *, struct item_find *, struct memory_meter *);
	/*
	 * On a tick, what came: an answer, which is good until the next call,
	 * or an acknowledgement.  ITEM_COMMIT: nothing more.
	 */
	enum item_kind (*next)(
	    struct keeper *, struct memory_answer *, struct state_ack *);
	/* frames of a capture that are done, 0: it is new */
	uint64_t (*frames)(struct keeper *, const struct state_mark *);
	uint32_t interval_s; /* of packet time between two marks */
};

/*
 * Takes in what a state file holds, before the first packet, on the thread that
 * will run the pipeline.  What is read points into state, which outlives the
 * last event.  0, or -errno, said in error.
 */
int remember_load(struct pipeline *, struct state *, struct error *);

/* From here on; the keeper outlives the pipeline's last packet. */
void remember_keep(struct pipeline *, struct keeper *);

#endif
