/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What network managers are shown of the sensor: counted beside the pipeline,
 * and put into the counters page a slice at a time (outputs/nsm/page.h).
 */
#ifndef SENSOR_NSM_H
#define SENSOR_NSM_H

#include "outputs/nsm/page.h"
#include "sensor/conf.h"
#include "sensor/pipeline.h"

struct nsm;

/*
 * Looks on at this pipeline, before any packet; path NULL: in memory only.
 * All memory is got here: NULL, said in error, without.  Freed before the
 * pipeline is.
 */
struct nsm *nsm_new(
    struct pipeline *, const struct conf *, const char *path, struct error *);
void nsm_free(struct nsm *);

/* Another configuration holds: what is switched on, and how severe it is. */
void nsm_conf(struct nsm *, const struct conf *);

/* What there is to say of the capture; told when it changes. */
void nsm_capture(struct nsm *, enum nsm_capture, bool link_up, uint64_t drops);

/* How a capture interface is; that of the first is told of all. */
struct health;
void nsm_health(struct nsm *, const struct health *);

/* The capture ended; the page stays. */
void nsm_ended(struct nsm *);

/* Everything as it stands now: at the end. */
void nsm_finish(struct nsm *);

/*
 * The objects as text ("-": standard output), of what was read and not of the
 * process that read it: one capture, the same bytes.  0, or -errno, said.
 */
int nsm_dump(struct nsm *, const char *path, struct error *);

/* --- For the pipeline --- */

/* Once a second of packet time, after all others. */
void nsm_tick(struct nsm *, struct timespec now);

/* The flow at this place becomes another, or begins anew. */
void nsm_forget(struct nsm *, uint32_t place);

#endif
