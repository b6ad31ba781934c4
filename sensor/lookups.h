/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions of the pipeline that the outputs' thread answers, by a ring of
 * their own.  Whoever asks waits a moment, and not longer: the rest comes on a
 * tick.
 */
#ifndef SENSOR_LOOKUPS_H
#define SENSOR_LOOKUPS_H

#include "sensor/item.h"

#define LOOKUPS_MOST 64 /* that are open at once */

struct lookups;

/* patient: who asks waits until there is an answer.  NULL without memory. */
struct lookups *lookups_new(bool patient);
void lookups_free(struct lookups *);

/* --- The pipeline's --- */

/*
 * Sets the ticket for what will be asked.  False: too many are open, which is
 * counted.
 */
bool lookups_ask(struct lookups *, struct item_find *);

/* There was no room for the question: it is asked again by and by. */
void lookups_retry(struct lookups *, uint32_t ticket);

/* One that is to be asked again, and is taken for asked; or NULL. */
const struct item_find *lookups_again(struct lookups *);

/*
 * The answer, if it comes soon enough; good until the next call of anything
 * here.  NULL: it will be one of lookups_next().
 */
const struct item_answer *lookups_wait(struct lookups *, uint32_t ticket);

/*
 * What has come since; ITEM_COMMIT: no more.  An answer that nobody got within
 * 2 s, of the machine's clock, comes as overdue once, and again when it is
 * there.
 */
enum item_kind lookups_next(
    struct lookups *, struct memory_answer *, struct state_ack *);

/* How many questions were not asked. */
uint64_t lookups_refused(const struct lookups *);

/* --- The outputs' thread's --- */

/* There is room for it: each is of an open question. */
void lookups_answer(struct lookups *, const struct item_answer *);

/* False: there is no room now. */
bool lookups_acknowledge(struct lookups *, const struct state_ack *);

#endif
