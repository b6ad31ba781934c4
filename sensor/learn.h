/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy learnt from what the pipeline saw: who talks to whom and does what.
 * What a person has to decide is never taken in, but named in comments.
 */
#ifndef SENSOR_LEARN_H
#define SENSOR_LEARN_H

#include <stdio.h>

#include "outputs/error.h"
#include "sensor/conf.h"
#include "sensor/observer.h"

struct learn;

/*
 * conf outlives it: severities that a person configured count.  All memory is
 * got here; NULL without.
 */
struct learn *learn_new(const struct conf *);
void learn_free(struct learn *);

/* To be given to pipeline_observe(). */
struct observer *learn_observer(struct learn *);

/* What found no room in its tables, so that the policy is not complete. */
uint64_t learn_missed(const struct learn *);

struct learn_plan;

/* A policy of the plan alone. */
void learn_write_plan(const struct learn_plan *, FILE *);

/*
 * The policy file; of plan, or NULL, what it says of publishers stands there,
 * and what was seen beside it, with what contradicts.  strict: what was seen is
 * all there may be, even if too little repeats to believe that.  Names of
 * captures, which were part of what was observed, are still needed.  0, or
 * -errno, said in error.
 */
int learn_write(const struct learn *, const struct learn_plan *, bool strict,
    FILE *, struct error *);

#endif
